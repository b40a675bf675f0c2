"""Stage `check`: the splits, against what a benchmark must hold."""

import json
from dataclasses import asdict
from pathlib import Path

from remid.checks.limits import Limits
from remid.checks.splits import CheckReport, check_file, check_splits
from remid.corpus import importing
from remid.corpus.options import DEFAULT, Options
from remid.corpus.registry import OWN
from remid.corpus.splits import read_splits
from remid.corpus.summary import counted, table
from remid.corpus.tally import Tally
from remid.domain.output import Output, Unfit
from remid.params import Params
from remid.store.project import Project
from remid.store.whole import write

SHOWN = 8
"""Ids that are printed of a failure; the data docs hold the rest."""


def run(project: Project) -> Output:
    """Check every split; write the data docs, and the metric only if everything holds.

    Raises
    ------
    Unfit
        When an expectation failed; its output names the failures.
    """
    params, layout = project.params, project.layout
    metric = layout.metrics / "checks.json"
    metric.unlink(missing_ok=True)  # a failure must leave nothing that a later stage could use
    splits = read_splits(layout)
    docs = layout.checks / "docs"
    report = check_splits(splits, _limits(params), project.declaration, docs=docs)
    _stop_on_failure(report, f"see {docs / 'index.html'}, then mend the data and run `remid split`")
    counts = {name: asdict(counts) for name, counts in report.counts.items()}
    write(metric, json.dumps(counts, indent=1) + "\n")
    return _summary(report)


def run_file(params: Params, path: Path, options: Options = DEFAULT) -> Output:
    """Check one file of dialogues in any format, without what only holds for splits.

    Raises
    ------
    RemidError
        When the file cannot be read, or too little of it is; Unfit when an expectation failed.
    """
    tally = Tally()
    found = list(importing.read(importing.pinned(path), options, tally))
    # A file in the project's own format needs no summary of what reading it changed.
    own = list(tally.formats) == [OWN]
    told = [f"{path}: {len(found)} dialogues ({', '.join(tally.formats)})", table(tally)]
    report = check_file(path.name, found, _limits(params))
    _stop_on_failure(report, f"mend {path}" if own else f"take them out of {path}")
    summary = _summary(report)
    if own:
        return summary
    content = {**_content(report), "read": counted(tally)}
    return Output(content, [*told, *summary.parts])


def _limits(params: Params) -> Limits:
    return Limits(**params.check.model_dump())


def _stop_on_failure(report: CheckReport, remedy: str) -> None:
    told = []
    for failure in report.failures:
        ids = ", ".join(failure.dialogue_ids[:SHOWN])
        rest = len(failure.dialogue_ids) - SHOWN
        more = f" and {rest} more" if rest > 0 else ""
        told.append(f"{failure.split}: {failure.expectation}: {failure.reason} ({ids}{more})")
    if report.failures:
        failed = sum(counts.failed for counts in report.counts.values())
        raise Unfit(
            f"{failed} expectations about the data do not hold (above); {remedy}.",
            Output(_content(report), told),
        )


def _summary(report: CheckReport) -> Output:
    return Output(
        _content(report),
        [
            f"{split}: {counts.dialogues} dialogues, {counts.expectations} expectations hold"
            for split, counts in report.counts.items()
        ],
    )


def _content(report: CheckReport) -> dict[str, object]:
    return {"splits": dict(report.counts), "failures": list(report.failures)}
