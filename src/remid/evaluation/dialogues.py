"""The dialogues of an evaluation: one record each, made once and followed by id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from remid.domain.dialogue import Dialogue
from remid.replies.scorable import ScorableReply


@dataclass(frozen=True)
class Evaluated:
    """One dialogue on its way to a number."""

    dialogue: Dialogue
    replies: Mapping[str, ScorableReply]
    """Model to its reply; every model of the evaluation has one."""
    trace: str = ""
    """The reasoner's trace; empty gives EMI without reasoning."""


@dataclass(frozen=True)
class Evaluation:
    """All dialogues of one evaluation."""

    splits: Mapping[str, Sequence[Evaluated]]
    missing: Mapping[str, int]
    """Split to its dialogues left out because a model has no reply to them."""

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The models under test, in the order of the tables."""
        first = next((own[0] for own in self.splits.values() if own), None)
        return tuple(first.replies) if first else ()

    @property
    def dialogues(self) -> list[Dialogue]:
        """Every dialogue, split after split."""
        return [one.dialogue for members in self.splits.values() for one in members]

    def traced(self, traces: Mapping[str, str]) -> "Evaluation":
        """Give each dialogue its trace, by dialogue id."""
        return replace(
            self,
            splits={
                split: tuple(replace(one, trace=traces[one.dialogue.id]) for one in members)
                for split, members in self.splits.items()
            },
        )

    def texts(self, model: str) -> dict[str, str]:
        """Return one model's replies by dialogue id."""
        return {
            one.dialogue.id: one.replies[model].text
            for members in self.splits.values()
            for one in members
        }


def gather(
    splits: Mapping[str, Sequence[Dialogue]],
    replies: Mapping[str, Mapping[str, ScorableReply]],
    *,
    wanted: Mapping[str, Sequence[Dialogue]] | None = None,
) -> Evaluation:
    """Make one record of every dialogue that all models replied to, and count the others.

    Parameters
    ----------
    replies : model to dialogue id to reply.
    wanted : the dialogues whose absence counts as missing; those of `splits` by default.
    """
    found: dict[str, tuple[Evaluated, ...]] = {}
    missing: dict[str, int] = {}
    for split, members in splits.items():
        found[split] = tuple(
            Evaluated(d, {model: own[d.id] for model, own in replies.items()})
            for d in members
            if all(d.id in own for own in replies.values())
        )
        asked = members if wanted is None else wanted[split]
        missing[split] = sum(any(d.id not in own for own in replies.values()) for d in asked)
    return Evaluation(found, missing)
