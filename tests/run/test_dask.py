"""Reports made on a cluster are those made one after another, whatever becomes of workers, scheduler or the user."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from small_reports import write_small_jobs

from pipeline.foundation.errors import MissingTool, PipelineError
from pipeline.foundation.paths import find_project
from pipeline.run.executors import Serial
from pipeline.run.executors import dask as executor
from pipeline.run.executors.dask import LOST_TWICE, TRIALS, Dask, Unfit, make_fit_report
from pipeline.run.executors.surroundings import describe_surroundings, list_differences
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.kernels.fork_client import ADDRESS
from pipeline.run.making.schools import MAKING, put_in_place
from pipeline.run.stamps.made import Made, write_made

if TYPE_CHECKING:
    from distributed import Client

MARK = "SCHOOL_REPORTS_TEST"  # in the environment of every process a test begins, and of those they begin
LONG = 120  # seconds after which a test that waits is called stuck


def wait_until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)


def list_marked(mark: str) -> list[psutil.Process]:
    """The other processes that have ``mark`` in their environment; Python's own tracker of resources apart."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and not any(
                "resource_tracker" in word for word in process.cmdline()
            ):
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return [process for process in found if process.pid != os.getpid()]


@pytest.fixture(autouse=True)
def lent_kernels(kept_fork_server, monkeypatch):
    """Workers fork their kernels from the session's server, begun before a test puts its mark on what it begins."""
    with kept_fork_server.lend(None):
        monkeypatch.setenv("SCHOOL_REPORTS_KERNELS", "direct")
        monkeypatch.setenv(ADDRESS, kept_fork_server.find_address())
    yield
    wait_until(lambda: not kept_fork_server.list_forked())


@pytest.fixture
def own_kernels(lent_kernels, monkeypatch):
    """A kernel is its worker's own, started cold: by it the worker is known that has a school in hand."""
    monkeypatch.setenv("SCHOOL_REPORTS_KERNELS", "cold")
    monkeypatch.delenv(ADDRESS)


@pytest.fixture
def marked(tmp_path, monkeypatch) -> Iterator[str]:
    """A mark on every process begun in the test; none may be left at its end."""
    monkeypatch.setenv(MARK, str(tmp_path))
    yield str(tmp_path)
    wait_until(lambda: not list_marked(str(tmp_path)))


@dataclass
class Cluster:
    """A scheduler and its workers as a user starts them."""

    folder: Path
    address: str = ""
    scheduler: subprocess.Popen | None = None
    processes: list[subprocess.Popen] = field(default_factory=list)

    def start(self, *words: str, project: Path | None = None) -> subprocess.Popen:
        command = [sys.executable, "-m", "dask", *words, "--host", "127.0.0.1", "--no-dashboard"]
        where = project or find_project()  # a module's own folder is looked in first
        environment = {**os.environ, "PYTHONPATH": str(where)}
        with (self.folder / "said").open("ab") as said:
            process = subprocess.Popen(command, cwd=where, env=environment, stdout=said, stderr=said)
        self.processes.append(process)
        return process

    def start_scheduler(self) -> None:
        file = self.folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--port", "0", "--scheduler-file", str(file))
        wait_until(lambda: file.is_file() and file.read_text().strip().endswith("}"))
        self.address = json.loads(file.read_text())["address"]

    def start_worker(self, name: str, project: Path | None = None) -> None:
        scratch = ["--local-directory", str(self.folder / "scratch")]
        self.start("worker", self.address, "--name", name, "--nthreads", "1", *scratch, project=project)
        with self.connect() as client:
            wait_until(lambda: name in list_workers(client))

    def connect(self) -> Client:
        from distributed import Client

        return Client(self.address, set_as_default=False)

    def list_pids(self) -> set[int]:
        with self.connect() as client:
            return set(client.run(os.getpid).values())

    def find_busy(self) -> psutil.Process:
        """The one worker that has something in hand, when others have nothing any more."""
        with self.connect() as client:
            wait_until(lambda: sum(map(bool, client.processing().values())) == 1)
            (busy,) = [worker for worker, tasks in client.processing().items() if tasks]
            return psutil.Process(client.run(os.getpid)[busy])

    def stop(self) -> None:
        """Stop the workers, then the scheduler: a worker that is starting does not stop without one."""
        for process in reversed(self.processes):
            process.terminate()
            process.wait(LONG)


def list_workers(client: Client) -> dict[str, str]:
    """Name → address."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    return {worker["name"]: address for address, worker in workers.items()}


@contextmanager
def running_cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    folder.mkdir()
    cluster = Cluster(folder)
    try:
        cluster.start_scheduler()
        for number in range(workers):
            cluster.start_worker(f"worker-{number}")
        yield cluster
    finally:
        cluster.stop()


def make_all(run: Iterator[ReportOutcome], jobs: list[ReportJob]) -> dict[int | None, tuple[str, dict[str, str]]]:
    """Put every report in place; gives URN → its problem, and its files with their hashes."""
    described = {job.urn: job for job in jobs}
    outcomes = [put_in_place(described[outcome.urn], outcome) for outcome in run]
    return {outcome.urn: (outcome.problem, dict(outcome.files)) for outcome in sorted(outcomes, key=lambda o: o.urn)}


def list_schools(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "reports" / "small" / "schools").iterdir())


def find_begun(home: Path, urn: int) -> set[int]:
    """The process ids of the kernels that began the school."""
    return {int(path.name.rpartition("-")[2]) for path in home.glob(f"begun-{urn}-*")}


def find_worker(workers: set[int], kernel: int) -> psutil.Process:
    (worker,) = [parent for parent in psutil.Process(kernel).parents() if parent.pid in workers]
    return worker


# What needs no cluster


@pytest.mark.slow
def test_a_missing_package_is_named_with_what_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingTool, match=r"EXECUTOR=dask.*\n?.*requirements-dask\.lock"):
        next(Dask().run(write_small_jobs(tmp_path, 1)))


@pytest.mark.slow
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "post://127.0.0.1:8786", "tls://127.0.0.1:1"])
def test_an_address_where_no_scheduler_answers_is_said_before_anything_is_made(tmp_path, monkeypatch, address):
    monkeypatch.setattr(executor, "CONNECT_SECONDS", 1)
    with pytest.raises(PipelineError, match=r"no Dask scheduler answers at .*(?s:.)*docs/cluster\.md"):
        next(Dask(scheduler=address).run(write_small_jobs(tmp_path, 1)))
    assert not (tmp_path / "reports").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("late", "joined"), [(0, True), (2, True), (3, False)])
def test_a_client_that_a_busy_machine_lets_start_too_late_is_started_again(monkeypatch, late, joined):
    """The client is a stand-in: a real one is late only where the machine is."""
    import distributed

    started = []

    def start(address, **_):
        started.append(address)
        assert len(started) > late
        return "client"

    monkeypatch.setattr(distributed, "Client", start)
    if joined:
        assert executor._start_client("tcp://somewhere:8786") == "client"
    else:
        with pytest.raises(AssertionError):
            executor._start_client("tcp://somewhere:8786")
    assert len(started) == min(late + 1, 3)


@pytest.mark.slow
def test_what_differs_between_two_machines_is_said_by_name(tmp_path):
    (job,) = write_small_jobs(tmp_path, 1)
    here = describe_surroundings(job)
    assert list_differences(describe_surroundings(job), here) == []
    there = replace(
        here,
        python="3.99.1",
        packages={**here.packages, "pandas": "1.0", "numpy": ""},
        files={**here.files, "pipeline/extra.py": "0"},
        edition="",
    )
    said = list_differences(there, here)
    assert said[0] == f"Python is 3.99.1 there and {here.python} here"
    assert said[1] == f"numpy is not installed there and {here.packages['numpy']} here"
    assert said[2] == f"pandas is 1.0 there and {here.packages['pandas']} here"
    assert "pipeline/extra.py" in said[3]
    assert said[4] == "it does not see the prepared edition that is here"
    assert there.digest != here.digest


@pytest.mark.slow
def test_an_edition_prepared_anew_is_another_surrounding(tmp_path):
    (job,) = write_small_jobs(tmp_path, 1)
    before = describe_surroundings(job)
    (tmp_path / "data/editions/small/prepared/edition.json").write_text('{"key": "another"}')
    assert describe_surroundings(job).digest != before.digest


@pytest.mark.kernel
def test_a_report_that_took_two_workers_with_it_is_not_begun_again_but_one_that_was_finished_is(tmp_path):
    jobs = write_small_jobs(tmp_path, 2)
    for job, finished in zip(jobs, (False, True), strict=True):
        for number in range(TRIALS):
            lost = job.into.parent / f"{MAKING}{job.into.name}-{number}"
            lost.mkdir(parents=True)
        if finished:  # and its worker lost before the run had heard of it
            write_made(lost, Made({}, {}))
    expected = describe_surroundings(jobs[0]).digest
    assert [make_fit_report(job, expected).problem for job in jobs] == [LOST_TWICE, ""]


# A cluster of our own


@pytest.mark.kernel
def test_a_cluster_of_our_own_makes_what_one_process_makes_and_ends_with_the_run(tmp_path, marked, capfd):
    first, second = write_small_jobs(tmp_path, 2)
    another = shutil.copyfile(first.notebook, tmp_path / "another.ipynb")  # as each page of an edition has its own
    jobs = [first, replace(second, notebook=another)]
    serial = make_all(Serial().run(jobs), jobs)
    shutil.rmtree(tmp_path / "reports")
    made = make_all(Dask(1).run(jobs), jobs)
    assert made == serial
    assert [problem for problem, _ in made.values()] == ["", ""]
    assert list_schools(tmp_path) == ["900001", "900002"]
    assert list_marked(marked) == []
    assert capfd.readouterr().err == ""


@pytest.mark.kernel
def test_a_school_that_loses_its_worker_once_is_made_again_and_one_that_loses_two_has_failed(
    tmp_path, own_kernels, marked
):
    jobs = write_small_jobs(tmp_path, 2)
    for urn in (900001, 900002):
        (tmp_path / f"hold-{urn}").touch()
    lost: list[int] = []

    def kill_worker(urn: int) -> None:
        """Kill the worker that has the school in hand, once its kernel has begun."""
        wait_until(lambda: find_begun(tmp_path, urn) - set(lost))
        (kernel,) = find_begun(tmp_path, urn) - set(lost)
        lost.append(kernel)
        workers = {process.pid for process in psutil.Process().children()}
        find_worker(workers, kernel).kill()

    with Dask(2) as cluster:
        run = cluster.run(jobs)
        first = start(run)
        kill_worker(900001)
        kill_worker(900002)
        (tmp_path / "hold-900001").unlink()
        kill_worker(900002)
        made = make_all(first(), jobs)
    assert {urn: problem for urn, (problem, _) in made.items()} == {
        900001: "",
        900002: "the worker that made it was lost twice, perhaps for lack of memory",
    }
    assert list_schools(tmp_path) == ["900001"]
    wait_until(lambda: not any(psutil.pid_exists(kernel) for kernel in lost))


def start(run: Iterator[ReportOutcome]) -> Callable[[], Iterator[ReportOutcome]]:
    """Let a run go on in a thread of its own; what is returned gives its outcomes."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(1)
    outcomes = pool.submit(lambda: list(run))
    pool.shutdown(wait=False)
    return lambda: iter(outcomes.result(LONG))


@pytest.mark.kernel
def test_ctrl_c_ends_every_process_of_our_own_cluster_and_the_warm_ones_of_its_workers(tmp_path, marked, monkeypatch):
    monkeypatch.delenv(ADDRESS)
    write_small_jobs(tmp_path, 2)
    (tmp_path / "hold-900001").touch()
    script = tmp_path / "run.py"
    script.write_text(f"""\
import sys, shutil
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from small_reports import write_small_jobs
from pipeline.run.executors.dask import Dask
if __name__ == "__main__":
    home = Path({str(tmp_path)!r})
    shutil.rmtree(home / "data")
    for outcome in Dask(1).run(write_small_jobs(home, 2)):
        pass
""")
    path = os.pathsep.join([str(find_project()), os.environ.get("PYTHONPATH", "")])
    run = subprocess.Popen(
        [sys.executable, str(script)],
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: find_begun(tmp_path, 900001))
    os.killpg(run.pid, signal.SIGINT)  # as a terminal sends it: to all of the group
    _, said = run.communicate(timeout=LONG)
    assert said.decode().strip().endswith("KeyboardInterrupt")
    assert list_marked(marked) == []


@pytest.mark.kernel
def test_a_cluster_of_our_own_that_closes_slowly_is_ended_all_the_same(tmp_path, marked, monkeypatch):
    monkeypatch.setattr(executor, "_STOP_SECONDS", 0.01)
    jobs = write_small_jobs(tmp_path, 1)
    assert [outcome.problem for outcome in start(Dask(1).run(jobs))()] == [""]
    wait_until(lambda: not list_marked(marked))


# A cluster the user has


@pytest.mark.kernel
def test_a_cluster_that_is_there_is_used_and_left_as_it_is(tmp_path, marked):
    with running_cluster(tmp_path / "cluster", workers=2) as cluster:
        jobs = write_small_jobs(tmp_path, 2)
        first = make_all(Dask(scheduler=cluster.address).run(jobs), jobs)
        assert [problem for problem, _ in first.values()] == ["", ""]
        assert list_schools(tmp_path) == ["900001", "900002"]

        stopped = Dask(scheduler=cluster.address).run(jobs)
        next(stopped)
        pids = cluster.list_pids()
        stopped.close()
        assert cluster.list_pids() == pids

        (tmp_path / "hold-900002").touch()
        for begun in tmp_path.glob("begun-*"):
            begun.unlink()
        rest = start(Dask(scheduler=cluster.address).run(jobs))
        wait_until(lambda: find_begun(tmp_path, 900002))
        (kernel,) = find_begun(tmp_path, 900002)
        cluster.find_busy().kill()
        (tmp_path / "hold-900002").unlink()
        assert make_all(rest(), jobs) == first
        assert list_schools(tmp_path) == ["900001", "900002"]
        wait_until(lambda: not psutil.pid_exists(kernel))
        with cluster.connect() as client:
            wait_until(lambda: len(list_workers(client)) == 2)  # the lost one is back


@pytest.mark.kernel
def test_a_worker_with_other_code_is_left_out_by_name(tmp_path, marked):
    other = tmp_path / "other"
    for folder in ("pipeline", "expectations"):
        shutil.copytree(find_project() / folder, other / folder)  # with what is compiled
    shutil.copy(find_project() / "requirements.lock", other)
    with (other / "pipeline" / "foundation" / "vocabulary.py").open("a") as changed:
        changed.write("# changed\n")
    jobs = write_small_jobs(tmp_path, 1)
    with running_cluster(tmp_path / "cluster", workers=0) as cluster:
        cluster.start_worker("other", project=other)
        with pytest.raises(PipelineError, match=r"no worker of the cluster can make.*\n.*foundation/vocabulary\.py"):
            next(Dask(scheduler=cluster.address).run(jobs))
        assert list_schools(tmp_path) == []

        cluster.start_worker("same")
        warnings: list[str] = []
        made = make_all(Dask(scheduler=cluster.address, warn=warnings.append).run(jobs), jobs)
        assert [problem for problem, _ in made.values()] == [""]
        (warning,) = warnings
        with cluster.connect() as client:
            worker = list_workers(client)["other"]
            assert worker in warning and "pipeline/foundation/vocabulary.py" in warning
            expected = describe_surroundings(jobs[0]).digest
            answer = client.submit(make_fit_report, jobs[0], expected, workers=[worker], pure=False).result()
        assert answer == Unfit(worker)


@pytest.mark.kernel
def test_a_scheduler_that_is_lost_ends_the_run_in_words_and_keeps_what_is_made(tmp_path, marked):
    jobs = write_small_jobs(tmp_path, 2)
    (tmp_path / "hold-900002").touch()
    with running_cluster(tmp_path / "cluster", workers=1) as cluster:
        run = Dask(scheduler=cluster.address).run(jobs)
        made = put_in_place(jobs[0], next(run))
        assert made.problem == ""
        assert cluster.scheduler is not None
        cluster.scheduler.kill()
        with pytest.raises(PipelineError, match=r"scheduler was lost\n.*in place are kept"):
            next(run)
        (tmp_path / "hold-900002").unlink()
    assert {*made.files, "made.json"} == {path.name for path in jobs[0].into.iterdir()}
