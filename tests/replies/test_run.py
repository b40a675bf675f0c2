"""Names of models whose replies come from files."""

from pathlib import Path

import pytest

from remid.domain.errors import RemidError
from remid.replies.run import file_name, names_of, plain_name, require_own_name, scorer
from remid.store.layout import Layout


@pytest.mark.parametrize(
    ("file", "name"),
    [("mine.jsonl.gz", "mine"), ("a b.csv", "a-b"), ("v1.2.json", "v1.2"), (".jsonl", "jsonl")],
)
def test_a_file_gives_its_name(file: str, name: str) -> None:
    assert file_name(Path(file)) == name


def test_hub_names_become_folders() -> None:
    assert plain_name("Lora[x]-Base/7B") == "Lora-x-Base-7B" and plain_name("///") == "model"


def test_models_of_one_file_get_names_of_their_own() -> None:
    assert names_of(["x"], "mine") == {"x": "mine"}
    assert names_of(["A/B", "A-B"], "f") == {"A/B": "f-A-B", "A-B": "f-A-B.2"}


def test_names_of_the_pipeline_are_taken() -> None:
    require_own_name("mine")
    for name in ("sft", "reference"):
        with pytest.raises(RemidError, match="is a name of the pipeline's own"):
            require_own_name(name)


def test_without_a_base_model_nothing_can_be_measured(tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="no model there, so no reply can be measured"):
        scorer(Layout(tmp_path))
