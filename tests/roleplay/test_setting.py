"""What the trainings of the models under test share."""

from dataclasses import replace

from remid.lm.model import load_chat
from remid.roleplay.setting import Setting, example


def test_dialogues_with_a_reference_in_the_seeds_order(given: Setting) -> None:
    chosen = [d.id for d in given.dialogues]
    assert len(chosen) == given.params.dialogues == 4
    unsaid = [replace(d, reference=" ") if d.id == chosen[0] else d for d in given.id_train]
    rest = [d.id for d in replace(given, id_train=unsaid).dialogues]
    assert rest[:3] == chosen[1:]  # the others keep their order, and the next one moves up
    assert len(rest) == 4 and chosen[0] not in rest
    assert [d.id for d in replace(given, seed=8).dialogues] != chosen


def test_an_example_is_a_prompt_and_a_reply_with_its_end(given: Setting) -> None:
    chat = load_chat(given.base)
    row = example(given, chat, given.id_train[0], "Nothing.")
    assert row.id == "d0"
    assert row.completion == (*chat.content("Nothing."), chat.end_of_turn)
    assert example(given, chat, given.id_train[0]).completion == ()
    assert example(given, chat, given.id_train[0]).prompt == row.prompt
