"""What reaches a terminal: no escape codes but our own, and no line through a progress bar."""

import logging
import re
import sys
from typing import IO, Any

from tqdm import tqdm

# Control characters but tab and line feed; and what reorders or hides text (Unicode TR 36, 3.1).
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_UNPRINTABLE = re.compile(f"[{_CONTROL}]")
# Colours, which tables have on a terminal, are all that is left of escape codes on the way there.
_UNPRINTABLE_BUT_COLOURS = re.compile(rf"(\x1b\[[0-9;]{{0,20}}m|\r?\n)|([{_CONTROL}])")
NOISY = (
    "httpx",
    "httpx2",
    "httpcore",
    "openai",
    "DeepSpeed",
    "great_expectations",
    "alembic",
    "filelock",
)
"""Libraries that report their every step."""


def printable(text: str) -> str:
    r"""Write what a terminal would obey as what it is.

    >>> printable("\x1b[2Jgone\x07"), printable("two\nlines")
    ('\\x1b[2Jgone\\x07', 'two\nlines')
    """
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


class Printable:
    """A text stream on which nothing but text and colours arrives."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text as :func:`printable` has it, colours kept."""
        self._stream.write(
            _UNPRINTABLE_BUT_COLOURS.sub(
                lambda match: match[1] or match[2].encode("unicode_escape").decode("ascii"), text
            )
        )
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Lines(logging.Handler):
    """Log lines above the progress bars, to standard error."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(message)s"))
        self.addFilter(_ours_or_a_warning)

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line; bars are taken away and drawn again below it."""
        try:
            tqdm.write(printable(self.format(record)), file=sys.stderr)
        except Exception:
            self.handleError(record)


def _ours_or_a_warning(record: logging.LogRecord) -> bool:
    # Not by their level: libraries set their own loggers' when they are imported.
    name = record.name.partition(".")[0]
    if name in NOISY:
        return record.levelno >= logging.ERROR
    return name in ("remid", "__main__") or record.levelno >= logging.WARNING


def prepare(*, quiet: bool = False) -> None:
    """Send log lines through here; of a quiet command errors alone."""
    logging.basicConfig(level=logging.INFO, handlers=[Lines()])
    logging.getLogger().setLevel(logging.ERROR if quiet else logging.INFO)


def guard_output() -> None:
    """Let nothing but text and colours reach standard output from here on."""
    if not isinstance(sys.stdout, Printable):
        sys.stdout = Printable(sys.stdout)  # type: ignore[assignment]
