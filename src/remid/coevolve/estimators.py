"""The estimators that CoRL trained, as an evaluation uses them."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from remid.coevolve import released
from remid.coevolve.chains import Estimator, from_folder, from_source
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm import model, prompts, traces
from remid.lm.chat import Chat
from remid.lm.likelihood.score import PairLogProbabilities, score_own
from remid.lm.runtime import Runtime
from remid.lm.window import RESERVE, prompt_limit
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.training import devices

TRAINED, RELEASED, SCRATCH = "trained", "released", "scratch"
COLD_STARTS = ("cold_reasoner", "cold_responder")
"""Folders of the adapters that a run of CoRL starts from."""


def scorer(project: Project) -> Chat:
    """Chat format of the model that scores every reply.

    Raises
    ------
    RemidError
        As :func:`located`, or when the base model is absent.
    """
    base = located(project).base
    if not (base / "config.json").is_file():
        raise RemidError(f"{base}: no model there, so no reply can be measured; run `remid fetch`.")
    return model.load_chat(base)


def responder(project: Project, own: Estimator, cache: ContentCache | None) -> Runtime:
    """Load the base model with a responder's adapters."""
    return _load(project, "responder", own, cache)


def write_traces(project: Project, own: Estimator, dialogues: Sequence[Dialogue]) -> list[str]:
    """Let a reasoner write a trace for every dialogue; finished ones come from the cache."""
    # Traces are kept by content: the base's and adapter's fingerprints, the prompt and the seed.
    params = project.params
    with closing(ContentCache(project.layout.cache / "traces.sqlite")) as cache:
        return traces.write_traces(
            _load(project, "reasoner", own, cache),
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
        runtime.responder_prompt(d, trace) for d, trace in zip(dialogues, written, strict=True)
    ]
    chat = runtime.lm.chat
    replies = [prompts.encode_reply(d.reference, chat, dialogue_id=d.id) for d in dialogues]
    return score_own(runtime, encoded, replies, progress=progress)


def located(project: Project) -> Estimator:
    """Find the estimators of `evaluate.estimator`.

    Raises
    ------
    RemidError
        Naming what is absent, not whole, not pinned, or made for another base.
    """
    layout, source = project.layout, project.params.evaluate.estimator
    if source == RELEASED:
        released.read(layout)
        return from_folder(released.estimators(layout), base=layout.base, remedy=released.REMEDY)
    if source == TRAINED:
        remedy = "run `dvc repro coevolve` once, or set evaluate.estimator to `released`"
        return from_folder(layout.estimators, base=layout.base, remedy=remedy)
    remedy = (
        f"evaluate.estimator takes `{TRAINED}`, `{RELEASED}`, a folder that has it, or "
        "hub:OWNER/NAME@REVISION"
    )
    return from_source(source, base=layout.base, remedy=remedy)


def described(project: Project) -> str:
    """Return whose probabilities an evaluation uses, for its table."""
    source = project.params.evaluate.estimator
    if source == RELEASED:
        card = released.read(project.layout)
        return f"{card.name}; {card.kept['traces']} traces and {card.kept['scores']} scores came with it"
    if source == TRAINED:
        return f"trained here, from {project.params.coevolve.start}"
    return source


def training_curve(project: Project) -> Path:
    """Where the training curve of these estimators would be."""
    layout = project.layout
    if project.params.evaluate.estimator == RELEASED:
        return layout.released / released.CURVE
    if project.params.evaluate.estimator == TRAINED:
        return layout.plots / "coevolve.csv"
    return Path(project.params.evaluate.estimator) / released.CURVE


def cold_start(project: Project) -> tuple[Path, Path] | None:
    """The adapters that `coevolve.start` names, (reasoner, responder); None where it has none.

    Raises
    ------
    RemidError
        As :func:`located`.
    """
    layout, start = project.layout, project.params.coevolve.start
    if start == SCRATCH:
        return None
    if start == RELEASED:
        released.read(layout)
    folder = released.estimators(layout) if start == RELEASED else Path(start)
    remedy = f"coevolve.start takes `{SCRATCH}`, `{RELEASED}`, or a folder that has it"
    _having(folder, COLD_STARTS, remedy)
    return folder / COLD_STARTS[0], folder / COLD_STARTS[1]


def _having(folder: Path, names: Sequence[str], remedy: str) -> Path:
    for name in names:
        if not (folder / name / "adapter_config.json").is_file():
            raise RemidError(f"{folder / name}: there is no such estimator; {remedy}.")
    return folder


def loaded(project: Project) -> dict[str, str]:
    """What an evaluation loads: base, adapters and templates, each with its hash."""
    own, params = located(project), project.params
    # The folder says nothing of where the base is from.
    names = {own.base: params.fetch.base} if own.base == project.layout.base else {}
    return replace(own, sources={**own.sources, **names}).loaded


def _load(project: Project, name: str, own: Estimator, cache: ContentCache | None) -> Runtime:
    # Once a model that is loaded, not wherever it is asked whose the estimators are.
    if project.params.evaluate.estimator == RELEASED:
        released.fill_caches(project.layout)
    chain = own.reasoner if name == "reasoner" else own.responder
    lm = model.load(
        own.base,
        adapters={name: chain[-1]},
        beneath=chain[:-1],
        dtype=devices.dtype(project.params),
        device=devices.device(project.params),
        merge=True,
    )
    found = runtime(project, lm, name, cache, base=own.base)
    return replace(found, templates=own.templates)


def runtime(
    project: Project,
    lm: model.LanguageModel,
    adapter: str | None,
    cache: ContentCache | None,
    *,
    base: Path | None = None,
) -> Runtime:
    """Give a model the project's limits, and those of its base, the project's if None."""
    limits = project.params.model
    most = prompt_limit(base or project.layout.base, limits.max_prompt_tokens, reserve=RESERVE)
    strict = project.params.evaluate.strict
    return Runtime(lm, adapter, most, limits.token_budget, cache, strict=strict)
