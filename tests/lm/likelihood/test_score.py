"""log q against a scorer that reads every pair from scratch, one at a time."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from remid.domain.errors import RemidError
from remid.lm import model
from remid.lm.likelihood import passes, score
from remid.lm.likelihood.score import score_pairs
from remid.lm.prompts import encode, encode_reply, responder_prompt
from remid.lm.runtime import Runtime
from remid.store.cache import ContentCache

TRACES = ("", "## User\nkind", "## User\ngruff and old")


def naive(lm, prompt, reply, adapter=None):
    """The definition: the whole sequence, the whole vocabulary, one pair."""
    with lm.using(adapter):
        ids = torch.tensor([prompt.ids + reply])
        values = lm.model(input_ids=ids).logits[0].float().log_softmax(-1)
    start = len(prompt.ids) - 1
    return sum(float(values[start + k, token]) for k, token in enumerate(reply))


def material(lm, dialogues):
    """Three prompts of each dialogue that differ in the trace, and the references."""
    prompts = [
        encode(responder_prompt(d, trace), lm.chat, max_tokens=2000)
        for d in dialogues
        for trace in TRACES
    ]
    replies = [encode_reply(d.reference, lm.chat, dialogue_id=d.id) for d in dialogues]
    pairs = np.array([(i, j) for i in range(len(prompts)) for j in range(len(replies))])
    return prompts, replies, pairs


def check(lm, dialogues, *, tolerance=1e-4, adapter=None, budget=4096):
    prompts, replies, pairs = material(lm, dialogues)
    scores = score_pairs(Runtime(lm, token_budget=budget, adapter=adapter), prompts, replies, pairs)
    expected = np.array([naive(lm, prompts[i], replies[j], adapter) for i, j in pairs])
    assert scores.tokens.tolist() == [len(replies[j]) for _, j in pairs]
    assert np.abs(scores.mean - expected / scores.tokens).max() <= tolerance
    return scores


@pytest.fixture
def forwards(monkeypatch):
    """Count forward passes of any kind."""
    count = {"passes": 0, "names": []}

    def counted(function):
        def wrapped(*arguments):
            count["passes"] += 1
            count["names"].append(function.__name__)
            return function(*arguments)

        return wrapped

    for name in ("whole", "extend", "packed", "expanded"):
        monkeypatch.setattr(passes, name, counted(getattr(passes, name)))
    return count


def limits(monkeypatch: pytest.MonkeyPatch, **changed: int) -> None:
    """Let a CPU choose as if other sizes were the fastest."""
    monkeypatch.setitem(score.BY_DEVICE, "cpu", replace(score.BY_DEVICE["cpu"], **changed))


@pytest.mark.parametrize("style", ["chatml", "llama", "gemma"])
def test_equals_the_naive_scorer(style, tiny_lm, six_dialogues):
    scores = check(tiny_lm(style), six_dialogues)
    # The tolerance says something: another prompt changes a score far more.
    assert np.std(scores.mean.reshape(18, 6), axis=0).min() > 0.05


@pytest.mark.parametrize("shared_least", [1, 32, 10**6])
@pytest.mark.parametrize(
    ("whole", "pack", "expand"),
    [(10**6, 10**6, 99), (1, 600, 99), (1, 60, 99), (1, 1, 99), (1, 60, 4), (1, 1, 1)],
)
def test_every_shape_gives_the_same(
    whole, pack, expand, shared_least, tiny_lm, six_dialogues, monkeypatch
):
    limits(
        monkeypatch,
        whole_tokens=whole,
        pack_tokens=pack,
        shared_least=shared_least,
        expand_replies=expand,
    )
    check(tiny_lm("llama"), six_dialogues[:4])


def test_the_ways_of_a_gpu_give_the_same_on_a_cpu(tiny_lm, six_dialogues, forwards):
    """What its thresholds choose there, read here: values, not speed."""
    lm = tiny_lm("llama")
    prompts, replies, pairs = material(lm, six_dialogues)
    gpu = Runtime(lm, token_budget=4096, thresholds=score.BY_DEVICE["cuda"])
    theirs = score_pairs(gpu, prompts, replies, pairs)
    chosen = set(forwards["names"])
    ours = score_pairs(Runtime(lm, token_budget=4096), prompts, replies, pairs)
    assert np.abs(theirs.mean - ours.mean).max() < 1e-4
    assert chosen == {"whole"}  # prompts with their replies side by side, none in trees


def test_rollouts_of_a_dialogue_are_packed_behind_what_they_share(
    tiny_lm, six_dialogues, forwards, monkeypatch
):
    limits(monkeypatch, whole_tokens=1)
    lm = tiny_lm("chatml")
    prompts, replies, _ = material(lm, six_dialogues[:2])
    pairs = np.array([(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 1)])
    scores = score_pairs(Runtime(lm, token_budget=4096), prompts, replies, pairs)
    # What both dialogues share, what each one's rollouts share, and one pack of rests for each.
    assert forwards["names"] == ["extend", "extend", "packed", "extend", "packed"]
    expected = np.array([naive(lm, prompts[i], replies[j]) for i, j in pairs])
    assert np.abs(scores.sum - expected).max() < 1e-3


def test_a_model_with_sliding_windows(tiny_folder, six_dialogues, tmp_path):
    from transformers import AutoTokenizer, Gemma2Config, Gemma2ForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(tiny_folder("gemma"))
    torch.manual_seed(3)
    config = Gemma2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=24,
        final_logit_softcapping=0.5,
        attn_logit_softcapping=2.0,
        initializer_range=0.15,
    )
    Gemma2ForCausalLM(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    lm = model.load(tmp_path, dtype="float32", device="cpu")
    assert not lm.packs
    check(lm, six_dialogues[:3])


def test_bfloat16_within_its_tolerance(tiny_folder, six_dialogues):
    lm = model.load(tiny_folder("chatml"), dtype="bfloat16", device="cpu")
    check(lm, six_dialogues, tolerance=0.03)


def test_with_an_adapter(tiny_folder, adapter_folder, six_dialogues):
    base = tiny_folder("chatml")
    lm = model.load(base, adapters={"responder": adapter_folder}, dtype="float32", device="cpu")
    with_adapter = check(lm, six_dialogues[:2], adapter="responder")
    without = check(lm, six_dialogues[:2])
    assert np.abs(with_adapter.sum - without.sum).min() > 1e-3


def test_repeated_and_equal_pairs_are_scored_once(tiny_lm, six_dialogues, forwards):
    lm = tiny_lm("chatml")
    prompts, replies, _ = material(lm, six_dialogues[:1])
    pairs = np.array([(0, 0), (1, 1), (0, 1), (0, 0)])
    scores = score_pairs(Runtime(lm, token_budget=4096), prompts[:1] * 2, replies * 2, pairs)
    assert len(set(scores.sum.tolist())) == 1
    assert forwards["passes"] == 1


def test_no_pairs_at_all(tiny_lm):
    scores = score_pairs(Runtime(tiny_lm("chatml"), token_budget=10), [], [], np.empty((0, 2), int))
    assert scores.sum.shape == (0,)


def test_a_second_call_computes_nothing(tiny_lm, six_dialogues, tmp_path, forwards):
    lm = tiny_lm("chatml")
    prompts, replies, pairs = material(lm, six_dialogues)
    cache = ContentCache(tmp_path / "scores.sqlite")
    first = score_pairs(Runtime(lm, token_budget=4096, cache=cache), prompts, replies, pairs)
    used = forwards["passes"]
    assert used > 0
    cache = ContentCache(tmp_path / "scores.sqlite")
    again = score_pairs(Runtime(lm, token_budget=4096, cache=cache), prompts, replies, pairs)
    assert forwards["passes"] == used
    assert np.array_equal(first.sum, again.sum)


def test_another_model_or_adapter_is_another_result(
    tiny_lm, tiny_folder, adapter_folder, six_dialogues, tmp_path
):
    cache = ContentCache(tmp_path / "scores.sqlite")
    adapted = model.load(
        tiny_folder("chatml"), adapters={"a": adapter_folder}, dtype="float32", device="cpu"
    )
    plain = tiny_lm("chatml")
    prompts, replies, pairs = material(plain, six_dialogues[:1])
    results = [
        score_pairs(
            Runtime(lm, token_budget=99, cache=cache, adapter=name), prompts, replies, pairs
        )
        for lm, name in ((plain, None), (adapted, "a"), (adapted, None))
    ]
    assert not np.array_equal(results[0].sum, results[1].sum)
    assert np.array_equal(results[0].sum, results[2].sum)  # the base under an adapter is the base


def test_an_interrupted_run_goes_on(tiny_lm, six_dialogues, tmp_path, monkeypatch):
    lm = tiny_lm("chatml")
    prompts, replies, pairs = material(lm, six_dialogues)
    whole, path = passes.whole, tmp_path / "scores.sqlite"
    # One pass with everything for each prompt: eighteen.
    limits(monkeypatch, whole_tokens=10**6, shared_least=10**6, pass_tokens=1)
    calls = []

    def killed_at_the_fourth(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return whole(*arguments)

    monkeypatch.setattr(passes, "whole", killed_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        score_pairs(
            Runtime(lm, token_budget=4096, cache=ContentCache(path)), prompts, replies, pairs
        )
    resumed = score_pairs(
        Runtime(lm, token_budget=4096, cache=ContentCache(path)), prompts, replies, pairs
    )
    assert len(calls) == 4 + 15  # of eighteen passes, three were kept
    monkeypatch.undo()
    fresh = score_pairs(Runtime(lm, token_budget=4096), prompts, replies, pairs)
    assert np.abs(resumed.mean - fresh.mean).max() < 1e-4


def test_running_out_of_memory_halves_the_batch(tiny_lm, six_dialogues, monkeypatch):
    lm = tiny_lm("chatml")
    whole, sizes = passes.whole, []

    def small_machine(lm, jobs):
        sizes.append(len(jobs))
        if len(jobs) > 2:
            raise torch.OutOfMemoryError
        return whole(lm, jobs)

    monkeypatch.setattr(passes, "whole", small_machine)
    limits(monkeypatch, whole_tokens=10**6, pass_tokens=10**6, shared_least=10**6)
    check(lm, six_dialogues[:2], budget=10**6)
    assert sizes == [6, 3, 1, 2, 3, 1, 2]


@pytest.mark.parametrize("step", ["whole", "extend", "packed"])
def test_too_little_memory_for_one_pair_names_the_dialogue(
    step, tiny_lm, six_dialogues, monkeypatch
):
    def no_memory(*_):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried ...")

    monkeypatch.setattr(passes, step, no_memory)
    limits(monkeypatch, whole_tokens=10**6 if step == "whole" else 1)
    prompts, replies, pairs = material(tiny_lm("chatml"), six_dialogues[:1])
    with pytest.raises(RemidError, match="dialogue 'd0'.*memory ran out.*max_prompt_tokens"):
        score_pairs(Runtime(tiny_lm("chatml"), token_budget=4096), prompts, replies, pairs)


def test_other_errors_pass_through(tiny_lm, six_dialogues, monkeypatch):
    def broken(*_):
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(passes, "whole", broken)
    monkeypatch.setattr(passes, "extend", broken)
    prompts, replies, pairs = material(tiny_lm("chatml"), six_dialogues[:1])
    with pytest.raises(RuntimeError, match="shapes"):
        score_pairs(Runtime(tiny_lm("chatml"), token_budget=4096), prompts, replies, pairs)
