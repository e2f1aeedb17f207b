"""The roll of an edition: every school of its area, reported on or not, as the last run left it (``schools.json``)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import write_beside
from pipeline.run.jobs import ReportOutcome

if TYPE_CHECKING:
    from pipeline.edition.schools import AreaSchool

ROLL = "schools.json"


def describe_roll(schools: Sequence[AreaSchool], outcomes: Sequence[ReportOutcome]) -> list[dict[str, Any]]:
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


def write_roll(paths: EditionPaths, roll: Sequence[dict[str, Any]]) -> None:
    """Write the roll, from which the area's report knows whom it counts; it stays as it is where nothing changed."""
    if roll != read_roll(paths):
        write_beside(paths.reports / ROLL, json.dumps(roll, ensure_ascii=False, indent=1) + "\n")


def read_roll(paths: EditionPaths) -> list[dict[str, Any]]:
    """Every school of the area as the last run left it; empty where there was none, or its file is damaged."""
    try:
        roll = json.loads((paths.reports / ROLL).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    known = {"urn", "name", "status", "reason"}
    is_whole = isinstance(roll, list) and all(isinstance(one, dict) and known <= set(one) for one in roll)
    return roll if is_whole else []
