"""Models under test that reply."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from remid.coevolve.estimators import runtime
from remid.domain.dialogue import Dialogue
from remid.lm.generation import Sampling
from remid.lm.model import LanguageModel
from remid.replies.draw import Wanted, reply_to
from remid.replies.reply_file import Reply
from remid.roleplay import roster
from remid.roleplay.own_model import prompt_room
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.training import devices


@dataclass(frozen=True)
class Loaded:
    """A model under test, ready to reply."""

    lm: LanguageModel
    adapter: str | None
    wanted: Wanted


def sampling(project: Project, *, thought: int = 0) -> Sampling:
    """How replies are drawn, with room for a thought before each."""
    reply = project.params.reply
    return Sampling(
        max_new_tokens=reply.max_tokens + thought,
        temperature=reply.temperature,
        top_p=reply.top_p,
        seed=project.params.seed,
    )


def load(project: Project, name: str) -> Loaded:
    """Load a trained model, and say what is wanted of it."""
    layout, params = project.layout, project.params
    folder = layout.model(name)
    thought = roster.read_card(folder).thought_tokens
    lm, adapter = roster.load_model(
        folder, layout.base, dtype=params.model.dtype, device=devices.device(params)
    )
    wanted = Wanted(sampling(project, thought=thought), params.reply.max_tokens, thought > 0)
    return Loaded(lm, adapter, wanted)


def reply(
    project: Project, loaded: Loaded, dialogues: Sequence[Dialogue], *, progress: str
) -> dict[str, Reply]:
    """Let a loaded model reply within its own window; finished replies come from the cache."""
    room = prompt_room(
        loaded.lm,
        wanted=project.params.model.max_prompt_tokens,
        new_tokens=loaded.wanted.sampling.max_new_tokens,
    )
    with closing(ContentCache(project.layout.cache / "generation.sqlite")) as cache:
        limited = runtime(project, loaded.lm, loaded.adapter, cache).within(room)
        return reply_to(limited, dialogues, loaded.wanted, progress=progress)
