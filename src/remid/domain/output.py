"""What a command reports, apart from how it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from remid.domain.errors import RemidError


@dataclass(frozen=True)
class Output:
    """The result of a command: once for programs, once for people."""

    content: object
    """What ``--json`` prints: plain values, mappings, sequences and dataclasses (docs/json.md)."""
    parts: Sequence[object] = field(default=())
    """The same as lines and as tables (`remid.report.tables.Grid`), in the order of printing."""
    exceeded: str = ""
    """The threshold that was exceeded, as a sentence: the command ends with status 3."""


class Unfit(RemidError):
    """A mistake with a result: what was found is printed before the sentence."""

    def __init__(self, message: str, output: Output) -> None:
        super().__init__(message)
        self.output = output
