"""What the phases of a run share."""

from dataclasses import replace
from pathlib import Path

import tiny_project

from remid.coevolve.setting import Setting
from remid.training.job import Engine, LoraShape


def test_the_reasoners_examples_are_the_written_ones_of_training_alone() -> None:
    train = [tiny_project.dialogue("a"), replace(tiny_project.dialogue("b"), trace="")]
    setting = Setting(
        base=Path("base"),
        params=tiny_project.params().coevolve,
        train=train,
        held_out=[tiny_project.dialogue("c")],
        engine=Engine(ranks=1, stage=0),
        lora=LoraShape(2, 4, 0.0),
        max_prompt_tokens=600,
        token_budget=4096,
        seed=1,
    )
    assert [d.id for d in setting.written] == ["a"]
