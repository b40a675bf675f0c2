"""The shipped declaration: the paper's eleven shifts and the background shifts."""

from pathlib import Path

from remid.params import load

PARAMS = load(Path(__file__).parents[2] / "params.yaml")
DECLARATION = PARAMS.shifts.declaration(word_rate=PARAMS.split.word_rate)
SHIFTS = DECLARATION.shifts
TEST_SPLITS = DECLARATION.test_splits
ALL_SPLITS = DECLARATION.splits
BUILT = ("composition/turn_level", "composition/word_level")
