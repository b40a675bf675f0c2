"""Two diagnoses set against each other: what is shown of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from remid.commands import html
from remid.commands.diagnosis import Diagnosis, columns, counts, read
from remid.domain.estimate import Estimate, Unit
from remid.evaluation.comparison import ComparisonRow, How, Measure
from remid.evaluation.comparison import compare as set_against
from remid.evaluation.scored import ScoredSplit
from remid.report.tables import Grid, figure
from remid.store.whole import write

if TYPE_CHECKING:
    import pandas as pd

PRECISION = 3


@dataclass(frozen=True)
class Comparison:
    """What of B is better and worse than of A, paired by dialogue."""

    a: str
    b: str
    how: How
    rows: tuple[ComparisonRow, ...]
    left_out: Mapping[str, str]
    """Split to why it is not compared."""
    unpaired: Mapping[str, int]
    """Split to its dialogues that only one of the two has; they are left out."""

    @property
    def worse(self) -> tuple[str, ...]:
        """Splits on which B is worse beyond the margin; none where no margin is given."""
        return tuple(row.split for row in self.rows if row.worse)

    @property
    def exceeded(self) -> str:
        """One sentence when B is worse beyond the margin; else empty."""
        if not self.worse:
            return ""
        name = {"emi": "R-EMI", "emid": "R-EMID"}[self.how.measure]
        return (
            f"{self.b} is worse than {self.a} in {name} by more than {self.how.margin} "
            f"{_words(self.how.unit)} in {', '.join(self.worse)}, at level {self.how.level} after "
            "Holm's correction."
        )

    @property
    def shows(self) -> tuple[str, ...]:
        """Sentences about what the differences show, never stronger than their intervals."""
        size = 1 - self.how.level
        told = []
        for what, sides in (
            ("R-EMI", {r.split: (r.emi.value, r.p_holm) for r in self.rows}),
            ("R-EMID", {r.split: (-r.emid.value, r.emid_p_holm) for r in self.rows if r.emid}),
        ):
            sure = {s: v for s, (v, p) in sides.items() if p is not None and p < size}
            better = [split for split, value in sure.items() if value > 0]
            less = [split for split, value in sure.items() if value < 0]
            if better:
                told.append(f"{what} of {self.b} is better in {', '.join(better)}.")
            if less:
                told.append(f"{what} of {self.b} is worse in {', '.join(less)}.")
            if not sure:
                told.append(
                    f"In {what} no split of {len(sides)} is shown to differ after Holm's "
                    "correction: that is no proof that they are alike."
                )
        if self.exceeded:
            told.append(self.exceeded)
        elif self.how.margin is not None:
            told.append(
                f"No split is shown to be worse by more than {self.how.margin}; one whose interval "
                "reaches beyond it may be."
            )
        lost = {split: count for split, count in self.unpaired.items() if count}
        if lost:
            told.append(
                f"Dialogues that only one of them replied to are left out ({counts(lost)})."
            )
        told += [f"Not compared: {split}, {reason}." for split, reason in self.left_out.items()]
        return tuple(told)

    @property
    def grid(self) -> Grid:
        """One row per split."""

        def mark(p: float | None) -> str:
            return " *" if p is not None and p < 1 - self.how.level else ""

        rows = tuple(
            (
                row.split,
                str(row.emi.n),
                figure(row.emi, PRECISION) + mark(row.p_holm),
                figure(row.emid, PRECISION) + mark(row.emid_p_holm) if row.emid else "",
                "worse" if row.worse else "",
            )
            for row in self.rows
        )
        return Grid(
            f"{self.b} less {self.a} ({_words(self.how.unit)}, paired by dialogue; * after Holm's "
            "correction)",
            ("split", "n", "R-EMI (below 0: worse)", "R-EMID (above 0: worse)", "beyond margin"),
            rows,
        )

    def to_frame(self) -> "pd.DataFrame":
        """One row per split, the differences B less A with their intervals; nan is undefined."""
        import pandas as pd

        nan = float("nan")
        nothing = Estimate(nan, nan, nan, nan, 0)
        return pd.DataFrame(
            {
                "split": row.split,
                "n": row.emi.n,
                **columns("emi", row.emi),
                "p_holm": row.p_holm,
                **columns("emid", row.emid or nothing),
                "emid_p_holm": nan if row.emid_p_holm is None else row.emid_p_holm,
                "p_worse": nan if row.p_worse is None else row.p_worse,
                "worse": row.worse,
            }
            for row in self.rows
        )

    def content(self) -> dict[str, object]:
        """Return what ``--json`` says of it."""
        return {
            "a": self.a,
            "b": self.b,
            "how": self.how,
            "rows": self.rows,
            "worse": self.worse,
            "left_out": dict(self.left_out),
            "unpaired": dict(self.unpaired),
            "shows": self.shows,
        }

    def junit(self, file: Path | str) -> None:
        """Write a test case per split, failed where B is worse beyond the margin."""
        suite = ElementTree.Element(
            "testsuite",
            name="remid compare",
            tests=str(len(self.rows)),
            failures=str(len(self.worse)),
        )
        for row in self.rows:
            case = ElementTree.SubElement(suite, "testcase", classname="remid", name=row.split)
            difference = row.emi if self.how.measure == "emi" else row.emid
            told = figure(difference, PRECISION) if difference else "not judged"
            if row.worse:
                ElementTree.SubElement(case, "failure", message=f"worse: {told}")
            ElementTree.SubElement(case, "system-out").text = told
        write(Path(file), ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))

    def _repr_html_(self) -> str:
        return html.fragment(f"{self.b} set against {self.a}", self.shows, [self.grid])


Side = Diagnosis | Path | str
"""A diagnosis, or the folder that one was written to."""


def compare(
    a: Side,
    b: Side,
    *,
    unit: Unit = "nats_per_token",
    level: float = 0.95,
    measure: Measure = "emi",
    margin: float | None = None,
) -> Comparison:
    """Set diagnosis B against A, paired by dialogue, Holm-corrected over the splits.

    Parameters
    ----------
    a, b : what `remid.diagnose` returned, or folders that it or the command wrote.
    measure, margin : with a margin in nats, splits are judged: `worse` where R-EMI is lower (or
        R-EMID is higher) by more, tested one-sided at 1 - level.

    Raises
    ------
    RemidError
        When they are of different benchmarks or different estimators, or a folder holds no scores.
    """
    return against(_scores(a), _scores(b), How(unit, level, measure, margin))


Scores = tuple[str, Mapping[str, ScoredSplit]]
"""A model and its scores by split."""


def against(a: Scores, b: Scores, how: How) -> Comparison:
    """Compare scores, each of the model that is named beside them."""
    found = set_against(a[1], b[1], (a[0], b[0]), how)
    names = (a[0], b[0]) if a[0] != b[0] else (f"{a[0]} (A)", f"{b[0]} (B)")
    return Comparison(*names, how, found.rows, found.left_out, found.unpaired)


def _scores(side: Side) -> Scores:
    return (side.model, side.scored) if isinstance(side, Diagnosis) else read(Path(side))


def _words(unit: str) -> str:
    return unit.replace("_", " ")
