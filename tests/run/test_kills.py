"""Whatever is killed, whenever: no half-written file is ever in place, and the next run ends as if nothing was.

Real processes, kernels and signals. ``SCHOOL_REPORTS_KILLS`` says how many runs of small reports are disturbed in each
way (10 and more for a long look), ``SCHOOL_REPORTS_WHOLE_KILLS`` how many of the whole command on schools of the
sample. What an undisturbed run makes, and what the next one does, is seen in this process.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from small_run import run_small

from pipeline.cli.verbs import app
from pipeline.foundation.paths import find_project
from pipeline.run import executors
from pipeline.run.kernels.fork_client import MODULE as FORK_SERVER
from pipeline.run.making.schools import MAKING
from tests.conftest import PRIMARY, SECONDARY

pytestmark = pytest.mark.kernel

KILLS = int(os.environ.get("SCHOOL_REPORTS_KILLS", "1"))
WHOLE_KILLS = int(os.environ.get("SCHOOL_REPORTS_WHOLE_KILLS", "1"))
MISSED = 5  # runs that may be over before anything is killed
DASK_WORKER = "Dask worker"
LONG = 600


@dataclass
class Tree:
    """The processes of a run, as they are now."""

    run: psutil.Process

    def find(self, victim: str) -> psutil.Process | None:
        """One process of the kind; None where there is none at the moment."""
        if victim == "run":
            return self.run
        if victim == DASK_WORKER:
            begun = [p for p in self.run.children() if any("multiprocessing" in word for word in p.cmdline())]
            return next((p for p in begun if not any("resource_tracker" in word for word in p.cmdline())), None)
        servers = [p for p in self.run.children() if any(FORK_SERVER in word for word in p.cmdline())]
        if not servers or victim == "fork server":
            return servers[0] if servers else None
        forked = servers[0].children()
        chosen = [process for process in forked if is_kernel(process) == (victim == "kernel")]
        return chosen[0] if chosen else None


def is_kernel(process: psutil.Process) -> bool:
    """A kernel writes what it says into its own file; a worker speaks where the run does."""
    return process.num_fds() > 0 and any("kernel.said" in opened.path for opened in process.open_files())


class Watch(threading.Thread):
    """Looks at the reports again and again: whatever file is there must be whole and right."""

    def __init__(self, folder: Path, right: dict[str, bytes]) -> None:
        super().__init__(daemon=True)
        self.folder, self.right = folder, right
        self.wrong: list[str] = []
        self.seen = 0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.01):
            for name, content in read_reports(self.folder):
                self.seen += 1
                if content != self.right.get(name):
                    self.wrong.append(name)

    def end(self) -> None:
        self._over.set()
        self.join()


def read_reports(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the reports in place: name → content. One that is replaced meanwhile is read before or after."""
    for place in sorted((folder / "schools").glob("[0-9]*")):
        for name in ("report.html", "report.pdf", "facts.json", "notebook.ipynb", "made.json"):
            try:
                yield f"{place.name}/{name}", (place / name).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue


@dataclass(frozen=True)
class Desk:
    """Where runs are started, and how: ``command`` gives the words for an executor, ``make`` makes a run right here."""

    home: Path
    folder: Path
    command: Callable[[str], list[str]]
    make: Callable[[], int]
    holds: Sequence[Path] = ()  # files that keep a run from its end until all victims are killed

    def start(self, executor: str) -> psutil.Popen:
        path = os.pathsep.join([str(find_project()), str(Path(__file__).parent)])
        return psutil.Popen(
            [sys.executable, *self.command(executor)],
            env={**os.environ, "SCHOOL_REPORTS_HOME": str(self.home), "PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def clear(self) -> None:
        shutil.rmtree(self.folder / "schools", ignore_errors=True)


@pytest.fixture(autouse=True)
def next_run(kept_fork_server, monkeypatch):
    """Runs in this process fork from the session's server."""
    monkeypatch.delenv("SCHOOL_REPORTS_KERNELS", raising=False)
    monkeypatch.setattr(executors, "_start_fork_server", kept_fork_server.lend)


@pytest.mark.parametrize(
    "victims",
    [
        ("kernel", "worker", "run"),
        pytest.param(("fork server",), marks=pytest.mark.long),  # as in test_forked_kernels
        pytest.param((DASK_WORKER,), marks=pytest.mark.long),  # as in test_dask
        pytest.param(("run",), marks=pytest.mark.long),
    ],
    ids=" and ".join,
)
def test_any_process_of_a_run_may_be_killed_at_any_moment(tmp_path, victims):
    script = Path(__file__).with_name("small_run.py")
    desk = Desk(
        tmp_path,
        tmp_path / "reports" / "small",
        lambda kind: [str(script), str(tmp_path), kind],
        lambda: run_small(tmp_path),
        [tmp_path / f"hold-{urn}" for urn in (900002, 900003)] if len(victims) > 1 else [],
    )
    assert desk.make() == 0
    disturb(desk, victims, schools=3, kills=KILLS)


def test_the_whole_command_may_be_killed_at_any_moment(made_sample, tmp_path, monkeypatch):
    shutil.copytree(made_sample, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))
    words = ["reports", "sample", "--urn", str(PRIMARY), "--urn", str(SECONDARY), "--workers", "2", "--executor"]
    desk = Desk(
        tmp_path,
        tmp_path / "reports" / "sample",
        lambda kind: ["-m", "pipeline", *words, kind],
        lambda: app([*words, "processes"], standalone_mode=False) or 0,
    )
    disturb(desk, ("run",), schools=2, kills=WHOLE_KILLS)


def disturb(desk: Desk, victims: Sequence[str], schools: int, kills: int) -> None:
    """Kill the victims one after another, each at any moment since reports were begun, and let the next run go on."""
    right = dict(read_reports(desk.folder))
    assert len(right) == 5 * schools
    moments, seconds = random.Random(20251101), 1.0
    killed, runs = dict.fromkeys(victims, 0), 0
    # a moment that comes after the end of what was to be killed says nothing: where all did so far, there is another
    while runs < kills or (not any(killed.values()) and runs < kills + MISSED):
        runs += 1
        desk.clear()
        for hold in desk.holds:
            hold.touch()
        watch = Watch(desk.folder, right)
        watch.start()
        run = desk.start("dask" if DASK_WORKER in victims else "processes")
        wait_until_begun(run, desk.folder)
        for victim in victims:
            killed[victim] += kill(run, victim, moments.uniform(0, seconds / len(victims)))
        for hold in desk.holds:
            hold.unlink()
        run.wait(LONG)
        wait_until_gone(desk.home)
        assert desk.make() == 0, f"after {victims} were killed"
        watch.end()
        assert watch.seen and not watch.wrong, (victims, watch.wrong[:5])
        assert dict(read_reports(desk.folder)) == right, victims
        assert not list((desk.folder / "schools").glob(".*"))  # nothing half-made lies about
    print(f"killed: {killed}")
    assert sum(killed.values()) >= kills / 3, killed
    assert (kills < 4 and not desk.holds) or all(killed.values()), killed


def wait_until_begun(run: psutil.Popen, folder: Path) -> None:
    """Wait until a report is being made: before, there is nothing that could be left half-made."""
    while run.poll() is None and not list((folder / "schools").glob(f"{MAKING}*")):
        time.sleep(0.005)


def kill(run: psutil.Popen, victim: str, after: float) -> bool:
    """Kill the victim at the moment, or as soon after it as there is one; tell whether it was."""
    time.sleep(after)
    while run.poll() is None:
        try:
            found = Tree(psutil.Process(run.pid)).find(victim)
            if found is not None:
                found.kill()
                return True
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            pass
        time.sleep(0.01)
    return False


def wait_until_gone(home: Path) -> None:
    """No process of the killed run may stay: seconds, not minutes."""
    end = time.monotonic() + 60
    while True:
        left = [p for p in psutil.process_iter() if belongs(p, home)]
        if not left:
            return
        assert time.monotonic() < end, left
        time.sleep(0.02)


def belongs(process: psutil.Process, home: Path) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get("SCHOOL_REPORTS_HOME") == str(home)
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return False
