"""A conversation becomes one dialogue for each reply that is asked for."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from remid.corpus.conversation import Conversation, Line, Unfit, filled
from remid.corpus.language import Languages, tag_of
from remid.corpus.normal import EMPTY, JOINED, regular
from remid.corpus.options import Options
from remid.corpus.sample import NO_REPLY, Sample, as_text
from remid.domain.dialogue import CONVERSATION, Dialogue, Turn
from remid.domain.shift import ID_TEST, ID_TRAIN, NAME

NOTE = "notes in mid-chat, kept in the tag `notes`"
THOUGHT = "thoughts of the model, cut off"
NAME_ONLY = "characters known by name only"
NO_CHARACTER = "nothing says whom the model plays"
_THOUGHT = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>\s*", re.DOTALL | re.IGNORECASE)


class Shaper:
    """Makes the dialogues of one file; knows the languages so far and counts what it changes."""

    def __init__(self, options: Options, counts: Counter[str]) -> None:
        self._options, self._counts = options, counts
        self._languages = Languages()

    def samples(self, told: Conversation, id: str, *, group: str) -> Iterator[Sample]:
        """Yield a Sample for each reply asked for, or one that says why there is none.

        Parameters
        ----------
        id
            That of the dialogue if only the last reply is asked for; else they are ``ID/1`` and
            so on.
        group
            The conversation's, which may have been told in several records.
        """
        try:
            for dialogue in self._dialogues(told, id, group):
                yield Sample(told.where, dialogue)
        except Unfit as unfit:
            yield Sample(told.where, None, unfit.reason, detail=unfit.detail)

    def _dialogues(self, told: Conversation, id: str, group: str) -> list[Dialogue]:
        # 1. Texts made regular; 2. notes apart; 3. turns joined; 4. a dialogue for each reply.
        lines = [self._cleaned(line, told) for line in told.lines]
        steering, notes = _notes(lines)
        spoken = self._joined([line for line in lines if line.side != "note"], told.people)
        ends = list(_replies(spoken, told.people))
        if not ends:
            raise Unfit(NO_REPLY)
        self._counts[NOTE] += len(notes)
        tags = {key: regular(text, self._counts) for key, text in told.tags.items()}
        if told.split and not _is_split(told.split):  # another benchmark's word for a part
            tags["split"] = told.split
        if notes:
            tags["notes"] = as_text(notes)
        every = self._options.items != "last"
        count = 1 if not every else len(ends) if self._options.items == "every" else None
        # `--items N` takes the last N, whose contexts are the longest.
        first = max(0, len(ends) - (count if count is not None else int(self._options.items)))
        language = self._language(told, spoken[: ends[-1] + 1])
        return [
            Dialogue(
                id=f"{id}/{number + 1}" if every else id,
                persona=self._persona(told, spoken, ends[number]),
                character=self._character(told, steering, spoken[ends[number]].name),
                context=tuple(_turns(spoken[: ends[number]], spoken[ends[number]], told.people)),
                reference=spoken[ends[number]].text,
                split=told.split if _is_split(told.split) else "",
                language=language,
                trace=regular(told.trace, self._counts),
                tags=tags
                | ({CONVERSATION: group} if every or group != id else {})
                | (_after(spoken, ends[number], told.people) if number + 1 == len(ends) else {}),
            )
            for number in range(first, len(ends))
        ]

    def _cleaned(self, line: Line, told: Conversation) -> Line:
        text = filled(line.text, char=self._name(told), user=told.user)
        if line.side == "character" and "<think" in text.lower():
            text, cut = _THOUGHT.subn("", text)
            self._counts[THOUGHT] += cut
        return Line(line.side, regular(text, self._counts).strip(), line.name)

    def _joined(self, lines: list[Line], people: dict[str, str] | None) -> list[Line]:
        found: list[Line] = []
        for line in lines:
            if not line.text:
                self._counts[EMPTY] += 1
            elif found and _one_speaker(found[-1], line, people):
                self._counts[JOINED] += 1
                last = found[-1]
                found[-1] = Line(last.side, f"{last.text}\n{line.text}", last.name)
            else:
                found.append(line)
        return found

    def _name(self, told: Conversation) -> str:
        return told.name or (self._options.card.name if self._options.card else "")

    def _persona(self, told: Conversation, spoken: list[Line], end: int) -> str:
        persona = told.persona
        if told.people and not persona:
            others = {line.name for line in spoken[: end + 1]} - {spoken[end].name}
            if len(others) == 1:
                persona = told.people.get(others.pop(), "")
        text = filled(persona or self._options.persona, char=self._name(told), user=told.user)
        return regular(text, self._counts).strip()

    def _character(self, told: Conversation, steering: str, speaker: str) -> str:
        card, name = self._options.card, told.name
        known = told.character
        if told.people is not None:
            known, name = told.people.get(speaker, "") or known, speaker
        known = "\n\n".join(text for text in (known.strip(), steering) if text)
        if not known and card and (not name or told.people is None or card.name == name):
            known = card.character
        known = filled(known or self._options.character, char=name, user=told.user)
        if not known and name:
            self._counts[NAME_ONLY] += 1
        if not (known or name or told.scene):
            raise Unfit(NO_CHARACTER)
        # A description that names its character needs no second name.
        head = name if name and name not in known else ""
        scene = filled(told.scene, char=name, user=told.user).strip()
        text = "\n".join(text for text in (head, known, scene) if text)
        return regular(text, self._counts).strip()

    def _language(self, told: Conversation, spoken: list[Line]) -> str:
        if found := tag_of(told.language):
            return found
        if self._options.language:
            return self._options.language
        user = " ".join(line.text for line in spoken[:-1] if _is_users(line, spoken[-1], told))
        return self._languages.of(user, f"{user} {spoken[-1].text}")


def _is_split(name: str) -> bool:
    """Whether a word for a part is one of this project's: ID, or a shift, ``factor/kind``."""
    return name in (ID_TRAIN, ID_TEST) or NAME.fullmatch(name) is not None


def _notes(lines: list[Line]) -> tuple[str, list[str]]:
    """Part the notes before anybody speaks, which say who the character is, from those after."""
    steering: list[str] = []
    notes: list[str] = []
    begun = False
    for line in lines:
        if line.side != "note":
            begun = True
        elif line.text:
            (notes if begun else steering).append(line.text)
    return "\n\n".join(steering), notes


def _one_speaker(first: Line, second: Line, people: dict[str, str] | None) -> bool:
    return first.name == second.name if people is not None else first.side == second.side


def _replies(spoken: Sequence[Line], people: dict[str, str] | None) -> Iterator[int]:
    """Yield the places of the replies of somebody whom a model may play to somebody else."""
    for k in range(1, len(spoken)):
        if people is not None:
            if spoken[k].name in people:
                yield k
        elif spoken[k].side == "character" and spoken[k - 1].side == "user":
            yield k


def _turns(lines: Sequence[Line], reply: Line, people: dict[str, str] | None) -> list[Turn]:
    """Take the place of whoever replies; where there are several others, they keep their names."""
    if people is None:
        return [Turn("user" if line.side == "user" else "character", line.text) for line in lines]
    several = len({line.name for line in lines} - {reply.name}) > 1
    turns: list[Turn] = []
    for line in lines:
        if line.name == reply.name:
            turns.append(Turn("character", line.text))
            continue
        text = f"{line.name}: {line.text}" if several else line.text
        if turns and turns[-1].role == "user":
            turns[-1] = Turn("user", f"{turns[-1].text}\n{text}")
        else:
            turns.append(Turn("user", text))
    return turns


def _is_users(line: Line, reply: Line, told: Conversation) -> bool:
    return line.side == "user" if told.people is None else line.name != reply.name


def _after(spoken: Sequence[Line], end: int, people: dict[str, str] | None) -> dict[str, str]:
    after = _turns(spoken[end + 1 :], spoken[end], people)
    return {"after": as_text([{"role": t.role, "text": t.text} for t in after])} if after else {}
