"""How fast dialogues are imported and validated, and in how much memory.

    python benchmarks/reading.py [--n 1000000] [--format chat] [--json]

Files of n and n/10 dialogues are generated from a seed into a temporary folder, imported on one
core (the file is read, every dialogue validated, every id checked, all written again) each in a
process of its own. Prints seconds, dialogues per second of CPU time, peak memory, and the ratio of
the two peaks: 1 if memory does not grow with the file. With --json the last line is a JSON object.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

from remid.corpus.importing import import_file
from remid.corpus.options import Options

WORDS = 12
"""Words of a turn; a dialogue has 7 turns and a reply, about 900 bytes in all."""
LIMIT = 300.0
"""Seconds in which 1,000,000 dialogues must be imported."""


def main(argv: list[str]) -> int:
    """Generate, import and print; exit status 1 if it takes too long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--format", choices=WRITERS, default="remid")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            _measured(Path(folder), options.format, n, options.seed)
            for n in (max(1, options.n // 10), options.n)
        ]
    growth = rows[1]["peak_mib"] / rows[0]["peak_mib"]
    print(f"{'dialogues':>12}{'MiB':>10}{'CPU s':>10}{'wall s':>10}{'per s':>10}{'peak MiB':>10}")
    for row in rows:
        print(
            f"{row['dialogues']:>12,}{row['mib']:>10.1f}{row['cpu_s']:>10.1f}{row['wall_s']:>10.1f}"
            f"{row['dialogues'] / row['cpu_s']:>10,.0f}{row['peak_mib']:>10.1f}"
        )
    seconds = rows[1]["cpu_s"] * 1_000_000 / options.n
    print(f"1,000,000 dialogues: {seconds:.0f} s of CPU time, limit {LIMIT:.0f} s")
    print(f"peak memory, {rows[1]['dialogues']:,} to {rows[0]['dialogues']:,}: {growth:.2f}x")
    if options.json:
        print(json.dumps({"format": options.format, "rows": rows, "peak_ratio": growth}))
    return 0 if seconds <= LIMIT else 1


def _measured(folder: Path, format: str, n: int, seed: int) -> dict[str, float]:
    path = folder / f"{n}"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(tqdm(WRITERS[format](n, seed), f"generate {n:,}", n + 2))
    # A process of its own: the peak of this one would count what came before.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        row = pool.submit(_imported, path, format, n).result()
    path.unlink()
    return row


def _imported(path: Path, format: str, n: int) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    report = import_file(path, path.with_suffix(".out"), Options(format=format))
    assert report.read == n, report.reasons
    return {
        "dialogues": n,
        "mib": path.stat().st_size / 2**20,
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - wall,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _texts(n: int, seed: int) -> Iterator[list[str]]:
    """Yield persona, character, seven turns and the reply of each dialogue."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyzäé語"))
    vocabulary = ["".join(rng.choice(letters, rng.integers(2, 9))) for _ in range(5000)]
    often = 1 / np.arange(1, len(vocabulary) + 1)  # as in any language (Zipf 1949)
    often /= often.sum()
    for start in range(0, n, 1000):
        shape = (min(1000, n - start), 10, WORDS)
        for row in rng.choice(len(vocabulary), shape, p=often).tolist():
            yield [" ".join([vocabulary[k] for k in words]) for words in row]


def _remid(n: int, seed: int) -> Iterator[str]:
    for k, (persona, character, *turns, reply) in enumerate(_texts(n, seed)):
        yield _line(
            id=f"d{k}",
            persona=persona,
            character=character,
            context=[
                {"role": ("user", "character")[j % 2], "text": text} for j, text in enumerate(turns)
            ],
            reference=reply,
            split="id_train",
        )


def _chat(n: int, seed: int) -> Iterator[str]:
    for persona, character, *turns in _texts(n, seed):
        messages = [{"role": "system", "content": character}]
        for j, text in enumerate(turns):
            messages.append({"role": ("user", "assistant")[j % 2], "content": text})
        yield _line(messages=messages, metadata={"persona": persona})


def _rpgbench(n: int, seed: int) -> Iterator[str]:
    yield '{"IDTrain": [\n'
    for k, (persona, character, *turns, reply) in enumerate(_texts(n, seed)):
        names = ("user_query", "agent_response")
        yield ("," if k else "") + _line(
            sample_ID=k,
            user_persona=persona,
            agent_character=character,
            dialogue_context=[{names[j % 2]: text} for j, text in enumerate(turns)],
            agent_golden_response=reply,
            subset_tag="IDTrain",
        )
    yield "]}\n"


def _xpersona(n: int, seed: int) -> Iterator[str]:
    yield "[\n"
    for k, (persona, character, *turns) in enumerate(_texts(n, seed)):
        pairs = [turns[j : j + 2] for j in range(0, 8, 2)]
        yield ("," if k else "") + _line(persona=[persona, character], dialogue=pairs)
    yield "]\n"


def _line(**fields: object) -> str:
    return json.dumps(fields, ensure_ascii=False) + "\n"


WRITERS = {"remid": _remid, "chat": _chat, "rpgbench": _rpgbench, "xpersona": _xpersona}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
