"""From which sizes on pairs are read in another way."""

from dataclasses import dataclass

NEVER = 1 << 30


@dataclass(frozen=True)
class Thresholds:
    """What is fastest depends on the device; a score does not, beyond the arithmetic's rounding."""

    pack_tokens: int
    """Tokens in one packed pass; longer packs lose to the mask's quadratic cost."""
    whole_tokens: int
    """Longest sequence of prompt and replies that is read in one pass, in a batch with others; a
    CPU is not faster for the batch, and loses to the mask's quadratic cost."""
    pass_tokens: int
    """Tokens of such a batch, if the budget allows."""
    expand_replies: int
    """Replies from which copies of a short prefix's cache are faster than packs."""
    expand_prefix: int
    """Longest prefix whose cache is copied; beyond it the copies cost more than the mask."""
    shared_least: int
    """Tokens that prompts must have in common to be worth a pass of their own."""


BY_DEVICE = {
    # trials on two CPU cores in bfloat16 (docs/performance.md)
    "cpu": Thresholds(
        pack_tokens=400,
        whole_tokens=256,
        pass_tokens=1024,
        expand_replies=16,
        expand_prefix=512,
        shared_least=32,
    ),
    # guesses, never measured: `benchmarks/likelihood.py --device cuda --threshold NAME=TOKENS`
    "cuda": Thresholds(
        pack_tokens=2048,
        whole_tokens=NEVER,
        pass_tokens=NEVER,
        expand_replies=16,
        expand_prefix=NEVER,
        shared_least=256,
    ),
}
