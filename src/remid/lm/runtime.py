"""A language model with what every call of it needs beside the texts."""

from dataclasses import dataclass, replace

from remid.domain.dialogue import Dialogue
from remid.lm.likelihood.thresholds import Thresholds
from remid.lm.model import LanguageModel
from remid.lm.prompts import EncodedPrompt, Prompt, encode, reasoner_prompt, responder_prompt
from remid.lm.templates import Templates
from remid.store.cache import ContentCache


@dataclass(frozen=True)
class Runtime:
    """Which weights answer, how much is held at once, and where finished work is kept."""

    lm: LanguageModel
    adapter: str | None = None
    """The adapter that answers; None for the base alone."""
    max_prompt_tokens: int = 1 << 30
    """Longest prompt, in tokens; the oldest turns are dropped to fit."""
    token_budget: int = 1 << 16
    """Tokens held by one forward pass; halved on running out of memory."""
    cache: ContentCache | None = None
    """Finished scores and texts, kept by content; None keeps nothing."""
    thresholds: Thresholds | None = None
    """When pairs are read in which way; None takes the device's. No score depends on it."""
    strict: bool = False
    """Score every pair alone, so that a score depends on nothing but its own texts."""
    templates: Templates | None = None
    """Prompts of a user's; None takes the built-in ones."""

    def on(self, adapter: str | None) -> "Runtime":
        """Answer with another adapter of the same model."""
        return replace(self, adapter=adapter)

    def within(self, max_prompt_tokens: int) -> "Runtime":
        """Read prompts of at most so many tokens."""
        return replace(self, max_prompt_tokens=max_prompt_tokens)

    @property
    def identity(self) -> str:
        """Name the weights that answer."""
        return self.lm.identity(self.adapter)

    def encode(self, prompt: Prompt) -> EncodedPrompt:
        """Turn a prompt into ids of this model's chat format; see :func:`prompts.encode`."""
        return encode(prompt, self.lm.chat, max_tokens=self.max_prompt_tokens)

    def responder_prompt(self, dialogue: Dialogue, trace: str) -> EncodedPrompt:
        """What the responder reads before a reply."""
        return self.encode(responder_prompt(dialogue, trace, self.templates))

    def reasoner_prompt(self, dialogue: Dialogue) -> EncodedPrompt:
        """What the reasoner reads before it writes a trace."""
        return self.encode(reasoner_prompt(dialogue, self.templates))
