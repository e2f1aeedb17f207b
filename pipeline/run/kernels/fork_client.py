"""The client of the fork server: starts it, waits for it, asks it for kernels and workers, and stops it."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from pipeline.run.kernels.launching import KernelRequest
from pipeline.run.kernels.preload import Rehearsal, describe_environment

MODULE = "pipeline.run.executors.fork_server"  # what is started, by which it is known among processes
ADDRESS = "SCHOOL_REPORTS_FORK_SERVER"  # the environment variable that holds the fork server's socket
SCRATCH = "school-reports-"  # what a scratch folder's name begins with
LONGEST_FOLDER = 60  # characters: the system allows some 100 for a socket's whole path
_READY_SECONDS = 180
_STOP_SECONDS = 10


class NoForkServer(Exception):
    """The fork server cannot be used; its text says why."""


def can_fork() -> bool:
    """Whether this system has what a fork server needs: fork, and a way to watch what was forked."""
    return hasattr(os, "fork") and hasattr(os, "pidfd_open") and sys.platform == "linux"


class ForkServerProcess:
    """The fork server, as whoever starts it has it. One thread at a time may use an instance."""

    def __init__(self, rehearsal: Rehearsal | None = None, *, pages: bool = True) -> None:
        """Without ``pages`` it forks kernels alone, and has less to preload: pages are made elsewhere."""
        self._rehearsal, self._pages = rehearsal, pages
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self.is_stopped = False
        self.scratch = Path()
        self.address = ""

    def start(self) -> None:
        """Start it, and let it preload; returns at once."""
        self.begin()
        self.rehearse(self._rehearsal)

    def begin(self) -> None:
        """Start it, and let it import what it needs until it is told of a rehearsal; returns at once."""
        clear_scratch()
        self.scratch = make_scratch()
        self.address = str(self.scratch / "server")
        self._is_ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=describe_environment(**{ADDRESS: self.address, "TMPDIR": str(self.scratch)}),
            start_new_session=True,  # Ctrl-C is for whoever started it, who then ends it
        )
        self._tell({"address": self.address, "scratch": str(self.scratch), "pages": self._pages})

    def rehearse(self, rehearsal: Rehearsal | None) -> None:
        """Have it go through ``rehearsal``, if there is one, and be ready; returns at once."""
        self._rehearsal = rehearsal
        self._tell(rehearsal.describe() if rehearsal else None)

    def _tell(self, words: object) -> None:
        assert self._process is not None and self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended at once: waiting for it says why
            self._process.stdin.write(json.dumps(words).encode() + b"\n")
            self._process.stdin.flush()

    def wait_until_ready(self) -> str:
        """Wait until it has preloaded and give its address; raises NoForkServer where it cannot be used."""
        with self._lock:
            if not self._is_ready:
                self._hear()
                self._is_ready = True
            return self.address

    def _hear(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        alarm = threading.Timer(_READY_SECONDS, self._process.kill)
        alarm.daemon = True
        alarm.start()
        try:
            said = self._process.stdout.readline()
        finally:
            alarm.cancel()
        fault = json.loads(said)["fault"] if said else "it ended before it was ready"
        if fault:
            raise NoForkServer(fault)

    def restart(self, address: str) -> None:
        """Start another in its place, unless somebody did so since it was known by ``address``."""
        with self._lock:
            if self.address != address:
                return
            self._end()
            self.start()

    def stop(self) -> None:
        """End it and all it forked; its scratch folder goes with it."""
        self.is_stopped = True
        process = self._process
        if process is not None and not self._is_ready:
            process.kill()  # while it imports it hears nothing, and whoever waits for it must not wait on
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._process is None:
            return
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._process = None
        shutil.rmtree(self.scratch, ignore_errors=True)


def make_scratch() -> Path:
    """Make a folder that only we may enter, for sockets and other things of a run; its path is short."""
    folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=_find_temporary()))
    (folder / "owner").write_text(str(os.getpid()), encoding="utf-8")
    return folder


def _find_temporary() -> Path:
    base = Path(tempfile.gettempdir())
    return Path("/tmp") if len(str(base)) > LONGEST_FOLDER and Path("/tmp").is_dir() else base


def clear_scratch() -> None:
    """Remove scratch folders of ours whose owner, and whose fork server, were killed before they could."""
    for folder in _find_temporary().glob(f"{SCRATCH}*"):
        with contextlib.suppress(OSError, ValueError):
            owner = int((folder / "owner").read_text(encoding="utf-8"))
            if not _is_alive(owner):
                shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class ForkedKernel:
    """A kernel forked for us, spoken of as Jupyter speaks of a process it started itself.

    ``returncode`` is None while it runs, then its exit code, or the negative number of the signal that killed it.
    ``used`` then holds the processor time it took (``seconds``) and the most memory it held (``peak_bytes``).
    """

    stdin = stdout = stderr = None

    def __init__(self, address: str, request: KernelRequest) -> None:
        self._asked = ask(address, request)
        self._words = self._asked.makefile("rb")
        said = self._words.readline()
        if not said:
            self._asked.close()
            raise ConnectionResetError("the fork server ended")
        self.pid: int = json.loads(said)["pid"]
        self.returncode: int | None = None
        self.used: dict[str, float] = {}

    def fileno(self) -> int:
        """The descriptor that is readable when it has ended."""
        return self._asked.fileno()

    def poll(self) -> int | None:
        """Whether it ended, and how; without waiting."""
        return self.wait(0.0)

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end, at most ``timeout`` seconds; gives ``returncode``."""
        if self.returncode is None:
            from multiprocessing.connection import wait

            if wait([self._asked], timeout):
                said = self._words.readline()
                # nothing said: the fork server was killed, and its kernels with it
                self.used = json.loads(said) if said else {"status": -signal.SIGKILL}
                self.returncode = int(self.used.pop("status"))
                self._words.close()
                self._asked.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to it and to all it started."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def ask(address: str, request: object) -> socket.socket:
    """Send ``request`` to the fork server at ``address``; raises OSError where it is gone."""
    asked = socket.socket(socket.AF_UNIX)
    try:
        asked.connect(address)
        asked.sendall(pickle.dumps(request))
    except OSError:
        asked.close()
        raise
    return asked
