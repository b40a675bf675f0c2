"""What equal precision costs: cyclic negatives on our scorer against random ones on the paper's.

All n x n scores are computed once; then each design draws its negative pairs many times, and the spread
of R-EMI over the draws and dialogues gives the standard error that a budget of pairs buys.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from remid.corpus import jsonl
from remid.information.club import negative_pairs
from remid.scoring import likelihood, model, prompts


def draw_error(
    scores: np.ndarray, design: str, per_context: int, draws: int, rng: np.random.Generator
) -> float:
    """Standard deviation of vCLUB over draws of the negative pairs alone, nats."""
    values = []
    for _ in range(draws):
        pairs = negative_pairs(len(scores), design=design, per_context=per_context, rng=rng)
        values.append(np.diag(scores).mean() - scores[pairs[:, 0], pairs[:, 1]].mean())
    return float(np.std(values))


def main() -> None:
    """Print the ratio of pairs, and with the scorers' ratio that of seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/base"))
    parser.add_argument("--data", type=Path, default=Path("data/dialogues.jsonl"))
    parser.add_argument("--n", type=int, default=48)
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument(
        "--scorer-ratio", type=float, default=4.0, help="likelihood.py's ratio_reference_budget"
    )
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    lm = model.load(options.model, dtype=options.dtype, device="cpu")
    own = [d for d in jsonl.read(options.data) if d.split == "id_train" and d.trace][: options.n]
    encoded = [
        prompts.encode(prompts.responder_prompt(d, d.trace), lm.chat, max_tokens=2048) for d in own
    ]
    replies = [tuple(prompts.encode_reply(d.reference, lm.chat, dialogue_id=d.id)) for d in own]
    n = len(own)
    grid = np.stack(np.meshgrid(np.arange(n), np.arange(n), indexing="ij"), -1).reshape(-1, 2)
    scores = likelihood.score_pairs(
        lm, encoded, replies, grid, token_budget=16384, progress="all pairs"
    ).mean.reshape(n, n)
    rng = np.random.default_rng(0)
    cyclic = draw_error(scores, "cyclic", 4, options.draws, rng)
    random = {k: draw_error(scores, "random", k, options.draws, rng) for k in (4, 8, 16, 32)}
    ratio = (random[4] / cyclic) ** 2
    print(
        f"standard error of the draw, 4 negatives a context: cyclic {cyclic:.5f}, random {random}"
    )
    print(f"random needs {ratio:.1f} times the negative pairs for cyclic's standard error")
    if options.json:
        out = {
            "ratio_pairs": ratio,
            "ratio_scorer": options.scorer_ratio,
            "ratio_equal_precision": ratio * options.scorer_ratio,
        }
        print(json.dumps(out))


if __name__ == "__main__":
    main()
