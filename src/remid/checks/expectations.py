"""The expectations over one split, in Great Expectations' terms."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation, Expectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)

from remid.checks.facts import LENGTH, Facts
from remid.checks.limits import Limits
from remid.domain.dialogue import Dialogue
from remid.domain.shift import ID_TEST, ID_TRAIN

QUARTILES = (0.25, 0.5, 0.75)
UNIQUE, SOME, BALANCE, REPLY_LENGTH = (
    "unique_ids",
    "some_dialogues",
    "class_balance",
    "reply_length",
)


class DialoguesSound(ColumnMapMetricProvider):
    """Rows of a rule's column without a reason against the dialogue."""

    condition_metric_name = "column_values.dialogues_sound"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:  # type: ignore[no-untyped-def]  # noqa: N805
        return column == ""


class ExpectDialoguesToBeSound(ColumnMapExpectation):
    """Expect every dialogue to keep the rule that the column is named after.

    The unexpected values are the reasons why it is broken.
    """

    map_metric = "column_values.dialogues_sound"
    library_metadata = {"maturity": "PRODUCTION", "tags": ["dialogues"], "contributors": []}


class ExpectReplyLengthsToBeNear(gxe.ExpectColumnQuantileValuesToBeBetween):
    """Expect the quantiles of a column to lie in ranges."""

    def _validate(self, *args: Any, **kwargs: Any) -> Any:
        result = super()._validate(*args, **kwargs)
        # a numpy bool in 1.24, which the store of results cannot write
        return {**result, "success": bool(result["success"])}


@dataclass(frozen=True, slots=True)
class Named:
    """An expectation and what the reports call it."""

    name: str
    expectation: Expectation


def file_expectations(facts: Facts) -> list[Named]:
    """Expectations over dialogues of no split."""
    rows = gxe.ExpectTableRowCountToBeBetween(min_value=1, description="There are dialogues.")
    return [Named(SOME, rows), *_of_rules(facts)]


def split_expectations(
    split: str, facts: Facts, splits: Mapping[str, Sequence[Dialogue]], limits: Limits
) -> list[Named]:
    """Expectations over a split: its rules, its share of its factor, its replies against ID's."""
    chosen = [_size(split, splits, limits), *_of_rules(facts)]
    # Bytes, not characters: see `LENGTH`. Lone surrogates are another check's to report.
    reference = [len(d.reference.encode("utf-8", "surrogatepass")) for d in splits.get(ID_TEST, ())]
    if split != ID_TEST and reference and len(splits[split]):
        chosen.append(Named(REPLY_LENGTH, _reply_length(reference, limits.reply_length_ratio)))
    return chosen


def _of_rules(facts: Facts) -> list[Named]:
    unique = gxe.ExpectColumnValuesToBeUnique(column="id", description="Every id occurs once.")
    return [
        Named(UNIQUE, unique),
        *(
            Named(name, ExpectDialoguesToBeSound(column=name, description=meaning))
            for name, meaning in facts.rules.items()
        ),
    ]


def _size(split: str, splits: Mapping[str, Sequence[Dialogue]], limits: Limits) -> Named:
    factor = split.split("/")[0]
    # Shifts of one factor are pooled in the report, so they should weigh alike.
    peers = [name for name in splits if name.startswith(f"{factor}/")]
    if split in (ID_TRAIN, ID_TEST):
        some = gxe.ExpectTableRowCountToBeBetween(min_value=1, description="There are dialogues.")
        return Named(SOME, some)
    # The median does not move with one outlier, which the check is there to find.
    middle = median(len(splits[name]) for name in peers)
    rows = gxe.ExpectTableRowCountToBeBetween(
        min_value=max(1, math.ceil(middle / limits.balance_ratio)),
        max_value=max(1, math.floor(middle * limits.balance_ratio)),
        description=f"As many dialogues as the other {factor} shifts, up to check.balance_ratio.",
    )
    return Named(BALANCE, rows)


def _reply_length(reference: Sequence[int], ratio: float) -> Expectation:
    # "nearest", as the expectation computes them by default; bounds inclusive.
    own = pd.Series(reference).quantile(QUARTILES, interpolation="nearest")
    return ExpectReplyLengthsToBeNear(
        column=LENGTH,
        quantile_ranges={
            "quantiles": list(QUARTILES),
            "value_ranges": [[float(q) / ratio, float(q) * ratio] for q in own],
        },
        description="Quartiles of the replies' length near those of id_test "
        "(UTF-8 bytes, check.reply_length_ratio).",
    )
