"""One conversation with the statistics service: encrypted, patient within limits, and trusting nothing it is told.

Busy answers (429, 5xx) and cut lines are tried again a few times, after as long as the service asks for. Redirections
are followed to encrypted addresses alone. A page where data belongs is refused: a sign-in page is no statistics.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from pipeline.foundation.errors import PipelineError

#: The department's own address, documented at https://api.education.gov.uk/statistics/docs/.
ADDRESS = "https://api.education.gov.uk/statistics/v1"
_OWN = ("localhost", "127.0.0.1", "::1")
#: Seconds to reach the service, and between two pieces of an answer.
_TIMEOUT = (15.0, 90.0)
#: How often one thing is asked for, and how many seconds are waited at most at a time.
TRIES, LONGEST_WAIT = 4, 120.0
_BUSY = (429, 500, 502, 503, 504)
_MOST_REDIRECTIONS = 5
#: Bytes of a list that is believed.
_LONGEST_LIST = 20_000_000

Wait = Callable[[float], None]


class Unreachable(PipelineError):
    """The service cannot be reached, or gives no answer that can be used. Nothing was changed."""


class Interrupted(Exception):
    """The line was cut while an answer came in: what is there is kept, and the rest may be asked for."""


def check_address(address: str) -> str:
    """Give ``address`` without a slash at its end.

    Raises PipelineError where it is not encrypted, unless it is on this very computer, as a stand-in for tests is.
    """
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return address.rstrip("/")
    if parts.scheme == "http" and parts.hostname in _OWN:
        return address.rstrip("/")
    raise PipelineError(
        f"{address!r} is not an encrypted address",
        where="the statistics service",
        remedy=f"Write one with https://, or leave it out: the department's is {ADDRESS}.",
    )


class Service:
    """The service at one address. ``wait`` is how time is spent between tries."""

    def __init__(self, address: str = ADDRESS, wait: Wait = time.sleep) -> None:
        self.address = check_address(address)
        self._wait = wait
        self._session = requests.Session()
        self._session.auth = _leave_as_it_is  # no login from a file of this computer's
        self._session.headers["User-Agent"] = "school-reports (published statistics, once a year)"

    def close(self) -> None:
        self._session.close()

    def read_list(self, path: str, query: Mapping[str, str | int]) -> dict[str, Any]:
        """One page of a list as the service gives it.

        Raises Unreachable where it gives none, or something else.
        """
        for left in reversed(range(TRIES)):
            answer = self.open(path, query, {"Accept": "application/json"})
            with answer:
                try:
                    content = _read_little(answer)
                except Interrupted as cut:
                    if not left:
                        raise self.give_up(f"the line was cut: {cut}") from None
                    self._wait(2.0 ** (TRIES - 1 - left))
                    continue
            try:
                found = json.loads(content)
            except ValueError:
                raise self.refuse_page(answer) from None
            if not isinstance(found, dict):
                raise self.refuse_page(answer)
            return found
        raise AssertionError("the last try returns or raises")

    def open(
        self, path: str, query: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """The answer to one question, its content not yet read; redirections are followed, busy answers waited out.

        Raises Unreachable where there is no such answer.
        """
        url = f"{self.address}/{path}"
        for left in reversed(range(TRIES)):
            answer = self._follow(url, query, dict(headers or {}))
            if answer.status_code not in _BUSY:
                self._refuse_errors(answer)
                return answer
            asked = _find_wait(answer)
            answer.close()
            seconds = 2.0 ** (TRIES - 1 - left) if asked is None else asked
            if seconds > LONGEST_WAIT:
                raise self.give_up(f"it asks to be left alone for {seconds:.0f} seconds", "Run the command again then.")
            if left:
                self._wait(seconds)
        raise self.give_up(f"it is busy (HTTP {answer.status_code})", "Run the command again in an hour or so.")

    def _follow(self, url: str, query: Mapping[str, str | int] | None, headers: dict[str, str]) -> requests.Response:
        for _ in range(_MOST_REDIRECTIONS + 1):
            try:
                answer = self._session.get(
                    url, params=query, headers=headers, timeout=_TIMEOUT, stream=True, allow_redirects=False
                )
            except requests.RequestException as error:
                raise self._explain(error) from None
            target = answer.headers.get("Location")
            if not answer.is_redirect or target is None:
                return answer
            answer.close()
            url, query = urljoin(url, target), None
            if urlsplit(url).scheme != "https" and urlsplit(url)[:2] != urlsplit(self.address)[:2]:
                raise self.give_up("it sends on to an address that is not encrypted")
        raise self.give_up("it sends on without end")

    def _refuse_errors(self, answer: requests.Response) -> None:
        if answer.status_code in (200, 206, 416):
            return
        answer.close()
        if answer.status_code == 404:
            raise self.give_up("it knows nothing of what is asked for (HTTP 404)", "Look with `fetch EDITION --list`.")
        raise self.give_up(
            f"it refuses (HTTP {answer.status_code})",
            "Try again later; where that does not help, download the file by hand.",
        )

    def refuse_page(self, answer: requests.Response) -> Unreachable:
        """What to raise where the answer is no data."""
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        what = "it answers with a web page, not with data" if kind == "text/html" else "its answer cannot be read"
        return self.give_up(what, "A proxy or a sign-in page may stand between: open the address in a browser first.")

    def give_up(self, what: str, remedy: str = "Try again later, or download the files by hand.") -> Unreachable:
        return Unreachable(what, where=f"the statistics service ({urlsplit(self.address).hostname})", remedy=remedy)

    def _explain(self, error: requests.RequestException) -> Unreachable:
        if isinstance(error, requests.exceptions.SSLError):
            return self.give_up(
                "its certificate is not to be trusted",
                "Where the network looks into encrypted lines, name its authority's file in the environment variable "
                "REQUESTS_CA_BUNDLE.",
            )
        if isinstance(error, requests.exceptions.Timeout):
            return self.give_up("it does not answer in time", "Try again later. Nothing was changed.")
        return self.give_up(
            "it cannot be reached: this computer is offline, or its network does not let it through",
            "Go online, or download the files by hand and put them into published/. Nothing was changed.",
        )


def iterate_raw(answer: requests.Response) -> Any:
    """The bytes of an answer as they travel, compressed where they are; raises Interrupted where the line is cut."""
    try:
        yield from answer.raw.stream(1 << 16, decode_content=False)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
            raise
        raise Interrupted(type(error).__name__) from None


def _read_little(answer: requests.Response) -> bytes:
    content = b""
    try:
        for piece in answer.iter_content(1 << 16):
            content += piece
            if len(content) > _LONGEST_LIST:
                break
    except requests.RequestException as error:
        raise Interrupted(type(error).__name__) from None
    return content


def _find_wait(answer: requests.Response) -> float | None:
    """How many seconds the service asks to wait: a number, or a time, which is counted from the answer's own."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isdigit():
        return float(said)
    try:
        later, now = (parsedate_to_datetime(text) for text in (said, answer.headers.get("Date", "")))
        return max(0.0, (later - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _leave_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In place of a login from ``.netrc``."""
    return request
