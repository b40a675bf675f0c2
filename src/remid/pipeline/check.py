"""Stage `check`: the splits, against what a benchmark must hold."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from remid.checks.limits import Limits
from remid.checks.splits import CheckReport, check_file, check_splits
from remid.corpus import importing
from remid.corpus.options import DEFAULT, Options
from remid.corpus.registry import OWN
from remid.corpus.splits import read_splits
from remid.corpus.summary import table
from remid.corpus.tally import Tally
from remid.domain.errors import RemidError
from remid.params import Params
from remid.store.project import Project
from remid.store.whole import write

SHOWN = 8
"""Ids that are printed of a failure; the data docs hold the rest."""


def run(project: Project) -> None:
    """Check every split; write the data docs, and the metric only if everything holds.

    Raises
    ------
    RemidError
        When an expectation failed; the failures are printed first.
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
    _summarise(report)


def run_file(params: Params, path: Path, options: Options = DEFAULT) -> None:
    """Check one file of dialogues in any format, without what only holds for splits.

    Raises
    ------
    RemidError
        When the file cannot be read, too little of it is, or an expectation failed.
    """
    tally = Tally()
    found = list(importing.read(importing.pinned(path), options, tally))
    # A file in the project's own format needs no summary of what reading it changed.
    own = list(tally.formats) == [OWN]
    if not own:
        print(f"{path}: {len(found)} dialogues ({', '.join(tally.formats)})")
        print(table(tally))
    report = check_file(path.name, found, _limits(params))
    _stop_on_failure(report, f"mend {path}" if own else f"take them out of {path}")
    _summarise(report)


def _limits(params: Params) -> Limits:
    return Limits(**params.check.model_dump())


def _stop_on_failure(report: CheckReport, remedy: str) -> None:
    for failure in report.failures:
        ids = ", ".join(failure.dialogue_ids[:SHOWN])
        rest = len(failure.dialogue_ids) - SHOWN
        more = f" and {rest} more" if rest > 0 else ""
        print(
            f"{failure.split}: {failure.expectation}: {failure.reason} ({ids}{more})",
            file=sys.stderr,
        )
    if report.failures:
        failed = sum(counts.failed for counts in report.counts.values())
        raise RemidError(f"{failed} expectations about the data do not hold (above); {remedy}.")


def _summarise(report: CheckReport) -> None:
    for split, counts in report.counts.items():
        print(f"{split}: {counts.dialogues} dialogues, {counts.expectations} expectations hold")
