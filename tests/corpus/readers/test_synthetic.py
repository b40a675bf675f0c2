import csv

import pytest
from reading import samples

from remid.corpus.readers import synthetic
from remid.domain.dialogue import Turn
from remid.domain.errors import RemidError


def read(tmp_path, *rows, header=synthetic.HEADER):
    path = tmp_path / "valid.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return samples(path)


def test_speakers_asides_and_what_follows_the_reference(tmp_path):
    text = "[They meet]\nUser 1: Hi!\n\nUser 2: Hello,\n* flour\n * User 1: Recipe? *\n"
    text += "* * *\n**User 2:** [User 2's name] has it.\nUser 1: Bye"
    (sample,) = read(tmp_path, ("i bake.\ni knit.", "i am a boy.", text))
    d = sample.dialogue
    assert (d.id, d.persona, d.character) == ("valid:1", "i bake.\ni knit.", "i am a boy.")
    assert d.context == (
        Turn("user", "Hi!"),
        Turn("character", "Hello,\n* flour"),
        Turn("user", "Recipe?"),
    )
    assert d.reference == "[User 2's name] has it."
    assert d.tags == {
        "asides": "[They meet]\n* * *",
        "after": '[{"role": "user", "text": "Bye"}]',
    }


def test_a_row_without_a_reply_is_refused_by_its_place(tmp_path):
    _, sample = read(tmp_path, ("p", "c", "User 1: Hi\nUser 2: Ho"), ("p", "c", "nothing"))
    assert sample.where == "row 2, which ends on line 4"
    assert sample.refusal == "no reply of the character to a user turn"


def test_other_columns_are_kept_and_an_empty_name_is_one(tmp_path):
    header = ("", *synthetic.HEADER, "extra")
    (sample,) = read(tmp_path, ("0", "p", "c", "User 1: Hi\nUser 2: Ho", "e"), header=header)
    assert sample.dialogue.tags == {"": "0", "extra": "e"}
    assert sample.dialogue.reference == "Ho"


def test_a_missing_column_is_refused_with_its_row(tmp_path):
    _, sample = read(tmp_path, ("p", "c", "User 1: Hi\nUser 2: Ho"), ("p", "c"))
    assert sample.where == "row 2, which ends on line 4"
    assert sample.refusal == "2 columns where the header has 3"


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        (b'p,c,"User 1: Hi\n', "line 2: unexpected end of data"),
        (b'p,c,"User 1: \xff"\n', "line 2: not valid UTF-8"),
        (b'p,c,"a"b\n', "line 2: "),
        (b"p,c,User 1: a\0\n", "line 2: a NUL byte"),
    ],
)
def test_broken_csv_is_named_with_its_line(tmp_path, tail, message):
    path = tmp_path / "valid.csv"
    path.write_bytes(",".join(synthetic.HEADER).encode() + b"\n" + tail)
    with pytest.raises(RemidError, match=message):
        samples(path, format="synthetic_persona_chat")
