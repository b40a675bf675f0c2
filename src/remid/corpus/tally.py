"""What an import read, changed, dropped and refused, counted as it goes."""

from collections import Counter
from dataclasses import dataclass, field

from remid.corpus.sample import Sample
from remid.domain.dialogue import Dialogue

EXAMPLES = 20
"""How many refusals are remembered word for word."""
LONG = 10
"""Turns from which a dialogue is counted as long."""


@dataclass(slots=True)
class Tally:
    """Counters of one import."""

    formats: Counter[str] = field(default_factory=Counter)
    """Format to files that were read as it."""
    records: int = 0
    """Records that gave a dialogue."""
    refused: Counter[str] = field(default_factory=Counter)
    """Reason to records left out."""
    changed: Counter[str] = field(default_factory=Counter)
    """What was joined, dropped, replaced or made."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """Reason to files of a folder that were not read."""
    languages: Counter[str] = field(default_factory=Counter)
    turns: Counter[str] = field(default_factory=Counter)
    """User turns to dialogues."""
    examples: list[str] = field(default_factory=list)
    """The first refusals with their places."""
    _where: str = ""

    def refuse(self, where: str, reason: str, detail: str = "") -> None:
        """Count a record that is left out."""
        self.refused[reason] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{where}: {detail or reason}")

    def refuse_sample(self, sample: Sample) -> None:
        """Count a refused sample."""
        self.refuse(sample.where, sample.refusal, sample.detail)

    def pass_over(self, file: str, reason: str) -> None:
        """Count a file of a folder that holds nothing to read."""
        self.passed_over[reason] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{file}: {reason}")

    def take(self, dialogue: Dialogue, where: str) -> None:
        """Count a dialogue that is written, and its record once."""
        # Several dialogues of one record follow one another, and count it once.
        self.records += where != self._where
        self._where = where
        self.languages[dialogue.language] += 1
        turns = dialogue.turns
        self.turns[str(turns) if turns < LONG else f"{LONG} or more"] += 1
