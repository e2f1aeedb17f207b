"""A real web server in a thread, over HTTP or HTTPS, that fails where it is told to: the ground on which the tests'
GOV.UK Notify and Microsoft Graph stand."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme


@dataclass
class WebFault:
    """What goes wrong at a path (its end is enough) and how often.

    ``seconds`` pass first. ``drop`` cuts the line: ``before`` the request is read, or ``after`` it was dealt with, so
    that no answer comes. Otherwise ``status`` is answered with ``body`` and ``headers``; with ``keep`` the request was
    dealt with all the same. With none of these the server goes on as usual.
    """

    path: str
    drop: str = ""
    status: int = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0
    keep: bool = False
    times: int = 1_000_000


@dataclass(frozen=True)
class WebRequest:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Answer:
    """``content`` is written as JSON where it is not bytes."""

    status: int
    content: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class WebServer:
    """Used as a context. A subclass says what is answered (``answer``); ``seen`` counts what came, by path."""

    def __init__(self, *, tls: bool = False, folder: Path | None = None) -> None:
        self.faults: list[WebFault] = []
        self.seen: Counter[str] = Counter()
        self.requests: list[WebRequest] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Exchange)
        self._server.site = self
        self.port = self._server.server_address[1]
        self.certificates: Path | None = None
        if tls:
            assert folder is not None, "a server with TLS writes its authority's certificate somewhere"
            authority = trustme.CA()
            folder.mkdir(parents=True, exist_ok=True)
            self.certificates = folder / "web-authority.pem"
            authority.cert_pem.write_to_path(str(self.certificates))
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def answer(self, request: WebRequest) -> Answer:
        raise NotImplementedError

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def strike(self, path: str) -> WebFault | None:
        with self._lock:
            for fault in self.faults:
                if fault.times > 0 and path.endswith(fault.path):
                    fault.times -= 1
                    return fault
        return None

    def deal_with(self, request: WebRequest) -> Answer:
        with self._lock:
            self.seen[request.path] += 1
            self.requests.append(request)
            return self.answer(request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: WebServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A line that was dropped, by either side, is part of the tests."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else what follows the head of an answer waits 40 ms

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the tests' output."""

    def _serve(self) -> None:
        site = self.server.site  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        fault = site.strike(parts.path)
        if fault and fault.seconds:
            time.sleep(fault.seconds)
        if fault and fault.drop == "before":
            return self._cut()
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = WebRequest(self.command, parts.path, parse_qs(parts.query), dict(self.headers), content)
        failing = fault is not None and (fault.drop or fault.status)
        answer = site.deal_with(request) if not failing or fault.keep or fault.drop else Answer(500)
        if fault and fault.drop:
            return self._cut()
        if fault and fault.status:
            answer = Answer(fault.status, fault.body if fault.body is not None else b"", fault.headers)
        return self._write(answer)

    def _write(self, answer: Answer) -> None:
        raw = isinstance(answer.content, bytes)
        content = answer.content if raw else json.dumps(answer.content).encode()
        self.send_response(answer.status)
        if not raw:
            self.send_header("Content-Type", "application/json")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()
