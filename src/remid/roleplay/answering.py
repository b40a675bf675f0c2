"""Models under test that reply."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from remid.domain.dialogue import Dialogue
from remid.lm.chat import Chat
from remid.lm.generation import Sampling
from remid.lm.model import LanguageModel
from remid.lm.runtime import Runtime
from remid.lm.window import limit, window_of
from remid.replies.draw import Wanted, reply_to
from remid.replies.length import reply_limits
from remid.replies.reply_file import Reply
from remid.roleplay import roster
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.training import devices

WHOLE = 256
"""Longest reply, in tokens, where neither reply.max_tokens nor evaluate.reply_share sets one."""


@dataclass(frozen=True)
class Loaded:
    """A model under test, ready to reply."""

    lm: LanguageModel
    adapter: str | None
    thought_tokens: int = 0
    """Room for a thought before its reply."""
    thinks: bool = False
    """Whether to look for a thought where no room is set apart for one."""


def sampling(project: Project, tokens: int) -> Sampling:
    """How replies of at most so many tokens are drawn."""
    reply = project.params.reply
    return Sampling(
        max_new_tokens=tokens,
        temperature=reply.temperature,
        top_p=reply.top_p,
        seed=project.params.seed,
    )


def longest(
    project: Project, splits: Mapping[str, Sequence[Dialogue]], chat: Chat
) -> dict[str, int]:
    """Tokens of the longest reply that is drawn, by split: `reply.max_tokens`, or what is scored."""
    most = project.params.reply.max_tokens
    limits = reply_limits(splits, chat, project.params.evaluate.reply_share)
    return {split: most or own or WHOLE for split, own in limits.items()}


def load(project: Project, name: str) -> Loaded:
    """Load a trained model."""
    layout, params = project.layout, project.params
    folder = layout.model(name)
    thought = roster.read_card(folder).thought_tokens
    lm, adapter = roster.load_model(
        folder, layout.base, dtype=devices.dtype(params), device=devices.device(params)
    )
    return Loaded(lm, adapter, thought)


def reply(
    project: Project,
    loaded: Loaded,
    splits: Mapping[str, Sequence[Dialogue]],
    scorer: Chat,
    *,
    progress: str,
) -> dict[str, Reply]:
    """Let a loaded model reply within its own window; finished replies come from the cache.

    Parameters
    ----------
    scorer : chat format of the scoring model, whose tokens say how long replies are.
    """
    wanted = project.params.model.max_prompt_tokens
    window = window_of(loaded.lm.base.config.get_text_config().to_dict())
    rows: dict[str, Reply] = {}
    with closing(ContentCache(project.layout.cache / "generation.sqlite")) as cache:
        for split, tokens in longest(project, splits, scorer).items():
            room = tokens + loaded.thought_tokens
            most = limit(window, wanted, reserve=room, name="this model")
            runtime = Runtime(
                loaded.lm, loaded.adapter, most, project.params.model.token_budget, cache
            )
            asked = Wanted(
                sampling(project, room), tokens, loaded.thinks or loaded.thought_tokens > 0
            )
            label = f"{progress}, {split}"
            rows |= reply_to(runtime, splits[split], asked, progress=label)
    return rows
