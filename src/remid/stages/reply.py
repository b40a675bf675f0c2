"""Stage `reply`: one model's replies to every test split."""

import logging

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import TEST_SPLITS
from remid.params import Params
from remid.roleplay import replies, roster
from remid.roleplay.selection import select
from remid.scoring.cache import ContentCache
from remid.scoring.generation import Sampling
from remid.stages import devices
from remid.stages.layout import Layout

logger = logging.getLogger(__name__)


def run(params: Params, layout: Layout, name: str) -> None:
    """Reply to the chosen dialogues of every test split; finished replies come from the cache."""
    splits = chosen(params, layout)
    lm, adapter = roster.load_model(
        layout.model(name), layout.base, dtype=params.model.dtype, device=devices.device(params)
    )
    sampling = Sampling(
        max_new_tokens=params.reply.max_tokens,
        temperature=params.reply.temperature,
        top_p=params.reply.top_p,
        seed=params.seed,
    )
    cache = ContentCache(layout.cache / "generation.sqlite")
    drawn = replies.reply_to(
        lm,
        [dialogue for members in splits.values() for dialogue in members],
        sampling,
        adapter=adapter,
        max_prompt_tokens=params.model.max_prompt_tokens,
        token_budget=params.model.token_budget,
        cache=cache,
        progress=f"replies, {name}",
    )
    cache.close()
    about = {"name": name, **replies.meta(lm, adapter, sampling)}
    missing = replies.write_replies(layout.replies(name), splits, drawn, about)
    for split, ids in missing.items():
        logger.warning("%s, %s: no reply to %s", name, split, ", ".join(ids))


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
