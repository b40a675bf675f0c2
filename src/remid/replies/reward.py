"""What a sampled reply is worth: plain batch functions, each between 0 and 1."""

import math
from collections.abc import Sequence


def reply_format(replies: Sequence[str], finished: Sequence[bool]) -> list[float]:
    r"""1 for a reply that is one utterance, brought to its end, without a trace's headings.

    >>> reply_format(["Well met.", "## User\nx", ""], [True, True, True])
    [1.0, 0.0, 0.0]
    """
    return [
        float(done and bool(text.strip()) and "## " not in text and "\n\n" not in text.strip())
        for text, done in zip(replies, finished, strict=True)
    ]


def relative(candidates: Sequence[float], references: Sequence[float]) -> list[float]:
    """min(1, exp(candidate - reference)) for log-scores of candidates and their references.

    1 for a candidate that is at least as good as its reference. Serves rewards of mean-token
    log-likelihoods, of log-ratings, and of log p("100%") under a judge.

    >>> relative([-1.0, -1.0], [-1.0, -2.0])
    [1.0, 1.0]
    """
    return [
        math.exp(min(candidate - reference, 0.0))  # nan stays nan, which 1 as the first would hide
        for candidate, reference in zip(candidates, references, strict=True)
    ]
