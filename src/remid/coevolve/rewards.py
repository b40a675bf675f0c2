"""What a rollout is worth: plain batch functions, each between 0 and 1."""

import math
from collections.abc import Sequence

from remid.lm.traces import HEADINGS, parse_trace


def trace_format(traces: Sequence[str]) -> list[float]:
    r"""Half for all the headings, half for a feature block at the end.

    >>> trace_format(["## User\na\n## Character\nb\n## Dialogue\nc\n## Features\n- d", "no"])
    [1.0, 0.0]
    """
    rewards = []
    for trace in traces:
        parsed = parse_trace(trace)
        headings = all(heading in parsed.sections for heading in HEADINGS)
        block = bool(parsed.features) and list(parsed.sections)[-1:] == [HEADINGS[-1]]
        rewards.append(0.5 * headings + 0.5 * block)
    return rewards


def trace_length(traces: Sequence[str], *, feature_words: int) -> list[float]:
    r"""Words of the feature block over a target, at most 1.

    >>> trace_length(["## Features\n- one two\n- three"], feature_words=6)
    [0.5]
    """
    return [
        min(
            1.0,
            sum(len(feature.split()) for feature in parse_trace(trace).features) / feature_words,
        )
        for trace in traces
    ]


def likelihood(mean_log_probabilities: Sequence[float]) -> list[float]:
    """Exp of the mean-token log-probability of the reference reply: its inverse perplexity.

    Parameters
    ----------
    mean_log_probabilities : log q(y | x, r_g) / tokens of y, nats per token, one per rollout.

    >>> likelihood([0.0])
    [1.0]
    """
    return [math.exp(value) for value in mean_log_probabilities]


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

    Serves both responder rewards: with log p("100%") under the judge, and with the mean-token
    log-likelihood under the cold-start responder.

    >>> relative([-1.0, -1.0], [-1.0, -2.0])
    [1.0, 1.0]
    """
    return [
        math.exp(min(candidate - reference, 0.0))  # nan stays nan, which 1 as the first would hide
        for candidate, reference in zip(candidates, references, strict=True)
    ]
