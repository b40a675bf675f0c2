"""Lists of messages in any of the shapes that people write them, as lines."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from remid.corpus.conversation import Line, Side, Unfit
from remid.corpus.options import Mapping
from remid.corpus.readers.known import FLAGS, ROLE, TEXT, TOOLS, first, side_of

USES_TOOLS = "uses tools"
NOT_TEXT = "holds contents other than text"
NO_MESSAGE = "a message that is none"
UNKNOWN_ROLE = "roles that are none of the known; name the user's with --user"
_OTHER_PARTS = "image_url image audio input_audio video file input_image".split()


def lines_of(value: Any, mapping: Mapping | None = None, name: str = "") -> list[Line]:
    """Read a list of messages.

    A message is an object with a role and a text under any of the known names, an object that has
    the roles for keys, or a pair of what the user and the character say. A list may also come as
    columns, as some libraries store it.

    Parameters
    ----------
    mapping
        Says which fields a message has, where they are not known.
    name
        The character's, for messages that name their speakers.

    Raises
    ------
    Unfit
        For tools, contents other than text, roles that are not known.
    """
    spoken: list[tuple[str | Side, str, bool]] = []
    for k, message in enumerate(_rows(value)):
        spoken += _read(message, k, mapping)
    return _sided(spoken, mapping, name)


def is_turns(value: Any) -> bool:
    """Whether a value looks like what `lines_of` reads."""
    rows = _rows(value)
    return bool(rows) and all(
        (isinstance(row, dict) and fields_of(row) is not None)
        or (isinstance(row, (list, tuple)) and len(row) == 2 and all(map(_is_said, row)))
        for row in rows[:4]
    )


def content_of(value: Any) -> str:
    """Return the text of a message: text, or parts of text.

    Raises
    ------
    Unfit
        Where there is anything else.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return str(value)
    parts = value if isinstance(value, list) else [value]
    texts = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif isinstance(part, dict) and isinstance(part.get("content"), str):
            texts.append(part["content"])
        else:
            raise Unfit(NOT_TEXT)
    return "\n".join(texts)


def _rows(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        # {"role": [...], "content": [...]}: as `datasets` stores a list of objects.
        columns = [column for column in value.values() if isinstance(column, list)]
        if not columns or len(columns) != len(value) or len({len(c) for c in columns}) != 1:
            return ()
        return [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]
    return value if isinstance(value, list) else ()


def fields_of(message: dict[str, Any], mapping: Mapping | None = None) -> tuple[str, str] | None:
    """Return the fields of a message's role and text, both empty where roles are keys; or None."""
    wanted = (mapping.role, mapping.text) if mapping else ("", "")
    # is_user: true tells the side as well as a role does.
    flag = next((name for name in FLAGS if isinstance(message.get(name), bool)), "")
    return _fields_among(tuple(message), wanted[0] or flag, wanted[1])


@lru_cache(1024)
def _fields_among(keys: tuple[str, ...], role: str, text: str) -> tuple[str, str] | None:
    # Cached by the keys: a file has few kinds of message and many of each.
    role = role or next((name for name in ROLE if name in keys), "")
    text = text or next((name for name in TEXT if name in keys and name != role), "")
    if role in keys and (text in keys or "tool_calls" in keys):
        return role, text
    if any(side_of(str(key)) in ("user", "character") for key in keys):
        return "", ""
    return None


def _read(message: Any, k: int, mapping: Mapping | None) -> list[tuple[str | Side, str, bool]]:
    """Return (role, text, whether the role is a side already) of each thing said."""
    if isinstance(message, (list, tuple)) and len(message) == 2:
        said = [content_of(part) for part in message]
        return [("user", said[0], True), ("character", said[1], True)]
    if not isinstance(message, dict) or (names := fields_of(message, mapping)) is None:
        raise Unfit(NO_MESSAGE, f"message {k}: none of the known shapes")
    role, text = names
    if not role:
        found = [(side_of(str(key)), content_of(item)) for key, item in message.items()]
        return [(side, said, True) for side, said in found if side]
    who = message[role]
    if isinstance(who, dict):  # an author with a role or a name of its own
        who = who.get(first(who, ("role", "name"))) or ""
    if isinstance(who, bool):
        return [("user" if who else "character", content_of(message.get(text)), True)]
    if message.get("tool_calls") or str(who).lower() in TOOLS:
        raise Unfit(USES_TOOLS)
    return [(str(who), content_of(message.get(text)), False)]


def _sided(
    spoken: list[tuple[str | Side, str, bool]], mapping: Mapping | None, name: str
) -> list[Line]:
    users = mapping.user if mapping else ()
    unknown = [who for who, _, told in spoken if not told and _side(who, users) is None]
    lines = []
    for who, text, told in spoken:
        side = who if told else _side(who, users)
        if side is None and (users or who == name):
            side = "character"
        elif side is None and (name in unknown or _leaves_user(spoken, users)):
            side = "user" if name in unknown else "character"
        if side is None:
            shown = ", ".join(repr(role) for role in dict.fromkeys(unknown))
            raise Unfit(UNKNOWN_ROLE, f"roles {shown} are none of the known; name the user's with "
                        "--user")  # fmt: skip
        lines.append(Line(side, text, "" if told or _side(who, ()) else who))  # type: ignore[arg-type]
    return lines


def _side(role: str, users: tuple[str, ...]) -> Side | None:
    if role in users:
        return "user"
    side = side_of(role)
    return "character" if users and side == "user" else side


def _leaves_user(spoken: list[tuple[str | Side, str, bool]], users: tuple[str, ...]) -> bool:
    """Whether the user is known and one other name is left, which is then the character's."""
    roles = {who for who, _, told in spoken if not told}
    known = {_side(who, users) for who in roles}
    return "user" in known and "character" not in known and len(
        [who for who in roles if _side(who, users) is None]
    ) == 1  # fmt: skip


def _is_said(value: Any) -> bool:
    return value is None or isinstance(value, str)
