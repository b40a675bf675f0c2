"""Reply files that other people's models wrote."""

import json
from pathlib import Path

import pytest

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm.model import LanguageModel
from remid.replies.user_file import UserFile, read_user_file

EVERY = {
    "id_train": ["t0"],
    "id_test": ["d0", "d1", "d9"],
    "user/german": ["d2", "d3"],
}


def read(path: Path, dialogues: list[Dialogue], lm: LanguageModel, *rows: object) -> UserFile:
    """The first two dialogues are wanted of id_test, the next two of user/german."""
    path = path / "mine.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    wanted = {"id_test": dialogues[:2], "user/german": dialogues[2:4]}
    return read_user_file(path, wanted, EVERY, scorer=lm.chat)


def reply(key: str, text: str = "Yes.", **more: object) -> dict[str, object]:
    return {"id": key, "reply": text, **more}


def test_replies_to_any_split_are_taken_and_the_missing_told_with_the_reason(
    tmp_path: Path, dialogues: list[Dialogue], lm: LanguageModel
) -> None:
    given = read(
        tmp_path,
        dialogues,
        lm,
        reply("d0"),
        reply("d2", "Ja.", split="user/german"),
        reply("d3", " \n"),
        reply("d9"),
    )
    assert {key: row.reply for key, row in given.rows.items()} == {"d0": "Yes.", "d2": "Ja."}
    assert given.failed == {"d1": "no reply", "d3": "an empty reply"}
    assert given.unused == ("d9",)


def test_a_reply_beyond_the_scorers_window_is_missing_with_the_remedy(
    tmp_path: Path, dialogues: list[Dialogue], lm: LanguageModel
) -> None:
    given = read(tmp_path, dialogues, lm, reply("d0", "sea " * 25_000), reply("d1"))
    assert list(given.replies) == ["d1"]
    assert "tokens, too long to be scored whole; lower reply.max_tokens" in given.failed["d0"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "holds no reply"),
        ([reply("d0"), reply("d0")], "line 2: dialogue 'd0' has two replies; keep one"),
        ([reply("d0"), reply("zz"), reply("yy")], r"2 of its ids are in no split \('zz', 'yy'\)"),
        ([reply("d0"), reply("t0")], r"1 of its ids belong to id_train \('t0'\); take them out"),
        ([reply("d0", split="user/german")], "says user/german, and it belongs to id_test"),
        ([reply("d9")], "a reply to none of the 4 dialogues .*dialogues_per_split"),
        ([reply("d0"), {"id": "d1"}], "line 2: .*`reply`"),
        (["<html>"], "line 1: .*expected an object"),
    ],
)
def test_a_faulty_file_is_one_sentence(
    rows: list[object], said: str, tmp_path: Path, dialogues: list[Dialogue], lm: LanguageModel
) -> None:
    with pytest.raises(RemidError, match=said) as raised:
        read(tmp_path, dialogues, lm, *rows)
    assert "mine.jsonl" in str(raised.value)
