"""One user turn in another language."""

from dataclasses import replace

from remid.domain.dialogue import TWIN, Dialogue, Turn
from remid.shifts.code_switch import code_switch, user_turns


def chat(id: str, language: str, turns: int = 3, **tags: str) -> Dialogue:
    said = [Turn(r, f"{id}{k}{r[0]}") for k in range(turns) for r in ("user", "character")]
    return Dialogue(id, "p", "c", tuple(said[:-1]), "y", "s", language, tags=tags)  # type: ignore[arg-type]


ENGLISH = [chat(f"e{k}", "en") for k in range(30)]
OTHERS = [chat("f", "fr"), chat("g", "de", turns=1), chat("x", "en-GB"), chat("u", "und")]


def test_a_turn_before_the_last_is_another_languages() -> None:
    built = code_switch(ENGLISH, OTHERS, name="user/mixed", seed=1)
    places = set()
    for dialogue, parent in zip(built, ENGLISH, strict=True):
        pairs = enumerate(zip(dialogue.context, parent.context, strict=True))
        ((place, new),) = [(k, turn.text) for k, (turn, was) in pairs if turn != was]
        places.add(place)
        # the same place of the French chat; the German one has a single turn
        assert new == ("g0u" if dialogue.parents[0] == "g" else f"f{place // 2}u")
        assert dialogue.parents in (("f", parent.id), ("g", parent.id))
        assert (dialogue.root, dialogue.language) == (parent.id, "en")
    assert places == {0, 2}  # never 4, the last, which the reply answers


def test_a_twin_comes_first_and_what_cannot_be_switched_is_not_built() -> None:
    twin = chat("t", "ko", **{TWIN: "e0"})
    (built,) = code_switch(ENGLISH[:1], [*OTHERS, twin], name="user/mixed", seed=1)
    assert built.parents == ("t", "e0")
    assert code_switch([chat("s", "en", turns=1)], OTHERS, name="user/mixed", seed=1) == []
    assert code_switch(ENGLISH, OTHERS[2:], name="user/mixed", seed=1) == []
    assert user_turns(replace(twin, context=twin.context[1:])) == [1, 3]
