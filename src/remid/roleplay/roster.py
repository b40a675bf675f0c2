"""A model under test: a folder with ``model.json`` and, unless it is the base, an adapter."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from remid.domain.errors import RemidError
from remid.lm import model
from remid.store.fingerprints import weights_fingerprint
from remid.store.whole import indented, replacing_folder

ADAPTER = "adapter"
"""The folder of a model's adapter, and its name on the base model."""
CARD = "model.json"


@dataclass(frozen=True)
class Card:
    """What is known of a model under test."""

    name: str
    kind: str
    """How it was made: a name of the roster."""
    base: str
    """Fingerprint of the base model's weights."""
    dialogues: int = 0
    """Dialogues that it was trained on."""
    thought_tokens: int = 0
    """Longest thought that it writes before its reply; only the reply is evaluated."""


class Loaded(NamedTuple):
    """A model under test, ready to reply."""

    lm: model.LanguageModel
    adapter: str | None
    """Name of its adapter on `lm`; None for the base alone."""


def load_model(folder: Path, base: Path, *, dtype: str, device: str) -> Loaded:
    """Load a model under test.

    Raises
    ------
    RemidError
        When there is no model in `folder`, or it was trained on another base.
    """
    card = read_card(folder)
    # An adapter fits any base of its shape, and answers with noise on the wrong one.
    if card.base != (own := weights_fingerprint(base)):
        raise RemidError(
            f"{folder}: this model was trained on another base (weights {card.base}, and {base} "
            f"has {own}); run `remid train {card.name}` again, or restore that base."
        )
    if not (folder / ADAPTER).is_dir():
        if card.kind != "base":
            raise RemidError(
                f"{folder / ADAPTER}: the adapter is absent; run `remid train {card.name}` again."
            )
        return Loaded(model.load(base, dtype=dtype, device=device), None)
    adapters = {ADAPTER: folder / ADAPTER}
    lm = model.load(base, adapters=adapters, dtype=dtype, device=device, merge=True)
    return Loaded(lm, ADAPTER)


def read_card(folder: Path) -> Card:
    """Read ``model.json``.

    Raises
    ------
    RemidError
        When it is absent or damaged.
    """
    try:
        return msgspec.json.decode((folder / CARD).read_bytes(), type=Card)
    except FileNotFoundError:
        raise RemidError(
            f"{folder}: no model there ({CARD} is absent); run `remid train {folder.name}`."
        ) from None
    except msgspec.MsgspecError as error:
        raise RemidError(
            f"{folder / CARD}: not a model's card ({error}); run `remid train {folder.name}` again."
        ) from None


def export(card: Card, adapter: Path | None, folder: Path) -> None:
    """Write a model under test; the folder is replaced whole."""
    with replacing_folder(folder) as part:
        if adapter is not None:
            shutil.copytree(adapter, part / ADAPTER)
        (part / CARD).write_text(indented(card) + "\n", encoding="utf-8")
