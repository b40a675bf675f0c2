"""How far inputs and outputs moved, from embeddings."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from remid.domain.dialogue import REFERENCE, Dialogue
from remid.domain.shift import ID_TEST
from remid.domain.streams import Stream, generator
from remid.evaluation.dialogues import Evaluated, Evaluation
from remid.evaluation.table import Divergences
from remid.information.arrays import FloatArray, IntArray
from remid.information.divergence import stacked_gram
from remid.information.moved import Divergence, divergence, input_shift
from remid.lm.chat import Chat
from remid.lm.embedding import embed
from remid.store.cache import ContentCache

FACTORS = ("user", "character", "dialogue")


def factor_texts(dialogue: Dialogue) -> dict[str, str]:
    """U, C and D of a dialogue as texts."""
    turns = "\n".join(turn.text for turn in dialogue.context)
    return dict(
        zip(FACTORS, (dialogue.persona or "unknown", dialogue.character, turns), strict=True)
    )


def cluster_labels(names: Sequence[str]) -> IntArray:
    """Number clusters by their names, the same name alike wherever it stands."""
    return np.array(
        # 56 bits: they fit a signed integer, and names of a corpus do not meet by chance.
        [int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big") for name in names],
        dtype=np.int64,
    )


def measure(
    encoder: Path,
    evaluation: Evaluation,
    chat: Chat,
    *,
    clusters: Mapping[str, str],
    seed: int,
    cache: ContentCache | None = None,
) -> Divergences:
    """Measure JS of every shift's inputs to ID's, and of every model's replies to the references.

    Parameters
    ----------
    chat : chat format of the scoring model, whose tokens are counted.
    clusters : dialogue id to the name of its cluster.
    cache : embeddings, kept by content.
    """
    starts = _starts(evaluation, chat)
    parts = {d.id: factor_texts(d) for d in evaluation.dialogues}
    texts = (text for own in parts.values() for text in own.values())
    row = _embeddings(encoder, [*texts, *starts.values()], cache)
    # (n, d) of each factor: the rows of a split in the order of its dialogues.
    factors = {
        split: {
            name: np.stack([row[parts[one.dialogue.id][name]] for one in members])
            for name in FACTORS
        }
        for split, members in evaluation.splits.items()
    }
    labels = {
        split: cluster_labels([clusters[one.dialogue.id] for one in members])
        for split, members in evaluation.splits.items()
    }
    inputs = {
        split: input_shift(
            factors[ID_TEST],
            own,
            id_clusters=labels[ID_TEST],
            shift_clusters=labels[split],
            rng=generator(seed, Stream.DIVERGENCE_FLOOR),
        )
        for split, own in factors.items()
        if split != ID_TEST
    }
    return Divergences(inputs, _outputs(evaluation, starts, row, labels, seed))


def _outputs(
    evaluation: Evaluation,
    starts: Mapping[tuple[str, str], str],
    row: Mapping[str, FloatArray],
    labels: Mapping[str, IntArray],
    seed: int,
) -> dict[tuple[str, str], Divergence]:
    def embedded(source: str, members: Sequence[Evaluated]) -> FloatArray:
        return np.stack([row[starts[source, one.dialogue.id]] for one in members])

    return {
        (model, split): divergence(
            stacked_gram(embedded(model, members), embedded(REFERENCE, members)),
            labels[split],
            labels[split],
            generator(seed, Stream.DIVERGENCE_FLOOR, split),
            # Reply and reference to one dialogue have its matter in common: exchanged, not dealt anew.
            paired=True,
        )
        for split, members in evaluation.splits.items()
        for model in evaluation.models
    }


def _starts(evaluation: Evaluation, chat: Chat) -> dict[tuple[str, str], str]:
    """What is compared of every reply, as long as its reference: by source and dialogue id."""
    starts: dict[tuple[str, str], str] = {}
    for split, members in evaluation.splits.items():
        limit = evaluation.reply_tokens[split]
        for one in members:
            key = one.dialogue.id
            # As long as what is scored: a longer text would differ by its length alone.
            starts[REFERENCE, key] = chat.first(one.dialogue.reference, limit)
            for model, reply in one.replies.items():
                starts[model, key] = chat.start(reply.text, reply.ids[:-1], limit)
    return starts


def _embeddings(
    encoder: Path, texts: Sequence[str], cache: ContentCache | None
) -> dict[str, FloatArray]:
    """Text to its embedding; equal texts are embedded once."""
    unique = list(dict.fromkeys(texts))
    return dict(
        zip(unique, embed(encoder, unique, cache=cache, progress="embeddings"), strict=True)
    )
