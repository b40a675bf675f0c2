"""Training on sampled replies that a signal has scored: dpo and rejection sampling."""

import json
import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.streams import Stream, generator
from remid.lm.generation import Sampling
from remid.lm.model import load_chat
from remid.replies.draw import Wanted, reply_to
from remid.roleplay import rewards
from remid.roleplay.grpo import responder
from remid.roleplay.roster import ADAPTER
from remid.roleplay.setting import Setting, example, fit, run
from remid.store.cache import ContentCache
from remid.store.whole import replacing_folder, write

DPO_ADAPTER = "default"
"""TRL's reference copy is made only of an adapter of this name."""


@dataclass(frozen=True)
class Candidate:
    """One sampled reply."""

    reply: str
    worth: float
    """Score over that of the reference, between 0 and 1."""


def dpo(setting: Setting, work: Path, name: str) -> int:
    """Prefer the reference reply to the worst of the sampled ones.

    Dialogues whose samples all score as well as the reference give no pair; they are counted.
    """
    chat = load_chat(setting.base)
    rows = []
    for dialogue, candidates in drawn(setting, work, name):
        # The widest gap: the reference over the worst sample. A sample whose worth is 1 scores as
        # well as its reference and says nothing of what to prefer.
        worst = min(candidates, key=lambda candidate: candidate.worth)
        if worst.worth < 1:
            chosen = example(setting, chat, dialogue, dialogue.reference)
            worse = example(setting, chat, dialogue, worst.reply)
            rows.append(replace(chosen, rejected=worse.completion))
    setting.log(f"train {name}: {len(rows)} preference pairs")
    if not rows:
        raise RemidError(
            f"train {name}: no sampled reply scores worse than its reference, so there is nothing "
            "to prefer; raise train.reinforce.prompts or train.temperature."
        )
    params = setting.params
    run(
        setting,
        work,
        name,
        rows,
        kind="dpo",
        train=DPO_ADAPTER,
        adapters={DPO_ADAPTER: None},
        learning_rate=params.reinforce.learning_rate,
        batch=params.reinforce.batch,
        epochs=params.epochs,
        beta=params.dpo_beta,
    )
    # TRL wrote the folder `default`; every model under test has its adapter in the same place.
    with replacing_folder(work / ADAPTER) as part:
        shutil.copytree(work / DPO_ADAPTER, part, dirs_exist_ok=True)
    shutil.rmtree(work / DPO_ADAPTER)
    return len(rows)


def rejection(setting: Setting, work: Path, name: str) -> int:
    """Supervised training on the best of the sampled replies."""
    chat = load_chat(setting.base)
    rows = [
        example(setting, chat, dialogue, max(candidates, key=lambda c: c.worth).reply)
        for dialogue, candidates in drawn(setting, work, name)
    ]
    return fit(setting, work, name, rows)


def drawn(setting: Setting, work: Path, name: str) -> list[tuple[Dialogue, list[Candidate]]]:
    """Sample replies of the base model to training dialogues and score them.

    They are kept in ``candidates.jsonl``. A dialogue that got no reply at all is left out, and
    logged.
    """
    reinforce = setting.params.reinforce
    dialogues = setting.dialogues[: reinforce.prompts]
    adapters = (
        {rewards.RESPONDER: responder(setting, name)}
        if setting.params.signal == "likelihood"
        else {}
    )
    # A prompt draws from the stream of (seed, prompt): another candidate takes another seed.
    seeds = generator(setting.seed, Stream.CANDIDATES).integers(2**31, size=reinforce.rollouts)
    rows = []
    with closing(ContentCache(setting.cache)) as cache:
        runtime = setting.load(cache, **adapters)
        for k, seed in enumerate(seeds.tolist()):
            sampling = Sampling(reinforce.max_tokens, setting.params.temperature, seed=seed)
            replies = reply_to(
                runtime,
                dialogues,
                Wanted(sampling),
                progress=f"{name}, candidates {k + 1}/{len(seeds)}",
            )
            rows += [(d, replies[d.id].reply) for d in dialogues if d.id in replies]
        # The cache is for sampled texts; scores are kept in candidates.jsonl.
        worth = rewards.worth(
            replace(runtime, cache=None),
            [dialogue for dialogue, _ in rows],
            [reply for _, reply in rows],
            signal=setting.params.signal,
        )
    found: dict[str, list[Candidate]] = {d.id: [] for d in dialogues}
    for (dialogue, reply), value in zip(rows, worth, strict=True):
        found[dialogue.id].append(Candidate(reply, value))
    _write(work / "candidates.jsonl", found)
    for key, candidates in found.items():
        if not candidates:
            setting.log(f"train {name}: dialogue {key!r} left out, its candidates are all empty")
    return [(d, found[d.id]) for d in dialogues if found[d.id]]


def _write(path: Path, found: dict[str, list[Candidate]]) -> None:
    lines = [
        json.dumps({"id": key, "reply": c.reply, "worth": c.worth}, ensure_ascii=False)
        for key, candidates in found.items()
        for c in candidates
    ]
    write(path, "\n".join(lines) + "\n")
