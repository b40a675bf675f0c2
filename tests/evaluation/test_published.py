"""R-EMI and R-EMID by the authors' choices are those of a restatement of their scorer."""

import random
from dataclasses import asdict, replace
from pathlib import Path
from random import Random

import authors_scorer
import numpy as np
import pytest
import small_qwen3
import tiny_project
from transformers import AutoModelForCausalLM, AutoTokenizer

from remid.domain.dialogue import Dialogue
from remid.domain.shift import ID_TEST
from remid.evaluation.dialogues import Evaluated, Evaluation
from remid.evaluation.published import MOST_NEGATIVES, SEED, negatives, rows
from remid.lm import model
from remid.lm.prompts import responder_prompt
from remid.lm.runtime import Runtime
from remid.lm.templates import Templates
from remid.replies.scorable import ScorableReply

SHIFT = "user/german"
OWN = Templates(
    Path("prompts"),
    {
        "responder.system.jinja": "Reply as the features say.",
        "responder.user.jinja": (
            "\n{{ persona }}\n{{ character }}\n{% for t in turns %}{{ t.text }}\n{% endfor %}\n"
            "```{{ trace.split('[Core]')[-1].replace('```', '') }}```\n\n"
        ),
        "reply.jinja": "## Reply\n{{ reply }}",
    },
)


def dialogue(split: str, k: int) -> Dialogue:
    return replace(tiny_project.dialogue(f"{split} {k}"), reference=f"{'yes ' * k}{split} {k * k}")


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    splits = {}
    for split in (ID_TEST, SHIFT):
        splits[split] = tuple(
            Evaluated(
                d := dialogue(split, k),
                {
                    name: ScorableReply(f"{name} says {d.id} {'so ' * k}", ())
                    for name in ("one", "two")
                },
                trace=f"notes\n[Core]```as {k}```",
            )
            for k in range(5)
        )
    return Evaluation(splits, {ID_TEST: 0, SHIFT: 0}, {ID_TEST: None, SHIFT: None})


@pytest.mark.parametrize("templates", [None, OWN])
def test_figures_are_those_of_the_authors_scorer(
    evaluation: Evaluation, templates: Templates | None, tmp_path: Path
) -> None:
    folder = small_qwen3.build_base(tmp_path / "base")
    own = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    # Their order: the seed once, then model by model, split by split; references when first asked.
    random.seed(SEED)
    references: dict[str, float] = {}
    expected = []
    for name in ("one", "two"):
        for split, members in evaluation.splits.items():
            contexts = [
                [
                    *map(asdict, responder_prompt(one.dialogue, one.trace, templates).messages),
                    {"role": "assistant", "content": ""},
                ]
                for one in members
            ]
            head = "## Reply\n" if templates else ""
            of_model = authors_scorer.information(
                own, tokenizer, contexts, [head + one.replies[name].text for one in members], 4096
            )
            if split not in references:
                references[split] = authors_scorer.information(
                    own,
                    tokenizer,
                    contexts,
                    [head + one.dialogue.reference for one in members],
                    4096,
                )
            expected.append(
                (name, split, of_model, references[split], of_model - references[split])
            )
    lm = model.load(folder, dtype="float32", device="cpu")
    found = rows(Runtime(lm, templates=templates), evaluation)
    for row, (name, split, of_model, reference, emi) in zip(found, expected, strict=True):
        assert (row.model, row.split, row.pairs) == (name, split, 20)
        assert row.replies == pytest.approx(of_model, abs=1e-4)
        assert row.references == pytest.approx(reference, abs=1e-4)
        assert row.emi == pytest.approx(emi, abs=2e-4)
    assert found[1].emid == pytest.approx(expected[0][4] - expected[1][4], abs=3e-4)
    assert np.isnan(found[0].emid) and np.isnan(found[2].emid)
    assert abs(found[1].emid) > 1e-3  # it is not 0 for want of anything to see


def test_pairs_are_drawn_as_python_draws_from_the_list_of_all() -> None:
    every = [(i, j) for i in range(40) for j in range(40) if i != j]
    random.seed(SEED)
    expected = [every[k] for k in random.sample(range(len(every)), 1000)]
    assert negatives(40, Random(SEED)).tolist() == [list(pair) for pair in expected]


def test_a_small_split_has_every_pair_once() -> None:
    found = negatives(4, Random(SEED)).tolist()
    assert sorted(found) == [[i, j] for i in range(4) for j in range(4) if i != j]
    assert len(negatives(100, Random(SEED))) == MOST_NEGATIVES
