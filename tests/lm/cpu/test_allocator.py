"""Keeping freed memory changes no result and may be asked for twice."""

import subprocess
import sys

import pytest


def test_it_can_be_asked_for_twice_and_memory_still_works():
    code = (
        "from remid.lm.cpu.allocator import keep_freed_memory as k; k(); k(); "
        "print(sum(len(bytes(1 << 24)) for _ in range(4)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(4 << 24)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_what_was_kept_is_given_back():
    """240 blocks of 4 MiB: kept when they are freed, gone when they are given back."""
    code = (
        "import psutil, torch\n"
        "from remid.lm.cpu.allocator import give_back, keep_freed_memory\n"
        "held = lambda: psutil.Process().memory_info().rss // 2**20\n"
        "keep_freed_memory(); start = held()\n"
        "blocks = [torch.ones(2**20) for _ in range(240)]; full = held()\n"
        "del blocks; freed = held(); give_back()\n"
        "print(full - start, full - freed, freed - held())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    grown, at_once, given = map(int, found)
    assert grown >= 950
    assert at_once < 100
    assert given > 900
