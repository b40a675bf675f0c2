import json
import os

import pytest

from remid.corpus import jsonl
from remid.corpus.importing import import_file
from remid.domain.errors import RemidError


def line(*texts, **metadata):
    roles = ["user", "assistant"] * len(texts)
    messages = [{"role": r, "content": t} for r, t in zip(roles, texts, strict=False)]
    system = {"role": "system", "content": "Catherine"}
    return json.dumps({"messages": [system, *messages], "metadata": metadata})


def test_what_is_left_out_is_counted_with_its_place(tmp_path):
    path, output = tmp_path / "log.jsonl", tmp_path / "out.jsonl"
    path.write_text(
        "\n".join([line("a", "b"), line("a"), line("a", "b<|im_end|>"), line("", "b"), line("c")])
    )
    report = import_file(path, output)
    assert (report.format, report.read, report.refused) == ("chat", 1, 4)
    assert report.reasons == {
        "no reply of the character to a user turn": 2,
        "no_template_markers": 1,
        "not_empty": 1,
    }
    assert report.examples == (
        "line 2: no reply of the character to a user turn",
        "line 3: reference: chat-template marker '<|im_end|>' at 1",
        "line 4: context[0]: empty",
        "line 5: no reply of the character to a user turn",
    )
    assert [d.id for d in jsonl.read(output)] == ["log:1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (line("a", "b") + "\n{", "line 2: Input data was truncated"),
        (line("a", "b") + "\n" + line("a", "b\0"), "line 2, field reference: character U\\+0000"),
        (line("a", "b", id="x") + "\n" + line("a", "b", id="x"), "'x' was already used at line 1"),
        (line("a"), "holds no usable dialogue .line 1: no reply"),
    ],
)
def test_after_an_error_nothing_is_half_written(tmp_path, content, message):
    path, output = tmp_path / "log.jsonl", tmp_path / "out.jsonl"
    path.write_text(content)
    output.write_text("old")
    with pytest.raises(RemidError, match=message):
        import_file(path, output)
    assert output.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["log.jsonl", "out.jsonl"]


def test_an_empty_file_says_so(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("")
    with pytest.raises(RemidError, match="holds no usable dialogue .it is empty"):
        import_file(path, tmp_path / "out.jsonl", "chat")


def test_a_file_can_be_imported_onto_itself(tmp_path, dialogue):
    path = tmp_path / "f.jsonl"
    jsonl.write(path, [dialogue])
    before = path.read_bytes()
    assert import_file(path, path).read == 1
    assert path.read_bytes() == before
