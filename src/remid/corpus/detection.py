"""Which format a file has: every reader says how surely it is its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from remid.corpus import containers, png
from remid.corpus.containers import Record
from remid.corpus.files import opened
from remid.corpus.options import Options
from remid.corpus.readers.known import ASKED, REPLY, at, first
from remid.corpus.registry import CARDS, OWN, READERS, add_plugins, named
from remid.domain.errors import RemidError

__all__ = ["CARDS", "Found", "detect"]

LOOKED_AT = 16
"""Records that are asked about."""
SURE = 0.6
"""Mean score from which a format is taken."""
CERTAIN = 0.95
"""Mean score of what is inside of an object from which the object itself is not looked at."""
APART = 0.1
"""How far the next best must be behind."""
_CARD_FILES = (".png", ".apng", ".charx", ".yaml", ".yml", ".webp", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class Found:
    """A format, and where in the file its records are."""

    format: str
    """A key of `READERS`."""
    nested: bool = False
    """Whether the file is an object of arrays of records."""
    fields: frozenset[str] = frozenset()
    """Which of the options persona and character name a field of its first records."""


class Unclear(RemidError):
    """The file can be read, and no reader is sure that it is its own."""


def detect(path: Path, options: Options) -> Found:
    """Tell a file's format from its first records.

    Raises
    ------
    RemidError
        For an unknown `options.format`, a file that is no container of records, and one of which no
        reader is sure: then the two nearest are named.
    """
    mapped = options.mapping is not None and bool(options.mapping.turns)
    wanted = "chat" if mapped else named(options.format) if options.format else None
    if wanted in (OWN, CARDS):
        return Found(wanted)
    if wanted is None and _is_card_file(path):
        return Found(CARDS)
    # An object may be a record, or stand around arrays of them: both are asked.
    inner = _inner(path, options.encoding)
    within = _ranked(inner)
    of_arrays = all(record.number for record in inner)
    if not mapped and of_arrays and _beyond_doubt(within) and wanted in (None, within[0][1]):
        # And a large file need not be read as one object.
        return Found(within[0][1], nested=True, fields=_fields(inner, options))
    # A fault behind the first records does not hide what they are.
    plain, error = _few(containers.records(path, encoding=options.encoding))
    if error and not plain:
        raise error
    if wanted:
        nested = not mapped and _mean(wanted, inner) > _mean(wanted, plain)
        return Found(wanted, nested, _fields(inner if nested else plain, options))
    ranked = _ranked(plain)
    # Only where the object itself is nobody's is its inside looked at.
    nested = ranked[0][0] < SURE and within[0][0] > ranked[0][0]
    best, runner = (within if nested else ranked)[:2]
    if best[0] >= SURE and best[0] - runner[0] >= APART:
        return Found(best[1], nested, _fields(inner if nested else plain, options))
    raise error or Unclear(f"{path}: {_doubt(best, runner, plain or inner)}.")


def _fields(records: Sequence[Record], options: Options) -> frozenset[str]:
    return frozenset(
        name
        for name in ("persona", "character")
        if (field := getattr(options, name))
        and any(at(record.value, field) is not None for record in records)
    )


def _beyond_doubt(ranked: Sequence[tuple[float, str]]) -> bool:
    return ranked[0][0] >= CERTAIN and ranked[0][0] - ranked[1][0] >= APART


def _is_card_file(path: Path) -> bool:
    if str(path).startswith(containers.HUB) or path.is_dir():
        return False
    with opened(path) as file:
        head = file.read(8)
    return path.suffix.lower() in _CARD_FILES or head.startswith((png.SIGNATURE, b"PK\x03\x04"))


def _inner(path: Path, encoding: str | None) -> Sequence[Record]:
    """Return the first records inside of the arrays of an object, if the file is one."""
    if containers.kind_of(path, encoding=encoding) not in ("objects", "lines"):
        return ()
    return _few(containers.nested(path, encoding=encoding))[0]


def _few(records: Iterator[Record]) -> tuple[Sequence[Record], RemidError | None]:
    """Return the first records that can be read, and the error that ended them."""
    found: list[Record] = []
    error = None
    try:
        found.extend(islice(records, LOOKED_AT))
    except RemidError as raised:
        error = raised
    sound = [record for record in found if not record.fault]
    return (sound if 2 * len(sound) >= len(found) else []), error


def _ranked(records: Sequence[Record]) -> list[tuple[float, str]]:
    add_plugins()
    return sorted(((_mean(name, records), name) for name in READERS), key=lambda row: -row[0])


def _mean(name: str, records: Sequence[Record]) -> float:
    """Return the mean score of the better half: the odd record of a file is no other format."""
    if not records:
        return 0.0
    scores = sorted((READERS[name].score(record.value) for record in records), reverse=True)
    half = scores[: (len(scores) + 1) // 2]
    return sum(half) / len(half)


def _doubt(best: tuple[float, str], runner: tuple[float, str], plain: Sequence[Record]) -> str:
    def shown(row: tuple[float, str]) -> str:
        return f"{row[1]} ({READERS[row[1]].title})"

    values = [record.value for record in plain if isinstance(record.value, dict)]
    if values and all(first(value, REPLY) and not first(value, ASKED) for value in values):
        return (
            "it holds replies without what they answer, and no dialogues; give it to `remid reply "
            "NAME --file`, or name a reader with --format"
        )
    if best[0] == 0:
        fields = next((list(r.value) for r in plain if isinstance(r.value, dict)), [])
        have = f"fields {', '.join(map(str, fields[:8]))}" if fields else "no objects"
        return (
            f"its format is not clear, its records have {have}; say where what is with --turns, "
            f"--role, --text and --user, or name one of {', '.join(READERS)} with --format"
        )
    if runner[0] > 0:
        return (
            f"its format is not clear, nearest are {shown(best)} and {shown(runner)}; name one "
            "with --format, or say where what is with --turns, --role, --text and --user"
        )
    return (
        f"its format is not clear, nearest is {shown(best)}; name it with --format, or say where "
        "what is with --turns, --role, --text and --user"
    )
