"""Replies and references are scored on as many tokens."""

import numpy as np
import pytest

from remid.evaluation.dialogues import Evaluated
from remid.evaluation.score import Wanted, fits, score_split
from remid.evaluation.scored import Counts
from remid.lm.likelihood.score import score_own
from remid.lm.prompts import encode_reply, responder_prompt
from remid.lm.runtime import Runtime
from remid.replies.scorable import tokenised


def scores_of(lm, dialogues, replies, limit):
    pairs = np.array([(i, (i + 1) % len(dialogues)) for i in range(len(dialogues))])
    own = [tokenised(replies[d.id], lm.chat) for d in dialogues]
    members = tuple(Evaluated(d, {"model": reply}) for d, reply in zip(dialogues, own, strict=True))
    runtime = Runtime(lm, max_prompt_tokens=2000, token_budget=4096)
    wanted = Wanted(pairs, tuple(d.id for d in dialogues), reply_tokens=limit)
    return score_split(runtime, "id_test", members, wanted, Counts(reply_tokens=limit))


def tokens(split, source):
    return split.sources[source].tokens.tolist()


def sums(split, source):
    return split.scores(source, "nats_per_reply").positive


def test_a_reply_cut_at_the_limit_scores_as_the_longer_reference_it_begins(
    tiny_lm, six_dialogues
) -> None:
    lm, long, limit = tiny_lm("chatml"), six_dialogues[3:], 6
    # A text cut by tokens may be read back as a token less, so it is cut a little later.
    cut = {d.id: lm.chat.first(d.reference, limit + 3) for d in long}
    assert all(len(cut[d.id]) < len(d.reference) for d in long)
    split = scores_of(lm, long, cut, limit)
    assert tokens(split, "model") == tokens(split, "reference") == [limit] * 3
    assert sums(split, "model").tolist() == sums(split, "reference").tolist()


def test_a_reply_that_ends_before_the_limit_is_scored_with_its_end_of_turn(
    tiny_lm, six_dialogues
) -> None:
    lm = tiny_lm("chatml")
    texts = {d.id: d.reference for d in six_dialogues}
    whole = [len(lm.chat.content(d.reference)) + 1 for d in six_dialogues]
    limit = whole[2]
    split = scores_of(lm, six_dialogues, texts, limit)
    assert tokens(split, "model") == [min(own, limit) for own in whole]
    without = scores_of(lm, six_dialogues, texts, None)
    assert tokens(without, "model") == whole
    positive, entire = sums(split, "model"), sums(without, "model")
    ended = np.array(whole) <= limit
    assert ended.sum() >= 3 and not ended.all()
    assert positive[ended] == pytest.approx(entire[ended], abs=1e-4)
    assert (positive[~ended] > entire[~ended]).all()  # every further token costs nats


def test_pairs_and_shufflings_are_scored_under_the_contexts_they_ask_for(
    tiny_lm, six_dialogues
) -> None:
    """Against the plain scorer, each reply alone under each context."""
    lm = tiny_lm("chatml")
    texts = {d.id: f"{d.reference} indeed" for d in six_dialogues}
    split = scores_of(lm, six_dialogues, texts, None)
    own = split.sources["model"]
    runtime = Runtime(lm)
    prompts = [runtime.encode(responder_prompt(d, "")) for d in six_dialogues]
    replies = [encode_reply(texts[d.id], lm.chat, dialogue_id=d.id) for d in six_dialogues]
    for k, (i, j) in enumerate(split.pairs.tolist()):
        [alone] = score_own(runtime, [prompts[i]], [replies[j]]).values
        assert own.negative[k] == pytest.approx(alone, abs=1e-4)
    assert own.shuffled.shape == (6, 1)
    assert split.order("model") == pytest.approx(
        [v.mean() - s for v, s in zip(own.positive, own.shuffled[:, 0], strict=True)]
    )
    again = scores_of(lm, six_dialogues, texts, None).sources["model"]
    assert np.array_equal(again.shuffled, own.shuffled)  # the orders are drawn from the seed


def test_a_dialogue_fits_where_no_turn_is_dropped(tiny_lm, six_dialogues) -> None:
    lm, one = tiny_lm("chatml"), Evaluated(six_dialogues[0], {})
    whole = len(Runtime(lm).encode(responder_prompt(one.dialogue, "")).ids)
    assert fits(Runtime(lm, max_prompt_tokens=whole), one)
    assert not fits(Runtime(lm, max_prompt_tokens=whole - 1), one)
