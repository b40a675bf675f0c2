"""Splits are read in one place."""

import json
from pathlib import Path

import pytest
import tiny_project

from remid.corpus import jsonl, splits
from remid.domain.errors import RemidError
from remid.domain.shift import ALL_SPLITS, TEST_SPLITS


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


def test_a_split_that_a_corpus_need_not_have_may_be_absent(tmp_path: Path) -> None:
    layout = tiny_project.build(tmp_path, dialogues=2)
    layout.split("background/german").unlink()
    assert set(splits.read_tests(layout)) == set(TEST_SPLITS) - {"background/german"}


def test_the_manifest_is_what_was_written(tmp_path: Path) -> None:
    layout = tiny_project.build(tmp_path, dialogues=2)
    (layout.splits / "manifest.json").write_text(json.dumps({"splits": {}}))
    assert splits.read_manifest(layout) == {"splits": {}}
