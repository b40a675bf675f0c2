"""Prompts that begin alike, arranged in trees."""

from remid.lm.likelihood.shared_prefixes import Node, shared_beginnings

A, B = (1, 2, 3, 4), (5, 6, 7, 8)


def arrange(prompts, *, least=2, together=lambda k, rest: True):
    return shared_beginnings(prompts, least=least, together=together)


def test_rests_are_read_together_or_apart():
    prompts = [(*A, 10), (9, 9, 9), (*A, 11, 12)]
    # Alone, a prompt keeps its last token, which predicts a reply.
    alone = Node((9, 9), 2, members=(1,))
    assert arrange(prompts) == [alone, Node(A, 4, members=(0, 2))]
    assert arrange(prompts, together=lambda k, rest: rest < 2) == [
        alone,
        Node(A, 4, members=(0,), children=(Node((11,), 5, members=(2,)),)),
    ]


def test_a_short_common_beginning_does_not_hide_a_longer_one():
    # Two dialogues of one character with two rollouts each: A is the character.
    prompts = [(*A, *B, 10), (*A, *B, 11), (*A, 9, 9, 9, 10), (*A, 9, 9, 9, 11)]
    both = (Node(B, 8, members=(0, 1)), Node((9, 9, 9), 7, members=(2, 3)))
    assert arrange(prompts) == [Node(A, 4, children=both)]


def test_a_prompt_that_continues_another_keeps_a_rest():
    assert arrange([A, (*A, 5)]) == [Node(A[:3], 3, members=(0, 1))]


def test_too_little_in_common():
    prompts = [(1, 2, 3), (1, 9, 9)]
    assert arrange(prompts) == [Node((1, 2), 2, members=(0,)), Node((1, 9), 2, members=(1,))]


def test_nothing():
    assert arrange([]) == []
