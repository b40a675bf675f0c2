"""Which format a file has; in doubt the two nearest are named."""

import json
from pathlib import Path

import pytest

from remid.corpus.detection import Unclear, detect
from remid.corpus.options import Mapping, Options


def written(tmp_path: Path, value: object, name: str = "f.json") -> Path:
    (tmp_path / name).write_text(json.dumps(value))
    return tmp_path / name


CHAT = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}]}


def test_records_tell_their_format(tmp_path: Path) -> None:
    found = detect(written(tmp_path, [CHAT, CHAT]), Options())
    assert (found.format, found.nested) == ("chat", False)


def test_arrays_inside_of_an_object(tmp_path: Path) -> None:
    found = detect(written(tmp_path, {"train": [CHAT], "test": [CHAT]}), Options())
    assert (found.format, found.nested) == ("chat", True)


def test_what_nobody_knows_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(Unclear, match="f.json"):
        detect(written(tmp_path, [{"a": 1}, {"a": 2}]), Options())


def test_a_named_format_is_taken_and_a_mapping_means_messages(tmp_path: Path) -> None:
    file = written(tmp_path, [{"t": [{"w": "u", "s": "x"}]}])
    assert detect(file, Options(format="sharegpt")).format == "chat"
    assert detect(file, Options(mapping=Mapping(turns="t", role="w", text="s"))).format == "chat"


def test_fields_that_hold_persona_or_character_are_told(tmp_path: Path) -> None:
    file = written(tmp_path, [{**CHAT, "bio": "a sailor"}])
    assert detect(file, Options(persona="bio", character="a baker")).fields == {"persona"}


def test_pictures_are_cards_by_their_name(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert detect(tmp_path / "a.png", Options()).format == "cards"
