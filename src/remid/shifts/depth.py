"""Chats of a given depth: the last so many user turns of what one user and character said."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from remid.domain.dialogue import Dialogue, Turn


def depth(dialogues: Sequence[Dialogue], *, name: str, turns: int) -> list[Dialogue]:
    """Put earlier dialogues of the same persona and character before each, and cut at `turns`.

    The earlier ones are those before it by id, the first after the last, of other conversations.
    A dialogue whose user and character did not say enough is not built, nor one that is as deep.

    Parameters
    ----------
    name : of the shift.
    turns : user turns of each built dialogue, the last one included.
    """
    groups: dict[tuple[str, str], list[Dialogue]] = defaultdict(list)
    for dialogue in sorted(dialogues, key=lambda d: d.id):
        groups[dialogue.persona, dialogue.character].append(dialogue)
    built = []
    for members in groups.values():
        for k, last in enumerate(members):
            chain = _chain(last, [*members[k + 1 :], *members[:k]][::-1], turns)
            if chain is not None and last.turns != turns:
                built.append(_deep(chain, name, turns))
    return built


def _chain(last: Dialogue, earlier: Sequence[Dialogue], turns: int) -> list[Dialogue] | None:
    """Return the dialogues to be told one after the other; None where they are too short."""
    chain, told, said = [last], {last.conversation}, last.turns
    for dialogue in earlier:
        if said >= turns:
            break
        # Replies cut out of one conversation hold each other's turns: told twice they were no chat.
        if dialogue.conversation not in told:
            chain.insert(0, dialogue)
            told.add(dialogue.conversation)
            said += dialogue.turns
    return chain if said >= turns else None


def _deep(chain: Sequence[Dialogue], name: str, turns: int) -> Dialogue:
    last = chain[-1]
    parents = tuple(dialogue.id for dialogue in chain)
    return replace(
        last,
        id=f"{name}/{'+'.join(parents)}",
        context=told(chain, turns),
        split=name,
        trace="",
        parents=parents,
    )


def told(chain: Sequence[Dialogue], turns: int) -> tuple[Turn, ...]:
    """Return the last `turns` user turns of dialogues told one after the other, and what is between.

    The reference of each but the last is what its character said.
    """
    # Written out once whole: the proof in remid.checks compares with the same cut of it.
    whole = [
        turn
        for dialogue in chain[:-1]
        for turn in (*dialogue.context, Turn("character", dialogue.reference))
    ]
    whole += chain[-1].context
    places = [k for k, turn in enumerate(whole) if turn.role == "user"]
    return tuple(whole[places[-turns] :])
