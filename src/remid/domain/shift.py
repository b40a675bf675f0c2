"""The splits of the benchmark and what each shift changes."""

from dataclasses import dataclass
from typing import Literal

Factor = Literal["user", "character", "composition", "background"]

ID_TRAIN = "id_train"
ID_TEST = "id_test"


@dataclass(frozen=True, slots=True)
class Shift:
    """One shifted test split."""

    name: str
    """``factor/kind``, which is also the path of its file below ``splits/``."""
    factor: Factor
    """The input factor that it changes; ``composition`` changes the dialogue context, and
    ``background`` the user, who goes on writing English."""
    paper_tag: str
    """Its ``subset_tag`` in the paper's ``PDGBench.json``; empty where the paper has no such shift."""
    language: str = "en"
    """Language of the user's turns."""

    @property
    def metric(self) -> str:
        """Name of the shift inside a metric's name, such as ``user.german``."""
        # MLflow reads a slash in a metric's name as a folder.
        return self.name.replace("/", ".")


SHIFTS: tuple[Shift, ...] = (
    Shift("user/german", "user", "german", "de"),
    Shift("user/spanish", "user", "spanish", "es"),
    Shift("user/chinese", "user", "chinese", "zh"),
    Shift("user/japanese", "user", "japanese", "ja"),
    Shift("user/korean", "user", "korean", "ko"),
    Shift("character/literature", "character", "Literature"),
    Shift("character/film_tv", "character", "Film & Television"),
    Shift("character/theater", "character", "Theater"),
    Shift("character/gaming", "character", "Gaming"),
    # built from id_test by remid.shifts.composition, where the corpus does not bring them
    Shift("composition/turn_level", "composition", "TurnLevelComposition"),
    Shift("composition/word_level", "composition", "WordLevelComposition"),
)

BACKGROUNDS: tuple[Shift, ...] = tuple(
    Shift(f"background/{shift.name.removeprefix('user/')}", "background", "")
    for shift in SHIFTS
    if shift.factor == "user"
)
"""The users of the user shifts, writing English: a model that stumbles over a language and one that
stumbles over a user are different faults. Beyond the paper's; a corpus need not have them."""
OPTIONAL: frozenset[str] = frozenset(shift.name for shift in BACKGROUNDS)
SHIFTS = (*SHIFTS, *BACKGROUNDS)

TEST_SPLITS: tuple[str, ...] = (ID_TEST, *(shift.name for shift in SHIFTS))
ALL_SPLITS: tuple[str, ...] = (ID_TRAIN, *TEST_SPLITS)
