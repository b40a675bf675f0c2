"""Prompts as a user's own Jinja files, in the place of the built-in ones."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.trace import parse_trace
from remid.lm.chat import Message
from remid.store.reading import first_line

X = ("persona", "character", "turns")
"""What a dialogue has of its own; `turns` are its turns, each with `role` and `text`."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "reasoner": X,
    "responder": (*X, "trace"),
    "reply": ("reply",),
}
"""What the files of each prompt must use between them, and all that they may. The reasoner is given
no reply, so its files can leak none."""
FILES: Mapping[str, tuple[str, ...]] = {
    "reasoner": ("reasoner.system.jinja", "reasoner.user.jinja"),
    "responder": ("responder.system.jinja", "responder.user.jinja"),
    "reply": ("reply.jinja",),
}
"""The files of each prompt, the last of which makes it the user's own."""
_PROBE = "\0"


@dataclass(frozen=True)
class Templates:
    """Templates of a folder; a prompt without a file there is the built-in one."""

    folder: Path
    sources: Mapping[str, str]
    """File name to its text."""

    @property
    def own_reasoner(self) -> bool:
        """Whether the reasoner is asked by these."""
        return FILES["reasoner"][-1] in self.sources

    @property
    def own_responder(self) -> bool:
        """Whether the responder is asked by these."""
        return FILES["responder"][-1] in self.sources

    @property
    def fingerprint(self) -> str:
        """Hash of the texts."""
        content = repr(sorted(self.sources.items()))
        return hashlib.sha256(content.encode()).hexdigest()[:24]

    def reasoner(self, dialogue: Dialogue) -> tuple[Message, ...]:
        """What the reasoner is given."""
        return self._messages("reasoner", dialogue, {})

    def responder(self, dialogue: Dialogue, trace: str) -> tuple[Message, ...]:
        """What the responder is given."""
        return self._messages("responder", dialogue, {"trace": trace})

    def reply(self, text: str) -> str:
        """Return an assistant's turn with a reply in it."""
        return self.opening + text

    @cached_property
    def opening(self) -> str:
        """What stands before every reply in the assistant's turn; it is given, and not scored."""
        (name,) = FILES["reply"]
        if name not in self.sources:
            return ""
        before, found, after = self._render(name, reply=_PROBE).partition(_PROBE)
        # Behind the reply it would be scored as if the reply had said it.
        if not found or after.strip():
            raise RemidError(
                f"{self.folder / name}: alters the reply, or writes something behind it; end the file "
                "with {{ reply }} as it is."
            )
        return before

    def _messages(
        self, prompt: str, dialogue: Dialogue, more: Mapping[str, str]
    ) -> tuple[Message, ...]:
        values = {
            "persona": dialogue.persona,
            "character": dialogue.character,
            "turns": dialogue.context,
            **more,
        }
        system, user = FILES[prompt]
        first = (
            [Message("system", self._render(system, **values))] if system in self.sources else []
        )
        return (*first, Message("user", self._render(user, **values)))

    def _render(self, name: str, **values: Any) -> str:
        try:
            return self._compiled[name].render(values)
        # Filters and methods of a template raise whatever Python does on what they are given.
        except (TemplateError, TypeError, ValueError, LookupError, AttributeError) as error:
            raise RemidError(
                f"{self.folder / name}: cannot be written out ({first_line(error)}); correct it."
            ) from error

    @cached_property
    def _compiled(self) -> dict[str, Template]:
        environment = _environment()
        return {name: environment.from_string(text) for name, text in self.sources.items()}


def read_templates(folder: Path) -> Templates:
    """Read the templates of a folder, each prompt's with the variables that it needs.

    Raises
    ------
    RemidError
        When there are none, one is no Jinja, lacks a variable that it needs, or uses one that there
        is not.
    """
    names = [name for own in FILES.values() for name in own]
    found = {file.name: file for file in sorted(folder.glob("*.jinja"))}
    if not found:
        raise RemidError(
            f"{folder}: holds no template; expected one or more of {', '.join(names)}."
        )
    if unknown := sorted(found.keys() - set(names)):
        raise RemidError(
            f"{folder / unknown[0]}: no prompt has this name; expected {', '.join(names)}."
        )
    try:
        sources = {name: file.read_bytes().decode("utf-8") for name, file in found.items()}
    except (OSError, UnicodeDecodeError) as error:
        raise RemidError(
            f"{folder}: a template cannot be read ({first_line(error)}); mend it."
        ) from None
    for prompt, files in FILES.items():
        own = [name for name in files if name in sources]
        if own:
            _check(folder, prompt, own, sources)
    templates = Templates(folder, sources)
    _ = templates.opening  # refused here rather than in the middle of an evaluation
    return templates


def well_formed(trace: str, own: Templates | None = None) -> bool:
    """Whether a trace has the form that is asked for; of a user's own form, whether it is there."""
    if own and own.own_reasoner:
        return bool(trace.strip())
    return parse_trace(trace).well_formed


def _check(folder: Path, prompt: str, own: list[str], sources: Mapping[str, str]) -> None:
    if FILES[prompt][-1] not in own:
        raise RemidError(
            f"{folder}: holds {own[0]} but no {FILES[prompt][-1]}; write that, or take the other away."
        )
    used: set[str] = set()
    for name in own:
        try:
            variables = meta.find_undeclared_variables(_environment().parse(sources[name]))
        except TemplateError as error:
            raise RemidError(
                f"{folder / name}: is no Jinja template ({first_line(error)}); correct it."
            ) from None
        if unknown := sorted(variables - set(NEEDED[prompt])):
            raise RemidError(
                f"{folder / name}: uses {unknown[0]!r}, which the {prompt} is not given; it is given "
                f"{', '.join(NEEDED[prompt])}."
            )
        used |= variables
    lacking = [name for name in NEEDED[prompt] if name not in used]
    if lacking:
        raise RemidError(
            f"{folder / own[-1]}: lacks {{{{ {lacking[0]} }}}}, without which the {prompt} is not told "
            "of it; put it in."
        )


def _environment() -> ImmutableSandboxedEnvironment:
    # A template may come from a hub: it sees the values it is given and nothing of Python.
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
