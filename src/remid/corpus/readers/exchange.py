"""Records of one prompt and one reply: TRL, Alpaca, preferences, and tables with such columns."""

from typing import Any

from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation, Line, Unfit, described
from remid.corpus.options import Options
from remid.corpus.readers import known, transcript
from remid.corpus.readers.turns import content_of, is_turns, lines_of

_HISTORY = ("history", "chat_history", "context_messages")
_MORE_INPUT = ("input", "context")


def score(value: Any) -> float:
    """Say how surely a record is one of these."""
    if not isinstance(value, dict):
        return 0.0
    reply = _reply_field(value)
    if reply == "chosen" and (transcript.is_of_roles(value[reply]) or is_turns(value[reply])):
        return 0.8
    if not reply and transcript.is_of_roles(value.get("text")):
        return 0.8
    asked = _asked_field(value, reply)
    return 0.75 if asked and reply else 0.25 if asked or reply else 0.0


def conversation(record: Record, options: Options) -> Conversation:
    """Read one record.

    Both sides may be text or messages; `history` holds what was said before, `system` who the
    character is, and `input` what belongs to an `instruction`. Of a preference the chosen reply is
    taken, and of several replies the first.
    """
    del options
    value = record.value
    if not isinstance(value, dict):
        raise Unfit("no object")
    reply = _reply_field(value)
    if not reply and transcript.is_of_roles(value.get("text")):
        reply = "text"
    asked = _asked_field(value, reply)
    if not reply:
        raise Unfit("no field that holds a reply")
    # Alpaca: `input` is what the instruction is about; elsewhere it is the question itself.
    more = next((n for n in _MORE_INPUT if asked == "instruction" and value.get(n)), "")
    history = known.first(value, _HISTORY)
    lines = lines_of(value[history]) if history else []
    if asked:
        question = value[asked]
        if more:
            question = f"{content_of(question)}\n{content_of(value[more])}"
        lines += _lines("user", question)
    answer = _lines("character", value[reply])
    # Some preference sets repeat the prompt in front of both answers.
    lines = answer if _begins_alike(answer, lines) else [*lines, *answer]
    name = known.text_of(value, known.NAME)
    character = "\n".join(
        dict.fromkeys(described(value[n]) for n in known.CHARACTER if value.get(n))
    )
    used = {asked, reply, more, history, *known.CHARACTER, *known.NAME, "split", "trace"} | {
        known.first(value, names)
        for names in (known.ID, known.PERSONA, known.LANGUAGE, known.SCENE)
    }
    return Conversation(
        where=record.where,
        lines=lines,
        id=known.id_of(value),
        persona=known.text_of(value, known.PERSONA),
        character=character,
        name=name,
        scene=known.text_of(value, known.SCENE),
        split=known.text_of(value, ("split",)),
        language=known.text_of(value, known.LANGUAGE),
        trace=known.text_of(value, ("trace",)),
        tags=known.rest(value, used),
    )


def _reply_field(value: dict[str, Any]) -> str:
    return known.first(value, known.REPLY)


def _asked_field(value: dict[str, Any], reply: str) -> str:
    return next((n for n in known.ASKED if n != reply and value.get(n)), "")


def _lines(side: Any, value: Any) -> list[Line]:
    if transcript.is_of_roles(value):
        return transcript.sided(value)
    if isinstance(value, dict) and is_turns([value]):
        return lines_of([value])
    if isinstance(value, list) and is_turns(value):
        return lines_of(value)
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [Line(side, value[0])]  # several answers, of which the first is as good as any
    return [Line(side, content_of(value))]


def _begins_alike(answer: list[Line], before: list[Line]) -> bool:
    """Whether an answer repeats the whole conversation, as some preference sets have it."""
    said, told = ([line for line in ls if line.side != "note"] for ls in (answer, before))
    return bool(told) and len(said) > len(told) and said[: len(told)] == told
