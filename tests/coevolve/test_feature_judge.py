"""How sure the base model is of the verdict, against a pass over the question by hand."""

from collections.abc import Callable

import pytest
import tiny_project
import torch

from remid.coevolve.feature_judge import VERDICT, agreement
from remid.lm.model import LanguageModel
from remid.lm.runtime import Runtime


@pytest.fixture
def lm(tiny_lm: Callable[[str], LanguageModel]) -> LanguageModel:
    return tiny_lm("chatml")


def by_hand(lm: LanguageModel, question: str) -> float:
    """Sum of log-softmax over the verdict's tokens, behind the whole question."""
    system = "You judge replies. Answer with a percentage and nothing else."
    head = f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{question}<|im_end|>\n"
    prompt = lm.chat.tokenizer(head + "<|im_start|>assistant\n", add_special_tokens=False).input_ids
    verdict = lm.chat.content(VERDICT)
    with torch.no_grad():
        logits = lm.model(input_ids=torch.tensor([prompt + verdict])).logits[0].log_softmax(-1)
    places = range(len(prompt) - 1, len(prompt) + len(verdict) - 1)
    return float(sum(logits[k, token] for k, token in zip(places, verdict, strict=True)))


def test_the_verdict_is_scored_behind_features_reference_and_candidate(lm: LanguageModel) -> None:
    d = tiny_project.dialogue("d")
    trace = "## User\na\n## Character\nb\n## Dialogue\nc\n## Features\n- short\n- dry"
    found = agreement(Runtime(lm), [d], [trace], ["no, d"])
    question = (
        "Features wanted:\n- short\n- dry\n\nA reply that has them:\nyes, d\n\n"
        "Candidate:\nno, d\n\nWhat share of the features does the candidate have?"
    )
    assert found == [pytest.approx(by_hand(lm, question), abs=1e-3)]


def test_a_trace_without_features_is_shown_whole(lm: LanguageModel) -> None:
    d = tiny_project.dialogue("d")
    found = agreement(Runtime(lm), [d], ["be kind"], ["x"])
    question = (
        "Features wanted:\nbe kind\n\nA reply that has them:\nyes, d\n\n"
        "Candidate:\nx\n\nWhat share of the features does the candidate have?"
    )
    assert found == [pytest.approx(by_hand(lm, question), abs=1e-3)]
