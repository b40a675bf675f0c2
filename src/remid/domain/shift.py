"""What a shift is, and the declaration of all of a project's: any factor, any language."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

Builder = Literal["turn_level", "word_level", "depth", "typos", "code_switch", "no_persona"]
"""How a shift is constructed from the dialogues of id_test."""

ID_TRAIN = "id_train"
ID_TEST = "id_test"
NAME = re.compile(r"[A-Za-z0-9_-]+/[A-Za-z0-9_-]+")
"""Of a shift: ``factor/kind``."""


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from `least` to `most`, both included; None is no end."""

    least: int | None = None
    most: int | None = None

    def __contains__(self, number: int) -> bool:
        # Both ends are written as a reader would say them: "4 to 8 turns".
        low, high = self.least, self.most
        return (low is None or low <= number) and (high is None or number <= high)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` on and before `until`; None is no end."""

    since: date | None = None
    until: date | None = None

    def __contains__(self, day: date) -> bool:
        # Half open, so that periods that meet share no day.
        return (self.since is None or self.since <= day) and (
            self.until is None or day < self.until
        )


@dataclass(frozen=True, slots=True)
class Condition:
    """Which dialogues belong; all that is said must hold, and what is empty or None holds always."""

    language: tuple[str, ...] = ()
    """BCP 47 tags, of which one is the users'; ``zh`` holds for ``zh-TW`` too."""
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Each tag with its values, of which the dialogue has one; without values, it lacks the tag."""
    source: tuple[str, ...] = ()
    """Patterns (``*.json``), of which one is the tag ``source``."""
    persona: str = ""
    character: str = ""
    """Regular expressions, found somewhere in the text whatever the case."""
    turns: Span | None = None
    """User turns."""
    length: Span | None = None
    """Characters of the context, all turns together."""
    time: Period | None = None

    def within(self, other: "Condition") -> "Condition":
        """Take over from `other` what is not said here: a shift is ID but for what it names."""
        # Tag by tag, so that a shift of one tag keeps what ID says of the others.
        kept = {
            name: getattr(self, name) or getattr(other, name)
            for name in self.__dataclass_fields__
            if name != "tags"
        }
        return replace(self, **kept, tags=tuple((dict(other.tags) | dict(self.tags)).items()))


@dataclass(frozen=True, slots=True)
class Shift:
    """One shifted test split: dialogues that fit a condition, are built of ID, or say its name."""

    name: str
    """``factor/kind``, which is also the path of its file below ``splits/``."""
    when: Condition | None = None
    """Which dialogues without a split of their own belong; those of ID but for what it names."""
    build: Builder | None = None
    rate: float | None = None
    """Of word_level and typos: share of the words."""
    turns: int | None = None
    """Of depth: user turns of each dialogue."""

    @property
    def factor(self) -> str:
        """The input factor that it changes; shifts of one factor are pooled in the tables."""
        return self.name.split("/")[0]


@dataclass(frozen=True)
class Declaration:
    """All splits of a project, in the order of its tables."""

    shifts: tuple[Shift, ...] = ()
    id: Condition | None = None
    """Which dialogues without a split of their own are in distribution; None: those of no shift."""
    minimum: int = 1
    """Fewest dialogues of a shift that is measured."""
    _by_name: dict[str, Shift] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Looked up for every dialogue; made once, as a frozen dataclass is not changed.
        object.__setattr__(self, "_by_name", {shift.name: shift for shift in self.shifts})

    def get(self, split: str) -> Shift | None:
        """Return the shift of a split; None for ID."""
        return self._by_name.get(split)

    @property
    def test_splits(self) -> tuple[str, ...]:
        """ID's test split, then every shift."""
        return (ID_TEST, *self._by_name)

    @property
    def splits(self) -> tuple[str, ...]:
        """Every split."""
        return (ID_TRAIN, *self.test_splits)

    @property
    def built(self) -> frozenset[str]:
        """Shifts that are constructed from id_test, whose dialogues they share by design."""
        return frozenset(shift.name for shift in self.shifts if shift.build)

    def condition(self, split: str) -> Condition:
        """What holds for every dialogue of a split that was not built."""
        # A shift without a condition is brought by the corpus, and as ID but for what it changes.
        shift, of_id = self.get(split), self.id or Condition()
        return shift.when.within(of_id) if shift and shift.when else of_id

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the users in all splits, without their regions, sorted."""
        return tuple(sorted({primary(tag) for own in self._conditions() for tag in own.language}))

    def _conditions(self) -> Iterator[Condition]:
        yield self.id or Condition()
        yield from (shift.when for shift in self.shifts if shift.when)


def primary(tag: str) -> str:
    """Return the language of a BCP 47 tag, which puts it first: ``zh`` of ``zh-Hans``.

    >>> primary("pt-BR")
    'pt'
    """
    return tag.split("-")[0].lower()
