"""Prompts that begin alike."""

from remid.scoring.prefix import Group, group_by_prefix


def test_rollouts_of_one_dialogue_are_one_group():
    one, other = (1, 2, 3, 4, 5, 6), (9, 8, 7, 6)
    prompts = [(*one, 10), other, (*one, 11, 12), (*one, 10, 13)]
    # Each keeps at least one token of its own: the shared part of `other` alone is all but one.
    assert group_by_prefix(prompts) == [Group((1,), 3), Group((0, 3, 2), 6)]


def test_a_prompt_that_continues_another_keeps_a_tail():
    assert group_by_prefix([(1, 2, 3, 4), (1, 2, 3, 4, 5)]) == [Group((0, 1), 3)]


def test_short_common_beginnings_do_not_count():
    assert group_by_prefix([(1, 2, 3, 4, 5, 6), (1, 9, 9, 9, 9, 9)]) == [
        Group((0,), 5),
        Group((1,), 5),
    ]


def test_without_sharing_each_is_alone():
    assert len(group_by_prefix([(1, 2, 3, 4), (1, 2, 3, 5)], share=False)) == 2


def test_nothing():
    assert group_by_prefix([]) == []
