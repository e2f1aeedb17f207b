"""One file of the service on this disk: whole, unpacked and hashed; a cut download goes on where it stopped.

What travels is kept as it comes beside the place where the file will stand, under a name that no run reads. The rest
is asked for only where the service says by a strong tag that the file is still the same; else all of it.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import requests

from pipeline.foundation.writing import BESIDE, write_json_beside
from pipeline.sources.fetching.service import TRIES, Interrupted, Service, Wait, iterate_raw

#: A file that unpacks to more bytes than this is no published table.
MOST_BYTES = 8_000_000_000
_PIECE = 1 << 20
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True)
class Downloaded:
    """A file that is whole, still under the name it has while it is made."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True)
class _Partial:
    """What there is of a file as it travels, and beside it of which file and under which tag."""

    content: Path
    about: Path

    def find_offset(self, what: str) -> tuple[int, str, str]:
        """How many bytes of ``what`` are there, under which tag and packing; none where they may be of another file."""
        try:
            told = json.loads(self.about.read_text(encoding="utf-8"))
            if told["what"] == what and told["tag"]:
                return self.content.stat().st_size, str(told["tag"]), str(told["packing"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return 0, "", ""

    def forget(self) -> None:
        self.content.unlink(missing_ok=True)
        self.about.unlink(missing_ok=True)


def download(service: Service, path: str, query: dict[str, str | int], into: Path, rows: int, wait: Wait) -> Downloaded:
    """Bring what the service has at ``path``, for the place ``into``, of which nothing is touched.

    ``rows`` is how many the service says the table has. Raises Unreachable where it does not come, or is no table;
    what had come is kept for the next time. Whoever asked puts the file in place, or removes it.
    """
    into.parent.mkdir(parents=True, exist_ok=True)
    what = json.dumps([service.address, path, query], sort_keys=True)
    partial = _Partial(into.with_name(f"{BESIDE}{into.name}.part"), into.with_name(f"{BESIDE}{into.name}.part.json"))
    for left in reversed(range(TRIES)):
        try:
            packing, is_measured = _receive(service, path, query, partial, what)
            return _unpack(service, partial, into.with_name(f"{BESIDE}{into.name}"), packing, is_measured, rows)
        except Interrupted as cut:
            if not left:
                what_came = f"the line was cut {TRIES} times ({cut})"
                raise service.give_up(what_came, "Run the same command again: it goes on where it can.") from None
            wait(2.0 ** (TRIES - 1 - left))
    raise AssertionError("the last try returns or raises")


def _receive(
    service: Service, path: str, query: dict[str, str | int], partial: _Partial, what: str
) -> tuple[str, bool]:
    """Complete the partial file; how it is packed, and whether the service said how long it is."""
    offset, tag, packing = partial.find_offset(what)
    asked = {"Accept": "text/csv", "Accept-Encoding": "gzip"}
    if offset:
        asked |= {"Range": f"bytes={offset}-", "If-Range": tag}
    with service.open(path, query, asked) as answer:
        if offset and not _goes_on(answer, offset, tag):
            if answer.status_code == 206 or answer.status_code == 416:
                partial.forget()
                raise Interrupted("the rest is not of the file that was begun")
            offset = 0
        if answer.status_code not in (200, 206):
            partial.forget()
            raise Interrupted(f"HTTP {answer.status_code}")
        if not offset:
            packing = _begin(service, answer, partial, what)
        length = answer.headers.get("Content-Length", "")
        if length.isdigit() and shutil.disk_usage(partial.content.parent).free < int(length):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(partial.content))
        with partial.content.open("ab" if offset else "wb") as stream:
            for piece in iterate_raw(answer):
                stream.write(piece)
    if length.isdigit() and partial.content.stat().st_size != offset + int(length):
        raise Interrupted("the file is shorter than announced")
    return packing, length.isdigit()


def _goes_on(answer: requests.Response, offset: int, tag: str) -> bool:
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", "").strip())
    same = answer.headers.get("ETag", tag) == tag
    return answer.status_code == 206 and found is not None and int(found[1]) == offset and same


def _begin(service: Service, answer: requests.Response, partial: _Partial, what: str) -> str:
    """Note of which file what comes now is; how it is packed. Raises Unreachable where it is no table."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    packing = answer.headers.get("Content-Encoding", "").strip().lower()
    if kind in ("text/html", "application/json", "application/problem+json") or packing not in ("", "identity", "gzip"):
        raise service.refuse_page(answer)
    tag = answer.headers.get("ETag", "")
    is_strong = tag.startswith('"') and answer.headers.get("Accept-Ranges", "").lower() == "bytes"
    partial.forget()
    write_json_beside(partial.about, {"what": what, "tag": tag if is_strong else "", "packing": packing})
    return packing


def _unpack(
    service: Service, partial: _Partial, making: Path, packing: str, is_measured: bool, rows: int
) -> Downloaded:
    """Write the file as it is meant to be, and hash it; what travelled is then let go."""
    digest, size, lines, first = hashlib.sha256(), 0, 0, b""
    try:
        with making.open("wb") as stream:
            for piece in _read(partial.content, packing):
                first = first or piece[:64]
                size, lines = size + len(piece), lines + piece.count(b"\n")
                if size > MOST_BYTES:
                    partial.forget()
                    raise service.give_up(f"the file is larger than {MOST_BYTES:,} bytes, as no published table is")
                digest.update(piece)
                stream.write(piece)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        making.unlink(missing_ok=True)
        partial.forget()
        raise Interrupted("what came cannot be unpacked") from None
    except BaseException:
        making.unlink(missing_ok=True)
        raise
    start = first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"<", b"{", b""):
        making.unlink()
        partial.forget()
        raise service.give_up(
            "it answers with no table" if start else "it answers with nothing",
            "A proxy or a sign-in page may stand between: open the address in a browser first.",
        )
    if packing != "gzip" and not is_measured and lines < rows:
        making.unlink()
        partial.forget()
        raise Interrupted(f"{lines:,} lines came of {rows:,}")
    partial.forget()
    return Downloaded(making, size, digest.hexdigest())


def _read(content: Path, packing: str) -> Iterator[bytes]:
    with gzip.open(content, "rb") if packing == "gzip" else content.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def clear_partial(folder: Path, kept: set[str]) -> None:
    """Remove what was begun in ``folder`` for names that are not in ``kept``."""
    for path in folder.glob(f"{BESIDE}*"):
        name = path.name.removeprefix(BESIDE).removesuffix(".json").removesuffix(".part")
        if name not in kept:
            with suppress(OSError):
                path.unlink()
