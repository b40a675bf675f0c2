"""Rollouts behind a prompt that is read once: the same as each read from its beginning."""

import torch

from remid.training import grpo_log_probabilities

PROMPTS = [(5, 6, 7, 8), (9, 10), (5, 6, 7, 8)]
COMPLETIONS = [(11, 12, 13), (14, 15), (16,)]
WIDTH, TEMPERATURE = 3, 0.7


def padded():
    ids, mask = torch.zeros(3, 4 + WIDTH, dtype=torch.long), torch.zeros(3, 4 + WIDTH)
    for row, (prompt, completion) in enumerate(zip(PROMPTS, COMPLETIONS, strict=True)):
        places = slice(4 - len(prompt), 4 + len(completion))
        ids[row, places] = torch.tensor(prompt + completion)
        mask[row, places] = 1
    return ids, mask


def alone(model):
    """Log-probabilities and entropies of each completion, read with its prompt in one row."""
    for prompt, completion in zip(PROMPTS, COMPLETIONS, strict=True):
        logits = model(input_ids=torch.tensor([prompt + completion])).logits[0]
        every = (logits / TEMPERATURE).log_softmax(-1)[len(prompt) - 1 : -1]
        yield (
            every[range(len(completion)), list(completion)],
            torch.distributions.Categorical(logits=every).entropy(),
        )


def gradients(model):
    found = [own.grad.clone() for own in model.parameters() if own.grad is not None]
    model.zero_grad()
    return found


def test_log_probabilities_entropies_and_gradients(tiny_lm):
    model = tiny_lm("chatml").model
    weights = [0.5, -2.0, 3.0]  # an advantage for each rollout
    parts = list(alone(model))
    sum(w * own.sum() for w, (own, _) in zip(weights, parts, strict=True)).backward()
    expected = gradients(model)
    ids, mask = padded()
    scored = grpo_log_probabilities.score(model, model.config, ids, mask, WIDTH, TEMPERATURE)
    for row, (own, entropy) in enumerate(parts):
        n = len(own)
        torch.testing.assert_close(scored.log_probabilities[row, :n], own, atol=1e-5, rtol=0)
        torch.testing.assert_close(scored.entropies[row, :n], entropy, atol=1e-5, rtol=0)
    inside = mask[:, -WIDTH:]
    ((scored.log_probabilities * inside).sum(1) * torch.tensor(weights)).sum().backward()
    found = gradients(model)
    assert len(found) == len(expected) > 0
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


def test_a_prompt_is_read_once(tiny_lm):
    model, read = tiny_lm("chatml").model, []
    hook = model.get_input_embeddings().register_forward_pre_hook(
        lambda _, arguments: read.append(tuple(arguments[0].shape))
    )
    ids, mask = padded()
    with torch.no_grad():
        grpo_log_probabilities.score(model, model.config, ids, mask, WIDTH, TEMPERATURE)
    hook.remove()
    assert read == [(1, 4), (2, 2), (1, 2), (1, 2)]
