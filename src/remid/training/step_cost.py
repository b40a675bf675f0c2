"""What the parts of a GRPO step cost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from accelerate import Accelerator

Part = Literal["generation", "reward", "optimiser"]
PARTS: tuple[Part, ...] = ("generation", "reward", "optimiser")


class StepCost:
    """Seconds of each part, and token positions that went forward through the model in it.

    Padding counts, for the hardware works on it too; a part inside another is not charged to both.
    """

    def __init__(self, embedding: torch.nn.Module) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self.tokens = dict.fromkeys(PARTS, 0)
        self._now: Part | None = None
        self._since = 0.0
        embedding.register_forward_pre_hook(self._count)

    @contextmanager
    def part(self, name: Part) -> Iterator[None]:
        """Charge what is done inside to `name`."""
        before = self._charge(name)
        try:
            yield
        finally:
            self._charge(before)

    def take(self, accelerator: Accelerator) -> dict[str, float]:
        """Return the figures since the last call: mean seconds of a rank, tokens of all ranks."""
        # A row of (seconds of 3 parts, tokens of 3 parts) from each rank: (ranks, 6).
        own = [*self.seconds.values(), *(float(count) for count in self.tokens.values())]
        row = torch.tensor([own], dtype=torch.float64, device=accelerator.device)
        every = accelerator.gather(row)
        # Ranks work at the same time, so seconds are averaged; tokens are work, so they are added.
        values = [*every[:, :3].mean(0).tolist(), *every[:, 3:].sum(0).tolist()]
        self.seconds, self.tokens = dict.fromkeys(PARTS, 0.0), dict.fromkeys(PARTS, 0)
        names = [f"{part}_{unit}" for unit in ("seconds", "tokens") for part in PARTS]
        return dict(zip(names, values, strict=True))

    def _charge(self, name: Part | None) -> Part | None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()  # kernels that still run belong to the part that started them
        # Time since the last switch goes to the part that was current: nested parts are not
        # charged twice.
        now, before = time.perf_counter(), self._now
        if before is not None:
            self.seconds[before] += now - self._since
        self._now, self._since = name, now
        return before

    def _count(self, _module: torch.nn.Module, arguments: tuple[Any, ...]) -> None:
        if self._now is not None:
            self.tokens[self._now] += arguments[0].numel()
