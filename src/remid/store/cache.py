"""Results kept by content, so that a killed run goes on and a repeated one is free."""

import hashlib
import json
import logging
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from remid.domain.errors import RemidError

logger = logging.getLogger(__name__)

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_SCHEMA)
"""What SQLite answers where the file itself is at fault, not the disk or another process."""


class ContentCache:
    """A store of JSON values in one SQLite file; a batch is written whole or not at all.

    A file that is damaged is set aside with a warning and an empty one begun: what it held is
    computed again.

    Raises
    ------
    RemidError
        When the file cannot be opened, read or written: no right, no room, or locked for a minute.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = _opened(path)
            except sqlite3.DatabaseError as error:
                if not _is_damaged(error):
                    raise
                self._begin_anew(error)

    def get(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return the values that are there."""
        with self._explained():
            try:
                return self._found(keys)
            # ValueError: a value that is no JSON; nothing that this file holds is to be trusted.
            except (sqlite3.DatabaseError, ValueError) as error:
                if isinstance(error, sqlite3.DatabaseError) and not _is_damaged(error):
                    raise
                self._begin_anew(error)
                return {}

    def put(self, values: Mapping[str, Any]) -> None:
        """Store a batch."""
        rows = [(key, json.dumps(value)) for key, value in values.items()]
        with self._explained():
            try:
                self._write(rows)
            except sqlite3.DatabaseError as error:
                if not _is_damaged(error):
                    raise
                self._begin_anew(error)
                self._write(rows)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Yield everything, by key."""
        for key, value in self._connection.execute("SELECT key, value FROM item ORDER BY key"):
            yield key, json.loads(value)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _found(self, keys: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        # SQLite takes a limited number of variables a statement: 999 before its version 3.32.
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = self._connection.execute(
                f"SELECT key, value FROM item WHERE key IN ({marks})", part
            )
            found.update((key, json.loads(value)) for key, value in rows)
        return found

    def _write(self, rows: Sequence[tuple[str, str]]) -> None:
        # One transaction: committed at the end of the block, rolled back if it raises.
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO item VALUES (?, ?)", rows)

    def _begin_anew(self, error: Exception) -> None:
        with suppress(AttributeError, sqlite3.Error):  # it may never have been opened
            self._connection.close()
        aside = set_aside(self._path)
        logger.warning(
            "%s: this cache is damaged (%s); it was moved to %s, and what it held is computed again",
            self._path,
            error,
            aside.name,
        )
        self._connection = _opened(self._path)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise RemidError(
                f"{self._path}: this cache cannot be read or written ({error}); see that its folder "
                "has room and may be written to, and that no other run holds it, then go on."
            ) from error


def set_aside(database: Path) -> Path:
    """Move a damaged SQLite file away, so that a new one can take its place; where it is now."""
    aside = database.with_name(f"{database.name}.{secrets.token_hex(4)}.damaged")
    database.rename(aside)
    # The write-ahead log belongs to the old file: a new one would be mended with it.
    for suffix in ("-wal", "-shm", "-journal"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    return aside


def damage(database: Path) -> str:
    """Say what is wrong with a SQLite file; empty when it is whole, absent or in use."""
    if not database.exists():
        return ""
    try:
        connection = sqlite3.connect(database, timeout=60)
        try:
            _require_whole(connection)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return str(error) if _is_damaged(error) else ""
    return ""


def content_key(*parts: object) -> str:
    """Hash everything that changes a result."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60)
    try:
        # Readers go on while one process writes, and a killed writer leaves the last whole batch.
        connection.execute("PRAGMA journal_mode=WAL")
        _require_whole(connection)
        connection.execute("CREATE TABLE IF NOT EXISTS item (key TEXT PRIMARY KEY, value TEXT)")
        connection.execute("SELECT key, value FROM item LIMIT 1").fetchall()  # another's table?
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _require_whole(connection: sqlite3.Connection) -> None:
    # Pages are looked through before any is trusted: a torn one may lie behind those read first.
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        error = sqlite3.DatabaseError(" ".join(str(found).split()))
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    # The low byte is the kind of error, those above it its variety.
    code = getattr(error, "sqlite_errorcode", None)
    wrong_table = "no such column" in str(error)
    return wrong_table or (code is not None and code & 0xFF in DAMAGED)
