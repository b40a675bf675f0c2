"""A hub is asked for one commit, for what is lacking, and for nothing that is here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remid.domain.errors import RemidError
from remid.pretrained import hub
from remid.pretrained.hub import Pinned, bring, parse_pinned

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NEEDED = ("adapter_config.json", "adapter_model.safetensors")


def test_a_commit_and_a_folder_are_read() -> None:
    assert parse_pinned(f"hub:o/n@{COMMIT}") == Pinned("o/n", COMMIT)
    name = f"hub:o/n@{COMMIT}/a/Type[b]-ITER[2]#c"
    assert parse_pinned(name) == Pinned("o/n", COMMIT, "a/Type[b]-ITER[2]#c")
    assert str(parse_pinned(name)) == name


@pytest.mark.parametrize(
    "text",
    ["hub:o/n", "hub:o/n@", "hub:o/n@main", "hub:o/n@v1.0", "hub:n@" + COMMIT, "hub:o/n@012345"],
)
def test_what_may_move_is_refused(text: str) -> None:
    with pytest.raises(RemidError, match=f"{text}: no commit of the hub is named there"):
        parse_pinned(text)


def test_a_folder_stays_in_its_repository() -> None:
    with pytest.raises(RemidError, match="may not lead out of it"):
        parse_pinned(f"hub:o/n@{COMMIT}/a/../../b")


@pytest.fixture
def snapshot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[bool]]:
    """Stand for the hub: which files a local and a remote snapshot have; says what was asked."""

    def make(local: tuple[str, ...], remote: tuple[str, ...] | Exception) -> list[bool]:
        asked: list[bool] = []

        def download(name: str, *, local_files_only: bool, **_: Any) -> str:
            asked.append(local_files_only)
            if not local_files_only and isinstance(remote, Exception):
                raise remote
            names = local if local_files_only or isinstance(remote, Exception) else remote
            for each in names:
                (tmp_path / "a").mkdir(exist_ok=True)
                (tmp_path / "a" / each).write_text("{}")
            return str(tmp_path)

        monkeypatch.setattr(hub, "snapshot_download", download)
        return asked

    return make


def test_what_is_here_needs_no_network(snapshot: Callable[..., list[bool]], tmp_path: Path) -> None:
    asked = snapshot(NEEDED, OSError("no network"))
    assert bring(Pinned("o/n", COMMIT, "a"), ["*.json"], needed=NEEDED) == tmp_path / "a"
    assert asked == [True]


def test_what_a_download_that_was_cut_lacks_is_fetched(
    snapshot: Callable[..., list[bool]], tmp_path: Path
) -> None:
    asked = snapshot(NEEDED[:1], NEEDED)
    assert bring(Pinned("o/n", COMMIT, "a"), ["*.json"], needed=NEEDED) == tmp_path / "a"
    assert asked == [True, False]


def test_a_folder_that_has_no_such_files_is_refused(snapshot: Callable[..., list[bool]]) -> None:
    snapshot((), NEEDED[:1])
    with pytest.raises(RemidError, match=r"/a: has no adapter_config.json or no adapter_model\."):
        bring(Pinned("o/n", COMMIT, "a"), ["*.json"], needed=NEEDED)


def test_a_hub_that_is_not_reached_is_one_sentence(snapshot: Callable[..., list[bool]]) -> None:
    snapshot((), OSError("no route"))
    with pytest.raises(RemidError, match=r"could not be fetched \(no route\); check name, commit"):
        bring(Pinned("o/n", COMMIT, "a"), ["*.json"], needed=NEEDED)
