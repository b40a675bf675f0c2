import json
import os

import pytest
from reading import lines

from remid.corpus import containers, jsonl
from remid.corpus.importing import import_file
from remid.corpus.options import Options
from remid.corpus.summary import rows, table
from remid.domain.errors import RemidError

SYSTEM = {"role": "system", "content": "Catherine"}


def line(*texts, **metadata):
    roles = ["user", "assistant"] * len(texts)
    messages = [{"role": r, "content": t} for r, t in zip(roles, texts, strict=False)]
    return json.dumps({"messages": [SYSTEM, *messages], "metadata": metadata})


GOOD = "Why do you rise at five?", "Nobody wants anything yet."


def test_what_is_left_out_is_counted_with_its_place(tmp_path):
    path, output = tmp_path / "log.jsonl", tmp_path / "out.jsonl"
    told = [line(*GOOD), line("a"), line("a", "b<|im_end|>"), line("", "b"), line(*GOOD, *GOOD)]
    path.write_text("\n".join([*told, line(*GOOD)]))
    report = import_file(path, output)
    assert (report.format, report.read, report.refused) == ("chat", 3, 3)
    assert report.reasons == {
        "no reply of the character to a user turn": 2,
        "no template markers": 1,
    }
    assert report.examples == (
        "line 2: no reply of the character to a user turn",
        "line 3: reference: chat-template marker '<|im_end|>' at 1",
        "line 4: no reply of the character to a user turn",
    )
    assert [d.id for d in jsonl.read(output)] == ["log:1", "log:5", "log:6"]
    assert list(rows(report.tally)) == [
        ("records read", 3, ""),
        ("changed", 4, "ids made, the source has none"),
        ("changed", 1, "empty turns, dropped"),
        ("refused", 2, "no reply of the character to a user turn"),
        ("refused", 1, "no template markers"),
        ("language", 3, "en"),
        ("user turns", 2, "1"),
        ("user turns", 1, "2"),
    ]
    assert table(report.tally).splitlines()[:3] == [
        "  records read          3",
        "  changed               4  ids made, the source has none",
        "                        1  empty turns, dropped",
    ]


def test_strict_stops_at_the_first_refusal(tmp_path):
    path, output = tmp_path / "log.jsonl", tmp_path / "out.jsonl"
    path.write_text("\n".join([line(*GOOD)] * 3 + [line("a")]))
    assert import_file(path, output).read == 3
    with pytest.raises(RemidError, match="log.jsonl, line 4: no reply of the character"):
        import_file(path, output, Options(strict=True))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (line(*GOOD) + "\n{", "line 2: the file is cut off inside this line"),
        (line(*GOOD) + "\n" + line("a", "b\0"), "line 2, field reference: character U\\+0000"),
        (line("a"), "1 of 1 records were refused .1 no reply .* a dialogue needs a reply"),
        ("\n".join([line(*GOOD), line("a"), line("b")]), "2 of 3 records were refused"),
        (line(*GOOD).replace("Catherine", ""), "say whom the model plays with --character"),
        (line("a", "b</s>"), "they were read as chat: if that is wrong, name another"),
    ],
)
def test_after_an_error_nothing_is_half_written(tmp_path, content, message):
    path, output = tmp_path / "log.jsonl", tmp_path / "out.jsonl"
    path.write_text(content)
    output.write_text("old")
    with pytest.raises(RemidError, match=message) as error:
        import_file(path, output)
    assert "\n" not in str(error.value)
    assert output.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["log.jsonl", "out.jsonl"]


def test_an_empty_file_says_so(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("")
    with pytest.raises(RemidError, match="log.jsonl: is empty"):
        import_file(path, tmp_path / "out.jsonl", Options(format="chat"))


def test_a_card_alone_says_what_it_is_good_for(tmp_path):
    path = tmp_path / "card.json"
    path.write_text(json.dumps({"spec": "chara_card_v2", "data": {"name": "Tamsin"}}))
    with pytest.raises(RemidError, match="can be the character of a chat, by --card"):
        import_file(path, tmp_path / "out.jsonl")


def test_a_file_can_be_imported_onto_itself(tmp_path, dialogue):
    path = tmp_path / "f.jsonl"
    jsonl.write(path, [dialogue])
    before = path.read_bytes()
    assert import_file(path, path).read == 1
    assert path.read_bytes() == before


def test_line_ends_of_the_projects_own_files_become_regular_before_any_check(tmp_path, dialogue):
    path = tmp_path / "f.jsonl"
    value = json.loads(jsonl.encoded(dialogue)) | {"character": "a\r\nb\u2028c"}
    lines(path, value)
    import_file(path, tmp_path / "out.jsonl")
    (d,) = jsonl.read(tmp_path / "out.jsonl")
    assert d.character == "a\nb\nc"


def test_the_revision_of_a_hub_is_recorded(tmp_path, monkeypatch):
    name = "hub:o/n@abc"
    row = json.loads(line(*GOOD))
    record = containers.Record("train row 1", row, part="train", number=1)
    monkeypatch.setattr(containers, "pinned", lambda asked: name)
    monkeypatch.setattr(containers, "records", lambda path, encoding=None: iter([record]))
    from pathlib import Path

    report = import_file(Path("hub:o/n"), tmp_path / "out.jsonl")
    (d,) = jsonl.read(tmp_path / "out.jsonl")
    assert report.source == name
    assert (d.id, d.tags["source"]) == ("n@abc:train:1", name)
