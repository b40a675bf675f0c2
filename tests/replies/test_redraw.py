"""Seeds of draws after an empty reply."""

from remid.replies.redraw import REDRAWS, redraw_seed


def test_the_first_draw_has_the_seed_itself_and_the_others_their_own() -> None:
    seeds = [redraw_seed(7, attempt) for attempt in range(1 + REDRAWS)]
    assert seeds[0] == 7 and len(set(seeds)) == 1 + REDRAWS
    assert seeds == [redraw_seed(7, attempt) for attempt in range(1 + REDRAWS)]
