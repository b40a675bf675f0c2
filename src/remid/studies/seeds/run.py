"""Study `seeds`: the models under test trained again with other seeds, under one estimator."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.estimate import Unit
from remid.domain.shift import TEST_SPLITS
from remid.evaluation.table import UNITS, Table, tabulate
from remid.lm.generation import Sampling
from remid.params import Params
from remid.pipeline import evaluate, report, train
from remid.replies import draw
from remid.replies.selection import select
from remid.report import figures, tables
from remid.roleplay import roster
from remid.store.cache import ContentCache
from remid.store.layout import Layout, indented, write
from remid.studies.seeds import averaged
from remid.training import devices

Spread = Mapping[Unit, Mapping[str, Mapping[str, tuple[float, ...]]]]
"""Unit to what :func:`remid.studies.seeds.averaged.apart` returns."""


def run(params: Params, layout: Layout) -> None:
    """Train, reply and score what is missing; then one table over all seeds.

    A finished training, reply or score is never made again, the pipeline's among them.
    """
    names, seeds = params.study.models, params.study.seeds
    dialogues = {
        split: select(
            list(jsonl.read(layout.split(split))), params.study.dialogues_per_split, params.seed
        )
        for split in TEST_SPLITS
    }
    texts: dict[str, dict[str, str]] = {}
    for seed in seeds:
        own = _seeded(params, seed)
        for model in names:
            texts[averaged.name(model, seed)] = _replies(own, layout, model, dialogues)
    whole, left_out = _answered(dialogues, texts)
    by_split = {
        split: {source: {d.id: own[d.id] for d in members} for source, own in texts.items()}
        for split, members in whole.items()
    }
    apart = replace(layout, study="seeds")
    traces = evaluate.write_traces(params, apart, whole)
    scored = evaluate.score(params, apart, whole, traces, by_split, left_out)
    divergences = evaluate.divergences(params, layout, whole, by_split)
    table = tabulate(
        {split: averaged.repeat(own, names, seeds) for split, own in scored.items()},
        averaged.average(divergences, names, seeds),
        evaluate.shared_references(layout),
        level=params.evaluate.level,
        resamples=params.evaluate.resamples,
        seed=params.seed,
    )
    write(apart.scores / "table.json", indented(table))
    spread = {unit: averaged.apart(scored, names, seeds, unit) for unit in UNITS}
    _publish(params, layout, table, spread)


def _seeded(params: Params, seed: int) -> Params:
    """Another seed, and as much to learn from as the study gives."""
    update = {"prompts": params.study.reinforce_prompts}
    train = params.train.model_copy(
        update={"reinforce": params.train.reinforce.model_copy(update=update)}
    )
    return params.model_copy(update={"seed": seed, "train": train})


def _replies(
    params: Params, layout: Layout, name: str, dialogues: Mapping[str, Sequence[Dialogue]]
) -> dict[str, str]:
    """Train one model with one seed unless that was done, and let it reply."""
    own = replace(layout, study=f"seeds/{params.seed}")
    train.run(params, own, name)
    thought = roster.read_card(own.model(name)).thought_tokens
    lm, adapter = roster.load_model(
        own.model(name), layout.base, dtype=params.model.dtype, device=devices.device(params)
    )
    sampling = Sampling(
        max_new_tokens=params.reply.max_tokens + thought,
        temperature=params.reply.temperature,
        top_p=params.reply.top_p,
        seed=params.seed,
    )
    with closing(ContentCache(layout.cache / "generation.sqlite")) as cache:
        drawn = draw.reply_to(
            lm,
            [d for members in dialogues.values() for d in members],
            sampling,
            adapter=adapter,
            max_prompt_tokens=params.model.max_prompt_tokens,
            token_budget=params.model.token_budget,
            thinks=thought > 0,
            reply_tokens=params.reply.max_tokens,
            cache=cache,
            progress=f"replies, {name}, seed {params.seed}",
        )
    return {key: reply.reply for key, reply in drawn.items()}


def _answered(
    dialogues: Mapping[str, Sequence[Dialogue]], texts: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, list[Dialogue]], dict[str, int]]:
    """Keep the dialogues that every training has a reply to; count the others."""
    whole = {
        split: [d for d in members if all(d.id in own for own in texts.values())]
        for split, members in dialogues.items()
    }
    return whole, {split: len(dialogues[split]) - len(own) for split, own in whole.items()}


def _publish(params: Params, layout: Layout, table: Table, spread: Spread) -> None:
    unit, precision = params.evaluate.unit, params.report.precision
    metrics = evaluate.metrics(table, unit)
    metrics |= {"seeds": list(params.study.seeds), "by_seed": spread[unit]}
    write(layout.metrics / "seeds.json", indented(metrics) + "\n")
    own = [tables.seed_grid(apart, either, precision) for either, apart in spread.items()]
    text = report.markdown(table, params, own)
    page = report.render(params, replace(layout, study="seeds"), table, params.study.seeds)
    write(layout.studies / "seeds.md", text)
    write(layout.studies / "seeds.html", page)
    figures.save(figures.emid_forest(table, unit), layout.studies / "seeds.png")
    print(text)
    print(f"report  {layout.studies / 'seeds.html'}")
