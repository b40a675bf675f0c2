"""Entry points of other packages, from a distribution that is written for the test."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import game_package
import pytest
import tiny_project

import remid
from remid.corpus import registry
from remid.domain import plugins
from remid.domain.errors import RemidError
from remid.params import Params

Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution named ``remid-game`` with the given entry points on the path."""

    def make(points: str) -> None:
        folder = tmp_path / "site"
        game_package.write(folder, points)
        monkeypatch.syspath_prepend(str(folder))

    before = dict(registry.READERS)
    registry.add_plugins.cache_clear()
    yield make
    registry.READERS.clear()
    registry.READERS.update(before)
    registry.add_plugins.cache_clear()


def test_a_reader_of_another_package_reads(install: Install, tmp_path: Path) -> None:
    install("[remid.readers]\ngame_log = remid_game:READER\n")
    said = [["player", "Who goes there?"], ["npc", "Only the keeper."]]
    file = tmp_path / "log.jsonl"
    file.write_text(json.dumps({"npc": "a keeper", "log": said}) + "\n")
    found = remid.read(file)
    assert dict(found.tally.formats) == {"game_log": 1}
    assert (found[0].character, found[0].reference) == ("a keeper", "Only the keeper.")


def test_a_reward_of_another_package_is_found(install: Install) -> None:
    install("[remid.rewards]\nbrief = remid_game:brief\n")
    assert plugins.load("remid.rewards")["brief"]([], ["a", "a b c"]) == [1 / 2, 1 / 4]
    assert plugins.load("remid.shifts") == {}
    assert plugins.names("remid.rewards") == ["brief"]
    raw = tiny_project.params().model_dump(mode="json")
    raw["train"]["signal"] = "brief"
    assert Params.model_validate(raw).train.signal == "brief"
    raw["train"]["signal"] = "brie"
    with pytest.raises(ValueError, match="'brie' is none of likelihood, judge and no reward"):
        Params.model_validate(raw)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (
            "chat = remid_game:READER",
            "remid-game, entry point 'chat' of remid.readers: the name is",
        ),
        ("game = remid_game:absent", "remid_game:absent cannot be imported .AttributeError"),
        ("game = remid_gone:X", "remid_gone:X cannot be imported .ModuleNotFoundError"),
        (
            "game = remid_game:brief",
            "'game' of remid.readers is a function, expected a remid.corpus",
        ),
    ],
)
def test_a_faulty_one_is_one_sentence(points: str, said: str, install: Install) -> None:
    install(f"[remid.readers]\n{points}\n")
    with pytest.raises(RemidError, match=said):
        registry.named("chat")
