"""How long a prompt may be."""

import json
from pathlib import Path

import pytest

from remid.domain.errors import RemidError
from remid.lm.window import limit, prompt_limit, window_of


def config(folder: Path, **values: object) -> Path:
    (folder / "config.json").write_text(json.dumps(values))
    return folder


def test_the_window_less_what_is_kept_free_unless_less_is_wanted(tmp_path: Path) -> None:
    base = config(tmp_path, max_position_embeddings=4096)
    assert prompt_limit(base, None, reserve=96) == 4000
    assert prompt_limit(base, 1024, reserve=96) == 1024
    assert prompt_limit(base, 4050, reserve=96) == 4000


def test_a_model_of_text_and_pictures_says_it_in_its_text_part(tmp_path: Path) -> None:
    base = config(tmp_path, text_config={"max_position_embeddings": 300})
    assert prompt_limit(base, None, reserve=100) == 200
    assert window_of({"n_positions": 7}) == 7
    assert window_of({"max_position_embeddings": -1}) is None


def test_an_unknown_window_wants_a_limit(tmp_path: Path) -> None:
    base = config(tmp_path, model_type="odd")
    assert prompt_limit(base, 900, reserve=10) == 900
    with pytest.raises(RemidError, match="does not say how many tokens it reads; set model.max"):
        prompt_limit(base, None, reserve=10)


def test_a_window_without_room_is_refused() -> None:
    with pytest.raises(RemidError, match="m: reads 4096 tokens, and 4090 behind .* leave 6 for"):
        limit(4096, None, reserve=4090, name="m")


def test_no_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="no model there .*run the fetch stage"):
        prompt_limit(tmp_path, None, reserve=1)
