"""Reports made by the workers of a Dask cluster: one that the user has, or one of our own on this machine."""

from __future__ import annotations

import contextlib
import logging
import shutil
import tempfile
import threading
import traceback
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any

from pipeline.foundation.errors import MissingTool, PipelineError
from pipeline.run.executors import count_cores
from pipeline.run.executors.surroundings import Surroundings, describe_surroundings, list_differences
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.making.schools import MAKING, make_report
from pipeline.run.stamps.made import read_made

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

TRIALS = 2  # how often a report is begun before it counts as failed
_LOSSES = 8  # with how many workers a report may be lost before it is begun, while it waits there for its turn
CONNECT_SECONDS = 10  # the longest a scheduler may take to answer
_STARTS = 3  # how often a client is started that a busy machine lets start too late
WORKER_SECONDS = 60  # how long a cluster may be without a worker that can be used
_LOOK_SECONDS = 1.0  # how often the workers are looked at while no report is finished
_STOP_SECONDS = 5
_LEAST_MEMORY = 2 * 2**30  # bytes; a worker imports much, and reports are small

#: For a cluster of our own: a lost worker has time to start again on a busy machine, nothing is watched or shown that
#: nobody looks at, and as results are small a worker's memory has an upper end but no other marks.
_OWN_CLUSTER = {
    "distributed.deploy.lost-worker-timeout": "10 minutes",
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.diagnostics.nvml": False,
}
_CLIENT = {"distributed.comm.timeouts.connect": f"{CONNECT_SECONDS}s"}
_LOUD = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application", "asyncio")
_SILENT = logging.CRITICAL + 1

LOST_TWICE = "the worker that made it was lost twice, perhaps for lack of memory"
_log = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()  # a notebook's environment is its process's


class Dask:
    """Reports made by Dask workers, each making one at a time.

    ``scheduler`` is the address of a cluster's scheduler, as ``tcp://host:8786`` or ``tls://host:8786``; that cluster
    is left as it is. Without one, a cluster of ``workers`` processes (default: the cores we may use) is started on
    this machine. With one, ``workers`` is the most reports asked for at a time (default: two for each of its workers,
    one being made and one waiting). ``warn`` is told which workers are left out, and why.

    As a context, it keeps the cluster from the first run until it is left; a run outside one stops it itself.
    """

    def __init__(
        self, workers: int | None = None, scheduler: str = "", warn: Callable[[str], None] = _log.warning
    ) -> None:
        self.workers, self.scheduler, self._warn = workers, scheduler, warn
        self._held: ExitStack | None = None
        self._client: Client | None = None

    def __enter__(self) -> Dask:
        self._held = ExitStack()
        return self

    def __exit__(self, *_: object) -> None:
        held, self._held, self._client = self._held, None, None
        if held is not None:
            held.close()

    def run(self, jobs: Sequence[ReportJob]) -> Iterator[ReportOutcome]:
        """Yield one outcome for each job, in the order they finish.

        The school a lost worker had in hand is made once more. Raises MissingTool where Dask is not installed, and
        PipelineError where the scheduler cannot be reached or is lost, or no worker has what the reports need.
        """
        if not jobs:
            return
        with ExitStack() as alone:
            if self._held is None:
                alone.enter_context(self)
            client = self._open(len(jobs))
            most = self.workers if self.scheduler else len(client.nthreads()) or 1
            yield from _Round(client, jobs, most, self._warn).make()

    def _open(self, jobs: int) -> Client:
        assert self._held is not None  # a run is in a context
        if self._client is None:
            _require_dask()
            workers = min(self.workers or count_cores(), jobs)
            self._held.enter_context(_quieten())
            cluster = _join_cluster(self.scheduler) if self.scheduler else _start_cluster(workers)
            self._client = self._held.enter_context(cluster)
        return self._client


@dataclass(frozen=True)
class Unfit:
    """What a worker answers that does not have what the run was started with: its address."""

    worker: str


def make_fit_report(job: ReportJob, expected: str) -> ReportOutcome | Unfit:
    """Make one report on a worker whose surroundings have the digest ``expected``; otherwise make nothing.

    A report that was begun twice already and never finished has lost two workers, and is not begun again: whatever the
    scheduler's own rule is, a school that takes its worker with it must not take them all. One that was finished, and
    whose worker was lost before the run had heard of it, took no worker with it.
    """
    from distributed import get_worker

    with _one_at_a_time:
        if describe_surroundings(job).digest != expected:
            return Unfit(get_worker().address)
        begun = job.into.parent.glob(f"{MAKING}{job.into.name}-*")
        if sum(read_made(folder) is None for folder in begun) >= TRIALS:
            return ReportOutcome(job.urn, job.name, LOST_TWICE)
        return make_report(job)


def examine_worker(job: ReportJob, trial: Path) -> tuple[Surroundings, str]:
    """Say what a worker has around it, and leave a file in the folder ``trial``; returns that file's name too.

    Raises OSError where the folder is not seen or cannot be written to.
    """
    name = uuid.uuid4().hex
    (trial / name).touch(exist_ok=False)
    return describe_surroundings(job), name


class _Round:
    """The jobs of one run on one cluster. At most ``most`` are asked for at a time."""

    def __init__(
        self, client: Client, jobs: Sequence[ReportJob], most: int | None, warn: Callable[[str], None]
    ) -> None:
        self._client, self._jobs, self._most, self._warn = client, jobs, most, warn
        self._here = describe_surroundings(jobs[0])
        # the edition's own pages have each a notebook of its own
        of_notebooks = {job.notebook: job for job in jobs}
        self._expected = {notebook: describe_surroundings(job).digest for notebook, job in of_notebooks.items()}
        self._waiting = deque(jobs)
        self._asked: dict[Any, tuple[Future, ReportJob]] = {}  # by the future's key
        self._finished: SimpleQueue[Future] = SimpleQueue()
        self._losses: Counter[Path] = Counter()
        self._faults: Counter[Path] = Counter()
        self._fit: set[str] = set()
        self._refused: dict[str, str] = {}  # a worker's address → why
        self._staged: set[str] = set()
        self._last_fit = monotonic()

    def make(self) -> Iterator[ReportOutcome]:
        """Yield the outcomes; what is still asked for is withdrawn when the iterator is closed."""
        self._clear_abandoned()
        try:
            self._ask()
            while self._asked or self._waiting:
                outcome = self._await_one()
                try:
                    self._ask()  # before this one is put in place, so that no worker waits for that
                finally:
                    if outcome is not None:  # even where there is nobody left to ask
                        yield outcome
            self._clear_abandoned()
        finally:
            with contextlib.suppress(Exception):  # a scheduler that is gone has withdrawn them itself
                self._client.cancel([future for future, _ in self._asked.values()])

    def _ask(self) -> None:
        """Ask for as many reports as the workers there are can make."""
        self._look_at_workers()
        if not self._fit:
            return
        most = self._most or 2 * len(self._fit)
        # where some are refused the others are named; should they all go, a task may reach a refused one and come back
        chosen = {"workers": sorted(self._fit), "allow_other_workers": True} if self._refused else {}
        while self._waiting and len(self._asked) < most:
            job = self._waiting.popleft()
            with _needing_scheduler():
                future = self._client.submit(make_fit_report, job, self._expected[job.notebook], pure=False, **chosen)
            self._asked[future.key] = (future, job)
            future.add_done_callback(self._finished.put)

    def _await_one(self) -> ReportOutcome | None:
        try:
            future = self._finished.get(timeout=_LOOK_SECONDS)
        except Empty:
            return None
        _, job = self._asked.pop(future.key)
        outcome = self._take(future, job)
        if outcome is None:
            self._waiting.appendleft(job)
        else:
            self._staged.add(Path(outcome.staged).name)
        return outcome

    def _take(self, future: Future, job: ReportJob) -> ReportOutcome | None:
        """The outcome of a job that has ended; None where it is to be asked for again."""
        from distributed.scheduler import KilledWorker

        try:
            made = future.result()
        except KilledWorker as lost:
            return self._count_losses(job, lost.allowed_failures + 1)
        except CancelledError as fault:
            if getattr(fault, "reason", "") == "scheduler-connection-lost":
                raise _name_lost_scheduler() from None
            return self._count_losses(job, 1)
        except Exception as fault:  # the task could not even begin, or not say how it ended
            if self._client.status != "running":
                raise _name_lost_scheduler() from None
            return self._count_fault(job, fault)
        if isinstance(made, Unfit):
            self._refuse(made.worker, "its code or packages, or the edition it sees, are not those of this run")
            return None
        return made

    def _count_losses(self, job: ReportJob, losses: int) -> ReportOutcome | None:
        """None where the job is to be asked for again: that it was never begun twice its worker sees to."""
        self._losses[job.into] += losses
        if self._losses[job.into] < _LOSSES:
            return None
        said = f"{self._losses[job.into]} workers that were to make it were lost; their own logs may say why"
        return ReportOutcome(job.urn, job.name, said)

    def _count_fault(self, job: ReportJob, fault: Exception) -> ReportOutcome | None:
        self._faults[job.into] += 1
        if self._faults[job.into] < TRIALS:
            return None
        said = f"a worker could not make it: {type(fault).__name__}: {fault}"
        return ReportOutcome(job.urn, job.name, said, "".join(traceback.format_exception(fault)))

    def _look_at_workers(self) -> None:
        """Examine workers not met before; raises PipelineError where none can be used for too long."""
        with _needing_scheduler():
            present = set(self._client.nthreads())
        self._fit &= present
        new = present - self._fit - self._refused.keys()
        if new:
            self._examine(sorted(new))
        if self._fit:
            self._last_fit = monotonic()
        elif (present and not present - self._refused.keys()) or monotonic() - self._last_fit > WORKER_SECONDS:
            raise self._name_lack_of_workers(present)

    def _examine(self, workers: list[str]) -> None:
        folder = self._jobs[0].into.parent
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{MAKING}trial-", dir=folder) as trial:
            answers = self._client.run(examine_worker, self._jobs[0], Path(trial), workers=workers, on_error="return")
            for worker, answer in sorted(answers.items()):
                if isinstance(answer, OSError) and answer.errno is None:
                    continue  # it did not answer: it is going, or will be asked again
                problem = _find_problem(answer, self._here, Path(trial))
                if problem:
                    self._refuse(worker, problem)
                else:
                    self._fit.add(worker)

    def _refuse(self, worker: str, why: str) -> None:
        self._fit.discard(worker)
        if worker not in self._refused:
            self._warn(f"The worker {worker} is left out: {why}.")
        self._refused[worker] = why

    def _name_lack_of_workers(self, present: set[str]) -> PipelineError:
        left_out = "\n".join(f"{worker}: {self._refused[worker]}" for worker in sorted(present & self._refused.keys()))
        if left_out:
            return PipelineError(
                f"no worker of the cluster can make these reports\n{left_out}",
                remedy="Give the workers the same project, packages and workspace, start them afresh, and run again.",
            )
        return PipelineError(
            f"the cluster has had no worker for {WORKER_SECONDS} seconds",
            remedy="Start workers, then run again: reports in place are kept.",
        )

    def _clear_abandoned(self) -> None:
        """Remove what lost workers, or an earlier run's, had begun and nobody will put in place."""
        names = tuple(f"{MAKING}{job.into.name}-" for job in self._jobs)
        for folder in sorted({job.into.parent for job in self._jobs}):
            for begun in folder.glob(f"{MAKING}*"):
                if begun.name.startswith(names) and begun.name not in self._staged:
                    shutil.rmtree(begun, ignore_errors=True)  # whoever is not lost after all may still write there


def _find_problem(answer: Any, here: Surroundings, trial: Path) -> str:
    """What keeps a worker that gave this answer from making reports; "" where nothing does."""
    if isinstance(answer, OSError):
        return f"it cannot write where the reports are made: {answer.strerror or type(answer).__name__}"
    if isinstance(answer, BaseException):
        return f"it cannot run this project's code: {type(answer).__name__}: {answer}"
    there, name = answer
    differences = list_differences(there, here)
    if not (trial / name).exists():
        differences.append("what it writes does not appear here: it does not share the workspace")
    return "; ".join(differences)


def _require_dask() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise MissingTool(
            "Dask is not installed",
            where="--executor dask",
            remedy="`make reports EXECUTOR=dask` installs it; so does `pip install -r requirements-dask.lock`.",
        ) from None


@contextmanager
def _needing_scheduler() -> Iterator[None]:
    from distributed.client import ClosedClientError

    try:
        yield
    except (ClosedClientError, OSError):
        raise _name_lost_scheduler() from None


def _name_lost_scheduler() -> PipelineError:
    return PipelineError(
        "the Dask scheduler was lost",
        remedy="Reports in place are kept: start the cluster, then run the same command again to go on.",
    )


@contextmanager
def _join_cluster(address: str) -> Iterator[Client]:
    """A client of the scheduler at ``address``; raises PipelineError where none answers there."""
    import warnings

    import dask.config

    with dask.config.set(_CLIENT):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of versions that differ: those that matter are compared later
                client = _start_client(address)
        except (OSError, ValueError, TypeError, RuntimeError) as fault:
            said = str(fault).strip().splitlines() or [type(fault).__name__]
            raise PipelineError(
                f"no Dask scheduler answers at {address}: {said[0]}",
                where="--scheduler",
                remedy="Start one with `dask scheduler` and give the address it prints, like tcp://host:8786; "
                "docs/cluster.md says how, and what tls:// needs.",
            ) from None
        with _closing(client):
            _examine_scheduler(client)
            yield client


def _start_client(address: str) -> Client:
    """A client of the scheduler at ``address``.

    Its own thread has ten seconds to start; where a busy machine takes longer, it fails by an assertion without a word.
    """
    from distributed import Client

    for _ in range(_STARTS - 1):
        try:
            return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except AssertionError:
            continue
    return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)


def _examine_scheduler(client: Client) -> None:
    """Raise PipelineError where the scheduler cannot read our jobs: it must know the project's names."""
    try:
        client.run_on_scheduler(name_job_type)
    except Exception as fault:
        raise PipelineError(
            f"the Dask scheduler cannot read this project's jobs: {type(fault).__name__}: {fault}",
            where="--scheduler",
            remedy="Start it with the project's Python, from the project's folder: docs/cluster.md says how.",
        ) from None


def name_job_type() -> str:
    """The name of what is sent to workers: whoever can say it can read a job."""
    return ReportJob.__qualname__


@contextmanager
def _start_cluster(workers: int) -> Iterator[Client]:
    """A client of a cluster of our own, which nobody else can speak to; all its processes end with it."""
    import dask.config
    from distributed import Client, LocalCluster
    from distributed.system import MEMORY_LIMIT

    with dask.config.set(_OWN_CLUSTER), tempfile.TemporaryDirectory(prefix="cluster-") as scratch:
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            security=True,
            dashboard_address=None,
            memory_limit=max(MEMORY_LIMIT // workers, _LEAST_MEMORY),
            local_directory=scratch,
            silence_logs=_SILENT,
        )
        try:
            with _closing(Client(cluster, timeout=CONNECT_SECONDS, set_as_default=False)) as client:
                yield client
        finally:
            _stop(cluster)


@contextmanager
def _closing(client: Client) -> Iterator[Client]:
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=_STOP_SECONDS)


def _stop(cluster: LocalCluster) -> None:
    """Stop the cluster's processes and whatever they started, those that do not answer too.

    Closing is not told how long it may take: the cluster would leave off half way, and wait for itself for ever when
    it is closed again.
    """
    import psutil

    begun = []
    for nanny in cluster.workers.values():
        with contextlib.suppress(psutil.NoSuchProcess):
            worker = psutil.Process(nanny.pid)
            begun += [worker, *worker.children(recursive=True)]
    closing = threading.Thread(target=cluster.close, name="closing the cluster", daemon=True)
    closing.start()
    try:
        closing.join(_STOP_SECONDS)
    finally:
        _, left = psutil.wait_procs(begun, timeout=_STOP_SECONDS)  # what a worker started notices that it is gone
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=_STOP_SECONDS)
        closing.join(_STOP_SECONDS)


@contextmanager
def _quieten() -> Iterator[None]:
    """Keep Dask from speaking on standard error: what a person must know the run says itself."""
    loggers = [logging.getLogger(name) for name in _LOUD]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(_SILENT)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
