"""Splits are read in one place."""

import json
from pathlib import Path

import pytest
import tiny_project
from declared import ALL_SPLITS

from remid.corpus import jsonl, splits
from remid.domain.errors import RemidError


def test_every_split_with_its_dialogues_in_order(tmp_path: Path) -> None:
    layout = tiny_project.build(tmp_path, dialogues=3)
    found = splits.read_splits(layout)
    assert set(found) == set(ALL_SPLITS)
    assert [d.id for d in found["user/german"]] == [f"user-german-0{k}" for k in range(3)]


def test_a_dialogue_in_two_test_splits_is_named(tmp_path: Path) -> None:
    layout = tiny_project.build(tmp_path, dialogues=2)
    file = layout.split("user/german")
    jsonl.write(file, [*jsonl.read(file), tiny_project.dialogue("id_test-00")])
    with pytest.raises(RemidError, match="'id_test-00' is in id_test and in user/german"):
        splits.read_tests(layout)


def test_the_splits_are_those_of_the_manifest(tmp_path: Path) -> None:
    layout = tiny_project.build(tmp_path, dialogues=2)
    tiny_project.write_manifest(layout, ["id_train", "id_test", "user/german"])
    assert set(splits.read_tests(layout)) == {"id_test", "user/german"}


def test_an_empty_test_split_is_named(tmp_path: Path) -> None:
    layout = tiny_project.build(tmp_path, dialogues=2)
    layout.split("user/german").write_text("")
    with pytest.raises(RemidError, match=r"user/german.jsonl: holds no dialogue"):
        splits.read_tests(layout)


def test_the_manifest_is_what_was_written(tmp_path: Path) -> None:
    layout = tiny_project.build(tmp_path, dialogues=2)
    (layout.splits / "manifest.json").write_text(json.dumps({"splits": {}}))
    assert splits.read_manifest(layout) == {"splits": {}}
