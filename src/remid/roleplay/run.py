"""One model under test in a project: its training, and its replies."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from remid.coevolve.estimators import runtime
from remid.corpus.splits import read_split
from remid.domain.dialogue import Dialogue
from remid.domain.shift import ID_TRAIN
from remid.lm.generation import Sampling
from remid.lm.model import LanguageModel
from remid.replies.draw import Wanted, reply_to
from remid.replies.reply_file import Reply
from remid.roleplay import roster
from remid.roleplay.own_model import prompt_room
from remid.roleplay.roster import base_hash
from remid.roleplay.setting import Setting
from remid.roleplay.train import train
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.training import devices

PLAIN = ("base", "sft", "augmented", "thinking-sft")
"""Models that only these fields of the train section touch:"""
SUPERVISED = {"epochs", "learning_rate", "batch", "dialogues", "lora"}
SCORED = ("dpo", "rejection", "grpo", "thinking-grpo")
"""Models that the responder scores."""


@dataclass(frozen=True)
class Loaded:
    """A model under test, ready to reply."""

    lm: LanguageModel
    adapter: str | None
    wanted: Wanted


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
        max_prompt_tokens=params.model.max_prompt_tokens,
        token_budget=params.model.token_budget,
        seed=params.seed,
        cache=layout.cache / "generation.sqlite",
    )
    train(setting, name, work_folder(project, name), layout.model(name))


def work_folder(project: Project, name: str) -> Path:
    """Where unfinished work survives a kill: named by everything that changes the result."""
    params, layout = project.params, project.layout
    used = params.model_dump(include={"seed", "model", "deepspeed"})
    used["train"] = params.train.model_dump(include=SUPERVISED if name in PLAIN else None)
    used["train"].pop("models", None)
    used["base"] = base_hash(layout.base)
    key = hashlib.sha256(json.dumps([name, used], sort_keys=True).encode())
    key.update(layout.split(ID_TRAIN).read_bytes())
    if name in SCORED and params.train.signal == "likelihood":
        for file in sorted((layout.estimators / "responder").glob("*.safetensors")):
            key.update(file.read_bytes())
    return layout.cache / "train" / f"{name}-{key.hexdigest()[:16]}"


def sampling(project: Project, *, thought: int = 0) -> Sampling:
    """How replies are drawn, with room for a thought before each."""
    reply = project.params.reply
    return Sampling(
        max_new_tokens=reply.max_tokens + thought,
        temperature=reply.temperature,
        top_p=reply.top_p,
        seed=project.params.seed,
    )


def load(project: Project, name: str) -> Loaded:
    """Load a trained model, and say what is wanted of it."""
    layout, params = project.layout, project.params
    folder = layout.model(name)
    thought = roster.read_card(folder).thought_tokens
    lm, adapter = roster.load_model(
        folder, layout.base, dtype=params.model.dtype, device=devices.device(params)
    )
    wanted = Wanted(sampling(project, thought=thought), params.reply.max_tokens, thought > 0)
    return Loaded(lm, adapter, wanted)


def reply(
    project: Project, loaded: Loaded, dialogues: Sequence[Dialogue], *, progress: str
) -> dict[str, Reply]:
    """Let a loaded model reply within its own window; finished replies come from the cache."""
    room = prompt_room(
        loaded.lm,
        wanted=project.params.model.max_prompt_tokens,
        new_tokens=loaded.wanted.sampling.max_new_tokens,
    )
    with closing(ContentCache(project.layout.cache / "generation.sqlite")) as cache:
        limited = runtime(project, loaded.lm, loaded.adapter, cache).within(room)
        return reply_to(limited, dialogues, loaded.wanted, progress=progress)
