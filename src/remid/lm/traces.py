"""Reasoning traces: how they are written and read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remid.domain.dialogue import Dialogue
from remid.lm.generation import Sampling, generate
from remid.lm.model import LanguageModel
from remid.lm.prompts import HEADINGS, encode, reasoner_prompt
from remid.store.cache import ContentCache

__all__ = ["HEADINGS", "Trace", "parse_trace", "write_traces"]


@dataclass(frozen=True)
class Trace:
    """A reasoning trace, taken apart."""

    sections: Mapping[str, str]
    """Heading to what stands below it, in order."""
    features: tuple[str, ...]
    """Lines of the feature block."""

    @property
    def well_formed(self) -> bool:
        """All headings in order, and a feature block at the end."""
        return tuple(self.sections) == HEADINGS and bool(self.features)


def parse_trace(text: str) -> Trace:
    """Take a trace apart; what stands before the first heading is ignored."""
    parts = re.split(r"^## *(.+?) *$", text, flags=re.MULTILINE)[1:]
    sections = {
        heading: body.strip() for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }
    features = tuple(
        line[2:].strip()
        for line in sections.get(HEADINGS[-1], "").splitlines()
        if line.startswith("- ") and line[2:].strip()
    )
    return Trace(sections, features)


def write_traces(
    lm: LanguageModel,
    dialogues: Sequence[Dialogue],
    *,
    adapter: str | None,
    max_new_tokens: int,
    max_prompt_tokens: int,
    seed: int,
    token_budget: int,
    temperature: float = 0.0,
    cache: ContentCache | None = None,
    progress: str | None = "reasoning traces",
) -> list[str]:
    """Let the reasoner write a trace for each dialogue, from X alone."""
    encoded = [encode(reasoner_prompt(d), lm.chat, max_tokens=max_prompt_tokens) for d in dialogues]
    sampling = Sampling(max_new_tokens=max_new_tokens, temperature=temperature, seed=seed)
    texts = generate(
        lm,
        encoded,
        sampling,
        token_budget=token_budget,
        adapter=adapter,
        cache=cache,
        progress=progress,
    )
    return [text.text for text in texts]
