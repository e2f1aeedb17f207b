"""Whatever is killed, whenever: no half-written file is ever in place, and the next run ends as if nothing was.

Real runs of the command line on some schools of the sample. ``SCHOOL_REPORTS_KILLS`` says how many are disturbed.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from pipeline.paths import find_project

pytestmark = pytest.mark.kernel

KILLS = int(os.environ.get("SCHOOL_REPORTS_KILLS", "5"))
SCHOOLS = (900001, 900003, 900013)
DASK_WORKER = "Dask worker"
VICTIMS = ("run", "warm process", "worker", "kernel", DASK_WORKER)
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
        warm = [p for p in self.run.children() if any("kernels.warm" in word for word in p.cmdline())]
        if not warm or victim == "warm process":
            return warm[0] if warm else None
        forked = warm[0].children()
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
        while not self._over.wait(0.002):
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


def start(home: Path, executor: str = "processes") -> psutil.Popen:
    words = [word for urn in SCHOOLS for word in ("--urn", str(urn))] + ["--executor", executor]
    return psutil.Popen(
        [sys.executable, "-m", "pipeline", "reports", "sample", *words, "--workers", "2"],
        env={**os.environ, "SCHOOL_REPORTS_HOME": str(home), "PYTHONPATH": str(find_project())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.fixture
def undisturbed(desk) -> tuple[Path, dict[str, bytes], float]:
    """The workspace, prepared; what an undisturbed run makes; and how long it takes."""
    desk.copy_edition()
    began = time.monotonic()
    assert start(desk.root).wait(LONG) == 0  # prepares too
    began = time.monotonic()
    clear(desk.root)
    assert start(desk.root).wait(LONG) == 0
    folder = desk.root / "reports" / "sample"
    return folder, dict(read_reports(folder)), time.monotonic() - began


def clear(home: Path) -> None:
    import shutil

    shutil.rmtree(home / "reports" / "sample" / "schools")


def test_any_process_may_be_killed_at_any_moment(desk, undisturbed):
    folder, right, seconds = undisturbed
    assert len(right) == 5 * len(SCHOOLS)
    moments = random.Random(20251101)
    killed = dict.fromkeys(VICTIMS, 0)
    for number in range(KILLS):
        victim = VICTIMS[number % len(VICTIMS)]
        clear(desk.root)
        watch = Watch(folder, right)
        watch.start()
        run = start(desk.root, "dask" if victim == DASK_WORKER else "processes")
        killed[victim] += kill(run, victim, moments.uniform(0.05, 0.98) * seconds)
        run.wait(LONG)
        wait_until_gone(desk.root, run.pid)
        assert start(desk.root).wait(LONG) == 0, f"after {victim} was killed"
        watch.end()
        assert watch.seen and not watch.wrong, (victim, watch.wrong[:5])
        assert dict(read_reports(folder)) == right, victim
        assert not list((folder / "schools").glob(".*"))  # nothing half-made lies about
    print(killed)
    assert killed["run"], killed


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


def wait_until_gone(home: Path, run: int) -> None:
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
