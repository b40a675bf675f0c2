import time
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
QUESTIONS = [Question(f"d{k}", (Message("user", f"question {k}"),)) for k in range(6)]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_pause", lambda _: 0.0)


def test_every_question_is_asked_with_the_sampling_and_the_key(
    cache: ContentCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMID_TEST_KEY", "secret")
    with serving(echo) as server:
        answers = ask(at(server.url), QUESTIONS, DRAW, cache=cache)
    assert {key: a.text for key, a in answers.found.items()} == {
        f"d{k}": f"re: question {k}" for k in range(6)
    }
    request = server.asked[0]
    assert (request["path"], request["key"]) == ("/v1/chat/completions", "Bearer secret")
    assert (request["max_tokens"], request["temperature"], request["top_p"]) == (8, 0.7, 0.9)
    assert request["messages"] == [{"role": "user", "content": "question 0"}]
    assert answers.found["d0"].tokens == 4 and answers.found["d0"].finished


def test_no_more_questions_are_in_flight_than_allowed(cache: ContentCache) -> None:
    def slow(request: dict[str, Any]) -> Any:
        time.sleep(0.05)
        return echo(request)

    with serving(slow) as server:
        ask(at(server.url), QUESTIONS, DRAW, cache=cache)
    assert 2 <= server.most <= 3


def test_failed_questions_alone_are_asked_again_on_the_next_run(cache: ContentCache) -> None:
    broken = True

    def moody(request: dict[str, Any]) -> Any:
        if broken and request["messages"][-1]["content"] in ("question 2", "question 4"):
            return 500, {"error": {"message": "out of memory"}}, {}
        return echo(request)

    with serving(moody) as server:
        first = ask(at(server.url), QUESTIONS, DRAW, cache=cache)
        assert sorted(first.failed) == ["d2", "d4"] and len(first.found) == 4
        assert "status 500" in first.failed["d2"]
        assert len(server.asked) == 4 + 2 * 3  # three attempts for each that fails
        broken = False
        server.asked.clear()
        second = ask(at(server.url), QUESTIONS, DRAW, cache=cache)
        assert len(second.found) == 6 and not second.failed
        assert sorted(r["messages"][-1]["content"] for r in server.asked) == [
            "question 2",
            "question 4",
        ]
        server.asked.clear()
        ask(at(server.url), QUESTIONS, DRAW, cache=cache)
        assert server.asked == []


def test_a_failure_that_passes_is_not_seen(cache: ContentCache) -> None:
    seen: set[str] = set()

    def stutter(request: dict[str, Any]) -> Any:
        text = request["messages"][-1]["content"]
        if text not in seen:
            seen.add(text)
            return 429, {"error": {"message": "slow down"}}, {}
        return echo(request)

    with serving(stutter) as server:
        answers = ask(at(server.url), QUESTIONS, DRAW, cache=cache)
    assert len(answers.found) == 6 and len(server.asked) == 12


def test_an_empty_reply_is_asked_for_again_with_another_seed(cache: ContentCache) -> None:
    def shy(request: dict[str, Any]) -> Any:
        return completion(" \n" if request["seed"] == DRAW.seed else "at last")

    with serving(shy) as server:
        answers = ask(at(server.url), QUESTIONS[:1], DRAW, cache=cache)
    assert answers.found["d0"].text == "at last" and len(server.asked) == 2


BAD: dict[str, tuple[Any, str]] = {
    "nothing": (completion(None), "an empty reply"),
    "long": (completion("a" * 100_000), "a reply of 100,000 characters"),
    "no choices": ((200, {"id": "x", "choices": []}, {}), "holds no choices"),
    "other json": ((200, {"detail": "hello"}, {}), "holds no choices"),
    "refused": ((400, {"error": {"message": "context is too long"}}, {}), "context is too long"),
    "broken json": ((200, "{not json", {"content-type": "application/json"}), "not the JSON"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_answer_is_a_counted_missing_reply(name: str, cache: ContentCache) -> None:
    bad, said = BAD[name]

    def answer(request: dict[str, Any]) -> Any:
        return bad if request["messages"][-1]["content"] == "question 1" else echo(request)

    with serving(answer) as server:
        answers = ask(at(server.url), QUESTIONS, DRAW, cache=cache)
    assert list(answers.failed) == ["d1"] and said in answers.failed["d1"]
    assert len(answers.found) == 5


def test_a_useless_answer_is_asked_for_again_alone(cache: ContentCache) -> None:
    def fault(question: Question, text: str) -> str:
        return f"{text} is of no use" if question.id == "d1" else ""

    with serving(echo) as server:
        before = ask(at(server.url), QUESTIONS[:3], DRAW, cache=cache)  # kept while it was of use
        assert len(before.found) == 3
        server.asked.clear()
        answers = ask(at(server.url), QUESTIONS[:3], DRAW, cache=cache, fault=fault)
        assert answers.failed == {"d1": "re: question 1 is of no use"}
        assert list(answers.found) == ["d0", "d2"]
        assert [r["messages"][-1]["content"] for r in server.asked] == ["question 1"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {"error": {"message": "no"}}, {}), "key was refused .*REMID_TEST_KEY"),
        ((403, {"error": {"message": "no"}}, {}), "key was refused"),
        ((404, {"error": {"message": "no such model"}}, {}), "404 for model 'm'"),
        ((404, "<html>not found</html>", {}), "usually ends in /v1"),
        ((200, "<html>welcome</html>", {}), "no JSON .*<html>.* usually ends in /v1"),
        (completion(""), "no answer to any of 6 dialogues .*empty"),
    ],
)
def test_what_no_question_can_survive_is_one_sentence(
    answer: Any, said: str, cache: ContentCache
) -> None:
    with serving(lambda _: answer) as server, pytest.raises(RemidError, match=said):
        ask(at(server.url), QUESTIONS, DRAW, cache=cache)


def test_an_unreachable_endpoint_is_named(cache: ContentCache) -> None:
    with serving(echo) as server:
        pass
    with pytest.raises(RemidError, match=r"127.0.0.1:\d+/v1: cannot be reached"):
        ask(at(server.url), QUESTIONS, DRAW, cache=cache)


def test_a_server_that_goes_away_leaves_what_it_answered(cache: ContentCache) -> None:
    with serving(echo) as server:
        ask(at(server.url), QUESTIONS[:4], DRAW, cache=cache)
    with pytest.raises(RemidError, match=r"cannot be reached .*\(4 answers are kept\)"):
        ask(at(server.url), QUESTIONS, DRAW, cache=cache)


def test_a_slow_answer_is_a_missing_reply(cache: ContentCache) -> None:
    def answer(request: dict[str, Any]) -> Any:
        if request["messages"][-1]["content"] == "question 1":
            time.sleep(0.6)
        return echo(request)

    with serving(answer) as server:
        limits = at(server.url, timeout=0.3, attempts=1)
        answers = ask(limits, QUESTIONS[:3], DRAW, cache=cache)
    assert answers.failed == {"d1": "no answer within 0.3 seconds"}


def test_a_cut_reply_is_marked(cache: ContentCache) -> None:
    with serving(lambda _: completion("half a", "length")) as server:
        answers = ask(at(server.url), QUESTIONS[:1], DRAW, cache=cache)
    assert not answers.found["d0"].finished


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_beside_an_answer_is_its_thought(cache: ContentCache, field: str) -> None:
    status, body, headers = completion("Yes.")
    body["choices"][0]["message"][field] = " He asks.\n"  # type: ignore[index]
    with serving(lambda _: (status, body, headers)) as server:
        answers = ask(at(server.url), QUESTIONS[:1], DRAW, cache=cache)
        again = ask(at(server.url), QUESTIONS[:1], DRAW, cache=cache)
    assert (answers.found["d0"].text, answers.found["d0"].thought) == ("Yes.", "He asks.")
    assert again.found == answers.found and len(server.asked) == 1


def test_the_server_may_say_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    import httpx
    import openai
    import tenacity

    response = httpx.Response(
        429, headers={"retry-after": "7"}, request=httpx.Request("POST", "http://x")
    )
    state = tenacity.RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    state.set_exception((None, openai.RateLimitError("x", response=response, body=None), None))
    assert module._pause(state) == 7.0
