"""Stage `keep` of the release: what the estimators find on the test dialogues, whatever is tested."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from remid.coevolve import released
from remid.corpus.splits import read_tests
from remid.domain.dialogue import REFERENCE, Dialogue
from remid.evaluation import run as evaluation
from remid.evaluation.dialogues import gather
from remid.evaluation.scored import ScoredSplit
from remid.replies.length import reply_limits
from remid.replies.run import scorer
from remid.replies.selection import demonstrated, evaluated
from remid.store.cache import ContentCache
from remid.store.fingerprints import weights_fingerprint
from remid.store.project import Project
from remid.store.whole import indented, write


def run(project: Project) -> None:
    """Write traces of all test dialogues, and score their references as evaluations ask for them.

    A reply is set against contexts of its own evaluation: so the references are scored for the
    evaluation of all dialogues, of those that the pipeline takes, and of those of the demo.
    """
    target = project.layout.release
    adapters = target / "estimators"
    names = [weights_fingerprint(adapters / name) for name in ("reasoner", "responder")]
    work = project.layout.cache / f"release-{'-'.join(names)}"
    layout = replace(project.layout, work=work)
    settings = project.params.evaluate.model_copy(update={"estimator": str(adapters)})
    own = Project(project.params.model_copy(update={"evaluate": settings}), layout)
    everything = read_tests(layout)
    _scored(own, demonstrated(own), measured=everything)
    _scored(own, evaluated(own), measured=evaluated(own))
    scored = _scored(own, everything, measured=everything)
    rows = [(name, key, value) for name in released.CACHES for key, value in _items(own, name)]
    columns = dict(zip(("cache", "key", "value"), map(list, zip(*rows, strict=True)), strict=True))
    write(target / "health.json", indented(_health(scored)))
    pq.write_table(pa.table(columns), target / released.KEPT, compression="zstd")


def _scored(
    project: Project,
    chosen: Mapping[str, list[Dialogue]],
    *,
    measured: Mapping[str, list[Dialogue]],
) -> dict[str, ScoredSplit]:
    # How much of a reply is scored follows from references: of the whole split in `remid diagnose`,
    # of the dialogues that it takes in the pipeline.
    limits = reply_limits(measured, scorer(project.layout), project.params.evaluate.reply_share)
    found = gather(chosen, {}, reply_tokens=limits)
    return evaluation.score(project, evaluation.write_traces(project, found))


def _items(project: Project, name: str) -> Iterator[tuple[str, str]]:
    with closing(ContentCache(project.layout.cache / f"{name}.sqlite")) as cache:
        for key, value in cache.items():
            yield key, msgspec.json.encode(value).decode()


def _health(scored: Mapping[str, ScoredSplit]) -> dict[str, dict[str, float]]:
    perplexity, formed = {}, {}
    for split, own in scored.items():
        # exp(-sum of log q / sum of tokens), as on held-out dialogues
        values = np.concatenate(own.sources[REFERENCE].positive)
        perplexity[split] = float(np.exp(-values.mean()))
        formed[split] = own.counts.formed / own.counts.traces if own.counts.traces else float("nan")
    return {"perplexity": perplexity, "formed": formed}
