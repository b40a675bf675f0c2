"""Estimates of one unit: terms of replies less terms of references."""

import numpy as np
import pytest
import small_scores

from remid.evaluation.estimates import cluster_numbers, estimates

POSITIVE, NEGATIVE = np.arange(8.0), np.zeros(8)


def scored():  # type: ignore[no-untyped-def]
    reference = small_scores.source(np.full(8, 3.0), np.ones(8), tokens=[2] * 8)
    model = small_scores.source(POSITIVE, NEGATIVE, tokens=[4] * 8)
    return {
        "id_test": small_scores.split("id_test", {"reference": reference, "m": model}),
        "user/german": small_scores.split(
            "user/german",
            {"reference": reference, "m": model},
            clusters=[f"id_test-{k}" for k in range(8)],
        ),
    }


def test_r_emi_is_the_information_of_the_replies_less_that_of_the_references() -> None:
    # Per reply: mean(0..7) - 0 = 3.5, the references 3 - 1 = 2; per token: / 4 and / 2.
    for unit, replies, references in (("nats_per_reply", 3.5, 2.0), ("nats_per_token", 0.875, 1.0)):
        found = estimates(scored(), unit, level=0.95)  # type: ignore[arg-type]
        assert found.replies["m", "id_test"].estimate.value == pytest.approx(replies)
        assert found.references["id_test"].estimate.value == pytest.approx(references)
        assert found.emi["m", "id_test"].estimate.value == pytest.approx(replies - references)
    assert found.models == ("m",) and found.shifts == ("user/german",)


def test_clusters_of_one_name_have_one_number_in_all_splits() -> None:
    numbers = cluster_numbers(scored())
    assert numbers["id_test"].tolist() == numbers["user/german"].tolist() == list(range(8))


def test_parts_of_the_tokens_add_up() -> None:
    found, own = estimates(scored(), "nats_per_reply", level=0.95), scored()["id_test"]
    parts = [found.less_reference(own, "m", part).estimate.value for part in ("copied", "novel")]
    assert parts == pytest.approx([0.0, found.emi["m", "id_test"].estimate.value])


def test_a_mean_of_values() -> None:
    found, own = estimates(scored(), "nats_per_reply", level=0.95), scored()["id_test"]
    result = found.mean(own, POSITIVE).estimate
    # s^2 of 0..7 is 6, so the standard error is sqrt(6 / 8).
    assert (result.value, result.standard_error) == pytest.approx((3.5, np.sqrt(0.75)))
