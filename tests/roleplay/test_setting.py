"""What the trainings of the models under test share."""

from dataclasses import replace

from remid.lm.model import load_chat
from remid.roleplay.setting import Setting, example


def test_dialogues_with_a_reference_in_the_seeds_order(tiny_setting: Setting) -> None:
    chosen = [d.id for d in tiny_setting.dialogues]
    assert len(chosen) == tiny_setting.params.dialogues == 4
    unsaid = [replace(d, reference=" ") if d.id == chosen[0] else d for d in tiny_setting.id_train]
    rest = [d.id for d in replace(tiny_setting, id_train=unsaid).dialogues]
    assert rest[:3] == chosen[1:]  # the others keep their order, and the next one moves up
    assert len(rest) == 4 and chosen[0] not in rest
    assert [d.id for d in replace(tiny_setting, seed=8).dialogues] != chosen


def test_an_example_is_a_prompt_and_a_reply_with_its_end(tiny_setting: Setting) -> None:
    chat = load_chat(tiny_setting.base)
    row = example(tiny_setting, chat, tiny_setting.id_train[0], "Nothing.")
    assert row.id == "d0"
    assert row.completion == (*chat.content("Nothing."), chat.end_of_turn)
    assert example(tiny_setting, chat, tiny_setting.id_train[0]).completion == ()
    assert example(tiny_setting, chat, tiny_setting.id_train[0]).prompt == row.prompt
