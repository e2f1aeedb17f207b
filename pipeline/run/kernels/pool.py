"""Where a system cannot fork: a pool of kernels, started ahead of need, that have preloaded everything and wait.

Each is used once. They cost what a cold kernel costs, but nobody waits for it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import subprocess
import sys
from collections import deque

from pipeline.run.kernels.launching import KernelRequest, die_with_parent, run_kernel
from pipeline.run.kernels.preload import describe_environment, preload


class KernelPool:
    """Keeps ``ready`` kernels waiting. Used by one thread of one process."""

    def __init__(self, ready: int = 1) -> None:
        self._ready = ready
        self._waiting: deque[subprocess.Popen[bytes]] = deque()
        atexit.register(self.stop)

    def take(self, request: KernelRequest) -> subprocess.Popen[bytes]:
        """Let one that waits be the kernel that ``request`` describes, and start the next."""
        self._fill(1)
        kernel = self._waiting.popleft()
        assert kernel.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it died waiting: its exit code says so when it is polled
            kernel.stdin.write(pickle.dumps(request))
            kernel.stdin.close()
        kernel.stdin = None
        self._fill(self._ready)
        return kernel

    def _fill(self, wanted: int) -> None:
        self._waiting = deque(one for one in self._waiting if one.poll() is None)
        while len(self._waiting) < wanted:
            owner = str(os.getpid())
            self._waiting.append(
                subprocess.Popen(
                    [sys.executable, "-m", "pipeline.run.kernels.pool", owner],
                    stdin=subprocess.PIPE,
                    env=describe_environment(JPY_PARENT_PID=owner),  # by which a kernel notices that its owner is gone
                    start_new_session=os.name != "nt",
                )
            )

    def stop(self) -> None:
        """End those nobody took."""
        for kernel in self._waiting:
            kernel.kill()
            kernel.wait()
            if kernel.stdin is not None:
                kernel.stdin.close()
        self._waiting.clear()
        atexit.unregister(self.stop)


def main() -> None:
    """Preload, wait to be needed, be the kernel."""
    die_with_parent(int(sys.argv[1]))
    preload(None)
    try:
        request = pickle.load(sys.stdin.buffer)
    except EOFError:
        return
    run_kernel(request)


if __name__ == "__main__":
    main()
