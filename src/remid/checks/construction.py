"""Whether built splits are what they claim: each dialogue is made again from its parents."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.shift import Builder, Shift, primary
from remid.shifts.code_switch import user_turns
from remid.shifts.composition import words
from remid.shifts.depth import told
from remid.shifts.typos import WORD, can_slip, slips, slips_of

_HELD = ("reference", "persona", "character", "language")


@dataclass(frozen=True)
class Parents:
    """What a split was built of."""

    shift: Shift
    id_test: Mapping[str, Dialogue]
    """By id."""
    others: Mapping[str, Dialogue] = field(default_factory=dict)
    """The dialogues of the other shifts, by id; none of id_train."""


def recomposed(dialogue: Dialogue, given: Parents) -> str:
    """Say what keeps a turn_level dialogue from being two dialogues of id_test, joined.

    Both are of its persona and character, the first one's reference stands between them, and the
    second one's is the reference.
    """
    found = _parents(dialogue, given, 2)
    if isinstance(found, str):
        return found
    first, second = found
    whole = (*first.context, Turn("character", first.reference), *second.context)
    if dialogue.context != whole:
        return f"context: not that of {first.id}, its reference, then that of {second.id}"
    return _held(dialogue, second)


def permuted(dialogue: Dialogue, given: Parents) -> str:
    """Say what keeps a word_level dialogue from being its parent with the words reordered."""
    found = _parents(dialogue, given, 1)
    if isinstance(found, str):
        return found
    (parent,) = found
    if odd := _in_step(dialogue, parent):
        return odd
    for k, (turn, origin) in enumerate(zip(dialogue.context, parent.context, strict=True)):
        # Multisets of words: a shuffle keeps how often each of them occurs.
        own, source = (
            Counter(match[0] for match in words(t.text, dialogue.language)) for t in (turn, origin)
        )
        if own != source:
            odd_words = sorted((own - source) + (source - own))
            return (
                f"context[{k}]: not its parent's words in another order (first of them "
                f"{odd_words[0]!r})"
            )
    if dialogue.context == parent.context:
        return "context: in the order of its parent, nothing was shuffled"
    return _held(dialogue, parent)


def deepened(dialogue: Dialogue, given: Parents) -> str:
    """Say what keeps a depth dialogue from being the last turns of its parents, one after the other.

    All are of its persona and character and of conversations of their own; the last one's
    reference is the reference.
    """
    found = _parents(dialogue, given, max(1, len(dialogue.parents)))
    if isinstance(found, str):
        return found
    if len({parent.conversation for parent in found}) < len(found):
        return "parents: two of one conversation"
    turns = given.shift.turns or 0
    if dialogue.turns != turns:
        return f"context: {dialogue.turns} user turns, expected {turns}"
    # A parent that the cut leaves nothing of is none.
    if dialogue.context != told(found, turns) or sum(p.turns for p in found[1:]) >= turns:
        return f"context: not the last {turns} user turns of {', '.join(dialogue.parents)}"
    if dialogue.context == found[-1].context:
        return "context: that of its parent, nothing was changed"
    return _held(dialogue, found[-1])


def mistyped(dialogue: Dialogue, given: Parents) -> str:
    """Say what keeps a typos dialogue from being its parent with the declared share of slips."""
    found = _parents(dialogue, given, 1)
    if isinstance(found, str):
        return found
    (parent,) = found
    if odd := _in_step(dialogue, parent):
        return odd
    for k, (turn, origin) in enumerate(zip(dialogue.context, parent.context, strict=True)):
        own, source = WORD.findall(turn.text), WORD.findall(origin.text)
        changed = [pair for pair in zip(own, source, strict=False) if pair[0] != pair[1]]
        # The spaces between are the parent's: with its words put back the turn is the parent's.
        if len(own) != len(source) or WORD.split(turn.text) != WORD.split(origin.text):
            return f"context[{k}]: not its parent's words one for one"
        if wrong := [new for new, old in changed if new not in slips(old)]:
            return f"context[{k}]: {wrong[0]!r} is not one slip away from its parent's word"
        able = sum(map(can_slip, source))
        rate = given.shift.rate or 0.0
        wanted = slips_of(able, rate) if turn.role == "user" else 0
        if len(changed) != wanted:
            return f"context[{k}]: {len(changed)} words with a slip, expected {wanted}"
    if dialogue.context == parent.context:
        return "context: that of its parent, without a slip"
    return _held(dialogue, parent)


def switched(dialogue: Dialogue, given: Parents) -> str:
    """Say what keeps a code_switch dialogue from being its parent with one turn of another language.

    The turn is the user's, is not the last, and is a user turn of the first of the two parents,
    which is in no training split.
    """
    if len(dialogue.parents) != 2:
        return f"parents: {len(dialogue.parents)} named, expected 2"
    donor = given.others.get(dialogue.parents[0])
    if donor is None:
        return f"parents: {dialogue.parents[0]!r} is no dialogue of another shift"
    parent = given.id_test.get(dialogue.parents[1])
    if parent is None:
        return f"parents: {dialogue.parents[1]!r} is no dialogue of id_test"
    if primary(donor.language) == primary(parent.language):
        return f"parents: both speak {parent.language!r}"
    if odd := _in_step(dialogue, parent):
        return odd
    pairs = enumerate(zip(dialogue.context, parent.context, strict=True))
    changed = [k for k, (turn, origin) in pairs if turn != origin]
    if len(changed) != 1 or changed[0] not in user_turns(parent)[:-1]:
        return f"context: {len(changed)} turns changed, expected one of the user's before the last"
    theirs = {donor.context[k].text for k in user_turns(donor)}
    if dialogue.context[changed[0]].text not in theirs:
        return f"context[{changed[0]}]: no user turn of {donor.id}"
    return _held(dialogue, parent)


def unnamed(dialogue: Dialogue, given: Parents) -> str:
    """Say what keeps a no_persona dialogue from being its parent without the persona."""
    found = _parents(dialogue, given, 1)
    if isinstance(found, str):
        return found
    (parent,) = found
    if dialogue.persona or not parent.persona:
        return "persona: not taken away"
    if dialogue.context != parent.context:
        return f"context: differs from that of its parent {parent.id}"
    return _held(dialogue, parent, but="persona")


Proof = Callable[[Dialogue, Parents], str]
PROOFS: Mapping[Builder, tuple[str, Proof]] = {
    "turn_level": ("recomposed", recomposed),
    "word_level": ("permuted", permuted),
    "depth": ("deepened", deepened),
    "typos": ("mistyped", mistyped),
    "code_switch": ("switched", switched),
    "no_persona": ("unnamed", unnamed),
}
"""Each way of building to the rule that its dialogues keep, and its name."""


def _parents(dialogue: Dialogue, given: Parents, count: int) -> tuple[Dialogue, ...] | str:
    if len(dialogue.parents) != count:
        return f"parents: {len(dialogue.parents)} named, expected {count}"
    for id in dialogue.parents:
        if id not in given.id_test:
            return f"parents: {id!r} is no dialogue of id_test"
    found = tuple([given.id_test[id] for id in dialogue.parents])
    if len({(p.persona, p.character) for p in found}) > 1:
        return "parents: not of one persona and character"
    return found


def _in_step(dialogue: Dialogue, parent: Dialogue) -> str:
    """Say where the turns are not the parent's, speaker by speaker."""
    if len(dialogue.context) != len(parent.context):
        return f"context: {len(dialogue.context)} turns, its parent {len(parent.context)}"
    for k, (turn, origin) in enumerate(zip(dialogue.context, parent.context, strict=True)):
        if turn.role != origin.role:
            return f"context[{k}]: spoken by the {turn.role}, in its parent by the {origin.role}"
    return ""


def _held(dialogue: Dialogue, parent: Dialogue, *, but: str = "") -> str:
    # What a shift does not change is its parent's.
    for name in _HELD:
        if name != but and getattr(dialogue, name) != getattr(parent, name):
            return f"{name}: differs from that of its parent {parent.id}"
    return ""
