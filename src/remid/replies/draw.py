"""Replies of a model under test: drawn, written and read back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm.chat import Chat
from remid.lm.generation import Generation, Sampling, generate
from remid.lm.model import LanguageModel
from remid.lm.prompts import roleplay_prompt
from remid.lm.runtime import Runtime
from remid.replies.endpoint import Answer, Endpoint, Question, ask
from remid.replies.redraw import REDRAWS, redraw_seed
from remid.replies.reply_file import Reply, cut_count, encoded, read_rows
from remid.replies.scorable import fault
from remid.replies.thinking import spoken
from remid.store.cache import ContentCache
from remid.store.whole import replacing_folder


@dataclass(frozen=True)
class ReadReplies:
    """The replies of one file."""

    texts: Mapping[str, str]
    """Dialogue id to reply, in the order of the file."""
    missing: tuple[str, ...]
    """Expected dialogues without a reply."""


@dataclass(frozen=True)
class Wanted:
    """What is asked of a model."""

    sampling: Sampling
    reply_tokens: int | None = None
    """Longest reply behind a thought, which is cut there: room that was meant for a thought must
    not make replies longer than other models'. None: what `sampling` allows."""
    thinks: bool = False
    """Whether there is room for a thought; one is set apart from the reply in any case."""


@dataclass(frozen=True)
class Drawn:
    """What a model answered."""

    rows: dict[str, Reply]
    """Dialogue id to its reply."""
    failed: dict[str, str]
    """Dialogue id to the reason why it has none."""


def reply_to(
    runtime: Runtime,
    dialogues: Sequence[Dialogue],
    wanted: Wanted,
    *,
    progress: str | None = None,
) -> dict[str, Reply]:
    """Let a model reply to each dialogue, by dialogue id.

    Notes
    -----
    An empty reply is drawn again with other seeds, at most `REDRAWS` times (a greedy one would be
    the same again); a dialogue that still has none is left out of the result.
    """
    sampling, chat = wanted.sampling, runtime.lm.chat
    # Prompts once; only what is still empty is asked again.
    prompts = [runtime.encode(roleplay_prompt(d)) for d in dialogues]
    drawn: dict[str, Reply] = {}
    for attempt in range(1 + REDRAWS * (sampling.temperature > 0)):
        lacking = [prompt for prompt in prompts if prompt.dialogue_id not in drawn]
        if not lacking:
            break
        texts = generate(
            runtime,
            lacking,
            replace(sampling, seed=redraw_seed(sampling.seed, attempt)),
            progress=progress and (f"{progress}, redraw {attempt}" if attempt else progress),
        )
        for prompt, text in zip(lacking, texts, strict=True):
            reply = _reply(prompt.dialogue_id, text)
            # The room of the thought is not the reply's.
            if wanted.thinks and wanted.reply_tokens:
                reply = _cut(reply, chat, wanted.reply_tokens)
            if reply.reply:
                drawn[reply.id] = reply
    return {d.id: drawn[d.id] for d in dialogues if d.id in drawn}


def ask_for(
    endpoint: Endpoint,
    dialogues: Sequence[Dialogue],
    sampling: Sampling,
    *,
    scorer: Chat,
    cache: ContentCache,
    progress: str | None = None,
) -> Drawn:
    """Let a served model reply to each dialogue; a thought before a reply is set apart.

    The server applies its own chat template: what it does with markers inside a prompt is its own.
    What failed is asked for again by the next run.

    Parameters
    ----------
    scorer : chat format of the model that will score the replies.

    Raises
    ------
    RemidError
        As :func:`remid.replies.endpoint.ask`.
    """
    # The server has its own template: it gets messages, not tokens.
    questions = [Question(d.id, roleplay_prompt(d).messages) for d in dialogues]

    def useless(_: Question, text: str) -> str:
        reply = spoken(text).reply
        return fault(reply, scorer) if reply else "a thought without a reply"

    answers = ask(endpoint, questions, sampling, cache=cache, fault=useless, progress=progress)
    replies = {d.id: answers.found[d.id] for d in dialogues if d.id in answers.found}
    return Drawn({key: _reply(key, answer) for key, answer in replies.items()}, answers.failed)


def write_replies(
    folder: Path,
    splits: Mapping[str, Sequence[Dialogue]],
    replies: Mapping[str, Reply],
    about: Mapping[str, object],
) -> dict[str, list[str]]:
    """Write ``<split>.jsonl`` for every split and ``meta.json``; the folder is replaced whole.

    Parameters
    ----------
    about : what the replies depend on (model, template, sampling), kept in ``meta.json``.

    Returns
    -------
    dict
        Split to the ids of its dialogues without a reply; splits that miss none are left out.
    """
    missing, counts = {}, {}
    with replacing_folder(folder) as part:
        for split, dialogues in splits.items():
            rows = [replies[d.id] for d in dialogues if d.id in replies]
            counts[split] = len(rows)
            # By id, so that the next run asks for these alone.
            missing[split] = [d.id for d in dialogues if d.id not in replies]
            file = part / f"{split}.jsonl"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"".join(map(encoded, rows)))
        missing = {split: ids for split, ids in missing.items() if ids}
        cut = cut_count(replies.values())
        meta = {**about, "replies": counts, "missing": missing, "cut": cut}
        text = json.dumps(meta, indent=1, ensure_ascii=False) + "\n"
        (part / "meta.json").write_text(text, encoding="utf-8")
    return missing


def read_replies(path: Path, expected_ids: Sequence[str]) -> ReadReplies:
    """Read a reply file, whoever wrote it; an empty reply counts as missing.

    Parameters
    ----------
    expected_ids : the dialogues that the file may reply to.

    Raises
    ------
    RemidError
        When the file is absent, a line is malformed, or an id is unknown or twice there.
    """
    # Unknown ids are refused, absent ones counted: the first is a wrong file, the second a gap.
    expected = set(expected_ids)
    # Files written before thoughts were cut from every source still hold them.
    texts = {row.id: spoken(row.reply).reply for row in read_rows(path)}
    strange = [key for key in texts if key not in expected]
    if strange:
        shown = ", ".join(map(repr, strange[:3])) + (", ..." if len(strange) > 3 else "")
        raise RemidError(
            f"{path}: {len(strange)} of its ids are none of the dialogues that are evaluated here "
            f"({shown}); take them out, or name the right file."
        )
    texts = {key: text for key, text in texts.items() if text.strip()}
    return ReadReplies(texts, tuple(key for key in expected_ids if key not in texts))


def meta(lm: LanguageModel, adapter: str | None, sampling: Sampling) -> dict[str, object]:
    """Describe what replies depend on."""
    return {
        "model": lm.identity(adapter),
        "template": lm.chat.fingerprint,
        "dtype": str(lm.dtype).removeprefix("torch."),
        "sampling": asdict(sampling),
    }


def _reply(key: str, drawn: Generation | Answer) -> Reply:
    said = spoken(drawn.text)
    apart = drawn.thought if isinstance(drawn, Answer) else ""
    thought = "\n".join(filter(None, (apart, said.thought)))
    # A marker of the template is an end, whatever the server took it for.
    finished = drawn.finished or bool(said.marker)
    return Reply(key, said.reply, drawn.tokens, finished, thought, marker=said.marker)


def _cut(reply: Reply, chat: Chat, limit: int) -> Reply:
    short = chat.first(reply.reply, limit)
    return reply if short == reply.reply else replace(reply, reply=short, finished=False)
