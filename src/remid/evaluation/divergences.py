"""How far inputs and outputs moved, from embeddings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from remid.domain.dialogue import Dialogue
from remid.domain.shift import ID_TEST
from remid.evaluation.table import Divergences
from remid.information.divergence import input_shift, representation_js
from remid.lm.embedding import embed

FACTORS = ("user", "character", "dialogue")


def factor_texts(dialogue: Dialogue) -> dict[str, str]:
    """U, C and D of a dialogue as texts."""
    turns = "\n".join(turn.text for turn in dialogue.context)
    return dict(
        zip(FACTORS, (dialogue.persona or "unknown", dialogue.character, turns), strict=True)
    )


def measure(
    encoder: Path,
    dialogues: Mapping[str, Sequence[Dialogue]],
    replies: Mapping[str, Mapping[str, Mapping[str, str]]],
    *,
    seed: int,
) -> Divergences:
    """Measure JS of every shift's inputs to ID's, and of every model's replies to the references.

    Parameters
    ----------
    replies : split to model to dialogue id to reply.
    """
    texts: list[str] = []
    for split, members in dialogues.items():
        for dialogue in members:
            texts += [*factor_texts(dialogue).values(), dialogue.reference]
            texts += [own[dialogue.id] for own in replies[split].values()]
    unique = list(dict.fromkeys(texts))
    row = dict(zip(unique, embed(encoder, unique, progress="embeddings"), strict=True))
    factors = {
        split: {name: np.stack([row[factor_texts(d)[name]] for d in members]) for name in FACTORS}
        for split, members in dialogues.items()
    }
    inputs = {
        split: input_shift(factors[ID_TEST], factors[split], rng=np.random.default_rng([seed, 4]))
        for split in dialogues
        if split != ID_TEST
    }
    outputs = {
        (model, split): representation_js(
            np.stack([row[texts[d.id]] for d in dialogues[split]]),
            np.stack([row[d.reference] for d in dialogues[split]]),
        )
        for split in dialogues
        for model, texts in replies[split].items()
    }
    return Divergences(inputs, outputs)
