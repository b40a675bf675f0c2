"""Results kept by content, so that a killed run goes on and a repeated one is free."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


class ContentCache:
    """A store of JSON values in one SQLite file; a batch is written whole or not at all."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=60)
        # Readers go on while one process writes, and a killed writer leaves the last whole batch.
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS item (key TEXT PRIMARY KEY, value TEXT)"
        )

    def get(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return the values that are there."""
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

    def put(self, values: Mapping[str, Any]) -> None:
        """Store a batch."""
        rows = [(key, json.dumps(value)) for key, value in values.items()]
        # One transaction: committed at the end of the block, rolled back if it raises.
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO item VALUES (?, ?)", rows)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Yield everything, by key."""
        for key, value in self._connection.execute("SELECT key, value FROM item ORDER BY key"):
            yield key, json.loads(value)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def content_key(*parts: object) -> str:
    """Hash everything that changes a result."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
