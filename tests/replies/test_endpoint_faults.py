"""Servers that drip, fall silent, break off, echo the key or answer oddly: each its own fault."""

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from served import at, completion, echo, serving

from remid.domain.errors import RemidError
from remid.lm.chat import Message
from remid.lm.generation import Sampling
from remid.replies import endpoint as module
from remid.replies.endpoint import Question, ask
from remid.store.cache import ContentCache

DRAW = Sampling(max_new_tokens=8, temperature=0.7, top_p=0.9, seed=3)
QUESTIONS = [Question(f"d{k}", (Message("user", f"question {k}"),)) for k in range(30)]
KEY = "sk-0123456789abcdef"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_pause", lambda _: 0.0)


def once(bad: Any, k: int = 1) -> Any:
    """Answer one question badly and all others well."""
    return lambda request: (
        bad if request["messages"][-1]["content"] == f"question {k}" else echo(request)
    )


def drip(handler: Any) -> None:
    """A byte now and then, each before any limit between two bytes."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)
    except OSError:
        pass  # the client has left, as it should


def break_off(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


def test_an_answer_that_drips_has_the_same_time_as_any(cache: ContentCache) -> None:
    with serving(once(drip)) as server:
        start = time.monotonic()
        answers = ask(at(server.url, timeout=0.5), QUESTIONS[:3], DRAW, cache=cache)
        assert time.monotonic() - start < 4
    assert answers.failed == {"d1": "no answer within 0.5 seconds"}
    assert len(server.asked) == 3  # silence is not asked for a second time


def test_a_silent_server_is_not_asked_everything(cache: ContentCache) -> None:
    said = r"no answer to 5 questions in a row \(the last: no answer within 0.2 seconds\)"
    with serving(lambda _: drip) as server:
        start = time.monotonic()
        with pytest.raises(RemidError, match=said):
            ask(at(server.url, timeout=0.2), QUESTIONS, DRAW, cache=cache)
        assert time.monotonic() - start < 10
        assert len(server.asked) < 10


def test_a_server_that_breaks_off_is_not_told_to_be_started(cache: ContentCache) -> None:
    with serving(once(break_off)) as server:
        answers = ask(at(server.url), QUESTIONS[:3], DRAW, cache=cache)
    assert list(answers.failed) == ["d1"] and len(answers.found) == 2
    assert "the connection broke before the answer was whole" in answers.failed["d1"]
    assert "start" not in answers.failed["d1"]


def content(value: Any, **over: Any) -> Any:
    status, body, headers = completion("x")
    body["choices"][0]["message"]["content"] = value  # type: ignore[index]
    return status, {**body, **over}, headers  # type: ignore[dict-item]


ODD = {
    "a surrogate": (content("half \ud83d"), "lone surrogate"),
    "a number": (content(5), "not text but a number"),
    "an object": (content({"a": 1}), "an object without a text"),
    "choices of another kind": ((200, {"choices": {"0": 1}}, {}), "holds no choices"),
    "a message of another kind": ((200, {"choices": [{"message": "x"}]}, {}), "holds no choices"),
    "a list": ((200, [1, 2], {}), "holds no choices"),
    "a page": ((200, "<html>busy</html>", {}), "not the JSON"),
    "depth": ((200, "[" * 100_000, {}), "not the JSON"),
    "ten megabytes": (completion("a" * 10_000_000), "more than 1.1 MiB"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_is_its_own_fault(name: str, cache: ContentCache) -> None:
    bad, said = ODD[name]
    with serving(once(bad)) as server:
        answers = ask(at(server.url), QUESTIONS[:4], DRAW, cache=cache)
    assert list(answers.failed) == ["d1"] and said in answers.failed["d1"]
    assert len(answers.found) == 3


@pytest.mark.parametrize(
    "usage", [5, "many", [], {"completion_tokens": "4"}, {"completion_tokens": -1}]
)
def test_odd_usage_is_no_count(usage: Any, cache: ContentCache) -> None:
    with serving(lambda _: content("well", usage=usage)) as server:
        answers = ask(at(server.url), QUESTIONS[:1], DRAW, cache=cache)
    assert answers.found["d0"].text == "well" and answers.found["d0"].tokens is None


def test_content_in_parts_is_joined(cache: ContentCache) -> None:
    parts = [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]
    with serving(lambda _: content(parts)) as server:
        answers = ask(at(server.url), QUESTIONS[:1], DRAW, cache=cache)
    assert answers.found["d0"].text == "one two"


def test_a_key_that_is_refused_midway_loses_no_answer(cache: ContentCache) -> None:
    """One refusal comes at once, while two slow answers are on their way: they are kept."""

    def answer(request: dict[str, Any]) -> Any:
        k = int(request["messages"][-1]["content"].split()[-1])
        if k == 2:
            return 401, {"error": {"message": "no"}}, {}
        time.sleep(0.3 * (k > 0))
        return echo(request)

    with serving(answer) as server:
        with pytest.raises(RemidError, match=r"key was refused .*\(3 answers are kept\)"):
            ask(at(server.url), QUESTIONS, DRAW, cache=cache)
        assert len(server.asked) == 4  # d0 alone, then three at once
        server.asked.clear()
        server.answer = echo
        assert len(ask(at(server.url), QUESTIONS[:4], DRAW, cache=cache).found) == 4
        assert [r["messages"][-1]["content"] for r in server.asked] == ["question 2"]


def test_a_key_that_is_echoed_reaches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMID_TEST_KEY", KEY)

    def answer(request: dict[str, Any]) -> Any:
        assert request["key"] == f"Bearer {KEY}"
        if request["messages"][-1]["content"] == "question 1":
            return 400, {"error": {"message": f"bad request with {KEY}"}}, {}
        return completion(f"your key is {KEY}")

    cache = ContentCache(tmp_path / "cache.sqlite")
    with serving(answer) as server:
        answers = ask(at(server.url), QUESTIONS[:3], DRAW, cache=cache)
    cache.close()
    assert answers.found["d0"].text == "your key is [key]"
    assert "bad request with [key]" in answers.failed["d1"]
    with sqlite3.connect(tmp_path / "cache.sqlite") as store:
        assert KEY not in json.dumps(store.execute("select * from item").fetchall())


def test_a_key_in_the_url_is_not_told(cache: ContentCache) -> None:
    with serving(echo) as server:
        pass
    url = server.url.replace("http://", f"http://user:{KEY}@") + f"?token={KEY}"
    with pytest.raises(RemidError) as told:
        ask(at(url), QUESTIONS, DRAW, cache=cache)
    assert KEY not in str(told.value) and server.url in str(told.value)
    assert told.value.__cause__ is None  # a traceback would show what is behind it


@pytest.mark.parametrize(
    "url", ["", "nowhere", "htp://127.0.0.1/v1", "http://[::1", "http://a:b/v1"]
)
def test_no_url_is_one_sentence(url: str, cache: ContentCache) -> None:
    with pytest.raises(RemidError, match="is no URL of a server"):
        ask(at(url), QUESTIONS[:1], DRAW, cache=cache)
