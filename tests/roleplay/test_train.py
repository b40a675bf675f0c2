from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.lm.model import load_chat
from remid.roleplay import roster, train
from remid.roleplay.setting import Setting
from remid.store.fingerprints import weights_fingerprint
from remid.training.job import Job, read_examples


def completions(tiny_setting: Setting, job: Job) -> list[str]:
    chat = load_chat(tiny_setting.base)
    return [chat.decode(e.completion) for e in read_examples(Path(job.examples))]


def test_the_base_is_a_card_alone(tiny_setting: Setting, jobs: list[Job], tmp_path: Path) -> None:
    train.train(tiny_setting, "base", tmp_path / "w", tmp_path / "m")
    assert jobs == [] and [f.name for f in (tmp_path / "m").iterdir()] == ["model.json"]


def test_sft_learns_the_references_of_the_first_dialogues_in_the_seeds_order(
    tiny_setting: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    card = train.train(tiny_setting, "sft", tmp_path / "w", tmp_path / "m")
    order = np.random.default_rng([7, 4]).permutation(6)[:4]
    assert completions(tiny_setting, jobs[0]) == [tiny_setting.id_train[k].reference for k in order]
    assert card == roster.Card("sft", "sft", weights_fingerprint(tiny_setting.base), 4)
    assert (tmp_path / "m" / "adapter" / "adapter_config.json").exists()


def test_a_finished_training_is_not_repeated(
    tiny_setting: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    first = train.train(tiny_setting, "sft", tmp_path / "w", tmp_path / "m")
    assert train.train(tiny_setting, "sft", tmp_path / "w", tmp_path / "m2") == first
    assert len(jobs) == 1


def test_augmented_learns_every_dialogue_twice(
    tiny_setting: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    assert train.train(tiny_setting, "augmented", tmp_path / "w", tmp_path / "m").dialogues == 8
    texts = completions(tiny_setting, jobs[0])
    assert texts[:4] == texts[4:]


def test_thinking_sft_learns_trace_and_reference(
    tiny_setting: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    card = train.train(tiny_setting, "thinking-sft", tmp_path / "w", tmp_path / "m")
    dialogue = tiny_setting.dialogues[0]
    assert completions(tiny_setting, jobs[0])[0] == (
        f"<think>\n{dialogue.trace}\n</think>\n{dialogue.reference}"
    )
    assert card.thought_tokens == 20


def test_thinking_needs_written_traces(
    tiny_setting: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    bare = replace(tiny_setting, id_train=[replace(d, trace="") for d in tiny_setting.id_train])
    with pytest.raises(RemidError, match="none of the 4 training dialogues has a written trace"):
        train.train(bare, "thinking-sft", tmp_path / "w", tmp_path / "m")


def test_thinking_grpo_goes_on_from_thinking_sft(
    tiny_setting: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    train.train(tiny_setting, "thinking-grpo", tmp_path / "w", tmp_path / "m")
    sft, grpo = jobs
    assert (sft.kind, grpo.kind) == ("sft", "grpo")
    assert grpo.adapters == {"adapter": str(Path(sft.output) / "adapter")}
    assert grpo.max_tokens == 6 + 20


def test_an_unknown_name_is_refused(tiny_setting: Setting, tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="'ppo' is no model of the roster"):
        train.train(tiny_setting, "ppo", tmp_path / "w", tmp_path / "m")
