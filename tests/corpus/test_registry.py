"""Formats by name."""

import pytest

from remid.corpus.registry import ALIASES, READERS, named
from remid.domain.errors import RemidError


def test_other_names_lead_to_readers() -> None:
    assert named("ShareGPT") == "chat" and named("rpgbench") == "rpgbench"
    assert set(ALIASES.values()) <= READERS.keys()


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(RemidError, match="format 'zorp' is none of remid, rpgbench, chat"):
        named("zorp")


def test_every_reader_reads_one_record_or_all() -> None:
    readers = {name: r for name, r in READERS.items() if name not in ("remid", "cards")}
    assert all((r.one is None) != (r.stream is None) for r in readers.values())


@pytest.mark.parametrize(
    ("value", "score"),
    [
        ({"spec": "chara_card_v2", "data": {}}, 1.0),
        ({"name": "M", "first_mes": "hi"}, 1.0),
        ({"name": "M", "personality": "kind"}, 0.8),
        ({"personality": "kind"}, 0.3),
        ({"name": "M"}, 0.0),
        ([], 0.0),
    ],
)
def test_how_surely_a_record_is_a_card(value: object, score: float) -> None:
    assert READERS["cards"].score(value) == score
