"""Several trainings read as one model."""

from dataclasses import replace

import numpy as np
import pytest
import small_scores
from small_scores import source

from remid.domain.dialogue import REFERENCE
from remid.evaluation.table import Divergences
from remid.information.club import leave_one_out, vclub
from remid.information.interval import Terms
from remid.information.moved import Divergence
from remid.studies.seeds.averaged import apart, average, name, repeat

PAIRS = np.array([(0, 1), (1, 0)])


def split(second=(-6.0, -6.0, -9.0, -9.0)):
    values = {
        REFERENCE: ((-4.0, -4.0, -8.0, -8.0), 2),
        "sft@1": ((-2.0, -4.0, -8.0, -8.0), 2),
        "sft@2": (second, 3),
    }
    sources = {
        key: source(own[:2], own[2:], tokens=[count] * 2, pairs=PAIRS)
        for key, (own, count) in values.items()
    }
    return small_scores.split("id_test", sources, ids=("a", "b"), pairs=PAIRS)


def test_scores_are_the_mean_over_seeds_of_each_unit():
    found = repeat(split(), ["sft"], [1, 2])
    assert found.models == ("sft",)
    assert found.scores("sft", "nats_per_reply").positive.tolist() == [-4, -5]
    # By hand: means of -2/2 and -6/3, of -4/2 and -6/3; of -8/2 and -9/3 for the negatives.
    per_token = found.scores("sft", "nats_per_token")
    assert per_token.positive == pytest.approx([-1.5, -2])
    assert per_token.negative == pytest.approx([-3.5, -3.5])
    assert found.scores(REFERENCE, "nats_per_reply").positive.tolist() == [-4, -4]
    assert found.perplexity() == pytest.approx(np.exp(2))


def test_information_is_the_mean_of_the_seeds():
    found = repeat(split(), ["sft"], [1, 2])
    alone = [vclub(split().scores(name("sft", seed), "nats_per_token")) for seed in (1, 2)]
    assert vclub(found.scores("sft", "nats_per_token")) == pytest.approx(np.mean(alone))


def test_output_divergences_are_averaged():
    def js(raw):
        flat = Terms(np.full(2, raw), np.arange(2))
        return Divergence(raw, 0.1, flat, flat)

    given = Divergences({}, {("sft@1", "id_test"): js(0.2), ("sft@2", "id_test"): js(0.4)})
    found = average(given, ["sft"], [1, 2]).outputs["sft", "id_test"]
    assert (found.raw, found.value) == pytest.approx((0.3, 0.2))
    assert found.first.values == pytest.approx([0.3, 0.3])


def test_noise_of_an_average_is_that_of_replies_drawn_apart():
    scored = split()
    own = {
        key: replace(each, positive=tuple(np.array([v.sum() - 1, 1.0]) for v in each.positive))
        for key, each in scored.sources.items()
    }
    found = repeat(replace(scored, sources=own), ["sft"], [1, 2])
    # two tokens a and b: 2 var = (a - b)^2; sft@1: -2 is -3 and 1, sft@2: -6 is -7 and 1
    first, second = 4.0**2, 8.0**2
    assert found.noise("sft@1", "nats_per_reply")[0] == pytest.approx(first)
    assert found.noise("sft", "nats_per_reply")[0] == pytest.approx((first + second) / 4)
    # two tokens a reply: a quarter
    assert found.noise("sft", "nats_per_token")[0] == pytest.approx((first + second) / 16)


def test_what_each_seed_gave_is_what_the_average_is_made_of():
    shifted = split(second=(-12.0, -12.0, -12.0, -12.0))
    scored = {"id_test": split(), "user/german": shifted}
    found = apart(scored, ["sft"], [1, 2], "nats_per_reply")
    # Reference: -4 - -8 = 4. Seed 1: -3 - -8 = 5, so 1 above it; seed 2: -6 - -9 = 3, 1 below.
    assert found["sft"]["id_test"] == (1.0, -1.0)
    # Under the shift seed 1 is as on ID; seed 2 tells nothing, 0 - 4: it loses -1 - -4 = 3.
    assert found["sft"]["user"] == (0.0, 3.0)


def test_bounds_are_made_of_each_training_and_then_averaged():
    """Scores averaged first would bound what both draws tell together."""
    found = repeat(split(), ["sft"], [1, 2])
    each = [split().ends(name("sft", seed)) for seed in (1, 2)]
    ends = found.ends("sft")
    assert ends.lower == pytest.approx(np.mean([own.lower for own in each]))
    assert ends.upper == pytest.approx(np.mean([own.upper for own in each]))
    assert ends.lower < leave_one_out(found.scores("sft", "nats_per_reply"))
