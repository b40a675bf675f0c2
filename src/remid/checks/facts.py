"""What is wrong with each dialogue of a split: a column per rule, a row per dialogue."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from remid.checks import construction, leakage, twins
from remid.checks.language import known, language_of
from remid.checks.limits import Limits
from remid.corpus.faults import RULES, texts
from remid.domain.dialogue import Dialogue
from remid.domain.shift import ID_TEST, ID_TRAIN, Declaration, Span, primary

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
    declaration: Declaration,
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
    members, shift = splits[split], declaration.get(split)
    rules: dict[str, Rule] = {**RULES, "sizes": _sizes(limits)}
    if (turns := _turns(split, declaration)) is not None:
        rules["turn_count"] = _turn_count(turns)
    # Shuffled words have no n-grams across them to tell a language by, and mistyped ones few.
    if not (shift and shift.build in ("word_level", "typos", "code_switch")):
        expected = tuple(map(primary, declaration.condition(split).language))
        if expected:
            rules["language"] = _language(expected, known(declaration.languages))
    # A corpus may bring these splits itself, as the paper's does, without saying how it built them.
    if shift and shift.build and any(d.parents or d.id.startswith(f"{split}/") for d in members):
        name, proof = construction.PROOFS[shift.build]
        parents = construction.Parents(
            shift,
            {d.id: d for d in splits.get(ID_TEST, ())},
            {d.id: d for n, m in splits.items() if n not in (ID_TRAIN, ID_TEST) for d in m},
        )
        rules[name] = lambda d: proof(d, parents)
    # Rules look at one dialogue; what needs all of a split is found once, and looked up.
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


def _turns(split: str, declaration: Declaration) -> Span | None:
    """Return how many user turns the dialogues of a split have; None where nothing says it."""
    shift, turns = declaration.get(split), declaration.condition(split).turns
    if shift is None or shift.build is None:
        return turns
    if shift.build == "depth":
        return Span(shift.turns, shift.turns)
    # Two of ID, joined.
    times = 2 if shift.build == "turn_level" else 1
    return turns and Span(*(end and times * end for end in (turns.least, turns.most)))


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


def _turn_count(expected: Span) -> Rule:
    least, most = expected.least, expected.most
    told = f"{least}" if least == most else f"{least or 0} to {'any' if most is None else most}"

    def turn_count(dialogue: Dialogue) -> str:
        return "" if dialogue.turns in expected else f"{dialogue.turns} turns, expected {told}"

    return turn_count


def _language(expected: Sequence[str], languages: Sequence[str]) -> Rule:
    told = " or ".join(map(repr, expected))
    # Where one of them cannot be told from a text, only what the dialogue says of itself counts.
    tellable = set(expected) <= set(languages)

    def language(dialogue: Dialogue) -> str:
        if primary(dialogue.language) not in expected:
            return f"language: {dialogue.language!r}, expected {told}"
        spoken = " ".join(turn.text for turn in dialogue.context if turn.role == "user")
        # Only the user's turns: under a user shift the character may answer in English.
        found = language_of(spoken, languages) if tellable else expected[0]
        return "" if found in expected else f"user turns: {found!r}, expected {told}"

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
    "turn_count": "As many turns as the declaration says.",
    "language": "The user's turns are in the language of the split.",
    "recomposed": "Two dialogues of id_test with one persona and character, joined.",
    "permuted": "A dialogue of id_test with the words of its context in another order.",
    "deepened": "The last turns of dialogues of id_test with one persona and character.",
    "mistyped": "A dialogue of id_test with one slip in some words of the user.",
    "switched": "A dialogue of id_test with one user turn of a dialogue in another language.",
    "unnamed": "A dialogue of id_test without its persona.",
    "no_shared_id": "No other split uses the id.",
    "no_leakage": "No other split holds the dialogue, exactly or nearly (check.near_duplicate).",
    "not_repeated": "No dialogue occurs twice.",
    "no_shared_pair": "Persona and character do not meet in id_train.",
    "twins": "Each twin is in id_test, differs in the factor of the shift alone and shares no sentence.",
    "shares": "No persona or character has more than check.max_share of the split.",
}
"""What each rule says, for the data docs."""
