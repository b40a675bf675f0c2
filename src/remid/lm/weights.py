"""Weights that are numbers."""

from collections.abc import Mapping

import torch

from remid.domain.errors import RemidError

LARGEST = 1e4
"""Largest absolute weight of an adapter; trained ones stay below 10."""


def require_finite(weights: Mapping[str, torch.Tensor], what: str, remedy: str) -> None:
    """Refuse weights that are no numbers, or far beyond any that a training ends with.

    A diverged training can finish: its gradients are set to zero where they are no numbers, and
    what it then exports answers with noise.

    Raises
    ------
    RemidError
        Naming the first such weight.
    """
    for key, weight in weights.items():
        largest = float(weight.detach().abs().max()) if weight.numel() else 0.0
        if not largest <= LARGEST:  # nan is no number, and so not below it
            raise RemidError(f"{what} holds {largest:g} in {key}; {remedy}.")
