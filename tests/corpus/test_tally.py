"""What an import counts."""

from remid.corpus.sample import Sample
from remid.corpus.tally import EXAMPLES, Tally
from remid.domain.dialogue import Dialogue, Turn


def dialogue(turns: int, language: str = "en") -> Dialogue:
    context = [Turn("user" if k % 2 == 0 else "character", "x") for k in range(2 * turns - 1)]
    return Dialogue("d", "", "c", tuple(context), "r", language=language)


def test_dialogues_of_one_record_count_it_once() -> None:
    tally = Tally()
    for where in ("line 1", "line 1", "line 2"):
        tally.take(dialogue(2), where)
    assert tally.records == 2 and tally.turns == {"2": 3} and tally.languages == {"en": 3}


def test_ten_turns_and_more_are_long() -> None:
    tally = Tally()
    for turns in (9, 10, 50):
        tally.take(dialogue(turns, "de"), f"line {turns}")
    assert tally.turns == {"9": 1, "10 or more": 2}


def test_the_first_refusals_are_remembered_with_their_places() -> None:
    tally = Tally()
    for k in range(EXAMPLES + 5):
        tally.refuse(f"line {k}", "no reply", detail="field reply" if k == 0 else "")
    assert tally.refused == {"no reply": EXAMPLES + 5}
    assert tally.examples[:2] == ["line 0: field reply", "line 1: no reply"]
    assert len(tally.examples) == EXAMPLES


def test_a_refused_sample_is_counted_by_its_reason() -> None:
    tally = Tally()
    tally.refuse_sample(Sample("row 3", None, "holds pictures", detail="field image"))
    tally.pass_over("a.png", "no card")
    assert tally.refused == {"holds pictures": 1} and tally.passed_over == {"no card": 1}
    assert tally.examples == ["row 3: field image", "a.png: no card"]
