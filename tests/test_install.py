"""Which build of torch an environment gets, with programs in place of the real ones."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def install() -> ModuleType:
    """install.py of the root, which is no package's."""
    spec = importlib.util.spec_from_file_location("install", ROOT / "install.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def program(folder: Path, name: str, body: str) -> Path:
    """Put an executable of a few lines of shell into a folder."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install: ModuleType) -> Path:
    """A PATH without uv and GPU, and a `python` that notes what it is asked, one call a line.

    What it has installed is the word in the file `kind`; an index gives what `given` says.
    """
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(install.platform, "system", lambda: "Linux")
    (tmp_path / "kind").write_text("none")
    (tmp_path / "given").write_text("cpu")
    program(
        tmp_path,
        "python",
        f"""PATH=/usr/bin:/bin; cd {tmp_path}
case "$1" in -c) cat kind; exit 0;; esac
echo "$@" >> calls
case "$*" in
  *uninstall*) echo none > kind;;
  *--index-url*torch*) test -s given || exit 1; cat given > kind;;
esac""",
    )
    return tmp_path


def calls(machine: Path) -> list[str]:
    file = machine / "calls"
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.parametrize(
    ("tool", "build"),
    [
        ("echo 'GPU 0: H100 (UUID: GPU-1)'", "cuda"),
        ("echo 'No devices were found'", "cpu"),
        ("echo 'GPU'; exit 9", "cpu"),  # the driver is not loaded
    ],
)
def test_a_gpu_counts_where_the_driver_lists_one(
    machine: Path, install: ModuleType, tool: str, build: str
) -> None:
    assert install.chosen("auto", "none") == "cpu"  # no such tool at all
    program(machine, "nvidia-smi", tool)
    assert install.chosen("auto", "none") == build


@pytest.mark.parametrize(
    ("asked", "there", "build"),
    [("auto", "cuda", "cuda"), ("auto", "vllm", "vllm"), ("cpu", "cuda", "cpu")],
)
def test_a_choice_outlives_calls_without_one(
    machine: Path, install: ModuleType, asked: str, there: str, build: str
) -> None:
    assert install.chosen(asked, there) == build


def test_without_a_gpu_torch_comes_from_the_index_of_cpu_builds(
    machine: Path, install: ModuleType
) -> None:
    install.install(machine / "python", "cpu", None)
    first, second = calls(machine)
    torch = install.constraints("cpu")["torch"]
    assert first.endswith(f"torch=={torch}") and "--no-deps" in first
    assert "--index-url https://download.pytorch.org/whl/cpu " in first
    assert second.endswith("--editable .[dev]") and "--index-url" not in second


def test_the_cuda_build_comes_from_where_all_comes_from(machine: Path, install: ModuleType) -> None:
    install.install(machine / "python", "cuda", None)
    (only,) = calls(machine)
    assert only.endswith("--editable .[dev]") and "--index-url" not in only


def test_another_build_is_taken_out_first(machine: Path, install: ModuleType) -> None:
    """`torch==2.13.0` is satisfied by 2.13.0+cpu: pip alone would leave it."""
    (machine / "kind").write_text("cpu")
    install.install(machine / "python", "cuda", "https://mirror/cu126")
    removed, torch, _ = calls(machine)
    assert "uninstall" in removed and removed.endswith("torch vllm")
    assert "--index-url https://mirror/cu126 torch==" in torch


@pytest.mark.parametrize("given", ["", "cuda"])
def test_no_cpu_build_is_one_sentence_and_no_gigabytes(
    machine: Path, install: ModuleType, given: str
) -> None:
    (machine / "given").write_text(given)
    with pytest.raises(SystemExit) as stopped:
        install.install(machine / "python", "cpu", "https://nowhere")
    told = str(stopped.value.code)
    assert re.match(r"No CPU build of torch [\d.]+ was found at https://nowhere: ", told)
    assert "make env TORCH=cuda" in told and "TORCH_INDEX=URL" in told
    assert not [call for call in calls(machine) if "--editable" in call]
    assert (machine / "kind").read_text().strip() == "none"


def test_uv_installs_where_it_is_present_by_the_same_constraints(
    machine: Path, install: ModuleType
) -> None:
    keep = f'PATH=/usr/bin:/bin; cd {machine}; echo uv "$@" >> calls; cat "$7" > constraints'
    program(machine, "uv", keep)
    install.install(machine / "python", "cpu", None)
    by_pip, by_uv = calls(machine)
    assert by_pip.startswith("-m pip") and by_uv.startswith("uv pip install")
    read = dict(line.split("==") for line in (machine / "constraints").read_text().splitlines())
    assert read == install.constraints("cpu")


def test_vllm_brings_the_versions_that_it_is_built_for(install: ModuleType) -> None:
    ours, theirs = install.constraints("cuda"), install.constraints("vllm")
    changed = {name for name in theirs if theirs[name] != ours.get(name)}
    assert changed == {"numpy", "torch", "vllm"}
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert theirs["vllm"].startswith(
        re.findall(r"[\d.]+", extras["optional-dependencies"]["gpu"][0])[0][:4]
    )


def test_the_probe_knows_the_environment_that_runs_this(install: ModuleType) -> None:
    import torch

    found = install.installed(Path(sys.executable))
    assert (found == "cpu") == (torch.version.cuda is None)


@pytest.mark.parametrize(
    ("told", "tail"),
    [
        ([], "install.py .venv auto"),
        (["TORCH=cuda"], "install.py .venv cuda"),
        (["TORCH=cpu", "TORCH_INDEX=https://m"], "install.py .venv cpu --index https://m"),
    ],
)
def test_make_env_hands_the_choice_on(told: list[str], tail: str) -> None:
    # Under `make test` this make would be a part of that one: its words, its folder's name first.
    alone = {
        key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))
    }
    planned = subprocess.run(
        ["make", "--dry-run", "--always-make", "env", *told],
        cwd=ROOT, env=alone, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert planned.stdout.splitlines()[0].strip().endswith(tail)


def test_the_image_copies_what_make_env_reads_before_it_runs_it() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    made = next(k for k, line in enumerate(lines) if line.startswith("RUN make env"))
    copied = " ".join(line for line in lines[:made] if line.startswith("COPY"))
    rule = next(
        line for line in (ROOT / "Makefile").read_text().splitlines() if "/.installed:" in line
    )
    needed = re.findall(r"\S+\.(?:txt|toml|py)", rule)
    assert len(needed) == 4 and all(name in copied for name in needed)
    assert lines.index("USER remid") < made
    assert lines[-1] == 'CMD ["make", "demo"]'
