"""The estimators that CoRL trained, as an evaluation uses them."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm import model, prompts, traces
from remid.lm.likelihood.score import PairLogProbabilities, score_own
from remid.lm.runtime import Runtime
from remid.lm.window import RESERVE, prompt_limit
from remid.store.cache import ContentCache
from remid.store.layout import Layout
from remid.store.project import Project
from remid.training import devices


def responder(project: Project, adapter: Path, cache: ContentCache | None) -> Runtime:
    """Load the base model with a responder's adapter."""
    return _load(project, "responder", adapter, cache)


def write_traces(project: Project, reasoner: Path, dialogues: Sequence[Dialogue]) -> list[str]:
    """Let a reasoner write a trace for every dialogue; finished ones come from the cache."""
    # Traces are kept by content: the base's and adapter's fingerprints, the prompt and the seed.
    params = project.params
    with closing(ContentCache(project.layout.cache / "traces.sqlite")) as cache:
        return traces.write_traces(
            _load(project, "reasoner", reasoner, cache),
            dialogues,
            max_new_tokens=params.evaluate.trace_tokens,
            seed=params.seed,
        )


def score_references(
    runtime: Runtime,
    dialogues: Sequence[Dialogue],
    written: Sequence[str],
    *,
    progress: str | None = None,
) -> PairLogProbabilities:
    """Score each dialogue's reference reply under its own prompt with its own trace."""
    encoded = [
        runtime.encode(prompts.responder_prompt(d, trace))
        for d, trace in zip(dialogues, written, strict=True)
    ]
    chat = runtime.lm.chat
    replies = [prompts.encode_reply(d.reference, chat, dialogue_id=d.id) for d in dialogues]
    return score_own(runtime, encoded, replies, progress=progress)


def require(layout: Layout) -> None:
    """Refuse to evaluate without estimators.

    Raises
    ------
    RemidError
        Naming the one that is absent.
    """
    for name in ("reasoner", "responder"):
        if not (layout.estimators / name / "adapter_config.json").is_file():
            raise RemidError(
                f"{layout.estimators / name}: this estimator has not been trained; run `dvc pull` "
                "or `dvc repro coevolve` once."
            )


def _load(project: Project, name: str, adapter: Path, cache: ContentCache | None) -> Runtime:
    lm = model.load(
        project.layout.base,
        adapters={name: adapter},
        dtype=devices.dtype(project.params),
        device=devices.device(project.params),
        merge=True,
    )
    return runtime(project, lm, name, cache)


def runtime(
    project: Project, lm: model.LanguageModel, adapter: str | None, cache: ContentCache | None
) -> Runtime:
    """Give a model the project's limits."""
    limits, layout = project.params.model, project.layout
    most = prompt_limit(layout.base, limits.max_prompt_tokens, reserve=RESERVE)
    strict = project.params.evaluate.strict
    return Runtime(lm, adapter, most, limits.token_budget, cache, strict)
