"""Where reports are made: one at a time, in several processes of this machine, or on a cluster.

An executor takes jobs and yields an outcome for each, in the order they finish; it puts nothing in place itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.schools import make_report


class Executor(Protocol):
    """Makes reports from jobs."""

    def run(self, jobs: Sequence[ReportJob]) -> Iterator[ReportOutcome]:
        """Yield one outcome for each job, in any order. What it holds is let go of when the iterator is closed."""


@dataclass(frozen=True)
class Serial:
    """One report after another in this process."""

    def run(self, jobs: Sequence[ReportJob]) -> Iterator[ReportOutcome]:
        for job in jobs:
            yield make_report(job)


def choose_executor(kind: str = "", workers: int | None = None, scheduler: str = "") -> Executor:
    """The executor called ``kind``: ``serial``, ``processes`` or ``dask``; "" takes what suits the machine.

    ``workers`` are the reports made at a time (default: the cores we may use). ``scheduler`` is the address of a Dask
    scheduler; without one, ``dask`` starts a cluster of its own on this machine.
    """
    if kind == "dask":
        from pipeline.run.executors.dask import Dask

        return Dask(workers, scheduler)
    from pipeline.run.executors.processes import Processes

    workers = workers or count_cores()
    return Serial() if kind == "serial" or (not kind and workers == 1) else Processes(workers)


def count_cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
