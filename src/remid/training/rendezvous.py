"""Where the ranks of one machine meet: on the loopback, which nobody outside can reach."""

import os
import socket
from datetime import timedelta

import torch
from torch import distributed

from remid.training.job import Engine

TIMEOUT = timedelta(minutes=30)
"""Longest that a rank waits for another: generation is uneven, and ranks may share a core."""
LOOPBACK = "127.0.0.1"
INTERFACES = ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME")
"""Which interface the ranks talk over once they have met; by default the one of the host's name."""


def join(engine: Engine) -> None:
    """Join the other ranks, before DeepSpeed would let them meet on all interfaces.

    torch's own rendezvous listens on every interface and takes writes from anybody who can reach
    the port. Over several machines (a hostfile) there is no way round that: docs/coevolution.md
    says what to fence. Does nothing there, and where no launcher has said who takes part.
    """
    if engine.hostfile or "MASTER_PORT" not in os.environ or distributed.is_initialized():
        return
    for name in INTERFACES:
        os.environ.setdefault(name, _loopback_name())
    rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    port = int(os.environ["MASTER_PORT"])
    listening = _listen(port) if rank == 0 else None
    store = distributed.TCPStore(
        LOOPBACK, port, world, is_master=rank == 0, timeout=TIMEOUT, master_listen_fd=listening
    )
    on_gpu = engine.device == "cuda"
    distributed.init_process_group(
        "nccl" if on_gpu else "gloo",
        store=store,
        rank=rank,
        world_size=world,
        timeout=TIMEOUT,
        # As DeepSpeed does: NCCL then knows each rank's device at once; one rank has no peer.
        device_id=torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        if on_gpu and world > 1
        else None,
    )


def _listen(port: int) -> int:
    """Return a socket that listens on the loopback; the store takes it over and closes it."""
    own = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.bind((LOOPBACK, port))
    own.listen(1024)
    return own.detach()


def _loopback_name() -> str:
    """``lo`` on Linux, ``lo0`` on macOS."""
    names = [name for _, name in socket.if_nameindex()]
    return next((name for name in names if name in ("lo", "lo0")), "lo")
