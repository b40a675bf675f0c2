"""A tiny model, six short dialogues and a cache, for rooms that draw replies."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from remid.domain.dialogue import Dialogue, Turn
from remid.lm import model, tiny
from remid.store.cache import ContentCache


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "model"
    tiny.build_tiny(folder, style="chatml", seed=1)
    return folder


@pytest.fixture(scope="session")
def lm(base: Path) -> model.LanguageModel:
    return model.load(base, dtype="float32", device="cpu")


@pytest.fixture
def dialogues() -> list[Dialogue]:
    return [
        Dialogue(
            id=f"d{k}",
            persona=f"Ann, {30 + k}, a baker, likes the sea, keeps bees.",
            character="A lighthouse keeper, dry, patient, fond of storms.",
            context=(
                Turn("user", "Good evening, my friend."),
                Turn("character", "It is late."),
                Turn("user", f"What is in the house number {k}?"),
            ),
            reference=f"Nothing but the old stove, number {k}.",
            trace="## User\na\n## Character\nb\n## Dialogue\nc\n## Features\n- short",
        )
        for k in range(6)
    ]


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ContentCache]:
    with closing(ContentCache(tmp_path / "cache.sqlite")) as opened:
        yield opened
