"""Study `seeds`: the models under test trained again with other seeds, under one estimator."""

from collections.abc import Mapping

from remid.domain.estimate import Unit
from remid.domain.output import Output
from remid.evaluation import run as steps
from remid.evaluation.dialogues import gather
from remid.evaluation.table import UNITS, Table
from remid.evaluation.tabulate import tabulate
from remid.lm.model import load_chat
from remid.replies.length import reply_limits
from remid.replies.scorable import scorable
from remid.replies.selection import evaluated
from remid.report import figures, pages
from remid.roleplay.answering import load, reply
from remid.roleplay.run import run_training
from remid.store.project import Project
from remid.store.whole import indented, write
from remid.studies.seeds import averaged
from remid.studies.seeds.tables import seed_grid

Spread = Mapping[Unit, Mapping[str, Mapping[str, tuple[float, ...]]]]
"""Unit to what :func:`remid.studies.seeds.averaged.apart` returns."""


def run(project: Project) -> Output:
    """Train, reply and score what is missing; then one table over all seeds.

    A finished training, reply or score is never made again, the pipeline's among them.
    """
    study, layout = project.params.study, project.layout
    splits = evaluated(project, study.dialogues_per_split)
    dialogues = [d for members in splits.values() for d in members]
    chat = load_chat(layout.base)
    replies = {}
    # 1. Trainings and replies, seed by seed; 2. one scoring of all; 3. one table.
    for seed in study.seeds:
        own = _seeded(project, seed)
        for model in study.models:
            run_training(own, model)
            label = f"replies, {model}, seed {seed}"
            rows = reply(own, load(own, model), splits, chat, progress=label)
            replies[averaged.name(model, seed)] = scorable(dialogues, rows, chat).replies
    limits = reply_limits(splits, chat, project.params.evaluate.reply_share)
    apart = project.for_study("seeds")
    evaluation = steps.write_traces(apart, gather(splits, replies, reply_tokens=limits))
    scored = steps.score(apart, evaluation)
    repeated = {
        split: averaged.repeat(own, study.models, study.seeds) for split, own in scored.items()
    }
    measured = averaged.average(steps.divergences(apart, evaluation), study.models, study.seeds)
    table = tabulate(repeated, measured, steps.table_settings(project))
    write(apart.layout.scores / "table.json", indented(table))
    spread = {unit: averaged.apart(scored, study.models, study.seeds, unit) for unit in UNITS}
    return _publish(project, table, spread)


def _seeded(project: Project, seed: int) -> Project:
    """Another seed, and as much to learn from as the study gives."""
    params = project.params
    # Eight steps instead of one: models that learn from their replies need something to learn.
    update = {"prompts": params.study.reinforce_prompts}
    reinforce = params.train.reinforce.model_copy(update=update)
    train = params.train.model_copy(update={"reinforce": reinforce})
    return project.with_params(seed=seed, train=train).for_study(f"seeds/{seed}")


def _publish(project: Project, table: Table, spread: Spread) -> Output:
    params, layout = project.params, project.layout
    unit, precision = params.evaluate.unit, params.report.precision
    metrics = steps.metrics(table, unit)
    metrics |= {"seeds": list(params.study.seeds), "by_seed": spread[unit]}
    write(layout.metrics / "seeds.json", indented(metrics) + "\n")
    own = [seed_grid(apart, either, precision) for either, apart in spread.items()]
    text = pages.markdown(table, params, own)
    write(layout.studies / "seeds.md", text)
    page = pages.render(project.for_study("seeds"), table, params.study.seeds)
    write(layout.studies / "seeds.html", page)
    figures.save(figures.emid_forest(table, unit), layout.studies / "seeds.png")
    place = layout.studies / "seeds.html"
    content = {
        "unit": unit,
        "seeds": list(params.study.seeds),
        "table": table,
        "by_seed": spread,
        "report": str(place),
    }
    return Output(content, [text, f"report  {place}"])
