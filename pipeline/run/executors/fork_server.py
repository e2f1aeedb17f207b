"""The fork server: it preloads everything once, then forks kernels and workers for its clients.

Started as ``python -m pipeline.run.executors.fork_server``. Its standard input gives it two lines of JSON: where it is
to be found, and the rehearsal or null, for which it waits when it has imported what it needs. It says on its standard
output, in one JSON line, whether it is ready. Its standard input is its life: when whoever started it is gone, it is
closed, and every process forked here is killed and the scratch folder removed before it ends.

A request comes on a connection to its socket, pickled. A kernel's connection stays open: first its process id is said,
then how it ended and what it used; closing it from the other side kills the kernel. A worker speaks on its connection
itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import selectors
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from pipeline.run.kernels.launching import KernelRequest, die_with_parent, run_kernel
from pipeline.run.kernels.preload import Rehearsal, list_shared_files, list_threads, preload

WORKER = "worker"  # the request of one
_PATIENCE = 10.0  # seconds for a request that has begun to arrive whole


@dataclass
class _Kernel:
    """A forked kernel: its process, its watch, and the connection on which its end is awaited."""

    pid: int
    watch: int
    asked: socket.socket


class ForkServer:
    """Forks on request. One thread, no request waits for another: a fork takes some milliseconds."""

    def __init__(self, listener: socket.socket, life: BinaryIO) -> None:
        self._listener, self._life = listener, life
        self._selector = selectors.DefaultSelector()
        self._kernels: dict[int, _Kernel] = {}
        self._workers: dict[int, int] = {}  # process → its watch

    def serve(self) -> None:
        """Answer until the life line is closed; then kill what was forked."""
        self._selector.register(self._life, selectors.EVENT_READ, self._end)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        try:
            while True:
                for key, _ in self._selector.select():
                    if self._selector.get_map().get(key.fd) is key:  # an earlier event may have let go of it
                        key.data()
        except SystemExit:
            pass
        finally:
            for pid in [*self._kernels, *self._workers]:
                _kill(pid)

    def _end(self) -> None:
        if not os.read(self._life.fileno(), 4096):
            raise SystemExit

    def _accept(self) -> None:
        asked, _ = self._listener.accept()
        try:
            asked.settimeout(_PATIENCE)
            with asked.makefile("rb") as stream:
                request = pickle.load(stream)
            asked.settimeout(None)
        except (EOFError, OSError, pickle.UnpicklingError):
            asked.close()
            return
        if request == WORKER:
            self._fork_worker(asked)
        else:
            self._fork_kernel(asked, request)

    def _fork_worker(self, asked: socket.socket) -> None:
        pid = os.fork()
        if pid == 0:
            self._live(asked, _work, asked)
        watch = os.pidfd_open(pid)
        self._workers[pid] = watch
        self._selector.register(watch, selectors.EVENT_READ, lambda: self._bury_worker(pid))
        asked.close()

    def _bury_worker(self, pid: int) -> None:
        watch = self._workers.pop(pid)
        self._selector.unregister(watch)
        os.close(watch)
        os.waitpid(pid, 0)

    def _fork_kernel(self, asked: socket.socket, request: KernelRequest) -> None:
        pid = os.fork()
        if pid == 0:
            self._live(None, run_kernel, request)
        kernel = self._kernels[pid] = _Kernel(pid, os.pidfd_open(pid), asked)
        self._selector.register(kernel.watch, selectors.EVENT_READ, lambda: self._bury_kernel(kernel))
        self._selector.register(asked, selectors.EVENT_READ, lambda: self._let_go(kernel))
        _say(asked, {"pid": pid})

    def _let_go(self, kernel: _Kernel) -> None:
        """Whoever asked for the kernel is gone, or wants no more of it."""
        self._selector.unregister(kernel.asked)
        _kill(kernel.pid)

    def _bury_kernel(self, kernel: _Kernel) -> None:
        _kill(kernel.pid)  # what a cell started and left behind goes with its kernel
        _, status, used = os.wait4(kernel.pid, 0)
        self._selector.unregister(kernel.watch)
        with contextlib.suppress(KeyError):
            self._selector.unregister(kernel.asked)
        end = {
            "status": os.waitstatus_to_exitcode(status),
            "seconds": used.ru_utime + used.ru_stime,
            "peak_bytes": used.ru_maxrss * 1024,  # Linux counts it in kilobytes
        }
        _say(kernel.asked, end)
        os.close(kernel.watch)
        kernel.asked.close()
        del self._kernels[kernel.pid]

    def _live(self, own: socket.socket | None, live: Any, *given: Any) -> None:
        """Be the forked process: leave the server's own behind, live, and end without unwinding into the server."""
        code = 1
        try:
            parent = os.getppid()
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            die_with_parent(parent)
            self._selector.close()
            self._listener.close()
            for kernel in self._kernels.values():
                os.close(kernel.watch)
                kernel.asked.close()
            for watch in self._workers.values():
                os.close(watch)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the life line is the server's
            live(*given)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)


def _kill(pid: int) -> None:
    """Kill the process and all it started: each forked process leads a group of its own."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)


def _say(asked: socket.socket, words: dict[str, float]) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        asked.sendall(json.dumps(words).encode() + b"\n")


def _work(asked: socket.socket) -> None:
    from pipeline.run.executors.working import serve_jobs
    from pipeline.run.kernels.direct import forget_direct_kernel

    forget_direct_kernel()
    with asked.makefile("rb") as jobs, asked.makefile("wb") as outcomes:
        serve_jobs(jobs, outcomes)


def main() -> int:
    """Preload as told, say so, and serve; returns an exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told = json.loads(sys.stdin.buffer.readline())
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(told["address"])
            listener.listen(64)  # who asks meanwhile waits until it is ready
            fault = _try_preload(_hear_rehearsal, pages=told["pages"])
            with contextlib.suppress(
                BrokenPipeError
            ):  # whoever started this ended meanwhile: its input says so at once
                os.write(1, json.dumps({"fault": fault}).encode() + b"\n")
            if not fault:
                ForkServer(listener, sys.stdin.buffer).serve()
    finally:
        shutil.rmtree(told["scratch"], ignore_errors=True)
    return 1 if fault else 0


def _hear_rehearsal() -> Rehearsal | None:
    """The rehearsal, when whoever started this knows it; where they end before they do, this ends."""
    line = sys.stdin.buffer.readline()
    if not line:
        raise SystemExit
    described = json.loads(line)
    return Rehearsal.read(described) if described else None


def _try_preload(find_rehearsal: Callable[[], Rehearsal | None], *, pages: bool) -> str:
    """Preload; gives why this process cannot be used, or nothing."""
    try:
        preload(find_rehearsal, pages=pages)
    except Exception as error:  # whatever is wrong shows itself, better told, in the reports
        return f"{type(error).__name__}: {error}".splitlines()[0]
    if threads := list_threads():
        return f"it has other threads, so it cannot fork: {', '.join(threads)}"
    if files := list_shared_files():
        return f"forked processes would share files it holds open: {', '.join(files)}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
