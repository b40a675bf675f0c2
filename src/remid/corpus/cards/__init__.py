"""Character cards: V1, V2, V3 and their relatives, as JSON, YAML, CHARX or inside a PNG."""

from remid.corpus.cards.reader import PROFILE, Played, played, profile, samples

__all__ = ["PROFILE", "Played", "played", "profile", "samples"]
