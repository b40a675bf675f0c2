"""Batches are halved where memory runs out, and nothing is lost or done twice."""

import pytest
import torch

from remid.lm.out_of_memory import BatchOfOneError, in_halves


def limited(most: int, sizes: list[int], error: Exception):
    def run(items: list[int]) -> list[int]:
        sizes.append(len(items))
        if len(items) > most:
            raise error
        return items

    return run


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("full"), RuntimeError("can't allocate memory: 9 bytes")]
)
def test_halves_until_they_fit_in_order(error: Exception) -> None:
    sizes: list[int] = []
    shrunk: list[int] = []
    parts = in_halves(limited(2, sizes, error), list(range(7)), shrink=lambda: shrunk.append(1))
    assert [item for part in parts for item in part] == list(range(7))
    assert sizes == [7, 3, 1, 2, 4, 2, 2]  # 7 = 3 + 4; 3 = 1 + 2; 4 = 2 + 2
    assert len(shrunk) == 3


def test_one_item_that_does_not_fit() -> None:
    with pytest.raises(BatchOfOneError):
        in_halves(limited(0, [], torch.OutOfMemoryError("full")), [1, 2], shrink=lambda: None)


def test_other_errors_go_through() -> None:
    with pytest.raises(RuntimeError, match="shapes"):
        in_halves(limited(0, [], RuntimeError("shapes differ")), [1, 2], shrink=lambda: None)
