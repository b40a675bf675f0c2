"""What no bytes may do: parameters, answers, reply files and the page (readers have their own).

`make fuzz` runs these and every other property with many more examples.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import table_rows
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from remid import params
from remid.domain.errors import RemidError
from remid.replies.completion import Answer, NotJson, read_answer
from remid.replies.reply_file import read_rows
from remid.report import page

PATIENT = settings(deadline=None)
SHIPPED = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text(encoding="utf-8"))
TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
VALUES = st.recursive(
    SCALARS, lambda own: st.lists(own, max_size=3) | st.dictionaries(TEXT, own, max_size=3)
)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def leaves(value: Any, place: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(value, dict):
        return [place]
    return [place, *(leaf for key in value for leaf in leaves(value[key], (*place, key)))]


def read_or_told(read: Any, content: bytes) -> Any:
    """Read a file of these bytes; None where it was refused in a sentence."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file")
        file.write_bytes(content)
        try:
            return read(file)
        except RemidError as error:
            assert str(error).strip() and "\n" not in str(error).strip()
            return None


@PATIENT
@given(st.sampled_from([place for place in leaves(SHIPPED) if place]), SCALARS)
def test_a_parameter_of_any_value_is_taken_or_refused_by_name(
    place: tuple[str, ...], value: Any
) -> None:
    changed = json.loads(json.dumps(SHIPPED))
    section = changed
    for key in place[:-1]:
        section = section[key]
    section[place[-1]] = value
    found = read_or_told(params.load, yaml.safe_dump(changed).encode("utf-8", "replace"))
    if found is not None:
        assert place[0] in params.describe(found)


@PATIENT
@given(VALUES | st.builds(lambda c: {"choices": [{"message": {"content": c}}]}, VALUES))
def test_an_answer_of_any_shape_is_text_or_a_fault(value: Any) -> None:
    try:
        found = read_answer(json.dumps(value).encode("utf-8", "surrogatepass"))
    except NotJson:
        pytest.fail("it was JSON")
    if isinstance(found, Answer):
        (found.text + found.thought).encode()
        assert found.tokens is None or found.tokens >= 0
    else:
        assert found


@PATIENT
@given(st.binary(max_size=200))
def test_no_bytes_of_a_server_raise(body: bytes) -> None:
    try:
        read_answer(body)
    except NotJson as page_start:
        assert len(str(page_start)) <= 60


@PATIENT
@given(st.lists(VALUES, max_size=4))
def test_a_reply_file_of_any_lines_is_read_or_refused(lines: list[Any]) -> None:
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    for row in read_or_told(read_rows, content) or []:
        assert isinstance(row.id, str) and isinstance(row.reply, str)


def rendered(text: str) -> str:
    about = page.About(
        title=text,
        base=text,
        unit="nats_per_token",
        precision=3,
        scored_part=text,
        traces=[{"id": text, "split": "id_test", "trace": text}],
        curve=pd.DataFrame({"phase": ["cold"], "step": [1], "loss": [1.0], "reward": [0.5]}),
    )
    found = table_rows.table(emid=[table_rows.emid_row(warning=text)])
    return page.render(found, about)


@pytest.mark.filterwarnings("ignore:No artists with labels")  # a table of one row has no legend
@settings(deadline=None, max_examples=5)
@given(st.text(st.sampled_from("<>&\"'{}%`=/ abc"), max_size=30))
def test_a_page_shows_any_text_as_text(text: str) -> None:
    """It has as many tags as a page about nothing: none of them is the text's."""
    assert rendered(text + HOSTILE).count("<script") == rendered("").count("<script")
    assert HOSTILE not in rendered(text + HOSTILE)
    assert "onerror=alert(1)>" not in rendered(HOSTILE)
