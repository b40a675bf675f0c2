"""Trains the role-playing models under test."""

import json
from collections.abc import Callable
from pathlib import Path

from remid.domain.errors import RemidError
from remid.domain.streams import Stream, generator
from remid.lm.model import load_chat
from remid.replies.thinking import thoughtful
from remid.roleplay import grpo, ranked, roster
from remid.roleplay.augment import augment
from remid.roleplay.setting import Setting, example, fit
from remid.store.fingerprints import weights_fingerprint
from remid.store.reading import read_object, readable
from remid.store.whole import write

DONE = "done.json"
"""Written last into a finished training's folder."""
Method = Callable[[Setting, Path, str], int]
"""(setting, work folder, name) to the number of examples; leaves the adapter in the folder."""


def train(setting: Setting, name: str, work: Path, target: Path) -> roster.Card:
    """Train the model `name` of the roster and export it to `target`.

    Parameters
    ----------
    work : folder of this training alone, from which a killed one goes on.
    """
    base = weights_fingerprint(setting.base)
    # The base model is under test too, as it is: a card without an adapter.
    if name == "base":
        card = roster.Card(name, name, base)
        roster.export(card, None, target)
        return card
    if name not in METHODS:
        known = ", ".join(("base", *METHODS))
        raise RemidError(f"{name!r} is no model of the roster; expected one of {known}.")
    count = once(METHODS[name], setting, work, name)
    thought = setting.params.thought_tokens if name.startswith("thinking") else 0
    card = roster.Card(name, name, base, count, thought)
    roster.export(card, work / roster.ADAPTER, target)
    return card


def once(method: Method, setting: Setting, work: Path, name: str) -> int:
    """Run a training unless it is finished; returns the number of its training examples."""
    marker = work / DONE
    # Done and not exported is what a kill in between leaves: the export below runs again.
    if not marker.exists():
        work.mkdir(parents=True, exist_ok=True)
        count = method(setting, work, name)
        write(marker, json.dumps({"dialogues": count}) + "\n")
    remedy = f"remove the folder {work} and run again: this training is done anew"
    with readable(marker, remedy):
        return int(read_object(marker, remedy)["dialogues"])


def sft(setting: Setting, work: Path, name: str) -> int:
    """Supervised training on the reference replies."""
    chat = load_chat(setting.base)
    rows = [example(setting, chat, d, d.reference) for d in setting.dialogues]
    return fit(setting, work, name, rows)


def augmented(setting: Setting, work: Path, name: str) -> int:
    """Supervised training on the references, each dialogue once as it is and once augmented."""
    chat = load_chat(setting.base)
    rng = generator(setting.seed, Stream.AUGMENTATION)
    dialogues = setting.dialogues
    # Twice as many examples as sft, from the same dialogues.
    dialogues += [augment(dialogue, rng) for dialogue in dialogues]
    rows = [example(setting, chat, d, d.reference) for d in dialogues]
    return fit(setting, work, name, rows)


def thinking_sft(setting: Setting, work: Path, name: str) -> int:
    """Supervised training on written traces, each followed by the reference reply.

    Raises
    ------
    RemidError
        When no training dialogue has a written trace.
    """
    chat = load_chat(setting.base)
    written = [d for d in setting.dialogues if d.trace.strip()]
    if not written:
        raise RemidError(
            f"train {name}: none of the {len(setting.dialogues)} training dialogues has a written "
            "trace to learn thinking from; add `trace` to dialogues of id_train or raise "
            "train.dialogues."
        )
    rows = [example(setting, chat, d, thoughtful(d.trace, d.reference)) for d in written]
    return fit(setting, work, name, rows)


def thinking_grpo(setting: Setting, work: Path, name: str) -> int:
    """GRPO on thoughts and replies, from a thinking-sft model of its own."""
    start = work / "start"
    # A base model does not open a thought by itself, and GRPO can only reward what is sampled: it
    # starts from a model that does.
    once(thinking_sft, setting, start, "thinking-sft")
    return grpo.train(setting, work, name, start=start / roster.ADAPTER)


METHODS: dict[str, Method] = {
    "sft": sft,
    "augmented": augmented,
    "dpo": ranked.dpo,
    "rejection": ranked.rejection,
    "grpo": grpo.train,
    "thinking-sft": thinking_sft,
    "thinking-grpo": thinking_grpo,
}
"""Name in the roster to its training."""
