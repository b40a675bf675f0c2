"""A model with the limits of its calls."""

from pathlib import Path

import tiny_project

from remid.lm import model, prompts
from remid.lm.runtime import Runtime


def test_it_names_the_weights_that_answer_and_reads_within_its_limit(tmp_path: Path) -> None:
    base = tiny_project.build(tmp_path, dialogues=1).base
    lm = model.load(base, dtype="float32", device="cpu")
    runtime = Runtime(lm, max_prompt_tokens=600)
    assert runtime.identity == lm.identity(None) and runtime.on(None) == runtime
    prompt = prompts.roleplay_prompt(tiny_project.dialogue("d"))
    assert runtime.encode(prompt).dropped_turns == 0
    whole = len(runtime.encode(prompt).ids)
    shorter = runtime.within(whole - 1).encode(prompt)
    assert shorter.dropped_turns > 0 and len(shorter.ids) < whole
