"""A direct kernel: ipykernel's own, in a process forked for it, which one client asks and hears on one line.

Cells run as in any kernel, by the same shell, with the same publishing. What it does without is what several clients
need, and a report has one: five sockets, the threads behind them, a heartbeat, a connection file.

Its shell is made before it is forked, by the process that forks, and is nobody's until then: making one costs more than
forking one. What a shell sets in its process is set in the forked one alone.
"""

from __future__ import annotations

import asyncio
import builtins
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import zmq
from ipykernel import ipkernel
from ipykernel.iostream import IOPubThread
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.session import Session
from traitlets import Any as AnyTrait

from pipeline.run.kernels.application import KernelApplication
from pipeline.run.kernels.launching import OF_DIRECT
from pipeline.run.kernels.line import Line

_TURNS = 3  # of the loop, before what is asked next: what a cell started and is due goes on first, as in any kernel


class Publisher(IOPubThread):  # type: ignore[misc]
    """Stands where ipykernel has a thread, with a loop and a socket of its own, that sends what cells publish.

    It sends on the line, at once, whoever asks.
    """

    def __init__(self) -> None:
        self.line: Line | None = None  # none before there is a client
        self._turn = threading.RLock()  # what is printed first is sent first
        os.register_at_fork(after_in_child=self._take_turn_anew)
        self.thread = self.io_loop = self.background_socket = self  # type: ignore[assignment]
        self.ident = None  # as a thread's that nobody is in

    def _take_turn_anew(self) -> None:
        self._turn = threading.RLock()  # whoever held it was not forked

    def is_alive(self) -> bool:
        """As a thread's."""
        return True

    def schedule(self, work: Callable[[], object]) -> None:
        """Do ``work``: while it is done nothing else is sent."""
        with self._turn:
            work()

    def call_later(self, seconds: float, work: Callable[[], object]) -> None:
        """Do ``work`` in some ``seconds``, while the cell goes on: so what it prints is seen though it never ends."""
        timer = threading.Timer(seconds, self.schedule, [work])
        timer.daemon = True
        timer.start()

    def send_multipart(self, parts: Sequence[bytes], *_: Any, **__: Any) -> None:
        """Send the parts of a message."""
        assert self.line is not None
        with self._turn:
            self.line.send(parts)


class DirectKernel(ipkernel.IPythonKernel):  # type: ignore[misc]
    """ipykernel's, which answers where it publishes."""

    shell_stream = AnyTrait()
    _supports_kernel_subshells = False
    _execute_sleep = 0.0  # what is sent is on its way

    def __init__(self, **named: Any) -> None:
        """Make it without a list of all modules, for a debugger: a forked process takes a page for each it looks at."""
        whole = ipkernel.sys
        ipkernel.sys = SimpleNamespace(modules={})  # type: ignore[assignment]
        try:
            super().__init__(**named)
        finally:
            ipkernel.sys = whole

    def start(self) -> None:
        """Be ready to be asked."""
        super().start()
        self.shell_stream = self.iopub_socket  # only now, for it would be listened to
        self.shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Nothing waits behind a cell that failed: its client asks one thing at a time."""


class DirectApplication(KernelApplication):
    """ipykernel's application, without all that it opens for others to connect to, made in two parts.

    ``prepare`` makes what every school's kernel has, ``begin`` what is one school's; between them a process may fork.
    """

    def prepare(self, arguments: Sequence[str]) -> None:
        """Read the settings, and make kernel and shell, leaving this process as it was but for them."""
        with _keep_process():
            super(IPKernelApp, self).initialize(list(arguments))  # ipykernel's own would go on to all the rest
            self.session = Session(parent=self, key=b"")  # nobody else can speak on the line
            self.iopub_thread = self.iopub_socket = self._publisher = Publisher()
            self.init_kernel()

    def begin(self, line: Line) -> None:
        """Take this process over, and be spoken to on ``line``."""
        self._line = self._publisher.line = line
        self.session.pid = os.getpid()  # it sends nothing from another process than its own
        self.init_crash_handler()
        self.init_pdb()
        self.init_blackhole()
        self.init_io()
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count
        self.init_signal()
        self.init_path()
        self.init_shell()
        assert self.shell is not None
        self.shell.init_environment()
        self.shell.init_sys_modules()
        self.shell.init_builtins()
        self.shell.init_prompts()
        self.init_gui_pylab()
        self.init_extensions()
        self.init_code()
        sys.stdout.flush()
        sys.stderr.flush()

    def init_kernel(self) -> None:
        """Create the kernel."""
        self.kernel = DirectKernel.instance(
            parent=self,
            session=self.session,
            iopub_thread=self.iopub_thread,
            iopub_socket=self.iopub_socket,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )

    def start(self) -> None:
        """Answer until the client hangs up."""
        asyncio.run(self._answer())

    async def _answer(self) -> None:
        own, asked = os.getpid(), asyncio.Event()
        asyncio.get_running_loop().add_reader(self._line.fileno(), asked.set)
        self.kernel.start()
        while await asked.wait():  # meanwhile what cells started goes on
            asked.clear()
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            try:
                request = self._line.receive()
            except EOFError:
                return
            await self.kernel.dispatch_shell([zmq.Frame(part) for part in request])
            if os.getpid() != own:  # a cell forked this process, and let it go on to the end of the cell
                os._exit(0)


@contextmanager
def _keep_process() -> Iterator[None]:
    """Undo what is set in this process meanwhile, of all that a shell sets where it is made."""
    spaces: tuple[MutableMapping[str, Any], ...] = (vars(builtins), vars(sys), os.environ)
    before, main = [dict(space) for space in spaces], sys.modules["__main__"]
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for space, names in zip(spaces, before, strict=True):
            for name in space.keys() - names.keys():
                del space[name]
            space.update(names)


def prepare_direct_kernel(arguments: Sequence[str] = OF_DIRECT) -> None:
    """Make in this process what direct kernels forked from it then have; what else is forked must forget it."""
    DirectApplication.instance().prepare(arguments)


def forget_direct_kernel() -> None:
    """Be no process with a kernel in it, whatever was prepared."""
    for prepared in (DirectApplication, DirectKernel, ZMQInteractiveShell):
        prepared.clear_instance()


def run_direct_kernel(arguments: Sequence[str], address: str) -> None:
    """Be a direct kernel, whose client listens at ``address``; returns when it hangs up."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    if not DirectApplication.initialized() or DirectApplication.instance().argv != list(arguments):
        forget_direct_kernel()
        prepare_direct_kernel(arguments)
    application = DirectApplication.instance()
    try:
        application.begin(Line(connection))
        application.start()
    finally:
        application.reset_io()  # why it ends is no cell's output
