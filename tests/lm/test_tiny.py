"""The tiny model is the same wherever it is built."""

import pytest
from transformers import AutoTokenizer

from remid.lm import tiny
from remid.store.fingerprints import weights_fingerprint


@pytest.mark.parametrize("style", ["chatml", "llama", "gemma"])
def test_built_twice_it_is_the_same(style, tmp_path):
    for name in "ab":
        tiny.build_tiny(tmp_path / name, style=style, seed=4)
    assert weights_fingerprint(tmp_path / "a") == weights_fingerprint(tmp_path / "b")
    tokenizers = [(tmp_path / name / "tokenizer.json").read_bytes() for name in "ab"]
    assert tokenizers[0] == tokenizers[1]


def test_its_tokenizer_loses_nothing(tiny_folder):
    tokenizer = AutoTokenizer.from_pretrained(tiny_folder("llama"))
    text = "Grüße, 你好!  two spaces\n\ttab"
    assert tokenizer.decode(tokenizer(text).input_ids) == text
