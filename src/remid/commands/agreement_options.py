"""What may be said on the command line about files of ratings."""

import argparse
from pathlib import Path


def add(command: argparse.ArgumentParser) -> None:
    """Add the options to the command."""
    option = command.add_argument
    option(
        "--ratings", type=Path, metavar="FILE", required=True, help="rated replies, in any format"
    )
    option("--replies", type=Path, metavar="FILE", help="what the rows lack, by id and system")
    option("--name", default="", help="of the folder of the results; the file's when left out")
    for name in ("context", "system", "reply", "rater"):
        option(f"--{name}-field", metavar="NAME", default="", help=f"field of the {name}")
    option("--rating-field", metavar="NAME", action="append", default=[], help="repeatable")
    option("--persona", metavar="TEXT|FIELD", default="", help="the user's, or the field of it")
    option("--character", metavar="TEXT|FIELD", default="", help="whom the systems play")
    option("--language", metavar="TAG", default="", help="of the users, where the file tells none")
    option("--encoding", help="of the file, where it is not UTF-8")
    option("--strict", action="store_true", help="an odd row of the file is an error")
