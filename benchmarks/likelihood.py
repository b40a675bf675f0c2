"""Scoring pairs: ours against the paper's procedure, same pairs, same model, same run.

    python benchmarks/likelihood.py [--n 64] [--rounds 3] [--json]

The paper's procedure encodes every pair from its beginning, four at a time, padded on the right, with
transformers' own attention and cross-entropy over the whole vocabulary at every position. (Its own
code also loads the model from disk at every call, which is not counted.) Timing every pair its way
would take hours: a round times a few of its batches on pairs drawn at random, and right after them ours
on the whole reference budget or, where all pairs are asked for, on all pairs of one context drawn at
random, which leaves out what contexts share; figures are medians over rounds. On a CPU seconds are those
of the process on one core, so that other work on the machine does not count. Peak memory is that of a
process of its own, beyond the loaded model. With --json the last line is one JSON object.
"""

import argparse
import json
import multiprocessing
import re
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.information.negatives import negative_pairs
from remid.lm import model, prompts
from remid.lm.likelihood import score
from remid.lm.likelihood.thresholds import BY_DEVICE, Thresholds
from remid.lm.model import LanguageModel
from remid.lm.prompts import EncodedPrompt
from remid.lm.runtime import Runtime

BATCH = 4
CELLS = (
    ("reference_budget", 300),
    ("reference_budget", 900),
    ("all_pairs", 300),
    ("all_pairs", 900),
)
ONE_CONTEXT = "all_pairs"
"""Where a round of ours takes the n pairs of a single context."""


@dataclass(frozen=True)
class Material:
    """Prompts and replies of n dialogues, and the pairs that a design asks for."""

    encoded: Sequence[EncodedPrompt]
    replies: Sequence[tuple[int, ...]]
    pairs: np.ndarray

    def of_contexts(self, contexts: np.ndarray) -> np.ndarray:
        """Pairs of some contexts."""
        return self.pairs[np.isin(self.pairs[:, 0], contexts)]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=Path("models/base"))
    parser.add_argument("--data", type=Path, default=Path("data/dialogues.jsonl"))
    parser.add_argument("--n", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=2, help="of four pairs, the paper's way")
    parser.add_argument("--dtype", default="bfloat16", choices=["float32", "bfloat16"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--budget", type=int, default=16384, help="tokens held by one pass of ours")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--threshold", action="append", default=[], help="NAME=TOKENS, of likelihood/thresholds.py"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    lm = model.load(options.model, dtype=options.dtype, device=options.device)
    rows = {}
    for name, length in CELLS:
        part = material(lm, options, name, length)
        row = compare(lm, part, name, options) | memory(options, name, length)
        rows[f"{name}_{length}"] = row
        print(f"{name} {length}: {json.dumps(row)}", flush=True)
    if options.json:
        out = {
            "ratio_reference_budget": min(
                rows[f"reference_budget_{k}"]["ratio"] for k in (300, 900)
            ),
            "ratio_all_pairs": rows["all_pairs_900"]["ratio"],
            "dtype": options.dtype,
            "threads": torch.get_num_threads(),
            **rows,
        }
        print(json.dumps(out))
    return 0


def material(lm: LanguageModel, options: argparse.Namespace, name: str, length: int) -> Material:
    """Take n dialogues, prompts of about `length` tokens, and replies of about 30."""
    known = [d for d in jsonl.read(options.data) if d.split == "id_train"]
    chosen = known[: options.n]
    replies = [_reply(lm, dialogue) for dialogue in chosen]
    traces = [d.trace for d in known if d.trace]
    encoded = [_about(lm, d, traces[k:] + traces[:k], length) for k, d in enumerate(chosen)]
    n = len(chosen)
    rng = np.random.default_rng(1)
    design, per_context = ("cyclic", 4) if name == "reference_budget" else ("all", 1)
    negatives = negative_pairs(n, design=design, per_context=per_context, rng=rng)
    pairs = np.concatenate([np.stack([np.arange(n)] * 2, axis=1), negatives])
    return Material(encoded, replies, pairs)


def _reply(lm: LanguageModel, dialogue: Dialogue) -> tuple[int, ...]:
    """Take the reference's first sentences, as far as they come nearest to 30 tokens."""
    ends = [match.end() for match in re.finditer(r"[.!?;,:](?=\s|$)", dialogue.reference)]
    parts = [dialogue.reference[:end] for end in ends] or [dialogue.reference]
    sizes = [prompts.encode_reply(p, lm.chat, dialogue_id=dialogue.id) for p in parts]
    return min(sizes, key=lambda ids: abs(len(ids) - 30))


def _about(lm: LanguageModel, dialogue: Dialogue, notes: list[str], length: int) -> EncodedPrompt:
    """Drop turns from a prompt or add notes to it: real text in either case, not filler."""
    trace, last = "", None
    for note in ("", *notes):
        trace = f"{trace}\n{note}".strip()
        prompt = prompts.responder_prompt(dialogue, trace)
        encoded = prompts.encode(prompt, lm.chat, max_tokens=4096)
        if len(encoded.ids) > 1.15 * length:
            return last or _shortened(lm, prompt, length)
        last = encoded
    assert last is not None
    return last


def _shortened(lm: LanguageModel, prompt: prompts.Prompt, length: int) -> EncodedPrompt:
    while True:
        encoded = prompts.encode(prompt, lm.chat, max_tokens=4096)
        if len(encoded.ids) <= 1.15 * length or prompt.shorter is None:
            return encoded
        prompt = prompt.shorter()


def compare(
    lm: LanguageModel, part: Material, name: str, options: argparse.Namespace
) -> dict[str, float]:
    """Both sides in turn; medians of milliseconds per pair, and of their ratio."""
    rng = np.random.default_rng(0)
    paper_side(lm, part, part.pairs[:1])  # both sides warm
    ours_side(lm, part, part.pairs[:1], options)
    theirs, ours, errors = [], [], []
    for _ in tqdm(range(options.rounds), desc=f"{name}, {len(part.encoded[0].ids)} tokens"):
        contexts = rng.permutation(len(part.encoded))[: 1 if name == ONE_CONTEXT else None]
        mine = part.of_contexts(contexts)
        sample = mine[rng.permutation(len(mine))[: BATCH * options.batches]]
        start = clock(lm)
        truth = paper_side(lm, part, sample)
        theirs.append((clock(lm) - start) / len(sample))
        start = clock(lm)
        scores = ours_side(lm, part, mine, options)
        ours.append((clock(lm) - start) / len(mine))
        place = {tuple(pair): k for k, pair in enumerate(mine.tolist())}
        rows = [place[tuple(pair)] for pair in sample.tolist()]
        errors.append(np.abs(scores.sum[rows] - truth) / scores.tokens[rows])
    return {
        "pairs": len(part.pairs),
        "prompt_tokens": float(np.median([len(p.ids) for p in part.encoded])),
        "reply_tokens": float(np.median([len(r) for r in part.replies])),
        "paper_ms_per_pair": round(1000 * float(np.median(theirs)), 1),
        "ours_ms_per_pair": round(1000 * float(np.median(ours)), 1),
        "ratio": round(float(np.median(np.array(theirs) / np.array(ours))), 2),
        "largest_difference_nats_per_token": float(np.max(errors)),
    }


def clock(lm: LanguageModel) -> float:
    """Seconds: of this process on its cores, or of the wall where a GPU does the work."""
    if lm.kind == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


def paper_side(lm: LanguageModel, part: Material, pairs: np.ndarray) -> np.ndarray:
    """Return log q of each pair, each encoded from its beginning; nats per reply."""
    sums = []
    with lm.using(None):
        for start in range(0, len(pairs), BATCH):
            rows = [(part.encoded[i].ids, part.replies[j]) for i, j in pairs[start : start + BATCH]]
            longest = max(len(prompt) + len(reply) for prompt, reply in rows)
            ids = torch.zeros(len(rows), longest, dtype=torch.long)
            mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
            for k, (prompt, reply) in enumerate(rows):
                n = len(prompt) + len(reply)
                ids[k, :n] = torch.tensor(prompt + reply)
                mask[k, :n] = 1
                labels[k, len(prompt) : n] = torch.tensor(reply)
            ids, mask, labels = (tensor.to(lm.device) for tensor in (ids, mask, labels))
            logits = lm.model(input_ids=ids, attention_mask=mask).logits[:, :-1].float()
            losses = torch.nn.functional.cross_entropy(
                logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100, reduction="none"
            )
            sums += (-losses.view(len(rows), -1).sum(1)).tolist()
    return np.array(sums)


def ours_side(
    lm: LanguageModel, part: Material, pairs: np.ndarray, options: argparse.Namespace
) -> score.PairLogProbabilities:
    """Score the same pairs with this project's scorer."""
    runtime = Runtime(lm, token_budget=options.budget, thresholds=_thresholds(options))
    return score.score_pairs(runtime, part.encoded, part.replies, pairs)


def _thresholds(options: argparse.Namespace) -> Thresholds:
    changed = dict(each.split("=") for each in options.threshold)
    known = BY_DEVICE["cuda" if options.device.startswith("cuda") else "cpu"]
    return replace(known, **{name: int(tokens) for name, tokens in changed.items()})


def memory(options: argparse.Namespace, name: str, length: int) -> dict[str, float]:
    """Peak memory of each side in MB beyond the loaded model, each in a process of its own."""
    context = multiprocessing.get_context("spawn")
    peaks = {}
    for side in ("paper", "ours"):
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            peaks[f"{side}_peak_mb"] = pool.submit(_peak, options, name, length, side).result()
    return peaks


def _peak(options: argparse.Namespace, name: str, length: int, side: str) -> float:
    torch.set_num_threads(options.threads)
    lm = model.load(options.model, dtype=options.dtype, device=options.device)
    part = material(lm, options, name, length)
    longest = np.argsort([-len(prompt.ids) for prompt in part.encoded])
    pairs = part.of_contexts(longest[: 1 if name == ONE_CONTEXT else 6])
    lm.model(input_ids=torch.zeros(1, 8, dtype=torch.long, device=lm.device))
    before = _used(lm, reset=True)
    if side == "paper":
        paper_side(lm, part, pairs[:BATCH])
    else:
        ours_side(lm, part, pairs, options)
    return round(_used(lm) - before, 1)


def _used(lm: LanguageModel, *, reset: bool = False) -> float:
    """Peak since the last reset, in MB."""
    if lm.kind == "cuda":
        if reset:
            torch.cuda.reset_peak_memory_stats()
        return torch.cuda.max_memory_allocated() / 2**20
    if reset:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 2**10


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
