"""An estimator.yaml is read as strictly as params.yaml."""

from pathlib import Path

import pytest

from remid.domain.errors import RemidError
from remid.params.estimator import ESTIMATOR_FILE, EstimatorFile
from remid.params.read import load_estimator


def test_what_is_left_out_is_the_projects_own(tmp_path: Path) -> None:
    file = tmp_path / ESTIMATOR_FILE
    file.write_text("reasoner: [a, b]\nresponder: [c]\n")
    assert load_estimator(file) == EstimatorFile(reasoner=("a", "b"), responder=("c",))
    assert (load_estimator(file).base, load_estimator(file).templates) == (None, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("reasoner: a\nresponder: [c]\n", "parameter 'reasoner' is 'a'"),
        ("- a\n", "expected `reasoner:` and `responder:`, found neither"),
        ("reasoner: [a\n", "not valid YAML"),
        (
            "reasoner: [a]\nresponder: [b]\nbasis: c\n",
            "unknown parameter 'basis'; did you mean 'base'?",
        ),
    ],
)
def test_what_says_nothing_usable_is_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / ESTIMATOR_FILE
    file.write_text(text)
    with pytest.raises(RemidError) as caught:
        load_estimator(file)
    assert told in str(caught.value) and str(file) in str(caught.value)
