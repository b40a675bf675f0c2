"""Contexts put together from two dialogues, and replies scored under them."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from remid.evaluation import swaps
from remid.evaluation.dialogues import Evaluated
from remid.evaluation.swaps import Context, compose, composed_keys, key_of, swap_split
from remid.information.negatives import partner_pairs
from remid.information.shapley import shapley
from remid.lm.likelihood.score import score_own
from remid.lm.prompts import encode_reply, responder_prompt
from remid.lm.runtime import Runtime
from remid.replies.scorable import tokenised


def swapped(lm, dialogues, *, limit=None, window=2000):
    members = [
        Evaluated(d, {"model": tokenised(f"well, {d.id}", lm.chat)}, "## User\nsomeone")
        for d in dialogues
    ]
    pairs = partner_pairs(np.arange(len(members)), np.arange(len(members)))
    contexts = {
        key: Context(compose(dialogues, key), f"## User\n{key}") for key in composed_keys(pairs)
    }
    runtime = Runtime(lm, max_prompt_tokens=window, token_budget=4096)
    return (
        runtime,
        contexts,
        swap_split(runtime, "id_test", members, pairs, contexts, reply_tokens=limit),
    )


def test_a_composed_dialogue_takes_each_factor_from_its_own(six_dialogues) -> None:
    made = compose(six_dialogues, (0, 1, 2))
    assert made.persona == six_dialogues[0].persona
    assert made.character == six_dialogues[1].character
    assert (made.context, made.reference) == (six_dialogues[2].context, six_dialogues[2].reference)
    assert made.trace == "" and "d0" in made.id and "d1" in made.id


def test_a_coalition_names_whose_factors_stay() -> None:
    assert [key_of(5, 3, t) for t in (0, 1, 2, 4, 7)] == [
        (3, 3, 3), (5, 3, 3), (3, 5, 3), (3, 3, 5), (5, 5, 5),
    ]  # fmt: skip
    # Of two dialogues six contexts are new, and both replies are scored under all of them.
    assert len(composed_keys(np.array([(0, 1), (1, 0)]))) == 6


def test_scores_are_those_of_each_context_read_alone(tiny_lm, six_dialogues) -> None:
    lm = tiny_lm("chatml")
    runtime, contexts, found = swapped(lm, six_dialogues)
    assert found.ids == tuple(d.id for d in six_dialogues) and found.values["model"].shape == (8, 6)
    for p, (other, own) in enumerate(found.pairs.tolist()):
        for coalition in (1, 4, 6):
            context = contexts[key_of(own, other, coalition)]
            prompt = runtime.encode(responder_prompt(context.dialogue, context.trace))
            reply = encode_reply(six_dialogues[own].reference, lm.chat, dialogue_id="d")
            alone = score_own(runtime, [prompt], [reply]).sum[0]
            assert found.values["reference"][coalition, p] == pytest.approx(alone, abs=1e-3)


def test_a_factor_that_all_share_is_worth_nothing_and_has_nothing_to_swap(
    tiny_lm, six_dialogues
) -> None:
    from dataclasses import replace

    alike = [replace(d, persona="Nora") for d in six_dialogues]
    members = [Evaluated(d, {"model": tokenised("well", tiny_lm("chatml").chat)}) for d in alike]
    pairs = partner_pairs(np.arange(6), np.arange(6))
    contexts = {key: Context(compose(alike, key)) for key in composed_keys(pairs)}
    runtime = Runtime(tiny_lm("chatml"), max_prompt_tokens=2000, token_budget=4096)
    found = swap_split(runtime, "id_test", members, pairs, contexts, reply_tokens=None)
    assert not found.differs[0].any() and found.differs[1:].all()
    terms = shapley(found.scores("model", "nats_per_token"))
    assert np.abs(terms.factors[0]).max() < 1e-4
    assert terms.factors.sum(axis=0) == pytest.approx(terms.total, abs=1e-9)


def test_pairs_that_do_not_fit_whole_are_left_out_and_counted(tiny_lm, six_dialogues) -> None:
    from dataclasses import replace

    long = [replace(six_dialogues[0], persona="very " * 100), *six_dialogues[1:]]
    lm = tiny_lm("chatml")
    own = Runtime(lm, max_prompt_tokens=5000)
    size = len(own.encode(responder_prompt(long[0], "## User\nsomeone")).ids)
    _, _, found = swapped(lm, long, window=size - 1)
    # The long one and its partner, both ways.
    assert found.alone == 2 and found.ids == tuple(d.id for d in long[2:])
    assert sorted(found.pairs[:, 1].tolist()) == [0, 1, 2, 3]


def test_the_file_has_a_row_for_every_score(tiny_lm, six_dialogues, tmp_path) -> None:
    _, _, found = swapped(tiny_lm("chatml"), six_dialogues, limit=5)
    swaps.write(tmp_path / "s.parquet", found)
    frame = pq.read_table(tmp_path / "s.parquet").to_pandas()
    assert len(frame) == 2 * 8 * 6 and frame["tokens"].max() == 5
    one = frame[(frame["source"] == "model") & (frame["reply"] == "d0")]
    whole = one[(one["user"] == "d0") & (one["character"] == "d0") & (one["dialogue"] == "d0")]
    place = found.pairs[:, 1].tolist().index(0)
    assert whole["log_probability"].tolist() == [found.values["model"][7, place]]
