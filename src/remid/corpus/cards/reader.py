"""Dialogues out of the examples of character cards, and the character for a chat."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from remid.corpus import containers
from remid.corpus.cards.examples import Speakers, blocks, first_turn
from remid.corpus.cards.fields import Card, WrongField, card
from remid.corpus.cards.macros import Macros
from remid.corpus.cards.payload import SUFFIXES, NoCard, Payload, of_value, payload, starts_array
from remid.corpus.conversation import Conversation, Line
from remid.corpus.language import Languages
from remid.corpus.options import DEFAULT, Options
from remid.corpus.sample import Profile, Sample, last_exchange
from remid.corpus.shape import Shaper
from remid.domain.dialogue import Turn
from remid.domain.errors import RemidError
from remid.domain.streams import Stream, generator

PROFILE = "a profile: a card without an example that holds a reply"
"""Why a card gives no dialogue; it may still say who plays in a chat."""

_OF_RECORDS = frozenset(".jsonl .ndjson .csv .tsv .parquet .gz".split())


@dataclass(frozen=True)
class Played:
    """A character as a card tells of it, its macros filled in."""

    text: str
    """Name, description, personality and scenario, one below the other."""
    name: str
    nickname: str
    """What the character is called; the name where the card has no nickname."""
    greetings: tuple[str, ...]
    examples: tuple[tuple[Turn, ...], ...]
    tags: dict[str, str]
    notes: Counter[str] = field(default_factory=Counter)
    """What was mended, or left as it is, with how often."""


class _Shaped:
    """Makes dialogues of the examples of one file's or folder's cards."""

    def __init__(self, options: Options) -> None:
        self._counts: Counter[str] = Counter()
        self._shaper = Shaper(options, self._counts)
        self._language, self._languages = options.language, Languages()

    def samples(self, who: Played, where: str, id: str) -> Iterator[Sample]:
        """Yield a card's dialogues, or that it is a profile; the first one has the notes."""
        if not who.examples:
            yield Sample(where, None, PROFILE, passed_over=True, notes=who.notes)
            return
        found = [
            sample
            for number, turns in enumerate(who.examples, 1)
            for sample in self._shaper.samples(
                Conversation(
                    where=f"{where}, example {number}",
                    lines=[Line(turn.role, turn.text) for turn in turns],
                    character=who.text,
                    language=self._language or self._language_of(turns, who),
                    tags=dict(who.tags),
                ),
                f"{id}:{number}",
                group=f"{id}:{number}",
            )
        ]
        # + drops counters at 0.
        notes = +self._counts + who.notes
        self._counts.clear()
        yield replace(found[0], notes=notes)
        yield from found[1:]

    def _language_of(self, turns: Sequence[Turn], who: Played) -> str:
        """Examples are short: where they do not tell their language, the character's text may."""
        said = " ".join(turn.text for turn in turns if turn.role == "user")
        every = " ".join([*(turn.text for turn in turns), who.text])
        return self._languages.of(said, every)


def samples(path: Path, options: Options = DEFAULT) -> Iterator[Sample]:
    """Read a card, a file of many, or every card of a folder and those below, in order of names.

    `mes_example` may hold conversations, parted by ``<START>``: each with a reply becomes a
    Dialogue, its last reply the reference, with the id ``STEM:1`` and so on. A card without any is
    a profile: passed over and counted. Of a folder, so are pictures that hold no card and
    lorebooks; what is damaged is refused with its reason. All fields that make no text of a
    dialogue are kept as tags, as are examples without a reply.
    """
    shaper = _Shaped(options)
    if path.is_dir() and containers.kind_of(path) == "folder":
        for file in sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES):
            if file.is_file():
                place = file.relative_to(path).as_posix()
                yield from _careful(shaper, place, file, partial(played, file))
    elif _many(path):
        for record in containers.records(path):
            place, id = record.where, f"{path.stem}/{record.part}{record.number}"
            if record.fault:
                yield Sample(place, None, record.fault)
            else:
                read = partial(_of_record, path, record)
                yield from _careful(shaper, place, path, read, id)
    else:
        yield from shaper.samples(played(path), path.name, path.stem)


def played(path: Path) -> Played:
    """Read the character of one card.

    Its draws are seeded by what the card says, so the same card is read the same everywhere.

    Raises
    ------
    RemidError
        If the file holds no card, or a damaged one.
    """
    return _played(path, payload(path))


def profile(path: Path) -> Profile:
    """Read whom a model plays, for a chat that does not say it; errors as `played`."""
    who = played(path)
    return Profile(name=who.nickname, character=who.text)


def _many(path: Path) -> bool:
    """Tell whether a file holds cards as records, rather than one card as a whole."""
    if str(path).startswith("hub:") or path.is_dir():
        return True
    return path.suffix.lower() in _OF_RECORDS or starts_array(path)


def _of_record(path: Path, record: containers.Record) -> Played:
    return _played(path, of_value(record.value, path, record.where))


def _careful(
    shaper: _Shaped, place: str, file: Path, read: Callable[[], Played], id: str | None = None
) -> Iterator[Sample]:
    """Read one card of many, whose fault spoils no other."""
    try:
        who = read()
    except NoCard as error:
        yield Sample(place, None, _reason(error, file, place), passed_over=True)
    except RemidError as error:
        yield Sample(place, None, _reason(error, file, place))
    else:
        yield from shaper.samples(who, place, id or place)


def _played(path: Path, read: Payload) -> Played:
    try:
        own = card(read.fields)
    except WrongField as error:
        key, what = error.args
        raise RemidError(f"{path}, {read.where}, field {key}: {what}; give it as text.") from error
    if not own.name.strip():
        raise RemidError(f"{path}, field name: empty; a card needs the character's name.")
    return _filled(own, read)


def _filled(own: Card, read: Payload) -> Played:
    name = own.name.strip().replace("\n", " ")
    nickname = own.nickname.strip().replace("\n", " ") or name
    # A character called User must not speak for both sides.
    user = "Guest" if "user" in (name.casefold(), nickname.casefold()) else "User"
    # Draws depend on the card alone, not on the order in which a folder is read.
    seed = hashlib.sha256(repr(own).encode("utf-8", "replace")).digest()[:8]
    macros = Macros(nickname, user, generator(int.from_bytes(seed, "big"), Stream.CARD_MACROS))
    speakers = Speakers.of((name, nickname), user)
    mixed = macros.fill(own.mixed)
    cut = first_turn(mixed, speakers)
    told = (own.description, own.personality, own.scenario)
    about = [name, mixed[:cut], *map(macros.fill, told)]
    found = [
        *blocks(macros.fill(own.examples), speakers),
        *blocks(mixed[cut:], speakers),
    ]
    answered = tuple(tuple(turns) for turns in found if _has_reply(turns))
    tags = dict(own.tags)
    if len(answered) < len(found):
        tags["mes_example"] = own.examples or own.mixed
        read.notes["examples without a reply kept as a tag"] += len(found) - len(answered)
    greeting = macros.fill(own.greeting).strip()
    for macro, count in macros.left.items():
        read.notes[f"macro {{{{{macro}}}}} left as it is"] += count
    return Played(
        text="\n".join(text.strip() for text in about if text.strip()),
        name=name,
        nickname=nickname,
        greetings=(greeting,) if greeting else (),
        examples=answered,
        tags=tags,
        notes=+read.notes,
    )


def _has_reply(turns: Sequence[Turn]) -> bool:
    return bool(last_exchange([turn for turn in turns if turn.text]).context)


def _reason(error: RemidError, file: Path, place: str) -> str:
    reason = str(error).removeprefix(str(file)).lstrip(",: ")
    return reason.removeprefix(place).lstrip(",: ").removesuffix(".")
