"""A file, in whichever container and format, as samples; what is in doubt is asked, not guessed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from remid.corpus import cards, containers, jsonl
from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation, Unfit, described
from remid.corpus.detection import CARDS, Found, Unclear, detect
from remid.corpus.options import DEFAULT, Options
from remid.corpus.readers import own, xpersona
from remid.corpus.readers.known import NOTHING, at
from remid.corpus.registry import ALIASES, OWN, READERS
from remid.corpus.sample import Sample
from remid.corpus.shape import Shaper
from remid.corpus.tally import Tally
from remid.corpus.unique import Unique
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError

__all__ = ["ALIASES", "READERS", "read", "samples"]

MADE = "ids made, the source has none"
REPEATED = "ids numbered, the source repeats them"


def read(
    path: Path, format: str, *, on_refusal: Callable[[Sample], None] | None = None
) -> Iterator[Dialogue]:
    """Stream the dialogues of a file in a known format.

    Parameters
    ----------
    path, format
        The file, and one of `READERS` or `ALIASES`.
    on_refusal
        Told of each record that holds no dialogue with a reply; without it such a record raises.

    Raises
    ------
    RemidError
        As `samples`.
    """
    for sample in samples(path, Options(format=format)):
        if sample.dialogue is not None:
            yield sample.dialogue
        elif on_refusal is not None:
            on_refusal(sample)
        elif not sample.passed_over:
            raise refused(path, sample)


def refused(path: Path, sample: Sample) -> RemidError:
    """Say that one record gives no dialogue, where that is an error."""
    return RemidError(
        f"{path}, {sample.where}: {sample.detail or sample.refusal}; take the record out, or run "
        "`remid import` without --strict, which leaves such records out and counts them."
    )


def samples(path: Path, options: Options = DEFAULT, tally: Tally | None = None) -> Iterator[Sample]:
    """Stream every record of a file or folder with its place, refused ones too.

    Of a folder, each file is read by itself, and those that hold nothing to read are passed over
    and counted in `tally`. Every id occurs once: a repeated one is numbered, but in the project's
    own files it is an error.

    Raises
    ------
    RemidError
        For a broken file, a format that is not clear or not known, and an empty folder.
    """
    tally = tally if tally is not None else Tally()
    with Unique(path) as unique:
        if not str(path).startswith(containers.HUB) and containers.kind_of_folder(path):
            yield from _folder(path, options, tally, unique)
        else:
            stem = Path(path.name.removesuffix(".gz")).stem
            yield from _file(path, detect(path, options), options, tally, unique, stem)


def _folder(folder: Path, options: Options, tally: Tally, unique: Unique) -> Iterator[Sample]:
    found: list[tuple[Path, Found]] = []
    for member in containers.members(folder):
        try:
            found.append((member, detect(member, options)))
        except Unclear:
            tally.pass_over(member.relative_to(folder).as_posix(), "of no known format")
        except RemidError as error:
            reason = str(error).removeprefix(f"{member}").lstrip(":, ")
            tally.pass_over(str(member.relative_to(folder)), reason)
    # Cards beside chats are their characters, not dialogues.
    chats = [(member, what) for member, what in found if what.format != CARDS]
    if not chats:
        tally.passed_over.clear()  # the reader of cards says itself what of a folder it passes over
        tally.examples.clear()
        yield from _file(folder, Found(CARDS), options, tally, unique, folder.name)
        return
    for member, what in found:
        place = member.relative_to(folder).as_posix()
        if what.format == CARDS:
            tally.pass_over(place, "a card beside chats; --card takes one")
            continue
        stem = place.removesuffix(".gz")
        stem = stem.removesuffix(Path(stem).suffix)
        for sample in _file(member, what, options, tally, unique, stem):
            yield replace(sample, where=f"{place}, {sample.where}")


def _file(
    path: Path, found: Found, options: Options, tally: Tally, unique: Unique, stem: str
) -> Iterator[Sample]:
    tally.formats[found.format] += 1
    if found.format == CARDS:
        yield from _checked(cards.samples(path, options), unique)
    elif found.format == OWN:
        plain = containers.is_plain_lines(path, encoding=options.encoding)
        yield from _checked(
            jsonl.samples(path) if plain else own.samples(path, _records(path, found, options)),
            unique,
        )
    else:
        yield from _conversations(path, found, options, tally, unique, stem)


def _records(path: Path, found: Found, options: Options) -> Iterator[Record]:
    if found.nested:
        return containers.nested(path, encoding=options.encoding)
    return containers.records(path, encoding=options.encoding)


def _checked(found: Iterator[Sample], unique: Unique) -> Iterator[Sample]:
    for sample in found:
        if sample.dialogue is not None:
            unique.add(sample.dialogue.id, sample.where)
        yield sample


def _conversations(
    path: Path, found: Found, options: Options, tally: Tally, unique: Unique, stem: str
) -> Iterator[Sample]:
    literal = replace(
        options,
        persona="" if "persona" in found.fields else options.persona,
        character="" if "character" in found.fields else options.character,
    )
    shaper = Shaper(literal, tally.changed)
    count = 0
    for told in _told(path, found, options):
        if isinstance(told, Sample):
            yield told
            continue
        count += 1
        own = " ".join(told.id.split())
        id = own or f"{stem}:{told.label or count}"
        # A source that repeats an id does not lose the second conversation.
        name = unique.fresh(id, told.where)
        if found.format == "xpersona" and not told.language:
            told.language = xpersona.language_of(path)
        given = False
        for sample in shaper.samples(told, name, group=id):
            given = given or sample.dialogue is not None
            yield sample
        tally.changed[MADE] += given and not own
        tally.changed[REPEATED] += given and name != id


def _told(path: Path, found: Found, options: Options) -> Iterator[Conversation | Sample]:
    reader = READERS[found.format]
    records = _records(path, found, options)
    if reader.stream is not None:
        yield from reader.stream(records, options)
        return
    assert reader.one is not None
    for record in records:
        if record.fault:
            yield Sample(record.where, None, record.fault)
            continue
        try:
            if not isinstance(record.value, dict):
                raise Unfit("no object")
            if options.mapping is None and not reader.score(record.value):
                raise Unfit(f"nothing of {reader.title} in it")
            told = reader.one(record, options)
        except Unfit as unfit:
            yield Sample(record.where, None, unfit.reason, detail=unfit.detail)
            continue
        told.label = record.label
        for name in found.fields:
            field = getattr(options, name)
            # What became persona or character is not a tag too.
            told.tags.pop(field, None)
            _given(told, name, at(record.value, field))
        yield told


def _given(told: Conversation, name: str, value: object) -> None:
    """Take persona or character from the field that the user named, where a record has it."""
    if value not in NOTHING:
        setattr(told, name, described(value))
