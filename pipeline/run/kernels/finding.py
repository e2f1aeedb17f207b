"""Which kind of kernel is asked for, and the fork server that kernels of this process are forked from.

A run lends its own; elsewhere a process has one for itself. To find out, nothing of Jupyter is imported: that takes as
long as it does to start one.
"""

from __future__ import annotations

import atexit
import os
from functools import cache

from pipeline.run.kernels.fork_client import ADDRESS, ForkServerProcess, can_fork

KIND = "SCHOOL_REPORTS_KERNELS"
DIRECT = "direct"


def find_kind() -> str:
    """The kind of kernel that the environment asks for."""
    return os.environ.get(KIND) or DIRECT


def are_forked() -> bool:
    """Whether kernels are forked by a fork server: where the machine can, and the environment does not ask for cold."""
    return find_kind() != "cold" and can_fork()


def find_fork_server() -> str:
    """The address of the run's fork server; outside a run, of one that this process starts and keeps for its life."""
    return os.environ.get(ADDRESS) or _start_own().wait_until_ready()


def start_fork_server() -> None:
    """Have one that this process will need preload while it does other things; nothing where kernels start cold."""
    if are_forked() and not os.environ.get(ADDRESS):
        _start_own()


@cache
def _start_own() -> ForkServerProcess:
    own = ForkServerProcess(pages=False)
    atexit.register(own.stop)
    own.start()
    return own
