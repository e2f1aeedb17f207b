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
    from pipeline.run.kernels.warm_process import WarmProcess
    from pipeline.run.kernels.warming import Rehearsal

KINDS = ("processes", "serial", "dask")
KERNELS = ("warm", "spare", "cold")


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
    scheduler, without which ``dask`` starts a cluster of its own on this machine; ``kernels`` says where each report's
    kernel comes from: ``warm`` (forked), ``spare`` (started ahead) or ``cold``.
    """

    kind: str = "processes"
    workers: int | None = None
    scheduler: str = ""
    kernels: str = ""

    def __post_init__(self) -> None:
        if not self.kernels:
            object.__setattr__(self, "kernels", os.environ.get("SCHOOL_REPORTS_KERNELS") or "warm")


@contextmanager
def open_executor(
    choice: Choice, rehearsal: Rehearsal | None = None, warn: Callable[[str], None] = lambda said: None
) -> Iterator[Executor]:
    """The executor that ``choice`` asks for, until the context is left: then every process of it has ended.

    ``rehearsal`` is gone through while the warm process warms; ``warn`` is told what could not be had.
    """
    from pipeline.run.kernels.warm_process import can_fork

    with _set_environment(SCHOOL_REPORTS_KERNELS=choice.kernels), ExitStack() as held:
        elsewhere = choice.kind == "dask" and choice.scheduler
        is_warm = choice.kernels == "warm" and can_fork() and not elsewhere
        warm = held.enter_context(_warm(rehearsal)) if is_warm else None
        if choice.kind == "dask":
            from pipeline.run.executors.dask import Dask

            held.enter_context(_lend(warm, warn))
            yield held.enter_context(Dask(choice.workers, choice.scheduler, warn))
            return
        if choice.kind == "serial":
            held.enter_context(_lend(warm, warn))
            held.callback(_stop_spares)
            yield Serial()
            return
        from pipeline.run.executors.processes import Processes, StartedWorker, WarmWorkers

        start_worker = WarmWorkers(warm, warn) if warm else StartedWorker
        yield held.enter_context(Processes(choice.workers or count_cores(), start_worker))


@contextmanager
def _warm(rehearsal: Rehearsal | None) -> Iterator[WarmProcess]:
    from pipeline.run.kernels.warm_process import WarmProcess

    warm = WarmProcess(rehearsal)
    warm.start()
    try:
        yield warm
    finally:
        warm.stop()


@contextmanager
def _lend(warm: WarmProcess | None, warn: Callable[[str], None]) -> Iterator[None]:
    """Let kernels that this very process asks for come from ``warm``."""
    from pipeline.run.kernels.warm_process import ADDRESS, NotWarm

    if warm is None:
        yield
        return
    try:
        found = {ADDRESS: warm.wait()}
    except NotWarm as fault:
        warn(f"Kernels start cold, which takes longer: {fault}.")
        found = {"SCHOOL_REPORTS_KERNELS": "cold"}
    with _set_environment(**found):
        yield


def _stop_spares() -> None:
    from pipeline.run.kernels.provisioner import stop_spares

    stop_spares()


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
