"""What equal precision costs: cyclic negatives on our scorer, random ones on the paper's.

    python benchmarks/precision.py [--n 64] [--replies replies.jsonl] [--json]

All n x n pairs are scored. From them come the variance that each design's draw adds to the estimate
(the dialogues' own share is the same under both) and k*, the negatives per context with which the
random draw would be as precise as the cyclic one with four:

    Var_random(k) = (1/n^2) sum_i s_i^2 (1/k - 1/(n - 1)),   s_i^2 over the replies j != i

Compute is counted in pairs, each a whole encoding in the paper's procedure: (1 + k*) / (1 + 4).
Times the ratio of seconds on the same pairs, measured here as in likelihood.py, it is the ratio of
seconds to equal precision. With --replies (JSON Lines of `id` and `reply`) the estimate is R-EMI of
those replies, else EMI of the references. With --json the last line is one JSON object.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from likelihood import Material, compare

from remid.corpus import jsonl
from remid.information.negatives import negative_pairs
from remid.lm import model, prompts
from remid.lm.likelihood import score
from remid.lm.model import LanguageModel
from remid.lm.runtime import Runtime

PER_CONTEXT = 4


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=Path("models/base"))
    parser.add_argument("--data", type=Path, default=Path("data/dialogues.jsonl"))
    parser.add_argument("--replies", type=Path, default=None)
    parser.add_argument("--n", type=int, default=64)
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=2, help="of four pairs, the paper's way")
    parser.add_argument("--dtype", default="bfloat16", choices=["float32", "bfloat16"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--budget", type=int, default=16384)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    lm = model.load(options.model, dtype=options.dtype, device=options.device)
    part, scores = all_scores(lm, options)
    rng = np.random.default_rng(0)
    out: dict[str, float | str] = {"n": len(part.encoded), "unit": "nats per token"}
    out |= needed(scores, rng, options.draws)
    pairs = negative_pairs(len(part.encoded), design="cyclic", per_context=PER_CONTEXT, rng=rng)
    own = np.stack([np.arange(len(part.encoded))] * 2, axis=1)
    budget = Material(part.encoded, part.replies, np.concatenate([own, pairs]))
    out["ratio_scorer"] = compare(lm, budget, "reference_budget", options)["ratio"]
    out["ratio_equal_precision"] = out["ratio_pairs"] * out["ratio_scorer"]
    for key, value in out.items():
        print(f"{key}: {value}")
    if options.json:
        print(json.dumps(out))
    return 0


def all_scores(lm: LanguageModel, options: argparse.Namespace) -> tuple[Material, np.ndarray]:
    """Score every reply under every context: S, or S of the replies less S of the references."""
    given = {}
    if options.replies:
        rows = map(json.loads, options.replies.read_text(encoding="utf-8").splitlines())
        given = {row["id"]: row["reply"] for row in rows if row["reply"].strip()}
    known = [d for d in jsonl.read(options.data) if d.trace or d.id in given]
    chosen = [d for d in known if not given or d.id in given][: options.n]
    n = len(chosen)
    encoded = [
        prompts.encode(prompts.responder_prompt(d, d.trace), lm.chat, max_tokens=4096)
        for d in chosen
    ]
    sources = [{d.id: d.reference for d in chosen}, *([given] if given else [])]
    grid = np.stack(np.meshgrid(np.arange(n), np.arange(n), indexing="ij"), -1).reshape(-1, 2)
    scores, replies = [], []
    for texts in sources:
        replies = [prompts.encode_reply(texts[d.id], lm.chat, dialogue_id=d.id) for d in chosen]
        result = score.score_pairs(
            Runtime(lm, token_budget=options.budget), encoded, replies, grid, progress="all pairs"
        )
        scores.append(result.mean.reshape(n, n))
    return Material(encoded, replies, grid), scores[-1] - scores[0] if given else scores[0]


def needed(scores: np.ndarray, rng: np.random.Generator, draws: int) -> dict[str, float]:
    """Negatives per context that the random draw needs to match the cyclic one."""
    n = len(scores)
    estimates = []
    for _ in range(draws):
        pairs = negative_pairs(n, design="cyclic", per_context=PER_CONTEXT, rng=rng)
        estimates.append(scores[pairs[:, 0], pairs[:, 1]].mean())
    cyclic = float(np.var(estimates))
    others = scores[~np.eye(n, dtype=bool)].reshape(n, n - 1)
    spread = float(others.var(axis=1, ddof=1).sum()) / n**2
    k = 1 / (cyclic / spread + 1 / (n - 1))
    return {
        "standard_error_cyclic": float(np.sqrt(cyclic)),
        "standard_error_random": float(np.sqrt(spread * (1 / PER_CONTEXT - 1 / (n - 1)))),
        "random_negatives_needed": k,
        "ratio_pairs": (1 + k) / (1 + PER_CONTEXT),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
