"""What the trainings of the models under test share."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from remid.domain.dialogue import Dialogue
from remid.domain.streams import Stream, generator
from remid.lm.chat import Chat
from remid.lm.model import load
from remid.lm.prompts import encode, encode_reply, roleplay_prompt
from remid.lm.runtime import Runtime
from remid.params import Train
from remid.roleplay.roster import ADAPTER
from remid.store.cache import ContentCache
from remid.training.job import Engine, Example, Job, LoraShape, write_examples
from remid.training.start import launch

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Setting:
    """Everything that the trainings of one run share."""

    base: Path
    responder: Path
    """The responder's adapter, behind the likelihood signal."""
    params: Train
    id_train: Sequence[Dialogue]
    engine: Engine
    lora: LoraShape
    max_prompt_tokens: int
    token_budget: int
    seed: int
    cache: Path
    """Sampled texts, kept by content."""
    log: Callable[[str], None] = field(default=logger.info)

    @property
    def dialogues(self) -> list[Dialogue]:
        """The first of id_train in the seed's order that have a reference reply."""
        # One order for all models: those that take fewer dialogues take the first of the others'.
        order = generator(self.seed, Stream.TRAINING_ORDER).permutation(len(self.id_train))
        whole = [self.id_train[k] for k in order if self.id_train[k].reference.strip()]
        return whole[: self.params.dialogues]

    def load(self, cache: ContentCache, **adapters: Path) -> Runtime:
        """Load the base model with adapters; the base alone answers."""
        lm = load(self.base, adapters=adapters, dtype=self.engine.dtype, device=self.engine.device)
        return Runtime(lm, None, self.max_prompt_tokens, self.token_budget, cache)


def example(setting: Setting, chat: Chat, dialogue: Dialogue, reply: str = "") -> Example:
    """Make a training example: the plain role-play prompt, and a reply unless it will be drawn."""
    prompt = encode(roleplay_prompt(dialogue), chat, max_tokens=setting.max_prompt_tokens)
    if prompt.dropped_turns:
        setting.log(f"{dialogue.id}: {prompt.dropped_turns} oldest turns dropped to fit")
    completion = encode_reply(reply, chat, dialogue_id=dialogue.id) if reply else ()
    return Example(dialogue.id, prompt.ids, completion)


def fit(setting: Setting, work: Path, name: str, rows: Sequence[Example]) -> int:
    """Train a new adapter on the replies of examples; returns how many there were."""
    params = setting.params
    run(
        setting,
        work,
        name,
        rows,
        kind="sft",
        train=ADAPTER,
        adapters={ADAPTER: None},
        learning_rate=params.learning_rate,
        batch=params.batch,
        epochs=params.epochs,
    )
    return len(rows)


def run(
    setting: Setting,
    work: Path,
    name: str,
    rows: Sequence[Example],
    *,
    worker: str = "remid.training.sft_worker",
    **values: object,
) -> None:
    """Launch one training in the folder `work`; `values` are the other fields of the job."""
    file = work / "examples.jsonl"
    write_examples(file, list(rows))
    job = Job(
        name=f"train {name}",
        base=str(setting.base),
        examples=str(file),
        output=str(work),
        seed=setting.seed,
        engine=setting.engine,
        lora=setting.lora,
        **values,  # type: ignore[arg-type]
    )
    launch.launch(job, worker, log=setting.log)
