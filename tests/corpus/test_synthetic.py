import csv

import pytest

from remid.corpus import synthetic
from remid.domain.dialogue import Turn
from remid.domain.errors import RemidError


def read(tmp_path, *rows, header=synthetic.HEADER):
    path = tmp_path / "valid.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return list(synthetic.samples(path))


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


def test_another_header_is_refused(tmp_path):
    with pytest.raises(RemidError, match="line 1: expected the columns user 1 personas"):
        read(tmp_path, header=("a", "b", "c"))


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(RemidError, match="row 1, which ends on line 2: 2 columns, expected 3"):
        read(tmp_path, ("p", "c"))


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        (b'p,c,"User 1: Hi\n', "line 2: unexpected end of data"),
        (b'p,c,"' + b"x" * 200_000 + b'"\n', r"line 2: field larger than field limit \(131072\)"),
        (b'p,c,"User 1: \xff"\n', "line 2: not valid UTF-8"),
        (b'p,c,"a"b\n', "line 2: "),
    ],
)
def test_broken_csv_is_named_with_its_line(tmp_path, tail, message):
    path = tmp_path / "valid.csv"
    path.write_bytes(",".join(synthetic.HEADER).encode() + b"\n" + tail)
    with pytest.raises(RemidError, match=message):
        list(synthetic.samples(path))
