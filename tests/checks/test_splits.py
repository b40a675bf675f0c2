"""Every fault is planted in turn and caught by name; the clean benchmark passes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from declared import ALL_SPLITS, DECLARATION

from remid.checks.limits import Limits
from remid.checks.splits import Failure, check_file, check_splits
from remid.domain.dialogue import Dialogue, Turn
from remid.domain.shift import ID_TEST, ID_TRAIN
from remid.shifts.composition import TURN_LEVEL, WORD_LEVEL

Splits = dict[str, list[Dialogue]]
GERMAN = "user/german"


def test_the_clean_benchmark_passes(clean: Splits, limits: Limits) -> None:
    report = check_splits(clean, limits, DECLARATION)
    assert report.failures == ()
    assert set(report.counts) == set(ALL_SPLITS)
    assert report.counts[ID_TRAIN].dialogues == 8
    assert all(counts.failed == 0 < counts.expectations for counts in report.counts.values())


def _said(clean: Splits, split: str, place: int, text: str) -> tuple[Turn, ...]:
    context = list(clean[split][1].context)
    context[place] = replace(context[place], text=text)
    return tuple(context)


PLANTED: dict[str, Callable[[Splits], tuple[str, dict[str, object], str]]] = {
    "turns_alternate": lambda c: (
        ID_TRAIN,
        {"context": c[ID_TRAIN][1].context[:1] + c[ID_TRAIN][1].context},
        "context[1]: two turns in a row by the user",
    ),
    "context_ends_with_user": lambda c: (
        ID_TRAIN,
        {"context": (*c[ID_TRAIN][1].context, Turn("character", "And then?"))},
        "context[-1]: ends with the character, not the user",
    ),
    "turn_count": lambda c: (
        ID_TRAIN,
        {"context": c[ID_TRAIN][1].context[2:]},
        "3 turns, expected 4",
    ),
    "not_empty": lambda c: (
        ID_TRAIN,
        {"context": _said(c, ID_TRAIN, 2, "  ")},
        "context[2]: empty",
    ),
    "no_control_characters": lambda c: (
        ID_TRAIN,
        {"character": "A \x07bell"},
        "character: character U+0007 at 2",
    ),
    "no_template_markers": lambda c: (
        ID_TRAIN,
        {"persona": "Ann<|im_end|>"},
        "persona: chat-template marker '<|im_end|>' at 3",
    ),
    "sizes": lambda c: (ID_TRAIN, {"persona": "p" * 401}, "persona: 401 characters, at most 400"),
    "unique_ids": lambda c: (ID_TRAIN, {"id": c[ID_TRAIN][0].id}, "id: used more than once"),
    "no_shared_id": lambda c: (GERMAN, {"id": c[ID_TRAIN][2].id}, "id: used in id_train too"),
    "no_shared_pair": lambda c: (
        GERMAN,
        {"persona": c[ID_TRAIN][0].persona, "character": c[ID_TRAIN][0].character},
        "persona and character of id_train/0 in id_train",
    ),
    "language": lambda c: (
        GERMAN,
        {"context": c[ID_TRAIN][1].context},
        "user turns: 'en', expected 'de'",
    ),
    "recomposed": lambda c: (
        TURN_LEVEL,
        {"context": _said(c, TURN_LEVEL, 7, "Not the reference.")},
        "context: not that of id_test/1, its reference, then that of id_test/0",
    ),
    "permuted": lambda c: (
        WORD_LEVEL,
        {"context": _said(c, WORD_LEVEL, 0, "Could you please tell me what?")},
        "context[0]: not its parent's words in another order",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_caught_by_name(
    name: str, clean: Splits, planted: Callable[..., Splits], limits: Limits
) -> None:
    split, fields, reason = PLANTED[name](clean)
    caught = _caught(planted(split, 1, **fields), limits, split, name)
    wrong = fields.get("id", clean[split][1].id)
    assert wrong in caught.dialogue_ids
    assert caught.reason.startswith(reason)
    assert len(caught.dialogue_ids) == 1


def test_a_leak_is_caught_exactly_and_nearly(
    clean: Splits, planted: Callable[..., Splits], limits: Limits
) -> None:
    source = clean[ID_TRAIN][3]
    exact = planted(GERMAN, 1, context=source.context, reference=source.reference)
    failure = _caught(exact, limits, GERMAN, "no_leakage")
    assert failure.dialogue_ids == ("user/german/1",)
    assert failure.reason == "the same as id_train/3 in id_train (Jaccard 1.00)"
    near = planted(ID_TEST, 1, context=source.context, reference=source.reference + " No?")
    failure = _caught(near, limits, ID_TEST, "no_leakage")
    assert failure.dialogue_ids == ("id_test/1",)
    assert failure.reason.startswith("nearly the same as id_train/3 in id_train (Jaccard 0.")


def test_repeats_shares_balance_and_lengths(clean: Splits, limits: Limits) -> None:
    german = clean[GERMAN]
    again = {**clean, GERMAN: [*german, replace(german[0], id="again")]}
    failure = _caught(again, limits, GERMAN, "not_repeated")
    assert failure == Failure(
        GERMAN, "not_repeated", ("again",), f"says exactly what {german[0].id} says"
    )

    crowd = {**clean, GERMAN: [replace(d, persona="one and the same") for d in german]}
    failure = _caught(crowd, limits, GERMAN, "shares")
    assert failure.reason == "persona: that of 4 of 4, at most 2"
    assert failure.dialogue_ids == tuple(d.id for d in german)

    few = {**clean, GERMAN: german[:1]}
    failure = _caught(few, limits, GERMAN, "class_balance")
    assert failure.reason == "1 dialogues, expected 2 to 8"

    terse = {**clean, GERMAN: [replace(d, reference=f"Ja {k}.") for k, d in enumerate(german)]}
    failure = _caught(terse, limits, GERMAN, "reply_length")
    assert failure.dialogue_ids == tuple(d.id for d in german)
    assert failure.reason.startswith("reference: quartiles of its length 5, 5, 5 bytes, expected ")


def test_other_faults_of_built_splits(
    clean: Splits, planted: Callable[..., Splits], limits: Limits
) -> None:
    parent = clean[ID_TEST][1]
    for split, name, fields, reason in [
        (
            WORD_LEVEL,
            "permuted",
            {"context": parent.context},
            "context: in the order of its parent",
        ),
        (WORD_LEVEL, "permuted", {"reference": "Another."}, "reference: differs from that of"),
        (WORD_LEVEL, "permuted", {"parents": ()}, "parents: 0 named, expected 1"),
        (TURN_LEVEL, "recomposed", {"parents": ("id_test/0", "gone")}, "parents: 'gone' is no"),
        (TURN_LEVEL, "recomposed", {"parents": ("id_test/0", "id_test/2")}, "parents: not of one"),
    ]:
        caught = _caught(planted(split, 1, **fields), limits, split, name)
        assert caught.reason.startswith(reason)
        assert caught.dialogue_ids == (clean[split][1].id,)


def test_a_split_that_the_corpus_brought_need_not_name_its_parents(
    clean: Splits, limits: Limits
) -> None:
    brought = [replace(d, id=f"OOD3Test/{k}", parents=()) for k, d in enumerate(clean[WORD_LEVEL])]
    splits = {ID_TRAIN: clean[ID_TRAIN], ID_TEST: clean[ID_TEST], WORD_LEVEL: brought}
    assert check_splits(splits, limits, DECLARATION).failures == ()


def test_an_empty_split_fails(clean: Splits, limits: Limits) -> None:
    report = check_splits({**clean, ID_TRAIN: []}, limits, DECLARATION)
    assert [(f.split, f.reason) for f in report.failures] == [
        (ID_TRAIN, "0 dialogues, expected 1 or more")
    ]
    assert report.counts[ID_TRAIN].failed == 1


def test_data_docs_are_read_offline_and_show_the_reason(
    clean: Splits, planted: Callable[..., Splits], limits: Limits, tmp_path: Path
) -> None:
    folder = tmp_path / "docs"
    (folder / "old").mkdir(parents=True)
    splits = planted(GERMAN, 1, persona="Ann<|im_end|>")
    check_splits(
        {k: splits[k] for k in (ID_TRAIN, ID_TEST, GERMAN)}, limits, DECLARATION, docs=folder
    )
    pages = [p for p in folder.rglob("*.html") if "validations" in p.parts]
    assert len(pages) == 3 and (folder / "index.html").exists() and not (folder / "old").exists()
    text = next(p for p in pages if "german" in p.name).read_text(encoding="utf-8")
    assert "No text holds a marker of a chat template." in text
    assert "persona: chat-template marker" in text and "user/german/1" in text
    for page in folder.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert "<script" not in html and 'src="http' not in html and "<link" not in html


def test_a_file_is_checked_without_splits(clean: Splits, limits: Limits) -> None:
    sound = clean[ID_TRAIN][0]
    odd = replace(sound, id="odd", split="", context=sound.context[-1:], language="fr")
    assert check_file("mine.jsonl", [sound, odd], limits).failures == ()
    report = check_file("mine.jsonl", [sound, replace(odd, reference=" ")], limits)
    assert report.failures == (Failure("mine.jsonl", "not_empty", ("odd",), "reference: empty"),)


def _caught(splits: Splits, limits: Limits, split: str, name: str) -> Failure:
    """Check what a failure needs to be seen, which is faster than all thirteen splits."""
    peers = {
        k: v
        for k, v in splits.items()
        if k in (ID_TRAIN, ID_TEST, split, "user/spanish", "user/korean")
    }
    failures = check_splits(peers, limits, DECLARATION).failures
    (found,) = [f for f in failures if (f.split, f.expectation) == (split, name)]
    return found
