"""When the checks fail: the section `check` of the parameters, in plain types."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds of the checks."""

    near_duplicate: float
    """Jaccard similarity of 5-character shingles from which two dialogues count as the same."""
    max_characters: int
    """Longest text of a field, in characters."""
    reply_length_ratio: float
    """Largest ratio between a quartile of a split's reply lengths and that of id_test, in bytes."""
    balance_ratio: float
    """Largest ratio between a shift's number of dialogues and the median over its factor."""
    max_share: float
    """Largest share of a test split's dialogues with one persona, or with one character."""
