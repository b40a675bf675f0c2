"""What readers of the figures are told beside them, on the page and in the terminal alike."""

from collections.abc import Sequence

LIMITS = (
    "The figures are those of the responder, not of the true law of replies: a weak responder sees "
    "little of the information in a reply.",
    "They do not say that replies are good, safe or liked: R-EMI is how much of user, character and "
    "dialogue this responder can read from a reply, beside what it reads from the reference reply. "
    "An LLM judge (remid judge) or readers say the rest.",
    "Words that a reply copies from its context count as information: R-EMI above 0 is not praise.",
    "They say nothing about users, characters or dialogues that none of the splits stands for.",
    "The bounds are estimates, and take good replies to the same input as unchanged by the shift: "
    "a change of those cannot be told from samples.",
)
"""True of every evaluation."""

MARKS = (
    "* significant at 5% after Holm's correction, over the factors or over the shifts of a model. "
    "Rows of two models are paired by dialogue.",
    "! the dependence between the input factors shifted: the published bound cannot be trusted "
    "there.",
)
"""What the marks in the tables mean."""


def limits(seeds: Sequence[int] = ()) -> tuple[str, ...]:
    """Return what the figures do not show.

    Parameters
    ----------
    seeds : of the trainings that each model's figures are the mean of; none where it is one.
    """
    other = "seed of the models" if seeds else "draw of the model's replies"
    return (
        *LIMITS,
        "Intervals are over dialogues: they do not cover another training of the responder or "
        f"another {other}.",
    )


def scored_part(reply_tokens: int | None) -> str:
    """Say how much of a reply the figures are about."""
    if reply_tokens is None:
        return "Replies and references are scored whole."
    return f"Of every reply and every reference the first {reply_tokens} tokens are scored."
