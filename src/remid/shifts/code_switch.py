"""Users who change their language in mid-chat."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.shift import primary
from remid.domain.streams import Stream, generator

UNKNOWN = "und"
"""BCP 47 for a language that nobody can tell."""


def code_switch(
    dialogues: Sequence[Dialogue], others: Iterable[Dialogue], *, name: str, seed: int
) -> list[Dialogue]:
    """Put a user turn of another language in the place of one of each dialogue, not of the last.

    It is a turn of a dialogue's twin where another language has one, else of any other dialogue,
    of the same place in its chat where it has that many. A dialogue of a single user turn is not
    built: what the reply answers stays as it is.

    Parameters
    ----------
    others : the dialogues whose turns are taken; those of a dialogue's own language are not.
    name : of the shift.
    """
    donors = sorted(
        (d for d in others if primary(d.language) != UNKNOWN), key=lambda dialogue: dialogue.id
    )
    twins: dict[str, list[Dialogue]] = defaultdict(list)
    for donor in donors:
        twins[donor.twin].append(donor)
    built = []
    for dialogue in dialogues:
        # A twin is about the same matter, so that what changes is the language more than the talk.
        found = _foreign(dialogue, twins.get(dialogue.id, ())) or _foreign(dialogue, donors)
        if found and dialogue.turns > 1:
            built.append(_switched(dialogue, found, name, seed))
    return built


def user_turns(dialogue: Dialogue) -> list[int]:
    """Return the places of the user's turns in the context."""
    return [k for k, turn in enumerate(dialogue.context) if turn.role == "user"]


def _foreign(dialogue: Dialogue, donors: Sequence[Dialogue]) -> list[Dialogue]:
    own = primary(dialogue.language)
    return [donor for donor in donors if primary(donor.language) != own]


def _switched(dialogue: Dialogue, donors: Sequence[Dialogue], name: str, seed: int) -> Dialogue:
    rng = generator(seed, Stream.CODE_SWITCH, dialogue.id)
    donor = donors[int(rng.integers(len(donors)))]
    places, theirs = user_turns(dialogue), user_turns(donor)
    which = int(rng.integers(len(places) - 1))
    text = donor.context[theirs[which if which < len(theirs) else 0]].text
    context = list(dialogue.context)
    context[places[which]] = Turn("user", text)
    return replace(
        dialogue,
        id=f"{name}/{dialogue.id}",
        context=tuple(context),
        split=name,
        trace="",
        # The last one is the root, whose reference is kept.
        parents=(donor.id, dialogue.id),
    )
