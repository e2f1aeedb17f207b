"""The log of a run: one JSON object a line, with the URN on each, below ``reports/<edition>/logs/``.

It is for whoever looks after the runs. It tells the time, so it is no output: the manifest does not name it. It holds
names, URNs, problems and durations, and no figure of a school.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pipeline.run.record.manifest import list_versions

if TYPE_CHECKING:
    from pipeline.run.jobs import ReportOutcome

LOGS = "logs"
KEPT = 20  # logs of an edition that are kept, the newest
_LONGEST = 300  # characters of a problem's first line
_FIGURE = re.compile(r"(?<!cell )(?<!line )(?<!URN )(?<![\w./-])[-−]?\d+(?:[.,]\d+)*%?(?![\w/-])")


class RunLog:
    """Writes what happens in one run, as a watcher of it.

    ``reports`` is the edition's folder of reports. ``parameters`` say what was asked of the run. Each line is written
    whole at once, so that a run that is killed leaves whole lines. Every line holds ``time`` (UTC), ``event``, ``urn``
    (null where it is about no school), ``pid`` and ``elapsed`` (seconds since the start).

    The first line, ``run started``, holds the versions and the parameters; the last, ``run ended``, the number of
    reports done and failed and, where the run was stopped, what stopped it.
    """

    def __init__(self, reports: Path, parameters: Mapping[str, Any]) -> None:
        self._folder = reports / LOGS
        self._parameters = dict(parameters)
        self._counts: Counter[str] = Counter()
        self._began = time.monotonic()
        self._stream: int | None = None
        self.path: Path | None = None

    def __enter__(self) -> RunLog:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.path = self._folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.jsonl"
        self._stream = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        for old in sorted(self._folder.glob("*.jsonl"))[:-KEPT]:
            if old != self.path:  # a clock that was set back makes the newest look old
                old.unlink(missing_ok=True)
        self._began = time.monotonic()
        self.event("run started", parameters=self._parameters, versions=list_versions())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        said: dict[str, Any] = {"done": self._counts["done"], "failed": self._counts["failed"], "outcome": "finished"}
        if kind is not None:
            said |= {"outcome": "stopped", "problem": _shorten(f"{kind.__name__}: {error}")}
        self.event("run ended", **said)
        if self._stream is not None:
            os.close(self._stream)
            self._stream = None

    def reading(self, what: str) -> None:
        self.event("reading", what=what)

    def warning(self, said: str) -> None:
        self.event("warning", problem=_shorten(said))

    def starting(self, reports: int) -> None:
        self.event("reports starting", reports=reports)

    def finished(self, outcome: ReportOutcome) -> None:
        """Write what became of one report, what its kernel took and, where it failed, its problem's first line."""
        word = "failed" if outcome.problem else "done"
        self._counts[word] += 1
        said: dict[str, Any] = {
            "seconds": round(outcome.seconds, 3),
            "attempt": outcome.attempts,
            "kernel_seconds": round(outcome.kernel_seconds, 3),
            "kernel_bytes": outcome.kernel_bytes,
        }
        if outcome.problem:
            said["problem"] = _shorten(outcome.problem)
        self.event("report finished", urn=outcome.urn, report=outcome.name, outcome=word, **said)

    def event(self, name: str, *, urn: int | None = None, **fields: Any) -> None:
        """Write one line. ``fields`` must hold no figure of a school: the log is read by others than its reports are.

        Usual ones: ``report``, ``executor``, ``attempt``, ``seconds``, ``outcome``, ``problem``.
        """
        if self._stream is None:
            raise ValueError("the log is not open")
        line = {
            "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
            "event": name,
            "urn": urn,
            "pid": os.getpid(),
            "elapsed": round(time.monotonic() - self._began, 3),
            **fields,
        }
        os.write(self._stream, json.dumps(line).encode() + b"\n")


def _shorten(problem: str) -> str:
    """The first line of a problem, cut where it is very long.

    It may quote the value that was refused: a number that is no URN, line or cell is left out.
    """
    first = next(iter(problem.strip().splitlines()), "")
    return _FIGURE.sub("…", first)[:_LONGEST]
