import csv
import gzip
import io
import json

import datasets
import pyarrow
import pyarrow.parquet
import pytest

from remid.corpus import containers, files
from remid.corpus.containers import columns, kind_of, records
from remid.domain.errors import RemidError

ROWS = [{"id": "1", "text": 'é, "x"\nb'}, {"id": "2", "text": "渡し船"}]


def table(rows, delimiter=","):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerows([list(rows[0]), *map(dict.values, rows)])
    return file.getvalue().encode()


def packed(kind):
    if kind == "parquet":
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), buffer)
        return buffer.getvalue()
    if kind == "lines":
        return "".join(json.dumps(row) + "\r\n\r\n" for row in ROWS).encode()
    if kind == "array":
        return json.dumps(ROWS, indent=1, ensure_ascii=False).encode()
    if kind == "objects":
        return "\n".join(json.dumps(row, indent=2) for row in ROWS).encode()
    return table(ROWS, {"table": ",", "tab": "\t", "semicolon": ";"}[kind])


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    "kind", ["lines", "array", "objects", "table", "tab", "semicolon", "parquet"]
)
def test_any_container_gives_the_same_records(tmp_path, kind, zipped):
    if zipped and kind == "parquet":
        pytest.skip("Parquet is compressed already")
    path = tmp_path / "data"  # the name says nothing
    path.write_bytes(gzip.compress(packed(kind)) if zipped else packed(kind))
    assert [record.value for record in records(path)] == ROWS
    assert [record.number for record in records(path)] == [1, 2]


def test_a_folder_is_its_files_in_the_order_of_their_names(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.csv").write_bytes(packed("table"))
    (tmp_path / "a.jsonl").write_bytes(packed("lines"))
    (tmp_path / ".hidden.jsonl").write_bytes(packed("lines"))
    (tmp_path / "README.md").write_text("# text")
    found = [(r.where, r.value) for r in records(tmp_path)]
    assert [value for _, value in found] == ROWS * 2
    assert [where for where, _ in found] == [
        "a.jsonl, line 1", "a.jsonl, line 3", "b/x.csv, row 1, which ends on line 3",
        "b/x.csv, row 2, which ends on line 4",
    ]  # fmt: skip


def test_a_saved_data_set_is_read_split_by_split(tmp_path):
    parts = {name: datasets.Dataset.from_list(ROWS) for name in ("train", "test")}
    datasets.DatasetDict(parts).save_to_disk(tmp_path / "all")
    assert [(r.part, r.where, r.value) for r in records(tmp_path / "all")] == [
        (name, f"{name} row {k + 1}", row) for name in ("train", "test") for k, row in
        enumerate(ROWS)
    ]  # fmt: skip
    parts["test"].save_to_disk(tmp_path / "one")
    assert [(r.part, r.value) for r in records(tmp_path / "one")] == [("", row) for row in ROWS]
    (tmp_path / "one" / "state.json").write_text("{}")
    with pytest.raises(RemidError, match="one: no data set that can be read"):
        list(records(tmp_path / "one"))


def test_a_hubs_data_set_is_pinned_and_streamed(monkeypatch):
    import huggingface_hub

    class Api:
        def dataset_info(self, repository, revision):
            assert (repository, revision) == ("o/n", "v1")
            return type("Info", (), {"sha": "abc"})

    asked = []

    def load_dataset(*names, **options):
        asked.append((names, options))
        return {"train": iter(ROWS)}

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    name = columns.pinned("hub:o/n:cfg@v1")
    assert name == "hub:o/n:cfg@abc"
    assert [r.value for r in columns.hub(name)] == ROWS
    assert asked == [(("o/n", "cfg"), {"revision": "abc", "streaming": True})]


@pytest.mark.parametrize("name", ["hub:n", "hub:/n", "hub:a/b/c"])
def test_a_hub_name_that_is_none(name):
    with pytest.raises(RemidError, match="expected hub:OWNER/NAME"):
        columns.pinned(name)


def test_a_hub_that_cannot_be_reached_says_so_in_one_sentence(monkeypatch):
    import huggingface_hub

    class Api:
        def dataset_info(self, repository, revision):
            raise ConnectionError("no route\nto host")

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    with pytest.raises(RemidError, match=r"hub:o/n: the hub does not give .*no route to host"):
        columns.pinned("hub:o/n")


def test_cells_that_hold_lists_become_lists(tmp_path):
    path = tmp_path / "f.csv"
    cells = ["[1, 2]", "[{'a': None}]", "[x", '{"b": 1}', "[__import__('os')]", "", "{1, 2}"]
    path.write_bytes(table([{f"c{k}": cell for k, cell in enumerate(cells)}]))
    (record,) = records(path)
    assert record.value == {
        "c0": [1, 2], "c1": [{"a": None}], "c2": "[x", "c3": {"b": 1},
        "c4": "[__import__('os')]", "c6": "{1, 2}",
    }  # fmt: skip


def test_an_odd_line_row_or_element_spoils_no_other(tmp_path):
    path = tmp_path / "f"
    for data, where, fault in [
        (b'{"a": 1}\n{"a"\n{"a": 2}\n', "line 2", "no JSON (Input data was truncated)"),
        (b'[{"a": 1},\n{"a": x},\n{"a": 2}]', "line 2, [1]", "no JSON (JSON is malformed: "
         "invalid character (byte 6))"),
        (b"a,b\n1,\n1\n2,\n", "row 2, which ends on line 3", "1 columns where the header has 2"),
    ]:  # fmt: skip
        path.write_bytes(data)
        first, bad, last = records(path)
        assert (bad.where, bad.fault, bad.value) == (where, fault, None)
        assert first.value["a"] in (1, "1") and last.value["a"] in (2, "2")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"hello", "neither JSON nor a table"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b"PK\x03\x04", "is a zip archive"),
        (b"PAR1xxxx", "no Parquet that can be read"),
        (b'{"a": 1}\n\0\0\0\0\n', "line 2: a NUL byte"),
        (b'{"a": 1}\n{"a": ', "line 2: the file is cut off inside this line"),
        (b'[{"a": 1}', "line 1: the file is cut off here"),
        (b"a,b\n\0,1\n", "line 2: a NUL byte"),
    ],
)
def test_what_cannot_be_read_says_so_with_its_place(tmp_path, data, message):
    path = tmp_path / "f"
    path.write_bytes(data)
    with pytest.raises(RemidError) as error:
        list(records(path))
    assert str(error.value).startswith(f"{path}") and message in str(error.value)


def test_what_is_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_LINE", 100_000)
    long = {"a": "x" * 200_000, "b": ""}
    path = tmp_path / "f"
    for data, message in [
        (json.dumps(long).encode(), "line 1: longer than 100,000 bytes"),
        (json.dumps([long]).encode(), "one value is longer"),
        (table([long]), "line 2: longer than 100,000 bytes"),
    ]:
        path.write_bytes(data)
        with pytest.raises(RemidError, match=message):
            list(records(path))
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([long]), path)
    with pytest.raises(RemidError, match="row 1, field a: longer than 100,000 bytes"):
        list(records(path))


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(containers.kinds, "MAX_MEMBERS", 1)
    for name in "ab":
        (tmp_path / f"{name}.json").write_text("{}")
    with pytest.raises(RemidError, match="over 1 files"):
        list(records(tmp_path))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"a":\n 1}', "objects"),
        (b'{\n"a": 1}', "objects"),
        (b'{"IDTrain": [\n{"a": 1}\n]}', "objects"),
        (b'{"cut\n{"a": 1}\n', "lines"),
        (b'{"a": "' + b"x" * 70_000 + b'"}', "lines"),
        (b"a;b\n1;2", "table"),
    ],
)
def test_the_kind_is_told_by_the_first_bytes(tmp_path, data, kind):
    path = tmp_path / "f"
    path.write_bytes(data)
    assert kind_of(path) == kind
