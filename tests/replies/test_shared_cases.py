"""Reply files of other people's tools, where a folder of such cases lies beside the project."""

import os
from pathlib import Path

import pytest

from remid.replies.file_rows import Options, file_rows

FOLDER = Path(os.environ.get("REMID_CASES", Path(__file__).parents[2].parent / "shared" / "cases"))
REST = "It is resting."
EXPECTED = {
    "70-replies-openai-batch.jsonl": [("ID", "", REST)],
    "72-replies-mtbench.jsonl": [("101", "m", REST)],
    "73-replies-response-key.jsonl": [("1", "", REST)],
    "75-replies.csv": [("ID", "", REST)],
    "76-replies-cpg.json": [("s1", "Base", "It is late."), ("s1", "SFT", "Late.")],
    "77-replies-think.jsonl": [("ID-OF-A-TEST-DIALOGUE", "", REST)],
}


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no cases in {FOLDER}; set REMID_CASES")
@pytest.mark.parametrize("name", EXPECTED)
def test_a_reply_file_gives_its_replies(name: str) -> None:
    rows = list(file_rows(FOLDER / name, Options()))
    assert len(rows) == len(EXPECTED[name])
    for row, (key, model, reply) in zip(rows, EXPECTED[name], strict=True):
        assert key in row.ids and row.model == model
        assert row.reply is not None and row.reply.reply == reply
