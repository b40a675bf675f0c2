"""A reasoning trace: notes over (user, character, dialogue) under four headings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

HEADINGS = ("User", "Character", "Dialogue", "Features")
"""In order; the last holds the feature block."""


@dataclass(frozen=True)
class Trace:
    """A reasoning trace, taken apart."""

    sections: Mapping[str, str]
    """Heading to what stands below it, in order."""
    features: tuple[str, ...]
    """Lines of the feature block."""

    @property
    def well_formed(self) -> bool:
        """All headings in order, and a feature block at the end."""
        return tuple(self.sections) == HEADINGS and bool(self.features)


def parse_trace(text: str) -> Trace:
    """Take a trace apart; what stands before the first heading is ignored."""
    # [preamble, heading, body, heading, body, ...], the preamble dropped.
    parts = re.split(r"^## *(.+?) *$", text, flags=re.MULTILINE)[1:]
    sections = {
        heading: body.strip() for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }
    features = tuple(
        line[2:].strip()
        for line in sections.get(HEADINGS[-1], "").splitlines()
        if line.startswith("- ") and line[2:].strip()
    )
    return Trace(sections, features)
