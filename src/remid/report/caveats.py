"""What readers of the figures are told beside them, on the page and in the terminal alike."""

from collections.abc import Sequence

from remid.evaluation.table import Table

LIMITS = (
    "The figures are those of the responder, not of the true law of replies: a weak responder sees "
    "little of the information in a reply.",
    "They do not say that replies are good, safe or liked: R-EMI is how much of user, character and "
    "dialogue this responder can read from a reply, beside what it reads from the reference reply. "
    "An LLM judge (remid judge) or readers say the rest.",
    "R-EMI sees whether a reply belongs to its context, not whether it is a good performance: words "
    "copied from the context count as information, and above 0 is not praise. The copied part and "
    "the order of words stand beside it.",
    "They say nothing about users, characters or dialogues that none of the splits stands for.",
    "The bounds are estimates, and take good replies to the same input as unchanged by the shift: "
    "a change of those cannot be told from samples. The paper's is of whole replies and stands per "
    "reply in either unit.",
)
"""True of every evaluation."""

STAR = (
    "* significant at 5% after Holm's correction over all rows of its table. Rows of two models are "
    "paired by dialogue."
)
WOULD_SEE = (
    "Would see: the smallest true loss that this run had found with 80% power at 5%, if it stood "
    "alone in its table: Holm's correction over all rows is in it. A smaller one may be there unseen."
)
MARKS = {
    "blind": "the responder is not shown to read the references here, or reads less than half of "
    "what it reads on ID: the figure speaks of the responder more than of the model",
    "saturated": "the own context beats over 95% of the negatives, so hardly anything is left to "
    "tell replies apart by",
    "dependence": "the dependence between user, character and dialogue shifted: the paper's bound "
    "cannot be trusted here",
}
"""What the marks of a row mean."""


def legend() -> list[str]:
    """Say what the marks in the tables mean."""
    return [STAR, WOULD_SEE, *(f"{mark}: {meaning}." for mark, meaning in MARKS.items())]


def limits(seeds: Sequence[int] = ()) -> tuple[str, ...]:
    """Return what the figures do not show.

    Parameters
    ----------
    seeds : of the trainings that each model's figures are the mean of; none where it is one.
    """
    # With several seeds the draws are averaged over; the seeds themselves are the few that were run.
    other = "seed of the models" if seeds else "draw of the model's replies"
    return (
        *LIMITS,
        "Intervals are over dialogues: they do not cover another training of the responder or "
        f"another {other}.",
    )


def scored_part(table: Table) -> str:
    """Say how much of a reply the figures are about."""
    limits = {row.split: row.reply_tokens for row in table.splits}
    counts = [count for count in limits.values() if count is not None]
    if not counts:
        return "Replies and references are scored whole."
    return (
        "Of every reply and every reference the first tokens are scored, the same share of what "
        f"references say in every split: {min(counts)} to {max(counts)} tokens."
    )


def left_out(table: Table) -> list[str]:
    """Say which declared shifts are not measured, and which dialogues are in no split."""
    told = []
    if table.too_small:
        counts = ", ".join(f"{shift} ({count})" for shift, count in table.too_small.items())
        told.append(f"Shifts with too few dialogues are not measured: {counts}.")
    if table.no_split:
        counts = ", ".join(f"{count} {reason}" for reason, count in table.no_split.items())
        told.append(f"Dialogues of the corpus that belong to no split: {counts}.")
    return told
