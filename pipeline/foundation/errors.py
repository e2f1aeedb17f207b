"""What can go wrong that a user can mend: shown without a traceback, with what, where and what next.

    PipelineError
    ├── FaultyInput        one or many faults in files the user gave
    ├── MissingTool        something is not installed or not in this environment
    └── FailedReport       one school's notebook, checks or rendering failed

Anything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in one place.

    ``file`` is a name a user recognises (relative to the edition, never absolute); ``line`` counts from 1
    with the header as line 1; ``column`` is the published header,
    or in a file of settings (YAML, JSON) the field.
    """

    file: str
    line: int | None
    column: str | None
    what: str
    remedy: str
    urn: int | None = None

    def __str__(self) -> str:
        place = self.file
        if self.line is not None:
            place += f", line {self.line}"
        if self.column:
            is_field = self.file.endswith((".yaml", ".json"))
            place += f", {self.column}" if is_field and " " in self.column else ""
            place += "" if is_field and " " in self.column else f", {'field' if is_field else 'column'} {self.column}"
        if self.urn is not None:
            place += f" (URN {self.urn})"
        return f"{place}: {self.what}\n    {self.remedy}"


class PipelineError(Exception):
    """A fault the user can mend. ``exit_code`` tells a calling script what kind it was."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n    {self.remedy}" if self.remedy else text

    def _render_traceback_(self) -> list[str]:  # what a notebook shows in place of a traceback
        return str(self).splitlines()

    def __reduce__(self) -> tuple[Any, ...]:  # survives the way back from a worker process
        return _rebuild, (type(self), self.what, self.where, self.remedy, self.__dict__)


def _rebuild(cls: type[PipelineError], what: str, where: str, remedy: str, state: dict[str, Any]) -> PipelineError:
    error = cls.__new__(cls)
    PipelineError.__init__(error, what, where=where, remedy=remedy)
    error.__dict__.update(state)
    return error


class FaultyInput(PipelineError):
    """Files, rows or cells that cannot be used as they are; holds every fault found, not the first."""

    exit_code = 3

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class MissingTool(PipelineError):
    """Something is not installed or not in this environment."""

    exit_code = 4


class FailedReport(PipelineError):
    """A school's report was not made. ``urn`` names the school; its earlier report, if any, still stands."""

    exit_code = 5

    def __init__(self, urn: int | None, what: str, *, where: str = "", remedy: str = "") -> None:
        self.urn = urn
        super().__init__(what, where=where, remedy=remedy)
