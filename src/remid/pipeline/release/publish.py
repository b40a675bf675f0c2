"""Step `publish` of the release: the folder `released/`, from what the stages before it made."""

import json
import shutil
from datetime import UTC, datetime
from importlib.metadata import version

import pyarrow.parquet as pq

from remid.coevolve import released
from remid.domain.shift import ID_TRAIN
from remid.replies.selection import demonstrated
from remid.store.fingerprints import file_fingerprint, weights_fingerprint
from remid.store.project import Project
from remid.store.whole import indented, replacing_folder, write
from remid.training import devices


def run(project: Project, *, demo: str) -> None:
    """Put together `released/`: adapters, what was kept, the demo's replies, and the card.

    Parameters
    ----------
    demo : a model with replies in replies/ to the dialogues of the demo.
    """
    layout, params = project.layout, project.params
    work = layout.release
    figures = json.loads((work / "figures.json").read_text(encoding="utf-8"))
    health = json.loads((work / "health.json").read_text(encoding="utf-8"))
    table = pq.read_table(work / released.KEPT, columns=["cache"]).column("cache").to_pylist()
    # Whole or not at all: DVC takes what stands there.
    with replacing_folder(layout.released) as part:
        shutil.copytree(work / "estimators", part / "estimators")
        for name in (released.KEPT, released.CURVE):
            shutil.copy(work / name, part / name)
        write(part / released.DEMO, _demo_replies(project, demo))
        card = released.Card(
            base=params.fetch.base,
            base_weights=weights_fingerprint(layout.base),
            id_train=file_fingerprint(layout.split(ID_TRAIN)),
            dtype=devices.dtype(params),
            seed=params.seed,
            params={
                "coevolve": params.release.coevolve.model_dump(mode="json"),
                "lora": params.train.lora.model_dump(mode="json"),
            },
            figures=figures,
            perplexity=health["perplexity"],
            formed=health["formed"],
            versions={name: version(name) for name in ("remid", "torch", "transformers", "trl")},
            date=f"{datetime.now(UTC):%Y-%m-%d}",
            kept={name: table.count(name) for name in released.CACHES},
            demo=demo,
            files=dict(released.listed(part)),
        )
        write(part / released.CARD, indented(card))


def _demo_replies(project: Project, model: str) -> str:
    wanted = {d.id for members in demonstrated(project).values() for d in members}
    lines = []
    for file in sorted(project.layout.replies(model).rglob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["id"] in wanted:
                lines.append(
                    json.dumps({"id": row["id"], "reply": row["reply"]}, ensure_ascii=False)
                )
    return "\n".join(lines) + "\n"
