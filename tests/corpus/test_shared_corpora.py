"""Real corpora, read whole: what was read, what was refused, and why."""

import os
from pathlib import Path

import pytest

from remid.corpus import jsonl
from remid.corpus.importing import import_file

BESIDE = Path(__file__).parents[2].parent / "shared" / "corpora"
FOLDER = Path(os.environ.get("REMID_CORPORA", BESIDE))
EXPECTED = {
    "xpersona/En_persona_valid.json": ("en", 1000, {}),
    "xpersona/Jp_persona_split_valid_human_annotated.json": ("ja", 275, {}),
    "xpersona/Ko_persona_split_valid_human_annotated.json": ("ko", 299, {}),
    "xpersona/Zh_persona_split_valid_human_annotated.json": ("zh", 222, {}),
    "synthetic-persona-chat/Synthetic-Persona-Chat_valid.csv": (
        "en",
        1000,
        {},
    ),
}


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no corpora in {FOLDER}; set REMID_CORPORA")
@pytest.mark.parametrize("name", EXPECTED)
def test_every_record_is_read_or_counted(tmp_path, name):
    language, read, reasons = EXPECTED[name]
    report = import_file(FOLDER / name, tmp_path / "out.jsonl")
    assert (report.read, report.reasons) == (read, reasons)
    written = list(jsonl.read(tmp_path / "out.jsonl"))
    assert len(written) == read
    assert {d.language for d in written} == {language}
    assert all(d.context[-1].role == "user" and d.reference for d in written)


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no corpora in {FOLDER}; set REMID_CORPORA")
def test_no_corpus_of_the_folder_is_passed_over():
    found = {
        str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*.*") if p.suffix in (".json", ".csv")
    }
    assert found == set(EXPECTED)
