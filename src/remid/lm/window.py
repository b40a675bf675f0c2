"""How long a prompt may be: what the model's own window leaves."""

from pathlib import Path

from remid.domain.errors import RemidError
from remid.store.reading import read_object

RESERVE = 512
"""Tokens kept free behind the prompts of a training, for its rollouts or references."""
LEAST_PROMPT = 64
"""Shortest prompt, in tokens, that is worth a reply."""


def prompt_limit(base: Path, wanted: int | None, *, reserve: int) -> int:
    """Longest prompt, in tokens, of the model in the folder `base`.

    Parameters
    ----------
    wanted : `model.max_prompt_tokens`; None takes what the window leaves.
    reserve : tokens that stay free behind the prompt, for a reply or a trace.

    Raises
    ------
    RemidError
        When there is no model, or its window leaves no room for a dialogue.
    """
    file = base / "config.json"
    if not file.is_file():
        raise RemidError(f"{base}: no model there (config.json is absent); run the fetch stage.")
    config = read_object(file, "run `remid fetch`, which gets it again")
    window = window_of(config.get("text_config") or config)
    return limit(window, wanted, reserve=reserve, name=str(base))


def limit(window: int | None, wanted: int | None, *, reserve: int, name: str) -> int:
    """Return the smaller of what is wanted and what a window leaves; either may be unknown."""
    left = None if window is None else window - reserve
    known = [each for each in (wanted, left) if each is not None]
    if not known:
        raise RemidError(
            f"{name}: its configuration does not say how many tokens it reads; set "
            "model.max_prompt_tokens."
        )
    if min(known) < LEAST_PROMPT:
        raise RemidError(
            f"{name}: reads {window} tokens, and {reserve} behind the prompt leave {left} for the "
            "dialogue; lower reply.max_tokens, or use a model with a longer window."
        )
    return min(known)


def window_of(config: dict[str, object]) -> int | None:
    """Tokens that a model reads at once, by its configuration; None where it does not say."""
    for key in ("max_position_embeddings", "n_positions", "seq_length", "max_seq_len"):
        if isinstance(value := config.get(key), int) and value > 0:
            return value
    return None
