"""A user's templates are prompts like the built-in ones, or are refused when they are read."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import tiny_project

from remid.domain.errors import RemidError
from remid.lm.chat import Message
from remid.lm.generation import Generation
from remid.lm.model import LanguageModel
from remid.lm.prompts import encode, encode_reply, reasoner_prompt, responder_prompt
from remid.lm.runtime import Runtime
from remid.lm.templates import Templates, read_templates, well_formed
from remid.lm.traces import write_traces

TURNS = "{% for turn in turns %}{{ turn.role }}: {{ turn.text }}\n{% endfor %}"
WHOLE = {
    "reasoner.system.jinja": "Think of a reply.",
    "reasoner.user.jinja": "\n{{ persona }} / {{ character }}\n" + TURNS + "\n",
    "responder.user.jinja": (
        "{{ persona }} / {{ character }}\n"
        + TURNS
        + "{{ trace.split('[Core]')[-1] | replace('`', '') }}"
    ),
    "reply.jinja": "## Reply\n{{ reply }}",
}


def read(folder: Path, files: Mapping[str, str]) -> Templates:
    for name, text in files.items():
        (folder / name).write_text(text)
    return read_templates(folder)


def test_a_prompt_is_what_the_files_write(tmp_path: Path) -> None:
    own, d = read(tmp_path, WHOLE), tiny_project.dialogue("a")
    said = "user: hello a\ncharacter: this is a\nuser: and a?\n"
    assert reasoner_prompt(d, own).messages == (
        Message("system", "Think of a reply."),
        Message("user", f"\nuser of a / keeper of a\n{said}\n"),
    )
    trace = "so\n[Core]`be dry`"
    assert responder_prompt(d, trace, own).messages == (
        Message("user", f"user of a / keeper of a\n{said}be dry"),
    )
    assert own.reply("yes") == "## Reply\nyes"


def test_what_stands_before_a_reply_is_part_of_the_prompt(
    tmp_path: Path, tiny_lm: Callable[[str], LanguageModel]
) -> None:
    chat, d = tiny_lm("chatml").chat, tiny_project.dialogue("a")
    with_it = encode(responder_prompt(d, "x", read(tmp_path, WHOLE)), chat, max_tokens=600)
    (tmp_path / "reply.jinja").unlink()
    without = encode(responder_prompt(d, "x", read_templates(tmp_path)), chat, max_tokens=600)
    assert with_it.ids == (*without.ids, *chat.content("## Reply\n"))
    # A reply is the same reply whatever stands before it.
    assert encode_reply("yes", chat, dialogue_id="a")[-1] == chat.end_of_turn


def test_the_oldest_turns_are_dropped_from_a_template_too(
    tmp_path: Path, tiny_lm: Callable[[str], LanguageModel]
) -> None:
    chat, d, own = tiny_lm("chatml").chat, tiny_project.dialogue("a"), read(tmp_path, WHOLE)
    full = encode(responder_prompt(d, "x", own), chat, max_tokens=600)
    cut = encode(responder_prompt(d, "x", own), chat, max_tokens=len(full.ids) - 1)
    assert (full.dropped_turns, cut.dropped_turns) == (0, 2)
    assert cut.ids[-len(chat.content("## Reply\n")) :] == tuple(chat.content("## Reply\n"))
    assert "hello a" not in chat.decode(cut.ids)


def test_only_the_prompts_that_have_a_file_are_the_users(tmp_path: Path) -> None:
    own = read(tmp_path, {"responder.user.jinja": WHOLE["responder.user.jinja"]})
    d = tiny_project.dialogue("a")
    assert reasoner_prompt(d, own).messages == reasoner_prompt(d).messages
    assert responder_prompt(d, "", own).messages != responder_prompt(d, "").messages


def test_a_trace_of_a_form_of_ones_own_is_kept_as_it_is(tmp_path: Path) -> None:
    own = read(tmp_path, WHOLE)
    assert well_formed("so it is", own) and not well_formed(" \n", own)
    assert not well_formed("so it is")
    # A form of the built-in prompt's stays what it is where only replies are written otherwise.
    (tmp_path / "other").mkdir()
    assert not well_formed("so it is", read(tmp_path / "other", {"reply.jinja": "{{ reply }}"}))


def test_a_reasoner_with_a_template_writes_freely(
    tmp_path: Path, tiny_lm: Callable[[str], LanguageModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def generate(runtime, encoded, sampling, *, progress):  # type: ignore[no-untyped-def]
        seen.append((sampling.form, [prompt.ids for prompt in encoded]))
        return [Generation("a trace", 2, True) for _ in encoded]

    monkeypatch.setattr("remid.lm.traces.generate", generate)
    d, lm, own = tiny_project.dialogue("a"), tiny_lm("chatml"), read(tmp_path, WHOLE)
    for templates in (own, None):
        runtime = Runtime(lm, templates=templates)
        assert write_traces(runtime, [d], max_new_tokens=4, seed=1) == ["a trace"]
    assert [form for form, _ in seen] == ["free", "trace"]
    assert seen[0][1] == [Runtime(lm, templates=own).reasoner_prompt(d).ids] != seen[1][1]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("responder.user.jinja", TURNS + "{{ persona }}{{ character }}", r"lacks \{\{ trace \}\}"),
        ("reasoner.user.jinja", "{{ persona }}{{ character }}", r"lacks \{\{ turns \}\}"),
        ("reply.jinja", "## Reply", r"reply.jinja: lacks \{\{ reply \}\}"),
        ("reply.jinja", "{{ reply }}</reply>", "alters the reply, or writes something behind it"),
        ("reply.jinja", "{{ reply | length }}", "alters the reply"),
        (
            "reasoner.user.jinja",
            WHOLE["reasoner.user.jinja"] + "{{ reference }}",
            "uses 'reference', which the reasoner is not given; it is given persona, character, turns",
        ),
        ("reasoner.user.jinja", "{% if %}", "is no Jinja template"),
        (
            "reasoner.usr.jinja",
            "{{ persona }}",
            "no prompt has this name; expected reasoner.system",
        ),
    ],
)
def test_a_template_that_is_none_is_refused(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    with pytest.raises(RemidError, match=told):
        read(tmp_path, {**WHOLE, name: text})


def test_a_system_message_alone_is_refused(tmp_path: Path) -> None:
    files = {"reasoner.system.jinja": "Think."}
    with pytest.raises(RemidError, match="but no reasoner.user.jinja"):
        read(tmp_path, files)


def test_a_folder_without_templates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="holds no template; expected one or more of"):
        read_templates(tmp_path)


@pytest.mark.parametrize(
    "text", ["{{ turns[9].text }}", "{{ persona.__class__.__mro__ }}", "{{ persona + 1 }}"]
)
def test_a_template_that_fails_on_a_dialogue_is_one_sentence(tmp_path: Path, text: str) -> None:
    own = read(tmp_path, {**WHOLE, "reasoner.user.jinja": WHOLE["reasoner.user.jinja"] + text})
    with pytest.raises(RemidError, match=r"reasoner.user.jinja: cannot be written out \("):
        own.reasoner(tiny_project.dialogue("a"))
