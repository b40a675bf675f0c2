"""Checks over dialogues and splits, run by Great Expectations."""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from remid.checks import leakage
from remid.checks.expectations import (
    BALANCE,
    REPLY_LENGTH,
    SOME,
    UNIQUE,
    Named,
    file_expectations,
    split_expectations,
)
from remid.checks.facts import LENGTH, Facts, of_file, of_split
from remid.checks.limits import Limits
from remid.checks.suites import Suite, run_suites
from remid.domain.dialogue import Dialogue
from remid.domain.shift import Declaration


@dataclass(frozen=True, slots=True)
class Failure:
    """One reason why an expectation failed."""

    split: str
    """The split, or the name of the file."""
    expectation: str
    """Name of the expectation, such as ``turns_alternate``."""
    dialogue_ids: tuple[str, ...]
    """The dialogues that the reason concerns."""
    reason: str
    """What is wrong, with the field where there is one."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was checked in a split."""

    dialogues: int
    expectations: int
    failed: int
    """Expectations that did not hold."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The outcome of the checks."""

    failures: tuple[Failure, ...]
    """Empty if everything holds."""
    counts: Mapping[str, Counts]
    """By split."""


def check_splits(
    splits: Mapping[str, Sequence[Dialogue]],
    limits: Limits,
    declaration: Declaration,
    *,
    docs: Path | None = None,
) -> CheckReport:
    """Check every split, alone and against the others.

    Parameters
    ----------
    declaration : what the splits are to be.
    docs : folder for the data docs as HTML; replaced. None writes none.
    """
    with _bar(2 * len(splits) + (docs is not None)) as bar:  # a split is judged, then validated
        leaks = leakage.leaks(splits, limits.near_duplicate, declaration.built)
        ids = leakage.shared_ids(splits)
        facts = {}
        for name in splits:
            facts[name] = of_split(
                name,
                splits,
                declaration,
                leaks=leaks.get(name, {}),
                shared_ids=ids.get(name, {}),
                limits=limits,
            )
            bar.update()
        named = {name: split_expectations(name, facts[name], splits, limits) for name in splits}
        return _check(facts, named, docs, bar)


def check_file(name: str, dialogues: Sequence[Dialogue], limits: Limits) -> CheckReport:
    """Check dialogues that belong to no split: what holds for any of them."""
    with _bar(2) as bar:
        facts = of_file(dialogues, limits)
        bar.update()
        return _check({name: facts}, {name: file_expectations(facts)}, None, bar)


def _bar(total: int) -> Any:
    return tqdm(total=total, desc="check", unit="suite", file=sys.stderr)


def _check(
    facts: Mapping[str, Facts], named: Mapping[str, Sequence[Named]], docs: Path | None, bar: Any
) -> CheckReport:
    suites = {
        name: Suite(facts[name].frame, [n.expectation for n in named[name]]) for name in facts
    }
    outcomes = run_suites(suites, docs, done=bar.update)
    failures: list[Failure] = []
    counts = {}
    for split, results in outcomes.items():
        failed = 0
        for name, result in zip([n.name for n in named[split]], results, strict=True):
            # An expectation that holds leaves nothing to say but its count.
            if not result["success"]:
                failed += 1
                failures += _failures(split, name, facts[split], result)
        counts[split] = Counts(len(facts[split].frame), len(results), failed)
    return CheckReport(tuple(failures), counts)


def _failures(split: str, name: str, facts: Facts, result: Mapping[str, Any]) -> list[Failure]:
    frame, detail = facts.frame, result["result"]
    ids = [str(id) for id in frame["id"]]
    if name in (SOME, BALANCE):
        wanted = result["expectation_config"]["kwargs"]
        most = wanted.get("max_value")
        reason = f"{len(ids)} dialogues, expected {wanted['min_value']}" + (
            f" to {most}" if most is not None else " or more"
        )
        return [Failure(split, name, tuple(ids), reason)]
    if name == REPLY_LENGTH:
        return [_reply_length(split, frame, result)]
    # One failure a reason: a hundred dialogues with the same fault are one line with their ids.
    reasons: dict[str, list[str]] = defaultdict(list)
    for row in detail["unexpected_index_list"]:
        reasons["id: used more than once" if name == UNIQUE else row[name]].append(str(row["id"]))
    return [
        Failure(split, name, tuple(dict.fromkeys(members)), reason)
        for reason, members in reasons.items()
    ]


def _reply_length(split: str, frame: Any, result: Mapping[str, Any]) -> Failure:
    """Name the dialogues outside the widest range that any quartile may take."""
    ranges = result["expectation_config"]["kwargs"]["quantile_ranges"]["value_ranges"]
    low, high = ranges[0][0], ranges[-1][1]
    outside = frame.loc[~frame[LENGTH].between(low, high), "id"]
    found = ", ".join(f"{value:.0f}" for value in result["result"]["observed_value"]["values"])
    expected = ", ".join(f"{low:.0f}-{high:.0f}" for low, high in ranges)
    return Failure(
        split,
        REPLY_LENGTH,
        tuple(outside if len(outside) else frame["id"]),
        f"reference: quartiles of its length {found} bytes, expected {expected}",
    )
