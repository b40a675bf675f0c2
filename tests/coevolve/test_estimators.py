"""The estimators as an evaluation loads them."""

from collections.abc import Callable
from pathlib import Path

import pytest
import tiny_project
import torch

from remid.coevolve import estimators
from remid.domain.errors import RemidError
from remid.lm.model import LanguageModel
from remid.lm.prompts import encode, encode_reply, responder_prompt
from remid.lm.runtime import Runtime
from remid.params import Params
from remid.store.layout import Layout
from remid.store.project import Project


def test_references_are_scored_under_their_own_prompt_and_trace(
    tiny_lm: Callable[[str], LanguageModel],
) -> None:
    lm = tiny_lm("chatml")
    dialogues = [tiny_project.dialogue(key) for key in ("a", "b")]
    traces = ["be kind", "be brief and dry"]
    found = estimators.score_references(Runtime(lm), dialogues, traces)
    for k, (d, trace) in enumerate(zip(dialogues, traces, strict=True)):
        prompt = list(encode(responder_prompt(d, trace), lm.chat, max_tokens=600).ids)
        reply = list(encode_reply(d.reference, lm.chat, dialogue_id=d.id))
        with torch.no_grad():
            logs = lm.model(input_ids=torch.tensor([prompt + reply])).logits[0].log_softmax(-1)
        expected = sum(float(logs[len(prompt) - 1 + j, token]) for j, token in enumerate(reply))
        assert found.sum[k] == pytest.approx(expected, abs=1e-3)
        assert found.tokens[k] == len(reply)


@pytest.mark.parametrize("absent", ["reasoner", "responder"])
def test_an_estimator_that_is_absent_is_named(absent: str, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for name in {"reasoner", "responder"} - {absent}:
        (layout.estimators / name).mkdir(parents=True)
        (layout.estimators / name / "adapter_config.json").write_text("{}")
    with pytest.raises(RemidError, match=f"{absent}: there is no such estimator; run `dvc repro"):
        estimators.located(Project(tiny_project.params(), layout))


def test_the_responder_has_the_projects_limits(
    layout: Layout, small: Callable[..., Params]
) -> None:
    params = small(model={"max_prompt_tokens": 777, "token_budget": 512})
    project = Project(params, layout)
    runtime = estimators.responder(project, estimators.located(project), None)
    assert (runtime.max_prompt_tokens, runtime.token_budget) == (777, 512)
    assert (runtime.adapter, runtime.lm.merged) == ("responder", "responder")
