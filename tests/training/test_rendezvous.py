"""Ranks of one machine meet where nobody outside reaches them."""

import json
import os
import socket
import subprocess
import sys

import pytest
from plain_job import JOB

from remid.training.rendezvous import INTERFACES

RANK = """
import json, os, sys
import psutil, torch
from torch import distributed
from remid.training import rendezvous
from remid.training.job import Engine
rendezvous.join(Engine(ranks=2, stage=2))
total = torch.tensor([float(os.environ["RANK"]) + 1])
distributed.all_reduce(total)
own = psutil.Process().net_connections(kind="inet")
places = sorted({c.laddr.ip for c in own if c.status == psutil.CONN_LISTEN})
distributed.barrier()
print(json.dumps([float(total), places]))
"""


@pytest.mark.slow
def test_two_ranks_meet_and_listen_on_the_loopback_alone() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    own = {key: value for key, value in os.environ.items() if key not in INTERFACES}
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANK],
            stdout=subprocess.PIPE,
            text=True,
            env={**own, **common, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in (0, 1)
    ]
    told = [json.loads(rank.communicate(timeout=240)[0]) for rank in ranks]
    assert [total for total, _ in told] == [3.0, 3.0]  # 1 + 2
    assert told[0][1] == ["127.0.0.1"]
    assert set(told[1][1]) <= {"127.0.0.1"}


def test_several_machines_are_left_to_deepspeed(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from remid.training import rendezvous

    monkeypatch.setenv("MASTER_PORT", "1")  # would be refused
    rendezvous.join(replace(JOB.engine, hostfile="hosts"))
    assert not rendezvous.distributed.is_initialized()
