"""Reasoning traces, written by the reasoner."""

from collections.abc import Sequence

from remid.domain.dialogue import Dialogue
from remid.lm.generation import Sampling, generate
from remid.lm.runtime import Runtime


def write_traces(
    runtime: Runtime,
    dialogues: Sequence[Dialogue],
    *,
    max_new_tokens: int,
    seed: int,
    temperature: float = 0.0,
    progress: str | None = "reasoning traces",
) -> list[str]:
    """Let the reasoner write a trace for each dialogue, from X alone, under given headings.

    A reasoner that is asked by templates of a user's writes freely: its form is the templates'.
    """
    own = runtime.templates
    encoded = [runtime.reasoner_prompt(d) for d in dialogues]
    sampling = Sampling(
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        seed=seed,
        form="free" if own and own.own_reasoner else "trace",
    )
    return [text.text for text in generate(runtime, encoded, sampling, progress=progress)]
