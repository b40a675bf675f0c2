"""What a rollout is worth: plain batch functions, each between 0 and 1."""

import math
from collections.abc import Sequence

from remid.domain.trace import HEADINGS, parse_trace


def trace_format(traces: Sequence[str]) -> list[float]:
    r"""Half for all the headings, half for a feature block at the end.

    >>> trace_format(["## User\na\n## Character\nb\n## Dialogue\nc\n## Features\n- d", "no"])
    [1.0, 0.0]
    """
    rewards = []
    for trace in traces:
        # Two halves, so that rollouts of a model that has learned one of them still differ.
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
