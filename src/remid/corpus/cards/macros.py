"""Curly-braced macros of the V3 card specification, filled in once, the same every time."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

DEPTH = 32
"""Deepest nesting that is resolved; what lies deeper is text."""
LARGEST = 10**9
"""Largest die and bonus, and with `MOST_DICE` the bound of a roll."""
MOST_DICE = 1000
_BRACES = re.compile(r"\{\{|\}\}")
_LEFT = re.compile(r"\{\{\s*([^{}:\s]{1,40})[^{}]*\}\}")
_CALL = re.compile(r"\s*(//|[^\s:]+)\s*:{0,2}(.*)\Z", re.DOTALL)
_RANDOM_USER = re.compile(r"random_user_\d+")
"""Character.AI's, of whom its example conversations have several."""
_ANGLES = re.compile(r"<(user|bot|char)>", re.IGNORECASE)


@dataclass
class Macros:
    """Who is who in one card, and the draws its macros have seen.

    Upper and lower case and spaces around a macro's parts do not matter. `pick` chooses the same
    for the same options; `random` and `roll` draw anew. A macro that the specification does not
    define, such as ``{{time}}``, is left as it is and counted.
    """

    char: str
    """What ``{{char}}`` becomes: the nickname, or the name."""
    user: str
    rng: np.random.Generator
    left: Counter[str] = field(default_factory=Counter)
    """Macros that were left, by name."""
    _picked: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        """Resolve every macro of a text, the inner ones first; what they become is not read again."""
        # A stack: one list of pieces for every macro that is still open.
        parts: list[list[str]] = [[]]
        end = 0
        for brace in _BRACES.finditer(text):
            parts[-1].append(self._angled(text[end : brace.start()]))
            end = brace.end()
            # Deeper braces are text, so that no card can exhaust memory.
            if brace[0] == "{{" and len(parts) <= DEPTH:
                parts.append([])
            elif brace[0] == "}}" and len(parts) > 1:
                inner = "".join(parts.pop())
                value = self._value(inner)
                parts[-1].append("{{" + inner + "}}" if value is None else value)
            else:
                parts[-1].append(brace[0])
        parts[-1].append(self._angled(text[end:]))
        # What was opened and never closed is text again.
        filled = "{{".join("".join(part) for part in parts)
        self.left.update(name.lower() for name in _LEFT.findall(filled))
        return filled

    def _angled(self, text: str) -> str:
        names = {"user": self.user, "bot": self.char, "char": self.char}
        return _ANGLES.sub(lambda hit: names[hit[1].lower()], text)

    def _value(self, inner: str) -> str | None:
        call = _CALL.match(inner)
        if call is None:
            return None
        name, rest = call[1].lower(), call[2]
        if name.startswith("//"):
            return ""
        if _RANDOM_USER.fullmatch(name):
            return self.user
        known: dict[str, Callable[[str], str | None]] = {
            "char": lambda _: self.char,
            "bot": lambda _: self.char,
            "user": lambda _: self.user,
            "comment": lambda _: "",
            "hidden_key": lambda _: "",
            "random": lambda _: self._chosen(inner),
            "pick": lambda options: self._pick(options, inner),
            "roll": self._rolled,
            "reverse": lambda text: text[::-1],
        }
        return known[name](rest) if name in known else None

    def _pick(self, options: str, inner: str) -> str | None:
        # The same options give the same pick wherever they stand in the card.
        if options not in self._picked and (chosen := self._chosen(inner)) is not None:
            self._picked[options] = chosen
        return self._picked.get(options)

    def _chosen(self, inner: str) -> str | None:
        """Draw one of the options: after ``:`` parted by commas, after ``::`` by ``::``."""
        _, colon, options = inner.partition(":")
        if not colon:
            return None
        if options.startswith(":"):
            listed = options[1:].split("::")
        else:
            # A comma behind a backslash belongs to its option.
            listed = [part.replace("\\,", ",") for part in re.split(r"(?<!\\),", options)]
        return listed[int(self.rng.integers(len(listed)))].strip()

    def _rolled(self, dice: str) -> str | None:
        match = re.fullmatch(
            r"(?:(\d{0,4})d)?(\d{1,10})([+-]\d{1,10})?", dice.replace(" ", ""), re.I
        )
        if match is None:
            return None
        count, sides, bonus = int(match[1] or 1), int(match[2]), int(match[3] or 0)
        if not (1 <= count <= MOST_DICE and 1 <= sides <= LARGEST):
            return None
        return str(int(self.rng.integers(1, sides, count, endpoint=True).sum()) + bonus)
