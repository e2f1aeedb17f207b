"""A whole run: prepare, one report per school due, the area's, how far to trust it all, site, index and manifest.

One school's failure never stops the others; everything that happened is in the returned summary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from pipeline.edition.editions import Edition, load_edition, read_policy_of
from pipeline.foundation.errors import Fault
from pipeline.foundation.paths import Workspace
from pipeline.run.due.digests import read_digests
from pipeline.run.due.plan import Plan, PlannedReport, Planner, choose_due, describe_job
from pipeline.run.executors import Choice, Executor, begin_executor, open_executor
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.lock import hold_edition
from pipeline.run.making.schools import make_report, put_in_place, recover_interrupted
from pipeline.run.preparing.preparation import STAMP, PreparedEdition, prepare
from pipeline.run.record.index import INDEX, leave_place_for_delivery, write_index
from pipeline.run.record.log import RunLog
from pipeline.run.record.manifest import write_manifest
from pipeline.run.record.site import write_area_site
from pipeline.run.record.statuses import describe_statuses, write_statuses
from pipeline.run.record.watching import Watcher, Watchers
from pipeline.run.record.withdrawal import withdraw_reports
from pipeline.run.rendering import BUILT_IN, choose_engine

if TYPE_CHECKING:
    from pipeline.edition.schools import AreaSchool
    from pipeline.policy import Policy
    from pipeline.render.engine import EngineChoice
    from pipeline.run.kernels.fork_client import ForkServerProcess
    from pipeline.run.kernels.preload import Rehearsal


@dataclass(frozen=True)
class RunSummary:
    """What a run did.

    Every school of the area that was asked for is in exactly one of ``done``, ``failed``, ``unchanged`` and
    ``not_due``. ``withdrawn`` are the URNs of reports taken out from among the others.
    """

    edition: Edition
    done: tuple[ReportOutcome, ...]
    failed: tuple[ReportOutcome, ...]
    not_due: tuple[AreaSchool, ...]
    pages: tuple[ReportOutcome, ...]  # of EDITION_PAGES, in that order; none where schools were named
    faults: tuple[Fault, ...]
    index: Path | None
    unchanged: tuple[ReportOutcome, ...] = ()  # in place from an earlier run, and nothing they rest on has changed
    withdrawn: tuple[int, ...] = ()
    engine: str = ""  # the rendering engine, where it is not the edition's own

    @property
    def exit_code(self) -> int:
        """0 all well; 3 a file was left out; 5 a report failed (the graver says)."""
        if self.failed or any(outcome.problem for outcome in self.pages):
            return 5
        return 3 if self.faults else 0


def make_reports(
    workspace: Workspace,
    name: str,
    watcher: Watcher,
    *,
    urns: Sequence[int] = (),
    policy: str | None = None,
    engine: str | None = None,
    choice: Choice | None = None,
    again: bool = False,
    announce: Callable[[Plan], None] = lambda plan: None,
) -> RunSummary:
    """Make the edition's reports that do not hold any more: of the schools ``urns`` only, where given.

    ``policy`` and ``engine`` stand in for the edition's own. ``again`` makes those that hold anew too. ``choice`` says
    in which processes. ``announce`` is told what will be made before anything is.

    Raises PipelineError where nothing can be made at all: no such edition, no usable file, another run under way,
    a URN that is not the area's or is not due; MissingTool where the engine is not here.
    """
    edition = load_edition(workspace, name)
    chosen = read_policy_of(edition, policy)  # a fault in it must not show three hundred schools later
    renderer, choice = choose_engine(edition, engine), choice or Choice()
    asked = {"urns": list(urns), "policy": policy, "again": again, **vars(choice)}
    asked |= {"engine": renderer.name, "engine_version": renderer.version}
    with hold_edition(edition.paths), RunLog(edition.paths.reports, asked) as log, ExitStack() as held:
        begun = held.enter_context(begin_executor(choice)) if again or _is_first(edition) else None
        watcher = Watchers(watcher, log)
        prepared, planner = _prepare_to_plan(workspace, edition, chosen, policy, renderer, watcher)
        withdrawn = withdraw_reports(edition.paths, planner.due)
        plan = planner.plan(urns, again=again)
        announce(plan)
        with _Making(choice, plan, watcher, begun) as making:
            made = making.run(plan.asked)
            outcomes = _order([*made, *(planned.kept for planned in plan.left)], planner)
            once = _make_once(making, planner, plan, outcomes, again=again)
        index = _describe_edition(prepared, policy, renderer, planner, outcomes, once) if once else None
        summary = _sum_up(prepared, plan, made, once if plan.once else (), index, withdrawn)
        return replace(summary, engine="" if renderer.name == edition.description.engine else renderer.name)


def plan_reports(
    workspace: Workspace,
    name: str,
    watcher: Watcher,
    *,
    urns: Sequence[int] = (),
    policy: str | None = None,
    engine: str | None = None,
) -> Plan:
    """Plan a run without making anything but the prepared tables, where these are not there or not current.

    Raises PipelineError as ``make_reports`` does.
    """
    edition = load_edition(workspace, name)
    chosen = read_policy_of(edition, policy)
    renderer = choose_engine(edition, engine)
    with hold_edition(edition.paths):
        _, planner = _prepare_to_plan(workspace, edition, chosen, policy, renderer, watcher)
        return planner.plan(urns)


def _is_first(edition: Edition) -> bool:
    """Whether nothing was prepared yet: whatever the files hold, reports are then to be made."""
    return not (edition.paths.prepared / STAMP).is_file()


def _prepare_to_plan(
    workspace: Workspace,
    edition: Edition,
    chosen: Policy,
    policy: str | None,
    renderer: EngineChoice,
    watcher: Watcher,
) -> tuple[PreparedEdition, Planner]:
    recover_interrupted(edition.paths.reports / "schools")
    recover_interrupted(edition.paths.reports)
    prepared = prepare(edition, progress=watcher.reading)
    return prepared, Planner(workspace, prepared, chosen, policy, renderer, watcher.reading)


class _Making:
    """Makes what a plan says, with one executor that is opened when first needed and closed at the end.

    Its fork server is ``begun`` where it was known early that one would be needed.
    """

    def __init__(self, choice: Choice, plan: Plan, watcher: Watcher, begun: ForkServerProcess | None = None) -> None:
        due = [planned for planned in (*plan.to_make, *plan.once) if planned.reason]
        if all(planned.job.render_only for planned in due):
            choice, begun = replace(choice, kernels="cold"), None  # none is needed: no fork server is started
        self._choice, self._watcher, self._begun, self._held = choice, watcher, begun, ExitStack()
        self._executor: Executor | None = None
        self._reports = len(due)

    def __enter__(self) -> _Making:
        if self._reports:
            self._watcher.starting(self._reports)
        return self

    def __exit__(self, *raised: Any) -> bool | None:
        return self._held.__exit__(*raised)

    def run(self, planned: Sequence[PlannedReport]) -> tuple[ReportOutcome, ...]:
        """Make those that are to be made; give the outcome of all, in their order."""
        jobs = [one.job for one in planned if one.reason]
        found = {(one.job.urn, one.job.name): one.kept for one in planned}
        found |= {(outcome.urn, outcome.name): outcome for outcome in self._make(jobs)}
        return tuple(found.values())

    def _make(self, jobs: Sequence[ReportJob]) -> Iterator[ReportOutcome]:
        if not jobs:
            return
        if self._executor is None:
            rehearsal = _describe_rehearsal(jobs[0])
            opened = open_executor(self._choice, rehearsal, self._watcher.warning, self._begun)
            self._executor = self._held.enter_context(opened)
        described = {(job.urn, job.name): job for job in jobs}
        for made in self._executor.run(jobs):
            job = described[made.urn, made.name]
            outcome = put_in_place(job, made)
            if outcome.halt is not None:
                raise outcome.halt  # the next report would meet it too; those in place are kept
            if not outcome.problem:
                _forget_failure(job)
            self._watcher.finished(outcome)
            yield outcome


def _forget_failure(job: ReportJob) -> None:
    """Take away the notebook that was kept when the report failed."""
    kept = job.workspace / "reports" / job.edition / "failed" / f"{job.into.name}.ipynb"
    kept.unlink(missing_ok=True)


def _describe_rehearsal(job: ReportJob) -> Rehearsal | None:
    """What is gone through once before kernels are forked: the first school's notebook.

    Where no school is due there is nothing to save: the area's notebooks run once each.
    """
    from pipeline.run.kernels.preload import Rehearsal

    return None if job.urn is None else Rehearsal(job.notebook, job.parameters, job.workspace)


def _order(outcomes: Sequence[ReportOutcome], planner: Planner) -> tuple[ReportOutcome, ...]:
    """In the order of the area's schools, whoever was asked for."""
    found = {outcome.urn: outcome for outcome in outcomes}
    return tuple(found[school.urn] for school in planner.digests.area if not school.not_due)


def _make_once(
    making: _Making, planner: Planner, plan: Plan, outcomes: Sequence[ReportOutcome], *, again: bool
) -> tuple[ReportOutcome, ...]:
    """Make what is made once an edition, after the statuses it reads; where schools were named, give it as it stands.

    Empty where schools were named and there was no whole run before: then there is nothing of the edition to describe.
    """
    paths = plan.edition.paths
    if not plan.once and not (paths.reports / INDEX).is_file():
        return ()
    statuses = describe_statuses(planner.digests.area, outcomes)
    write_statuses(paths, statuses)
    planned = planner.plan_once(outcomes, statuses, again=again)
    if not plan.once:
        return tuple(one.kept for one in planned)
    if any(one.reason for one in planned):  # then the site is written too; these few leave a core idle meanwhile
        Thread(target=import_module, args=["pipeline.run.record.site.pages"], daemon=True).start()
    return making.run(planned)


def _describe_edition(
    prepared: PreparedEdition,
    policy: str | None,
    renderer: EngineChoice,
    planner: Planner,
    outcomes: Sequence[ReportOutcome],
    once: Sequence[ReportOutcome],
) -> Path:
    """Write the index, the area's site and the manifest: of the whole edition, whatever was made in this run."""
    edition = prepared.edition
    not_due = [school for school in planner.digests.area if school.not_due]
    asked = policy or edition.description.policy
    write_area_site(prepared, read_policy_of(edition, policy), planner.digests, outcomes, once)
    index = write_index(prepared, asked, outcomes, not_due, once)
    leave_place_for_delivery(edition)
    write_manifest(prepared, outcomes, once, policy=policy, engine=renderer)
    return index


def _sum_up(
    prepared: PreparedEdition,
    plan: Plan,
    made: Sequence[ReportOutcome],
    once: Sequence[ReportOutcome],
    index: Path | None,
    withdrawn: tuple[int, ...],
) -> RunSummary:
    unchanged = {planned.job.urn for planned in plan.unchanged}
    return RunSummary(
        prepared.edition,
        tuple(outcome for outcome in made if not outcome.problem and outcome.urn not in unchanged),
        tuple(outcome for outcome in made if outcome.problem),
        plan.not_due,
        tuple(once),
        prepared.faults,
        index if plan.once else None,
        tuple(outcome for outcome in made if outcome.urn in unchanged),
        withdrawn,
    )


def find_school_job(
    workspace: Workspace, name: str, urn: int, watcher: Watcher, engine: EngineChoice = BUILT_IN
) -> ReportJob:
    """Prepare the edition and describe the job of one school.

    Raises PipelineError where it is not due, and where nobody has named whose reports these are.
    """
    edition = load_edition(workspace, name)
    read_policy_of(edition)
    prepared = prepare(edition, progress=watcher.reading)
    (school,) = choose_due(read_digests(prepared, watcher.reading).area, [urn], name)
    return describe_job(workspace, edition, school, engine=engine)


def _load_pages() -> None:
    """Load what a page and its PDF are made with."""
    import pipeline.render.checks
    import pipeline.render.html
    import pipeline.report.facts
    import pipeline.run.making.notebooks  # noqa: F401
    from pipeline.render.pdf import load_typesetting

    load_typesetting()


def make_preview(
    workspace: Workspace, name: str, urn: int, watcher: Watcher, engine: str | None = None
) -> tuple[ReportOutcome, Path]:
    """Make one school's report under ``reports/<edition>/preview/``, leaving the edition's own reports alone.

    ``engine`` stands in for the edition's own; raises MissingTool where it is not here.
    """
    from pipeline.run.kernels.finding import start_fork_server

    start_fork_server()
    renderer = choose_engine(load_edition(workspace, name), engine)
    job = find_school_job(workspace, name, urn, watcher, renderer)
    _load_pages()  # while the fork server preloads
    job = replace(job, into=workspace.edition(name).reports / "preview" / str(urn))
    watcher.starting(1)
    outcome = put_in_place(job, make_report(job))
    watcher.finished(outcome)
    return outcome, job.into
