import numpy as np

from remid.domain.dialogue import Dialogue
from remid.roleplay.augment import augment, drop_turns, mix_languages, reorder


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_reordering_keeps_every_fact_and_the_name(dialogues: list[Dialogue]) -> None:
    before, after = dialogues[0], reorder(dialogues[0], rng())
    assert after.persona != before.persona
    assert after.persona.startswith("Ann, ") and after.persona.endswith(".")
    facts = {"Ann", "30", "a baker", "likes the sea", "keeps bees"}
    assert set(after.persona.rstrip(".").split(", ")) == facts
    assert after.context == before.context


def test_dropping_turns_keeps_the_last_user_turn(dialogues: list[Dialogue]) -> None:
    assert drop_turns(dialogues[0], rng()).context == dialogues[0].context[2:]


def test_mixing_touches_the_users_turns_alone(dialogues: list[Dialogue]) -> None:
    after = mix_languages(dialogues[0], rng())
    assert after.context[1] == dialogues[0].context[1]
    swapped = {"Bon", "Buono", "Bom", "Goed"}  # "Good" in the four languages, capital kept
    assert after.context[0].text.split()[0] in swapped
    assert "friend" not in after.context[0].text


def test_an_augmented_dialogue_has_its_parent_and_reference(dialogues: list[Dialogue]) -> None:
    seeds = np.random.default_rng(0)
    for dialogue in dialogues:
        after = augment(dialogue, seeds)
        assert after.parents == (dialogue.id,) and after.id != dialogue.id
        assert after.reference == dialogue.reference
        assert (after.persona, after.context) != (dialogue.persona, dialogue.context)
