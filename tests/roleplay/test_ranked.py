"""dpo and rejection: which candidates they keep and learn."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from remid.domain.errors import RemidError
from remid.lm.model import load_chat
from remid.roleplay import ranked, rewards, roster, train
from remid.roleplay.setting import Setting
from remid.training.job import Job, read_examples


def by_length(lm, dialogues, replies, **_):
    """Worth less the longer it is."""
    return [1 / (2 + len(reply)) for reply in replies]


@pytest.fixture
def candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewards, "worth", by_length)


def kept(work: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (work / "candidates.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["id"], []).append(row["reply"])
    return found


def test_rejection_learns_the_best_candidate(
    tiny_setting: Setting, jobs: list[Job], tmp_path: Path, candidates: None
) -> None:
    train.train(tiny_setting, "rejection", tmp_path / "w", tmp_path / "m")
    rows = kept(tmp_path / "w")
    assert len(rows) == 3 and all(len(replies) == 2 for replies in rows.values())
    chat = load_chat(tiny_setting.base)
    for row in read_examples(Path(jobs[0].examples)):
        best = min(rows[row.id], key=len)
        assert row.completion == (*chat.content(best), chat.end_of_turn)


def test_dpo_prefers_the_reference_to_the_worst_candidate(
    tiny_setting: Setting, jobs: list[Job], tmp_path: Path, candidates: None
) -> None:
    train.train(tiny_setting, "dpo", tmp_path / "w", tmp_path / "m")
    rows = kept(tmp_path / "w")
    chat = load_chat(tiny_setting.base)
    references = {d.id: d.reference for d in tiny_setting.id_train}
    for row in read_examples(Path(jobs[0].examples)):
        worst = max(rows[row.id], key=len)
        assert chat.decode(row.completion) == references[row.id]
        assert row.rejected == (*chat.content(worst), chat.end_of_turn)
    assert jobs[0].adapters == {ranked.DPO_ADAPTER: None} and jobs[0].beta == 0.1
    assert (tmp_path / "m" / "adapter").is_dir()


def test_candidates_as_good_as_the_reference_give_no_pair(
    tiny_setting: Setting, jobs: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewards, "worth", lambda lm, d, replies, **_: [1.0] * len(replies))
    with pytest.raises(RemidError, match="nothing to prefer"):
        train.train(tiny_setting, "dpo", tmp_path / "w", tmp_path / "m")


@pytest.mark.slow
def test_dpo_through_the_launcher_moves_the_adapter_towards_the_reference(
    tiny_setting: Setting, tmp_path: Path
) -> None:
    train.train(tiny_setting, "dpo", tmp_path / "w", tmp_path / "m")
    assert roster.load_model(
        tmp_path / "m", tiny_setting.base, dtype="float32", device="cpu"
    ).adapter
    steps = (tmp_path / "w" / "steps.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(steps[0])["loss"] == pytest.approx(np.log(2), abs=1e-4)
    saved = load_file(tmp_path / "m" / "adapter" / "adapter_model.safetensors")
    weights = [weight for name, weight in saved.items() if "lora_B" in name]
    assert any(np.abs(weight).max() > 0 for weight in weights)  # a new adapter's are all zero
