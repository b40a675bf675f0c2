"""The dialogues of an evaluation: one record each, made once and followed by id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from remid.domain.dialogue import Dialogue
from remid.lm.templates import well_formed
from remid.replies.scorable import ScorableReply


@dataclass(frozen=True)
class Evaluated:
    """One dialogue on its way to a number."""

    dialogue: Dialogue
    replies: Mapping[str, ScorableReply]
    """Model to its reply; every model of the evaluation has one."""
    trace: str = ""
    """What the responder is shown; empty gives EMI without reasoning."""
    formed: bool | None = None
    """Whether the reasoner's trace was well formed; None where it wrote none."""


@dataclass(frozen=True)
class Evaluation:
    """All dialogues of one evaluation."""

    splits: Mapping[str, Sequence[Evaluated]]
    missing: Mapping[str, int]
    """Split to its dialogues left out because a model has no reply to them."""
    reply_tokens: Mapping[str, int | None]
    """Split to how many tokens of every reply are scored; None for all."""

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The models under test, in the order of the tables."""
        first = next((own[0] for own in self.splits.values() if own), None)
        return tuple(first.replies) if first else ()

    @property
    def dialogues(self) -> list[Dialogue]:
        """Every dialogue, split after split."""
        return [one.dialogue for members in self.splits.values() for one in members]

    def traced(
        self, traces: Mapping[str, str], well_formed: Callable[[str], bool] = well_formed
    ) -> "Evaluation":
        """Give each dialogue its trace, by dialogue id; a malformed one is replaced by none."""

        def own(one: Evaluated) -> Evaluated:
            text = traces[one.dialogue.id]
            # A broken trace says nothing of the dialogue, and would be scored as if it did.
            formed = well_formed(text)
            return replace(one, trace=text if formed else "", formed=formed)

        splits = {split: tuple(map(own, members)) for split, members in self.splits.items()}
        return replace(self, splits=splits)

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
    reply_tokens: Mapping[str, int | None],
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
        # Models are compared on the same dialogues: one that any model lacks is left out for all.
        missing[split] = sum(any(d.id not in own for own in replies.values()) for d in asked)
    return Evaluation(found, missing, reply_tokens)
