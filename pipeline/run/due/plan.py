"""What a run would make, and why: every report due for making, every one that is in place and still holds.

Nothing is made here. A run and the verb ``plan`` plan alike, so that the one does what the other says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.edition.pages import EDITION_PAGES
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace, find_project
from pipeline.run.due.digests import Digests, read_digests
from pipeline.run.due.keys import PAGE_PARTS, describe_shared_parts, key_edition, key_school
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.record.statuses import describe_statuses, read_statuses
from pipeline.run.rendering import BUILT_IN
from pipeline.run.stamps.made import UNKNOWN, Made, find_damaged, name_changes, read_made, tell_changes, tell_damaged

if TYPE_CHECKING:
    from pipeline.edition.editions import Edition
    from pipeline.edition.schools import AreaSchool
    from pipeline.policy import Policy
    from pipeline.render.engine import EngineChoice
    from pipeline.run.preparing.preparation import PreparedEdition

SCHOOLS_FIRST = "after the schools' reports, where these change it"
_LISTED = 10  # schools, where none is due
_NAMED = 3  # indicators named one by one
#: What an executed notebook can be rendered to again.
_RENDERED = re.compile(r"facts\.json|report\.docx|report(\.[A-Za-z-]+)?\.(html|pdf)")


@dataclass(frozen=True, slots=True)
class PlannedReport:
    """A report and why it is to be made; ``reason`` is empty where the one in place holds."""

    job: ReportJob
    reason: str
    made: Made | None = None  # the account of the report in place, where there is one
    failure: str = ""  # why it could not be made last time

    @property
    def kept(self) -> ReportOutcome:
        """What a run that leaves it alone leaves: the report in place, or the problem there is with it."""
        if self.failure:
            return ReportOutcome(self.job.urn, self.job.name, self.failure)
        if self.made is None:
            return ReportOutcome(self.job.urn, self.job.name, "it has not been made yet")
        return ReportOutcome(self.job.urn, self.job.name, files=self.made.files)


@dataclass(frozen=True)
class Plan:
    """What a run of an edition would do.

    ``asked`` are the reports of the schools that were asked for (all that are due, where none were named), ``left``
    those of the others due, which the run leaves as they are. ``once`` is what is made once an edition, after its
    schools; empty where schools were named.
    """

    edition: Edition
    asked: tuple[PlannedReport, ...]
    left: tuple[PlannedReport, ...]
    not_due: tuple[AreaSchool, ...]
    once: tuple[PlannedReport, ...] = ()

    @cached_property
    def to_make(self) -> tuple[PlannedReport, ...]:
        return tuple(planned for planned in self.asked if planned.reason)

    @cached_property
    def unchanged(self) -> tuple[PlannedReport, ...]:
        return tuple(planned for planned in self.asked if not planned.reason)

    def count_reasons(self) -> list[tuple[str, int]]:
        """Each reason and the number of schools whose report is made for it, the commonest first."""
        return Counter(planned.reason for planned in self.to_make).most_common()


class Planner:
    """Plans the reports of one edition whose tables are prepared."""

    def __init__(
        self,
        workspace: Workspace,
        prepared: PreparedEdition,
        policy: Policy,
        asked: str | None = None,
        engine: EngineChoice = BUILT_IN,
        progress: Callable[[str], None] = lambda step: None,
    ) -> None:
        """``asked`` is the policy's name or path where it is not the edition's own; ``engine`` renders the reports.

        ``progress`` is told what has to be found out again before anything can be planned, and why.
        """
        self._workspace = workspace
        self._edition = prepared.edition
        self._policy = policy
        self._asked = asked
        self._engine = engine
        self._code = prepared.code
        self._shared: dict[Path, dict[str, str]] = {}
        self.digests: Digests = read_digests(prepared, progress)

    @property
    def due(self) -> frozenset[int]:
        """The URNs of the schools that are due a report."""
        return frozenset(school.urn for school in self.digests.area if not school.not_due)

    def plan(self, urns: Sequence[int] = (), *, again: bool = False) -> Plan:
        """Plan the schools' reports, those of ``urns`` only where given; all that are asked for, where ``again``.

        Raises PipelineError where no school is due, or one of ``urns`` is not the area's or is not due.
        """
        asked = {school.urn for school in choose_due(self.digests.area, urns, self._edition.name)}
        due = [school for school in self.digests.area if not school.not_due]
        failed = {one["urn"]: one["reason"] for one in read_statuses(self._edition.paths) if one["status"] == "failed"}
        planned = []
        for school in due:
            job = describe_job(self._workspace, self._edition, school, self._asked, self._engine)
            job = replace(job, key=key_school(self._describe_shared(job), self.digests, school.urn))
            planned.append(judge(job, again=again and school.urn in asked, failure=failed.get(school.urn, "")))
        plan = Plan(
            self._edition,
            tuple(one for one in planned if one.job.urn in asked),
            tuple(one for one in planned if one.job.urn not in asked),
            tuple(school for school in self.digests.area if school.not_due),
        )
        return plan if urns else replace(plan, once=self._foresee_once(plan, again=again))

    def _describe_shared(self, job: ReportJob) -> dict[str, str]:
        """What all reports of one notebook share is described once."""
        if job.notebook not in self._shared:
            self._shared[job.notebook] = describe_shared_parts(
                self._edition, self._policy, job.notebook, job.parameters, self._code, self._engine
            )
        return self._shared[job.notebook]

    def plan_once(
        self, outcomes: Sequence[ReportOutcome], statuses: Sequence[Mapping[str, object]], *, again: bool = False
    ) -> tuple[PlannedReport, ...]:
        """Plan what is made once an edition, when the schools' reports are there."""
        return tuple(
            judge(
                replace(job, key=key_edition(self._describe_shared(job), self.digests, outcomes, statuses)), again=again
            )
            for job in self._describe_once()
        )

    def _describe_once(self) -> tuple[ReportJob, ...]:
        return describe_edition_jobs(self._workspace, self._edition, self._asked, self._engine)

    def _foresee_once(self, plan: Plan, *, again: bool) -> tuple[PlannedReport, ...]:
        """As far as can be said before the schools' reports are made."""
        if any(not planned.job.render_only for planned in plan.to_make):
            return tuple(PlannedReport(job, SCHOOLS_FIRST, read_made(job.into)) for job in self._describe_once())
        kept = [planned.kept for planned in plan.asked]
        return self.plan_once(kept, describe_statuses(self.digests.area, kept), again=again)


def judge(job: ReportJob, *, again: bool = False, failure: str = "") -> PlannedReport:
    """Say whether the report in ``job.into`` holds, and if not, why and whether page and PDF are all it needs.

    ``failure`` is why it could not be made last time; "" where it could.
    """
    made = read_made(job.into)
    reason, render_only = _find_reason(job, made, again=again, failed=bool(failure))
    return PlannedReport(replace(job, render_only=render_only), reason, made, failure)


def _find_reason(job: ReportJob, made: Made | None, *, again: bool, failed: bool) -> tuple[str, bool]:
    """Why the report is to be made, and whether its page and PDF are all that is; "" where it holds."""
    if made is None:
        return UNKNOWN if job.into.is_dir() else "no report yet", False
    if again:
        return "asked for again", False
    changed = name_changes(made.key, job.key)
    if not PAGE_PARTS.issuperset(changed):
        return tell_changes(_gather(changed)), False
    if failed and not changed:
        return "failed last time", False
    damaged = find_damaged(job.into, made.files)
    said = tell_changes(changed) if changed else tell_damaged(damaged)
    return said, bool(said) and all(map(_RENDERED.fullmatch, damaged))


def _gather(parts: Iterable[str]) -> list[str]:
    """The parts in words; of many indicators only how many there are."""
    parts = list(parts)
    indicators = [part for part in parts if part.startswith("indicator ")]
    if len(indicators) <= _NAMED:
        return parts
    return [f"{len(indicators)} indicators", *(part for part in parts if part not in indicators)]


def choose_due(schools: Sequence[AreaSchool], urns: Sequence[int], edition: str) -> list[AreaSchool]:
    """The schools due a report, those of ``urns`` only where given.

    Raises PipelineError where none is due, or one of ``urns`` is not the area's or is not due.
    """
    if not urns:
        due = [school for school in schools if not school.not_due]
        if not due:
            reasons = [f"  {school.name} (URN {school.urn}): {school.not_due}" for school in schools[:_LISTED]]
            more = [f"  and {len(schools) - _LISTED} more"] if len(schools) > _LISTED else []
            raise PipelineError(
                "\n".join([f"no school of the edition {edition} is due a report:", *reasons, *more]),
                remedy="Compare `area:` and `year:` in edition.yaml with the files; in place of a school that another "
                f"carries on, list that one. `python -m pipeline check {edition}` names all.",
            )
        return due
    known = {school.urn: school for school in schools}
    strange = [urn for urn in urns if urn not in known]
    if strange:
        raise PipelineError(
            f"not a school of the edition {edition}: {', '.join(map(str, strange))}",
            remedy=f"`python -m pipeline check {edition}` lists the area's schools.",
        )
    refused = [known[urn] for urn in urns if known[urn].not_due]
    if refused:
        raise PipelineError("\n".join(f"URN {school.urn} is not due a report: {school.not_due}" for school in refused))
    return [known[urn] for urn in dict.fromkeys(urns)]


def describe_job(
    workspace: Workspace,
    edition: Edition,
    school: AreaSchool,
    policy: str | None = None,
    engine: EngineChoice = BUILT_IN,
) -> ReportJob:
    """The job of making one school's report, without its key."""
    return ReportJob(
        urn=school.urn,
        name=school.name,
        notebook=find_project() / "notebooks" / "school_report.ipynb",
        parameters={"urn": school.urn, "edition": edition.name, "policy": policy or edition.description.policy},
        workspace=workspace.root,
        into=edition.paths.school(school.urn),
        edition=edition.name,
        engine=engine,
    )


def describe_edition_jobs(
    workspace: Workspace, edition: Edition, policy: str | None = None, engine: EngineChoice = BUILT_IN
) -> tuple[ReportJob, ...]:
    """What is made once an edition, after its schools, in this order: all read what the schools' runs left."""
    return tuple(
        ReportJob(
            urn=None,
            name=page.name,
            notebook=find_project() / "notebooks" / page.notebook,
            parameters={"edition": edition.name, "policy": policy or edition.description.policy},
            workspace=workspace.root,
            into=edition.paths.reports / page.folder,
            edition=edition.name,
            engine=engine,
        )
        for page in EDITION_PAGES
    )
