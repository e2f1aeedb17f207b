"""Why a school is in its category, for a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from pipeline.paths import Workspace
from pipeline.run.edition import Edition, load_edition
from pipeline.run.preparation import prepare

if TYPE_CHECKING:
    from pipeline.policy import Policy


def read_policy_of(edition: Edition, policy: str | None = None) -> Policy:
    """The edition's policy, or another asked for; raises FaultyInput holding every fault of the file."""
    from pipeline.policy import load_policy

    said = edition.description
    return load_policy(policy or said.policy, beside=edition.paths.folder, organisation=said.organisation)


def explain_category(
    workspace: Workspace, name: str, urn: int, policy: str | None, progress: Callable[[str], None]
) -> str:
    """Say which clause decided, what every clause found, how certain that is, and what a panel and others said of it.

    Raises PipelineError where the edition's files do not name the school.
    """
    from pipeline.policy import explain_assignment
    from pipeline.report.notebook import read_edition_note, study_school

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
        local=report.local,
    )
    return f"{heading}\n{'=' * len(heading)}\n\n{explained}"
