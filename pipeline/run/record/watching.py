"""Who is told how a run goes: a person at a screen, the run's log."""

from __future__ import annotations

from typing import Protocol

from pipeline.run.jobs import ReportOutcome


class Watcher(Protocol):
    """Told how a run goes, so that a person can be shown."""

    def reading(self, what: str) -> None: ...

    def warning(self, words: str) -> None: ...

    def starting(self, reports: int) -> None: ...

    def finished(self, outcome: ReportOutcome) -> None: ...


class Watchers:
    """Several watchers of one run as one, each told everything in the order given."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = watchers

    def reading(self, what: str) -> None:
        for watcher in self._watchers:
            watcher.reading(what)

    def warning(self, said: str) -> None:
        for watcher in self._watchers:
            watcher.warning(said)

    def starting(self, reports: int) -> None:
        for watcher in self._watchers:
            watcher.starting(reports)

    def finished(self, outcome: ReportOutcome) -> None:
        for watcher in self._watchers:
            watcher.finished(outcome)
