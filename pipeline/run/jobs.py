"""A report to make, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.foundation.errors import PipelineError
from pipeline.render.engine import EngineChoice

FACTS = "application/vnd.school-report+json"


@dataclass(frozen=True, slots=True)
class ReportJob:
    """A report to make. ``urn`` is None for the area's own report."""

    urn: int | None
    name: str
    notebook: Path
    parameters: Mapping[str, Any]
    workspace: Path
    into: Path
    edition: str
    cell_seconds: int = 600  # the longest a single cell may take
    report_seconds: int = 1800  # the longest the whole notebook may take
    key: Mapping[str, str] = field(default_factory=dict)  # what the report depends on: part → sha256
    engine: EngineChoice = field(default_factory=EngineChoice)  # what renders the executed notebook
    render_only: bool = False  # the executed notebook in ``into`` still holds: only page and PDF are made anew


@dataclass(frozen=True, slots=True)
class ReportOutcome:
    """What became of a job: ``problem`` is empty where the report is in place."""

    urn: int | None
    name: str
    problem: str = ""
    bug: str = ""  # the traceback, where the fault is the pipeline's own and not the school's or the notebook's
    kept: str = ""  # where a failed notebook was left for the analyst, relative to the workspace
    files: Mapping[str, str] = field(default_factory=dict)  # file name → sha256
    # What making it took; for the run's log and the benchmark alone.
    seconds: float = 0.0
    attempts: int = 1
    kernel_seconds: float = 0.0  # processor time
    kernel_bytes: int = 0  # the most memory the kernel held
    staged: str = ""  # the folder that holds them until they are put in place
    halt: PipelineError | None = None  # a fault of the machine, which every other report would meet too
