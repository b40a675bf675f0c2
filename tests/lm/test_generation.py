"""Sampled texts: one stream per prompt, kept by content."""

import numpy as np
import pytest
import torch

from remid.domain.errors import RemidError
from remid.lm import generation
from remid.lm.generation import Sampling, _draw, generate
from remid.lm.prompts import encode, roleplay_prompt
from remid.lm.runtime import Runtime
from remid.store.cache import ContentCache

HOT = Sampling(max_new_tokens=12, temperature=1.0, top_p=0.9, seed=7)


@pytest.fixture
def lm(tiny_lm):
    return tiny_lm("chatml")


@pytest.fixture
def prompts(lm, six_dialogues):
    return [encode(roleplay_prompt(d), lm.chat, max_tokens=2000) for d in six_dialogues]


def test_greedy_equals_the_models_own(lm, prompts):
    texts = generate(Runtime(lm, token_budget=9999), prompts, Sampling(12, temperature=0.0))
    for prompt, text in zip(prompts, texts, strict=True):
        ids = torch.tensor([prompt.ids])
        out = lm.model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False
        )[0, len(prompt.ids) :].tolist()
        if lm.chat.end_of_turn in out:
            out = out[: out.index(lm.chat.end_of_turn)]
        assert text.tokens == len(out)
        assert text.text == lm.chat.decode(out).strip()


def test_a_prompt_draws_the_same_in_any_company(lm, prompts):
    together = generate(Runtime(lm, token_budget=9999), prompts, HOT)
    alone = [generate(Runtime(lm, token_budget=9999), [prompt], HOT)[0] for prompt in prompts]
    assert together == alone
    assert generate(Runtime(lm, token_budget=1), prompts[::-1], HOT) == together[::-1]


def test_equal_prompts_are_read_once_and_drawn_apart(lm, prompts, monkeypatch):
    ids = [prompts[k].ids for k in (0, 1, 0, 0)]
    read, sizes = generation._read, []

    def counted(lm, given, longest, past):
        sizes.append(len(given))
        return read(lm, given, longest, past)

    def streams():
        return [torch.Generator().manual_seed(k) for k in range(4)]

    alone = [
        generation.draw(lm, [own], [stream], HOT, ends=lm.ends)[0]
        for own, stream in zip(ids, streams(), strict=True)
    ]
    monkeypatch.setattr(generation, "_read", counted)
    assert generation.draw(lm, ids, streams(), HOT, ends=lm.ends) == alone
    assert sizes == [2]
    assert len({tuple(alone[k]) for k in (0, 2, 3)}) == 3


def test_the_seed_changes_the_draw(lm, prompts):
    other = Sampling(12, temperature=1.0, top_p=0.9, seed=8)
    assert generate(Runtime(lm, token_budget=999), prompts, HOT) != generate(
        Runtime(lm, token_budget=999), prompts, other
    )


def test_texts_end_at_the_end_of_turn(lm, prompts, monkeypatch):
    end, calls = lm.chat.end_of_turn, []

    def scripted(logits, streams, sampling):
        """Row k of the first batch ends at step k."""
        calls.append(len(streams))
        step = len(calls) - 1
        rows = [0, 1, 2, 3, 4, 5] if len(streams) == 6 else list(range(6))[-len(streams) :]
        return [end if row == step else 20 for row in rows]

    monkeypatch.setattr(generation, "_draw", scripted)
    texts = generate(Runtime(lm, token_budget=9999), prompts, Sampling(4, temperature=1.0))
    order = sorted(range(6), key=lambda k: -len(prompts[k].ids))
    assert [texts[k].tokens for k in order] == [0, 1, 2, 3, 4, 4]
    assert [texts[k].finished for k in order] == [True] * 4 + [False] * 2
    assert calls == [6, 6, 4, 3]  # finished rows are dropped when a quarter of them is


def test_a_second_call_computes_nothing(lm, prompts, tmp_path, monkeypatch):
    cache = ContentCache(tmp_path / "texts.sqlite")
    first = generate(Runtime(lm, token_budget=999, cache=cache), prompts, HOT)
    monkeypatch.setattr(generation, "_batch", None)
    assert generate(Runtime(lm, token_budget=999, cache=cache), prompts, HOT) == first


def test_an_interrupted_run_goes_on(lm, prompts, tmp_path, monkeypatch):
    cache, batch, calls = ContentCache(tmp_path / "texts.sqlite"), generation._batch, []

    def killed_at_the_third(lm, part, sampling):
        calls.append(len(part))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return batch(lm, part, sampling)

    monkeypatch.setattr(generation, "_batch", killed_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        generate(Runtime(lm, token_budget=1, cache=cache), prompts, HOT)
    texts = generate(Runtime(lm, token_budget=1, cache=cache), prompts, HOT)
    assert len(calls) == 3 + 4  # of six, two were kept
    monkeypatch.undo()
    assert texts == generate(Runtime(lm, token_budget=9999), prompts, HOT)


def test_running_out_of_memory(lm, prompts, monkeypatch):
    batch = generation._batch

    def small_machine(limit):
        def run(lm, part, sampling):
            if len(part) > limit:
                raise torch.OutOfMemoryError
            return batch(lm, part, sampling)

        return run

    expected = generate(Runtime(lm, token_budget=9999), prompts, HOT)
    monkeypatch.setattr(generation, "_batch", small_machine(2))
    assert generate(Runtime(lm, token_budget=9999), prompts, HOT) == expected
    monkeypatch.setattr(generation, "_batch", small_machine(0))
    with pytest.raises(RemidError, match="memory ran out on generating"):
        generate(Runtime(lm, token_budget=9999), prompts, HOT)


@pytest.mark.parametrize(
    ("temperature", "top_p", "expected"),
    [
        (1.0, 1.0, [0.5, 0.3, 0.15, 0.05]),
        (1.0, 0.75, [0.625, 0.375, 0.0, 0.0]),  # 0.5 + 0.3 reaches 0.75
        (0.5, 1.0, [0.25 / 0.365, 0.09 / 0.365, 0.0225 / 0.365, 0.0025 / 0.365]),  # squares
    ],
)
def test_draws_follow_the_distribution(temperature, top_p, expected):
    n = 20_000
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().expand(n, 4)
    streams = [torch.Generator().manual_seed(k) for k in range(n)]
    drawn = _draw(logits, streams, Sampling(1, temperature, top_p))
    shares = np.bincount(drawn, minlength=4) / n
    # Four standard errors of a share of one half: 4 * sqrt(0.25 / 20000) = 0.014.
    assert np.abs(shares - expected).max() < 0.014


def test_a_nucleus_wider_than_the_tokens_looked_at_first(monkeypatch):
    probabilities = torch.tensor([[0.1, 0.4, 0.2, 0.3]])
    narrow = generation._nucleus(probabilities, 0.85)
    monkeypatch.setattr(generation, "NUCLEUS", 2)
    assert torch.equal(generation._nucleus(probabilities, 0.85), narrow)
    assert narrow.tolist() == [pytest.approx([0.0, 0.4, 0.2, 0.3])]
