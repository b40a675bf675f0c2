"""Clusters, order and negative pairs of a split."""

from dataclasses import replace

import numpy as np
import pytest

from remid import params
from remid.domain.dialogue import CONVERSATION, TWIN, Dialogue, Turn
from remid.domain.errors import RemidError
from remid.evaluation.design import MEANINGS, cluster_names, design

KEEPER, PILOT = "a keeper of bees", "a pilot of ships"


def dialogue(key: str, persona: str = "Ann", character: str = KEEPER, **more) -> Dialogue:
    return Dialogue(key, persona, character, (Turn("user", f"of {key}"),), "r", **more)


def settings(negatives: str, count: int = 1):
    from pathlib import Path

    own = params.load(Path(__file__).parents[2] / "params.yaml").evaluate
    return own.model_copy(update={"negatives": negatives, "negatives_per_context": count})


def pairs_of(members: list[Dialogue], negatives: str, count: int = 1, embed=None, seed: int = 1):
    names = cluster_names(members)
    found = design(
        members,
        [names[d.id] for d in members],
        settings(negatives, count),
        seed=seed,
        embed=embed,
    )
    kept = [members[k].id for k in found.kept]
    return kept, {(kept[i], kept[j]) for i, j in found.pairs.tolist()}


def test_a_persona_with_a_character_is_a_cluster_and_so_is_a_conversation() -> None:
    one, two = dialogue("a"), dialogue("b")
    other = dialogue("c", persona="Bob")
    items = [dialogue(k, persona=k, tags={CONVERSATION: "chat 7"}) for k in "de"]
    names = cluster_names([one, two, other, *items])
    assert names["a"] == names["b"] != names["c"]
    assert names["d"] == names["e"] == "conversation chat 7"


def test_twins_and_rewritings_are_in_the_cluster_of_their_root() -> None:
    root, another = dialogue("a"), dialogue("z", persona="Zoe")
    twin = dialogue("g", persona="Gerd", tags={TWIN: "a"})
    built = replace(root, id="w", parents=("z", "a"))
    lost = dialogue("l", tags={TWIN: "not evaluated"})
    names = cluster_names([root, another, twin, built, lost])
    assert names["g"] == names["w"] == names["a"] != names["z"]
    assert names["l"] == "root not evaluated"


def test_splits_of_twins_have_the_same_pairs() -> None:
    roots = [dialogue(k, persona=k) for k in "abcdefgh"]
    twins = [dialogue(f"t{d.id}", persona=f"t{d.id}", tags={TWIN: d.id}) for d in roots[::-1]]
    _, first = pairs_of(roots, "cyclic", 2)
    _, second = pairs_of(twins, "cyclic", 2)
    assert {(f"t{i}", f"t{j}") for i, j in first} == second
    assert len(first) == 16
    assert pairs_of(roots, "cyclic", 2, seed=2)[1] != first


def test_same_character_and_same_user_swap_what_their_names_leave_free() -> None:
    members = [
        dialogue("a", "Ann", KEEPER),
        dialogue("b", "Bob", KEEPER),
        dialogue("c", "Ann", PILOT),
        dialogue("d", "Cid", "alone"),
    ]
    assert pairs_of(members, "same_character") == (["a", "b"], {("a", "b"), ("b", "a")})
    assert pairs_of(members, "same_user") == (["a", "c"], {("a", "c"), ("c", "a")})


def test_nearest_takes_the_most_similar_context() -> None:
    members = [dialogue(k, persona=k) for k in "abc"]
    rows = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    _, found = pairs_of(members, "nearest", embed=lambda texts: rows)
    assert found == {("b", "a"), ("a", "b"), ("b", "c")}


def test_a_design_without_any_pair_says_what_to_do() -> None:
    members = [dialogue(k, persona=k, character=k) for k in "abc"]
    with pytest.raises(RemidError, match="none of 3 dialogues has another of its kind; choose"):
        pairs_of(members, "same_character")


def test_every_design_says_what_its_figure_means() -> None:
    wanted = settings("cyclic").model_fields_set and type(settings("cyclic")).model_fields
    assert set(MEANINGS) == set(wanted["negatives"].annotation.__args__)
