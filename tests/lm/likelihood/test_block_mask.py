"""Trees of segments in one sequence: who sees whom."""

from remid.lm.likelihood.block_mask import Segment, Tree, flatten

# a b | c | d, c and d both behind a b
TREE = Tree((Segment((1, 2), None), Segment((3,), 0), Segment((4,), 0)))


def test_a_token_sees_its_line_of_descent_only() -> None:
    flat = flatten([TREE])
    assert flat.ids.tolist() == [[1, 2, 3, 4]]
    # c and d have the same place, one after b, and do not see each other.
    assert flat.positions.tolist() == [[0, 1, 2, 2]]
    assert flat.mask[0, 0].int().tolist() == [
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [1, 1, 1, 0],
        [1, 1, 0, 1],
    ]


def test_everything_sees_the_cached_prefix() -> None:
    flat = flatten([Tree((Segment((7,), None), Segment((8,), None)))], prefix=2)
    assert flat.positions.tolist() == [[2, 2]]
    assert flat.mask[0, 0].int().tolist() == [[1, 1, 1, 0], [1, 1, 0, 1]]


def test_padding_sees_itself_and_is_seen_by_nobody() -> None:
    flat = flatten([TREE, Tree((Segment((9,), None),))])
    assert flat.mask[1, 0].int().tolist() == [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
    ]


def test_places_in_the_flat_sequence() -> None:
    assert TREE.tokens == 4 and [TREE.start(k) for k in range(3)] == [0, 2, 3]
