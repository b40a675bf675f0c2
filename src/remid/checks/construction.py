"""Whether the built splits are what they claim: recomposed and shuffled from their parents."""

from collections import Counter
from collections.abc import Mapping

from remid.domain.dialogue import Dialogue, Turn
from remid.shifts.composition import words

Parents = Mapping[str, Dialogue]
"""The dialogues of id_test by id."""


def recomposed(dialogue: Dialogue, parents: Parents) -> str:
    """Say what keeps a turn_level dialogue from being two dialogues of id_test, joined.

    Both are of its persona and character, the first one's reference stands between them, and the
    second one's is the reference.
    """
    found = _parents(dialogue, parents, 2)
    if isinstance(found, str):
        return found
    first, second = found
    whole = (*first.context, Turn("character", first.reference), *second.context)
    if dialogue.context != whole:
        return f"context: not that of {first.id}, its reference, then that of {second.id}"
    return _held(dialogue, second)


def permuted(dialogue: Dialogue, parents: Parents) -> str:
    """Say what keeps a word_level dialogue from being its parent with the words reordered."""
    found = _parents(dialogue, parents, 1)
    if isinstance(found, str):
        return found
    (parent,) = found
    if len(dialogue.context) != len(parent.context):
        return f"context: {len(dialogue.context)} turns, its parent {len(parent.context)}"
    for k, (turn, origin) in enumerate(zip(dialogue.context, parent.context, strict=True)):
        # Multisets of words: a shuffle keeps how often each of them occurs.
        own, source = (
            Counter(match[0] for match in words(t.text, dialogue.language)) for t in (turn, origin)
        )
        if own != source:
            odd = sorted((own - source) + (source - own))
            return (
                f"context[{k}]: not its parent's words in another order (first of them {odd[0]!r})"
            )
        if turn.role != origin.role:
            return f"context[{k}]: spoken by the {turn.role}, in its parent by the {origin.role}"
    if dialogue.context == parent.context:
        return "context: in the order of its parent, nothing was shuffled"
    return _held(dialogue, parent)


def _parents(dialogue: Dialogue, known: Parents, count: int) -> tuple[Dialogue, ...] | str:
    if len(dialogue.parents) != count:
        return f"parents: {len(dialogue.parents)} named, expected {count}"
    for id in dialogue.parents:
        if id not in known:
            return f"parents: {id!r} is no dialogue of id_test"
    found = tuple([known[id] for id in dialogue.parents])
    if len({(p.persona, p.character) for p in found}) > 1:
        return "parents: not of one persona and character"
    return found


def _held(dialogue: Dialogue, parent: Dialogue) -> str:
    # A composition shift changes the context alone; all else is its parent's.
    for field in ("reference", "persona", "character", "language"):
        if getattr(dialogue, field) != getattr(parent, field):
            return f"{field}: differs from that of its parent {parent.id}"
    return ""
