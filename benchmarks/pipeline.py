"""Wall time and peak memory of a command and everything that it starts.

    python benchmarks/pipeline.py [--json] [-- dvc repro]

Memory is the proportional set size (shared pages counted once), summed over the process tree and
sampled every three seconds. With --json the last line is one JSON object.
"""

import argparse
import json
import subprocess
import sys
import time

import psutil

INTERVAL = 3.0
"""Seconds between samples."""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("command", nargs="*", default=["dvc", "repro"])
    options = parser.parse_args(argv)
    start, peak, at = time.perf_counter(), 0, 0.0
    process = subprocess.Popen(options.command)
    while process.poll() is None:
        used = memory(process.pid)
        if used > peak:
            peak, at = used, time.perf_counter() - start
        time.sleep(INTERVAL)
    out = {
        "status": process.returncode,
        "minutes": round((time.perf_counter() - start) / 60, 2),
        "peak_gib": round(peak / 2**30, 2),
        "peak_at_minutes": round(at / 60, 2),
    }
    print(json.dumps(out) if options.json else out)
    return process.returncode


def memory(pid: int) -> int:
    """Bytes held by a process and its descendants."""
    total = 0
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for process in tree:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue  # it ended between the listing and the look
    return total


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
