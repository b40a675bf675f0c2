"""Bad input is refused before anything is trained."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny_project

from remid.coevolve import phases
from remid.coevolve.preflight import require
from remid.coevolve.run import setting
from remid.corpus import jsonl
from remid.domain.dialogue import Turn
from remid.domain.errors import RemidError
from remid.domain.shift import ID_TRAIN
from remid.lm.model import load_chat
from remid.lm.prompts import Prompt, encode, reasoner_prompt, responder_prompt
from remid.pipeline import coevolve
from remid.store.layout import Layout
from remid.store.project import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_project.build(tmp_path_factory.mktemp("project")).root


@pytest.fixture
def layout(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A tiny project in which any training that is launched fails the test."""

    def launch(*_: object, **__: object) -> None:
        raise AssertionError("a training was launched")

    monkeypatch.setattr(phases.launch, "launch", launch)
    return Layout(Path(shutil.copytree(project, tmp_path / "project")))


def run(layout: Layout, **over: Any) -> list[str]:
    """Run the stage up to its first training; returns what it logged."""
    told: list[str] = []
    with pytest.raises(AssertionError, match="a training was launched"):
        coevolve.run(Project(tiny_project.params(**over), layout), log=told.append)
    return told


def refused(layout: Layout, **over: Any) -> str:
    with pytest.raises(RemidError) as told:
        coevolve.run(Project(tiny_project.params(**over), layout), log=print)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_good_input_comes_to_its_first_training(layout: Layout) -> None:
    assert run(layout) == []


def test_a_base_without_a_chat_template(layout: Layout) -> None:
    (layout.base / "chat_template.jinja").unlink(missing_ok=True)
    file = layout.base / "tokenizer_config.json"
    settings = json.loads(file.read_text(encoding="utf-8"))
    settings.pop("chat_template", None)
    file.write_text(json.dumps(settings), encoding="utf-8")
    assert "its tokenizer has no chat template" in refused(layout)


def test_an_empty_training_split(layout: Layout) -> None:
    layout.split(ID_TRAIN).write_text("", encoding="utf-8")
    assert "id_train holds 0 dialogues and coevolve.held_out is 3" in refused(layout)


def test_no_written_trace(layout: Layout) -> None:
    dialogues = [replace(d, trace="") for d in jsonl.read(layout.split(ID_TRAIN))]
    jsonl.write(layout.split(ID_TRAIN), dialogues)
    assert "no dialogue of id_train has a reasoning trace" in refused(layout)


@pytest.mark.parametrize(
    ("ranks", "over", "told"),
    [
        (8, {}, "cold start: 8 ranks but 6 training dialogues"),
        (2, {"reasoner": {"batch": 1}}, "reasoner: a batch of 1 dialogues cannot be shared"),
        (1, {"responder": {"batch": 4}}, "coevolve.responder: 3 prompts but 4 a step"),
        (6, {"cold_start": {"batch": 6}}, "refresh: 6 ranks but 4 training dialogues"),
    ],
)
def test_ranks_that_cannot_share_a_later_phase_stop_the_first(
    layout: Layout, ranks: int, over: dict[str, Any], told: str
) -> None:
    assert told in refused(layout, deepspeed={"ranks": ranks}, coevolve=over)


def test_zero_3_is_refused_for_half_rounds_and_taken_for_the_cold_start(layout: Layout) -> None:
    assert "deepspeed.stage is 3" in refused(layout, deepspeed={"stage": 3})
    run(layout, deepspeed={"stage": 3}, coevolve={"rounds": 0})


def test_prompts_that_fill_no_step_are_counted(layout: Layout) -> None:
    assert run(layout, coevolve={"reasoner": {"batch": 2}}) == [
        "reasoner: 1 of 3 prompts fill no step: left out"
    ]


def long(layout: Layout, **fields: Any) -> None:
    """Give one dialogue of id_train other fields."""
    first, *rest = jsonl.read(layout.split(ID_TRAIN))
    jsonl.write(layout.split(ID_TRAIN), [replace(first, **fields), *rest])


def length(layout: Layout, prompt: Prompt) -> int:
    return len(encode(prompt, load_chat(layout.base), max_tokens=10**6).ids)


def test_the_oldest_turns_go_and_are_counted(layout: Layout) -> None:
    """4 turns of 400 words before the last, and the limit is 600 tokens: all of them go."""
    words = "sea " * 400
    context = tuple(Turn(role, words) for role in ("user", "character") * 2)
    long(layout, context=(*context, Turn("user", "and then?")))
    assert run(layout) == [
        "coevolve: 2 of 24 prompts lose their oldest turns, 8 in all, to fit model.max_prompt_tokens"
    ]


def test_what_may_not_be_cut_and_does_not_fit_is_refused(layout: Layout) -> None:
    long(layout, character="sea " * 700)
    told = refused(layout)
    assert "leave no room for a trace of 8 tokens" in told
    assert "600 (model.max_prompt_tokens)" in told


def test_persona_character_and_last_turn_are_never_cut(layout: Layout) -> None:
    chat = load_chat(layout.base)
    plain = tiny_project.dialogue("d")
    older = tuple(Turn(role, "sea " * 50) for role in ("user", "character") * 3)
    dialogue = replace(plain, context=(*older, Turn("user", "and d?")))
    for prompt in (reasoner_prompt(dialogue), responder_prompt(dialogue, plain.trace)):
        least = encode(prompt, chat, max_tokens=length(layout, prompt) // 2)
        text = chat.tokenizer.decode(least.ids)
        assert least.dropped_turns > 0
        assert all(part in text for part in ("user of d", "keeper of d", "and d?"))
    assert plain.trace in text


def test_a_stranger_among_the_examples_is_refused(layout: Layout, tmp_path: Path) -> None:
    """Were a phase ever handed a dialogue that is none of its training dialogues."""
    own = setting(Project(tiny_project.params(), layout), log=print)
    require(own)
    stranger = own.held_out[0]
    rows = phases._reply_examples(own, [stranger], {stranger.id: stranger.trace})
    with pytest.raises(RemidError, match=f"{stranger.id}' is none of the training dialogues"):
        phases._job(own, tmp_path / "x", rows, kind="sft")
    assert not (tmp_path / "x").exists()
