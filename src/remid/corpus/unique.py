"""Ids that occur once, checked without holding them in memory."""

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from remid.domain.errors import RemidError


class Unique:
    """Refuses an id that was already added, or numbers it; a context manager.

    The ids live in SQLite's own temporary database, which spills to disk: a million ids cost a few
    megabytes of cache, not a growing set.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8192;"
            "CREATE TABLE ids (id BLOB PRIMARY KEY, place TEXT, uses INTEGER) WITHOUT ROWID; BEGIN"
        )

    def add(self, id: str, where: str) -> None:
        """Note an id; raise RemidError naming both places if it is known."""
        # Ids may hold lone surrogates, which SQLite's text cannot.
        key = id.encode("utf-8", "surrogatepass")
        try:
            self._database.execute("INSERT INTO ids VALUES (?, ?, 1)", (key, where))
        except sqlite3.IntegrityError as error:
            found = self._database.execute("SELECT place FROM ids WHERE id = ?", (key,))
            (first,) = found.fetchone()
            raise RemidError(
                f"{self._path}, {where}, field id: {id!r} was already used at {first}; give every "
                "dialogue an id of its own."
            ) from error

    def fresh(self, id: str, where: str) -> str:
        """Note an id and return it; of one that is known, return ``ID#2``, ``ID#3`` and so on."""
        name = id
        while True:
            key = name.encode("utf-8", "surrogatepass")
            try:
                self._database.execute("INSERT INTO ids VALUES (?, ?, 1)", (key, where))
            except sqlite3.IntegrityError:
                known = id.encode("utf-8", "surrogatepass")
                # Counted up at the first id, so that a thousandth copy needs no thousand tries.
                self._database.execute("UPDATE ids SET uses = uses + 1 WHERE id = ?", (known,))
                found = self._database.execute("SELECT uses FROM ids WHERE id = ?", (known,))
                name = f"{id}#{found.fetchone()[0]}"
            else:
                return name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
