"""Parameters of the splits: which dialogues are in distribution, and which shifts there are."""

import re
from collections import Counter
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from remid.domain.shift import (
    NAME,
    Builder,
    Condition,
    Declaration,
    Period,
    Shift,
    Span,
)
from remid.params.section import Section


def _listed(value: object) -> object:
    """``de`` is ``[de]``."""
    return (value,) if isinstance(value, str) else value


def _ends(value: object) -> object:
    """``4`` is ``{least: 4, most: 4}``."""
    # bool is an int to Python, and no count.
    return (
        {"least": value, "most": value}
        if isinstance(value, int) and not isinstance(value, bool)
        else value
    )


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(strict=False)]


class Numbers(Section):
    """A range of counts; one number is that number alone."""

    least: int | None = Field(default=None, ge=0)
    """Least, included."""
    most: int | None = Field(default=None, ge=0)
    """Most, included."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"least {self.least} is above most {self.most}")
        return self


class Days(Section):
    """A range of days, of the tag that holds a time."""

    since: date | None = Field(default=None, strict=False)
    """First day."""
    until: date | None = Field(default=None, strict=False)
    """First day that is not in it any more."""


class When(Section):
    """Which dialogues belong; all that is said must hold."""

    language: Texts = ()
    """BCP 47 tags of the users' language, one or several; ``zh`` holds for ``zh-TW`` too."""
    tags: dict[str, Texts] = {}  # noqa: RUF012  pydantic copies defaults
    """A tag's value, or several, of which the dialogue has one; an empty list: it lacks the tag."""
    source: Texts = ()
    """File or data set that a dialogue is from (its tag ``source``), patterns such as ``*.json``."""
    persona: str = ""
    """Regular expression found in the user's persona, whatever the case."""
    character: str = ""
    """Regular expression found in the text of the character, whatever the case."""
    turns: Annotated[Numbers | None, BeforeValidator(_ends)] = None
    """User turns, a number or ``{least: 3, most: 9}``."""
    length: Annotated[Numbers | None, BeforeValidator(_ends)] = None
    """Characters of the context, all turns together, likewise."""
    time: Days | None = None
    """When it was, ``{since: 2025-01-01, until: 2025-07-01}``, by a tag such as ``time`` or ``date``."""

    @field_validator("persona", "character")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"is no regular expression ({error})") from None
        return pattern

    @property
    def condition(self) -> Condition:
        """The same in the domain's types."""
        spans = {"turns": self.turns, "length": self.length}
        return Condition(
            language=self.language,
            tags=tuple(self.tags.items()),
            source=self.source,
            persona=self.persona,
            character=self.character,
            **{key: Span(own.least, own.most) if own else None for key, own in spans.items()},
            time=Period(self.time.since, self.time.until) if self.time else None,
        )


class Declared(Section):
    """One shift: dialogues of a condition, or built of id_test, or those that name it as split."""

    name: str
    """``factor/kind``; the factor that it changes, such as ``user``, and a name of its own."""
    when: When | None = None
    """Which dialogues belong: those of ``id`` but for what is said here."""
    build: Builder | None = None
    """How it is constructed from id_test, where no dialogue names it as its split."""
    rate: float | None = Field(default=None, gt=0, le=1)
    """Share of the words, of typos and word_level (there split.word_rate by default)."""
    turns: int | None = Field(default=None, gt=0)
    """User turns of each dialogue, of depth."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of a shift, which is factor/kind")
        if self.name.endswith(("/low", "/high")):
            # emid.FACTOR.low is the lower end of the factor's own interval.
            raise ValueError(f"{self.name!r} has the name of an end of an interval")
        if self.when is not None and self.build is not None:
            raise ValueError(f"{self.name!r} has both `when` and `build`, of which it takes one")
        for field, builders in (("turns", ("depth",)), ("rate", ("typos", "word_level"))):
            own = getattr(self, field)
            if own is not None and self.build not in builders:
                raise ValueError(f"{self.name!r} has {field!r}, which is for {', '.join(builders)}")
            if own is None and self.build == builders[0]:
                raise ValueError(f"{self.name!r} is built by {self.build} and lacks {field!r}")
        return self


class Shifts(Section):
    """The splits: what is in distribution, and every shift, in the order of the tables."""

    minimum: int = Field(ge=1, le=10**6)
    """Fewest dialogues of a shift; one with fewer is named and left out."""
    id: When | None = None
    """Which dialogues without a split of their own are in distribution; null: those of no shift."""
    declared: tuple[Declared, ...] = Field(strict=False)
    """The shifts."""

    @model_validator(mode="after")
    def _once(self) -> Self:
        name, count = next(iter(Counter(own.name for own in self.declared).most_common(1)), ("", 1))
        if count > 1:
            raise ValueError(f"two shifts have the name {name!r}")
        return self

    def declaration(self, *, word_rate: float) -> Declaration:
        """The same in the domain's types.

        Parameters
        ----------
        word_rate : share of the words that word_level moves where the shift says nothing.
        """

        def shift(own: Declared) -> Shift:
            rate: Any = word_rate if own.build == "word_level" and own.rate is None else own.rate
            when = own.when.condition if own.when else None
            return Shift(own.name, when, own.build, rate, own.turns)

        of_id = self.id.condition if self.id else None
        return Declaration(tuple(map(shift, self.declared)), of_id, self.minimum)
