"""Stage `reply`: one model's replies to every test split."""

import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import ALL_SPLITS, TEST_SPLITS
from remid.evaluation.scored import REFERENCE
from remid.lm.chat import Chat
from remid.lm.generation import Sampling
from remid.lm.model import load_chat
from remid.params import ROSTER, Params
from remid.replies import draw
from remid.replies.endpoint import Endpoint
from remid.replies.scorable import Usable, usable
from remid.replies.selection import select
from remid.replies.user_file import read_given
from remid.roleplay import roster
from remid.roleplay.own_model import load_brought, prompt_room
from remid.store.cache import ContentCache
from remid.store.layout import Layout
from remid.training import devices

logger = logging.getLogger(__name__)


def run(params: Params, layout: Layout, name: str) -> None:
    """Let a model of the train stage reply; finished replies come from the cache."""
    splits = chosen(params, layout)
    thought = roster.read_card(layout.model(name)).thought_tokens
    loaded = roster.load_model(
        layout.model(name), layout.base, dtype=params.model.dtype, device=devices.device(params)
    )
    _draw(params, layout, name, splits, loaded, _sampling(params, thought=thought), thought > 0)


def run_model(
    params: Params, layout: Layout, name: str, *, source: str, adapter: Path | None
) -> None:
    """Let a model reply that was not trained here: a folder or ``hub:OWNER/NAME``."""
    own_name(name)
    splits, sampling = chosen(params, layout), _sampling(params)
    loaded = load_brought(
        source,
        adapter=adapter,
        kept=layout.cache / "models",
        dtype=params.model.dtype,
        device=devices.device(params),
    )
    about = {"source": source, "adapter": adapter and str(adapter)}
    _draw(params, layout, name, splits, loaded, sampling, thinks=True, about=about)


def run_endpoint(params: Params, layout: Layout, name: str, *, url: str, model: str) -> None:
    """Let a served model reply; what it has answered is kept, and what failed is asked again."""
    own_name(name)
    splits, sampling = chosen(params, layout), _sampling(params)
    endpoint = Endpoint(url=url, model=model, **params.endpoint.model_dump())
    with closing(ContentCache(layout.cache / "endpoint.sqlite")) as cache:
        found = draw.ask_for(
            endpoint,
            _flat(splits),
            sampling,
            scorer=scorer(layout),
            cache=cache,
            progress=f"replies, {name}",
        )
    about = {
        "model": model,
        "url": url,
        "template": None,  # the server's own, which it does not tell
        "sampling": asdict(sampling),
    }
    _write(layout, name, splits, found, about)


def run_file(params: Params, layout: Layout, name: str, *, file: Path) -> None:
    """Take a model's replies from a file; nothing is written unless the whole file is sound."""
    own_name(name)
    splits = chosen(params, layout)
    given = read_given(file, splits, every_id(layout), scorer=scorer(layout))
    if given.unused:
        logger.info(
            "%s: %d replies are to dialogues beyond reply.dialogues_per_split, and left out",
            file,
            len(given.unused),
        )
    about = {"model": None, "file": str(file), "template": None, "unused": len(given.unused)}
    _write(layout, name, splits, Usable(given.replies, given.failed), about)


def chosen(params: Params, layout: Layout) -> dict[str, list[Dialogue]]:
    """Read the dialogues of every test split that are replied to."""
    per_split = params.reply.dialogues_per_split
    splits = {
        split: select(list(jsonl.read(layout.split(split))), per_split, params.seed)
        for split in TEST_SPLITS
    }
    seen: dict[str, str] = {}
    for split, members in splits.items():
        for dialogue in members:
            if dialogue.id in seen:
                raise RemidError(
                    f"dialogue {dialogue.id!r} is in {seen[dialogue.id]} and in {split}; give "
                    "every dialogue its own id and run the split stage again."
                )
            seen[dialogue.id] = split
    return splits


def every_id(layout: Layout) -> dict[str, list[str]]:
    """Every split, the training split too, to the ids of its dialogues."""
    return {split: [d.id for d in jsonl.read(layout.split(split))] for split in ALL_SPLITS}


def scorer(layout: Layout) -> Chat:
    """Chat format of the base model, which scores every reply."""
    if not (layout.base / "config.json").is_file():
        raise RemidError(
            f"{layout.base}: no model there, so no reply can be measured; run `remid fetch`."
        )
    return load_chat(layout.base)


def own_name(name: str) -> None:
    """Refuse a name that cannot be a folder, or that is somebody else's.

    Raises
    ------
    RemidError
        Saying which names are free.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise RemidError(
            f"{name!r} cannot name a model; use letters, digits, '.', '_' and '-', as in my-model."
        )
    if name in (*ROSTER, REFERENCE):
        raise RemidError(
            f"{name!r} is a name of the pipeline's own ({', '.join((*ROSTER, REFERENCE))}); choose "
            "another for this model."
        )


def _draw(
    params: Params,
    layout: Layout,
    name: str,
    splits: Mapping[str, Sequence[Dialogue]],
    loaded: roster.Loaded,
    sampling: Sampling,
    thinks: bool,
    about: Mapping[str, object] | None = None,
) -> None:
    lm, adapter = loaded
    room = prompt_room(
        lm, wanted=params.model.max_prompt_tokens, new_tokens=sampling.max_new_tokens
    )
    with closing(ContentCache(layout.cache / "generation.sqlite")) as cache:
        drawn = draw.reply_to(
            lm,
            _flat(splits),
            sampling,
            adapter=adapter,
            max_prompt_tokens=room,
            token_budget=params.model.token_budget,
            thinks=thinks,
            reply_tokens=params.reply.max_tokens,
            cache=cache,
            progress=f"replies, {name}",
        )
    found = usable(_flat(splits), drawn, scorer(layout))
    _write(layout, name, splits, found, {**draw.meta(lm, adapter, sampling), **(about or {})})


def _write(
    layout: Layout,
    name: str,
    splits: Mapping[str, Sequence[Dialogue]],
    found: Usable,
    about: Mapping[str, object],
) -> None:
    """Write what there is, and say what is missing and why."""
    about = {"name": name, **about, "failed": found.failed}
    draw.write_replies(layout.replies(name), splits, found.replies, about)
    for key, reason in found.failed.items():
        logger.warning("%s: no reply to %s: %s", name, key, reason)


def _flat(splits: Mapping[str, Sequence[Dialogue]]) -> list[Dialogue]:
    return [dialogue for members in splits.values() for dialogue in members]


def _sampling(params: Params, *, thought: int = 0) -> Sampling:
    return Sampling(
        max_new_tokens=params.reply.max_tokens + thought,
        temperature=params.reply.temperature,
        top_p=params.reply.top_p,
        seed=params.seed,
    )
