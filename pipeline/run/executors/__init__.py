"""Where reports are made: one at a time, in several processes of this machine, or on a cluster.

An executor takes jobs and yields an outcome for each, in the order they finish; it puts nothing in place itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pipeline.run.executors.batches import share_out
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.making.schools import make_reports

if TYPE_CHECKING:
    from pipeline.run.kernels.fork_client import ForkServerProcess
    from pipeline.run.kernels.preload import Rehearsal

KINDS = ("processes", "serial", "dask")
KERNELS = ("direct", "warm", "cold")


class Executor(Protocol):
    """Makes reports from jobs."""

    def run(self, jobs: Sequence[ReportJob]) -> Iterator[ReportOutcome]:
        """Yield one outcome for each job, in any order."""


@dataclass(frozen=True)
class Serial:
    """One report after another in this process, or one batch after another where the engine likes several at once."""

    def run(self, jobs: Sequence[ReportJob]) -> Iterator[ReportOutcome]:
        for batch in share_out(jobs, workers=1):
            yield from make_reports(batch)


@dataclass(frozen=True)
class Choice:
    """How reports are to be made, as a person asks.

    ``workers`` are the reports made at a time (default: the cores we may use); ``scheduler`` is the address of a Dask
    scheduler, without which ``dask`` starts a cluster of its own on this machine; ``kernels`` says in which
    each report's cells run: ``direct`` (forked, on one line), ``warm`` (forked, as Jupyter speaks to it) or ``cold``.
    """

    kind: str = "processes"
    workers: int | None = None
    scheduler: str = ""
    kernels: str = ""

    def __post_init__(self) -> None:
        if not self.kernels:
            object.__setattr__(self, "kernels", os.environ.get("SCHOOL_REPORTS_KERNELS") or "direct")


@contextmanager
def begin_executor(choice: Choice) -> Iterator[ForkServerProcess | None]:
    """Have the fork server import what reports need, where ``choice`` has one, while this process does other things.

    It is for ``open_executor``, and ends with this context.
    """
    if not _forks(choice):
        yield None
        return
    with _set_environment(SCHOOL_REPORTS_KERNELS=choice.kernels), _start_fork_server(None, later=True) as server:
        yield server


def _forks(choice: Choice) -> bool:
    from pipeline.run.kernels.fork_client import can_fork

    elsewhere = choice.kind == "dask" and choice.scheduler
    return choice.kernels in ("direct", "warm") and can_fork() and not elsewhere


@contextmanager
def open_executor(
    choice: Choice,
    rehearsal: Rehearsal | None = None,
    warn: Callable[[str], None] = lambda said: None,
    begun: ForkServerProcess | None = None,
) -> Iterator[Executor]:
    """The executor that ``choice`` asks for, until the context is left: then every process of it has ended.

    ``rehearsal`` is gone through by the fork server, which is the one ``begun`` where that is given; ``warn`` is told
    what could not be had.
    """
    with _set_environment(SCHOOL_REPORTS_KERNELS=choice.kernels), ExitStack() as held:
        server = None
        if begun is not None:
            server = begun
            server.rehearse(rehearsal)
        elif _forks(choice):
            server = held.enter_context(_start_fork_server(rehearsal))
        if choice.kind == "dask":
            from pipeline.run.executors.dask import Dask

            held.enter_context(_lend(server, warn))
            yield held.enter_context(Dask(choice.workers, choice.scheduler, warn))
            return
        if choice.kind == "serial":
            held.enter_context(_lend(server, warn))
            yield Serial()
            return
        from pipeline.run.executors.processes import ForkedWorkers, Processes, StartedWorker

        start_worker = ForkedWorkers(server, warn) if server else StartedWorker
        yield held.enter_context(Processes(choice.workers or count_cores(), start_worker))


@contextmanager
def _start_fork_server(rehearsal: Rehearsal | None, *, later: bool = False) -> Iterator[ForkServerProcess]:
    """A fork server that ends with this context; ``later`` leaves it to be told what to rehearse."""
    from pipeline.run.kernels.fork_client import ForkServerProcess

    server = ForkServerProcess(rehearsal)
    try:
        if later:
            server.begin()
        else:
            server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def _lend(server: ForkServerProcess | None, warn: Callable[[str], None]) -> Iterator[None]:
    """Let kernels that this very process asks for come from ``server``."""
    from pipeline.run.kernels.fork_client import ADDRESS, NoForkServer

    if server is None:
        yield
        return
    try:
        found = {ADDRESS: server.wait_until_ready()}
    except NoForkServer as fault:
        warn(f"Kernels start cold, which takes longer: {fault}.")
        found = {"SCHOOL_REPORTS_KERNELS": "cold"}
    with _set_environment(**found):
        yield


@contextmanager
def _set_environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def count_cores() -> int:
    """The cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
