"""Room on a disk, before anything is written."""

import shutil
from pathlib import Path

import pytest

from remid.domain.errors import RemidError
from remid.pretrained.space import require_space


def test_a_folder_that_is_not_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    usage = shutil.disk_usage(tmp_path)._replace(free=1_500_000_000)

    def found(place: Path) -> object:
        asked.append(place)
        return usage

    monkeypatch.setattr(shutil, "disk_usage", found)
    require_space(tmp_path / "a" / "b", 1_500_000_000)
    assert asked == [tmp_path]
    with pytest.raises(RemidError, match=r"1\.50 GB free on this disk, 1\.60 GB needed"):
        require_space(tmp_path / "a" / "b", 1_600_000_000)
