"""The stage `fetch`: both models, each to its place."""

from pathlib import Path

import pytest
import tiny_project

from remid.pipeline import fetch
from remid.store.layout import Layout
from remid.store.project import Project


def test_the_base_and_the_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, Path]] = []

    def noted(text: str, *, kind: str, target: Path, seed: int) -> None:
        assert seed == 3
        asked.append((text, kind, target))

    monkeypatch.setattr(fetch, "fetch", noted)
    params = tiny_project.params(seed=3, fetch={"base": "tiny", "encoder": "hub:a/b"})
    fetch.run(Project(params, Layout(tmp_path)))
    assert asked == [
        ("tiny", "base", tmp_path / "models/base"),
        ("hub:a/b", "encoder", tmp_path / "models/encoder"),
    ]
