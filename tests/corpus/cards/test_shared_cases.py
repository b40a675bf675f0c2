"""Cards as other people's tools wrote them, where a folder of such cases lies beside the project."""

import os
from pathlib import Path

import pytest

from remid.corpus.importing import import_file
from remid.corpus.jsonl import read

FOLDER = Path(os.environ.get("REMID_CASES", Path(__file__).parents[3].parent / "shared" / "cases"))
LATE = ["It is always late."]
BROKEN = ["It is resting. I am the one who is broken."]
EXPECTED = {
    "01-card-crlf.png": BROKEN,
    "02-card-named-examples.json": ["It is resting.", "I wait."],
    "03-card-ccv3-and-chara.png": BROKEN,
    "05-card-base64-wrapped.png": BROKEN,
    "08-card.charx": BROKEN,
    "09-card-v1-pygmalion.json": LATE,
    "10-card-yaml.yaml": LATE,
    "11-card-nickname.json": BROKEN,
    "14-card-book-null-strings.json": BROKEN,
    "15-card-folder": BROKEN,
    "17-card-ztxt-iTXt.png": BROKEN,
    "19-card-emoji-zwj.json": BROKEN,
    "20-card-lone-surrogate.json": BROKEN,
}


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no cases in {FOLDER}; set REMID_CASES")
@pytest.mark.parametrize("name", EXPECTED)
def test_a_card_gives_its_replies(tmp_path: Path, name: str) -> None:
    report = import_file(FOLDER / name, tmp_path / "out.jsonl")
    assert (report.read, report.refused) == (len(EXPECTED[name]), 0)
    assert [d.reference for d in read(tmp_path / "out.jsonl")] == EXPECTED[name]
