"""Rows of rated replies, however they are nested."""

import json
from pathlib import Path

from remid.studies.agreement.rows import rows


def found(tmp_path: Path, content: object, *, lines: bool = False) -> list[dict[str, object]]:
    file = tmp_path / "f.json"
    text = "\n".join(map(json.dumps, content)) if lines else json.dumps(content)  # type: ignore[arg-type]
    file.write_text(text)
    return [dict(row.value) for row in rows(file, None)]


def test_a_context_with_the_replies_of_several_systems(tmp_path: Path) -> None:
    row = {"Context": "hi", "responses": {"a": "yes", "b": "no"}, "rating": {"a": 4, "b": 2}}
    assert found(tmp_path, [row]) == [
        {"context": "hi", "rating": 4, "system": "a", "reply": "yes"},
        {"context": "hi", "rating": 2, "system": "b", "reply": "no"},
    ]


def test_a_map_of_ids_around_the_rows(tmp_path: Path) -> None:
    content = {"d1": {"reply": "x", "rating": 1}, "d2": {"reply": "y", "rating": 2}}
    assert [row["id"] for row in found(tmp_path, content)] == ["d1", "d2"]


def test_turns_that_are_rated_each(tmp_path: Path) -> None:
    turns = [
        {"role": "user", "text": "hi"},
        {"role": "bot", "text": "hello", "rating": 5},
        {"role": "user", "text": "bye"},
        {"role": "bot", "text": "so long", "rating": 3},
    ]
    made = found(tmp_path, [{"turns": turns}])
    assert [(r["reply"], r["rating"], len(r["turns"])) for r in made] == [  # type: ignore[arg-type]
        ("hello", 5, 1),
        ("so long", 3, 3),
    ]


def test_what_is_no_object_has_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    file.write_text('{"reply": "x"}\n[1]\n')
    assert [row.fault != "" for row in rows(file, None)] == [False, True]
