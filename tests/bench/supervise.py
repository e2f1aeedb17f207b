"""Runs one command and accounts for every process that comes of it, also those that outlive their parents.

``python -m tests.bench.supervise COST COMMAND…`` writes a Cost to the file COST. It is a program of its own because it
takes in orphans (``PR_SET_CHILD_SUBREAPER``) and waits for every child it has: nobody else's children may be among
them. What a process and the children it waited for used comes with its end, from the kernel, to the tick. A process
whose parent does not wait for it (SIGCHLD ignored) would be missed; so the processes are looked at all the while too,
and ``seen_core_seconds`` says what was seen of them.
"""

from __future__ import annotations

import ctypes
import os
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from pipeline.run.kernels.fork_client import MODULE as FORK_SERVER
from tests.bench.results import Cost

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
LOOK_EVERY = 0.1  # seconds
WEIGH_EVERY = 5  # looks: adding up a process's pages costs milliseconds
PACE_EVERY = 1.0  # seconds
PATIENCE = 20.0  # seconds for what outlives the command to end by itself
MIB = 1024 * 1024


def supervise(command: list[str]) -> Cost:
    """Run the command to its end, and all that comes of it, and give what it cost. Works on Linux alone."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    pace = Pace()
    started = time.monotonic()
    first = subprocess.Popen(command)
    watch = Watch(first.pid)
    watch.start()
    pace.start()
    used, exit_code, wall = _wait_for_all(first, started)
    watch.stop()
    pace.stop()
    used += (killed := _end_what_is_left())[1]
    return Cost(
        core_seconds=used,
        wall_seconds=wall,
        seen_core_seconds=watch.seen(),
        by_role=watch.sum_by_role(),
        parent_peak_mib=watch.peak("command", "resident"),
        kernel_peak_mib=watch.peak("kernel", "share"),
        kernel_resident_mib=watch.peak("kernel", "resident"),
        all_peak_mib=watch.all_together,
        pace_seconds=pace.find_mean(),
        left_over=killed[0],
        exit_code=exit_code,
    )


def _wait_for_all(first: subprocess.Popen, started: float) -> tuple[float, int, float]:
    """Wait for the command and for what it leaves behind: core-seconds, the command's exit code and wall seconds."""
    used, exit_code, wall, give_up = 0.0, 0, 0.0, float("inf")
    while time.monotonic() < give_up:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if not pid:
            time.sleep(0.01)
            continue
        used += usage.ru_utime + usage.ru_stime
        if pid == first.pid:
            exit_code = first.returncode = os.waitstatus_to_exitcode(status)
            wall = time.monotonic() - started
            give_up = time.monotonic() + PATIENCE
    return used, exit_code, wall


def _end_what_is_left() -> tuple[int, float]:
    """Kill what did not end by itself: how many, and the core-seconds they had used."""
    left = psutil.Process().children(recursive=True)
    for one in left:
        one.kill()
    used = 0.0
    while True:
        try:
            usage = os.wait4(-1, 0)[2]
        except ChildProcessError:
            return len(left), used
        used += usage.ru_utime + usage.ru_stime


@dataclass
class Seen:
    """What was last seen of one process. Memory in MiB: ``share`` counts a page that n share as a n-th."""

    role: str
    core_seconds: float = 0.0
    of_ended: float = 0.0  # core-seconds of its children that ended, of the fork server
    resident: float = 0.0
    share: float = 0.0


@dataclass
class Watch:
    """Looks at all that descends from this program, again and again, in a thread."""

    command: int
    processes: dict[int, Seen] = field(default_factory=dict)
    all_together: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def seen(self, role: str | None = None) -> float:
        """Core-seconds seen of the processes in that role, each without its children; of all where none is given."""
        return sum(one.core_seconds for one in self.processes.values() if role is None or role == one.role)

    def sum_by_role(self) -> dict[str, float]:
        """Core-seconds seen in each role; a forked kernel may end unseen, but the fork server knows what it used."""
        found = {role: self.seen(role) for role in sorted({one.role for one in self.processes.values()}) if role}
        forked = sum(one.of_ended for one in self.processes.values())
        return found | ({"kernel": forked} if forked else {})

    def peak(self, role: str, memory: str) -> float:
        """The most memory, in MiB, of any one process in that role."""
        return max((getattr(one, memory) for one in self.processes.values() if one.role == role), default=0.0)

    def _look_on(self) -> None:
        looks = 0
        while not self._over.wait(LOOK_EVERY):
            self._look(weigh=looks % WEIGH_EVERY == 0)
            looks += 1

    def _look(self, *, weigh: bool) -> None:
        shares, working, warm = 0.0, False, []
        for found in psutil.Process().children(recursive=True):
            try:
                times, peak, role = found.cpu_times(), _read_peak(found.pid), self._name_role(found)
                share = found.memory_full_info().pss / MIB if weigh and role else 0.0
            except (psutil.Error, OSError):
                continue  # it has ended meanwhile
            one = self.processes.setdefault(found.pid, Seen(role))
            one.role = role or one.role
            one.core_seconds = times.user + times.system
            one.resident, one.share = max(one.resident, peak), max(one.share, share)
            shares += share
            working |= role == "worker"
            warm += [(one, times.children_user + times.children_system)] if role == "warm" else []
        self.all_together = max(self.all_together, shares)
        for one, ended in warm:  # once its workers end they are among its children too
            one.of_ended = ended if working else one.of_ended

    def _name_role(self, found: psutil.Process) -> str:
        """What the process is there for; empty where it has ended and waits to be waited for."""
        words = " ".join(found.cmdline())
        if found.pid == self.command or not words:
            return "command" if words else ""
        if "ipykernel" in words:
            return "kernel"
        if FORK_SERVER in words:
            parent = found.parent()
            if parent is None or FORK_SERVER not in " ".join(parent.cmdline()):
                return "warm"
            # forked from the fork server: a kernel speaks elsewhere than it, a worker does not
            return "worker" if _find_output(found.pid) == _find_output(parent.pid) else "kernel"
        return "worker" if "multiprocessing" in words or "executors.working" in words else "other"


class Pace:
    """How fast the machine is all the while: what a small piece of work costs, done again and again in a thread.

    Like a report's it is Python going through many objects, more than a core's own cache holds.
    """

    def __init__(self) -> None:
        self._objects = [f"{number:x}" for number in range(200_000)]
        random.Random(0).shuffle(self._objects)
        self._costs: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def find_mean(self) -> float:
        """Core-seconds of one piece of work, on average."""
        return sum(self._costs) / len(self._costs)

    def _go_on(self) -> None:
        self._work()
        while not self._over.wait(PACE_EVERY):
            self._work()

    def _work(self) -> None:
        before = time.thread_time()
        sum(len(text) for text in self._objects)
        self._costs.append(time.thread_time() - before)


def _find_output(pid: int) -> str:
    return str(Path(f"/proc/{pid}/fd/1").readlink())


def _read_peak(pid: int) -> float:
    """The most memory the process has had resident so far, in MiB: the system keeps the mark itself."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(supervise(sys.argv[2:]).model_dump_json(), encoding="utf-8")
