"""Scoring pairs: ours against the paper's procedure, same pairs, same model, same run.

The paper's procedure encodes every pair from its beginning, four at a time with padding on the right,
and takes cross-entropy over the whole vocabulary at every position. (Its own code also loads the model
from disk at every call, which is not counted here.) Its side is timed on a random sample of the pairs
and scaled to their number; ours is timed on all of them.
"""

import argparse
import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.information.club import negative_pairs
from remid.scoring import likelihood, model, prompts

BATCH = 4


def paper_procedure(
    lm: model.LanguageModel,
    encoded: Sequence[prompts.EncodedPrompt],
    replies: Sequence[tuple[int, ...]],
    pairs: np.ndarray,
) -> np.ndarray:
    """Return log q of each pair, each encoded from scratch; nats per reply."""
    sums = []
    with lm.using(None):
        for start in range(0, len(pairs), BATCH):
            part = pairs[start : start + BATCH]
            rows = [[*encoded[i].ids, *replies[j]] for i, j in part]
            longest = max(map(len, rows))
            ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
            mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
            labels = ids.clone()
            for k, (i, _) in enumerate(part):
                labels[k, : len(encoded[i].ids)] = -100
                labels[k, len(rows[k]) :] = -100
            logits = lm.model(input_ids=ids, attention_mask=mask).logits[:, :-1].float()
            losses = torch.nn.functional.cross_entropy(
                logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100, reduction="none"
            )
            sums += (-losses.view(len(part), -1).sum(1)).tolist()
    return np.array(sums)


def material(
    lm: model.LanguageModel, dialogues: Sequence[Dialogue], n: int, length: int
) -> tuple[list[prompts.EncodedPrompt], list[tuple[int, ...]]]:
    """Prompts of about `length` tokens from real dialogues, and their reference replies."""
    encoded, replies = [], []
    for k in range(n):
        own = dialogues[k]
        trace = own.trace
        others = iter(dialogues[k + 1 :] + dialogues[:k])
        while True:
            prompt = prompts.encode(prompts.responder_prompt(own, trace), lm.chat, max_tokens=4096)
            if len(prompt.ids) >= length:
                break
            # Longer prompts get more notes, from other dialogues: real text, not filler.
            trace += "\n" + next(o.trace for o in others if o.trace)
        encoded.append(prompt)
        replies.append(tuple(prompts.encode_reply(own.reference, lm.chat, dialogue_id=own.id)))
    return encoded, replies


def timed(work, *arguments, **options) -> tuple[float, np.ndarray]:
    """Seconds and result."""
    start = time.perf_counter()
    result = work(*arguments, **options)
    return time.perf_counter() - start, result


def compare(lm, encoded, replies, pairs, *, sample: int, budget: int) -> dict[str, float]:
    """Both sides on the same pairs; the ratio of their seconds."""
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(pairs))[: max(BATCH, sample)]
    theirs, truth = timed(paper_procedure, lm, encoded, replies, pairs[chosen])
    theirs *= len(pairs) / len(chosen)
    ours, scores = timed(likelihood.score_pairs, lm, encoded, replies, pairs, token_budget=budget)
    error = np.abs(scores.sum[chosen] - truth) / scores.tokens[chosen]
    return {
        "pairs": len(pairs),
        "prompt_tokens": float(np.mean([len(p.ids) for p in encoded])),
        "reply_tokens": float(np.mean([len(r) for r in replies])),
        "paper_ms_per_pair": 1000 * theirs / len(pairs),
        "ours_ms_per_pair": 1000 * ours / len(pairs),
        "ratio": theirs / ours,
        "largest_difference_nats_per_token": float(error.max()),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Print the comparison at two lengths and two budgets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/base"))
    parser.add_argument("--data", type=Path, default=Path("data/dialogues.jsonl"))
    parser.add_argument("--n", type=int, default=64)
    parser.add_argument("--sample", type=int, default=24, help="pairs timed on the paper's side")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--budget", type=int, default=16384)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    lm = model.load(options.model, dtype=options.dtype, device="cpu")
    dialogues = [d for d in jsonl.read(options.data) if d.split == "id_train"]
    results = {}
    for length in (300, 900):
        encoded, replies = material(lm, dialogues, options.n, length)
        own = np.stack([np.arange(options.n)] * 2, axis=1)
        rng = np.random.default_rng(1)
        for name, design, per in (("reference_budget", "cyclic", 4), ("all_pairs", "all", 1)):
            negatives = negative_pairs(options.n, design=design, per_context=per, rng=rng)
            pairs = np.concatenate([own, negatives])
            row = compare(lm, encoded, replies, pairs, sample=options.sample, budget=options.budget)
            results[f"{name}_{length}"] = row
            print(name, length, {key: round(value, 5) for key, value in row.items()}, flush=True)
    if options.json:
        out = {
            "ratio_reference_budget": min(
                results[f"reference_budget_{length}"]["ratio"] for length in (300, 900)
            ),
            "ratio_all_pairs": results["all_pairs_900"]["ratio"],
            "details": results,
        }
        print(json.dumps(out))


if __name__ == "__main__":
    main()
