"""Does each report still say what is known? The question that ``plan`` asks, put to the reports that are to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.foundation.errors import FaultyInput, PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.run.due.keys import PAGE_PARTS
from pipeline.run.lock import hold_edition
from pipeline.run.rendering import BUILT_IN
from pipeline.run.stamps.made import name_changes

if TYPE_CHECKING:
    from pipeline.edition.editions import Edition
    from pipeline.run.due.plan import Plan, PlannedReport


@dataclass(frozen=True)
class Currency:
    """``outdated`` is URN → what has changed since the school's report was made. ``missing`` is URN → name of the
    schools that are due a report and have none."""

    outdated: Mapping[int, str]
    missing: Mapping[int, str]


def find_outdated(workspace: Workspace, edition: Edition, reported: Mapping[int, str]) -> Currency:
    """Compare every report in place (``reported``: URN → name) with what it would be made from now.

    The published and local files, the policy, the panel's decisions, the edition's own description, the notebook and
    the code count; what only page and PDF are laid out by does not. Files that changed are read again, as ``plan``
    does. Raises PipelineError where a run is under way, and FaultyInput where a file cannot be used.
    """
    with hold_edition(edition.paths):
        plan = _plan(workspace, edition)
    planned = {one.job.urn: one for one in plan.asked if one.job.urn is not None}
    not_due = {school.urn: school.not_due for school in plan.not_due}
    found = {urn: _tell(planned.get(urn), not_due.get(urn, "")) for urn in reported}
    missing = {urn: one.job.name for urn, one in planned.items() if urn not in reported and not one.failure}
    return Currency({urn: what for urn, what in found.items() if what}, missing)


def _plan(workspace: Workspace, edition: Edition) -> Plan:
    from pipeline.edition.editions import read_policy_of
    from pipeline.run.due.plan import Planner
    from pipeline.run.preparing.preparation import prepare

    try:
        prepared = prepare(edition)
        return Planner(workspace, prepared, read_policy_of(edition), engine=BUILT_IN).plan()
    except FaultyInput:
        raise
    except PipelineError as error:
        raise PipelineError(
            f"whether the reports are current cannot be told: {error.what}",
            where=error.where or edition.name,
            remedy=error.remedy or f"`python -m pipeline check {edition.name}` says more.",
        ) from None


def _tell(planned: PlannedReport | None, not_due: str) -> str:
    """What makes a report one that may not be sent any more; "" where it says what is known."""
    if planned is None:
        return f"no report is due now: {not_due or 'it is no school of this edition any more'}"
    if not planned.reason:
        return ""
    if planned.made is None:
        return planned.reason
    changed = name_changes(planned.made.key, planned.job.key)
    return "" if changed and PAGE_PARTS.issuperset(changed) else planned.reason
