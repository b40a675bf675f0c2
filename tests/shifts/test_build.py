import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from declared import ALL_SPLITS, BUILT, DECLARATION, SHIFTS

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError
from remid.domain.shift import Condition, Declaration, Shift
from remid.shifts.build import Built
from remid.shifts.build import build as built
from remid.shifts.written import manifest, write_splits

TAG = "character_kind"
PLAIN = replace(DECLARATION, minimum=1)
BUNDLED = Path(__file__).parents[2] / "data" / "dialogues.jsonl"


def build(corpus, *, seed, word_rate):
    """Build the paper's splits, however small."""
    shifts = [replace(s, rate=s.rate and word_rate) for s in SHIFTS]
    return built(corpus, replace(PLAIN, shifts=tuple(shifts)), seed=seed).splits


def dialogue(id, split, *, pair=None, language="en", tags=None):
    pair = pair or id
    context = tuple(Turn(("user", "character")[k % 2], f"{id} says {k}") for k in range(7))
    return Dialogue(
        id, f"p {pair}", f"c {pair}", context, f"reply {id}", split, language, tags=tags or {}
    )


@pytest.fixture
def corpus():
    splits = [split for split in ALL_SPLITS if split not in BUILT]
    return [dialogue(f"{s}/{k}", s, pair=f"{s}{k // 2}") for s in splits for k in range(4)]


def test_every_split_is_built(corpus):
    splits = build(corpus, seed=1, word_rate=1.0)
    assert tuple(splits) == ALL_SPLITS
    assert {len(members) for members in splits.values()} == {4}
    for name, members in splits.items():
        assert {d.split for d in members} == {name}
    assert {d.parents for d in splits["composition/word_level"]} == {
        (f"id_test/{k}",) for k in range(4)
    }


def test_the_order_of_the_input_makes_no_difference_but_the_seed_does(corpus):
    first = build(corpus, seed=1, word_rate=0.5)
    random.Random(0).shuffle(corpus)
    assert build(corpus, seed=1, word_rate=0.5) == first
    assert build(corpus, seed=2, word_rate=0.5) != first


def test_a_split_stays_as_it_is_when_another_changes(corpus):
    first = build(corpus, seed=1, word_rate=1.0)
    more = build([*corpus, dialogue("new", "id_train")], seed=1, word_rate=1.0)
    assert {name for name in first if first[name] != more[name]} == {"id_train"}


def test_a_composition_split_that_is_brought_is_kept(corpus):
    own = dialogue("own", "composition/turn_level")
    splits = build([*corpus, own], seed=1, word_rate=1.0)
    assert splits["composition/turn_level"] == [own]
    assert len(splits["composition/word_level"]) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: [*c, dialogue("x", "ood")], "dialogue 'x': split 'ood' is unknown"),
        (lambda c: [*c, c[0]], "dialogue 'id_train/0' occurs twice"),
        (
            lambda c: [d for d in c if d.split != "user/german"],
            "shifts: user/german matches no dialogue; correct its `when`",
        ),
        (
            lambda c: [d for d in c if d.split != "id_train"],
            "no dialogue for the split id_train",
        ),
    ],
)
def test_a_corpus_that_cannot_be_split_is_refused(corpus, change, message):
    with pytest.raises(RemidError, match=message):
        build(change(corpus), seed=1, word_rate=1.0)


def test_dialogues_without_a_split_get_one_from_language_and_tags():
    shifted = [
        dialogue(s.name, "", tags={TAG: s.name.split("/")[1]})
        if s.factor == "character"
        else dialogue(s.name, "", language=f"{s.when.language[0]}-XX")
        for s in SHIFTS
        if s.factor in ("user", "character")
    ]
    plain = [dialogue(f"{k}", "", pair=k // 2) for k in range(40)]
    splits = build([*shifted, *plain], seed=1, word_rate=1.0)
    for d in shifted:
        assert splits[d.id] == [replace(d, split=d.id)]
    # 20 pairs of two dialogues; ceil(0.2 * 20) = 4 pairs are held out whole.
    assert (len(splits["id_test"]), len(splits["id_train"])) == (8, 32)
    pairs = [{d.persona for d in splits[name]} for name in ("id_train", "id_test")]
    assert not pairs[0] & pairs[1]
    # splits that a corpus need not have are not there
    assert not [name for name in splits if name.startswith("background/")]


def test_one_conversation_is_on_one_side_whatever_its_pairs():
    shifted = [
        dialogue(split, split)
        for split in ALL_SPLITS
        if split not in (*BUILT, "id_train", "id_test")
    ]
    # 20 conversations of three dialogues, each of another persona, and a pair of its own between.
    told = [
        dialogue(f"{k}/{n}", "", pair=f"{k}/{n}", tags={"conversation": f"{k}"})
        for k in range(20)
        for n in range(3)
    ]
    test = [dialogue("test 1", "id_test", pair="t"), dialogue("test 2", "id_test", pair="t")]
    splits = build([*shifted, *told, *test], seed=1, word_rate=1.0)
    found = [{d.conversation for d in splits[name]} for name in ("id_train", "id_test")]
    assert not found[0] & found[1]
    # ceil(0.2 * 20) = 4 conversations of three are held out, beside the two that were brought.
    assert (len(splits["id_test"]), len(splits["id_train"])) == (14, 48)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"language": "fr"}, "in no split (language fr, 4 turns)"),
        ({"tags": {TAG: "opera"}}, "in no split (language en, 4 turns)"),
        # German and of a game: two factors at once
        ({"language": "de", "tags": {TAG: "gaming"}}, "in no split (language de, 4 turns)"),
    ],
)
def test_what_fits_no_split_is_left_out_and_counted(corpus, change, reason):
    found = built([*corpus, dialogue("x", "", **change)], PLAIN, seed=1)
    assert found.left_out == {reason: 1}
    assert found.splits == built(corpus, PLAIN, seed=1).splits


FRENCH = Shift("user/french", Condition(language=("fr",)))


def french(count, other="en"):
    """Twelve dialogues of six pairs, some of them French."""
    return [
        dialogue(f"{k}", "", pair=k // 2, language="fr" if k < count else other) for k in range(12)
    ]


def test_any_language_and_factor_without_a_word_about_id():
    villain = Shift("mood/villain", Condition(tags=(("mood", ("bad",)),)))
    own = Declaration((FRENCH, villain))
    bad = dialogue("bad", "", tags={"mood": "bad"})
    both = dialogue("both", "", language="fr", tags={"mood": "bad"})
    found = built([*french(4), bad, both], own, seed=1)
    assert {d.id for d in found.splits["user/french"]} == {"0", "1", "2", "3"}
    assert [d.id for d in found.splits["mood/villain"]] == ["bad"]
    assert found.left_out == {"in user/french and mood/villain at once": 1}
    # What no shift takes is ID: four pairs of two, of which ceil(0.2 * 4) = 1 is held out.
    assert (len(found.splits["id_test"]), len(found.splits["id_train"])) == (2, 6)


def test_a_shift_that_is_too_small_is_named_and_left_out():
    own = Declaration((FRENCH, Shift("noise/typos", build="typos", rate=0.5)), minimum=3)
    found = built(french(2), own, seed=1)
    assert tuple(found.splits) == ("id_train", "id_test")
    # ID's five pairs hold out one, whose two dialogues get typos.
    assert found.too_small == {"user/french": 2, "noise/typos": 2}
    described = manifest(found, seed=1, word_rate=1.0)
    assert described["too_small"] == found.too_small and "left_out" not in described


@pytest.mark.parametrize(
    ("corpus", "own", "told"),
    [
        (french(0), Declaration((FRENCH,)), "user/french matches no dialogue"),
        (
            french(12),
            Declaration((FRENCH,)),
            "user/french matches all of the 12 dialogues without a split, and nothing is left",
        ),
        (
            french(4),
            Declaration((FRENCH,), id=Condition(turns=DECLARATION.id.turns)),
            "dialogue '0': in distribution by `shifts.id`, and in user/french by its `when`",
        ),
        (
            french(4),
            Declaration((FRENCH,), id=Condition(language=("it",))),
            "no dialogue for the split id_train \\(0 of 12 dialogues without a split fit",
        ),
    ],
)
def test_a_condition_that_cannot_be_meant(corpus, own, told):
    with pytest.raises(RemidError, match=told) as caught:
        built(corpus, own, seed=1)
    assert "\n" not in str(caught.value)


def test_every_builder_in_one_declaration(corpus):
    corpus = [*corpus, dialogue("de", "user/german", language="de")]
    shifts = (
        Shift("length/deep", build="depth", turns=5),
        Shift("noise/typos", build="typos", rate=0.1),
        Shift("noise/language", build="code_switch"),
        Shift("user/unknown", build="no_persona"),
    )
    found = built(corpus, replace(PLAIN, shifts=(*SHIFTS, *shifts)), seed=1)
    for shift in shifts:
        members = found.splits[shift.name]
        assert sorted(d.root for d in members) == [f"id_test/{k}" for k in range(4)]
        assert all(d.id.startswith(f"{shift.name}/") and d.split == shift.name for d in members)
    # What is built besides changes none of the others.
    rest = {name: own for name, own in found.splits.items() if name in ALL_SPLITS}
    assert rest == built(corpus, PLAIN, seed=1).splits


def test_the_manifest_describes_the_files(corpus, tmp_path):
    splits = build(corpus, seed=1, word_rate=0.5)
    described = manifest(Built(splits), seed=1, word_rate=0.5)
    folder = tmp_path / "splits"
    for _ in range(2):  # the second time it replaces the first
        write_splits(splits, folder, described)
    (folder / "stale").mkdir()
    write_splits(splits, folder, described)
    assert json.loads((folder / "manifest.json").read_text()) == described
    assert (described["seed"], described["word_rate"]) == (1, 0.5)
    for name in ALL_SPLITS:
        data = (folder / f"{name}.jsonl").read_bytes()
        assert described["splits"][name] == {
            "dialogues": 4,
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        assert list(jsonl.read(folder / f"{name}.jsonl")) == splits[name]
    assert set(described["parents"]) == {d.id for name in BUILT for d in splits[name]}
    assert described["parents"]["composition/word_level/id_test/0"] == ["id_test/0"]
    assert not (folder / "stale").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["splits"]


@pytest.mark.skipif(not BUNDLED.exists(), reason="data/dialogues.jsonl is not pulled")
def test_the_bundled_corpus_can_be_split():
    splits = build(jsonl.read(BUNDLED), seed=20251217, word_rate=1.0)
    assert min(len(members) for members in splits.values()) >= 20
    assert {d.turns for d in splits["composition/turn_level"]} == {8}
    assert {d.turns for d in splits["composition/word_level"]} == {4}
