"""`remid plan`: how large the next run must be, from a finished one."""

import json

import numpy as np

from remid.coevolve import estimators
from remid.corpus.splits import read_tests
from remid.domain.errors import RemidError
from remid.domain.output import Output
from remid.evaluation import scored as scores
from remid.evaluation.divergences import factor_texts
from remid.evaluation.planned import PlannedRow, planned
from remid.information.planning import Lengths
from remid.report import tables
from remid.store.project import Project


def run(project: Project, *, half_width: float) -> Output:
    """Return, for every model and shift, the sizes that give +- `half_width` for the fewest tokens.

    Raises
    ------
    RemidError
        When nothing was evaluated, or the half-width is not above 0.
    """
    if not half_width > 0:
        raise RemidError(f"--half-width is {half_width}; expected nats above 0, such as 0.1.")
    layout, params = project.layout, project.params
    files = sorted((layout.scores / "pairs").glob("*.parquet"))
    if not files:
        raise RemidError(f"{layout.scores / 'pairs'}: nothing was evaluated; run `dvc repro`.")
    own = {found.split: found for found in map(scores.read, files)}
    unit = params.evaluate.unit
    rows = planned(
        own, _lengths(project, own), unit=unit, level=params.evaluate.level, half_width=half_width
    )
    worst = max(rows, key=lambda row: row.plan.tokens)
    told = (
        f"For +-{half_width} under every shift: {worst.plan.dialogues} dialogues a split with "
        f"{worst.plan.negatives} negatives a reply ({worst.model}, {worst.shift}). One reply was drawn "
        "to a dialogue: what the draw adds cannot be told from what the dialogue adds."
    )
    return Output({"rows": rows}, [grid(rows, half_width, params.report.precision), told])


def grid(rows: list[PlannedRow], half_width: float, precision: int) -> tables.Grid:
    """A row per model and shift."""
    return tables.Grid(
        f"What +-{half_width} takes at least cost; variances of a dialogue's R-EMI, squared nats",
        ("shift", "model", "+- now", "dialogue and draw", "a negative", "on ID", "dialogues",
         "negatives", "million tokens"),
        tuple(
            (
                row.shift,
                row.model,
                *(
                    f"{value:.{precision}f}"
                    for value in (
                        row.half_width,
                        row.components.dialogue,
                        row.components.negative,
                        row.on_id.dialogue,
                    )
                ),
                str(row.plan.dialogues),
                str(row.plan.negatives),
                f"{row.plan.tokens / 1e6:.2f}",
            )
            for row in rows
        ),
    )  # fmt: skip


def _lengths(project: Project, own: dict[str, scores.ScoredSplit]) -> Lengths:
    """Mean lengths over the evaluated dialogues, in the scoring model's tokens."""
    layout, chat = project.layout, estimators.scorer(project)
    ids = {key for split in own.values() for key in split.ids}
    chosen = [d for members in read_tests(layout).values() for d in members if d.id in ids]
    lines = (layout.scores / "traces.jsonl").read_text(encoding="utf-8").splitlines()
    traces = [len(chat.content(json.loads(line)["trace"])) for line in lines]
    prompts = [len(chat.content("\n".join(factor_texts(d).values()))) for d in chosen]
    tokens = np.concatenate([each.tokens for s in own.values() for each in s.sources.values()])
    return Lengths(
        prompt=float(np.mean(prompts)),
        trace=float(np.mean(traces)) if traces else 0.0,
        reply=float(tokens.mean()),
        shuffles=project.params.evaluate.shuffles,
    )
