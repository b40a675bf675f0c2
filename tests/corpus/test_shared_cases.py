"""Minimal inputs beside the repository, as people have them: what each becomes."""

import os
from pathlib import Path

import pytest
from reading import said

from remid.corpus import jsonl
from remid.corpus.importing import import_file
from remid.corpus.options import Options
from remid.domain.errors import RemidError

BESIDE = Path(__file__).parents[2].parent / "shared" / "cases"
FOLDER = Path(os.environ.get("REMID_CASES", BESIDE))
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no {FOLDER}; set REMID_CASES")
REPLIES = ("70", "72", "73", "75", "76", "77")
WITHOUT_A_CHARACTER = ("22", "32")
WITHOUT_A_REPLY = {
    "16": "can be the character of a chat, by --card",
    "40": "a dialogue needs a reply",
    "53": "a dialogue needs a reply",
}
DIALOGUES = {"02": 2, "30": 2, "34": 2, "46": 2, "48": 2, "61": 2}
"""Dialogues of a case that holds more than one."""
SAID = {
    "21": ["c:Come in, the stair is wet.", "u:Is the lamp broken?", "c:It is resting.",
           "u:And you?", "c:I wait."],
    "23": ["c:Come in.", "u:Is the lamp broken?", "c:It is resting."],
    "25": ["c:Come in.", "u:Is the lamp broken?", "c:It is resting."],
    "35": ["u:Is the lamp broken?", "c:It is resting.", "u:Hello?\nStill there?", "c:I wait."],
    "37": ["u:Is the lamp broken?", "c:It is resting.", "u:And you?", "c:I wait."],
    "38": ["u:Is the lamp broken?", "c:It is resting."],
    "51": ["u:Hello", "c:Come in.", "u:Is the lamp broken?", "c:It is resting."],
    "54": ["u:Is the lamp broken?", "c:It is resting."],
    "59": ["u:Is it late?", "c:Always."],
}  # fmt: skip


def cases():
    if not FOLDER.is_dir():
        return []
    return sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".md")


@pytest.mark.parametrize("name", cases() or ["none"])
def test_a_case_becomes_what_it_is(tmp_path, name):
    number, output = name.split("-")[0].split(".")[0], tmp_path / "out.jsonl"
    if number in REPLIES:
        pytest.skip("holds replies, not dialogues")
    if number in WITHOUT_A_REPLY:
        with pytest.raises(RemidError, match=WITHOUT_A_REPLY[number]):
            import_file(FOLDER / name, output)
        return
    options = Options()
    if number in WITHOUT_A_CHARACTER:
        with pytest.raises(RemidError, match="--character TEXT or --card FILE"):
            import_file(FOLDER / name, output)
        options = Options(character="Mirela keeps a lighthouse.")
    import_file(FOLDER / name, output, options)
    found = list(jsonl.read(output))
    assert len(found) == DIALOGUES.get(number, 1)
    assert all(d.character and d.reference and d.context[-1].role == "user" for d in found)
    assert {d.language for d in found} == {"zh" if number == "62" else "en"}
    assert said(found[0]) == SAID.get(number, said(found[0]))
