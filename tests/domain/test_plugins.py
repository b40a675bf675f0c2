"""Entry points of other packages, from a distribution that is written for the test."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import remid
from remid.corpus import registry
from remid.domain import plugins
from remid.domain.errors import RemidError

Install = Callable[[str], None]
MODULE = """
from remid.corpus.conversation import Conversation, Line
from remid.corpus.registry import Reader

def score(value):
    return 1.0 if isinstance(value, dict) and {"npc", "log"} <= value.keys() else 0.0

def conversation(record, options):
    sides = {"player": "user", "npc": "character"}
    lines = [Line(sides[who], text) for who, text in record.value["log"]]
    return Conversation(record.where, lines, character=record.value["npc"])

READER = Reader("logs of a game", score, conversation)
def brief(replies):
    return [1 / (1 + len(reply.split())) for reply in replies]
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution named ``remid-game`` with the given entry points on the path."""

    def make(points: str) -> None:
        folder = tmp_path / "site"
        info = folder / "remid_game-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / "remid_game.py").write_text(MODULE)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: remid-game\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(points)
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
    assert plugins.load("remid.rewards")["brief"](["a", "a b c"]) == [1 / 2, 1 / 4]
    assert plugins.load("remid.shifts") == {}


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
