"""LLM-as-a-judge: rubric scores and pairwise preferences, asked of a served or a local model."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from remid.domain.dialogue import Dialogue
from remid.lm.chat import Message
from remid.lm.generation import Sampling, generate
from remid.lm.likelihood.score import score_pairs
from remid.lm.prompts import EncodedPrompt, Prompt
from remid.lm.runtime import Runtime
from remid.replies.endpoint import Endpoint, Question, ask
from remid.store.cache import ContentCache
from remid.store.whole import replacing

RUBRICS = {
    "user_fit": "How well does the reply suit this user and what this user just said?",
    "character_fidelity": "How faithful is the reply to the character: knowledge, manner, voice?",
    "coherence": "How coherent is the reply with the dialogue, and how well is it written?",
}
"""Name to question."""
SCALE = (1, 2, 3, 4, 5)
"""Ratings, the best last."""


def rate(
    runtime: Runtime, dialogues: Sequence[Dialogue], replies: Sequence[str]
) -> NDArray[np.float64]:
    """Rate replies with a local judge: the expectation over its first token, no sampling.

    Returns
    -------
    ratings between 1 and 5, shape (replies, rubrics)

    A small model's most probable rating is nearly always the same one; the expectation still
    tells replies apart.
    """
    ratings: NDArray[np.float64] = weigh(runtime, dialogues, replies) @ SCALE
    return ratings


def weigh(
    runtime: Runtime,
    dialogues: Sequence[Dialogue],
    replies: Sequence[str],
    *,
    progress: str | None = None,
) -> NDArray[np.float64]:
    """Probabilities of the ratings under a local judge, shape (replies, rubrics, ratings)."""
    chat = runtime.lm.chat
    # One prompt a (reply, rubric), row by row, and the ratings as its possible answers.
    prompts = [
        EncodedPrompt(d.id, tuple(chat.render(question(d, reply, rubric))), 0)
        for d, reply in zip(dialogues, replies, strict=True)
        for rubric in RUBRICS
    ]
    answers = [tuple(chat.content(str(rating))) for rating in SCALE]
    pairs = np.array(
        [(i, j) for i in range(len(prompts)) for j in range(len(SCALE))], dtype=np.int64
    ).reshape(-1, 2)
    logs = score_pairs(runtime, prompts, answers, pairs, progress=progress).sum.reshape(
        len(replies), len(RUBRICS), len(SCALE)
    )
    # softmax over the five ratings, the largest subtracted so that nothing overflows.
    weights = np.exp(logs - logs.max(axis=2, keepdims=True))
    shares: NDArray[np.float64] = weights / weights.sum(axis=2, keepdims=True)
    return shares


Ask = Callable[[Sequence[Question]], Mapping[str, str]]
"""Questions to answers by question id; a question that failed has none."""
VERDICT = Sampling(max_new_tokens=8, temperature=0.0)


@dataclass(frozen=True)
class Rating:
    """One rubric of one reply."""

    id: str
    """The dialogue."""
    rubric: str
    rating: float
    """1 to 5; nan where the judge gave none."""
    raw: str | None
    """What the judge wrote; None where it could not be asked."""


@dataclass(frozen=True)
class Preference:
    """Two replies to one dialogue, shown to the judge in both orders."""

    id: str
    """The dialogue."""
    first: float
    """1 where both orders prefer the first reply, 0 the second, 0.5 where they disagree or tie;
    nan where an order got no verdict."""
    raw: tuple[str | None, str | None]
    """What the judge wrote, with the first reply shown first and shown last."""


def served(endpoint: Endpoint, cache: ContentCache, progress: str = "judge") -> Ask:
    """Judge by a served model; answers are kept, failures asked again on the next run."""

    def asked(questions: Sequence[Question]) -> Mapping[str, str]:
        answers = ask(endpoint, questions, VERDICT, cache=cache, progress=progress)
        return {key: answer.text for key, answer in answers.found.items()}

    return asked


def local(runtime: Runtime) -> Ask:
    """Judge by a model on this machine."""

    def asked(questions: Sequence[Question]) -> Mapping[str, str]:
        prompts = [runtime.encode(Prompt(q.id, q.messages)) for q in questions]
        texts = generate(runtime, prompts, VERDICT, progress="judge")
        return {q.id: text.text for q, text in zip(questions, texts, strict=True)}

    return asked


def judge(asked: Ask, dialogues: Sequence[Dialogue], replies: Mapping[str, str]) -> list[Rating]:
    """Rate the reply to each dialogue on every rubric, one question each.

    Parameters
    ----------
    replies : dialogue id to reply, for every dialogue.
    """
    # Each rubric is asked for alone: an answer to several would be parsed by guessing.
    places = [(d, rubric) for d in dialogues for rubric in RUBRICS]
    questions = [
        Question(f"{d.id} {rubric}", tuple(question(d, replies[d.id], rubric)))
        for d, rubric in places
    ]
    raw = asked(questions)
    return [
        Rating(d.id, rubric, parse_rating(raw.get(q.id)), raw.get(q.id))
        for (d, rubric), q in zip(places, questions, strict=True)
    ]


def expect(
    runtime: Runtime,
    dialogues: Sequence[Dialogue],
    replies: Mapping[str, str],
    *,
    progress: str | None = None,
) -> list[Rating]:
    """Rate with a local judge as :func:`rate`; what it says is its probability of each rating."""
    texts = [replies[d.id] for d in dialogues]
    shares = weigh(runtime, dialogues, texts, progress=progress)
    return [
        Rating(
            d.id,
            rubric,
            float(share @ SCALE),
            ", ".join(f"{rating}: {p:.4f}" for rating, p in zip(SCALE, share, strict=True)),
        )
        for d, own in zip(dialogues, shares, strict=True)
        for rubric, share in zip(RUBRICS, own, strict=True)
    ]


def prefer(
    asked: Ask,
    dialogues: Sequence[Dialogue],
    first: Mapping[str, str],
    second: Mapping[str, str],
) -> list[Preference]:
    """Ask which of two replies is better, in both orders: a judge may like what it reads first."""
    questions = []
    for d in dialogues:
        one, two = first[d.id], second[d.id]
        questions.append(Question(f"{d.id} first", tuple(comparison(d, one, two))))
        questions.append(Question(f"{d.id} last", tuple(comparison(d, two, one))))
    raw = asked(questions)
    preferences = []
    for d in dialogues:
        shown_first, shown_last = raw.get(f"{d.id} first"), raw.get(f"{d.id} last")
        likes_first = parse_verdict(shown_first)
        # Shown last, the first reply is B: its verdict is turned round.
        likes_last = 1 - parse_verdict(shown_last)
        # nan stays nan; anything but two clear verdicts for one reply is a draw.
        mean = (likes_first + likes_last) / 2
        value = mean if math.isnan(mean) or mean in (0.0, 1.0) else 0.5
        preferences.append(Preference(d.id, value, (shown_first, shown_last)))
    return preferences


def write(path: Path, rows: Sequence[Rating] | Sequence[Preference]) -> None:
    """Write one verdict a line, with what the judge wrote; nan becomes null."""
    with replacing(path) as file:
        for row in rows:
            file.write(msgspec.json.encode(row) + b"\n")


def parse_rating(raw: str | None) -> float:
    """Read the first number of an answer if it is a rating; nan otherwise.

    >>> parse_rating("Rating: 4/5"), parse_rating("10")
    (4.0, nan)
    """
    # The first number, whole: "10" is no 1, and "4/5" is a 4.
    found = re.search(r"\d+", raw or "")
    if found is None or int(found.group()) not in SCALE:
        return math.nan
    return float(found.group())


def parse_verdict(raw: str | None) -> float:
    """Read a verdict: 1 for A, 0 for B, 0.5 for a tie, nan for none of them.

    >>> parse_verdict("**A**"), parse_verdict("Reply B is better"), parse_verdict("A tie")
    (1.0, 0.0, 0.5)
    """
    text = raw or ""
    if re.search(r"\btie\b", text, re.IGNORECASE):
        return 0.5
    # Capitals alone: "a" is an article.
    found = re.search(r"\b[AB]\b", text)
    return math.nan if found is None else float(found.group() == "A")


def question(dialogue: Dialogue, reply: str, rubric: str) -> list[Message]:
    """Ask for one rating."""
    system = (
        "You judge replies in role-play chats. Answer with one digit from 1 (poor) to 5 "
        "(excellent) and nothing else."
    )
    asked = f"{scene(dialogue)}\n\nReply to judge:\n{reply}\n\n{RUBRICS[rubric]}"
    return [Message("system", system), Message("user", asked)]


def comparison(dialogue: Dialogue, a: str, b: str) -> list[Message]:
    """Ask which of two replies is better."""
    system = (
        "You judge replies in role-play chats. Answer with A, B or tie, whichever reply suits the "
        "user, the character and the dialogue better, and with nothing else."
    )
    asked = f"{scene(dialogue)}\n\nReply A:\n{a}\n\nReply B:\n{b}\n\nWhich reply is better?"
    return [Message("system", system), Message("user", asked)]


def scene(dialogue: Dialogue) -> str:
    """Write X as text."""
    names = {"user": "User", "character": "Character"}
    turns = "\n".join(f"{names[turn.role]}: {turn.text}" for turn in dialogue.context)
    persona = dialogue.persona or "unknown"
    return f"Character: {dialogue.character}\nUser: {persona}\nDialogue:\n{turns}"
