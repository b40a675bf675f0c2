import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from served import at, completion, serving

from remid.domain.dialogue import Dialogue
from remid.judge.ask import (
    RUBRICS,
    judge,
    local,
    parse_rating,
    parse_verdict,
    prefer,
    served,
    write,
)
from remid.lm.model import LanguageModel
from remid.lm.runtime import Runtime
from remid.replies.endpoint import Question
from remid.store.cache import ContentCache


def always(text: str):
    return lambda questions: {q.id: text for q in questions}


def likes_bees(questions: Sequence[Question]) -> dict[str, str]:
    """A judge without a bias: it prefers the reply that speaks of bees."""
    verdicts = {}
    for q in questions:
        a, b = q.messages[-1].content.split("Reply A:")[1].split("Reply B:")
        verdicts[q.id] = "A" if "bees" in a else "B" if "bees" in b else "tie"
    return verdicts


def replies(dialogues: list[Dialogue], text: str) -> dict[str, str]:
    return {d.id: text for d in dialogues}


def test_every_rubric_of_every_reply_is_rated_and_kept(
    dialogues: list[Dialogue], tmp_path: Path
) -> None:
    ratings = judge(always("4, I think"), dialogues[:2], replies(dialogues, "Yes."))
    assert [(r.id, r.rubric) for r in ratings] == [
        (d.id, rubric) for d in dialogues[:2] for rubric in RUBRICS
    ]
    assert {r.rating for r in ratings} == {4.0} and {r.raw for r in ratings} == {"4, I think"}
    write(tmp_path / "judge.jsonl", [*ratings, *judge(always("?"), dialogues[:1], {"d0": "x"})])
    rows = [json.loads(line) for line in (tmp_path / "judge.jsonl").read_text().splitlines()]
    assert rows[0] == {"id": "d0", "rubric": "user_fit", "rating": 4.0, "raw": "4, I think"}
    assert rows[-1]["rating"] is None and rows[-1]["raw"] == "?"


def test_a_judge_that_likes_what_it_reads_first_prefers_nothing(dialogues: list[Dialogue]) -> None:
    first, second = replies(dialogues, "one"), replies(dialogues, "two")
    assert {p.first for p in prefer(always("A"), dialogues, first, second)} == {0.5}


def test_a_fair_judge_is_followed_in_both_orders(dialogues: list[Dialogue]) -> None:
    bees, sea = replies(dialogues, "I keep bees"), replies(dialogues, "I love the sea")
    assert {p.first for p in prefer(likes_bees, dialogues, bees, sea)} == {1.0}
    assert {p.first for p in prefer(likes_bees, dialogues, sea, bees)} == {0.0}
    assert {p.first for p in prefer(likes_bees, dialogues, sea, sea)} == {0.5}


def test_a_missing_verdict_is_no_preference(dialogues: list[Dialogue]) -> None:
    preference = prefer(lambda _: {"d0 first": "A"}, dialogues[:1], {"d0": "x"}, {"d0": "y"})[0]
    assert math.isnan(preference.first) and preference.raw == ("A", None)


@pytest.mark.parametrize(
    ("raw", "rating"), [("5", 5.0), ("I say 3.", 3.0), ("0", None), ("42", None), (None, None)]
)
def test_what_is_a_rating(raw: str | None, rating: float | None) -> None:
    assert parse_rating(raw) == rating if rating else math.isnan(parse_rating(raw))


def test_what_is_a_verdict() -> None:
    assert [parse_verdict(text) for text in ("A", "(B)", "Tie.")] == [1.0, 0.0, 0.5]
    assert math.isnan(parse_verdict("Both are fine")) and math.isnan(parse_verdict(None))


def test_a_served_judge(dialogues: list[Dialogue], cache: ContentCache) -> None:
    with serving(lambda _: completion("2")) as server:
        ratings = judge(served(at(server.url), cache), dialogues[:1], {"d0": "x"})
    assert [r.rating for r in ratings] == [2.0] * 3
    assert server.asked[0]["temperature"] == 0 and "lighthouse" in str(server.asked[0]["messages"])


def test_a_local_judge(lm: LanguageModel, dialogues: list[Dialogue]) -> None:
    asked = local(Runtime(lm, max_prompt_tokens=3000, token_budget=8000))
    ratings = judge(asked, dialogues[:1], {"d0": "x"})
    assert len(ratings) == 3 and all(isinstance(r.raw, str) for r in ratings)
