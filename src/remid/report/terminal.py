"""The result of a command on standard output: for people, or as JSON for programs."""

from importlib.metadata import version

import msgspec
from rich.console import Console

from remid.domain.output import Output
from remid.report import tables

SCHEMA = "remid/1"
"""Changes when a field of docs/json.md changes its meaning or goes; new fields do not change it."""
WIDTH = 160
"""Columns where the output is no terminal: a pipe has no width of its own."""


def show(told: Output) -> None:
    """Print lines and tables."""
    console = Console(width=None if Console().is_terminal else WIDTH)
    for part in told.parts:
        if isinstance(part, tables.Grid):
            console.print(tables.rich(part))
        else:
            print(part)


def json(command: str, told: Output) -> str:
    """Return one object of what docs/json.md says; what is undefined is null."""
    # msgspec writes nan as null, which strict readers of JSON would refuse otherwise.
    whole = {
        "schema": SCHEMA,
        "version": version("remid"),
        "command": command,
        "exceeded": told.exceeded,
        "result": told.content,
    }
    return msgspec.json.encode(whole).decode()
