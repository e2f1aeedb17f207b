"""Validating the frames of an edition's files while others are still read.

A country's are validated by a second process: what it takes to read them and what it takes to validate them is about
the same. A county's are validated where they are read: starting a process would take longer than it saves.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import pandas as pd

from pipeline.foundation.errors import Fault
from pipeline.foundation.memory import give_back_memory
from pipeline.sources.joining.packing import PackedObservations
from pipeline.sources.reading import PublishedFile

if TYPE_CHECKING:
    from pipeline.validation import ValidationReport
    from pipeline.validation.plans import Parameter

#: Files that are together as large are validated by a process of their own.
MANY_BYTES = 20_000_000
#: After frames of as many rows memory is given back: of smaller ones the next frame can use what they took.
MANY_ROWS = 200_000

T = TypeVar("T")


class FrameChecks:
    """Validates frames and keeps what was found, in the order of asking. Ends its process when left."""

    def __init__(self, files: Sequence[PublishedFile], area: Mapping[str, Any] | None = None) -> None:
        """``area`` is as ``choose_schools`` has it: what is warned of in lists of schools counts its own alone."""
        self._area = area
        self._pool: ProcessPoolExecutor | None = None
        if _count_bytes(files) >= MANY_BYTES and _count_processors() > 1:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin_apart)
        self._asked: list[_Answer[ValidationReport | None]] = []

    def __enter__(self) -> Self:
        if self._pool is not None:
            self._begin(_load)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def check(
        self, family: str, frame: pd.DataFrame | PackedObservations, name: str, **parameters: Parameter
    ) -> Callable[[], list[Fault]]:
        """Begin to validate a frame that a file of ``family`` gave; what is returned waits for it to be done.

        That gives a fault for each warning, and raises FaultyInput with every critical failure. ``name``
        is what a user knows the frame by; ``parameters`` are those of ``check_frame``.
        """
        answer = self._begin(_check, family, frame, name, parameters, self._area)
        self._asked.append(answer)
        if self._pool is not None and len(frame) >= MANY_ROWS:
            self._begin(_rest)

        def settle() -> list[Fault]:
            report = answer.wait()
            if report is None:
                return []
            report.raise_critical()
            return report.summarise(report.warnings)

        return settle

    def write_data_docs(self, folder: Path, *, title: str, on: date) -> Callable[[], None]:
        """Begin to write Data Docs of all that was asked; what is returned waits for it to be done."""
        reports = [report for answer in self._asked if (report := answer.wait()) is not None]
        return self._begin(_write_data_docs, reports, folder, title, on).wait

    def _begin(self, work: Callable[..., T], *given: Any) -> _Answer[T]:
        if self._pool is not None:
            try:
                return _Answer(self._pool.submit(work, *given), lambda: work(*given))
            except (BrokenProcessPool, OSError):  # killed, or the system gives none
                self._pool.shutdown(wait=False)
                self._pool = None
        done: Future[T] = Future()
        done.set_result(work(*given))
        return _Answer(done, None)


class _Answer(Generic[T]):
    """What a process was asked to find out. Where it is gone, this one does its work."""

    def __init__(self, future: Future[T], again: Callable[[], T] | None) -> None:
        self._future = future
        self._again = again

    def wait(self) -> T:
        try:
            found = self._future.result()
        except BrokenProcessPool:
            if self._again is None:
                raise
            self._future = Future()
            self._future.set_result(found := self._again())
        self._again = None  # and with it what was given
        return found


# What the second process does.


def _begin_apart() -> None:
    """Leave interrupts to the run, and end with it even where it is killed: the pool's queue would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_run, daemon=True).start()


def _end_with_the_run() -> None:
    run = multiprocessing.parent_process()
    if run is not None:
        run.join()
        os._exit(1)


def _load() -> None:
    """Import what validation needs while the first file is read, and leave it out of looking for cycles."""
    from pipeline.validation.engine import load_great_expectations

    load_great_expectations()
    gc.freeze()


def _check(
    family: str,
    frame: pd.DataFrame | PackedObservations,
    name: str,
    parameters: Mapping[str, Parameter],
    area: Mapping[str, Any] | None,
) -> ValidationReport | None:
    from pipeline.edition.schools import choose_schools
    from pipeline.validation import check_frame, find_suite
    from pipeline.validation.suites import read_suite

    suite = find_suite(family, frame)
    if suite is None:
        return None
    report = check_frame(suite, frame, name=name, **parameters)
    if area is None or not report.warnings or not isinstance(frame, pd.DataFrame):
        return report
    if read_suite(suite)["meta"]["frame"] != "schools":
        return report
    own = choose_schools(frame, area)
    return report.warn_as(check_frame(suite, own, name=name, **parameters) if len(own) else None)


def _rest() -> None:
    """Give back what the last frame took, which is let go only after its answer: the run needs it."""
    gc.collect()
    give_back_memory()


def _write_data_docs(reports: Sequence[ValidationReport], folder: Path, title: str, on: date) -> None:
    from pipeline.validation import write_data_docs

    write_data_docs(reports, folder, title=title, on=on)


def _count_bytes(files: Sequence[PublishedFile]) -> int:
    return sum(file.path.stat().st_size for file in files if file.path.is_file())


def _count_processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
