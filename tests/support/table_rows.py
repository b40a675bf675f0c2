"""Rows of a table, of which a test says only what it is about."""

from typing import Any

from remid.domain.estimate import Estimate
from remid.evaluation.table import EmidRow, EmiRow, SplitRow, Table, WorstRow

UNIT = "nats_per_token"


def estimate(value: float, half: float = 0.2, n: int = 9, note: str = "") -> Estimate:
    return Estimate(value, half / 2, value - half, value + half, n, note=note)


def split_row(split: str = "id_test", **changes: Any) -> SplitRow:
    fields: dict[str, Any] = {
        "split": split,
        "unit": UNIT,
        "information": estimate(0.5),
        "copied": estimate(0.0),
        "novel": estimate(0.5),
        "order": estimate(1.0),
        "beaten": 0.8,
        "clusters": 9,
        "perplexity": 20.0,
        "missing": 0,
        "too_long": 0,
        "alone": 0,
        "traces": 9,
        "formed": 9,
        "reply_tokens": 36,
        "blind": False,
    }
    return SplitRow(**{**fields, **changes})


def emi_row(model: str = "m", split: str = "id_test", **changes: Any) -> EmiRow:
    fields: dict[str, Any] = {
        "model": model,
        "split": split,
        "unit": UNIT,
        "emi": estimate(-0.1),
        "replies": estimate(0.4),
        "relative": estimate(0.8),
        "copied": estimate(0.0),
        "novel": estimate(-0.1),
        "order": estimate(1.0),
        "copied_share": 0.02,
        "beaten": 0.7,
        "lower": 0.4,
        "ceiling": 1.1,
        "upper": 9.0,
    }
    return EmiRow(**{**fields, **changes})


def emid_row(model: str = "m", shift: str = "user/german", **changes: Any) -> EmidRow:
    fields: dict[str, Any] = {
        "model": model,
        "shift": shift,
        "unit": UNIT,
        "emid": estimate(0.25),
        "p": 0.5,
        "p_holm": 0.5,
        "replies": estimate(0.3),
        "references": estimate(0.05),
        "relative": estimate(0.1),
        "marks": (),
        "mismatch": estimate(0.15),
        "covariate": estimate(0.1),
        "paper": estimate(3.0),
        "joint": estimate(0.5),
        "scaled": estimate(1.5),
        "shares": {},
        "warning": "",
        "dialogues_needed": 40,
    }
    return EmidRow(**{**fields, **changes})


def worst_row(model: str = "m", shift: str = "user/german", **changes: Any) -> WorstRow:
    fields: dict[str, Any] = {
        "model": model,
        "unit": UNIT,
        "shift": shift,
        "risk": estimate(0.25),
        "median_unbiased": 0.2,
        "marks": (),
    }
    return WorstRow(**{**fields, **changes})


def table(**rows: Any) -> Table:
    """A table of one model with ID and one shift, of which some rows are the given ones."""
    plain = {
        "splits": [split_row(), split_row("user/german")],
        "emi": [
            emi_row(split=split, unit=unit)
            for split in ("id_test", "user/german")
            for unit in (UNIT, "nats_per_reply")
        ],
        "emid": [emid_row()],
        "worst": [worst_row()],
    }
    return Table(**{**plain, **rows})
