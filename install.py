"""Fill an environment with the exact versions of constraints.txt and the build of torch for here.

    python install.py .venv [auto|cpu|cuda|vllm] [--index URL]

Runs before anything is installed, so that it needs Python alone. PyPI's torch for Linux brings
about 3 GB of CUDA libraries; the CPU build lies on an index of its own.
"""

import argparse
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
BUILDS = ("auto", "cpu", "cuda", "vllm")
# What an environment holds, without importing it: the CUDA builds alone ask for such packages.
PROBE = """
from importlib import metadata
have = {each.name.lower(): each for each in metadata.distributions() if each.name}
needs = have["torch"].requires or [] if "torch" in have else []
cuda = any(need.startswith(("nvidia-", "cuda-")) for need in needs)
kind = "vllm" if "vllm" in have else "cuda" if cuda else "cpu"
print(kind if "torch" in have else "none")
"""


def gpu_seen() -> bool:
    """Whether the driver's own tool lists a GPU."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    listed = subprocess.run([tool, "-L"], capture_output=True, text=True, check=False)
    return listed.returncode == 0 and "GPU" in listed.stdout


def chosen(asked: str, installed: str) -> str:
    """Return the build: what is asked for, else what is there, else what the machine can use.

    What is there goes first, so that a choice made once outlives later calls without it.
    """
    if asked != "auto":
        return asked
    if installed != "none":
        return installed
    return "cuda" if gpu_seen() else "cpu"


def constraints(build: str) -> dict[str, str]:
    """Exact versions by name; those of vLLM's builds in place of ours where it is wanted."""
    files = ["constraints.txt", *(["constraints-vllm.txt"] if build == "vllm" else [])]
    pins = {}
    for file in files:
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            name, equals, version = line.partition("#")[0].strip().partition("==")
            if equals:
                pins[name] = version
    return pins


def installed(python: Path) -> str:
    """What torch an environment has: none, cpu, cuda, or one with vllm beside it."""
    found = subprocess.run([python, "-c", PROBE], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def install_cpu_torch(python: Path, version: str, index: str) -> None:
    """Install the CPU build alone; what it needs comes later, from where everything comes from.

    By pip also where uv is present: pip's configuration may know a nearer place (`find-links`).

    Raises
    ------
    SystemExit
        When the index cannot be reached, has no such build, or another one was found.
    """
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    wanted = ["--no-deps", "--index-url", index, "--retries", "1", "--timeout", "20"]
    done = subprocess.run([*pip, "install", "--quiet", *wanted, f"torch=={version}"], check=False)
    if done.returncode == 0 and installed(python) == "cpu":
        return
    if done.returncode == 0:
        subprocess.run([*pip, "uninstall", "--quiet", "--yes", "torch"], check=True)
    sys.exit(
        f"No CPU build of torch {version} was found at {index}: name another index by `make env "
        "TORCH_INDEX=URL`, or take the CUDA build, about 3 GB, by `make env TORCH=cuda`."
    )


def install(python: Path, build: str, index: str | None) -> None:
    """Install torch in the build that is wanted, and then everything else, by uv where it is."""
    pins = constraints(build)
    before = installed(python)
    # Versions alone do not tell builds apart: one that satisfies the pin would be kept.
    if before not in ("none", build):
        remove = [python, "-m", "pip", "uninstall", "--quiet", "--yes", "torch", "vllm"]
        subprocess.run(remove, check=True)
    # The question is Linux's alone: elsewhere PyPI's own build is without CUDA.
    if build == "cpu" and before != "cpu" and platform.system() == "Linux":
        install_cpu_torch(python, pins["torch"], index or CPU_INDEX)
    uv = shutil.which("uv")
    quiet = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    tool = [uv, "pip", "install", "--quiet", "--python", python] if uv else quiet
    if build != "cpu" and index:
        subprocess.run([*tool, "--index-url", index, f"torch=={pins['torch']}"], check=True)
    wanted = ".[dev,gpu]" if build == "vllm" else ".[dev]"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "constraints.txt")
        file.write_text("".join(f"{name}=={pins[name]}\n" for name in pins), encoding="utf-8")
        done = subprocess.run(
            [*tool, "--constraint", file, "--editable", wanted], cwd=ROOT, check=False
        )
    if done.returncode:
        sys.exit("The packages were not installed; what is missing is said above.")


def main() -> None:
    """Make the environment where there is none, and fill it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the environment")
    parser.add_argument("torch", nargs="?", default="auto", choices=BUILDS, help="its build")
    parser.add_argument("--index", help=f"where torch comes from (CPU build: {CPU_INDEX})")
    asked = parser.parse_args()
    python = asked.folder.absolute() / "bin" / "python"
    if not python.exists():
        # With pip, which the base model's package is fetched by.
        subprocess.run([sys.executable, "-m", "venv", asked.folder], check=True)
    build = chosen(asked.torch, installed(python))
    install(python, build, asked.index)
    print(f"{asked.folder}: torch {constraints(build)['torch']}, {build} build")


if __name__ == "__main__":
    main()
