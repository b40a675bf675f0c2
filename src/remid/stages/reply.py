"""Stage `reply`: one model's replies to every test split."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import TEST_SPLITS
from remid.params import Params
from remid.roleplay import replies, roster
from remid.roleplay.endpoint import Endpoint
from remid.roleplay.selection import select
from remid.scoring.cache import ContentCache
from remid.scoring.generation import Sampling
from remid.stages import devices
from remid.stages.layout import Layout

logger = logging.getLogger(__name__)


def run(params: Params, layout: Layout, name: str) -> None:
    """Reply to the chosen dialogues of every test split; finished replies come from the cache."""
    splits = chosen(params, layout)
    thought = roster.read_card(layout.model(name)).thought_tokens
    lm, adapter = roster.load_model(
        layout.model(name), layout.base, dtype=params.model.dtype, device=devices.device(params)
    )
    sampling = _sampling(params, thought=thought)
    with closing(ContentCache(layout.cache / "generation.sqlite")) as cache:
        drawn = replies.reply_to(
            lm,
            _flat(splits),
            sampling,
            adapter=adapter,
            max_prompt_tokens=params.model.max_prompt_tokens,
            token_budget=params.model.token_budget,
            thinks=thought > 0,
            cache=cache,
            progress=f"replies, {name}",
        )
    about = {"name": name, **replies.meta(lm, adapter, sampling)}
    missing = replies.write_replies(layout.replies(name), splits, drawn, about)
    for split, ids in missing.items():
        logger.warning("%s, %s: no reply to %s", name, split, ", ".join(ids))


def run_endpoint(params: Params, layout: Layout, name: str, *, url: str, model: str) -> None:
    """Let a served model reply; what it has answered is kept, and what failed is asked again."""
    splits = chosen(params, layout)
    endpoint = Endpoint(url=url, model=model, **params.endpoint.model_dump())
    sampling = _sampling(params)
    with closing(ContentCache(layout.cache / "endpoint.sqlite")) as cache:
        asked = replies.ask_for(
            endpoint, _flat(splits), sampling, cache=cache, progress=f"replies, {name}"
        )
    about = {
        "name": name,
        "model": model,
        "url": url,
        "template": None,  # the server's own, which it does not tell
        "sampling": asdict(sampling),
        "failed": asked.failed,
    }
    replies.write_replies(layout.replies(name), splits, asked.replies, about)
    for key, reason in asked.failed.items():
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
