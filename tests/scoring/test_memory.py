"""Keeping freed memory changes no result and may be asked for twice."""

import subprocess
import sys


def test_it_can_be_asked_for_twice_and_memory_still_works():
    code = (
        "from remid.scoring.memory import keep_freed_memory as k; k(); k(); "
        "print(sum(len(bytes(1 << 24)) for _ in range(4)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(4 << 24)
