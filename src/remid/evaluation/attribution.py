"""Because of what: an evaluation's figures by factor, by dialogue and by slice.

Beyond the evaluation it needs replies under composed contexts: a trace and a reading of each of six
contexts a pair of dialogues, which serve both dialogues, the references and every model at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from remid.coevolve import estimators
from remid.domain.errors import RemidError
from remid.evaluation import swaps
from remid.evaluation.attribution_rows import (
    Scored,
    dialogue_rows,
    fidelity_rows,
    share_rows,
    slice_rows,
)
from remid.evaluation.attribution_table import Attribution, DialogueRow, SwapCounts
from remid.evaluation.design import cluster_names, root_order
from remid.evaluation.dialogues import Evaluated, Evaluation
from remid.evaluation.estimates import estimates
from remid.evaluation.run import table_settings
from remid.evaluation.scored import ScoredSplit
from remid.evaluation.swaps import Context, Key, SwappedSplit
from remid.evaluation.table import UNITS
from remid.information.arrays import IntArray
from remid.information.negatives import partner_pairs
from remid.lm.templates import well_formed
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.store.whole import indented, replacing, write


def attribute(
    project: Project,
    evaluation: Evaluation,
    scored: Mapping[str, ScoredSplit],
    *,
    partners: int = 1,
) -> tuple[Attribution, list[DialogueRow]]:
    """Attribute the figures of an evaluation, and write what was found to ``scores/attribution``.

    Parameters
    ----------
    evaluation, scored : with traces, and its scores, as the steps of `remid.evaluation.run` give.
    partners : dialogues that each is swapped with; cost grows with them, and intervals narrow.

    Raises
    ------
    RemidError
        When a split has no two dialogues to swap.
    """
    members = _members(evaluation, scored)
    swapped = _swap(project, members, scored, partners)
    settings = table_settings(project)
    own: dict[str, Scored] = {}
    for unit in UNITS:
        own[unit] = Scored(scored, swapped, estimates(scored, unit, level=settings.level))
    dialogues = {split: [one.dialogue for one in each] for split, each in members.items()}
    result = Attribution(partners, counts=_counts(swapped))
    rows: list[DialogueRow] = []
    for each in own.values():
        result.shares.extend(share_rows(each))
        result.fidelity.extend(fidelity_rows(each))
        rows.extend(dialogue_rows(each))
        slices, searched = slice_rows(each, dialogues, settings)
        result.slices.extend(slices)
        result.searched.update(searched)
    _write(project.layout.scores / "attribution", result, rows, swapped.values())
    return result, rows


def _members(
    evaluation: Evaluation, scored: Mapping[str, ScoredSplit]
) -> dict[str, list[Evaluated]]:
    """The dialogues that were scored, in the order of the scores."""
    return {
        split: [{one.dialogue.id: one for one in evaluation.splits[split]}[key] for key in own.ids]
        for split, own in scored.items()
    }


def _swap(
    project: Project,
    members: Mapping[str, Sequence[Evaluated]],
    scored: Mapping[str, ScoredSplit],
    partners: int,
) -> dict[str, SwappedSplit]:
    # 1. Who is swapped with whom. 2. A trace over every composed context. 3. Scores.
    # Clusters of all splits together: a twin has the name of its dialogue of ID.
    names = cluster_names(one.dialogue for own in members.values() for one in own)
    pairs = {split: _pairs(project, own, names, partners) for split, own in members.items()}
    contexts, formed = _contexts(project, members, pairs)
    chosen, found = estimators.located(project), {}
    with closing(ContentCache(project.layout.cache / "scores.sqlite")) as cache:
        runtime = estimators.responder(project, chosen, cache)
        for split, own in members.items():
            swapped = swaps.swap_split(
                runtime,
                split,
                own,
                pairs[split],
                contexts[split],
                reply_tokens=scored[split].counts.reply_tokens,
            )
            good = formed[split]
            found[split] = replace(swapped, traces=len(good), formed=sum(good))
    return found


def _pairs(
    project: Project, members: Sequence[Evaluated], names: Mapping[str, str], partners: int
) -> IntArray:
    dialogues = [one.dialogue for one in members]
    labels = np.unique([names[d.id] for d in dialogues], return_inverse=True)[1]
    pairs = partner_pairs(root_order(dialogues, project.params.seed), labels, partners=partners)
    if not pairs.size:
        raise RemidError(
            f"{dialogues[0].split}: all {len(dialogues)} dialogues have one persona and character, "
            "or one conversation, so no factor can be swapped; add dialogues of others, or run "
            "without --attribution."
        )
    return pairs


def _contexts(
    project: Project, members: Mapping[str, Sequence[Evaluated]], pairs: Mapping[str, IntArray]
) -> tuple[dict[str, dict[Key, Context]], dict[str, list[bool]]]:
    """The composed contexts of every split, and of each trace written whether it is well formed.

    What the responder is shown is a function of the whole context, so the reasoner reads each
    composed one anew: the trace over a dialogue names its user and character.
    """
    wanted = [
        (split, key, swaps.compose([one.dialogue for one in members[split]], key))
        for split, own in pairs.items()
        for key in swaps.composed_keys(own)
    ]
    contexts: dict[str, dict[Key, Context]] = {split: {} for split in members}
    formed: dict[str, list[bool]] = {split: [] for split in members}
    # Without traces the responder is shown none, as in the evaluation.
    texts = [""] * len(wanted)
    templates = None
    if project.params.evaluate.traces:
        chosen = estimators.located(project)
        templates = chosen.templates
        texts = estimators.write_traces(project, chosen, [own for *_, own in wanted])
    for (split, key, dialogue), text in zip(wanted, texts, strict=True):
        good = bool(text) and well_formed(text, templates)
        contexts[split][key] = Context(dialogue, text if good else "")
        if project.params.evaluate.traces:
            formed[split].append(good)
    return contexts, formed


def _counts(swapped: Mapping[str, SwappedSplit]) -> dict[str, SwapCounts]:
    return {
        split: SwapCounts(len(own.pairs), own.alone, own.traces, own.formed)
        for split, own in swapped.items()
    }


def _write(
    folder: Path, result: Attribution, rows: Sequence[DialogueRow], swapped: Iterable[SwappedSplit]
) -> None:
    for own in swapped:
        swaps.write(folder / "swaps" / f"{own.split.replace('/', '.')}.parquet", own)
    table = pa.Table.from_pylist([_flat(row) for row in rows])
    with replacing(folder / "dialogues.parquet") as file:
        pq.write_table(table, file)
    # Last: where it is, the rest is whole.
    write(folder / "attribution.json", indented(result))


def _flat(row: DialogueRow) -> dict[str, object]:
    flat = {name: getattr(row, name) for name in DialogueRow.__dataclass_fields__}
    # Columns by factor: a frame of them needs no unpacking.
    factors = flat.pop("factors")
    tokens = {name: flat.pop(name).tolist() for name in ("reply", "reference")}
    return {**flat, **factors, **{f"{name}_tokens": own for name, own in tokens.items()}}
