"""One model under test in a project: where its training lives, and what changes it."""

from pathlib import Path

from remid.corpus.splits import read_split
from remid.domain.shift import ID_TRAIN
from remid.lm.window import RESERVE, prompt_limit
from remid.roleplay.setting import Setting
from remid.roleplay.train import train
from remid.store.cache import content_key
from remid.store.fingerprints import file_fingerprint, weights_fingerprint
from remid.store.project import Project
from remid.training import devices

PLAIN = ("base", "sft", "augmented", "thinking-sft")
"""Models that only these fields of the train section touch:"""
SFT_FIELDS = {"epochs", "learning_rate", "batch", "dialogues", "lora"}
SCORED = ("dpo", "rejection", "grpo", "thinking-grpo")
"""Models that the responder scores."""


def run_training(project: Project, name: str) -> None:
    """Train the model `name` and export it; a killed training goes on from its checkpoint."""
    params, layout = project.params, project.layout
    setting = Setting(
        base=layout.base,
        responder=layout.estimators / "responder",
        params=params.train,
        id_train=read_split(layout, ID_TRAIN),
        engine=devices.engine(params),
        lora=devices.lora(params),
        max_prompt_tokens=prompt_limit(
            layout.base, params.model.max_prompt_tokens, reserve=RESERVE
        ),
        token_budget=params.model.token_budget,
        seed=params.seed,
        cache=layout.cache / "generation.sqlite",
    )
    train(setting, name, work_folder(project, name), layout.model(name))


def work_folder(project: Project, name: str) -> Path:
    """Where unfinished work survives a kill: named by everything that changes the result."""
    params, layout = project.params, project.layout
    # What changes the adapter and nothing else, as in coevolve.run: an sft model is not trained
    # again because a GRPO parameter changed.
    used = params.model_dump(include={"seed", "deepspeed"})
    used["model"] = devices.resolved(params)
    used["train"] = params.train.model_dump(include=SFT_FIELDS if name in PLAIN else None)
    used["train"].pop("models", None)
    used["base"] = weights_fingerprint(layout.base)
    used["id_train"] = file_fingerprint(layout.split(ID_TRAIN))
    responder = layout.estimators / "responder"
    scored = name in SCORED and params.train.signal == "likelihood"
    if scored and responder.is_dir():  # the training itself says where one is lacking
        used["responder"] = weights_fingerprint(responder)
    return layout.cache / "train" / f"{name}-{content_key(name, used)[:16]}"
