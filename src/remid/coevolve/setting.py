"""What the phases of one CoRL run share."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from remid.domain.dialogue import Dialogue
from remid.params import Coevolve
from remid.training.job import Engine, LoraShape

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Setting:
    """Everything that the phases of one run share."""

    base: Path
    params: Coevolve
    train: Sequence[Dialogue]
    """Dialogues of id_train that may be trained on."""
    held_out: Sequence[Dialogue]
    """The other dialogues of id_train."""
    engine: Engine
    lora: LoraShape
    max_prompt_tokens: int
    token_budget: int
    seed: int
    start: tuple[Path, Path] | None = None
    """Adapters of reasoner and responder that stand in for the cold start."""
    log: Callable[[str], None] = field(default=logger.info)

    @property
    def written(self) -> list[Dialogue]:
        """Training dialogues whose trace was written by a person, in the seed's order."""
        return [dialogue for dialogue in self.train if dialogue.trace]
