"""How a process that has everything imported becomes the kernel of one notebook, or dies with what it was made for."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.run.kernels import showing

#: Log lines would be outputs; a history file is a database that every kernel would open; what C code prints is kept
#: from the report as it is from a terminal.
TRIMMED = (
    "--Application.log_level=CRITICAL",
    "--HistoryManager.enabled=False",
    "--IPKernelApp.capture_fd_output=False",
)
#: What a direct kernel is told: what the kernelspec says too, and these.
OF_DIRECT = (f"--IPKernelApp.extra_extensions={showing.__name__}", *TRIMMED)
MEMORY = "SCHOOL_REPORTS_KERNEL_MEMORY"  # bytes
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class KernelRequest:
    """What a kernel needs to know: its command-line arguments, its environment, its folder, where its words go."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: str | None = None
    memory_bytes: int | None = None  # the most it may take for itself
    said: str | None = None  # the file that takes what the process itself writes, such as why it crashed
    line: str | None = None  # where the client of a direct kernel listens; None: any client of Jupyter's may connect


def read_memory_limit() -> int | None:
    """The most that a kernel may take for itself, in bytes, as the environment says; None where it does not."""
    most = os.environ.get(MEMORY, "")
    return int(most) if most.isdigit() else None


def run_kernel(request: KernelRequest) -> None:
    """Turn this process into the kernel that ``request`` describes; returns when the kernel is told to stop."""
    os.environ.clear()
    os.environ.update(request.environment)
    os.environ["SCHOOL_REPORTS_KERNEL"] = "1"
    if request.folder:
        os.chdir(request.folder)
    sys.argv = ["ipykernel_launcher", *request.arguments]
    _speak_into(request.said)
    _limit_memory(request.memory_bytes)
    if request.line is not None:
        from pipeline.run.kernels.direct import run_direct_kernel

        run_direct_kernel(request.arguments, request.line)
        return
    from pipeline.run.kernels.application import KernelApplication
    from pipeline.run.kernels.direct import forget_direct_kernel

    forget_direct_kernel()
    application = KernelApplication.instance()
    application.initialize(list(request.arguments))
    application.start()


def _speak_into(file: str | None) -> None:
    """Read nothing, and write what is not a cell's output into ``file``; a crash leaves its stack there."""
    import faulthandler

    nothing = os.open(os.devnull, os.O_RDWR)
    words = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if file else nothing
    os.dup2(nothing, 0)
    os.dup2(words, 1)
    os.dup2(words, 2)
    faulthandler.enable(file=2)


def _limit_memory(most: int | None) -> None:
    """Let a cell that asks for more than ``most`` bytes meet MemoryError, rather than the machine run out."""
    if most is None or sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def die_with_parent(parent: int) -> None:
    """Have the system kill this process as soon as its parent, whose id is ``parent``, is gone. Linux only."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before we asked
        os._exit(1)
