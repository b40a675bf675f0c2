"""An adapter for the tiny ChatML model, with weights that do something."""

from pathlib import Path

import pytest
from adapters import make_adapter


@pytest.fixture(scope="session")
def adapter_folder(tiny_folder, tmp_path_factory) -> Path:
    return make_adapter(tiny_folder("chatml"), tmp_path_factory.mktemp("adapter"), seed=5)
