"""The whole pipeline in a temporary clone with the tiny model, through `dvc repro`."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from declared import SHIFTS, TEST_SPLITS

ROOT = Path(__file__).parents[2]
TINY = {
    "fetch": {"base": "tiny", "encoder": "tiny"},
    "model": {"dtype": "auto", "device": "cpu", "max_prompt_tokens": 3000, "token_budget": 32768},
    "train": {"models": ["base", "sft"], "dialogues": 8},
    "reply": {"dialogues_per_split": 9, "max_tokens": 12},
    "coevolve": {
        "rounds": 1,
        "held_out": 4,
        "cold_start": {"dialogues": 8},
        "refresh": {"dialogues": 4},
        "reasoner": {"prompts": 2, "rollouts": 2, "batch": 2, "max_tokens": 12},
        "responder": {"prompts": 2, "rollouts": 2, "batch": 2, "max_tokens": 12},
    },
    "evaluate": {"trace_tokens": 12, "negatives_per_context": 2, "resamples": 200},
    "study": {
        "seeds": [20251217],
        "models": ["base", "sft"],
        "dialogues_per_split": 9,
        "reinforce_prompts": 4,
    },
}


def merge(base: dict, over: dict) -> dict:
    for key, value in over.items():
        base[key] = merge(base[key], value) if isinstance(value, dict) else value
    return base


def environment(clone: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # The clone's code is what runs, whichever checkout the environment was made from; as on a CPU
    # without AVX-512 and bfloat16, as far as the libraries let themselves be told.
    older = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}
    own = dict(PATH=path, PYTHONPATH=str(clone / "src"), OMP_NUM_THREADS="2")
    return os.environ | older | own


def dvc(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=clone,
        env=environment(clone),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the working tree with its data, where the pipeline has run once."""
    target = tmp_path_factory.mktemp("clone") / "remid"
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.split(b"\0")
    for name in filter(None, (file.decode() for file in files)):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    subprocess.run(["git", "init", "-q"], cwd=target, check=True)
    pulled = dvc(target, "pull", "data.dvc")
    assert pulled.returncode == 0, pulled.stderr
    params = yaml.safe_load((target / "params.yaml").read_text())
    (target / "params.yaml").write_text(yaml.safe_dump(merge(params, TINY)))
    (target / "dvc.lock").unlink(missing_ok=True)
    done = dvc(target, "repro")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return target


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_every_split_is_written_and_every_model_replied_to_it(clone: Path) -> None:
    manifest = json.loads((clone / "splits/manifest.json").read_text())["splits"]
    for split in TEST_SPLITS:
        lines = (clone / "splits" / f"{split}.jsonl").read_text().splitlines()
        assert len(lines) == manifest[split]["dialogues"] >= 20
        for model in ("base", "sft"):
            replies = (clone / "replies" / model / f"{split}.jsonl").read_text().splitlines()
            assert len(replies) == 9


@pytest.mark.slow
def test_an_older_cpu_runs_it_all_in_float32(clone: Path) -> None:
    """`model.dtype: auto` where the probe for bfloat16 is answered no, in every process."""
    meta = [json.loads(file.read_text()) for file in (clone / "replies").glob("*/meta.json")]
    assert [each["dtype"] for each in meta] == ["float32", "float32"]
    jobs = [json.loads(file.read_text()) for file in clone.rglob("job.json")]
    assert {job["engine"]["dtype"] for job in jobs} <= {"float32"}


@pytest.mark.slow
def test_metrics_hold_every_shift_with_interval_and_bounds(clone: Path) -> None:
    metrics = json.loads((clone / "metrics/emid.json").read_text())
    for model in ("base", "sft"):
        assert set(metrics[model]["emid"]) == {shift.name for shift in SHIFTS}
        for row in metrics[model]["emid"].values():
            assert row["low"] < row["value"] < row["high"]
            assert row["bound_paper"] > 0
        worst = max(row["value"] for row in metrics[model]["emid"].values())
        assert metrics[model]["risk"]["max"] == pytest.approx(worst)


@pytest.mark.slow
def test_a_figure_can_be_computed_again_from_the_scored_pairs(clone: Path) -> None:
    """R-EMI(base, id_test) = [mean S_ii - mean S_ij](base) - [the same](reference), per token."""
    pairs = pd.read_parquet(clone / "scores/pairs/id_test.parquet")
    pairs["s"] = pairs["log_probability"] / pairs["tokens"]
    own = pairs["context"] == pairs["reply"]
    club = pairs[own].groupby("source")["s"].mean() - pairs[~own].groupby("source")["s"].mean()
    metrics = json.loads((clone / "metrics/emid.json").read_text())
    assert metrics["base"]["emi"]["id_test"] == pytest.approx(club["base"] - club["reference"])


@pytest.mark.slow
def test_mlflow_holds_a_parent_run_with_a_child_for_each_model(clone: Path) -> None:
    with sqlite3.connect(clone / "mlflow.db") as store:
        runs = dict(store.execute("select run_uuid, name from runs"))
        children = dict(
            store.execute("select run_uuid, value from tags where key = 'mlflow.parentRunId'")
        )
        parent = {name: run for run, name in runs.items()}["evaluation"]
        assert sorted(runs[run] for run in children) == ["base", "sft"]
        assert set(children.values()) == {parent}
        keys = {
            key
            for run in children
            for (key,) in store.execute("select key from metrics where run_uuid = ?", (run,))
        }
        assert {
            "emid.user.german.low",
            "emid.user.high",
            "bound.joint.composition.word_level",
            "risk.max",
        } <= keys
        inputs = store.execute("select count(*) from datasets").fetchone()[0]
        assert inputs == len(TEST_SPLITS) + 1


@pytest.mark.slow
def test_both_adapters_were_trained_and_the_report_shows_every_shift(clone: Path) -> None:
    for name in ("reasoner", "responder", "cold_reasoner", "cold_responder"):
        assert (clone / "models/estimators" / name / "adapter_model.safetensors").stat().st_size > 0
    page = (clone / "build/report.html").read_text()
    assert all(shift.name in page for shift in SHIFTS)
    # Read without a network: nothing is loaded from elsewhere (namespaces are names, not places).
    assert re.findall(r"""(?:src|href)=["']https?:|url\(["']?https?:|@import""", page) == []


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_again_does_nothing_and_a_report_parameter_reruns_the_report_alone(clone: Path) -> None:
    start = time.monotonic()
    again = dvc(clone, "repro")
    print(f"nothing changed: {time.monotonic() - start:.1f} s")
    assert again.returncode == 0
    assert "Running stage" not in again.stdout
    params = yaml.safe_load((clone / "params.yaml").read_text())
    params["report"]["precision"] = 2
    (clone / "params.yaml").write_text(yaml.safe_dump(params))
    changed = dvc(clone, "repro")
    ran = [line for line in changed.stdout.splitlines() if line.startswith("Running stage")]
    assert ran == ["Running stage 'report':"]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("section", "name", "value", "told"),
    [
        ("reply", "max_tokns", 3, "unknown parameter 'reply.max_tokns'"),
        ("train", "models", ["base", "stf"], "did you mean 'sft'"),
        ("fetch", "base", "/nowhere", "is not a model folder"),
    ],
)
def test_a_mistake_is_one_sentence_and_keeps_what_is_there(
    clone: Path, section: str, name: str, value: object, told: str
) -> None:
    params = yaml.safe_load((clone / "params.yaml").read_text())
    broken = yaml.safe_dump({**params, section: {**params[section], name: value}})
    (clone / "broken.yaml").write_text(broken)
    done = subprocess.run(
        [sys.executable, "-m", "remid", "--params", "broken.yaml", "fetch"],
        cwd=clone,
        env=environment(clone),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert (clone / "models/base/model.safetensors").exists()


def study(clone: Path, name: str) -> dict:
    """Run a study beside the pipeline, which it must leave as it was."""
    before = (clone / "scores/table.json").read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "remid", name],
        cwd=clone,
        env=environment(clone),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert (clone / "scores/table.json").read_bytes() == before
    assert (clone / "studies" / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
    return json.loads((clone / "metrics" / f"{name}.json").read_text())


@pytest.mark.slow
def test_seeds_of_one_seed_are_the_pipeline_itself(clone: Path) -> None:
    """One training of each model, averaged over one seed, is what `evaluate` found."""
    found, known = study(clone, "seeds"), json.loads((clone / "metrics/emid.json").read_text())
    for model in ("base", "sft"):
        assert found[model]["emi"] == pytest.approx(known[model]["emi"])
        assert found[model]["risk"] == known[model]["risk"]
    page, known_page = (
        (clone / name).read_text() for name in ("studies/seeds.html", "build/report.html")
    )
    assert "was trained with the seeds 20251217;" in page
    start, end = "<caption>Models", "<h2>The estimators"
    shown, known_shown = (text[text.index(start) : text.index(end)] for text in (page, known_page))
    number = re.compile(r"[+-]?\d+\.\d+")
    assert number.sub("#", shown) == number.sub("#", known_shown)
    # Texts are embedded in other batches, and roots of a small JS make their rounding visible.
    assert [float(n) for n in number.findall(shown)] == pytest.approx(
        [float(n) for n in number.findall(known_shown)], abs=0.005
    )


@pytest.mark.slow
def test_ordering_corrupts_all_of_id(clone: Path) -> None:
    found = study(clone, "ordering")
    ids = (clone / "splits/id_test.jsonl").read_text().splitlines()
    assert found["n"] == len(ids)
    for curve in found["nats_per_token"]:
        assert curve["rates"] == [0, 0.25, 0.5, 0.75, 1]
        emi = [row["emi"]["value"] for row in curve["rows"]]
        assert emi[0] == 0
        assert emi[4] - emi[0] == pytest.approx(sum(step["value"] for step in curve["steps"]))


@pytest.mark.slow
def test_ablation_compares_three_estimators_on_every_split(clone: Path) -> None:
    found = study(clone, "ablation")
    rows = {row["group"]: row for row in found["rows"]}
    assert set(rows) == {"id_test", "user", "character", "composition", "background", *TEST_SPLITS}
    for row in rows.values():
        full = row["perplexity"]["full"]["value"]
        for name, gap in row["against_full"].items():
            assert gap["ratio"]["value"] == pytest.approx(row["perplexity"][name]["value"] / full)
            assert gap["by_seed"] == [pytest.approx(gap["ratio"]["value"])]
