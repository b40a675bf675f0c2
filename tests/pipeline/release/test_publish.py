"""The released folder: its card tells what it is and lists every file."""

import json

import small_release
import tiny_project

from remid.coevolve import released
from remid.store.fingerprints import file_fingerprint, weights_fingerprint
from remid.store.layout import Layout


def test_the_card_says_what_the_folder_is(given: Layout) -> None:
    folder, card = given.released, released.read(given)
    assert card.base_weights == weights_fingerprint(given.base)
    assert card.id_train == file_fingerprint(given.split("id_train"))
    settings = small_release.settings(tiny_project.params())
    assert card.params["coevolve"] == settings.release.coevolve.model_dump(mode="json")
    assert (card.dtype, card.demo, card.figures) == ("float32", "sft", {"round": 0.0})
    there = {f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file()}
    assert set(card.files) == there - {released.CARD}


def test_the_demo_has_the_replies_to_its_dialogues_alone(given: Layout) -> None:
    rows = [json.loads(line) for line in (given.released / released.DEMO).read_text().splitlines()]
    # Eight of nine in each of two splits.
    assert len(rows) == 16 and {row["id"][:7] for row in rows} == {"id_test", "user-ge"}
