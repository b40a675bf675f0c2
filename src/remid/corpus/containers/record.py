"""What a container yields: a plain value with its place, or why there is none at that place."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """One value of a file: a line, a row, an element of an array."""

    where: str
    """Its place, such as ``line 12`` or ``row 3, which ends on line 9``."""
    value: Any = None
    """Plain JSON values."""
    fault: str = ""
    """Why the bytes at this place are no value; empty if they are one."""
    part: str = ""
    """Name of the array, or of the data set's split, that it belongs to; empty if there is none."""
    number: int = 0
    """Counts the records of a file or part from 1, faulty ones included; 0 if it is alone in one."""

    @property
    def label(self) -> str:
        """Tells it from the other records of its file."""
        return ":".join(filter(None, (self.part, str(self.number or ""))))
