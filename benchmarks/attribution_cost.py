"""What the attribution by factors costs, beside the evaluation whose figures it divides.

    python benchmarks/attribution_cost.py [--json]

Counts what is read and written for n dialogues of id_test: positions that the decoder reads to score
replies, shared beginnings once, and traces of the reasoner. Nothing is computed by a model, so the
counts are exact and alike on every machine. Models under test are stood for by replies of other
dialogues, traces by the corpus's own.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.shift import ID_TEST
from remid.evaluation.design import cluster_names, root_order
from remid.evaluation.dialogues import Evaluated
from remid.evaluation.score import Wanted, score_split
from remid.evaluation.scored import Counts
from remid.evaluation.swaps import Context, compose, composed_keys, swap_split
from remid.information.negatives import negative_pairs, partner_pairs
from remid.lm.chat import Chat
from remid.lm.likelihood.passes import Job, Line
from remid.lm.model import load_chat
from remid.lm.runtime import Runtime
from remid.replies.scorable import tokenised
from remid.store.cache import ContentCache

REPLY_TOKENS = 27
"""Scored of every reply: half of an English reference (evaluate.reply_share)."""


@dataclass
class Counted:
    """A model that is asked, and how many positions it would have read."""

    chat: Chat
    positions: int = 0
    kind: str = "cpu"
    packs: bool = True

    def identity(self, adapter: str | None) -> str:
        """Name it."""
        return str(adapter)

    @contextmanager
    def using(self, adapter: str | None) -> Iterator[None]:
        """Answer with any adapter."""
        assert adapter is None
        yield

    def passes(self) -> dict[str, Any]:
        """The passes of `remid.lm.likelihood.passes`, as counts."""

        def read(lines: Sequence[Line], *, once: bool) -> list[np.ndarray]:
            tails = {line.tail for line in lines} if once else [line.tail for line in lines]
            self.positions += sum(map(len, tails))
            self.positions += sum(len(line.reply) - 1 for line in lines)
            return [np.zeros(len(line.reply)) for line in lines]

        def whole(_: object, jobs: Sequence[Job]) -> list[list[np.ndarray]]:
            self.positions += sum(len(job.prefix) for job in jobs)
            return [read(job.lines, once=True) for job in jobs]

        def extend(*given: Any) -> None:
            self.positions += len(given[-1])

        return {
            "whole": whole,
            "extend": extend,
            "packed": lambda *given: read(given[-1], once=True),
            "expanded": lambda *given: read(given[-1], once=False),
            "empty_cache": lambda *_: None,
            "crop": lambda *_: None,
        }


def main(argv: list[str]) -> int:
    """Count both for a few sizes and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("models/base"), help="its tokenizer")
    parser.add_argument("--data", type=Path, default=Path("data/dialogues.jsonl"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    chat = load_chat(options.model)
    dialogues = [d for d in jsonl.read(options.data) if d.split == ID_TEST]
    if not dialogues:  # a corpus that is not split yet
        dialogues = list(jsonl.read(options.data))
    rows = [cost(chat, dialogues[:n], models) for n in (20, 21, 44) for models in (1, 3, 8)]
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.3g"))
    if options.json:
        print(json.dumps(rows))
    return 0


def cost(chat: Chat, dialogues: Sequence[Dialogue], models: int) -> dict[str, float]:
    """Positions and traces of an evaluation and of the attribution of its figures."""
    members = [
        Evaluated(
            dialogue,
            {f"model {m}": tokenised(dialogues[k - m - 1].reference, chat) for m in range(models)},
            dialogue.trace,
        )
        for k, dialogue in enumerate(dialogues)
    ]
    n = len(members)
    order, names = root_order(dialogues, 1), cluster_names(dialogues)
    labels = np.unique([names[d.id] for d in dialogues], return_inverse=True)[1]
    pairs = negative_pairs(n, design="cyclic", per_context=2, order=order, clusters=labels)
    wanted = Wanted(pairs, tuple(d.id for d in dialogues), reply_tokens=REPLY_TOKENS)
    partners = partner_pairs(order, labels)
    # The trace over a composed context is as long as that over the dialogue it speaks of.
    contexts = {
        key: Context(compose(dialogues, key), dialogues[key[2]].trace)
        for key in composed_keys(partners)
    }
    found: dict[str, float] = {"dialogues": n, "models": models}
    model: Any = Counted(chat)
    with (
        TemporaryDirectory() as folder,
        closing(ContentCache(Path(folder) / "scores.sqlite")) as kept,
        patch.multiple("remid.lm.likelihood.passes", **model.passes()),
    ):
        # What the evaluation scored comes from the cache, as in `remid diagnose --attribution`.
        runtime = Runtime(model, max_prompt_tokens=7000, cache=kept)
        score_split(runtime, ID_TEST, members, wanted, Counts())
        found["positions, evaluation"] = model.positions
        model.positions = 0
        swap_split(runtime, ID_TEST, members, partners, contexts, reply_tokens=REPLY_TOKENS)
        found["positions, attribution"] = model.positions
    found["positions, ratio"] = found["positions, attribution"] / found["positions, evaluation"]
    return {**found, "traces, ratio": len(contexts) / n}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
