"""Replies and references are scored on as many tokens."""

import numpy as np
import pytest

from remid.evaluation.dialogues import Evaluated
from remid.evaluation.score import score_split
from remid.lm.runtime import Runtime
from remid.replies.scorable import tokenised


def scores_of(lm, dialogues, replies, limit):
    pairs = np.array([(i, (i + 1) % len(dialogues)) for i in range(len(dialogues))])
    own = [tokenised(replies[d.id], lm.chat) for d in dialogues]
    members = tuple(Evaluated(d, {"model": reply}) for d, reply in zip(dialogues, own, strict=True))
    runtime = Runtime(lm, max_prompt_tokens=2000, token_budget=4096)
    return score_split(runtime, "id_test", members, pairs, reply_tokens=limit)


def test_a_reply_cut_at_the_limit_scores_as_the_longer_reference_it_begins(
    tiny_lm, six_dialogues
) -> None:
    lm, long, limit = tiny_lm("chatml"), six_dialogues[3:], 6
    # A text cut by tokens may be read back as a token less, so it is cut a little later.
    cut = {d.id: lm.chat.first(d.reference, limit + 3) for d in long}
    assert all(len(cut[d.id]) < len(d.reference) for d in long)
    split = scores_of(lm, long, cut, limit)
    assert split.tokens["model"].tolist() == split.tokens["reference"].tolist() == [limit] * 3
    assert split.sums["model"].tolist() == split.sums["reference"].tolist()


def test_a_reply_that_ends_before_the_limit_is_scored_with_its_end_of_turn(
    tiny_lm, six_dialogues
) -> None:
    lm = tiny_lm("chatml")
    texts = {d.id: d.reference for d in six_dialogues}
    whole = [len(lm.chat.content(d.reference)) + 1 for d in six_dialogues]
    limit = whole[2]
    split = scores_of(lm, six_dialogues, texts, limit)
    assert split.tokens["model"].tolist() == [min(own, limit) for own in whole]
    without = scores_of(lm, six_dialogues, texts, None)
    assert without.tokens["model"].tolist() == whole
    positive, entire = split.sums["model"][:6], without.sums["model"][:6]
    ended = np.array(whole) <= limit
    assert ended.sum() >= 3 and not ended.all()
    assert positive[ended] == pytest.approx(entire[ended], abs=1e-4)
    assert (positive[~ended] > entire[~ended]).all()  # every further token costs nats
