"""Keys of endpoints: where they may stand, and that they reach neither disk nor terminal."""

import base64
import os
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from remid.domain.errors import RemidError

HIDDEN = "[key]"
LEAST = 8
"""Shortest value that is taken out of texts: a shorter one may be a word of theirs, and no secret."""


@dataclass(frozen=True)
class Secrets:
    """What must not be told."""

    values: tuple[str, ...]

    def hide(self, text: str) -> str:
        """Take every secret out of a text, also one that a server has echoed."""
        for value in self.values:
            text = text.replace(value, HIDDEN)
        return text


def key_in(variable: str) -> str:
    """Read the key; servers without keys want the header all the same.

    Raises
    ------
    RemidError
        When no header can hold it, without telling it.
    """
    key = os.environ.get(variable, "").strip()
    # The HTTP library would name the whole header in its error.
    if not all(" " < sign <= "~" for sign in key):
        raise RemidError(
            f"the key in the environment variable {variable} holds a space, a line break or a sign "
            "that is not ASCII, which no header can carry; set it again."
        )
    return key or "none"


def secrets_of(url: str, key: str) -> Secrets:
    """Name the key, and what stands in the URL as user, password or value of its query."""
    parts = urlsplit(url)
    _, at, _ = parts.netloc.rpartition("@")
    user = [parts.username or "", parts.password or ""] if at else []
    found = [key, *user, *(value for _, value in parse_qsl(parts.query))]
    if at:
        pair = f"{unquote(user[0])}:{unquote(user[1])}"
        found.append(base64.b64encode(pair.encode()).decode())  # as its header has it
    return Secrets(tuple(_forms(found)))


def shown_url(url: str) -> str:
    """Return the URL as it may be told and kept: without user, password and query.

    Raises
    ------
    RemidError
        When it names no server, with which the client would ask its maker's own.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the address or its port
        known = False
    if not known:
        raise RemidError(
            "the endpoint's address is no URL of a server, such as http://127.0.0.1:8000/v1; "
            "correct it."
        )
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, parts.path, "", ""))


def _forms(values: Iterable[str]) -> list[str]:
    """Every way in which the values may stand in a text, the longest first."""
    forms = {form for value in values for form in (value, unquote(value), quote(value, safe=""))}
    return sorted((form for form in forms if len(form) >= LEAST), key=len, reverse=True)
