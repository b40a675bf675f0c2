"""The release keeps what the estimators find, as every evaluation will ask for it."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from declared import TEST_SPLITS

from remid.evaluation import scored
from remid.store.layout import Layout


def test_every_test_dialogue_has_a_trace_and_its_reference_is_scored(made: Layout) -> None:
    kept = pq.read_table(made.release / "kept.parquet").to_pandas()
    # Nine dialogues in every split, each with a prompt of its own.
    assert (kept["cache"] == "traces").sum() == 9 * len(TEST_SPLITS)
    # What is scored of the nine references reads the same: under each prompt it and its shuffling.
    assert (kept["cache"] == "scores").sum() == 9 * 2 * len(TEST_SPLITS)
    assert kept["key"].is_unique


def test_health_is_that_of_the_references_under_their_own_contexts(made: Layout) -> None:
    health = json.loads((made.release / "health.json").read_text())
    (file,) = made.root.glob(".cache/release-*/scores/pairs/user.german.parquet")
    own = scored.read(file)
    values = np.concatenate(own.sources["reference"].positive)
    assert health["perplexity"]["user/german"] == pytest.approx(np.exp(-values.sum() / values.size))
    assert health["formed"]["user/german"] == own.counts.formed / 9
