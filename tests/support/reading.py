"""Files read the way `remid import` reads them."""

import json
from pathlib import Path
from typing import Any

from remid.corpus import formats
from remid.corpus.options import Options
from remid.corpus.sample import Sample
from remid.corpus.tally import Tally
from remid.domain.dialogue import Dialogue


def samples(path: Path, tally: Tally | None = None, **options: Any) -> list[Sample]:
    return list(formats.samples(path, Options(**options), tally))


def dialogues(path: Path, tally: Tally | None = None, **options: Any) -> list[Dialogue]:
    return [sample.dialogue for sample in samples(path, tally, **options) if sample.dialogue]


def lines(path: Path, *values: Any) -> Path:
    text = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
    path.write_text(text, encoding="utf-8")
    return path


def said(dialogue: Dialogue) -> list[str]:
    """Every turn as ``u:TEXT`` or ``c:TEXT``, the reference last."""
    turns = [f"{turn.role[0]}:{turn.text}" for turn in dialogue.context]
    return [*turns, f"c:{dialogue.reference}"]
