"""Stage `reply`: one model's replies to every test split."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from remid.domain.dialogue import Dialogue
from remid.replies import draw
from remid.replies.endpoint import Endpoint
from remid.replies.file_rows import Options
from remid.replies.reply_file import cut_count
from remid.replies.run import every_id, names_of, require_own_name, scorer
from remid.replies.scorable import scorable
from remid.replies.secrets import shown_url
from remid.replies.selection import evaluated
from remid.replies.user_file import read_user_file
from remid.roleplay import own_model
from remid.roleplay.answering import Loaded, load, longest, reply, sampling
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.training import devices

logger = logging.getLogger(__name__)
Splits = Mapping[str, Sequence[Dialogue]]
About = Mapping[str, object]


def run(project: Project, name: str) -> None:
    """Let a model of the train stage reply; finished replies come from the cache."""
    _draw(project, name, load(project, name), {})


def run_model(project: Project, name: str, *, source: str, adapter: Path | None) -> None:
    """Let a model reply that was not trained here: a folder or ``hub:OWNER/NAME``."""
    require_own_name(name)
    params = project.params
    lm, on_it = own_model.load(
        source,
        adapter=adapter,
        kept=project.layout.cache / "models",
        dtype=devices.dtype(params),
        device=devices.device(params),
    )
    about = {"source": source, "adapter": adapter and str(adapter)}
    _draw(project, name, Loaded(lm, on_it, thinks=True), about)


def run_endpoint(project: Project, name: str, *, url: str, model: str) -> None:
    """Let a served model reply; what it has answered is kept, and what failed is asked again."""
    require_own_name(name)
    splits, chat = evaluated(project), scorer(project.layout)
    drawn = sampling(project, max(longest(project, splits, chat).values()))
    endpoint = Endpoint(url=url, model=model, **project.params.endpoint.model_dump())
    with closing(ContentCache(project.layout.cache / "endpoint.sqlite")) as cache:
        found = draw.ask_for(
            endpoint,
            _flat(splits),
            drawn,
            scorer=chat,
            cache=cache,
            progress=f"replies, {name}",
        )
    about = {
        "model": model,
        "url": shown_url(url),
        "template": None,  # the server's own, which it does not tell
        "sampling": asdict(drawn),
    }
    _write(project, name, splits, found, about)


def run_file(project: Project, name: str, *, file: Path, options: Options | None = None) -> None:
    """Take the replies of a file; nothing is written unless the whole file can be read.

    Where it holds the replies of several models, each becomes one of its own, ``NAME-MODEL``.
    """
    require_own_name(name)
    layout, splits = project.layout, evaluated(project)
    found = read_user_file(file, splits, every_id(layout), scorer=scorer(layout), options=options)
    for model, own in names_of(found, name).items():
        given = found[model]
        if given.unused:
            logger.info(
                "%s: %d replies are to dialogues beyond reply.dialogues_per_split, and left out",
                file,
                len(given.unused),
            )
        about = {
            "model": model or None,
            "file": str(file),
            "template": None,
            "unused": len(given.unused),
            "odd": given.odd.counts(),
        }
        _write(project, own, splits, draw.Drawn(given.rows, given.failed), about)


def _draw(project: Project, name: str, loaded: Loaded, about: About) -> None:
    splits, chat = evaluated(project), scorer(project.layout)
    rows = reply(project, loaded, splits, chat, progress=f"replies, {name}")
    # A reply that the scorer cannot take is missing from here on, and counted as such.
    found = scorable(_flat(splits), rows, chat)
    drawn = sampling(project, max(longest(project, splits, chat).values()))
    described = {**draw.meta(loaded.lm, loaded.adapter, drawn), **about}
    _write(project, name, splits, draw.Drawn(found.rows, found.failed), described)


def _write(project: Project, name: str, splits: Splits, found: draw.Drawn, about: About) -> None:
    """Write what there is, and say what is missing and why."""
    described = {"name": name, **about, "failed": found.failed}
    draw.write_replies(project.layout.replies(name), splits, found.rows, described)
    for key, reason in found.failed.items():
        logger.warning("%s: no reply to %s: %s", name, key, reason)
    for what, count in cut_count(found.rows.values()).items():
        logger.warning("%s: %s cut from %d of %d replies", name, what, count, len(found.rows))


def _flat(splits: Splits) -> list[Dialogue]:
    return [dialogue for members in splits.values() for dialogue in members]
