"""What may be said on the command line about a file that is read, for `import` and `check`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from remid.domain.errors import RemidError

if TYPE_CHECKING:
    from remid.corpus.options import Options


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options to a command."""
    option = parser.add_argument_group("how the file is read").add_argument
    option("--format", metavar="NAME", help="which reader; told from the file when left out")
    option("--encoding", metavar="NAME", help="of text that is neither UTF-8 nor has a mark")
    option("--persona", metavar="TEXT|FIELD", help="the user's, or the field that holds it")
    option("--character", metavar="TEXT|FIELD", help="whom the model plays, or the field of it")
    option("--card", type=Path, metavar="FILE", help="a card of the character")
    option("--language", metavar="TAG", help="of the users, where the file tells none")
    option("--items", default="last", metavar="last|every|N", help="replies of a conversation")
    option("--strict", action="store_true", help="a record that is refused is an error")
    mapping = parser.add_argument_group("where a file of no known format has what").add_argument
    mapping("--turns", metavar="FIELD", help="the list of turns; a dotted path will do")
    mapping("--role", metavar="FIELD", help="of a turn: who speaks")
    mapping("--text", metavar="FIELD", help="of a turn: what is said")
    mapping("--user", metavar="VALUE", action="append", help="what the role is of the user")


def of(arguments: argparse.Namespace) -> "Options":
    """Read the options; RemidError for those that do not go together."""
    from remid.corpus.options import Mapping, Options, card_of, items_of

    details = [name for name in ("role", "text") if getattr(arguments, name)]
    if details and not arguments.turns:
        raise RemidError(
            f"--{details[0]} says something about the turns; name the field that holds them with "
            "--turns."
        )
    if arguments.turns and arguments.format:
        raise RemidError(
            f"--turns is for files of no known format, and --format {arguments.format} names one; "
            "pass one of them."
        )
    mapped = arguments.turns or arguments.user
    return Options(
        format=arguments.format,
        encoding=arguments.encoding,
        persona=arguments.persona or "",
        character=arguments.character or "",
        language=arguments.language or "",
        items=items_of(arguments.items),
        strict=arguments.strict,
        card=card_of(arguments.card),
        mapping=Mapping(
            turns=arguments.turns or "",
            role=arguments.role or "",
            text=arguments.text or "",
            user=tuple(arguments.user or ()),
        )
        if mapped
        else None,
    )
