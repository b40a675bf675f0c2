"""`import remid` is light, and has what it promises."""

import subprocess
import sys

import pytest

import remid


def test_importing_is_light() -> None:
    code = "import sys, remid; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {*sys.stdlib_module_names, *extra(), "remid"}
    code = "import sys, remid; remid.read, remid.compare; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def extra() -> set[str]:
    """What the interpreter itself loads at its start, such as hooks of editable installations."""
    code = "import sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_names_are_there() -> None:
    assert set(remid.__all__) <= set(dir(remid))
    assert all(getattr(remid, name).__name__ == name for name in remid.__all__)
    with pytest.raises(AttributeError, match="no attribute 'diagnos'"):
        _ = remid.diagnos  # type: ignore[attr-defined]
