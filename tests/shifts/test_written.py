"""The splits' files, and what the manifest says of them."""

import hashlib
import json
from pathlib import Path

from remid.domain.dialogue import Dialogue, Turn
from remid.shifts.build import Built
from remid.shifts.written import manifest, write_splits

ONE = Dialogue("a", "p", "c", (Turn("user", "x"),), "y", split="id_test")
BUILT = Dialogue("b", "p", "c", (Turn("user", "x"),), "y", parents=("a",))


def test_counts_hashes_and_parents_are_those_of_the_files(tmp_path: Path) -> None:
    splits = {"id_test": [ONE], "composition/word_level": [BUILT]}
    described = manifest(Built(splits), seed=3, word_rate=0.5)
    write_splits(splits, tmp_path / "splits", described)
    assert (described["seed"], described["word_rate"]) == (3, 0.5)
    assert described["parents"] == {"b": ["a"]}
    for name, of_split in described["splits"].items():
        content = (tmp_path / "splits" / f"{name}.jsonl").read_bytes()
        assert of_split["sha256"] == hashlib.sha256(content).hexdigest()
        assert of_split["dialogues"] == content.count(b"\n") == 1
    written = json.loads((tmp_path / "splits" / "manifest.json").read_text(encoding="utf-8"))
    assert written == described


def test_old_splits_do_not_stay(tmp_path: Path) -> None:
    write_splits({"id_test": [ONE], "gone": [ONE]}, tmp_path / "splits", {})
    write_splits({"id_test": [ONE]}, tmp_path / "splits", {})
    names = sorted(path.name for path in (tmp_path / "splits").iterdir())
    assert names == ["id_test.jsonl", "manifest.json"]


def test_what_is_in_no_split_is_named_where_there_is_any() -> None:
    splits = {"id_test": [ONE]}
    plain = manifest(Built(splits), seed=3, word_rate=0.5)
    assert set(plain) == {"seed", "word_rate", "splits", "parents"}
    built = Built(splits, {"user/french": 2}, {"in no split (language it, 1 turns)": 3})
    assert manifest(built, seed=3, word_rate=0.5) == plain | {
        "too_small": {"user/french": 2},
        "left_out": {"in no split (language it, 1 turns)": 3},
    }
