import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from remid import params
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm.model import load_chat
from remid.roleplay import ranked, rewards, roster, setting, train
from remid.roleplay.setting import Setting
from remid.store.fingerprints import weights_fingerprint
from remid.training.job import Engine, Job, LoraShape, read_examples

REINFORCE = params.Grpo(prompts=3, rollouts=2, batch=2, learning_rate=1e-5, max_tokens=6, beta=0.0)
TRAIN = params.Train(
    models=("base", "sft"),
    epochs=1,
    learning_rate=1e-3,
    batch=2,
    dialogues=4,
    lora=params.Lora(rank=2, alpha=4, dropout=0.0),
    signal="judge",
    reinforce=REINFORCE,
    temperature=1.0,
    dpo_beta=0.1,
    thought_tokens=20,
)


@pytest.fixture
def given(base: Path, dialogues: list[Dialogue], tmp_path: Path) -> Setting:
    return Setting(
        base=base,
        responder=tmp_path / "responder",
        params=TRAIN,
        id_train=dialogues,
        engine=Engine(ranks=1, stage=0, dtype="float32"),
        lora=LoraShape(2, 4, 0.0),
        max_prompt_tokens=2000,
        token_budget=4096,
        seed=7,
        cache=tmp_path / "cache.sqlite",
    )


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Jobs that were launched; each leaves an empty adapter."""
    launched: list[Job] = []

    def launch(job: Job, module: str, *, log: object) -> None:
        launched.append(job)
        (Path(job.output) / job.train).mkdir(parents=True)
        (Path(job.output) / job.train / "adapter_config.json").write_text("{}")

    monkeypatch.setattr(setting.launch, "launch", launch)
    return launched


def completions(given: Setting, job: Job) -> list[str]:
    chat = load_chat(given.base)
    return [chat.decode(e.completion) for e in read_examples(Path(job.examples))]


def test_the_base_is_a_card_alone(given: Setting, jobs: list[Job], tmp_path: Path) -> None:
    train.train(given, "base", tmp_path / "w", tmp_path / "m")
    assert jobs == [] and [f.name for f in (tmp_path / "m").iterdir()] == ["model.json"]


def test_sft_learns_the_references_of_the_first_dialogues_in_the_seeds_order(
    given: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    card = train.train(given, "sft", tmp_path / "w", tmp_path / "m")
    order = np.random.default_rng([7, 4]).permutation(6)[:4]
    assert completions(given, jobs[0]) == [given.id_train[k].reference for k in order]
    assert card == roster.Card("sft", "sft", weights_fingerprint(given.base), 4)
    assert (tmp_path / "m" / "adapter" / "adapter_config.json").exists()


def test_a_finished_training_is_not_repeated(
    given: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    first = train.train(given, "sft", tmp_path / "w", tmp_path / "m")
    assert train.train(given, "sft", tmp_path / "w", tmp_path / "m2") == first
    assert len(jobs) == 1


def test_augmented_learns_every_dialogue_twice(
    given: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    assert train.train(given, "augmented", tmp_path / "w", tmp_path / "m").dialogues == 8
    texts = completions(given, jobs[0])
    assert texts[:4] == texts[4:]


def test_thinking_sft_learns_trace_and_reference(
    given: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    card = train.train(given, "thinking-sft", tmp_path / "w", tmp_path / "m")
    dialogue = given.dialogues[0]
    assert completions(given, jobs[0])[0] == (
        f"<think>\n{dialogue.trace}\n</think>\n{dialogue.reference}"
    )
    assert card.thought_tokens == 20


def test_thinking_needs_written_traces(given: Setting, jobs: list[Job], tmp_path: Path) -> None:
    bare = replace(given, id_train=[replace(d, trace="") for d in given.id_train])
    with pytest.raises(RemidError, match="none of the 4 training dialogues has a written trace"):
        train.train(bare, "thinking-sft", tmp_path / "w", tmp_path / "m")


def test_thinking_grpo_goes_on_from_thinking_sft(
    given: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    train.train(given, "thinking-grpo", tmp_path / "w", tmp_path / "m")
    sft, grpo = jobs
    assert (sft.kind, grpo.kind) == ("sft", "grpo")
    assert grpo.adapters == {"adapter": str(Path(sft.output) / "adapter")}
    assert grpo.max_tokens == 6 + 20


def test_grpo_by_likelihood_needs_the_responder(
    given: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    likely = replace(given, params=TRAIN.model_copy(update={"signal": "likelihood"}))
    with pytest.raises(RemidError, match="run the coevolve stage first"):
        train.train(likely, "grpo", tmp_path / "w", tmp_path / "m")
    given.responder.mkdir()
    (given.responder / "adapter_config.json").write_text("{}")
    train.train(likely, "grpo", tmp_path / "w", tmp_path / "m")
    assert jobs[0].adapters == {"adapter": None, "responder": str(given.responder)}
    assert (jobs[0].rollouts, jobs[0].batch) == (2, 4)


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
    given: Setting, jobs: list[Job], tmp_path: Path, candidates: None
) -> None:
    train.train(given, "rejection", tmp_path / "w", tmp_path / "m")
    rows = kept(tmp_path / "w")
    assert len(rows) == 3 and all(len(replies) == 2 for replies in rows.values())
    chat = load_chat(given.base)
    for row in read_examples(Path(jobs[0].examples)):
        best = min(rows[row.id], key=len)
        assert row.completion == (*chat.content(best), chat.end_of_turn)


def test_dpo_prefers_the_reference_to_the_worst_candidate(
    given: Setting, jobs: list[Job], tmp_path: Path, candidates: None
) -> None:
    train.train(given, "dpo", tmp_path / "w", tmp_path / "m")
    rows = kept(tmp_path / "w")
    chat = load_chat(given.base)
    references = {d.id: d.reference for d in given.id_train}
    for row in read_examples(Path(jobs[0].examples)):
        worst = max(rows[row.id], key=len)
        assert chat.decode(row.completion) == references[row.id]
        assert row.rejected == (*chat.content(worst), chat.end_of_turn)
    assert jobs[0].adapters == {ranked.DPO_ADAPTER: None} and jobs[0].beta == 0.1
    assert (tmp_path / "m" / "adapter").is_dir()


def test_candidates_as_good_as_the_reference_give_no_pair(
    given: Setting, jobs: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewards, "worth", lambda lm, d, replies, **_: [1.0] * len(replies))
    with pytest.raises(RemidError, match="nothing to prefer"):
        train.train(given, "dpo", tmp_path / "w", tmp_path / "m")


def test_an_unknown_name_is_refused(given: Setting, tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="'ppo' is no model of the roster"):
        train.train(given, "ppo", tmp_path / "w", tmp_path / "m")


@pytest.mark.slow
def test_dpo_through_the_launcher_moves_the_adapter_towards_the_reference(
    given: Setting, tmp_path: Path
) -> None:
    train.train(given, "dpo", tmp_path / "w", tmp_path / "m")
    assert roster.load_model(tmp_path / "m", given.base, dtype="float32", device="cpu").adapter
    steps = (tmp_path / "w" / "steps.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(steps[0])["loss"] == pytest.approx(np.log(2), abs=1e-4)
    saved = load_file(tmp_path / "m" / "adapter" / "adapter_model.safetensors")
    weights = [weight for name, weight in saved.items() if "lora_B" in name]
    assert any(np.abs(weight).max() > 0 for weight in weights)  # a new adapter's are all zero
