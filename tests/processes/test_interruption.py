"""INT and TERM: one sentence, within ten seconds, and no process left."""

import os
import signal
import time

import pytest
from ending import command, left, started


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("deaf", [False, True])
def test_one_sentence_and_the_end(number: signal.Signals, deaf: bool) -> None:
    process, child = started(command(deaf=deaf))
    time.sleep(0.3)
    start = time.monotonic()
    os.kill(process.pid, number)
    told = process.communicate(timeout=10)[1]
    assert told == "\nremid work: interrupted; run it again to go on.\n"
    assert process.returncode == 128 + number
    assert time.monotonic() - start < (7 if deaf else 2)
    assert not left([child], seconds=12)


def test_impatience_adds_no_traceback() -> None:
    process, child = started(command())
    for _ in range(5):
        os.kill(process.pid, signal.SIGINT)
    assert process.communicate(timeout=10)[1].count("\n") == 2
    assert not left([child], seconds=12)
