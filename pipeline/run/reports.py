"""A whole run: prepare, one report per school due, the area's, how far to trust it all, the index, the manifest.

One school's failure never stops the others; everything that happened is in the returned summary.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from pipeline.errors import Fault, PipelineError
from pipeline.paths import Workspace, find_project
from pipeline.report.area_schools import AreaSchool, list_area_schools
from pipeline.run.edition import Edition, load_edition, read_policy_of
from pipeline.run.executors import Choice, Executor, open_executor
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.kernels.warming import Rehearsal
from pipeline.run.manifest import write_manifest
from pipeline.run.preparation import PreparedEdition, prepare
from pipeline.run.schools import make_report, put_in_place, recover_interrupted
from pipeline.writing import write_beside


class Watcher(Protocol):
    """Told how a run goes, so that a person can be shown."""

    def reading(self, what: str) -> None: ...

    def warning(self, words: str) -> None: ...

    def starting(self, reports: int) -> None: ...

    def finished(self, outcome: ReportOutcome) -> None: ...


@dataclass(frozen=True)
class RunSummary:
    """What a run did: every school of the area is in exactly one of ``done``, ``failed`` and ``not_due``."""

    edition: Edition
    done: tuple[ReportOutcome, ...]
    failed: tuple[ReportOutcome, ...]
    not_due: tuple[AreaSchool, ...]
    area: ReportOutcome | None
    faults: tuple[Fault, ...]
    index: Path | None
    reliance: ReportOutcome | None = None  # the page that says how far to trust the edition

    @property
    def made_once(self) -> tuple[ReportOutcome, ...]:
        """What is made once an edition: the area's report and how far to trust it; empty where neither was due."""
        return tuple(outcome for outcome in (self.area, self.reliance) if outcome is not None)

    @property
    def exit_code(self) -> int:
        """0 all well; 3 a file was left out; 5 a report failed (the graver says)."""
        if self.failed or any(outcome.problem for outcome in self.made_once):
            return 5
        return 3 if self.faults else 0


def make_reports(
    workspace: Workspace,
    name: str,
    watcher: Watcher,
    *,
    urns: Sequence[int] = (),
    policy: str | None = None,
    choice: Choice | None = None,
) -> RunSummary:
    """Make the edition's reports: those of ``urns`` only, where given. ``choice`` says in which processes.

    Raises PipelineError where nothing can be made at all: no such edition, no usable file, another run under way,
    a URN that is not the area's or is not due.
    """
    edition = load_edition(workspace, name)
    read_policy_of(edition, policy)  # a fault in it must not show three hundred schools later
    edition.paths.reports.mkdir(parents=True, exist_ok=True)
    with _hold(edition):
        recover_interrupted(edition.paths.reports / "schools")
        recover_interrupted(edition.paths.reports)
        prepared = prepare(edition, progress=watcher.reading)
        schools = list_schools(prepared)
        due = _choose_due(schools, urns, name)
        jobs = [describe_job(workspace, edition, school, policy) for school in due]
        once = () if urns else _describe_edition_jobs(workspace, edition, policy)
        watcher.starting(len(jobs) + len(once))
        with open_executor(choice or Choice(), _describe_rehearsal(jobs[0]), watcher.warning) as executor:
            outcomes = _run(jobs, executor, watcher.finished)
            not_due = tuple(school for school in schools if school.not_due)
            if urns:
                return _sum_up(prepared, outcomes, not_due)
            _write_roll(edition, schools, outcomes)
            area, reliance = (_run([job], executor, watcher.finished)[0] for job in once)
        index = _write_index(prepared, policy or edition.description.policy, outcomes, not_due, area, reliance)
        write_manifest(prepared, outcomes, area, reliance)
        return _sum_up(prepared, outcomes, not_due, area, reliance, index)


@contextmanager
def _hold(edition: Edition) -> Iterator[None]:
    lock = FileLock(edition.paths.reports / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise PipelineError(
            f"another run of the edition {edition.name} is under way", remedy="Wait until it has finished, or stop it."
        ) from None
    try:
        yield
    finally:
        lock.release()


def list_schools(prepared: PreparedEdition) -> tuple[AreaSchool, ...]:
    """Every school of the edition's area, due or not due with the reason."""
    edition = prepared.edition
    return list_area_schools(
        prepared.tables.schools(), prepared.tables.latest_years(), edition.description.area.model_dump(), edition.year
    )


def _choose_due(schools: Sequence[AreaSchool], urns: Sequence[int], edition: str) -> list[AreaSchool]:
    if not urns:
        due = [school for school in schools if not school.not_due]
        if not due:
            raise PipelineError(
                f"no school of the edition {edition} is due a report",
                remedy="Run `python -m pipeline check` and compare `area:` and `year:` with the files.",
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


def describe_job(workspace: Workspace, edition: Edition, school: AreaSchool, policy: str | None = None) -> ReportJob:
    """The job of making one school's report."""
    return ReportJob(
        urn=school.urn,
        name=school.name,
        notebook=find_project() / "notebooks" / "school_report.ipynb",
        parameters={"urn": school.urn, "edition": edition.name, "policy": policy or edition.description.policy},
        workspace=workspace.root,
        into=edition.paths.school(school.urn),
        edition=edition.name,
    )


def _describe_edition_jobs(workspace: Workspace, edition: Edition, policy: str | None) -> tuple[ReportJob, ReportJob]:
    """What is made once an edition, after its schools, in this order: both read what the schools' runs left."""
    made_once = (
        ("the area report", "area_report.ipynb", edition.paths.area),
        ("how far to trust this", "how_far_to_trust.ipynb", edition.paths.how_far_to_trust),
    )
    area, reliance = (
        ReportJob(
            urn=None,
            name=name,
            notebook=find_project() / "notebooks" / notebook,
            parameters={"edition": edition.name, "policy": policy or edition.description.policy},
            workspace=workspace.root,
            into=into,
            edition=edition.name,
        )
        for name, notebook, into in made_once
    )
    return area, reliance


def _describe_rehearsal(job: ReportJob) -> Rehearsal:
    """What is gone through once before kernels are forked: the first school's notebook."""
    return Rehearsal(job.notebook, job.parameters, job.workspace)


def _run(
    jobs: Sequence[ReportJob], executor: Executor, finished: Callable[[ReportOutcome], None]
) -> tuple[ReportOutcome, ...]:
    outcomes = []
    described = {(job.urn, job.name): job for job in jobs}
    for made in executor.run(jobs):
        outcome = put_in_place(described[made.urn, made.name], made)
        finished(outcome)
        outcomes.append(outcome)
    order = {(job.urn, job.name): position for position, job in enumerate(jobs)}
    return tuple(sorted(outcomes, key=lambda outcome: order[outcome.urn, outcome.name]))


def _sum_up(
    prepared: PreparedEdition,
    outcomes: Iterable[ReportOutcome],
    not_due: tuple[AreaSchool, ...],
    area: ReportOutcome | None = None,
    reliance: ReportOutcome | None = None,
    index: Path | None = None,
) -> RunSummary:
    outcomes = tuple(outcomes)
    return RunSummary(
        prepared.edition,
        tuple(outcome for outcome in outcomes if not outcome.problem),
        tuple(outcome for outcome in outcomes if outcome.problem),
        not_due,
        area,
        prepared.faults,
        index,
        reliance,
    )


def _write_roll(edition: Edition, schools: Sequence[AreaSchool], outcomes: Sequence[ReportOutcome]) -> None:
    """Write ``schools.json``: who was reported on in this run, so that the area's report counts no other."""
    problems = {outcome.urn: outcome.problem for outcome in outcomes}
    roll = [
        {
            "urn": school.urn,
            "name": school.name,
            "status": "not due" if school.not_due else "failed" if problems[school.urn] else "done",
            "reason": school.not_due or problems[school.urn],
        }
        for school in schools
    ]
    write_beside(edition.paths.reports / "schools.json", json.dumps(roll, ensure_ascii=False, indent=1) + "\n")


def _write_index(
    prepared: PreparedEdition,
    policy: str,
    outcomes: Sequence[ReportOutcome],
    not_due: Sequence[AreaSchool],
    area: ReportOutcome,
    reliance: ReportOutcome,
) -> Path:
    from pipeline.render.site import render_index
    from pipeline.run.index import describe_index

    edition = prepared.edition
    path = edition.paths.reports / "index.html"
    write_beside(
        path, render_index(describe_index(edition, policy, outcomes, not_due, area, reliance, prepared.faults))
    )
    return path


def find_school_job(workspace: Workspace, name: str, urn: int, watcher: Watcher) -> ReportJob:
    """Prepare the edition and describe the job of one school; raises PipelineError where it is not due."""
    edition = load_edition(workspace, name)
    prepared = prepare(edition, progress=watcher.reading)
    (school,) = _choose_due(list_schools(prepared), [urn], name)
    return describe_job(workspace, edition, school)


def make_preview(workspace: Workspace, name: str, urn: int, watcher: Watcher) -> tuple[ReportOutcome, Path]:
    """Make one school's report under ``reports/<edition>/preview/``, leaving the edition's own reports alone."""
    job = find_school_job(workspace, name, urn, watcher)
    job = replace(job, into=workspace.edition(name).reports / "preview" / str(urn))
    watcher.starting(1)
    outcome = put_in_place(job, make_report(job))
    watcher.finished(outcome)
    return outcome, job.into
