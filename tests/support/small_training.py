"""A small training of a model under test, and a launcher that trains nothing."""

from pathlib import Path

import pytest

from remid import params
from remid.domain.dialogue import Dialogue
from remid.roleplay import setting
from remid.roleplay.setting import Setting
from remid.training.job import Engine, Job, LoraShape

REINFORCE = params.Grpo(prompts=3, rollouts=2, batch=2, learning_rate=1e-5, max_tokens=6, beta=0.0)
TRAIN = params.Train(
    models=("base", "sft"),
    epochs=1,
    learning_rate=1e-3,
    batch=2,
    dialogues=4,
    lora=params.Lora(rank=2, alpha=4, dropout=0.0),
    signal="judge",
    reinforce=REINFORCE,
    temperature=1.0,
    dpo_beta=0.1,
    thought_tokens=20,
)


@pytest.fixture
def tiny_setting(base: Path, dialogues: list[Dialogue], tmp_path: Path) -> Setting:
    return Setting(
        base=base,
        responder=tmp_path / "responder",
        params=TRAIN,
        id_train=dialogues,
        engine=Engine(ranks=1, stage=0, dtype="float32"),
        lora=LoraShape(2, 4, 0.0),
        max_prompt_tokens=2000,
        token_budget=4096,
        seed=7,
        cache=tmp_path / "cache.sqlite",
    )


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Jobs that were launched; each leaves an empty adapter."""
    launched: list[Job] = []

    def launch(job: Job, module: str, *, log: object) -> None:
        launched.append(job)
        (Path(job.output) / job.train).mkdir(parents=True)
        (Path(job.output) / job.train / "adapter_config.json").write_text("{}")

    monkeypatch.setattr(setting.launch, "launch", launch)
    return launched
