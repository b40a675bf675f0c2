"""The page: escaped, whole, and with everything that it is given."""

import table_rows

from remid.evaluation.table import PublishedRow
from remid.report.page import About, render

ABOUT = {
    "title": "R-EMID <b>",
    "base": "base",
    "unit": table_rows.UNIT,
    "precision": 3,
    "scored_part": "Replies are scored whole.",
    "traces": [{"id": "<script>alert(1)</script>", "split": "id_test", "trace": "<img src=x>"}],
    "curve": None,
}


def test_text_of_dialogues_is_data() -> None:
    page = render(table_rows.table(), About(**ABOUT))  # type: ignore[arg-type]
    assert "<script>alert" not in page and "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "R-EMID &lt;b&gt;" in page


def test_sentences_figures_and_whose_probabilities_stand_there() -> None:
    table = table_rows.table(estimator="released 2026-01-01, base, round 1")
    about = About(**ABOUT, shows={"m": ["It loses nothing."]})  # type: ignore[arg-type]
    page = render(table, about)
    assert "What this shows of m" in page and "<li>It loses nothing.</li>" in page
    assert "released 2026-01-01" in page and "+0.250 [+0.050, +0.450]" in page


def test_it_asks_nothing_of_a_network() -> None:
    page = render(table_rows.table(), About(**ABOUT))  # type: ignore[arg-type]
    assert "src=" not in page.replace("src=x", "") and "<link" not in page and "@import" not in page


def test_what_was_loaded_and_the_authors_figures_stand_there() -> None:
    rows = [PublishedRow("m", "user/german", 0.6, 1.0, -0.4, 0.25, 72)]
    loaded = {"base": "hub:o/<n>@0123 (abc)", "responder 2": "top (def)"}
    page = render(table_rows.table(published=rows, loaded=loaded), About(**ABOUT))  # type: ignore[arg-type]
    assert "<li>base: <code>hub:o/&lt;n&gt;@0123 (abc)</code></li>" in page
    assert "<li>responder 2: <code>top (def)</code></li>" in page
    title = "By the choices of the paper's authors"
    assert title in page and "<td>-0.400</td>" in page
    assert title not in render(table_rows.table(), About(**ABOUT))  # type: ignore[arg-type]


def test_traces_are_counted_as_the_evaluation_counted_them() -> None:
    said = [
        {"id": "a", "split": "id_test", "trace": "of another form", "formed": True},
        {"id": "b", "split": "id_test", "trace": "of another form", "formed": False},
    ]
    page = render(table_rows.table(), About(**{**ABOUT, "traces": said}))  # type: ignore[arg-type]
    assert "1 of 2 traces are well formed" in page
