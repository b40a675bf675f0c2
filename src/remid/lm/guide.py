"""Reasoning traces that keep their form: headings are written for the reasoner, loops are ended.

A small reasoner breaks off its own corpus: it forgets the headings or repeats one line to the end
of its room. The guide decides, token by token, whether what was drawn stands, or whether the
section ends there and the next heading is written in its place. What is written under the headings
is the reasoner's own.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from remid.domain.trace import HEADINGS
from remid.lm.chat import Chat

SECTION_SHARE = 0.22
"""Most of the room that one of the first sections may take; the features get the rest."""
LOOP = 6
"""Tokens whose second occurrence in a section counts as the beginning of a loop."""
MOST_FEATURES = 6


@dataclass
class TraceGuide:
    """Guides one text; call :meth:`take` with every token that was drawn."""

    chat: Chat
    room: int
    """Tokens of the whole trace, headings included."""
    _section: int = -1
    _own: list[int] = field(default_factory=list)
    """What the reasoner wrote in this section."""
    _queue: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._next_section("")

    def take(self, token: int, ends: Collection[int]) -> int:
        """Return the token that is written where `token` was drawn."""
        if not self._queue:
            written = self._judge(token, ends)
            if written is not None:
                return written
        return self._queue.pop(0)

    def _judge(self, token: int, ends: Collection[int]) -> int | None:
        """Return the token if it stands, or the end of turn; None once a heading is queued."""
        text = self.chat.decode([*self._own, token])
        last = self._section == len(HEADINGS) - 1
        if token not in ends and not self._closed(text, token, last=last):
            self._own.append(token)
            return token
        if last:
            return self.chat.end_of_turn
        self._next_section(self.chat.decode(self._own))
        return None

    def _closed(self, text: str, token: int, *, last: bool) -> bool:
        """Whether the section ends before `token`, whose text is the end of `text`."""
        lines = text.split("\n")
        if last:
            # One feature a line, each said once.
            features = [line.strip() for line in lines[:-1] if line.strip("- ")]
            begun = lines[-1]
            odd = len(lines) > 1 and bool(begun) and not begun.startswith("-"[: len(begun)])
            if odd or len(set(features)) < len(features) or len(features) >= MOST_FEATURES:
                return True
        elif text.strip() and len(lines) > 1:
            return True  # one paragraph a section
        most = self.room if last else int(SECTION_SHARE * self.room)
        return len(self._own) >= most or self._loops(token)

    def _loops(self, token: int) -> bool:
        tail = [*self._own[-(LOOP - 1) :], token]
        seen = range(len(self._own) - LOOP)
        return len(tail) == LOOP and any(self._own[k : k + LOOP] == tail for k in seen)

    def _next_section(self, before: str) -> None:
        self._section += 1
        self._own = []
        heading = f"## {HEADINGS[self._section]}\n"
        if self._section and not before.endswith("\n"):
            heading = "\n" + heading
        if self._section == len(HEADINGS) - 1:
            heading += "- "
        self._queue = list(self.chat.content(heading))
