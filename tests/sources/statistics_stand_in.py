"""A stand-in for the department's statistics service, on this computer, that speaks its published contract.

What it answers is written from the service's documentation and public code: lists in pages (at most 40 publications, 20
data sets or versions), files as CSV packed with gzip, errors as JSON. It can be told to misbehave.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ROOT = "/statistics/v1"
_MOST_A_PAGE = {"publications": 40, "data-sets": 20, "versions": 20}


def number(name: str) -> str:
    """The same number for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


@dataclass
class StandIn:
    """Publications by slug, their data sets, the versions of each and the content of each version."""

    publications: dict[str, dict] = field(default_factory=dict)
    data_sets: dict[str, list[dict]] = field(default_factory=dict)  # by publication
    versions: dict[str, list[dict]] = field(default_factory=dict)  # by data set
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # path and headers of every request
    faults: list[Callable[[Answering], bool]] = field(default_factory=list)  # each misbehaves once for a file
    list_faults: list[Callable[[Answering], bool]] = field(default_factory=list)
    gzips: bool = True
    tags: bool = True  # strong tags, and ranges by them
    measures: bool = True  # says how long a file is
    address: str = ""

    def add(
        self,
        slug: str,
        title: str,
        content: bytes,
        *,
        version: str = "1.0",
        covers: tuple[str, str] = ("2022/2023", "2024/2025"),
        levels: tuple[str, ...] = ("National", "School"),
        status: str = "Published",
    ) -> str:
        """Publish a version of a data set; its number."""
        self.publish(slug)
        one = number(f"{slug} {title}")
        told = {
            "version": version,
            "type": "Major",
            "status": status,
            "published": "2026-02-05T09:30:00+00:00",
            "notes": "",
            "totalResults": max(content.count(b"\n") - 1, 0),
            "file": {"id": number(f"file of {title} {version}")},
            "release": {"title": "Academic year 2024/25", "slug": "2024-25"},
            "timePeriods": {"start": covers[0], "end": covers[1]},
            "geographicLevels": list(levels),
            "filters": ["Subject"],
            "indicators": ["Number achieving"],
        }
        self.versions.setdefault(one, []).insert(0, told)
        self.files[one, version] = content
        sets = self.data_sets[slug]
        if not any(each["id"] == one for each in sets):
            sets.append({"id": one, "title": title, "summary": "", "status": "Published"})
        next(each for each in sets if each["id"] == one)["latestVersion"] = told
        return one

    def publish(self, slug: str) -> None:
        self.data_sets.setdefault(slug, [])
        self.publications.setdefault(
            slug,
            {
                "id": number(slug),
                "title": slug.replace("-", " ").capitalize(),
                "slug": slug,
                "summary": "",
                "lastPublished": "2026-02-05T09:30:00+00:00",
            },
        )

    def list_asked(self, ending: str = "/csv") -> list[dict[str, str]]:
        """The headers of each request for a file."""
        return [headers for path, headers in self.asked if urlsplit(path).path.endswith(ending)]


class Answering(BaseHTTPRequestHandler):
    """One conversation."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else what follows the head of an answer waits 40 ms
    stand_in: StandIn

    def log_message(self, *words: object) -> None:
        """Nothing on the screen of whoever runs the tests."""

    def do_GET(self) -> None:
        stand_in = self.stand_in
        stand_in.asked.append((self.path, dict(self.headers)))
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        faults = stand_in.faults if parts.path.endswith("/csv") else stand_in.list_faults
        if faults and faults.pop(0)(self):
            return
        match parts.path.removeprefix(ROOT).strip("/").split("/"):
            case ["publications"]:
                self._send_page("publications", list(stand_in.publications.values()), query)
            case ["publications", one, "data-sets"]:
                slug = next((slug for slug, each in stand_in.publications.items() if each["id"] == one), None)
                self._send_page("data-sets", None if slug is None else stand_in.data_sets[slug], query)
            case ["data-sets", one, "versions"]:
                self._send_page("versions", stand_in.versions.get(one), query)
            case ["data-sets", one, "csv"]:
                content = stand_in.files.get((one, query.get("dataSetVersion", "")))
                self.send_file(content) if content is not None else self.send_problem(404)
            case _:
                self.send_problem(404)

    def _send_page(self, kind: str, every: list[dict] | None, query: dict[str, str]) -> None:
        page, size = int(query.get("page", 1)), int(query.get("pageSize", 20))
        if every is None:
            return self.send_problem(404)
        if page < 1 or not 1 <= size <= _MOST_A_PAGE[kind]:
            return self.send_problem(400)
        pages = (len(every) - 1) // size + 1 if every else 0
        paging = {"page": page, "pageSize": size, "totalResults": len(every), "totalPages": pages}
        self.send_json({"paging": paging, "results": every[(page - 1) * size : page * size]})
        return None

    def send_json(self, content: object, status: int = 200, **headers: str) -> None:
        self.send_bytes(json.dumps(content).encode(), status, **{"Content-Type": "application/json", **headers})

    def send_problem(self, status: int, **headers: str) -> None:
        self.send_json({"title": "There was a problem", "type": "Problem", "status": status}, status, **headers)

    def send_file(self, content: bytes, least: int = 0, cut_after: int | None = None) -> None:
        """The file, or the range that was asked for under a tag that still holds; ``cut_after`` so many bytes of it."""
        stand_in = self.stand_in
        body = gzip.compress(content, mtime=0) if stand_in.gzips else content
        tag = f'"{uuid.uuid5(uuid.NAMESPACE_OID, body.hex())}"'
        headers = {"Content-Type": "text/csv"}
        headers |= {"Content-Encoding": "gzip"} if stand_in.gzips else {}
        headers |= {"ETag": tag, "Accept-Ranges": "bytes"} if stand_in.tags else {}
        status, whole = 200, len(body)
        asked = self.headers.get("Range", "")
        if asked and stand_in.tags and self.headers.get("If-Range") == tag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= whole:
                return self.send_problem(416)
            body, status = body[start:], 206
            headers["Content-Range"] = f"bytes {start + least}-{whole - 1}/{whole}"
        self.send_bytes(body, status, cut_after=cut_after, **headers)
        return None

    def send_bytes(self, body: bytes, status: int = 200, cut_after: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.stand_in.measures:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body if cut_after is None else body[:cut_after])
        self.wfile.flush()
        if cut_after is not None or not self.stand_in.measures:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True


def answer(status: int, **headers: str) -> Callable[[Answering], bool]:
    """Answer once with an error."""

    def misbehave(conversation: Answering) -> bool:
        conversation.send_problem(status, **{name.replace("_", "-"): value for name, value in headers.items()})
        return True

    return misbehave


def show_page(status: int = 200) -> Callable[[Answering], bool]:
    """Answer once with a web page, as a proxy does that wants a name and a password."""

    def misbehave(conversation: Answering) -> bool:
        conversation.send_bytes(b"<!DOCTYPE html><p>Please sign in", status, **{"Content-Type": "text/html"})
        return True

    return misbehave


def send_on(target: str) -> Callable[[Answering], bool]:
    """Answer once with a redirection."""

    def misbehave(conversation: Answering) -> bool:
        conversation.send_bytes(b"", 302, Location=target)
        return True

    return misbehave


def cut(bytes_sent: int, least: int = 0) -> Callable[[Answering], bool]:
    """Cut the line once, after so many bytes of what was announced; ``least`` shifts what the range claims to be."""

    def misbehave(conversation: Answering) -> bool:
        parts = urlsplit(conversation.path)
        one = parts.path.split("/")[-2]
        content = conversation.stand_in.files[one, parse_qs(parts.query)["dataSetVersion"][0]]
        conversation.send_file(content, least, cut_after=bytes_sent)
        return True

    return misbehave


def behave(conversation: Answering) -> bool:
    """Answer as the service does."""
    return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing on the screen: a line that is cut, or a certificate that is not trusted, is what a test is about."""


@contextmanager
def serve(stand_in: StandIn, context=None) -> Iterator[StandIn]:
    """The stand-in at an address of this computer, for as long as the block lasts; encrypted with ``context``."""
    handler = type("Handler", (Answering,), {"stand_in": stand_in})
    server = _Server(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    name = "localhost" if context is not None else "127.0.0.1"
    stand_in.address = f"http{'s' if context is not None else ''}://{name}:{server.server_port}{ROOT}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
