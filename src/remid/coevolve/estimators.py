"""The estimators that CoRL trained, as the stages use them."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from remid.domain.dialogue import Dialogue
from remid.lm import model, traces
from remid.params import Params
from remid.store.cache import ContentCache
from remid.store.layout import Layout
from remid.training import devices


def load(params: Params, layout: Layout, **adapters: Path) -> model.LanguageModel:
    """Load the base model with an adapter of CoRL."""
    return model.load(
        layout.base,
        adapters=adapters,
        dtype=params.model.dtype,
        device=devices.device(params),
        merge=True,
    )


def write_traces(
    params: Params, layout: Layout, reasoner: Path, dialogues: Sequence[Dialogue]
) -> list[str]:
    """Let a reasoner write a trace for every dialogue; finished ones come from the cache."""
    lm = load(params, layout, reasoner=reasoner)
    with closing(ContentCache(layout.cache / "traces.sqlite")) as cache:
        return traces.write_traces(
            lm,
            dialogues,
            adapter="reasoner",
            max_new_tokens=params.evaluate.trace_tokens,
            max_prompt_tokens=params.model.max_prompt_tokens,
            seed=params.seed,
            token_budget=params.model.token_budget,
            cache=cache,
        )
