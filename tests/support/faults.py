"""Faults that meet a small evaluation: what is done to it, and what must hold after the next run."""

import os
import resource
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import forked
import numpy as np
import tiny_project
from built_project import SMALL
from served import completion, echo, serving

from remid.store.layout import Layout
from remid.store.project import Project

FEW = {**SMALL, "reply": {"dialogues_per_split": 3, "max_tokens": 6}}
INPUTS = ("models", "splits")
RESULT = "metrics/emid.json"


def project(root: str) -> Project:
    return Project(tiny_project.params(**FEW), Layout(Path(root)))


def run(root: str, most_bytes: int = 0, clock_jumps: float = 0.0) -> None:
    """Let the base model reply and evaluate its replies, perhaps with a small disk or an odd clock."""
    from remid.pipeline import evaluate, reply, train

    os.chdir(root)
    if most_bytes:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write then fails, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    if clock_jumps:
        true, start = time.time, time.time()
        time.time = lambda: true() + clock_jumps * (true() - start > 1)
    train.run(project(root), "base")
    reply.run(project(root), "base")
    evaluate.run(project(root))


def ask(root: str, url: str) -> None:
    """Let a served model reply."""
    from remid.pipeline import reply

    os.environ["REMID_TEST_KEY"] = "sk-0123456789abcdef"
    reply.run_endpoint(project(root), "served", url=url, model="m")


@dataclass(frozen=True)
class World:
    """What faults are set against."""

    fresh: Path
    """A project before its first run."""
    done: Path
    """The same after an undisturbed run."""
    seconds: float
    """That this run took."""


def finished(process: BaseProcess) -> bool:
    process.join(240)
    assert process.exitcode is not None, "it hangs"
    return process.exitcode == 0


def signalled(number: signal.Signals) -> Callable[[World, Path, np.random.Generator], str]:
    """End a run, its whole process group or its leader alone, at a random moment."""

    def fault(world: World, root: Path, rng: np.random.Generator) -> str:
        shutil.copytree(world.fresh, root)
        process = forked.start(run, str(root))
        moment = rng.uniform(0, world.seconds)
        process.join(moment)
        if process.exitcode is None and process.pid:
            os.kill(process.pid, number)
        process.join()
        return f"{number.name} after {moment:.1f} s"

    return fault


def two_at_once(world: World, root: Path, rng: np.random.Generator) -> str:
    shutil.copytree(world.fresh, root)
    first = forked.start(run, str(root))
    time.sleep(rng.uniform(0, world.seconds / 2))
    second = forked.start(run, str(root))
    ended = [finished(first), finished(second)]
    return f"{sum(ended)} of two runs at once ended well"


def full_disk(world: World, root: Path, rng: np.random.Generator) -> str:
    """No file grows beyond a random size."""
    shutil.copytree(world.fresh, root)
    most = int(2 ** rng.uniform(8, 17))
    well = finished(forked.start(run, str(root), most))
    return f"files of at most {most} bytes: {'enough' if well else 'ended'}"


def clock(world: World, root: Path, rng: np.random.Generator) -> str:
    shutil.copytree(world.fresh, root)
    jump = float(rng.choice([-1, 1]) * rng.uniform(3600, 1e8))
    assert finished(forked.start(run, str(root), 0, jump)), "the clock jumped"
    return f"the clock jumps by {jump:.0f} s"


def corrupt(world: World, root: Path, rng: np.random.Generator) -> str:
    """Damage one file of the finished run: an output, a cache, or an input."""
    shutil.copytree(world.done, root)
    files = sorted(f for f in root.rglob("*") if f.is_file() and f.stat().st_size)
    # A kind of file first: there are many splits, and one cache of each kind.
    kinds = sorted({(f.relative_to(root).parts[0], f.suffix) for f in files})
    kind = kinds[rng.integers(len(kinds))]
    own = [f for f in files if (f.relative_to(root).parts[0], f.suffix) == kind]
    file = own[rng.integers(len(own))]
    return f"{damage(file, rng)}: {file.relative_to(root)}"


def damage(file: Path, rng: np.random.Generator) -> str:
    content = bytearray(file.read_bytes())
    way = str(rng.choice(["cut", "emptied", "noise", "flipped", "removed"]))
    if way == "cut":
        del content[int(rng.integers(len(content))) :]
    elif way == "emptied":
        content.clear()
    elif way == "noise":
        content[:] = rng.bytes(len(content))
    elif way == "flipped":
        for place in rng.integers(len(content), size=8):
            content[place] ^= 1 << int(rng.integers(8))
    file.write_bytes(content)
    if way == "removed":
        file.unlink()
    return way


def server_leaves(world: World, root: Path, rng: np.random.Generator) -> str:
    """A server ends its answers midway; another at the same address goes on."""
    shutil.copytree(world.done, root)
    left = int(rng.integers(1, 30))

    def fading(request: dict) -> object:
        return echo(request) if len(server.asked) <= left else (503, {"error": {}}, {})

    with serving(fading) as server:
        forked.start(ask, str(root), server.url).join(240)
        first = len(server.asked)
        server.answer = lambda _: completion("and here")
        assert finished(forked.start(ask, str(root), server.url))
        assert len(server.asked) > first
    replies = "".join(f.read_text() for f in (root / "replies/served").rglob("*.jsonl"))
    # What was answered before is kept, and nothing is missing.
    assert replies.count('"re: ') == left
    assert replies.count("\n") == sum(
        f.read_text().count("\n") for f in (world.done / "replies/base").rglob("*.jsonl")
    )
    return f"a server leaves after {left} answers"


FAULTS: Mapping[str, Callable[[World, Path, np.random.Generator], str]] = {
    "kill -9": signalled(signal.SIGKILL),
    "corruption": corrupt,
    "TERM": signalled(signal.SIGTERM),
    "full disk": full_disk,
    "two at once": two_at_once,
    "corruption, again": corrupt,
    "clock": clock,
    "server": server_leaves,
    "kill -9, again": signalled(signal.SIGKILL),
    "corruption, once more": corrupt,
}


@dataclass(frozen=True)
class Outcome:
    what: str
    recovered: str
    """``at once``, or after what had to be done first."""
    seconds: float


def tried(world: World, root: Path, number: int, seed: int) -> Outcome:
    """Do the fault of this number, then run until the metrics are those of the undisturbed run.

    Raises
    ------
    AssertionError
        When they are not, even after inputs are restored, as DVC does, and caches are removed.
    """
    rng = np.random.default_rng([seed, number])
    name = list(FAULTS)[number % len(FAULTS)]
    what = FAULTS[name](world, root, rng)
    start = time.monotonic()
    for folder in INPUTS:  # what DVC does before a stage runs
        shutil.rmtree(root / folder)
        shutil.copytree(world.fresh / folder, root / folder)
    recovered = "at once"
    if not finished(forked.start(run, str(root))):
        recovered = "after .cache/ was removed"
        shutil.rmtree(root / ".cache")
        assert finished(forked.start(run, str(root))), what
    same = (root / RESULT).read_bytes() == (world.done / RESULT).read_bytes()
    assert same, f"other metrics after: {what}"
    shutil.rmtree(root)
    return Outcome(f"{name}: {what}", recovered, time.monotonic() - start)
