"""Every kind of file, damaged in every way, under the command that reads it: one sentence each.

Survived is an exit status of 2 with one sentence that names the file or its folder, or status 0
where what is damaged can be made again or has a default; never a traceback.
"""

import os
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import tiny_project
import yaml
from built_project import SMALL

from remid.cli import main

CURVE = "step,phase,loss,reward,reward_std,no_spread,length,clipped,clip_ratio,kl\n" + "".join(
    f"{step},reasoner_1,1.0,0.5,0.1,0,8,0,0,0\n" for step in (1, 2)
)
Damage = Callable[[Path], object]


def cut(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES: dict[str, Damage] = {
    "absent": Path.unlink,
    "empty": lambda file: file.write_bytes(b""),
    "cut": cut,
    "garbage": lambda file: file.write_bytes(bytes(range(1, 256)) * 20),
    "zeros": lambda file: file.write_bytes(bytes(file.stat().st_size)),
    "other JSON": lambda file: file.write_text("[1, 2]\n"),
    "a folder": folder,
}
READ_BY = {
    "params.yaml": ("params",),
    "models/base/config.json": ("reply", "base"),
    "models/base/model.safetensors": ("reply", "base"),
    "models/base/tokenizer.json": ("reply", "base"),
    "models/base/tokenizer_config.json": ("reply", "base"),
    "models/base/generation_config.json": ("reply", "base"),
    "models/roleplay/base/model.json": ("reply", "base"),
    "models/estimators/reasoner/adapter_config.json": ("evaluate",),
    "models/estimators/reasoner/adapter_model.safetensors": ("evaluate",),
    "models/estimators/responder/adapter_config.json": ("evaluate",),
    "models/estimators/responder/adapter_model.safetensors": ("evaluate",),
    "models/encoder/config.json": ("evaluate",),
    "models/encoder/model.safetensors": ("evaluate",),
    "splits/id_test.jsonl": ("reply", "base"),
    "splits/user/german.jsonl": ("evaluate",),
    "replies/base/id_test.jsonl": ("evaluate",),
    "scores/table.json": ("show",),
    "scores/traces.jsonl": ("report",),
    "plots/coevolve.csv": ("report",),
}
"""A file, and the command that reads it."""
TOLD_OTHERWISE = {
    # a file without replies is whole: what is missing is counted by split
    ("replies/base/id_test.jsonl", "empty"): "replies are missing (id_test 8)",
}
CACHES = ("generation", "scores", "traces", "embeddings")
HARMLESS = {
    # settings that have defaults
    ("models/base/generation_config.json", "absent"),
    ("models/base/tokenizer_config.json", "absent"),
    ("models/base/tokenizer_config.json", "a folder"),
    # no trace is what an evaluation without reasoning has
    ("scores/traces.jsonl", "empty"),
}


@pytest.fixture(scope="module")
def evaluated(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of which every stage has run, its caches filled."""
    root = tmp_path_factory.mktemp("hostile") / "project"
    shutil.copytree(built, root)
    text = yaml.safe_dump(tiny_project.params(**SMALL).model_dump(mode="json"))
    (root / "params.yaml").write_text(text)
    (root / "plots").mkdir()
    (root / "plots/coevolve.csv").write_text(CURVE)
    with inside(root):
        for command in (("train", "base"), ("reply", "base"), ("evaluate",), ("report",)):
            assert main(command) == 0
    return root


@contextmanager
def inside(root: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(root)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def damaged(file: Path, damage: Damage) -> Iterator[None]:
    """A file under a damage, and as it was again afterwards."""
    kept = file.read_bytes()
    damage(file)
    try:
        yield
    finally:
        with suppress(OSError):
            file.rmdir()
        file.write_bytes(kept)


def outputs(root: Path) -> dict[str, bytes]:
    places = (root / name for name in ("metrics", "build", "scores/table.json"))
    files = [file for place in places for file in (place.rglob("*") if place.is_dir() else [place])]
    return {str(file): file.read_bytes() for file in files if file.is_file()}


def told_well(told: str, command: str, file: str) -> bool:
    said = [line for line in told.splitlines() if line.startswith(f"remid {command}: ")]
    return (
        len(said) == 1
        and "Traceback" not in told
        and "a fault of remid's own" not in told
        # the folder of a model, where its libraries do not say which file
        and (file in said[0] or str(Path(file).parent) in said[0])
        and said[0].endswith(".")
    )


@pytest.mark.parametrize("file", READ_BY)
def test_a_damaged_file_is_one_sentence(
    file: str, evaluated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost, command = [], READ_BY[file]
    with inside(evaluated):
        for name, damage in DAMAGES.items():
            capsys.readouterr()
            before = outputs(evaluated)
            with damaged(Path(file), damage):
                status = main(command)
            told = capsys.readouterr().err
            if (file, name) in HARMLESS and status == 0:
                continue
            otherwise = TOLD_OTHERWISE.get((file, name), "")
            if status == 2 and otherwise and otherwise in told:
                continue
            if status != 2 or not told_well(told, command[0], file):
                lost.append((name, status, told[-400:]))
            # Of an evaluation or a report that failed nothing new is there.
            if outputs(evaluated) != before:
                lost.append((name, status, "an output was changed"))
    survived = len(DAMAGES) - len(lost)
    assert survived == len(DAMAGES), lost


@pytest.mark.parametrize("name", CACHES)
def test_a_damaged_cache_is_set_aside_and_filled_again(
    name: str, evaluated: Path, caplog: pytest.LogCaptureFixture
) -> None:
    command = ("reply", "base") if name == "generation" else ("evaluate",)
    with inside(evaluated):
        file = Path(".cache", f"{name}.sqlite")
        keys = "SELECT key FROM item ORDER BY key"
        filled = sqlite3.connect(file).execute(keys).fetchall()
        before = outputs(evaluated)
        for harm in ("garbage", "cut", "zeros"):
            caplog.clear()
            kept = file.read_bytes()
            DAMAGES[harm](file)
            assert main(command) == 0
            assert "this cache is damaged" in caplog.text, harm
            assert len(list(file.parent.glob(f"{file.name}.*.damaged"))) == 1
            assert sqlite3.connect(file).execute(keys).fetchall() == filled
            assert outputs(evaluated) == before
            for aside in file.parent.glob("*.damaged"):
                assert aside.stat().st_size <= len(kept)
                aside.unlink()


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes: what `ulimit -f` does, and nearly a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("command", [("fetch",), ("train", "base"), ("reply", "base"), ("report",)])
def test_no_room_to_write(
    command: tuple[str, ...], evaluated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = outputs(evaluated)
    capsys.readouterr()
    with inside(evaluated):
        values = yaml.safe_load(Path("params.yaml").read_text())
        values["fetch"] = {"base": "tiny", "encoder": "tiny"}
        Path("tiny.yaml").write_text(yaml.safe_dump(values))
        with largest_file(64):
            status = main(["--params", "tiny.yaml", *command])
    told = capsys.readouterr().err
    assert status == 2, told
    assert "Traceback" not in told
    last = [line for line in told.splitlines() if line.startswith(f"remid {command[0]}: ")]
    # SQLite gives the system's reason a name of its own.
    assert len(last) == 1 and ("File too large" in last[0] or "disk I/O error" in last[0]), told
    assert outputs(evaluated) == before
    assert not list(evaluated.rglob("*.part")) + list(evaluated.rglob("*.tmp"))
    assert (evaluated / "models/base/config.json").is_file()


@contextmanager
def somebody(root: Path) -> Iterator[None]:
    """Run as a user who may read the project and write nowhere in it."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    for place in (root, *root.parents):
        if place.stat().st_uid == 0 and place != Path("/"):
            place.chmod(place.stat().st_mode | 0o055)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("command", [("train", "base"), ("reply", "base"), ("report",)])
def test_a_project_that_may_only_be_read(
    command: tuple[str, ...], evaluated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = outputs(evaluated)
    capsys.readouterr()
    with inside(evaluated), somebody(evaluated):
        status = main(command)
    told = capsys.readouterr().err
    assert status == 2, told
    assert "Traceback" not in told and told.count(f"remid {command[0]}: ") == 1, told
    assert outputs(evaluated) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("reply", "../../outer"),
        ("reply", "/abs", "--file", "x.jsonl"),
        ("reply", "x" * 300, "--file", "x.jsonl"),
        ("reply", "NUL", "--endpoint", "http://127.0.0.1:1", "--served", "m"),
        ("reply", "../models/base", "--model", "models/base"),
        ("train", "../../models/base"),
        ("diagnose", "--model", "../replies/base"),
        ("diagnose", "--model", "../../x", "--replies", "replies/base/id_test.jsonl"),
    ],
)
def test_a_name_that_leaves_its_folder(
    arguments: tuple[str, ...], evaluated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def tree() -> set[str]:
        return {str(path) for path in evaluated.parent.rglob("*") if ".cache" not in path.parts}

    before = tree()
    capsys.readouterr()
    with inside(evaluated):
        status = main(arguments)
    told = capsys.readouterr().err
    assert status == 2
    assert "cannot name a model" in told or "no model of the roster" in told
    assert "Traceback" not in told and tree() == before
