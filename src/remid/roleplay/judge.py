"""LLM-as-a-judge: rubric scores of replies."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remid.domain.dialogue import Dialogue
from remid.scoring.chat import Message
from remid.scoring.likelihood import score_pairs
from remid.scoring.model import LanguageModel
from remid.scoring.prompts import EncodedPrompt

RUBRICS = {
    "user_fit": "How well does the reply suit this user and what this user just said?",
    "character_fidelity": "How faithful is the reply to the character: knowledge, manner, voice?",
    "coherence": "How coherent is the reply with the dialogue, and how well is it written?",
}
"""Name to question."""
SCALE = (1, 2, 3, 4, 5)
"""Ratings, the best last."""


def rate(
    lm: LanguageModel, dialogues: Sequence[Dialogue], replies: Sequence[str], *, token_budget: int
) -> NDArray[np.float64]:
    """Rate replies with a local judge: the expectation over its first token, no sampling.

    Returns
    -------
    ratings between 1 and 5, shape (replies, rubrics)

    A small model's most probable rating is nearly always the same one; the expectation still
    tells replies apart.
    """
    prompts = [
        EncodedPrompt(d.id, tuple(lm.chat.render(question(d, reply, rubric))), 0)
        for d, reply in zip(dialogues, replies, strict=True)
        for rubric in RUBRICS
    ]
    answers = [tuple(lm.chat.content(str(rating))) for rating in SCALE]
    pairs = np.array(
        [(i, j) for i in range(len(prompts)) for j in range(len(SCALE))], dtype=np.int64
    ).reshape(-1, 2)
    logs = score_pairs(lm, prompts, answers, pairs, token_budget=token_budget).sum
    logs = logs.reshape(len(replies), len(RUBRICS), len(SCALE))
    weights = np.exp(logs - logs.max(axis=2, keepdims=True))
    ratings: NDArray[np.float64] = (weights * SCALE).sum(axis=2) / weights.sum(axis=2)
    return ratings


def question(dialogue: Dialogue, reply: str, rubric: str) -> list[Message]:
    """Ask for one rating."""
    system = (
        "You judge replies in role-play chats. Answer with one digit from 1 (poor) to 5 "
        "(excellent) and nothing else."
    )
    asked = f"{scene(dialogue)}\n\nReply to judge:\n{reply}\n\n{RUBRICS[rubric]}"
    return [Message("system", system), Message("user", asked)]


def scene(dialogue: Dialogue) -> str:
    """Write X as text."""
    names = {"user": "User", "character": "Character"}
    turns = "\n".join(f"{names[turn.role]}: {turn.text}" for turn in dialogue.context)
    persona = dialogue.persona or "unknown"
    return f"Character: {dialogue.character}\nUser: {persona}\nDialogue:\n{turns}"
