"""Reply files under the names and in the shapes that tools give them."""

import csv
import gzip
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remid.domain.errors import RemidError
from remid.replies.answer_text import FIELDS
from remid.replies.file_rows import IDS as NAMES
from remid.replies.file_rows import SEVERAL, FileRow, Options, file_rows

NONE = Options()


def read(path: Path, content: bytes | str, options: Options = NONE) -> list[FileRow]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(file_rows(path, options))


def found(rows: list[FileRow]) -> list[tuple[str, str, str]]:
    """(first id, model, reply) of each row, or its fault."""
    return [(r.ids[0], r.model, r.reply.reply if r.reply else r.fault) for r in rows]


def lines(*rows: Any) -> str:
    return "\n".join(map(json.dumps, rows))


BATCH = {
    "id": "batch_req_1",
    "custom_id": "a/1",
    "response": {
        "status_code": 200,
        "body": {"choices": [{"message": {"role": "assistant", "content": "Yes."}}]},
    },
    "error": None,
}


@pytest.mark.parametrize("name", ["response", "output", "prediction", "completion", "answer"])
@pytest.mark.parametrize("key", ["a/1", 7])
def test_known_names_and_integer_ids(tmp_path: Path, name: str, key: str | int) -> None:
    rows = read(tmp_path / "r.jsonl", lines({"id": key, name: "Yes."}))
    assert found(rows) == [(str(key), "", "Yes.")]


@pytest.mark.parametrize(
    ("row", "ids", "model"),
    [
        (BATCH, ("a/1", "batch_req_1"), ""),
        (
            {"question_id": 101, "answer_id": "x", "model_id": "m",
             "choices": [{"index": 0, "turns": ["Yes."]}]},
            ("101",), "m",
        ),
        (
            {"doc_id": 3, "doc": {"id": "a/1", "question": "?"}, "target": "No.",
             "resps": [["Yes."]], "filtered_resps": ["Y"], "arguments": [["?", {}]]},
            ("a/1", "3"), "",
        ),
        (
            {"sample_ID": "s1", "subset_tag": "korean", "agent_golden_response": "No.",
             "model_response": {"model_response": "Yes.", "policy_name": "Lora[x]"}},
            ("OOD1Test/s1", "s1"), "Lora[x]",
        ),
        ({"custom_id": "a/1", "result": {"type": "succeeded", "message": {
            "content": [{"type": "text", "text": "Yes."}]}}}, ("a/1",), ""),
        ({"id": 1.0, "generated_text": [{"role": "assistant", "content": "Yes."}]}, ("1",), ""),
    ],
)  # fmt: skip
def test_rows_of_known_tools(
    tmp_path: Path, row: dict[str, Any], ids: tuple[str, ...], model: str
) -> None:
    for content in (lines(row), lines(row, row), json.dumps([row], indent=1), json.dumps(row)):
        first, *_ = read(tmp_path / "r.json", content)
        assert first.reply is not None and first.reply.reply == "Yes."
        assert (first.ids, first.model) == (ids, model)


def test_a_map_of_ids_to_replies(tmp_path: Path) -> None:
    value = {"a/1": "Yes.", "a/2": ["No.", "Never."], "a/3": {"text": "So."}, "a/4": None}
    for content in (json.dumps(value), json.dumps(value, indent=2)):
        rows = read(tmp_path / "r.json", content)
        assert found(rows) == [
            ("a/1", "", "Yes."),
            ("a/2", "", "No."),
            ("a/3", "", "So."),
            ("a/4", "", "empty"),
        ]
        assert rows[1].notes == {SEVERAL: 1}
    assert rows[0].where == "line 2, a/1"


def test_several_models_in_one_file(tmp_path: Path) -> None:
    sample = {"sample_ID": "s1", "subset_tag": "IDTest", "dialogue_context": []}
    paper = {"s1": sample | {"model_response": {"Base": "Yes.", "SFT": "No."}}}
    expected = [("IDTest/s1", "Base", "Yes."), ("IDTest/s1", "SFT", "No.")]
    assert found(read(tmp_path / "cpg.json", json.dumps(paper, indent=1))) == expected
    rows = [
        {"id": "a", "responses": [{"model": "x", "text": "Yes."}, {"model": "y", "text": "No."}]}
    ]
    assert found(read(tmp_path / "r.json", json.dumps(rows))) == [
        ("a", "x", "Yes."),
        ("a", "y", "No."),
    ]
    rows = [{"id": "a", "model": "x", "reply": "Yes."}, {"id": "a", "model": "y", "reply": "No."}]
    assert [row.model for row in read(tmp_path / "r.jsonl", lines(*rows))] == ["x", "y"]


def test_a_map_of_maps_is_of_models_or_splits(tmp_path: Path) -> None:
    value = {"SFT": {"a": "Yes.", "b": "No."}, "id_test": {"c": "So."}}
    known = Options(splits=frozenset(["id_test"]))
    assert found(read(tmp_path / "r.json", json.dumps(value, indent=1), known)) == [
        ("a", "SFT", "Yes."),
        ("b", "SFT", "No."),
        ("c", "", "So."),
    ]


def test_names_in_other_letters(tmp_path: Path) -> None:
    content = "Dialogue ID,Model-Response,split\na/1,Yes.,test\n"
    (row,) = read(tmp_path / "r.csv", content)
    assert found([row]) == [("a/1", "", "Yes.")]
    assert row.reply is not None and row.reply.split == ""  # another benchmark's word


def test_what_was_asked_is_no_reply(tmp_path: Path) -> None:
    asked = [{"role": "user", "content": "Late?"}, {"role": "assistant", "content": "Always."}]
    asked.append({"role": "user", "content": "And now?"})
    rows = [
        {"id": "a", "messages": asked},
        {"custom_id": "a", "method": "POST", "body": {"model": "m", "messages": asked}},
        {"id": "a", "messages": [*asked, {"role": "assistant", "content": "Yes."}]},
        {"id": "a", "messages": asked, "response": "Yes."},
    ]
    told = read(tmp_path / "r.jsonl", lines(*rows))
    assert [bool(row.reply) for row in told] == [False, False, True, True]
    assert all("its last message is not the model's" in row.fault for row in told[:2])


def test_lists_inside_of_an_object(tmp_path: Path) -> None:
    value = {"run": "x", "plan": {"a": 1}, "samples": [{"id": "a", "reply": "Yes."}]}
    assert found(read(tmp_path / "r.json", json.dumps(value, indent=1))) == [("a", "", "Yes.")]
    value = {
        "id_test": [{"id": "a", "reply": "Yes."}],
        "user/german": [{"id": "b", "reply": "Ja."}],
    }
    assert found(read(tmp_path / "r.json", json.dumps(value))) == [
        ("a", "", "Yes."),
        ("b", "", "Ja."),
    ]


def test_a_map_of_ids_to_messages(tmp_path: Path) -> None:
    value = {"a": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "Yes."}]}
    assert found(read(tmp_path / "r.json", json.dumps(value))) == [("a", "", "Yes.")]


def test_tables(tmp_path: Path) -> None:
    assert found(read(tmp_path / "r.csv", 'id,reply\n7,"Yes, ""so"".\nAnd on."\n')) == [
        ("7", "", 'Yes, "so".\nAnd on.')
    ]
    assert found(read(tmp_path / "r.tsv", "question_id\toutput\na/1\tYes.\n")) == [
        ("a/1", "", "Yes.")
    ]
    (row,) = read(tmp_path / "r.csv", "id,reply\na/1,\n")
    assert row.fault.startswith("no reply under reply, response")


def test_containers(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as pq

    text = lines({"id": "a", "response": "Ja: ü."})
    expected = [("a", "", "Ja: ü.")]
    assert found(read(tmp_path / "r.jsonl.gz", gzip.compress(text.encode()))) == expected
    assert found(read(tmp_path / "r.jsonl", text.encode("utf-16"))) == expected
    assert found(read(tmp_path / "r.jsonl", b"\xef\xbb\xbf" + text.encode())) == expected
    plain = '{"id": "a", "response": "Ja: ü."}'.encode("latin-1")
    assert found(read(tmp_path / "r.jsonl", plain, Options(encoding="latin-1"))) == expected
    pq.write_table(arrow.table({"id": ["a"], "response": ["Ja: ü."]}), tmp_path / "r.parquet")
    assert found(list(file_rows(tmp_path / "r.parquet", NONE))) == expected


def test_fields_by_name(tmp_path: Path) -> None:
    row = {"meta": {"dialogue": "a"}, "id": "run-1", "said": {"final": ["Yes."]}, "reply": "No."}
    options = Options(id_field="meta.dialogue", reply_field="said.final.0")
    assert found(read(tmp_path / "r.jsonl", lines(row), options)) == [("a", "", "Yes.")]
    (row_,) = read(tmp_path / "r.jsonl", lines(row), Options(id_field="nr"))
    assert row_.fault == "no id under nr; name its field with --id-field"
    (row_,) = read(tmp_path / "r.jsonl", lines(row), Options(reply_field="told"))
    assert row_.fault == "no reply under told; name its field with --reply-field"


def test_thoughts_and_markers_are_set_apart(tmp_path: Path) -> None:
    rows = read(
        tmp_path / "r.jsonl",
        lines(
            {"id": "a", "reply": "<think>\nHm.\n</think>\nYes.<|im_end|>\n<|im_start|>user"},
            {"id": "b", "reply": "Yes.", "reasoning_content": "Hm."},
            {"id": "c", "reply": "Yes.\r\nNo.", "thought": "Hm.", "tokens": 3, "finished": False},
        ),
    )
    replies = [row.reply for row in rows]
    assert [(r.reply, r.thought, r.marker) for r in replies if r] == [
        ("Yes.", "Hm.", "<|im_end|>"),
        ("Yes.", "Hm.", ""),
        ("Yes.\nNo.", "Hm.", ""),
    ]
    assert replies[2] is not None and (replies[2].tokens, replies[2].finished) == (3, False)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"id": "a", "reply": ', "no JSON"),
        ('{"reply": "Yes."}', "no id under custom_id, id"),
        ('{"id": true, "reply": "Yes."}', "no id under"),
        ('{"id": "a"}', "no reply under reply, response"),
        ('{"id": "a", "reply": null, "error": {"message": "busy"}}', "request failed .busy."),
        (
            '{"id": "a", "response": {"status_code": 500, "body": {}}}',
            "request failed .status 500.",
        ),
        ('{"id": "a", "reply": {"k": 1}}', "field reply: an object without a text"),
        ('"text"', "no object with an id and a reply"),
    ],
)
def test_an_odd_row_has_its_place_and_reason(tmp_path: Path, line: str, fault: str) -> None:
    import re

    good = '{"id": "b", "reply": "No."}'
    rows = read(tmp_path / "r.jsonl", f"{good}\n{line}\n{good}\n")
    assert len(rows) == 3 and rows[0].reply and rows[2].reply
    assert rows[1].where == "line 2" and re.search(fault, rows[1].fault)


def test_a_lone_surrogate_is_replaced_and_counted(tmp_path: Path) -> None:
    (row,) = read(tmp_path / "r.jsonl", '{"id": "a", "reply": "Yes \\ud83d."}')
    assert row.reply is not None and row.reply.reply == "Yes □."
    assert sum(row.notes.values()) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b'{"id": "a", "reply": "Yes."}\n{"id": "b", "rep', "line 2: the file is cut off"),
        (b'{"id": "a", "reply": "\0"}', "line 1: a NUL byte"),
        (b'{"a": "Yes.", "b": "N', "cut off"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b'{"id": "a", "reply": "' + b"x" * (17 * 1024 * 1024) + b'"}', "longer than 16,777,216"),
        (gzip.compress(b'{"id": "' + b"0" * (1 << 28)), "longer than|unpack"),
    ],
)
def test_a_broken_file_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "r.jsonl"
    with pytest.raises(RemidError, match=said) as raised:
        read(path, content)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)


IDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8).filter(
    lambda key: (
        key.lower() not in {name.lower() for name in (*NAMES, *FIELDS, "doc", "turns", "error")}
    )
)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="<>[]{}◁▷\ufeff")
).map(str.strip).filter(lambda text: bool(text) and not text.startswith("analysis"))  # fmt: skip
REPLIES = st.dictionaries(IDS, TEXTS, min_size=1, max_size=5)
PATIENT = settings(deadline=None)


def written(replies: dict[str, str]) -> dict[str, bytes]:
    """The same replies in every shape."""
    rows = [{"id": key, "reply": text} for key, text in replies.items()]
    table = io.StringIO(newline="")
    csv.writer(table).writerows([("id", "reply"), *replies.items()])
    batch = [
        {"id": "x", "custom_id": key, "response": {"status_code": 200, "body": {
            "choices": [{"message": {"role": "assistant", "content": text}}]}}, "error": None}
        for key, text in replies.items()
    ]  # fmt: skip
    paper = {
        key: {"sample_ID": key, "model_response": {"m": text}} for key, text in replies.items()
    }
    return {
        "lines": lines(*rows).encode(),
        "array": json.dumps(rows, indent=1).encode(),
        "map": json.dumps({f"d/{key}": text for key, text in replies.items()}).encode(),
        "table": table.getvalue().encode(),
        "batch": lines(*batch).encode(),
        "paper": json.dumps(paper, indent=2).encode(),
    }


@given(REPLIES)
@PATIENT
def test_every_shape_gives_the_same_replies(replies: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for shape, content in written(replies).items():
            rows = read(Path(folder) / "r", content)
            told = {row.ids[0].removeprefix("d/"): row.reply for row in rows}
            assert {key: r and r.reply for key, r in told.items()} == replies, shape


@given(st.data())
@settings(PATIENT, max_examples=200)
def test_no_damage_raises_anything_else(data: st.DataObject) -> None:
    shapes = written({"a": "Yes.", "b": "Nö."})
    damaged = bytearray(shapes[data.draw(st.sampled_from(sorted(shapes)))])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged)))
        damaged[place : place + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    with tempfile.TemporaryDirectory() as folder:
        try:
            rows = read(Path(folder) / "r", bytes(damaged))
        except RemidError as error:
            assert "\n" not in str(error)
        else:
            assert all(bool(row.fault) != (row.reply is not None) for row in rows)
