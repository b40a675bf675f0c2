"""Parquet and saved data sets as records."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from remid.corpus.containers import columns
from remid.domain.errors import RemidError


def test_rows_of_a_parquet_file(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a", "b"], "n": [[1], None]}), tmp_path / "f.parquet")
    found = list(columns.parquet(tmp_path / "f.parquet"))
    assert [(r.where, r.value) for r in found] == [
        ("row 1", {"id": "a", "n": [1]}),
        ("row 2", {"id": "b", "n": None}),
    ]


def test_a_cut_file_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "f.parquet"
    pq.write_table(pa.table({"id": ["a"]}), file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(
        RemidError, match=r"no Parquet that can be read .*; get the whole file again"
    ):
        list(columns.parquet(file))


def test_splits_of_a_saved_data_set_are_parts(tmp_path: Path) -> None:
    from datasets import Dataset, DatasetDict

    parts = {"train": Dataset.from_dict({"x": [1]}), "test": Dataset.from_dict({"x": [2]})}
    DatasetDict(parts).save_to_disk(str(tmp_path / "d"))
    assert columns.is_saved(tmp_path / "d") and not columns.is_saved(tmp_path)
    assert [(r.part, r.value["x"]) for r in columns.saved(tmp_path / "d")] == [
        ("train", 1),
        ("test", 2),
    ]


@pytest.mark.parametrize("name", ["hub:alone", "hub:/x", "hub:a/b/c"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(RemidError, match="expected hub:OWNER/NAME"):
        columns.pinned(name)
