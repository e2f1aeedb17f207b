"""The line on which a direct kernel and its client speak: Jupyter's own messages, one by one, on one socket."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Sequence

_NUMBER = struct.Struct("!Q")


class Line:
    """One end of a line. A message is a sequence of parts, as Jupyter's sessions pack them."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._turn = os.dup(2)  # a file that is locked while somebody speaks: what a cell forked speaks here too

    def fileno(self) -> int:
        """The descriptor that is readable when a message comes, or the other end is gone."""
        return self._connection.fileno()

    def send(self, parts: Sequence[bytes]) -> None:
        """Send one message whole; raises OSError where nobody listens any more."""
        lengths = b"".join(_NUMBER.pack(len(part)) for part in parts)
        fcntl.lockf(self._turn, fcntl.LOCK_EX)
        try:
            self._connection.sendall(b"".join([_NUMBER.pack(len(parts)), lengths, *parts]))
        finally:
            fcntl.lockf(self._turn, fcntl.LOCK_UN)

    def receive(self) -> list[bytes]:
        """Wait for one message; raises EOFError where the other end is gone."""
        (count,) = _NUMBER.unpack(self._read(_NUMBER.size))
        lengths = struct.unpack(f"!{count}Q", self._read(_NUMBER.size * count))
        return [self._read(length) for length in lengths]

    def _read(self, length: int) -> bytes:
        read = self._connection.recv(length, socket.MSG_WAITALL) if length else b""
        while len(read) < length:  # a signal may cut a wait short
            more = self._connection.recv(length - len(read), socket.MSG_WAITALL)
            if not more:
                raise EOFError
            read += more
        return read

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
        os.close(self._turn)
