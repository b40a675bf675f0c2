"""The examples of CONTRIBUTING.md run, and do what they are there for."""

import doctest
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from remid.corpus import formats
from remid.corpus.registry import READERS
from remid.lm.model import load_chat
from remid.roleplay import train
from remid.roleplay.setting import Setting
from remid.shifts.builders import BUILDERS
from remid.training.job import Job, read_examples

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^## (.+?)\n.*?^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Forget what an example registers, whatever becomes of its test."""
    before = [(table, dict(table)) for table in (READERS, BUILDERS, train.METHODS)]
    yield
    for table, entries in before:
        table.clear()
        table.update(entries)  # type: ignore[arg-type]


def run(title: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(BLOCKS[title], f"CONTRIBUTING.md, {title}", "exec"), names)
    return names


def test_there_is_one_of_each() -> None:
    assert list(BLOCKS) == [
        "A reader",
        "A shift",
        "A model under test",
        "A reward",
        "An estimator",
    ]
    assert TEXT.count("```python") == 5


@pytest.mark.parametrize("title", ["A reader", "A shift", "A reward", "An estimator"])
def test_an_example_runs_and_its_own_assertions_hold(title: str) -> None:
    run(title)


def test_the_readers_example_counts_what_it_refuses(tmp_path: Path) -> None:
    run("A reader")
    (tmp_path / "log.jsonl").write_text('{"npc": "a", "log": [["player"]]}\n')
    refused: Counter[str] = Counter()
    found = formats.read(
        tmp_path / "log.jsonl", "game_log", on_refusal=lambda s: refused.update([s.refusal])
    )
    assert list(found) == []
    assert refused == {"an entry that is no pair": 1}


def test_the_model_is_trained_on_first_sentences(
    tiny_setting: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    run("A model under test")
    reference = "Nothing. But the old stove is warm."
    dialogues = [replace(d, reference=reference) for d in tiny_setting.id_train]
    setting = replace(tiny_setting, id_train=dialogues)
    card = train.train(setting, "brief", tmp_path / "work", tmp_path / "model")
    chat = load_chat(setting.base)
    rows = read_examples(Path(jobs[0].examples))
    assert [chat.decode(row.completion) for row in rows] == ["Nothing."] * 4
    assert (card.kind, card.dialogues) == ("brief", 4)
    assert (tmp_path / "model" / "adapter").is_dir()


def test_the_rewards_docstring_is_true() -> None:
    names = run("A reward")
    finder = doctest.DocTestFinder()
    (example,) = finder.find(names["distinct"], "distinct", globs=names, module=False)
    assert doctest.DocTestRunner().run(example) == doctest.TestResults(0, 1)
