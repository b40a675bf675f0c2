"""docs/architecture.md has every room, in the order in which the linter lets them import."""

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def described() -> list[str]:
    """Rooms of the table, from the top down."""
    table = TEXT[TEXT.index("| room |") :].split("\n\n")[0]
    return re.findall(r"^\| `([\w./]+)` \|", table, re.MULTILINE)


def test_the_table_has_every_folder_of_the_package() -> None:
    source = ROOT / "src/remid"
    found = {f"remid.{path.parent.name}" for path in source.glob("*/__init__.py")}
    found |= {f"remid.{path.stem}" for path in source.glob("*.py") if path.stem[0] != "_"}
    assert {room for room in described() if room.startswith("remid.")} == found
    assert len(described()) == len(set(described()))


def test_the_order_is_the_linters() -> None:
    linter = configparser.ConfigParser()
    linter.read(ROOT / ".importlinter")
    layers = linter["importlinter:contract:rooms"]["layers"].split()
    order = [name if "." in name else f"{name}/" for name in layers if name != "|"]
    assert described() == order


def test_files_that_are_named_are_there() -> None:
    steps = TEXT[TEXT.index("| step |") :].split("\n\n")[0]
    named = re.findall(r"`([\w/]+(?:\.py|/))`", steps)
    assert len(named) > 12
    for name in named:
        assert (ROOT / "src/remid" / name).exists(), name
