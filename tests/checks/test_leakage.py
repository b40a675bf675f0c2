"""Dialogues, ids and pairs on two sides."""

from dataclasses import replace

from remid.checks import leakage
from remid.domain.dialogue import Dialogue, Turn


def saying(key: str, text: str, who: str = "p") -> Dialogue:
    return Dialogue(key, who, "c", (Turn("user", text),), f"a reply to {text}")


ONE = saying("a", "where does the old river go in winter?")
OTHER = saying("b", "who lit the lantern in the harbour last night?")


def test_the_later_split_is_told_of_the_earlier_one() -> None:
    splits = {"id_train": [ONE], "id_test": [OTHER, replace(ONE, id="copy")]}
    assert leakage.leaks(splits, 0.95) == {
        "id_test": {"copy": "the same as a in id_train (Jaccard 1.00)"}
    }


def test_built_splits_share_id_test_and_not_id_train() -> None:
    built = {"composition/word_level": [replace(ONE, id="w")]}
    assert leakage.leaks({"id_test": [ONE], **built}, 0.95, built) == {}
    assert "composition/word_level" in leakage.leaks({"id_test": [ONE], **built}, 0.95)
    assert leakage.leaks({"id_train": [ONE], **built}, 0.95, built) == {
        "composition/word_level": {"w": "the same as a in id_train (Jaccard 1.00)"}
    }


def test_repeats_are_exact() -> None:
    assert leakage.repeats([ONE, OTHER, replace(ONE, id="c")]) == {"c": "says exactly what a says"}
    assert leakage.repeats([ONE, replace(ONE, id="c", persona="q")]) == {}


def test_ids_and_pairs() -> None:
    splits = {"id_train": [ONE], "id_test": [replace(OTHER, id="a")]}
    assert leakage.shared_ids(splits) == {"id_test": {"a": "id: used in id_train too"}}
    met = {"b": "persona and character of a in id_train"}
    assert leakage.shared_pairs([OTHER], [ONE]) == met
    assert leakage.shared_pairs([replace(OTHER, persona="q")], [ONE]) == {}
