"""By how much what is read beside a pair, and how, may move a reply's log-probability.

The tolerances, in nats per token, are those of `score_pairs`' docstring: FLOAT32 where only the
order of float32's sums differs, BFLOAT16 where weights and activations have eight bits.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from remid.domain.dialogue import Dialogue
from remid.lm import model, prompts
from remid.lm.likelihood.score import score_pairs
from remid.lm.model import LanguageModel
from remid.lm.runtime import Runtime
from remid.store.cache import ContentCache

FLOAT32, BFLOAT16 = 1e-4, 0.04
Means = NDArray[np.float64]


class Pairs:
    """Six prompts, of which two begin alike, and six replies of different lengths."""

    def __init__(self, lm: LanguageModel, dialogues: list[Dialogue]) -> None:
        self.lm = lm
        self.prompts = [
            prompts.encode(prompts.responder_prompt(d, ""), lm.chat, max_tokens=2000)
            for d in dialogues
        ]
        self.replies = [
            prompts.encode_reply(d.reference, lm.chat, dialogue_id=d.id) for d in dialogues
        ]
        self.all = np.array([(i, j) for i in range(6) for j in range(6)])

    def means(self, pairs: Means | None = None, **how: object) -> Means:
        runtime = Runtime(self.lm, **how)  # type: ignore[arg-type]
        chosen = self.all if pairs is None else pairs
        return score_pairs(runtime, self.prompts, self.replies, chosen).mean

    def one_by_one(self, **how: object) -> Means:
        return np.concatenate([self.means(pair[None], **how) for pair in self.all])


@pytest.fixture(scope="module", params=["chatml", "gemma"])
def pairs(
    request: pytest.FixtureRequest,
    tiny_lm: Callable[[str], LanguageModel],
    six_dialogues: list[Dialogue],
) -> Pairs:
    return Pairs(tiny_lm(request.param), six_dialogues)


def largest(one: Means, other: Means) -> float:
    return float(np.abs(one - other).max())


def test_what_is_read_in_the_same_batch(pairs: Pairs) -> None:
    together = pairs.means()
    assert largest(together, pairs.one_by_one()) < FLOAT32
    assert largest(together, pairs.means(token_budget=300)) < FLOAT32
    # The replies are told apart by far more than any of these tolerances.
    assert together.std() > 100 * FLOAT32


def test_the_order_of_the_pairs(pairs: Pairs) -> None:
    order = np.random.default_rng(3).permutation(len(pairs.all))
    assert largest(pairs.means()[order], pairs.means(pairs.all[order])) < FLOAT32


def test_padding_to_a_longer_neighbour(pairs: Pairs) -> None:
    short = pairs.all[pairs.all[:, 1] == 0]
    beside = np.concatenate([short, [(i, 5) for i in range(6)]])
    assert len(pairs.replies[5]) > 1.5 * len(pairs.replies[0])
    assert largest(pairs.means(short), pairs.means(beside)[: len(short)]) < FLOAT32


@pytest.mark.parametrize("strict", [False, True])
def test_the_kernel_of_attention(
    strict: bool, tiny_folder: Callable[[str], Path], six_dialogues: list[Dialogue]
) -> None:
    found = []
    for kernel in ("sdpa", "eager"):
        lm = model.load(tiny_folder("chatml"), dtype="float32", device="cpu")
        lm.model.set_attn_implementation(kernel)
        found.append(Pairs(lm, six_dialogues).means(strict=strict))
    assert largest(*found) < FLOAT32


def test_the_number_format(
    tiny_folder: Callable[[str], Path], pairs: Pairs, six_dialogues: list[Dialogue]
) -> None:
    lm = model.load(tiny_folder("chatml"), dtype="bfloat16", device="cpu")
    half = Pairs(lm, six_dialogues)
    if pairs.lm.chat.fingerprint == lm.chat.fingerprint:
        assert FLOAT32 < largest(half.means(), pairs.means()) < BFLOAT16
    assert largest(half.means(), half.one_by_one()) < BFLOAT16


def test_strict_is_exact(pairs: Pairs, tmp_path: Path) -> None:
    alone = pairs.one_by_one(strict=True)
    order = np.random.default_rng(5).permutation(len(pairs.all))
    assert pairs.means(strict=True).tolist() == alone.tolist()
    assert pairs.means(pairs.all[order], strict=True).tolist() == alone[order].tolist()
    assert pairs.means(strict=True, token_budget=256).tolist() == alone.tolist()
    assert largest(alone, pairs.means()) < FLOAT32
    # Scores of the other mode in the same cache are not taken for these.
    cache = ContentCache(tmp_path / "scores.sqlite")
    pairs.means(cache=cache)
    assert pairs.means(strict=True, cache=cache).tolist() == alone.tolist()
    assert pairs.means(strict=True, cache=cache).tolist() == alone.tolist()


def test_strict_is_the_models_own_arithmetic(pairs: Pairs) -> None:
    ids, reply = pairs.prompts[2].ids, pairs.replies[4]
    with pairs.lm.using(None):
        logits = pairs.lm.model(torch.tensor([[*ids, *reply]])).logits[0].double()
    places = torch.arange(len(reply)) + len(ids) - 1
    naive = logits.log_softmax(-1)[places, torch.tensor(reply)].mean()
    assert pairs.means(np.array([(2, 4)]), strict=True)[0] == pytest.approx(float(naive), abs=2e-6)
