"""Study `ablation`: what CoRL and reasoning are worth to the estimator, over several seeds."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from remid.coevolve import estimators, phases, rounds
from remid.coevolve import run as coevolve
from remid.coevolve.chains import Estimator
from remid.corpus.splits import read_split
from remid.domain.dialogue import Dialogue
from remid.domain.output import Output
from remid.domain.shift import ID_TEST
from remid.evaluation.factors import by_factor
from remid.information.arrays import FloatArray, IntArray
from remid.lm.likelihood.score import PairLogProbabilities
from remid.params import Params
from remid.replies.selection import evaluated
from remid.report import figures
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.store.whole import indented, write
from remid.studies.ablation.figures import ablation_figure, ablation_table
from remid.studies.ablation.perplexity import References, Row, ablate

logger = logging.getLogger(__name__)

FULL, COLD, PLAIN = "full", "without CoRL", "without reasoning"


def run(project: Project) -> Output:
    """Train what is missing for every seed, score the references, and write metrics and figure.

    A finished phase, trace or score is never made again; the pipeline's own seed costs little.
    """
    params, layout = project.params, project.layout
    # 1. Dialogues; 2. three variants a seed; 3. rows; 4. files.
    dialogues = _dialogues(project)
    flat = [d for members in dialogues.values() for d in members]
    scored = [_seed(project.with_params(seed=seed), flat) for seed in params.study.seeds]
    sums = {name: np.stack([own[0][name] for own in scored]) for name in scored[0][0]}
    rows = _rows(params, dialogues, sums, scored[0][1])
    found = {"seeds": list(params.study.seeds), "rows": rows}
    write(layout.metrics / "ablation.json", indented(found) + "\n")
    write(layout.studies / "ablation.md", ablation_table(rows))
    figures.save(ablation_figure(rows), layout.studies / "ablation.png")
    return Output(found, [ablation_table(rows)])


def _dialogues(project: Project) -> dict[str, list[Dialogue]]:
    """All of id_test, where the claim is, and the evaluated dialogues of every shift."""
    return evaluated(project) | {ID_TEST: read_split(project.layout, ID_TEST)}


def _seed(
    project: Project, dialogues: Sequence[Dialogue]
) -> tuple[dict[str, FloatArray], IntArray]:
    """Log q of every reference under the three variants trained with one seed, and their tokens."""
    log = _log(project.params.seed)
    for phase in coevolve.phases(project, log=log):
        log(f"{phase.name}: {phase.run()}")
    folder = coevolve.work_folder(project)
    setting = coevolve.setting(project, log=log)
    rounds.Phase(
        "responder without reasoning",
        folder / "plain_responder",
        lambda place: phases.plain_responder(setting, place),
    ).run()
    cold, full = rounds.adapters(folder, 0), rounds.adapters(folder, rounds.chosen_round(folder))
    # The third variant was trained without traces, and is shown none.
    empty = [""] * len(dialogues)
    made = {
        FULL: (full.responder, _traces(project, full, dialogues)),
        COLD: (cold.responder, _traces(project, cold, dialogues)),
        PLAIN: (folder / "plain_responder" / rounds.RESPONDER, empty),
    }
    scores = {
        name: _score(project, responder, dialogues, traces, f"references, {name}")
        for name, (responder, traces) in made.items()
    }
    return {name: own.sum for name, own in scores.items()}, scores[FULL].tokens


def _traces(
    project: Project, adapters: rounds.Adapters, dialogues: Sequence[Dialogue]
) -> list[str]:
    own = Estimator(project.layout.base, (adapters.reasoner,), (adapters.responder,))
    return estimators.write_traces(project, own, dialogues)


def _score(
    project: Project,
    responder: Path,
    dialogues: Sequence[Dialogue],
    traces: Sequence[str],
    progress: str,
) -> PairLogProbabilities:
    with closing(ContentCache(project.layout.cache / "scores.sqlite")) as cache:
        own = Estimator(project.layout.base, (), (responder,))
        runtime = estimators.responder(project, own, cache)
        return estimators.score_references(runtime, dialogues, traces, progress=progress)


def _rows(
    params: Params,
    dialogues: Mapping[str, Sequence[Dialogue]],
    sums: Mapping[str, FloatArray],
    tokens: IntArray,
) -> list[Row]:
    """One row for each factor as the paper groups them, then one for each split."""
    split = np.array([name for name, members in dialogues.items() for _ in members])
    flat = [d for members in dialogues.values() for d in members]
    # Constructed dialogues share their reference reply with their last parent.
    clusters = np.array([d.parents[-1] if d.parents else d.conversation for d in flat])
    # Masks over all dialogues: one array of scores serves every group.
    groups = {ID_TEST: split == ID_TEST}
    groups |= {factor: np.isin(split, own) for factor, own in by_factor(dialogues).items()}
    groups |= {name: split == name for name in dialogues}
    return [
        ablate(
            name,
            References(
                tokens[inside],
                clusters[inside].tolist(),
                {variant: own[:, inside] for variant, own in sums.items()},
            ),
            full=FULL,
            level=params.evaluate.level,
        )
        for name, inside in groups.items()
    ]


def _log(seed: int) -> Callable[[str], None]:
    return lambda message: logger.info("seed %d: %s", seed, message)
