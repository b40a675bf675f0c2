"""A row per dialogue, a column per rule, a reason where the rule is broken."""

from dataclasses import replace

from declared import DECLARATION

from remid.checks.facts import LENGTH, of_file, of_split
from remid.checks.limits import Limits
from remid.domain.dialogue import Dialogue


def test_bytes_and_reasons_of_a_file(clean: dict[str, list[Dialogue]], limits: Limits) -> None:
    one, two = clean["id_train"][:2]
    facts = of_file([replace(one, reference="é" * 5), replace(two, persona="x" * 401)], limits)
    assert facts.frame[LENGTH].tolist()[0] == 10  # two bytes each
    assert facts.frame["sizes"].tolist() == ["", "persona: 401 characters, at most 400"]
    assert "turn_count" not in facts.rules


def test_a_split_is_judged_by_its_place(clean: dict[str, list[Dialogue]], limits: Limits) -> None:
    leaks = {clean["id_test"][0].id: "the same as x"}
    facts = of_split("id_test", clean, DECLARATION, leaks=leaks, shared_ids={}, limits=limits)
    assert facts.frame["no_leakage"].tolist() == ["the same as x", "", "", ""]
    assert (facts.frame["turn_count"] == "").all()
    joined = of_split(
        "composition/turn_level", clean, DECLARATION, leaks={}, shared_ids={}, limits=limits
    )
    assert (joined.frame["turn_count"] == "").all()  # 8 of them
    assert {"recomposed", "language"} <= set(joined.rules)
    shuffled = of_split(
        "composition/word_level", clean, DECLARATION, leaks={}, shared_ids={}, limits=limits
    )
    assert "permuted" in shuffled.rules and "language" not in shuffled.rules


def test_a_persona_with_too_large_a_share(clean: dict[str, list[Dialogue]], limits: Limits) -> None:
    same = [replace(d, persona="one") for d in clean["user/german"]]
    splits = {**clean, "user/german": same}
    facts = of_split("user/german", splits, DECLARATION, leaks={}, shared_ids={}, limits=limits)
    # at most 0.6 * 4 = 2.4 of 4
    assert set(facts.frame["shares"]) == {"persona: that of 4 of 4, at most 2"}
