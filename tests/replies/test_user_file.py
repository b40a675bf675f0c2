"""Reply files that other people's models wrote."""

import json
import re
from pathlib import Path

import pytest

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm.model import LanguageModel
from remid.replies.file_rows import Options
from remid.replies.run import file_name, names_of
from remid.replies.user_file import SAME, UserFile, read_user_file

EVERY = {
    "id_train": ["t0", "t1", "t2"],
    "id_test": ["d0", "d1", "d9"],
    "user/german": ["d2", "d3", "IDTest/s1"],
}


def read_all(
    path: Path, dialogues: list[Dialogue], lm: LanguageModel, *rows: object, strict: bool = False
) -> dict[str, UserFile]:
    """The first two dialogues are wanted of id_test, the next two of user/german."""
    path = path / "mine.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    wanted = {"id_test": dialogues[:2], "user/german": dialogues[2:4]}
    return read_user_file(path, wanted, EVERY, scorer=lm.chat, options=Options(strict=strict))


def read(
    path: Path, dialogues: list[Dialogue], lm: LanguageModel, *rows: object, strict: bool = False
) -> UserFile:
    (only,) = read_all(path, dialogues, lm, *rows, strict=strict).values()
    return only


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


ODD = [
    ({"id": "d1"}, "no reply under reply, response, .*; name its field with --reply-field"),
    (reply("zz"), "its id is in no split"),
    (reply("t0"), "its id belongs to id_train, which is not evaluated"),
    (reply("d1", split="user/german"), "says user/german, and its id belongs to id_test"),
    (reply("d0", "No."), "another reply to a dialogue that has one; the first is read"),
    ("<html>", "no object with an id and a reply"),
    ({"id": "d1", "response": {"status_code": 429, "body": {}}}, "failed .status 429"),
]


@pytest.mark.parametrize(("row", "reason"), ODD)
def test_an_odd_row_is_left_out_and_counted_with_its_place(
    row: object, reason: str, tmp_path: Path, dialogues: list[Dialogue], lm: LanguageModel,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    given = read(tmp_path, dialogues, lm, reply("d0"), row, reply("d2"))
    assert {key: own.reply for key, own in given.rows.items()} == {"d0": "Yes.", "d2": "Yes."}
    ((told, places),) = given.odd.reasons.items()
    assert re.search(reason, told) and places[0].startswith("line 2")
    assert list(given.odd.counts().values()) == [1]
    assert re.search(f"mine.jsonl: left out 1 row: .*{reason}.*line 2", caplog.text)


@pytest.mark.parametrize(("row", "reason"), ODD)
def test_strict_makes_an_odd_row_an_error(
    row: object, reason: str, tmp_path: Path, dialogues: list[Dialogue], lm: LanguageModel
) -> None:
    with pytest.raises(RemidError, match=f"mine.jsonl, line 2: .*{reason}.*--strict"):
        read(tmp_path, dialogues, lm, reply("d0"), row, reply("d2"), strict=True)


def test_the_same_row_twice_is_one_reply(
    tmp_path: Path, dialogues: list[Dialogue], lm: LanguageModel
) -> None:
    given = read(tmp_path, dialogues, lm, reply("d0"), reply("d0"), strict=True)
    assert list(given.rows) == ["d0"] and given.odd.notes == {SAME: 1}


def test_replies_to_the_training_split_are_no_mistake_of_most_rows(
    tmp_path: Path, dialogues: list[Dialogue], lm: LanguageModel
) -> None:
    given = read(tmp_path, dialogues, lm, reply("t0"), reply("t1"), reply("t2"), reply("d0"))
    assert list(given.rows) == ["d0"] and list(given.odd.counts().values()) == [3]


def test_an_id_that_ends_one_dialogues_alone_is_that_dialogues(
    tmp_path: Path, dialogues: list[Dialogue], lm: LanguageModel
) -> None:
    given = read(tmp_path, dialogues, lm, reply("d0"), reply("s1"))
    assert given.unused == ("IDTest/s1",)


def test_each_model_of_a_file_is_one_of_its_own(
    tmp_path: Path, dialogues: list[Dialogue], lm: LanguageModel
) -> None:
    files = read_all(
        tmp_path, dialogues, lm,
        {"sample_ID": "d0", "model_response": {"Base": "Yes.", "SFT/7B": "No."}},
        {"sample_ID": "d2", "model_response": {"Base": "Ja."}},
    )  # fmt: skip
    assert {model: [row.reply for row in own.rows.values()] for model, own in files.items()} == {
        "Base": ["Yes.", "Ja."],
        "SFT/7B": ["No."],
    }
    assert files["SFT/7B"].failed["d2"] == "no reply"
    assert names_of(files, "cpg") == {"Base": "cpg-Base", "SFT/7B": "cpg-SFT-7B"}


def test_a_model_without_a_usable_reply_does_not_hide_the_others(
    tmp_path: Path, dialogues: list[Dialogue], lm: LanguageModel
) -> None:
    row = {"sample_ID": "d0", "model_response": {"Base": "Yes.", "Mute": ""}}
    files = read_all(tmp_path, dialogues, lm, row)
    assert list(files) == ["Base"]
    (reason,) = files["Base"].odd.reasons
    assert files["Base"].odd.reasons[reason] == ["Mute"] and "without a reply" in reason


def test_names_are_made_of_what_files_and_models_are_called() -> None:
    assert file_name(Path("x/CPG-BVersion[v15].json.gz")) == "CPG-BVersion-v15"
    assert names_of(["Lora[x]-BLLM[y]"], "mine") == {"Lora[x]-BLLM[y]": "mine"}
    assert names_of(["a/b", "a b", "ü"], "m") == {"a/b": "m-a-b", "a b": "m-a-b.2", "ü": "m-model"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "is empty"),
        (
            [reply("d0"), reply("zz"), reply("yy")],
            "2 of 3 rows give no reply; 2 rows: its id is in no",
        ),
        ([reply("zz")], r"its id is in no split \(line 1 id 'zz'\); .*take the ids from splits/"),
        ([reply("t0")], "its id belongs to id_train"),
        ([reply("d9")], "a reply to none of the 4 dialogues .*dialogues_per_split"),
    ],
)
def test_a_faulty_file_is_one_sentence(
    rows: list[object], said: str, tmp_path: Path, dialogues: list[Dialogue], lm: LanguageModel
) -> None:
    with pytest.raises(RemidError, match=said) as raised:
        read(tmp_path, dialogues, lm, *rows)
    assert "mine.jsonl" in str(raised.value)
