"""The rows of anybody's reply file: who answered which dialogue with what."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from remid.corpus import containers
from remid.corpus.containers import Record
from remid.corpus.normal import regular
from remid.corpus.readers.rpgbench import SUBSETS
from remid.domain.errors import RemidError
from remid.replies.answer_text import FIELDS, AnswerText, NoText, answer_text
from remid.replies.reply_file import Reply
from remid.replies.thinking import spoken

IDS = (
    "custom_id", "id", "dialogue_id", "dialog_id", "sample_ID", "sample_id", "question_id",
    "conversation_id", "example_id", "doc_id", "uid", "uuid", "key", "index", "idx",
)  # fmt: skip
"""Names under which the id of a dialogue is looked for."""
_MODELS = ("model_id", "model_name", "policy_name", "policy", "model", "generator")
_BY_MODEL = ("model_response", "model_responses", "responses", "replies", "outputs", "predictions",
             "completions", "generations")  # fmt: skip
"""Fields that may hold the replies of several models by their names."""
_LOOKED_AT = 64
SEVERAL = "several replies in one row, the first read"


@dataclass(frozen=True)
class Options:
    """How a reply file is read."""

    id_field: str = ""
    """Field of the ids, dots between the levels; looked for when empty."""
    reply_field: str = ""
    """Field of the replies, likewise."""
    encoding: str | None = None
    strict: bool = False
    """Whether an odd row is an error."""
    splits: frozenset[str] = frozenset()
    """Names of the project's splits, which may stand where a model's could, or beside an id."""


@dataclass(frozen=True)
class FileRow:
    """One reply, or why there is none at that place."""

    where: str
    ids: tuple[str, ...] = ()
    """What may be the id of the dialogue, the likelier first."""
    model: str = ""
    """Who replied, where the file says it."""
    reply: Reply | None = None
    notes: Mapping[str, int] = field(default_factory=dict)
    """What was noticed or mended, with how often."""
    fault: str = ""


def file_rows(path: Path, options: Options) -> Iterator[FileRow]:
    """Stream the rows of a reply file, in whatever container and under whatever names.

    A row that holds the replies of several models becomes several rows. Of a JSON map, the key is
    the id. A thought before a reply and template markers behind it are set apart here.
    """
    for record in _records(path, options):
        if record.fault:
            yield FileRow(record.where, fault=record.fault)
        else:
            yield from _rows(record, options)


def _records(path: Path, options: Options) -> Iterator[Record]:
    shape = _shape(path, options)
    if shape == "nested":
        yield from containers.nested(path, encoding=options.encoding)
    elif shape == "rows":
        for record in containers.records(path, encoding=options.encoding):
            yield Record(record.where, record.value, record.fault)  # its part is no id
    else:
        for record in containers.entries(path, encoding=options.encoding):
            if _is_list_of_rows(record.value):
                for k, item in enumerate(record.value):
                    yield Record(f"{record.where}[{k}]", item)
            elif shape == "map":
                yield record


def _shape(path: Path, options: Options) -> str:
    """Tell a map of ids, and an object around lists of rows, from rows."""
    if containers.kind_of(path, encoding=options.encoding) not in ("lines", "objects"):
        return "rows"
    fields = {options.id_field.split(".")[0], options.reply_field.split(".")[0], "doc"}
    of_rows = {*IDS, *FIELDS[:16], *fields} - {""}
    lists = False
    try:
        for record in islice(containers.entries(path, encoding=options.encoding), _LOOKED_AT):
            if _is_list_of_rows(record.value):
                lists |= bool({*IDS, *fields} & {*_named(record.value[0])})
            elif of_rows & {*_named({record.part: None})}:
                return "rows"
        return "lists" if lists else "map"
    except RemidError:  # one of many objects, or a list that is too long for one value
        pass
    try:
        first = next(containers.nested(path, encoding=options.encoding), None)
    except RemidError:
        first = None
    return "nested" if first is not None and isinstance(first.value, dict) else "rows"


def _is_list_of_rows(value: Any) -> bool:
    """Tell a list of rows from a list of texts, or of the messages of one answer."""
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(item, dict) and not {"role", "from"} & {*item} for item in value)


def _rows(record: Record, options: Options) -> Iterator[FileRow]:
    value, where = _named(record.value), record.where
    if not isinstance(value, dict):
        if not record.part:
            yield FileRow(where, fault="no object with an id and a reply")
        else:
            yield from _made(where, (record.part,), [("", value)], "", options)
        return
    if record.part and _is_map(value, options):
        model = "" if record.part in options.splits else record.part
        for key, inner in record.value.items():
            yield from _made(f"{where}, {key}", (key,), [(model, inner)], "", options)
        return
    ids = (*_ids(value, options.id_field), *([record.part] if record.part else []))
    if not ids:
        named = options.id_field or f"{', '.join(IDS[:6])}, ..."
        yield FileRow(where, fault=f"no id under {named}; name its field with --id-field")
        return
    found = _under(value, options.reply_field) if options.reply_field else _reply_of(value)
    if found is None:
        named = options.reply_field or f"{', '.join(FIELDS[:6])}, ..."
        fault = f"no reply under {named}; name its field with --reply-field"
        yield FileRow(where, ids, fault=_failed(value) or fault)
        return
    name, inner = found
    answers = _by_model(name, inner) or [(_model(value, inner), inner)]
    yield from _made(where, ids, answers, name, options, value)


def _named(value: Any) -> Any:
    """Give the fields of a row their known names: ``Model Response`` is ``model_response``."""
    if not isinstance(value, dict):
        return value
    names = {"_".join(key.lower().replace("-", " ").split()): key for key in value}
    known = {name.lower(): name for name in (*IDS, *FIELDS)}
    return value | {
        known[name]: value[key]
        for name, key in names.items()
        if name in known and known[name] not in value
    }


def _is_map(value: Mapping[str, Any], options: Options) -> bool:
    """Tell whether a value by a key is a map of ids again, that of one model or split."""
    if options.id_field or options.reply_field or not value:
        return False
    return not ({*IDS, *FIELDS, "turns", "error", "doc"} & {*value}) and all(
        isinstance(inner, str | list | dict) for inner in value.values()
    )


def _made(
    where: str,
    ids: tuple[str, ...],
    answers: Iterable[tuple[str, Any]],
    name: str,
    options: Options,
    row: Mapping[str, Any] | None = None,
) -> Iterator[FileRow]:
    row = row or {}
    for model, value in answers:
        try:
            found = answer_text(value, name)
        except NoText as error:
            yield FileRow(where, ids, model, fault=_failed(row) or str(error))
        else:
            notes = Counter([SEVERAL] if found.several else [])
            found = replace(found, text=regular(found.text, notes))
            yield FileRow(where, ids, model, _reply(ids[0], found, row, options), +notes)


def _reply(key: str, found: AnswerText, row: Mapping[str, Any], options: Options) -> Reply:
    said = spoken(found.text)
    before = row.get("thought") or row.get("reasoning_content") or row.get("reasoning")
    beside = found.thought or (before if isinstance(before, str) else "")
    tokens, split = row.get("tokens"), str(row.get("split"))
    return Reply(
        id=key,
        reply=said.reply,
        tokens=tokens if isinstance(tokens, int) and not isinstance(tokens, bool) else None,
        finished=(found.finished and row.get("finished") is not False) or bool(said.marker),
        thought="\n".join(filter(None, (beside.strip(), said.thought))),
        split=split if split in options.splits else "",
        marker=said.marker,
    )


def _ids(value: Mapping[str, Any], field: str) -> list[str]:
    if field:
        found = _under(value, field)
        return [] if found is None else [*filter(None, [_id(found[1])])]
    ids = []
    if isinstance(doc := value.get("doc"), dict):  # of a harness: the row that it was made from
        ids += _ids(doc, "")
    ids += [key for name in IDS if (key := _id(value.get(name)))]
    tag = value.get("subset_tag")
    of_tag = {own: key for key, tags in SUBSETS.items() for own in tags} | {"IDTest": "IDTest"}
    if isinstance(tag, str) and tag in of_tag and ids:
        ids.insert(0, f"{of_tag[tag]}/{ids[0]}")  # as `remid import` names the paper's samples
    return [*dict.fromkeys(ids)]


def _id(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer():  # a table's integer beside empty cells
        return str(int(value))
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _reply_of(value: Mapping[str, Any]) -> tuple[str, Any] | None:
    for name in FIELDS:
        if value.get(name) is not None:
            return name, value[name]
    return None


def _under(value: Any, field: str) -> tuple[str, Any] | None:
    if isinstance(value, dict) and field in value:
        return field, value[field]
    for part in field.split("."):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            return None
    return None if value is None else (field, value)


def _by_model(field: str, value: Any) -> list[tuple[str, Any]]:
    """Take apart what holds the replies of several models; empty where it is one reply."""
    if field not in _BY_MODEL:
        return []
    if isinstance(value, dict) and not {*FIELDS, "turns", "error"} & {*value}:
        return [*value.items()]
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        named = [(_model(item, None), item) for item in value]
        return named if len({name for name, _ in named} - {""}) == len(value) else []
    return []


def _model(value: Mapping[str, Any], inner: Any) -> str:
    for source in (inner, value):
        if isinstance(source, dict):
            for name in _MODELS:
                if isinstance(found := source.get(name), str) and found.strip():
                    return found.strip()
    return ""


def _failed(value: Mapping[str, Any]) -> str:
    """Say why a row has no reply, where it tells of a failed request."""
    error = value.get("error")
    if not error:
        return ""
    told = error.get("message") or error.get("code") if isinstance(error, dict) else error
    return f"the request failed ({' '.join(str(told).split())[:80]})"
