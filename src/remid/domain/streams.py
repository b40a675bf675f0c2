"""Every random stream of numpy's, by name: one seed for all of them, and no two purposes share one.

Text is sampled from torch's generators, each seeded by what it is for: by the prompt in
`remid.lm.generation`, by step and rollout in `remid.training.grpo`.
"""

from enum import Enum, unique

import numpy as np


@unique
class Stream(Enum):
    """What is drawn; the value is the number that follows the seed.

    Where it is below 0 no number does, and the stream is told from others by the texts alone.
    """

    SPLIT_ORDER = -1
    """Order of the dialogues in a split; the split's name."""
    PHASE_DIALOGUES = -2
    """Dialogues that a phase of CoRL is trained on; the phase's folder."""
    WORD_ORDER = -3
    """Words shuffled for word_level; the dialogue's id."""
    ID_SPLIT = 1
    """Persona and character pairs that are kept for id_test."""
    WORST_CASE = 2
    """Multipliers behind the interval of the largest loss."""
    HELD_OUT = 3
    """Dialogues of id_train that CoRL keeps apart to measure its progress."""
    TRAINING_ORDER = 4
    """Order in which models under test take dialogues of id_train."""
    AUGMENTATION = 5
    """What is changed in augmented dialogues."""
    CANDIDATES = 6
    """Seeds of the sampled replies that dpo and rejection rank."""
    JUDGE_AGREEMENT = 8
    """Dialogues resampled for how far a judge agrees."""
    NEGATIVE_PAIRS = 9
    """Replies scored under other dialogues' contexts; the split's name."""
    DIVERGENCE_FLOOR = 10
    """Relabelled inputs, as far apart as no shift makes them, and inputs with shuffled factors."""
    CORRUPTION = 11
    """Which replies the ordering study corrupts; the kind of corruption."""
    SHUFFLED_REPLY = 13
    """Words of a reply in another order, for how much the order says; the shuffling, the text."""
    BOUNDS = 15
    """Draws behind the intervals of the bounds; the model, the shift."""
    CARD_MACROS = 14
    """What a card's own dice and choices come to; the seed is the card's content."""
    HUMAN_AGREEMENT = 16
    """Contexts resampled for how far people agree with a measure, or with each other."""
    REPLACED_REFERENCES = 20
    """Which references the positive control replaces, and by whose; the split."""
    HALVES = 21
    """Halves of id_test that the negative control compares; the source, the unit."""
    SLICES = 23
    """Signs of clusters behind the search for slices; the model, the unit."""
    TYPOS = 24
    """Slips in the words of users; the dialogue's id."""
    CODE_SWITCH = 25
    """Which user turn becomes one of another language; the dialogue's id."""
    REDRAW = 12
    """Seed of another attempt where a model answered with nothing; the attempt, from 1."""


def generator(seed: int, stream: Stream, *parts: str | int) -> np.random.Generator:
    """Return the generator of a stream, at its start.

    Parameters
    ----------
    parts : what tells draws of one stream apart, such as a split's name.
    """
    # SeedSequence mixes all words of the key: streams of nearby seeds do not overlap.
    key = [seed] if stream.value < 0 else [seed, stream.value]
    for part in parts:
        # A text becomes its bytes, one word of the key each.
        key += part.encode() if isinstance(part, str) else [part]
    return np.random.default_rng(key)
