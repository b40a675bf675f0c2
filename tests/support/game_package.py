"""A distribution of somebody else's, with a reader and a reward."""

from pathlib import Path

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
def brief(dialogues, replies):
    return [1 / (1 + len(reply.split())) for reply in replies]
"""


def write(folder: Path, points: str) -> None:
    """Install it below a folder, with the given text as its entry points."""
    info = folder / "remid_game-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "remid_game.py").write_text(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: remid-game\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(points)
