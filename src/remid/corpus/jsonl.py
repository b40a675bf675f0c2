"""The project's own files: JSON Lines, one Dialogue a line, strict."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from remid.corpus.files import lines
from remid.corpus.sample import Sample, converted, malformed
from remid.corpus.unique import Unique
from remid.domain.dialogue import Dialogue, Role, Turn
from remid.domain.errors import RemidError
from remid.store.whole import replacing


class _Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: Role
    text: str


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Dialogue that refuses fields it does not know; the names are the domain's."""

    id: str
    persona: str
    character: str
    context: tuple[_Turn, ...]
    reference: str
    split: str = ""
    language: str = "en"
    trace: str = ""
    parents: tuple[str, ...] = ()
    tags: dict[str, str] = {}  # noqa: RUF012  msgspec copies an empty default


def read(path: Path) -> Iterator[Dialogue]:
    """Stream the dialogues of a file in the project's schema.

    Raises
    ------
    RemidError
        Naming file, line and field: malformed JSON, wrong types, unknown fields, a line over 16
        MiB, invalid UTF-8, NUL bytes, an id that was already there, a file that changed meanwhile.
    """
    with Unique(path) as unique:
        for sample in samples(path):
            assert sample.dialogue is not None
            unique.add(sample.dialogue.id, sample.where)
            yield sample.dialogue


def samples(path: Path) -> Iterator[Sample]:
    """Stream the dialogues with their lines; blank lines are passed over."""
    decode = msgspec.json.Decoder(_Line).decode
    for number, line in lines(path):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        where = f"line {number}"
        if b"\0" in line:
            raise RemidError(
                f"{path}, {where}: a NUL byte; this is not text, or a write was cut short: write "
                "the file again."
            )
        try:
            record = decode(line)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise malformed(path, where, error) from error
        yield Sample(where, _dialogue(record))


def write(path: Path, dialogues: Iterable[Dialogue]) -> int:
    """Write dialogues, one a line, replacing the file in one step.

    Returns
    -------
    int
        How many were written. If anything fails, also in the iterable, the old file stays.
    """
    count = 0
    with replacing(path) as file:
        for dialogue in dialogues:
            file.write(encoded(dialogue))
            count += 1
    return count


def encoded(dialogue: Dialogue) -> bytes:
    """Encode a dialogue as its line, newline included."""
    try:
        return msgspec.json.encode(dialogue) + b"\n"
    except UnicodeEncodeError as error:
        raise RemidError(
            f"dialogue {dialogue.id!r}: holds a lone surrogate, which no UTF-8 file can hold; mend "
            "its source's encoding."
        ) from error


def dialogue_of(value: Any, path: Path, where: str) -> Dialogue:
    """Read a dialogue out of plain values, as another container than JSON Lines holds it."""
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if item is not None}
    return _dialogue(converted(value, _Line, path=path, where=where))


def _dialogue(record: _Line) -> Dialogue:
    return Dialogue(
        id=record.id,
        persona=record.persona,
        character=record.character,
        context=tuple([Turn(turn.role, turn.text) for turn in record.context]),
        reference=record.reference,
        split=record.split,
        language=record.language,
        trace=record.trace,
        parents=record.parents,
        tags=record.tags,
    )
