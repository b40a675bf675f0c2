"""Sentence embeddings."""

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from remid.domain.errors import RemidError
from remid.lm import embedding, tiny
from remid.lm.embedding import embed
from remid.store.cache import ContentCache

TEXTS = ["the sea", "an old house by the sea, and nobody came back", "star", "the sea"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    tiny.build_tiny_encoder(folder, seed=1)
    return folder


def test_masked_mean_of_the_last_layer_normalised(encoder):
    vectors = embed(encoder, TEXTS, batch=2)
    tokenizer, model = AutoTokenizer.from_pretrained(encoder), AutoModel.from_pretrained(encoder)
    for text, vector in zip(TEXTS, vectors, strict=True):
        with torch.no_grad():  # alone, there is no padding to mask
            hidden = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        mean = hidden.double().mean(0).numpy()
        assert np.abs(vector - mean / np.linalg.norm(mean)).max() < 1e-6
    assert vectors.dtype == np.float64
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-12
    assert np.array_equal(vectors[0], vectors[3])


def test_a_second_call_loads_no_encoder(encoder, tmp_path, monkeypatch):
    cache = ContentCache(tmp_path / "embeddings.sqlite")
    first = embed(encoder, TEXTS, cache=cache)
    monkeypatch.setattr(embedding, "AutoModel", None)
    assert np.array_equal(embed(encoder, TEXTS[::-1], cache=cache), first[::-1])


def test_a_folder_without_an_encoder(tmp_path):
    with pytest.raises(RemidError, match="no encoder there"):
        embed(tmp_path, TEXTS)
