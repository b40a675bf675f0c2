"""Augmentations of a training dialogue that use id_train alone."""

import re
from dataclasses import replace

import numpy as np

from remid.domain.dialogue import Dialogue, Turn

WORDS = {
    "fr": {
        "yes": "oui",
        "no": "non",
        "please": "s'il vous plaît",
        "thanks": "merci",
        "today": "aujourd'hui",
        "tomorrow": "demain",
        "my": "mon",
        "and": "et",
        "but": "mais",
        "with": "avec",
        "good": "bon",
        "friend": "ami",
        "house": "maison",
        "work": "travail",
    },
    "it": {
        "yes": "sì",
        "no": "no",
        "please": "per favore",
        "thanks": "grazie",
        "today": "oggi",
        "tomorrow": "domani",
        "my": "mio",
        "and": "e",
        "but": "ma",
        "with": "con",
        "good": "buono",
        "friend": "amico",
        "house": "casa",
        "work": "lavoro",
    },
    "pt": {
        "yes": "sim",
        "no": "não",
        "please": "por favor",
        "thanks": "obrigado",
        "today": "hoje",
        "tomorrow": "amanhã",
        "my": "meu",
        "and": "e",
        "but": "mas",
        "with": "com",
        "good": "bom",
        "friend": "amigo",
        "house": "casa",
        "work": "trabalho",
    },
    "nl": {
        "yes": "ja",
        "no": "nee",
        "please": "alsjeblieft",
        "thanks": "bedankt",
        "today": "vandaag",
        "tomorrow": "morgen",
        "my": "mijn",
        "and": "en",
        "but": "maar",
        "with": "met",
        "good": "goed",
        "friend": "vriend",
        "house": "huis",
        "work": "werk",
    },
}
"""Language to translations of common English words. No language of a test split is among them, so
that the user shifts stay unseen."""


def augment(dialogue: Dialogue, rng: np.random.Generator) -> Dialogue:
    """Return a variant of a dialogue with the same reference: one augmentation, drawn at random.

    Persona and character are told in another order, the oldest exchanges are dropped, or words of
    the user's turns are swapped for those of another language. A dialogue that the drawn one leaves
    as it is gets the next.
    """
    changed, ways = dialogue, (reorder, drop_turns, mix_languages)
    # A random order tried until one changes something: a dialogue of one turn has none to drop.
    for k in rng.permutation(len(ways)):
        changed = ways[k](dialogue, rng)
        if changed != dialogue:
            break
    return replace(changed, id=f"{dialogue.id}+augmented", parents=(dialogue.id,))


def reorder(dialogue: Dialogue, rng: np.random.Generator) -> Dialogue:
    """Tell the facts of the persona and of the character in another order, the name first."""
    return replace(
        dialogue,
        persona=_reordered(dialogue.persona, rng),
        character=_reordered(dialogue.character, rng),
    )


def drop_turns(dialogue: Dialogue, rng: np.random.Generator) -> Dialogue:
    """Drop the oldest exchanges; the last user turn stays."""
    # The context ends with the user: pairs of turns go from its front, the last one stays.
    exchanges = (len(dialogue.context) - 1) // 2
    if exchanges == 0:
        return dialogue
    dropped = int(rng.integers(1, exchanges + 1))
    return replace(dialogue, context=dialogue.context[2 * dropped :])


def mix_languages(dialogue: Dialogue, rng: np.random.Generator) -> Dialogue:
    """Swap common words of the user's turns for those of one other language."""
    words = WORDS[list(WORDS)[int(rng.integers(len(WORDS)))]]

    def swap(match: re.Match[str]) -> str:
        word = match.group()
        other = words.get(word.lower(), word)
        return other.capitalize() if word[0].isupper() else other

    return replace(
        dialogue,
        context=tuple(
            Turn(turn.role, re.sub(r"[A-Za-z]+", swap, turn.text)) if turn.role == "user" else turn
            for turn in dialogue.context
        ),
    )


def _reordered(description: str, rng: np.random.Generator) -> str:
    """Permute the sentences or, in a single one, its clauses; the first stays first."""
    for separator in (". ", ", "):
        # Sentences first; a description of one sentence has only clauses to move.
        first, *others = description.rstrip(".").split(separator)
        if len(others) > 1:
            moved = [others[k] for k in rng.permutation(len(others))]
            return separator.join([first, *moved]) + "." * description.endswith(".")
    return description
