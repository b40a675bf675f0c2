"""The section `shifts`: what it says, and one sentence for each mistake."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from remid.domain.errors import RemidError
from remid.domain.shift import Condition, Period, Shift, Span
from remid.params import Params, describe, load

ROOT = Path(__file__).parents[2]


def written(folder: Path, shifts: Any) -> Path:
    raw = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    (folder / "params.yaml").write_text(yaml.safe_dump(raw | {"shifts": shifts}))
    return folder / "params.yaml"


def declared(*shifts: dict[str, Any]) -> dict[str, Any]:
    return {"minimum": 3, "declared": list(shifts)}


EVERYTHING = {
    "language": ["fr", "it"],
    "tags": {"kind": "villain", "mood": []},
    "source": "*.jsonl",
    "persona": "nurse",
    "character": "^dr",
    "turns": 5,
    "length": {"least": 100},
    "time": {"since": date(2025, 1, 1)},
}


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    own = declared(
        {"name": "villain/french", "when": EVERYTHING},
        {"name": "depth/twenty", "build": "depth", "turns": 20},
        {"name": "noise/typos", "build": "typos", "rate": 0.1},
        {"name": "noise/words", "build": "word_level"},
        {"name": "user/brought"},
    )
    params = load(written(tmp_path, own))
    found = params.shifts.declaration(word_rate=0.7)
    assert (found.minimum, found.id) == (3, None)
    assert found.shifts == (
        Shift(
            "villain/french",
            Condition(
                language=("fr", "it"),
                tags=(("kind", ("villain",)), ("mood", ())),
                source=("*.jsonl",),
                persona="nurse",
                character="^dr",
                turns=Span(5, 5),
                length=Span(100),
                time=Period(date(2025, 1, 1)),
            ),
        ),
        Shift("depth/twenty", build="depth", turns=20),
        Shift("noise/typos", build="typos", rate=0.1),
        Shift("noise/words", build="word_level", rate=0.7),
        Shift("user/brought"),
    )
    # What is written down is read back, as the tests and `dvc exp` do.
    assert (
        Params.model_validate(yaml.safe_load(yaml.safe_dump(params.model_dump(mode="json"))))
        == params
    )
    assert "{'name': 'noise/typos', 'build': 'typos', 'rate': 0.1}" in describe(params)


def test_a_file_may_hold_them(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(declared({"name": "user/french"})))
    assert load(written(tmp_path, "mine.yaml")).shifts.declared[0].name == "user/french"
    with pytest.raises(
        RemidError, match=r"other.yaml: no such file; mend `shifts` in .*params.yaml"
    ):
        load(written(tmp_path, "other.yaml"))


@pytest.mark.parametrize(
    ("shift", "told"),
    [
        ({"name": "french"}, "'french' is no name of a shift, which is factor/kind"),
        ({"name": "../french"}, "'../french' is no name of a shift"),
        ({"name": "user/low"}, "'user/low' has the name of an end of an interval"),
        ({"name": "a/b", "when": {}, "build": "typos"}, "has both `when` and `build`"),
        ({"name": "a/b", "build": "depth"}, "'a/b' is built by depth and lacks 'turns'"),
        ({"name": "a/b", "build": "typos"}, "'a/b' is built by typos and lacks 'rate'"),
        ({"name": "a/b", "build": "typos", "rate": 2}, "shifts.declared.0.rate' is 2"),
        ({"name": "a/b", "turns": 5}, "'a/b' has 'turns', which is for depth"),
        ({"name": "a/b", "when": {"persona": "("}}, "is no regular expression"),
        ({"name": "a/b", "when": {"turns": {"least": 5, "most": 2}}}, "least 5 is above most 2"),
        ({"name": "a/b", "when": {"langauge": "fr"}}, "did you mean 'language'"),
        ({"name": "a/b", "bild": "typos"}, "did you mean 'build'"),
        ({"name": "a/b", "build": "typo"}, "shifts.declared.0.build' is 'typo'"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, shift: dict[str, Any], told: str) -> None:
    with pytest.raises(RemidError) as caught:
        load(written(tmp_path, declared(shift)))
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_two_shifts_of_one_name(tmp_path: Path) -> None:
    twice = declared({"name": "user/french"}, {"name": "a/b"}, {"name": "user/french"})
    with pytest.raises(RemidError, match="two shifts have the name 'user/french'; correct it"):
        load(written(tmp_path, twice))
