"""Why a school is in its category, for a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.edition.editions import Edition, load_edition, read_policy_of
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.run.due.digests import list_schools
from pipeline.run.preparing.preparation import prepare

if TYPE_CHECKING:
    from pipeline.sources.prepared import Prepared


def explain_category(
    workspace: Workspace, name: str, urn: int, policy: str | None, progress: Callable[[str], None]
) -> str:
    """Say which clause decided, what every clause found, how certain that is, and what a panel and others said of it.

    Raises PipelineError where the edition's files do not name the school.
    """
    from pipeline.policy import explain_assignment
    from pipeline.report.school.notebook import read_edition_note, study_school

    edition = load_edition(workspace, name)
    tables = prepare(edition, progress=progress).tables
    if urn not in set(tables.schools()["urn"]):
        raise PipelineError(
            f"no file of the edition {name} names URN {urn}",
            remedy=f"`python -m pipeline check {name}` lists the area's schools.",
        )
    slice, chosen = tables.load_school(urn), read_policy_of(edition, policy)
    report = study_school(slice, read_edition_note(edition.paths), chosen)
    heading = f"{' '.join(slice.school.name.split())}, URN {urn}, {edition.description.year}"
    explained = explain_assignment(
        report.assignment,
        certainty=report.certainty,
        move=report.move,
        decision=report.decision,
        decided=report.decided,
        local=report.local,
    )
    if not_due := _tell_not_due(edition, tables, urn):
        explained = f"{not_due}\n\n{explained}"
    return f"{heading}\n{'=' * len(heading)}\n\n{explained}"


def _tell_not_due(edition: Edition, tables: Prepared, urn: int) -> str:
    """Why the edition makes no report of the school, whose figures can be judged all the same; "" where it does."""
    reasons = {school.urn: school.not_due for school in list_schools(edition, tables)}
    if urn not in reasons:
        return "It is not a school of this edition: no report is made of it."
    return f"No report is made of it: {reasons[urn]}." if reasons[urn] else ""
