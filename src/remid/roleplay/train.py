"""Trains the role-playing models under test."""

import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.params import Train
from remid.roleplay import roster
from remid.scoring.chat import Chat
from remid.scoring.model import load_chat
from remid.scoring.prompts import encode, encode_reply, roleplay_prompt
from remid.training import launch
from remid.training.job import Engine, Example, Job, LoraShape, write_examples

logger = logging.getLogger(__name__)
DONE = "done.json"
"""Written last into a finished training's folder."""


@dataclass(frozen=True)
class Setting:
    """Everything that the trainings of one run share."""

    base: Path
    params: Train
    id_train: Sequence[Dialogue]
    engine: Engine
    lora: LoraShape
    max_prompt_tokens: int
    token_budget: int
    seed: int
    log: Callable[[str], None] = field(default=logger.info)

    @property
    def dialogues(self) -> list[Dialogue]:
        """The first of id_train in the seed's order that have a reference reply."""
        order = np.random.default_rng([self.seed, 4]).permutation(len(self.id_train))
        whole = [self.id_train[k] for k in order if self.id_train[k].reference.strip()]
        return whole[: self.params.dialogues]


def train(setting: Setting, name: str, work: Path, target: Path) -> roster.Card:
    """Train the model `name` of the roster and export it to `target`.

    Parameters
    ----------
    work : folder of this training alone, from which a killed one goes on.
    """
    if name not in METHODS:
        raise RemidError(
            f"{name!r} is no model of the roster; expected one of {', '.join(METHODS)}."
        )
    base = roster.base_hash(setting.base)
    if name == "base":
        card = roster.Card(name, name, base)
        roster.export(card, None, target)
        return card
    if not (work / DONE).exists():
        count = METHODS[name](setting, work)
        _mark(work / DONE, {"dialogues": count})
    count = json.loads((work / DONE).read_text(encoding="utf-8"))["dialogues"]
    card = roster.Card(name, name, base, count)
    roster.export(card, work / roster.ADAPTER, target)
    return card


def sft(setting: Setting, work: Path) -> int:
    """Supervised training on the reference replies."""
    chat = load_chat(setting.base)
    return fit(setting, work, examples(setting, chat, setting.dialogues))


def fit(setting: Setting, work: Path, rows: list[Example]) -> int:
    """Train a new adapter on examples; returns how many there were."""
    file = work / "examples.jsonl"
    write_examples(file, rows)
    job = Job(
        name=f"train, {work.name}", kind="sft", base=str(setting.base), train=roster.ADAPTER,
        adapters={roster.ADAPTER: None}, examples=str(file), output=str(work), seed=setting.seed,
        engine=setting.engine, lora=setting.lora, learning_rate=setting.params.learning_rate,
        batch=setting.params.batch, epochs=setting.params.epochs,
    )  # fmt: skip
    launch.launch(job, "remid.training.worker", log=setting.log)
    return len(rows)


def examples(setting: Setting, chat: Chat, dialogues: Sequence[Dialogue]) -> list[Example]:
    """Make training examples of dialogues: the plain role-play prompt and the reference reply."""
    rows = []
    for dialogue in dialogues:
        prompt = encode(roleplay_prompt(dialogue), chat, max_tokens=setting.max_prompt_tokens)
        reply = encode_reply(dialogue.reference, chat, dialogue_id=dialogue.id)
        rows.append(Example(dialogue.id, prompt.ids, reply))
        if prompt.dropped_turns:
            setting.log(f"{dialogue.id}: {prompt.dropped_turns} oldest turns dropped to fit")
    return rows


def _base(setting: Setting, work: Path) -> int:
    return 0


METHODS: dict[str, Callable[[Setting, Path], int]] = {"base": _base, "sft": sft}
"""Roster name to its training, which leaves ``adapter/`` in the work folder."""


def _mark(path: Path, content: dict[str, int]) -> None:
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(json.dumps(content) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
