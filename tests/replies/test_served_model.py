"""Against a real server: `transformers serve` with a tiny model."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import at

from remid.domain.dialogue import Dialogue
from remid.lm.generation import Sampling
from remid.lm.model import load_chat
from remid.replies.draw import ask_for
from remid.store.cache import ContentCache


@pytest.fixture(scope="module")
def url(base: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(base)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environment = dict(os.environ, HF_HUB_OFFLINE="1", OMP_NUM_THREADS="1")
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
                break
            except (urllib.error.URLError, OSError):
                assert server.poll() is None, "the server ended"
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()


@pytest.mark.slow
def test_a_served_model_replies_to_every_dialogue_once(
    url: str, base: Path, dialogues: list[Dialogue], cache: ContentCache
) -> None:
    served = at(url, model=str(base), timeout=60.0)
    draw = Sampling(max_new_tokens=6, temperature=0.7, top_p=0.9, seed=1)
    scorer = load_chat(base)
    first = ask_for(served, dialogues[:3], draw, scorer=scorer, cache=cache)
    assert list(first.rows) == ["d0", "d1", "d2"] and first.failed == {}
    assert all(reply.reply and not reply.finished for reply in first.rows.values())
    assert ask_for(served, dialogues[:3], draw, scorer=scorer, cache=cache) == first
