"""Reading back what an earlier stage wrote, which a kill, a disk or a hand may have damaged."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from remid.domain.errors import RemidError


def read_object(path: Path, remedy: str) -> dict[str, Any]:
    """Read a file that holds one JSON object.

    Parameters
    ----------
    remedy : what makes the file again, as the end of a sentence.

    Raises
    ------
    RemidError
        When it is absent, cannot be read, or holds anything else.
    """
    with readable(path, remedy):
        value = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(value, dict):
            raise ValueError(f"expected a JSON object, found {type(value).__name__}")
        return value


def read_rows(path: Path, remedy: str, fields: Mapping[str, type]) -> list[dict[str, Any]]:
    """Read a file of JSON objects, one a line, each with at least these fields.

    Raises
    ------
    RemidError
        Naming the line that is none.
    """
    rows = []
    with readable(path, remedy):
        lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        with readable(path, remedy, f", line {number}"):
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"expected a JSON object, found {type(row).__name__}")
            for name, kind in fields.items():
                if not isinstance(row.get(name), kind):
                    raise ValueError(f"expected {name!r} as {kind.__name__}")
            rows.append(row)
    return rows


@contextmanager
def readable(path: Path, remedy: str, where: str = "") -> Iterator[None]:
    """Turn what reading a damaged file raises into one sentence.

    Raises
    ------
    RemidError
        Naming the file, what is wrong with it, and the remedy.
    """
    try:
        yield
    except FileNotFoundError:
        raise RemidError(f"{path}: no such file; {remedy}.") from None
    except RemidError:
        raise
    except OSError as error:
        # Arrow raises an OSError without a number where the content is at fault.
        raise RemidError(
            f"{path}{where}: cannot be read ({first_line(error.strerror or error)}); {remedy}."
        ) from error
    # Whatever a parser makes of garbage: JSON and Unicode errors are ValueErrors.
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise RemidError(f"{path}{where}: is damaged ({first_line(error)}); {remedy}.") from error


def first_line(error: object) -> str:
    """Return what an error says, as far as a sentence has room for it."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else f"{text[:157]}..."
