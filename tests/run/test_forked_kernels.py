"""Kernels direct, forked or cold give the same report; one that goes wrong is one failed school; none is left.

The notebooks are small but real, and so are engine, kernels, processes and signals.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from inspect import signature
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from small_reports import write_small_jobs

from pipeline.cli.verbs import reports
from pipeline.foundation.paths import find_project
from pipeline.run import executors
from pipeline.run.executors import Choice, begin_executor, fork_server, open_executor, processes
from pipeline.run.executors.processes import ForkedWorkers
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.kernels.fork_client import ADDRESS, ForkServerProcess, NoForkServer, clear_scratch, make_scratch
from pipeline.run.kernels.preload import Rehearsal
from pipeline.run.making import notebooks
from pipeline.run.making.notebooks import SPECS
from pipeline.run.making.schools import put_in_place, recover_interrupted
from tests.conftest import KeptForkServer

MARK = "SCHOOL_REPORTS_TEST"  # in the environment of every process that a test begins
LONG = 120  # seconds after which a test that waits is called stuck


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A folder to work in; every process begun in the test is marked with it, and none may be left at its end."""
    monkeypatch.setenv(MARK, str(tmp_path))
    monkeypatch.delenv("SCHOOL_REPORTS_KERNELS", raising=False)
    yield tmp_path
    wait_until(lambda: not list_marked(tmp_path), "a process is left")
    assert not list_scratch(tmp_path)


@pytest.fixture(scope="module")
def kept(kept_fork_server) -> KeptForkServer:
    """The session's fork server, begun before a test puts its mark on what it begins."""
    with kept_fork_server.lend(None):
        return kept_fork_server


@pytest.fixture
def warm_home(kept, home, monkeypatch) -> Iterator[Path]:
    """A folder to work in whose runs fork from the session's server, of which nothing may be left at its end either."""
    monkeypatch.setattr(executors, "_start_fork_server", kept.lend)
    yield home
    wait_until(lambda: not kept.list_forked(), "a worker or kernel is left")


@pytest.fixture
def unmarked_home(kept, tmp_path, monkeypatch) -> Iterator[Path]:
    """The same for a test that begins the session's server anew: it stays, and may have no mark."""
    monkeypatch.delenv("SCHOOL_REPORTS_KERNELS", raising=False)
    monkeypatch.setattr(executors, "_start_fork_server", kept.lend)
    yield tmp_path
    wait_until(lambda: not kept.list_forked(), "a worker or kernel is left")
    assert not list_scratch(tmp_path)


def wait_until(holds: Callable[[], object], else_said: str = "it never came about") -> None:
    end = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < end, else_said
        time.sleep(0.02)


def list_marked(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(home) and process.pid != os.getpid():
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def list_scratch(home: Path) -> list[Path]:
    """Scratch folders that somebody of this test left: their sockets would be there."""
    clear_scratch()
    return list_scratch_of(os.getpid())


def list_scratch_of(process: int) -> list[Path]:
    """The scratch folders of one process. Those of others, other tests' among them, come and go meanwhile."""
    found = []
    for path in Path(tempfile.gettempdir()).glob("school-reports-*/owner"):
        with suppress(FileNotFoundError):
            if path.read_text(encoding="utf-8") == str(process):
                found.append(path.parent)
    return found


def add_cell(job: ReportJob, source: str) -> ReportJob:
    """The job with an analyst's own cell before the one that publishes the facts."""
    notebook = nbformat.read(job.notebook, as_version=4)
    cell = nbformat.v4.new_code_cell(textwrap.dedent(source).strip(), id="own")
    notebook.cells.insert(len(notebook.cells) - 1, cell)
    path = job.notebook.with_name("edited.ipynb")
    nbformat.write(notebook, path)
    return replace(job, notebook=path)


def make(
    jobs: list[ReportJob], kind: str = "processes", kernels: str = "direct", workers: int = 2
) -> dict[int, ReportOutcome]:
    said: list[str] = []
    with open_executor(Choice(kind, workers, "", kernels), None, said.append) as executor:
        outcomes = [put_in_place(job_of(jobs, made), made) for made in executor.run(jobs)]
    assert said == []
    return {outcome.urn: outcome for outcome in outcomes}


def job_of(jobs: list[ReportJob], outcome: ReportOutcome) -> ReportJob:
    return next(job for job in jobs if job.urn == outcome.urn)


def read_all(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# The same report, whoever's kernel it was


@pytest.fixture(scope="module")
def made_directly(tmp_path_factory, kept) -> dict[str, bytes]:
    """The reports of two schools from direct kernels, for two workers: how it is done where nothing else is said."""
    folder = tmp_path_factory.mktemp("direct")
    with pytest.MonkeyPatch.context() as here:
        here.setattr(executors, "_start_fork_server", kept.lend)
        here.delenv("SCHOOL_REPORTS_KERNELS", raising=False)
        assert all(not outcome.problem for outcome in make(write_small_jobs(folder, 2)).values())
    return read_all(folder / "reports")


def test_the_command_asks_for_the_kernels_that_are_the_cheapest(monkeypatch):
    monkeypatch.delenv("SCHOOL_REPORTS_KERNELS", raising=False)
    assert signature(reports).parameters["kernels"].default == Choice().kernels == "direct"


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("kind", "kernels", "schools"), [("serial", "direct", 2), ("processes", "warm", 2), ("processes", "cold", 1)]
)
def test_every_way_of_starting_a_kernel_gives_the_same_bytes(made_directly, warm_home, kind, kernels, schools):
    jobs = write_small_jobs(warm_home, schools)
    assert all(not outcome.problem for outcome in make(jobs, kind, kernels).values())
    assert len(made_directly) == 10
    asked = tuple(f"small/schools/{job.urn}/" for job in jobs)
    right = {name: content for name, content in made_directly.items() if name.startswith(asked)}
    assert read_all(warm_home / "reports") == right and len(right) == 5 * schools


@pytest.mark.kernel
def test_a_kernel_is_fresh_for_each_school_and_never_used_again(warm_home):
    jobs = [
        add_cell(
            job, "import pandas; known = hasattr(pandas, 'left_behind'); pandas.left_behind = urn; assert not known"
        )
        for job in write_small_jobs(warm_home, 4)
    ]
    assert [outcome.problem for outcome in make(jobs).values()] == [""] * 4
    begun = [path.name.split("-")[1:] for path in warm_home.glob("begun-*")]
    assert len({pid for _, pid in begun}) == 4 and {int(urn) for urn, _ in begun} == {job.urn for job in jobs}


@pytest.mark.kernel
@pytest.mark.parametrize(("kind", "kernels"), [("processes", "direct"), ("serial", "cold")])
def test_what_a_cell_prints_is_shown_with_it_whoever_prints(warm_home, kind, kernels):
    (job,) = write_small_jobs(warm_home, 1)
    job = add_cell(
        job,
        """
        import sys, threading
        print("one, ", end="")
        print("a warning", file=sys.stderr)
        thread = threading.Thread(target=print, args=("two",))
        thread.start()
        thread.join()
        os.write(1, b"said by no cell")
        print("three", flush=True)
        print(type(sys.stdout).__name__)
        """,
    )
    assert not make([job], kind, kernels)[job.urn].problem
    *_, own, last = nbformat.read(job.into / "notebook.ipynb", as_version=4).cells
    printed = {name: "".join(o.text for o in own.outputs if o.name == name) for name in ("stdout", "stderr")}
    assert printed == {"stdout": "one, two\nthree\nOutStream\n", "stderr": "a warning\n"}
    assert [output.output_type for output in last.outputs] == ["display_data"]


@pytest.mark.kernel
def test_any_client_of_jupyter_finds_the_kernel_by_its_name_and_can_interrupt_and_restart_it(home, monkeypatch):
    """As JupyterLab does it: by the name of the kernelspec, outside a run, with a fork server of its own."""
    monkeypatch.setenv("JUPYTER_PATH", str(SPECS))
    scratch = make_scratch()  # a socket's path must be short
    run = subprocess.run(
        [sys.executable, "-c", INTERACTIVE, str(scratch / "kernel")],
        env={**os.environ, "PYTHONPATH": str(find_project())},
        timeout=LONG,
    )
    shutil.rmtree(scratch)
    assert run.returncode == 0


INTERACTIVE = """
import sys, threading
from pathlib import Path
from jupyter_client.manager import KernelManager
from pipeline.run.kernels.provisioner import ForkedKernel, register_provisioner
register_provisioner()
def look(transport, sockets):
    place = {"transport": "ipc", "ip": sockets} if transport == "ipc" else {}
    manager = KernelManager(kernel_name="school-report", **place)
    manager.start_kernel()
    bound = [Path(f"{sockets}-{port}").exists() for port in manager.ports]
    assert bound == [transport == "ipc"] * 5  # it can be connected to at once
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=100)
    assert isinstance(manager.provisioner.process, ForkedKernel)
    first, connection = manager.provisioner.pid, Path(manager.connection_file)
    assert list(connection.parent.glob(f"{connection.stem}.*.said"))
    reply = client.execute_interactive("import sys; assert 'pandas' in sys.modules; mine = 1", timeout=60)
    assert reply["content"]["status"] == "ok"
    threading.Timer(1, manager.interrupt_kernel).start()
    reply = client.execute_interactive("while True: pass", timeout=60)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert client.execute_interactive("mine + 1", timeout=60)["content"]["status"] == "ok"
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=60)
    assert manager.provisioner.pid != first
    assert client.execute_interactive("mine", timeout=60)["content"]["ename"] == "NameError"
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    assert not manager.has_kernel
    assert list(connection.parent.glob(f"{connection.stem}*")) == []  # nor is anything left of it
look("tcp", "")
look("ipc", sys.argv[1])
"""


@pytest.mark.kernel
def test_papermill_runs_a_notebook_on_it_from_its_command_line(warm_home, kept):
    """It finds the provisioner by the installed package: `make setup` installs it."""
    home = warm_home
    (job,) = write_small_jobs(home, 1)
    command = [sys.executable, "-m", "papermill", str(job.notebook), str(home / "done.ipynb"), "-k", "school-report"]
    done = subprocess.run(
        [*command, "-p", "urn", "900001", "--no-progress-bar"],
        env={**os.environ, "JUPYTER_PATH": str(SPECS), "SCHOOL_REPORTS_HOME": str(home), ADDRESS: kept.find_address()},
        capture_output=True,
        text=True,
        timeout=LONG,
    )
    assert done.returncode == 0, done.stderr
    assert "School <strong>900001</strong>" in (home / "done.ipynb").read_text(encoding="utf-8")


# What goes wrong is one school's failure


FAULTS = {
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the kernel was stopped by SIGKILL"),
    "crashed": ("import ctypes; ctypes.string_at(0)", "stopped by SIGSEGV: Fatal Python error: Segmentation fault"),
    "left": ("import os; os._exit(3)", "the kernel ended by itself with exit code 3"),
    "hung": ("while True: pass", "it took longer than a cell may (2 seconds)"),
    "deaf": (
        "import signal, time; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 60)); time.sleep(900)",
        "it took longer",
    ),
    "greedy": ("held = bytearray(64 << 30)", "MemoryError"),
    "a local file": (
        "from pipeline.foundation.errors import Fault, FaultyInput\n"
        "raise FaultyInput([Fault('local/support_plan.csv', 13, 'activity', 'it is not brought', 'Take it out.')])",
        "local/support_plan.csv, line 13, column activity: it is not brought\n    Take it out.",
    ),
}


@pytest.mark.kernel
@pytest.mark.parametrize("kind", ["processes", "serial"])
def test_a_kernel_that_goes_wrong_is_one_failed_school_with_its_cell_and_cause(warm_home, kind, monkeypatch):
    home = warm_home
    monkeypatch.setenv("SCHOOL_REPORTS_KERNEL_MEMORY", str(8 << 30))
    jobs = [replace(job, cell_seconds=2) for job in write_small_jobs(home, len(FAULTS) + 1)]
    wrong = {}
    for job, (name, (source, said)) in zip(jobs, FAULTS.items(), strict=False):
        own = home / name
        own.mkdir()
        edited = add_cell(replace(job, notebook=Path(os.fspath(job.notebook))), source)
        moved = edited.notebook.rename(own / "small.ipynb")
        wrong[job.urn] = (replace(job, notebook=moved), said)
    outcomes = make([wrong[job.urn][0] if job.urn in wrong else job for job in jobs], kind)
    for urn, (job, said) in wrong.items():
        assert said in outcomes[urn].problem, outcomes[urn]
        named = not said.startswith("local/")  # of a fault in a local file, which no notebook mends, nothing else
        assert ("small.ipynb, cell" in outcomes[urn].problem) is named  # the analyst's own cell
        assert (f"make edit URN={urn}" in outcomes[urn].problem) is named
        assert not outcomes[urn].bug and not job.into.exists()
        kept = nbformat.read(home / outcomes[urn].kept, as_version=4)
        assert f"School <strong>{urn}" in str(kept.cells)  # what was shown until then
    assert outcomes[jobs[-1].urn].problem == ""


@pytest.mark.kernel
def test_a_whole_notebook_has_a_limit_too(warm_home):
    (job,) = write_small_jobs(warm_home, 1)
    slow = replace(add_cell(job, "import time; time.sleep(60)"), report_seconds=2)
    assert "the whole notebook may (2 seconds)" in make([slow])[job.urn].problem


@pytest.mark.kernel
def test_what_a_cell_starts_ends_with_its_kernel(warm_home):
    (job,) = write_small_jobs(warm_home, 1)
    started = add_cell(job, "import subprocess; subprocess.Popen(['sleep', '900'])")
    assert make([started])[job.urn].problem == ""  # and the fixture sees that nothing is left


# Losing processes


@pytest.mark.kernel
def test_a_killed_worker_costs_its_school_a_second_try_and_no_other_anything(warm_home):
    jobs = write_small_jobs(warm_home, 3)
    hold = warm_home / f"hold-{jobs[0].urn}"
    hold.touch()

    def kill_worker() -> None:
        kernel = wait_for_kernel(warm_home, jobs[0].urn)
        (worker,) = [process for process in kernel.parent().children() if process != kernel]
        worker.kill()
        wait_until(lambda: not kernel.is_running())
        hold.unlink()

    with doing(kill_worker):
        outcomes = make(jobs, workers=1)
    assert [outcome.problem for outcome in outcomes.values()] == [""] * 3
    assert len(list(warm_home.glob(f"begun-{jobs[0].urn}-*"))) == 2


@pytest.mark.kernel
def test_a_school_that_loses_its_worker_twice_is_a_failure_and_the_others_are_made(warm_home):
    jobs = write_small_jobs(warm_home, 2)
    murderous = add_cell(jobs[0], "import os, psutil; [p.kill() for p in psutil.Process(os.getppid()).children()]")
    outcomes = make([murderous, jobs[1]], workers=1)
    assert "stopped twice" in outcomes[jobs[0].urn].problem
    assert outcomes[jobs[1].urn].problem == ""


def wait_for_kernel(home: Path, urn: int) -> psutil.Process:
    wait_until(lambda: list(home.glob(f"begun-{urn}-*")))
    (begun,) = home.glob(f"begun-{urn}-*")
    return psutil.Process(int(begun.name.split("-")[2]))


@contextmanager
def doing(work: Callable[[], None]) -> Iterator[None]:
    """Do ``work`` meanwhile; its failure is the test's."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        yield
        future.result()


@pytest.mark.kernel
def test_a_killed_fork_server_is_started_again_and_every_school_is_made(made_directly, unmarked_home, kept):
    jobs = write_small_jobs(unmarked_home, 2)
    hold = unmarked_home / f"hold-{jobs[0].urn}"
    hold.touch()
    forked: list[psutil.Process] = []

    def kill_fork_server() -> None:
        server = wait_for_kernel(unmarked_home, jobs[0].urn).parent()
        forked.extend(kept.list_forked())
        server.kill()
        hold.unlink()

    with doing(kill_fork_server):
        outcomes = make(jobs)
    assert [outcome.problem for outcome in outcomes.values()] == [""] * 2
    assert len(forked) >= 2 and not psutil.wait_procs(forked, LONG)[1]
    recover_interrupted(jobs[0].into.parent)  # as the next run begins: what a lost worker had begun goes
    assert read_all(unmarked_home / "reports") == made_directly


RUN = """
import sys
from pathlib import Path
from small_reports import write_small_jobs
from pipeline.run.executors import Choice, open_executor
home = Path(sys.argv[1])
jobs = write_small_jobs(home, 2)
(home / f"hold-{jobs[0].urn}").touch()
with open_executor(Choice("processes", 1, "", sys.argv[2])) as executor:
    for outcome in executor.run(jobs):
        print(outcome.urn, flush=True)
"""


@pytest.mark.kernel
@pytest.mark.parametrize("kernels", ["direct", "cold"])
@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long), signal.SIGKILL]
)
def test_nothing_is_left_of_a_run_that_is_stopped(home, number, kernels):
    path = os.pathsep.join([str(find_project()), str(Path(__file__).parent)])
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(home), kernels],
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    wait_until(lambda: list(home.glob("begun-900001-*")))
    # the run, the worker and the kernel; the fork server, which these are forked from
    assert len(list_marked(home)) == (4 if kernels == "direct" else 3)
    os.killpg(run.pid, number)  # as a terminal sends it
    run.wait(LONG)
    run.stdout.close()
    wait_until(lambda: not list_marked(home), f"left: {list_marked(home)}")
    assert not list_scratch_of(run.pid)


# Seams


def test_a_process_with_other_threads_does_not_fork(monkeypatch):
    monkeypatch.setattr(fork_server, "preload", lambda find_rehearsal, pages: None)
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="somebody-elses")
    thread.start()
    try:
        assert "somebody-elses" in fork_server._try_preload(lambda: None, pages=True)
    finally:
        done.set()
        thread.join()


@pytest.mark.slow
def test_a_process_that_holds_a_file_open_does_not_fork(monkeypatch, tmp_path):
    monkeypatch.setattr(fork_server, "preload", lambda find_rehearsal, pages: None)
    monkeypatch.setattr(fork_server, "list_threads", lambda: ())
    path = tmp_path / "read-by-two"
    path.write_text("a file")
    with path.open():
        assert "read-by-two" in fork_server._try_preload(lambda: None, pages=True)
    assert "read-by-two" not in fork_server._try_preload(lambda: None, pages=True)


@pytest.mark.kernel
def test_where_preloading_fails_kernels_start_cold_and_it_is_said(home):
    jobs = write_small_jobs(home, 1)
    missing = home / "no-such-notebook.ipynb"
    said: list[str] = []
    with open_executor(Choice("processes", 1, "", "direct"), Rehearsal(missing, {}, home), said.append) as executor:
        (outcome,) = executor.run(jobs)
    assert outcome.problem == ""
    assert len(said) == 1 and "start cold" in said[0] and "no-such-notebook" in said[0]


def test_that_kernels_start_cold_is_said_once_however_many_workers_do(monkeypatch):
    def fail():
        raise NoForkServer("no such notebook")

    said: list[str] = []
    monkeypatch.setattr(processes, "StartedWorker", lambda: "a cold one")
    server = SimpleNamespace(address="", is_stopped=False, wait_until_ready=fail)  # stands in for a real one
    start_worker = ForkedWorkers(server, said.append)
    assert [start_worker() for _ in range(3)] == ["a cold one"] * 3
    assert len(said) == 1 and "start cold" in said[0] and "no such notebook" in said[0]


@pytest.mark.kernel
def test_a_run_that_is_stopped_while_it_preloads_need_not_wait_for_it(home):
    process = ForkServerProcess()
    process.start()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(process.wait_until_ready)
        wait_until(lambda: process._lock.locked())
        process.stop()
        with pytest.raises(NoForkServer):
            waiting.result(LONG)


def test_a_run_that_is_stopped_while_it_preloads_does_not_say_that_kernels_start_cold():
    def end():
        server.is_stopped = True
        raise NoForkServer("it ended before it was ready")

    said: list[str] = []
    server = SimpleNamespace(address="", is_stopped=False, wait_until_ready=end)  # stands in for one that is killed
    with pytest.raises(NoForkServer):
        ForkedWorkers(server, said.append)()
    assert said == []


@pytest.mark.kernel
def test_a_fork_server_begun_early_serves_when_it_is_told_of_a_rehearsal_and_ends_where_it_never_is(home):
    jobs, choice, said = write_small_jobs(home, 1), Choice("processes", 1, "", "direct"), []
    with begin_executor(choice) as begun, open_executor(choice, None, said.append, begun) as executor:
        (outcome,) = executor.run(jobs)
        assert begun.wait_until_ready() and outcome.problem == "" and said == []
    with begin_executor(choice) as untold:
        assert untold.scratch.is_dir()
    assert not begun.scratch.exists() and not untold.scratch.exists()


@pytest.mark.slow
def test_scratch_of_a_killed_run_is_removed_by_the_next_and_that_of_a_living_one_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine, dead = make_scratch(), make_scratch()
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    (dead / "owner").write_text(str(process.pid), encoding="utf-8")
    clear_scratch()
    assert mine.is_dir() and not dead.exists()


@pytest.mark.slow
def test_what_a_killed_process_leaves_of_its_kernels_sockets_goes_with_the_next_run(tmp_path):
    job = ReportJob(900001, "A", tmp_path / "notebook.ipynb", {"urn": 900001}, tmp_path, tmp_path / "x", "small")
    environment = dict(os.environ)
    with notebooks._kernel_environment(job) as sockets:
        assert os.environ["JUPYTER_RUNTIME_DIR"] == str(sockets)
        clear_scratch()
        assert sockets.is_dir()  # who owns it lives
        process = subprocess.Popen([sys.executable, "-c", ""])
        process.wait()
        (sockets / "owner").write_text(str(process.pid), encoding="utf-8")
        clear_scratch()
        assert not sockets.exists()
    assert dict(os.environ) == environment
