"""The content-addressed store."""

import sqlite3

import pytest

from remid.domain.errors import RemidError
from remid.store.cache import ContentCache, content_key, damage, set_aside


def test_what_was_put_is_there_after_reopening(tmp_path):
    cache = ContentCache(tmp_path / "new" / "cache.sqlite")
    cache.put({"a": -1.25, "b": {"text": "ß\n", "tokens": 3}})
    cache.close()
    found = ContentCache(tmp_path / "new" / "cache.sqlite").get(["a", "b", "c"])
    assert found == {"a": -1.25, "b": {"text": "ß\n", "tokens": 3}}


def test_more_keys_than_one_query_takes(tmp_path):
    cache = ContentCache(tmp_path / "cache.sqlite")
    cache.put({f"k{n}": n for n in range(1234)})
    assert cache.get([f"k{n}" for n in range(2000)]) == {f"k{n}": n for n in range(1234)}


def test_a_batch_is_whole_or_not_there(tmp_path):
    cache = ContentCache(tmp_path / "cache.sqlite")
    with pytest.raises(TypeError):
        cache.put({"a": 1, "b": object()})
    assert cache.get(["a", "b"]) == {}


def test_two_processes_worth_of_connections(tmp_path):
    one, two = (ContentCache(tmp_path / "cache.sqlite") for _ in range(2))
    one.put({"a": 1})
    two.put({"b": 2})
    assert one.get(["a", "b"]) == two.get(["a", "b"]) == {"a": 1, "b": 2}


def test_keys_tell_contents_apart():
    assert content_key("x", (1, 2)) == content_key("x", (1, 2))
    keys = {content_key("x", (1, 2)), content_key("x", (12,)), content_key("x", 1, 2)}
    assert len(keys) == 3


@pytest.mark.parametrize(
    "content", [b"no database", bytes(4096), b"SQLite format 3\0" + b"x" * 4096]
)
def test_a_damaged_file_is_set_aside_and_begun_anew(tmp_path, caplog, content):
    file = tmp_path / "cache.sqlite"
    file.write_bytes(content)
    cache = ContentCache(file)
    cache.put({"a": 1})
    assert cache.get(["a"]) == {"a": 1}
    (aside,) = tmp_path.glob("cache.sqlite.*.damaged")
    assert aside.read_bytes() == content
    assert "cache.sqlite: this cache is damaged" in caplog.text and aside.name in caplog.text


def filled(file, size=500):
    cache = ContentCache(file)
    cache.put({f"k{n}": "x" * size for n in range(400)})
    cache.close()


def test_a_page_torn_in_the_middle_is_seen(tmp_path, caplog):
    file = tmp_path / "cache.sqlite"
    filled(file)
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    file.write_bytes(content)
    assert ContentCache(file).get(["k1"]) == {}
    assert "computed again" in caplog.text


def test_a_file_damaged_while_it_is_open(tmp_path, caplog):
    file = tmp_path / "cache.sqlite"
    filled(file, size=20_000)  # more than SQLite keeps in memory
    cache = ContentCache(file)
    with file.open("r+b") as raw:
        raw.write(b"\xff" * file.stat().st_size)
    assert cache.get([f"k{n}" for n in range(400)]) == {}
    cache.put({"a": 1})
    assert cache.get(["a"]) == {"a": 1}
    assert len(list(tmp_path.glob("*.damaged"))) == 1


def test_a_value_that_is_no_json(tmp_path, caplog):
    file = tmp_path / "cache.sqlite"
    filled(file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE item SET value = '{' WHERE key = 'k7'")
    assert ContentCache(file).get(["k7"]) == {}
    assert "this cache is damaged" in caplog.text


def test_a_table_of_another_kind(tmp_path, caplog):
    file = tmp_path / "cache.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE item (other TEXT)")
    cache = ContentCache(file)
    cache.put({"a": 1})
    assert cache.get(["a"]) == {"a": 1}


def test_a_place_that_takes_no_file_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RemidError, match="this cache cannot be read or written"):
        ContentCache(tmp_path / "file" / "cache.sqlite")
    (tmp_path / "folder").mkdir()
    with pytest.raises(RemidError, match="this cache cannot be read or written"):
        ContentCache(tmp_path / "folder")
    assert not list(tmp_path.rglob("*.damaged"))


def test_what_is_wrong_with_a_database(tmp_path):
    file = tmp_path / "cache.sqlite"
    assert damage(file) == ""
    filled(file)
    assert damage(file) == ""
    file.write_bytes(b"garbage" * 900)
    assert damage(file) == "file is not a database"
    aside = set_aside(file)
    assert aside.exists() and not file.exists()
