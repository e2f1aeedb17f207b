"""The client of a direct kernel: has it forked, asks it, hears what it says and how it ends."""

from __future__ import annotations

import json
import os
import select
import socket
import time
from pathlib import Path
from typing import Any

from jupyter_client.session import Session
from nbclient.exceptions import DeadKernelError

from pipeline.run.kernels.finding import find_fork_server
from pipeline.run.kernels.fork_client import ForkedKernel
from pipeline.run.kernels.launching import OF_DIRECT, KernelRequest, read_memory_limit
from pipeline.run.kernels.line import Line
from pipeline.run.kernels.provisioner import ENDED, SAID

_START_SECONDS = 60.0  # the longest a forked process may take to begin
_PART_SECONDS = 60.0  # the longest the rest of a message may take
_END_SECONDS = 10.0


class DirectKernelClient:
    """A direct kernel of its own for whoever makes one; leave it as a context to end the kernel.

    ``folder`` takes its socket, what its process says and how it ended. Raises NoForkServer or OSError where no kernel
    can be forked.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._session = Session(key=b"")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "line"))
            listener.listen(1)
            request = KernelRequest(
                arguments=OF_DIRECT,
                environment=dict(os.environ),
                memory_bytes=read_memory_limit(),
                said=str(folder / f"direct.{SAID}"),
                line=str(folder / "line"),
            )
            self._process = ForkedKernel(find_fork_server(), request)
            self._line = self._await(listener)

    def _await(self, listener: socket.socket) -> Line | None:
        """The line to the kernel; None where it ended before it could connect, which asking it then tells."""
        poll = select.poll()
        for end in (listener, self._process):
            poll.register(end, select.POLLIN)
        heard = poll.poll(_START_SECONDS * 1000)
        if all(descriptor != listener.fileno() for descriptor, _ in heard):
            return None
        connection, _ = listener.accept()
        connection.settimeout(_PART_SECONDS)
        self._poll = select.poll()
        for end in (connection, self._process):
            self._poll.register(end, select.POLLIN)
        return Line(connection)

    def ask(self, **content: Any) -> str:
        """Ask it to run code, as ``content`` says in Jupyter's words; gives the id by which its words are known.

        Raises DeadKernelError where it is gone.
        """
        message = self._session.msg("execute_request", {"allow_stdin": False, **content})
        if self._line is None:
            raise DeadKernelError("Kernel died")
        try:
            self._line.send(self._session.serialize(message))
        except OSError:
            raise DeadKernelError("Kernel died") from None
        return str(message["msg_id"])

    def hear(self, end: float) -> dict[str, Any]:
        """The next message it sends. Raises TimeoutError at ``end`` of the monotonic clock, DeadKernelError as it dies.

        What it said before it died is heard first.
        """
        assert self._line is not None
        left = end - time.monotonic()
        heard = [descriptor for descriptor, _ in self._poll.poll(left * 1000)] if left > 0 else []
        if not heard:
            raise TimeoutError
        if self._line.fileno() not in heard:
            raise DeadKernelError("Kernel died")
        try:
            parts = self._line.receive()
        except (EOFError, OSError):
            raise DeadKernelError("Kernel died") from None
        _, (_, *packed) = self._session.feed_identities(parts)  # the first is a signature, which has no key
        header, parent, metadata, content = (self._session.unpack(part) for part in packed[:4])
        return {
            "header": header,
            "msg_type": header["msg_type"],
            "parent_header": parent,
            "metadata": metadata,
            "content": content,
            "buffers": packed[4:],
        }

    def __enter__(self) -> DirectKernelClient:
        return self

    def __exit__(self, *raised: object) -> None:
        """End it, and leave beside its socket how it ended and what it used."""
        died = bool(raised[0]) and issubclass(raised[0], DeadKernelError)  # type: ignore[arg-type]
        if not died or self._process.wait(_END_SECONDS) is None:
            self._process.kill()
        status = self._process.wait(_END_SECONDS)
        if status is not None:
            ended = json.dumps({"status": status, **self._process.used})
            (self._folder / f"direct.{ENDED}").write_text(ended, encoding="utf-8")
        if self._line is not None:
            self._line.close()
