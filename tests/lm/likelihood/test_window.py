"""Scores in the authors' window are those of a restatement of their scorer."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import authors_scorer
import numpy as np
import pytest
import small_qwen3
from transformers import AutoModelForCausalLM, AutoTokenizer

from remid.domain.errors import RemidError
from remid.lm import model
from remid.lm.chat import Message
from remid.lm.likelihood import window
from remid.lm.likelihood.window import window_scores
from remid.lm.model import LanguageModel
from remid.lm.runtime import Runtime
from remid.store.cache import ContentCache

CONTEXTS = [
    (Message("system", "Play a keeper."), Message("user", "who are you, and what of the sea? ")),
    (Message("system", "Play a sailor of the north."), Message("user", "\nwhat did you see?\n\n")),
]
# The second is shorter than the end of a turn with a generation prompt is long.
REPLIES = [
    "I keep the house by the sea, and the stars with it.",
    "no",
    "a <|im_end|> in the text, so",
]
PAIRS = np.array([(i, j) for i in range(2) for j in range(3)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_qwen3.build_base(tmp_path_factory.mktemp("qwen3"))


@pytest.fixture(scope="module")
def lm(folder: Path) -> LanguageModel:
    return model.load(folder, dtype="float32", device="cpu")


def restated(folder: Path, longest: int) -> list[float]:
    contexts = [
        [*(asdict(m) for m in own), {"role": "assistant", "content": ""}] for own in CONTEXTS
    ]
    wholes = [
        [*contexts[i][:-1], {"role": "assistant", "content": REPLIES[j]}] for i, j in PAIRS.tolist()
    ]
    return authors_scorer.scores(
        AutoModelForCausalLM.from_pretrained(folder).eval(),
        AutoTokenizer.from_pretrained(folder),
        [contexts[i] for i, _ in PAIRS.tolist()],
        wholes,
        longest,
    )


def test_scores_are_those_of_the_authors_scorer(folder: Path, lm: LanguageModel) -> None:
    found = window_scores(Runtime(lm), CONTEXTS, REPLIES, PAIRS)
    assert found.tolist() == pytest.approx(restated(folder, window.LONGEST), abs=1e-4)
    assert len(set(found.round(3).tolist())) == len(PAIRS)  # no two scores are one by chance


def test_the_window_is_off_by_an_empty_turns_end(lm: LanguageModel) -> None:
    """What an empty turn and a generation prompt put behind a context is skipped of the reply."""
    chat, context = lm.chat, CONTEXTS[0]
    messages = [asdict(m) for m in context]
    text = chat.tokenizer.apply_chat_template(
        [*messages, {"role": "assistant", "content": ""}], tokenize=False, enable_thinking=False
    ).removesuffix("<|im_end|>\n")
    honest = len(chat.tokenizer(text).input_ids)
    told = len(window._ids(lm, context, ""))
    behind = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
    assert told - honest == len(chat.tokenizer(behind).input_ids) > 5


def test_a_text_that_is_cut_scores_0_as_theirs(
    folder: Path, lm: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = len(window._ids(lm, CONTEXTS[0], "")) - 4
    monkeypatch.setattr(window, "LONGEST", longest)
    found = window_scores(Runtime(lm), CONTEXTS, REPLIES, PAIRS)
    assert found.tolist() == pytest.approx(restated(folder, longest), abs=1e-4)
    assert found[:3].tolist() == [0.0] * 3  # the best score there is


def test_finished_scores_come_from_the_cache(lm: LanguageModel, tmp_path: Path) -> None:
    cache = ContentCache(tmp_path / "cache.sqlite")
    first = window_scores(Runtime(lm, cache=cache), CONTEXTS, REPLIES, PAIRS)
    kept = len(list(cache.items()))
    again = window_scores(Runtime(lm, cache=cache), CONTEXTS, REPLIES, PAIRS)
    assert kept == len(PAIRS) == len(list(cache.items()))
    assert again.tolist() == first.tolist()


def test_a_template_that_refuses_the_chat_is_one_sentence(
    tiny_lm: Callable[[str], LanguageModel],
) -> None:
    with pytest.raises(RemidError, match=r"refuses a chat .* set evaluate.as_published to false"):
        window_scores(Runtime(tiny_lm("gemma")), CONTEXTS, REPLIES, PAIRS)
