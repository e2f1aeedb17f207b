"""Where reports are made: one at a time, or several in processes of their own.

An executor takes jobs and yields an outcome for each, in the order they finish. Losing a worker costs the schools it
had in hand; they are tried once more, alone, and then reported as failed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Protocol

from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.schools import make_report


class Executor(Protocol):
    """Makes reports from jobs."""

    def run(self, jobs: Sequence[ReportJob]) -> Iterator[ReportOutcome]:
        """Yield one outcome for each job, in any order."""


@dataclass(frozen=True)
class Serial:
    """One report after another in this process."""

    def run(self, jobs: Sequence[ReportJob]) -> Iterator[ReportOutcome]:
        for job in jobs:
            yield make_report(job)


@dataclass(frozen=True)
class Processes:
    """Several reports at a time, each worker a fresh process that imports once and makes many."""

    workers: int

    def run(self, jobs: Sequence[ReportJob]) -> Iterator[ReportOutcome]:
        lost = []
        with ProcessPoolExecutor(self.workers, mp_context=get_context("spawn")) as pool:
            futures = {pool.submit(make_report, job): job for job in jobs}
            try:
                for future in as_completed(futures):
                    try:
                        yield future.result()
                    except BrokenProcessPool:
                        lost.append(futures[future])
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        for job in lost:
            yield _retry_alone(job)


def _retry_alone(job: ReportJob) -> ReportOutcome:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(make_report, job).result()
        except BrokenProcessPool:
            return ReportOutcome(
                job.urn, job.name, "the process that made it was stopped twice, perhaps for lack of memory"
            )


def choose_executor(workers: int | None = None) -> Executor:
    """Processes for as many reports at a time as ``workers`` says (default: the cores we may use)."""
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Serial() if workers <= 1 else Processes(workers)
