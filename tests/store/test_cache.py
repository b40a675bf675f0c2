"""The content-addressed store."""

import pytest

from remid.store.cache import ContentCache, content_key


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
