"""Every command has a parser, and every parser a command."""

import argparse

import pytest

from remid import cli, parser


def names() -> set[str]:
    (commands,) = [
        action
        for action in parser.build()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    return set(commands.choices)


def test_commands_are_those_that_are_run() -> None:
    assert names() == set(cli.COMMANDS)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("train --all", {"model": None, "all": True}),
        ("reply mine --file r.jsonl --id-field key", {"name": "mine", "id_field": "key"}),
        ("--quiet show --json", {"quiet": True, "json": True}),
        ("compare x y --fail-if-worse 0.1", {"a": "x", "fail_if_worse": 0.1, "measure": "emi"}),
        ("prompts --split a --split b", {"split": ["a", "b"], "format": "jsonl"}),
    ],
)
def test_arguments(line: str, values: dict) -> None:
    found = vars(parser.build().parse_args(line.split()))
    assert {name: found[name] for name in values} == values
