"""Which replies can be scored."""

from pathlib import Path

import tiny_project

from remid.lm.model import load_chat
from remid.replies.reply_file import Reply
from remid.replies.scorable import NOT_THERE, fault, scorable, tokenised


def test_each_dialogue_has_a_tokenised_reply_or_a_reason(tmp_path: Path) -> None:
    chat = load_chat(tiny_project.build(tmp_path, dialogues=1).base)
    dialogues = [tiny_project.dialogue(key) for key in "abc"]
    rows = {"a": Reply("a", "hello"), "b": Reply("b", "  ")}
    found = scorable(dialogues, rows, chat)
    assert found.failed == {"b": "an empty reply", "c": NOT_THERE}
    # What is scored ends with the end of turn, which stops a reply from being judged as unfinished.
    assert found.replies["a"].ids == (*chat.content("hello"), chat.end_of_turn)
    assert found.rows == {"a": rows["a"]}


def test_a_fault_is_why_a_reply_cannot_be_scored(tmp_path: Path) -> None:
    chat = load_chat(tiny_project.build(tmp_path, dialogues=1).base)
    assert fault("hello", chat) == "" and fault("", chat) == "an empty reply"
    long = tokenised("word " * 200_000, chat)
    assert isinstance(long, str) and "too long to be scored whole" in long
