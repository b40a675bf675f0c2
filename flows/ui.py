"""`make ui` and `make ui-stop`: Prefect, MLflow and a worker on loopback, and exactly their end."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import local  # noqa: F401  (sets the environment before Prefect reads it)
import psutil

from remid.params import load

STATE = Path(".run/ui.json")
LOGS = Path(".run")
PREFECT_PORT = int(os.environ.get("PREFECT_PORT", "4200"))
MLFLOW_PORT = int(os.environ.get("MLFLOW_PORT", "5000"))
PREFECT_URL = f"http://127.0.0.1:{PREFECT_PORT}"
MLFLOW_URL = f"http://127.0.0.1:{MLFLOW_PORT}"
POOL = "remid"
DEPLOYMENT = "scheduled"
"""Its name in prefect.yaml."""


def start() -> int:
    """Start what is not running, deploy the schedule, and say where the pages are."""
    if running():
        print(f"already running: Prefect {PREFECT_URL}, MLflow {MLFLOW_URL}")
        return 0
    LOGS.mkdir(exist_ok=True)
    environment = dict(os.environ, PREFECT_API_URL=f"{PREFECT_URL}/api")
    prefect = [sys.executable, "-m", "prefect", "--no-prompt"]
    server = ["server", "start", "--host", "127.0.0.1", "--port", str(PREFECT_PORT)]
    mlflow = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"),
        *("--port", str(MLFLOW_PORT), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{Path('mlflow.db').absolute()}"),
        *("--artifacts-destination", str(Path("mlartifacts").absolute())),
    ]
    spawn("prefect", [*prefect, *server], environment)
    spawn("mlflow", mlflow, environment)
    for name, url in (("prefect", f"{PREFECT_URL}/api/health"), ("mlflow", f"{MLFLOW_URL}/health")):
        if not wait_for(url):
            print(
                f"{name} did not answer at {url} in 120 s; see {LOGS / name}.log", file=sys.stderr
            )
            stop()
            return 1
    pool = ["work-pool", "create", POOL, "--type", "process", "--overwrite"]
    subprocess.run([*prefect, *pool], env=environment, check=True, stdout=subprocess.DEVNULL)
    # The schedule stands in params.yaml alone: prefect.yaml names none, and is not written to.
    retrain = load().retrain
    deploy = [
        "deploy",
        "--name",
        DEPLOYMENT,
        "--cron",
        retrain.cron,
        "--timezone",
        retrain.timezone,
    ]
    subprocess.run([*prefect, *deploy], env=environment, check=True)
    spawn("worker", [*prefect, "worker", "start", "--pool", POOL, "--type", "process"], environment)
    print(f"Prefect {PREFECT_URL}\nMLflow  {MLFLOW_URL}\nlogs    {LOGS}/; end with `make ui-stop`")
    return 0


def stop() -> int:
    """End the processes that `start` started, and no other that has taken over their ids."""
    for record in reversed(recorded()):
        process = same_process(record)
        if process is None:
            continue
        family = [*process.children(recursive=True), process]
        for member in family:
            member.terminate()
        for member in psutil.wait_procs(family, timeout=15)[1]:
            member.kill()
        print(f"ended {record['name']} ({record['pid']})")
    STATE.unlink(missing_ok=True)
    return 0


def spawn(name: str, command: list[str], environment: dict[str, str]) -> None:
    """Start a process that outlives this one and note who it is."""
    with (LOGS / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    born = psutil.Process(process.pid).create_time()
    STATE.write_text(json.dumps([*recorded(), {"name": name, "pid": process.pid, "born": born}]))


def recorded() -> list[dict[str, float | str]]:
    """Return what `start` noted."""
    return json.loads(STATE.read_text()) if STATE.exists() else []


def same_process(record: dict[str, float | str]) -> psutil.Process | None:
    """Find a noted process, unless it ended and its id went to another."""
    try:
        process = psutil.Process(int(record["pid"]))
        return process if process.create_time() == record["born"] else None
    except psutil.NoSuchProcess:
        return None


def running() -> bool:
    """Whether everything that was started still runs."""
    records = recorded()
    alive = [same_process(record) is not None for record in records]
    if records and not all(alive):
        stop()
    return bool(records) and all(alive)


def wait_for(url: str, seconds: float = 120) -> bool:
    """Ask until the server answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if httpx.get(url, timeout=5).is_success:
                return True
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    return False


if __name__ == "__main__":
    sys.exit({"start": start, "stop": stop}[sys.argv[1]]())
