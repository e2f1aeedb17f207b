"""A direct kernel: ipykernel's own, in a process forked for it, which one client asks and hears on one line.

Cells run as in any kernel, by the same shell, with the same publishing. What it does without is what several clients
need, and a report has one: five sockets, the threads behind them, a heartbeat, a connection file.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import zmq
from ipykernel import ipkernel
from ipykernel.iostream import IOPubThread
from jupyter_client.session import Session
from traitlets import Any as AnyTrait

from pipeline.run.kernels.application import KernelApplication
from pipeline.run.kernels.line import Line

_TURNS = 3  # of the loop, before what is asked next: what a cell started and is due goes on first, as in any kernel


class Publisher(IOPubThread):  # type: ignore[misc]
    """Stands where ipykernel has a thread, with a loop and a socket of its own, that sends what cells publish.

    It sends on the line, at once, whoever asks.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
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
        with self._turn:
            self._line.send(parts)


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
    """ipykernel's application, without all that it opens for others to connect to: it is spoken to on ``line``."""

    line: Line

    def _open_nothing(self, **_: Any) -> None:
        pass

    init_connection_file = init_poller = init_heartbeat = write_connection_file = log_connection_info = _open_nothing

    def init_sockets(self) -> None:
        """Publish on the line."""
        self.session = Session(parent=self, key=b"")  # nobody else can speak there
        self.iopub_thread = self.iopub_socket = Publisher(self.line)

    def init_kernel(self) -> None:
        """Create the kernel."""
        self.kernel = kernel = DirectKernel.instance(
            parent=self,
            session=self.session,
            iopub_thread=self.iopub_thread,
            iopub_socket=self.iopub_socket,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )
        self.displayhook.get_execution_count = lambda: kernel.execution_count

    def start(self) -> None:
        """Answer until the client hangs up."""
        asyncio.run(self._answer())

    async def _answer(self) -> None:
        own, asked = os.getpid(), asyncio.Event()
        asyncio.get_running_loop().add_reader(self.line.fileno(), asked.set)
        self.kernel.start()
        while await asked.wait():  # meanwhile what cells started goes on
            asked.clear()
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            try:
                request = self.line.receive()
            except EOFError:
                return
            await self.kernel.dispatch_shell([zmq.Frame(part) for part in request])
            if os.getpid() != own:  # a cell forked this process, and let it go on to the end of the cell
                os._exit(0)


def run_direct_kernel(arguments: Sequence[str], address: str) -> None:
    """Be a direct kernel, whose client listens at ``address``; returns when it hangs up."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    application = DirectApplication.instance()
    try:
        application.line = Line(connection)
        application.initialize(list(arguments))
        application.start()
    finally:
        application.reset_io()  # why it ends is no cell's output
