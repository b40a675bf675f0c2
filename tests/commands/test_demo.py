"""`remid demo`: with a released folder, nothing that it holds is computed again."""

import re
from pathlib import Path
from typing import Any

import built_project
import pytest
import small_release
import tiny_project
import yaml

from remid import cli
from remid.lm.likelihood import score
from remid.store.layout import Layout


def test_a_fresh_folder_is_diagnosed_from_what_was_released(
    given: Layout, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    settings = small_release.settings(tiny_project.params(**built_project.SMALL))
    (given.root / "params.yaml").write_text(yaml.safe_dump(settings.model_dump(mode="json")))
    monkeypatch.chdir(given.root)
    scored: list[int] = []
    plain = score._Scorer.score

    def noted(self: Any, pairs: Any) -> Any:
        scored.append(len(pairs))
        return plain(self, pairs)

    monkeypatch.setattr(score._Scorer, "score", noted)
    monkeypatch.setattr("remid.lm.generation._batch", lambda *_: pytest.fail("a trace is written"))
    assert cli.main(["demo"]) == 0
    # Eight replies a split, each under its own context, two others' and once shuffled: at most 32
    # pairs, none of them a reference's.
    assert len(scored) == 2 and max(scored) <= 8 * 4
    page = re.search(r"The page: (\S+)", capsys.readouterr().out)
    assert page and "released 20" in Path(page[1]).read_text()
