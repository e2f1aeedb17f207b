"""Several reports at a time, in processes of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.schools import make_report


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
