import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from declared import ALL_SPLITS, SHIFTS
from remid.shifts.character import TAG

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError
from remid.shifts.build import build, manifest, write_splits

BUNDLED = Path(__file__).parents[2] / "data" / "dialogues.jsonl"
BUILT = ("composition/turn_level", "composition/word_level")


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
            "no dialogue for the splits user/german;",
        ),
        (
            lambda c: [replace(d, persona=d.id) for d in c],
            "no dialogue for the splits composition/turn_level",
        ),
    ],
)
def test_a_corpus_that_cannot_be_split_is_refused(corpus, change, message):
    with pytest.raises(RemidError, match=message):
        build(change(corpus), seed=1, word_rate=1.0)


def test_dialogues_without_a_split_get_one_from_language_and_tags():
    shifted = [
        dialogue(s.name, "", language=s.language, tags={TAG: s.name.split("/")[1]})
        if s.factor == "character"
        else dialogue(s.name, "", language=f"{s.language}-XX")
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
    assert not OPTIONAL & splits.keys()


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
    ("change", "message"),
    [
        ({"language": "fr"}, "no split is for language 'fr'"),
        ({"tags": {TAG: "opera"}}, f"tag {TAG} 'opera' is none of literature, film_tv"),
        ({"language": "de", "tags": {TAG: "gaming"}}, "but a shift changes one"),
    ],
)
def test_what_fits_no_split_is_named(corpus, change, message):
    with pytest.raises(RemidError, match=f"dialogue 'x': .*{message}"):
        build([*corpus, dialogue("x", "", **change)], seed=1, word_rate=1.0)


def test_the_manifest_describes_the_files(corpus, tmp_path):
    splits = build(corpus, seed=1, word_rate=0.5)
    described = manifest(splits, seed=1, word_rate=0.5)
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
