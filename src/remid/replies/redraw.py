"""When a model answers with nothing."""

from remid.domain.streams import Stream, generator

REDRAWS = 3
"""How often an empty reply is drawn again; a greedy one would only be the same again."""


def redraw_seed(seed: int, attempt: int) -> int:
    """Return the seed of an attempt; the first one draws with the seed itself."""
    if attempt == 0:
        return seed
    return int(generator(seed, Stream.REDRAW, attempt).integers(2**31))
