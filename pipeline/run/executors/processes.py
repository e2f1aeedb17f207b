"""Several reports at a time, in worker processes of this machine.

Workers are forked from the fork server where there is one, else started from nothing. Each has a line of its own to
this process, so losing one costs what it had in hand and nothing else. That is tried once more, school by school: what
took a worker with it then takes no other school along.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import IO, Any, Protocol

from pipeline.run.executors.batches import share_out
from pipeline.run.executors.fork_server import WORKER
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.kernels.fork_client import ForkServerProcess, NoForkServer, ask
from pipeline.run.kernels.preload import describe_environment

ATTEMPTS = 2
LOST_TWICE = "the process that made it was stopped twice, perhaps for lack of memory"
_RENEWED_AFTER = 100  # reports; a worker is then replaced, so that what libraries keep cannot grow without end

_Turn = tuple[tuple[ReportJob, ...], int]  # a batch, and which attempt at it this is


class LostWorker(Exception):
    """A worker ended while it had a job."""


class Worker(Protocol):
    """A process that makes one batch of reports after another. ``made`` counts its reports."""

    made: int

    def make(self, batch: Sequence[ReportJob]) -> list[ReportOutcome]:
        """Have it make some reports; raises LostWorker where it ends before it has made them all."""

    def stop(self) -> None:
        """End it, whatever it is doing."""


class _Line:
    """A worker's line: pickled batches go out, their outcomes come back; its process id came first."""

    def __init__(self, jobs: IO[bytes], outcomes: IO[bytes]) -> None:
        self._jobs, self._outcomes = jobs, outcomes
        self.made = 0
        self.pid: int = self._hear()

    def make(self, batch: Sequence[ReportJob]) -> list[ReportOutcome]:
        try:
            pickle.dump(tuple(batch), self._jobs)
            self._jobs.flush()
        except OSError:
            raise LostWorker from None
        outcomes = self._hear()
        self.made += len(batch)
        return outcomes

    def _hear(self) -> Any:
        try:
            return pickle.load(self._outcomes)
        except (EOFError, OSError, pickle.UnpicklingError):
            raise LostWorker from None

    def _hang_up(self) -> None:
        for stream in (self._jobs, self._outcomes):
            with contextlib.suppress(OSError):
                stream.close()


class ForkedWorker(_Line):
    """A worker forked from the fork server at ``address``; raises OSError where that is gone."""

    def __init__(self, address: str) -> None:
        self._asked = ask(address, WORKER)
        try:
            super().__init__(self._asked.makefile("wb"), self._asked.makefile("rb"))
        except LostWorker:
            self._asked.close()
            raise ConnectionResetError("the fork server ended") from None

    def stop(self) -> None:
        _kill_group(self.pid)
        with contextlib.suppress(OSError):
            self._asked.shutdown(socket.SHUT_RDWR)
        self._hang_up()
        self._asked.close()


class StartedWorker(_Line):
    """A worker started from nothing: it imports everything itself."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.run.executors.working", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=describe_environment(),
            start_new_session=os.name != "nt",  # Ctrl-C is for the run, which then ends its workers
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        super().__init__(self._process.stdin, self._process.stdout)

    def stop(self) -> None:
        if os.name == "nt":
            self._process.kill()
        elif self._process.returncode is None:
            _kill_group(self._process.pid)
        self._process.wait()
        self._hang_up()


def _kill_group(leader: int) -> None:
    """End a worker and what it started: each leads a group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


class Processes:
    """Makes up to ``workers`` reports at a time; leave it as a context to end its workers.

    ``start_worker`` gives a new worker; it is called when one is first needed, and where one was lost.
    """

    def __init__(self, workers: int, start_worker: Callable[[], Worker] = StartedWorker) -> None:
        self.workers = workers
        self._start_worker = start_worker
        self._idle: deque[Worker] = deque()
        self._busy: set[Worker] = set()
        self._ended = False

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        for worker in [*self._idle, *self._busy]:
            worker.stop()
        self._idle.clear()

    def run(self, jobs: Sequence[ReportJob]) -> Iterator[ReportOutcome]:
        """Yield each job's outcome as its batch is made."""
        waiting: deque[_Turn] = deque((batch, 1) for batch in share_out(jobs, self.workers))
        outcomes: queue.SimpleQueue[ReportOutcome | BaseException] = queue.SimpleQueue()
        threads = [
            threading.Thread(target=self._drive, args=(waiting, outcomes), daemon=True)
            for _ in range(min(self.workers, len(waiting)))
        ]
        for thread in threads:
            thread.start()
        for _ in jobs:
            outcome = outcomes.get()
            if isinstance(outcome, BaseException):
                raise outcome
            yield outcome

    def _drive(self, waiting: deque[_Turn], outcomes: queue.SimpleQueue[ReportOutcome | BaseException]) -> None:
        """Give one worker after another what waits, until nothing does."""
        worker: Worker | None = None
        try:
            while not self._ended:
                try:
                    batch, attempt = waiting.popleft()
                except IndexError:
                    break
                worker = worker or self._take_worker()
                try:
                    for outcome in worker.make(batch):
                        outcomes.put(replace(outcome, attempts=attempt))
                except LostWorker:
                    self._drop(worker)
                    worker = None
                    for job in reversed(batch):
                        if attempt < ATTEMPTS:
                            waiting.appendleft(((job,), attempt + 1))
                        else:
                            outcomes.put(ReportOutcome(job.urn, job.name, LOST_TWICE, attempts=attempt))
                if worker is not None and worker.made >= _RENEWED_AFTER:
                    self._drop(worker)
                    worker = None
        except BaseException as error:
            if not self._ended:
                outcomes.put(error)
        finally:
            if worker is not None:
                self._busy.discard(worker)
                self._idle.append(worker)

    def _take_worker(self) -> Worker:
        try:
            worker = self._idle.popleft()
        except IndexError:
            worker = self._start_worker()
        self._busy.add(worker)
        if self._ended:
            worker.stop()
        return worker

    def _drop(self, worker: Worker) -> None:
        self._busy.discard(worker)
        worker.stop()


class ForkedWorkers:
    """Gives workers forked from ``server``; where it was killed it is started again, a few times, then plain ones are.

    ``warn`` is told, once, why workers start cold.
    """

    def __init__(self, server: ForkServerProcess, warn: Callable[[str], None], restarts: int = 3) -> None:
        self._server, self._warn, self._restarts = server, warn, restarts
        self._lock = threading.Lock()
        self._is_cold = False

    def __call__(self) -> Worker:
        while not self._is_cold:
            address = self._server.address
            try:
                return ForkedWorker(self._server.wait_until_ready())
            except NoForkServer as fault:
                if self._server.is_stopped:  # as the run is, and needs no worker any more
                    raise
                self._give_up(str(fault))
            except OSError:
                with self._lock:
                    self._restarts -= 1
                    if self._restarts < 0:
                        self._give_up("the fork server ended again and again")
                self._server.restart(address)
        return StartedWorker()

    def _give_up(self, why: str) -> None:
        if not self._is_cold:
            self._is_cold = True
            self._warn(f"Kernels start cold, which takes longer: {why}.")
