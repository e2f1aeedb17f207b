"""The status of every school's report, as the last run left it: done, failed, or not due and why (``schools.json``)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import write_beside
from pipeline.run.jobs import ReportOutcome

if TYPE_CHECKING:
    from pipeline.edition.schools import AreaSchool

STATUSES = "schools.json"


def describe_statuses(schools: Sequence[AreaSchool], outcomes: Sequence[ReportOutcome]) -> list[dict[str, Any]]:
    """Say of each of ``schools`` whether its report is done, failed or not due, and why it is not done."""
    problems = {outcome.urn: outcome.problem for outcome in outcomes}
    return [
        {
            "urn": school.urn,
            "name": school.name,
            "status": "not due" if school.not_due else "failed" if problems[school.urn] else "done",
            "reason": school.not_due or problems[school.urn],
        }
        for school in schools
    ]


def write_statuses(paths: EditionPaths, statuses: Sequence[dict[str, Any]]) -> None:
    """Write the statuses, from which the area's report knows whom it counts; they stay where nothing changed."""
    if statuses != read_statuses(paths):
        write_beside(paths.reports / STATUSES, json.dumps(statuses, ensure_ascii=False, indent=1) + "\n")


def read_statuses(paths: EditionPaths) -> list[dict[str, Any]]:
    """Every school of the area as the last run left it; empty where there was none, or its file is damaged."""
    try:
        statuses = json.loads((paths.reports / STATUSES).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    known = {"urn", "name", "status", "reason"}
    is_whole = isinstance(statuses, list) and all(isinstance(one, dict) and known <= set(one) for one in statuses)
    return statuses if is_whole else []
