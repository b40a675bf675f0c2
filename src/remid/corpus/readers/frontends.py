"""Chats that are one JSON object: text-generation-webui, Agnai, RisuAI and Character.AI."""

from collections.abc import Iterator
from typing import Any

from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation, Line, Side, Unfit, described
from remid.corpus.options import Options
from remid.corpus.readers.known import rest

_BEGIN = "<|BEGIN-VISIBLE-CHAT|>"
_UNNAMED = ("Exported", "imported", "")


def webui_score(value: Any) -> float:
    """Say how surely an object is a history of text-generation-webui."""
    if not isinstance(value, dict):
        return 0.0
    both = ({"internal", "visible"}, {"data", "data_visible"})
    if any(keys <= value.keys() and isinstance(value[min(keys)], list) for keys in both):
        return 1.0
    return 0.4 if "internal" in value or "visible" in value else 0.0


def webui(record: Record, options: Options) -> Conversation:
    """Read ``{"internal": [[user, character], ...], "visible": ...}``.

    The internal texts are what the model saw and said; the visible ones are escaped for a page.
    """
    del options
    value = record.value
    lines: list[Line] = []
    # Newer versions call them internal and visible, older ones data and data_visible.
    pairs = value.get("internal", value.get("data"))
    if not isinstance(pairs, list):
        raise Unfit("no list of turns")
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) < 2:
            raise Unfit("a turn that is no pair")
        for side, text in zip(_SIDES, pair, strict=False):
            if isinstance(text, str) and text.strip() and text != _BEGIN:
                lines.append(Line(side, text))
    metadata = value["metadata"] if isinstance(value.get("metadata"), dict) else {}
    return Conversation(where=record.where, lines=lines, tags=rest(metadata, set()))


_SIDES: tuple[Side, Side] = ("user", "character")


def agnai_score(value: Any) -> float:
    """Say how surely an object is a chat of Agnai."""
    messages = value.get("messages") if isinstance(value, dict) else None
    if isinstance(messages, list) and not messages and "greeting" in value:
        return 0.5
    if not isinstance(messages, list) or not messages:
        return 0.0
    found = [isinstance(m, dict) and "msg" in m for m in messages]
    return 1.0 if all(found) else 0.0


def agnai(record: Record, options: Options) -> Conversation:
    """Read ``{"name", "greeting", "scenario", "messages": [{"msg", "userId"}, ...]}``."""
    del options
    value = record.value
    lines: list[Line] = []
    names: list[str] = []
    users: list[str] = []
    for message in value["messages"]:
        if not isinstance(message, dict):
            raise Unfit("a message that is none")
        if message.get("ooc"):  # said out of character, and kept from the model
            continue
        name = message.get("name") or message.get("handle")
        is_user = bool(message.get("userId"))
        if isinstance(name, str) and name:
            (users if is_user else names).append(name)
        text = message.get("msg")
        side: Side = "user" if is_user else "character"
        said, who = (part if isinstance(part, str) else "" for part in (text, name))
        lines.append(Line(side, said, who))
    # Two names that answer make a group: none of them is "the" character.
    distinct = list(dict.fromkeys(names))
    title = described(value.get("name"))
    title = "" if title in _UNNAMED else title
    name = distinct[0] if len(distinct) == 1 else title if not distinct else ""
    group = len(distinct) > 1
    return Conversation(
        where=record.where,
        lines=lines,
        name=name or "",
        user=users[0] if users else "",
        scene=described(value.get("scenario")),
        tags=rest(value, {"messages", "scenario", "greeting"}),
        people=dict.fromkeys(distinct, "") if group else None,
    )


def risu_score(value: Any) -> float:
    """Say how surely an object is a chat of RisuAI."""
    if not isinstance(value, dict):
        return 0.0
    if str(value.get("type", "")).startswith("risu") and "data" in value:
        return 1.0 if _risu_chats(value) else 0.3
    return 0.8 if _risu_chats({"data": value}) else 0.0


def risu(records: Iterator[Record], options: Options) -> Iterator[Any]:
    """Read ``{"type": "risuChat", "data": {"message": [{"role", "data"}, ...]}}``, or several."""
    del options
    for record in records:
        chats = _risu_chats(record.value) or _risu_chats({"data": record.value})
        if not chats:
            yield _refused(record)
        for k, chat in enumerate(chats):
            where = record.where if len(chats) == 1 else f"{record.where}, chat {k + 1}"
            lines = [
                Line("user" if m.get("role") == "user" else "character", str(m.get("data") or ""),
                     str(m.get("saying") or m.get("name") or ""))
                for m in chat["message"] if isinstance(m, dict) and not m.get("disabled")
            ]  # fmt: skip
            yield Conversation(
                where=where,
                lines=lines,
                id=str(chat.get("id") or ""),
                tags=rest({"title": chat.get("name"), "note": chat.get("note")}, set()),
            )


def _risu_chats(value: Any) -> list[dict[str, Any]]:
    data = value.get("data") if isinstance(value, dict) else None
    found = data if isinstance(data, list) else [data]
    return [
        chat
        for chat in found
        if isinstance(chat, dict)
        and isinstance(chat.get("message"), list)
        and all(isinstance(m, dict) and {"role", "data"} <= m.keys() for m in chat["message"])
    ]


def character_ai_score(value: Any) -> float:
    """Say how surely an object is a dump of Character.AI."""
    return 1.0 if _cai_histories(value) else 0.0


def character_ai(records: Iterator[Record], options: Options) -> Iterator[Any]:
    """Read dumps of Character.AI: one conversation a history, the character from ``info``."""
    del options
    for record in records:
        histories = _cai_histories(record.value)
        if not histories:
            yield _refused(record)
            continue
        info = record.value.get("info") or {}
        about = (info.get("character") if isinstance(info, dict) else None) or {}
        texts = [described(about.get(key)) for key in ("title", "description", "definition")]
        for k, history in enumerate(histories):
            where = record.where if len(histories) == 1 else f"{record.where}, history {k + 1}"
            lines = [_cai_line(message) for message in _cai_messages(history)]
            mine = [line.name for line in lines if line.side == "character" and line.name]
            users = [line.name for line in lines if line.side == "user" and line.name]
            yield Conversation(
                where=where,
                lines=lines,
                id=str(history.get("external_id") or history.get("chat_id") or ""),
                name=described(about.get("name")) or (mine[0] if mine else ""),
                character="\n".join(dict.fromkeys(text for text in texts if text)),
                user=users[0] if users else "",
            )


def _cai_histories(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, dict):
        return []
    found = value.get("histories", value.get("history"))
    if isinstance(found, dict):
        found = found.get("histories", [found])
    if found is None and _cai_messages(value):
        found = [value]
    return [h for h in found or () if isinstance(h, dict) and _cai_messages(h)]


def _cai_messages(history: dict[str, Any]) -> list[dict[str, Any]]:
    for key, sign in (("msgs", "src"), ("turns", "author")):
        found = history.get(key)
        if isinstance(found, list) and found:
            if all(isinstance(m, dict) and isinstance(m.get(sign), dict) for m in found):
                return found
    return []


def _cai_line(message: dict[str, Any]) -> Line:
    who = message.get("src") or message.get("author") or {}
    text = message.get("text")
    candidates = message.get("candidates")
    if text is None and isinstance(candidates, list):
        # Of the drawn answers the one on show.
        primary = message.get("primary_candidate_id")
        drawn = [c for c in candidates if isinstance(c, dict)]
        chosen = [c for c in drawn if c.get("candidate_id") == primary] or drawn[:1]
        text = chosen[0].get("raw_content") if chosen else ""
    side: Side = "user" if who.get("is_human") else "character"
    return Line(side, text if isinstance(text, str) else "", str(who.get("name") or ""))


def _refused(record: Record) -> Any:
    from remid.corpus.sample import Sample

    return Sample(record.where, None, record.fault or "no chat of this kind")
