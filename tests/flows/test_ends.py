"""A flow with its server, launcher and worker: where they listen, and how Ctrl-C ends them all."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import tiny_project
import yaml
from ending import ROOT, carrying, left, listening, until


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_flow_listens_on_the_loopback_alone_and_ends_in_one_sentence(tmp_path: Path) -> None:
    tiny_project.build(tmp_path)
    # Epochs enough that the training still runs when it is interrupted.
    own = tiny_project.params(coevolve={"cold_start": {"epochs": 200}})
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(own.model_dump(mode="json")))
    log = tmp_path / "log"
    with log.open("w") as told:
        flow = subprocess.Popen(
            [sys.executable, str(ROOT / "flows/coevolve.py")],
            cwd=tmp_path,
            stdout=told,
            stderr=subprocess.STDOUT,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("PREFECT")},
                "REMID_TEST": str(tmp_path),
            },
            start_new_session=True,
        )

    def family() -> list[psutil.Process]:
        return carrying("REMID_TEST", str(tmp_path))

    places: set[str] = set()

    def training() -> bool:
        places.update(listening(family()))
        assert flow.poll() is None, log.read_text()
        return "step 2/" in log.read_text()

    try:
        assert until(training, seconds=500, every=1.0), log.read_text()
        # Server and rendezvous both listen, so a set that is right is not an empty one.
        assert places == {"127.0.0.1"}
        before, said = family(), len(log.read_text())
        assert {"uvicorn", "deepspeed.launcher.launch", "remid.training.sft_worker"} <= {
            part for process in before for part in process.cmdline()
        }
        start = time.monotonic()
        # As a terminal does: the whole group, so the server is gone before the flow asks it.
        os.killpg(flow.pid, signal.SIGINT)
        assert flow.wait(timeout=10) == 128 + signal.SIGINT
        assert not left(before, seconds=10 - (time.monotonic() - start))
        end = log.read_text()[said:]
        assert end.count("interrupted; run it again to go on.") == 1
        assert "Traceback" not in end
    finally:
        for process in family():
            process.kill()
