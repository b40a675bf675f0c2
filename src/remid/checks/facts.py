"""What is wrong with each dialogue of a split: a column per rule, a row per dialogue."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from remid.checks import construction, leakage, twins
from remid.checks.language import LANGUAGES, language_of
from remid.checks.limits import Limits
from remid.corpus.faults import RULES, texts
from remid.domain.dialogue import Dialogue
from remid.domain.shift import ID_TEST, ID_TRAIN, SHIFTS
from remid.shifts.composition import TURN_LEVEL, WORD_LEVEL

Rule = Callable[[Dialogue], str]
LENGTH = "reply_bytes"
"""Column with the length of the reference reply in UTF-8 bytes, which evens out the scripts: a
reply takes a third of the characters in Chinese, but about as many bytes."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One split, ready for its expectations."""

    frame: pd.DataFrame
    """``id``, `LENGTH`, and under the name of each rule the reason why it is broken, or ''."""
    rules: Mapping[str, str]
    """Names of the rules, with what they say."""


def of_file(members: Sequence[Dialogue], limits: Limits) -> Facts:
    """Judge dialogues that belong to no split: what holds for any of them."""
    return _facts(members, {**RULES, "sizes": _sizes(limits)}, {})


def of_split(
    split: str,
    splits: Mapping[str, Sequence[Dialogue]],
    *,
    leaks: Mapping[str, str],
    shared_ids: Mapping[str, str],
    limits: Limits,
) -> Facts:
    """Judge the dialogues of a split, also by what the other splits hold.

    Parameters
    ----------
    leaks, shared_ids : what the functions of `leakage` found in this split.
    """
    members = splits[split]
    rules: dict[str, Rule] = {
        **RULES,
        "sizes": _sizes(limits),
        "turn_count": _turn_count(8 if split == TURN_LEVEL else 4),
    }
    shift = next((s for s in SHIFTS if s.name == split), None)
    # Shuffled words have no n-grams across them to tell a language by.
    if split != WORD_LEVEL:
        rules["language"] = _language(shift.language if shift else "en")
    # Rules look at one dialogue; what needs all of a split is found once, below, and looked up.
    parents = {d.id: d for d in splits.get(ID_TEST, ())}
    # A corpus may bring these splits itself, as the paper's does, without saying how it built them.
    built = any(d.parents or d.id.startswith(f"{split}/") for d in members)
    if split == TURN_LEVEL and built:
        rules["recomposed"] = lambda d: construction.recomposed(d, parents)
    if split == WORD_LEVEL and built:
        rules["permuted"] = lambda d: construction.permuted(d, parents)
    found = {
        "no_shared_id": shared_ids,
        "no_leakage": leaks,
        "not_repeated": leakage.repeats(members),
    }
    if split != ID_TRAIN:
        found["no_shared_pair"] = leakage.shared_pairs(members, splits.get(ID_TRAIN, ()))
        found["shares"] = _crowded(members, limits)
    if shift is not None and any(d.twin for d in members):
        found["twins"] = twins.strangers(members, shift.factor, splits.get(ID_TEST, ()))
    return _facts(members, rules, found)


def _facts(
    members: Sequence[Dialogue],
    rules: Mapping[str, Rule],
    found: Mapping[str, Mapping[str, str]],
) -> Facts:
    columns: dict[str, list[object]] = {
        "id": [d.id for d in members],
        LENGTH: [len(d.reference.encode("utf-8", "surrogatepass")) for d in members],
    }
    for name, rule in rules.items():
        columns[name] = [rule(d) for d in members]
    for name, reasons in found.items():
        columns[name] = [reasons.get(d.id, "") for d in members]
    return Facts(pd.DataFrame(columns), {name: MEANING[name] for name in [*rules, *found]})


def _sizes(limits: Limits) -> Rule:
    def sizes(dialogue: Dialogue) -> str:
        for field, text in texts(dialogue):
            if len(text) > limits.max_characters:
                return f"{field}: {len(text):,} characters, at most {limits.max_characters:,}"
        return ""

    return sizes


def _turn_count(expected: int) -> Rule:
    def turn_count(dialogue: Dialogue) -> str:
        return "" if dialogue.turns == expected else f"{dialogue.turns} turns, expected {expected}"

    return turn_count


def _language(expected: str) -> Rule:
    def language(dialogue: Dialogue) -> str:
        if dialogue.language.split("-")[0] != expected:
            return f"language: {dialogue.language!r}, expected {expected!r}"
        spoken = " ".join(turn.text for turn in dialogue.context if turn.role == "user")
        # Only the user's turns: under a user shift the character may answer in English.
        found = language_of(spoken) if expected in LANGUAGES else expected
        return "" if found == expected else f"user turns: {found!r}, expected {expected!r}"

    return language


def _crowded(members: Sequence[Dialogue], limits: Limits) -> dict[str, str]:
    """Find the dialogues of a persona or character with too large a share; two are always fine."""
    # Two are always fine: in a split of 8 dialogues a pair would be a quarter of it.
    most = max(2.0, limits.max_share * len(members))
    reasons = {}
    for field in ("persona", "character"):
        counts = Counter(getattr(d, field) for d in members)
        for d in members:
            count = counts[getattr(d, field)]
            if getattr(d, field) and count > most:
                reasons[d.id] = f"{field}: that of {count} of {len(members)}, at most {most:.0f}"
    return reasons


MEANING = {
    "turns_alternate": "User and character take turns.",
    "context_ends_with_user": "The context ends with a turn of the user.",
    "not_empty": "No text is empty but the persona and the trace.",
    "no_control_characters": "No text holds control characters or traces of a broken encoding.",
    "no_template_markers": "No text holds a marker of a chat template.",
    "sizes": "No text is longer than check.max_characters.",
    "turn_count": "4 turns; 8 in turn_level.",
    "language": "The user's turns are in the language of the split.",
    "recomposed": "Two dialogues of id_test with one persona and character, joined.",
    "permuted": "A dialogue of id_test with the words of its context in another order.",
    "no_shared_id": "No other split uses the id.",
    "no_leakage": "No other split holds the dialogue, exactly or nearly (check.near_duplicate).",
    "not_repeated": "No dialogue occurs twice.",
    "no_shared_pair": "Persona and character do not meet in id_train.",
    "twins": "Each twin is in id_test, differs in the factor of the shift alone and shares no sentence.",
    "shares": "No persona or character has more than check.max_share of the split.",
}
"""What each rule says, for the data docs."""
