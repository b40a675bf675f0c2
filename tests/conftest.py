"""Fixtures that several rooms share: tiny models on disk and in memory, a few dialogues."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from remid.domain.dialogue import Dialogue, Turn
from remid.lm import model, tiny
from remid.lm.model import LanguageModel
from remid.lm.tiny import Style

pytest_plugins = [
    "built_project",
    "small_benchmark",
    "small_release",
    "small_roleplay",
    "small_training",
]

# `make fuzz`; on a busy machine no example is late.
settings.register_profile("fuzz", max_examples=3000, deadline=None)

WORDS = "sea house star winter feature work".split()


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Style], Path]:
    """Return the folder of a tiny model whose answers depend strongly on what it is given."""

    @cache
    def build(style: Style) -> Path:
        folder = tmp_path_factory.mktemp(style)
        tiny.build_tiny(folder, style=style, seed=1, spread=0.15)
        return folder

    return build


@pytest.fixture(scope="session")
def tiny_lm(tiny_folder: Callable[[Style], Path]) -> Callable[[Style], LanguageModel]:
    """Return the tiny model of the given style in float32."""

    @cache
    def load(style: Style) -> LanguageModel:
        return model.load(tiny_folder(style), dtype="float32", device="cpu")

    return load


@pytest.fixture(scope="session")
def six_dialogues() -> list[Dialogue]:
    """Dialogues of four user turns, each about a word of its own."""
    return [
        Dialogue(
            id=f"d{k}",
            persona=f"Nora {k} likes the {word}",
            character=f"a keeper of the {word} number {k}",
            context=(
                Turn("user", f"hello, tell me of the {word}"),
                Turn("character", f"the {word} is old"),
                Turn("user", "why is that"),
                Turn("character", "nobody knows"),
                Turn("user", f"and then, what of the {word}?"),
            ),
            reference=f"you are right about the {word}" + " and so" * k,
        )
        for k, word in enumerate(WORDS)
    ]
