"""Whatever is killed, whenever: no half-written file is ever in place, and the next run ends as if nothing was.

Real processes, kernels and signals. ``SCHOOL_REPORTS_KILLS`` says how many runs of small reports are disturbed (50 and
more for a long look), ``SCHOOL_REPORTS_WHOLE_KILLS`` how many of the whole command on some schools of the sample.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from pipeline.foundation.paths import find_project
from pipeline.run.kernels.fork_client import MODULE as FORK_SERVER

pytestmark = pytest.mark.kernel

KILLS = int(os.environ.get("SCHOOL_REPORTS_KILLS", "5"))  # each victim once
WHOLE_KILLS = int(os.environ.get("SCHOOL_REPORTS_WHOLE_KILLS", "1"))  # the run; the others below it are the same
SCHOOLS = (900001, 900002, 900003)
DASK_WORKER = "Dask worker"
VICTIMS = ("run", "fork server", "worker", "kernel", DASK_WORKER)
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
    for urn in SCHOOLS:
        place = folder / "schools" / str(urn)
        for name in ("report.html", "report.pdf", "facts.json", "notebook.ipynb", "made.json"):
            try:
                yield f"{urn}/{name}", (place / name).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue


@dataclass(frozen=True)
class Desk:
    """Where runs are started, and how. ``command`` gives the words for an executor."""

    home: Path
    folder: Path
    command: Callable[[str], list[str]]

    def start(self, executor: str = "processes") -> psutil.Popen:
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

    def measure(self) -> tuple[dict[str, bytes], float]:
        """What an undisturbed run makes, and how many seconds it takes."""
        began = time.monotonic()
        assert self.start().wait(LONG) == 0
        return dict(read_reports(self.folder)), time.monotonic() - began


def test_any_process_of_a_run_may_be_killed_at_any_moment(tmp_path):
    script = Path(__file__).with_name("small_run.py")
    disturb(Desk(tmp_path, tmp_path / "reports" / "small", lambda kind: [str(script), str(tmp_path), kind]), KILLS)


def test_any_process_of_the_whole_command_may_be_killed_at_any_moment(prepared_sample, tmp_path):
    shutil.copytree(prepared_sample, tmp_path, dirs_exist_ok=True)
    words = ["-m", "pipeline", "reports", "sample", *(word for urn in SCHOOLS for word in ("--urn", str(urn)))]
    folder = tmp_path / "reports" / "sample"
    disturb(Desk(tmp_path, folder, lambda kind: [*words, "--workers", "2", "--executor", kind]), WHOLE_KILLS)


def disturb(desk: Desk, kills: int) -> None:
    right, seconds = desk.measure()
    assert len(right) == 5 * len(SCHOOLS)
    moments = random.Random(20251101)
    killed = dict.fromkeys(VICTIMS, 0)
    for number in range(kills):
        victim = VICTIMS[number % len(VICTIMS)]
        desk.clear()
        watch = Watch(desk.folder, right)
        watch.start()
        started = time.monotonic()
        run = desk.start("dask" if victim == DASK_WORKER else "processes")
        hit = kill(run, victim, moments.uniform(0.05, 0.95) * seconds)
        killed[victim] += hit
        run.wait(LONG)
        if not hit:  # the machine is quicker than when it was measured
            seconds = min(seconds, time.monotonic() - started)
        wait_until_gone(desk.home)
        assert desk.start().wait(LONG) == 0, f"after {victim} was killed"
        watch.end()
        assert watch.seen and not watch.wrong, (victim, watch.wrong[:5])
        assert dict(read_reports(desk.folder)) == right, victim
        assert not list((desk.folder / "schools").glob(".*"))  # nothing half-made lies about
    print(f"killed: {killed}")
    assert sum(killed.values()) >= kills / 3, killed  # some moments come after the end of what was to be killed
    assert kills < 4 * len(VICTIMS) or all(killed.values()), killed


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
