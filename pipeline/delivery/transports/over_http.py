"""Requests to a service that sends for us, of which it is known whether they had left whole when something failed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from pipeline.delivery.transports import OutcomeUnknown, Postponed, WrongSetting
from pipeline.delivery.transports.answers import put_in_one_line

_OWN = ("localhost", "127.0.0.1", "::1")


class Body:
    """What a request carries. ``begun`` and ``whole`` say how much of it was taken to be sent."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._sent = 0

    @property
    def begun(self) -> bool:
        return self._sent > 0

    @property
    def whole(self) -> bool:
        return self._sent == len(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(65536):
            yield piece

    def read(self, size: int = -1) -> bytes:
        end = len(self._content) if size < 0 else self._sent + size
        piece = self._content[self._sent : end]
        self._sent += len(piece)
        return piece


class Session(requests.Session):
    """Requests that keep to a time, follow no redirection and take no login from a file of this computer's.

    Each has a line of its own: one that was kept may be closed just as the next request goes out on it, and nobody
    could tell whether that was taken. ``body`` is what the last request carried.
    """

    def __init__(self, seconds: float, certificates: Path | None = None) -> None:
        super().__init__()
        self.headers["Connection"] = "close"
        self.auth = _leave_as_it_is
        self.body = Body(b"")
        self._seconds = seconds
        self._certificates = certificates

    def request(self, method: str, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        options |= {"timeout": self._seconds, "allow_redirects": False}
        if self._certificates:
            options["verify"] = str(self._certificates)
        content = options.get("data")
        if isinstance(content, str | bytes):
            self.body = options["data"] = Body(content.encode() if isinstance(content, str) else content)
        self.close()  # the line of the request before
        return super().request(method, url, *args, **options)


def _leave_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In place of a login from ``.netrc``, which would take the place of ours."""
    return request


def judge_failure(error: BaseException, body: Body, whom: str) -> Exception:
    """Give what it means for the message that the request carrying it came to no answer.

    It is unknown once the whole of ``body`` was on its way; before, ``whom`` cannot have taken it.
    """
    cause = _find_cause(error)
    why = put_in_one_line(str(cause) or type(cause).__name__)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return WrongSetting(
            f"the certificate of {whom} is not to be trusted: {put_in_one_line(cause.verify_message)}",
            remedy="Where the network looks into encrypted lines, name its authority's file in the environment "
            "variable REQUESTS_CA_BUNDLE (for Microsoft 365 also in `certificates:`). Nothing was sent.",
        )
    if body.whole and len(body):
        return OutcomeUnknown(f"{whom} had the whole message and gave no answer: {why}")
    if body.begun:
        return Postponed(f"the line to {whom} was cut before the message was whole: {why}")
    return Postponed(f"{whom} cannot be reached: {why}", for_all=True)


def _find_cause(error: BaseException) -> BaseException:
    while deeper := error.__cause__ or error.__context__:
        error = deeper
    return error


def require_encryption(address: str, field: str) -> str:
    """Give ``address`` without a slash at its end. Raises WrongSetting where a key would travel in the clear."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _OWN):
        raise WrongSetting(
            f"{address!r} is not encrypted", where=f"delivery.yaml, {field}", remedy="Write an address with https://."
        )
    return address.rstrip("/")
