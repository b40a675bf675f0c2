"""Example dialogues of a card, taken apart into turns."""

import re
from collections.abc import Iterable, Iterator

from remid.domain.dialogue import Role, Turn

USER = ("user", "you")
"""Labels of the user's turns, beside what ``{{user}}`` became."""
CHARACTER = ("char", "character", "bot")
"""Labels of the character's turns, beside its names."""
# What parts one example from the next: a rule of signs on a line of its own is one too.
_BREAK = re.compile(
    r"<START>|^[ \t]*(?:END_OF_DIALOG(?:UE)?|(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|={3,}|~{3,}|_{3,})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_LABEL = re.compile(r"([^\W\d_][^\n:：*_<>{}\"]{0,39}?)\s*[:：](?:\s|$)")


class Speakers:
    """Which labels begin whose turns; upper and lower case do not matter."""

    def __init__(self, user: Iterable[str], character: Iterable[str]) -> None:
        self.user, self.character = frozenset(user), frozenset(character)
        self._lines = {"character": _line(self.character), "user": _line(self.user)}

    @classmethod
    def of(cls, names: Iterable[str], user: str) -> "Speakers":
        """Know a character by its names and by the first word of each."""
        own = set(names)
        # "Mira of the Lake" speaks as "Mira:".
        first = {re.split(r"[\s,]", name, maxsplit=1)[0] for name in own} - {""}
        taken = {name.casefold() for name in own}
        also = {label for label in first | {*CHARACTER} if label.casefold() not in USER}
        return cls({label for label in (user, *USER) if label.casefold() not in taken}, also | own)

    def spoken(self, line: str) -> tuple[Role, str] | None:
        """Tell whose turn a line begins, and its text: ``Mira: hi`` or ``**Mira:** hi``."""
        roles: tuple[Role, Role] = ("character", "user")
        for role in roles:
            if match := self._lines[role].match(line):
                return role, match["text"].strip()
        return None


def _line(labels: frozenset[str]) -> re.Pattern[str]:
    # Longest first: alternation takes the first that fits. (?!) fits nothing.
    known = "|".join(map(re.escape, sorted(labels, key=len, reverse=True))) or r"(?!)"
    return re.compile(
        rf"\s*(?P<mark>[*_]{{0,3}})\s*(?:{known})\s*"
        r"(?:(?P=mark)\s*[:：]|[:：]\s*(?P=mark))(?P<text>.*)",
        re.IGNORECASE,
    )


def blocks(text: str, speakers: Speakers) -> list[list[Turn]]:
    """Return the examples of a text whose macros are filled, each as its turns.

    Where only one side of an example is known by its label and one other label begins lines, that
    is the other side: ``Ana: hi`` is the user's where only the character is named.
    """
    found = []
    # An example is a conversation of its own: turns of two must not be joined.
    for block in _BREAK.split(text):
        turns = [*_turns(block, speakers)]
        roles = {turn.role for turn in turns}
        if len(roles) == 1 and (label := _other(block, speakers)):
            if roles == {"character"}:
                here = Speakers({*speakers.user, label}, speakers.character)
            else:
                here = Speakers(speakers.user, {*speakers.character, label})
            turns = [*_turns(block, here)]
        if block.strip():
            found.append(turns)
    return found


def first_turn(text: str, speakers: Speakers) -> int:
    """Return where the first labelled line begins; the length of the text where none does."""
    place = 0
    for line in text.split("\n"):
        if speakers.spoken(line) or _BREAK.match(line):
            return place
        place += len(line) + 1
    return len(text)


def _turns(block: str, speakers: Speakers) -> Iterator[Turn]:
    role: Role | None = None
    text: list[str] = []
    for line in block.split("\n"):
        if spoken := speakers.spoken(line):
            if role:
                yield Turn(role, "\n".join(text).strip())
            role, text = spoken[0], [spoken[1]]
        elif role:
            text.append(line)
    if role:
        yield Turn(role, "\n".join(text).strip())


def _other(block: str, speakers: Speakers) -> str:
    # Exactly one stranger: with two nobody knows which of them is the user.
    labels = {
        label[1].strip().casefold()
        for line in block.split("\n")
        if not speakers.spoken(line) and (label := _LABEL.match(line.strip()))
    }
    return labels.pop() if len(labels) == 1 else ""
