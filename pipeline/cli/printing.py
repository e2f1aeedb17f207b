"""How the verbs speak: plain sentences and tables that read well without colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline.cli.consoles import make_console, make_error_console, shorten_path
from pipeline.foundation.errors import Fault, PipelineError
from pipeline.foundation.vocabulary import count_noun

if TYPE_CHECKING:
    from pipeline.edition.editions import Edition
    from pipeline.edition.schools import AreaSchool
    from pipeline.run.desk.doctor import Diagnosis
    from pipeline.run.desk.editing import Edited
    from pipeline.run.desk.reproduction import Reproduction
    from pipeline.run.due.plan import Plan, PlannedReport
    from pipeline.run.jobs import ReportOutcome
    from pipeline.run.preparing.preparation import PreparedEdition
    from pipeline.run.record.verification import Finding, Verification
    from pipeline.run.reports import RunSummary


class ProgressWatcher:
    """Shows a run's progress: what is being read, then a bar of the reports made."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._reading: TaskID | None = None
        self._reports: TaskID | None = None
        self._failed = 0

    def reading(self, what: str) -> None:
        if self._reading is None:
            self._reading = self._progress.add_task("", total=None, count="")
        self._progress.update(self._reading, description=f"Reading {what}")

    def starting(self, reports: int) -> None:
        if self._reading is not None:
            self._progress.remove_task(self._reading)
            self._reading = None
        self._reports = self._progress.add_task("Making reports", total=reports)

    def planned(self, plan: Plan) -> None:
        for reason, schools in plan.count_reasons():
            self._progress.console.print(f"To make: {count_noun(schools, 'school')}, {reason}")
        if plan.unchanged:
            self._progress.console.print(f"Unchanged: {count_noun(len(plan.unchanged), 'school')}")

    def warning(self, words: str) -> None:
        self._progress.console.print(words)

    def finished(self, outcome: ReportOutcome) -> None:
        if self._reports is None:
            return
        if outcome.problem:
            self._failed += 1
            first = outcome.problem.splitlines()[0]
            self._progress.console.print(f"Failed: {outcome.name}: {first}")
        failed = f", {self._failed} failed" if self._failed else ""
        self._progress.update(self._reports, advance=1, description=f"Making reports{failed}")


@contextmanager
def watch() -> Iterator[ProgressWatcher]:
    """Show progress on standard error while a verb works."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=make_error_console(), transient=True) as progress:
        yield ProgressWatcher(progress)


def say_error(error: PipelineError) -> None:
    """Print a fault the user can mend: what, where, what next."""
    make_error_console().print(f"Error: {error!s}")


def say_stopped() -> None:
    make_error_console().print("Stopped. Reports already made are kept; run the same command again to go on.")


def say_faults(faults: Sequence[Fault]) -> None:
    """Print every fault of the files left out."""
    if not faults:
        return
    files = len({fault.file for fault in faults})
    make_error_console().print(f"\n{count_noun(len(faults), 'fault')} in {count_noun(files, 'file')} left out:")
    for fault in faults:
        make_error_console().print(str(fault))


def say_warnings(warnings: Sequence[Fault]) -> None:
    """Print what was left out of files that are otherwise used."""
    if warnings:
        make_error_console().print(f"\n{count_noun(len(warnings), 'thing')} to know of in files that are used:")
    for warning in warnings:
        make_error_console().print(str(warning))


def say_overall_warnings(warnings: Sequence[Fault]) -> None:
    """Print what the suites warned of in all files together."""
    if warnings:
        make_error_console().print(f"\n{count_noun(len(warnings), 'thing')} to know of in all files together:")
    for warning in warnings:
        make_error_console().print(str(warning))


def say_not_taken(files: Sequence[tuple[str, str]]) -> None:
    """Print each file that is not read as a table, and why."""
    if files:
        make_console().print(f"\n{count_noun(len(files), 'file')} not taken:")
    for name, reason in files:
        make_console().print(f"  {name}: {reason}")


def say_made(edition: Edition) -> None:
    folder = shorten_path(edition.paths.folder)
    make_console().print(f"Made {folder}. Look at {folder}/edition.yaml, then run:")
    make_console().print(f"    python -m pipeline check {edition.name}")


def say_reconciliation(prepared: PreparedEdition) -> None:
    """Print the account of every file: what it is, its rows, its values, what was not used."""
    for account in prepared.tables.reconciliation():
        file, what, year, rows, schools, figures, without, unused = account.summarise()
        make_console().print(f"\n{file}")
        make_console().print(f"  {what}{f', {year}' if year else ''}")
        if account.loaded and (rows or account.columns_used or account.columns_unused):
            counted = (f"{rows or 0} rows", schools and f"{schools} schools", figures and f"{figures} figures")
            said = " · ".join(part for part in (*counted, f"{unused} columns not used") if part)
            make_console().print(f"  {said}")
        if without:
            make_console().print(f"  cells without a figure: {without}")
        for note in account.notes:
            make_console().print(f"  {shorten(note, 200, placeholder=' …')}")
        if not account.loaded:
            make_console().print("  left out: its faults are listed below")
    folder = shorten_path(prepared.edition.paths.prepared)
    make_console().print(
        f"\nEvery row, word and column is accounted for in {folder}/reconciliation.json.", soft_wrap=True
    )


def say_prepared(prepared: PreparedEdition) -> None:
    edition = prepared.edition
    make_console().print(f"\n{shorten_path(edition.paths.prepared)} is current.")
    make_console().print(f"Next: python -m pipeline reports {edition.name}")


def say_schools(schools: Sequence[AreaSchool]) -> None:
    due = [school for school in schools if not school.not_due]
    make_console().print(f"\n{count_noun(len(due), 'school')} due a report, {len(schools) - len(due)} not due.")
    _print_not_due([school for school in schools if school.not_due])


def _print_not_due(schools: Sequence[AreaSchool], most: int | None = None) -> None:
    for school in schools[:most]:
        said = f"  not due: {school.name} (URN {school.urn}), {school.not_due}"
        make_console().print(said)
    if most is not None and len(schools) > most:
        make_console().print(
            f"  not due: {len(schools) - most} more, each with its reason in the index", soft_wrap=True
        )


def say_plan(plan: Plan) -> None:
    """Print how many reports would be made and why, then each of them."""
    console = make_console()
    console.print(_tabulate_plan(plan))
    console.print()
    for planned in plan.once:
        said = f"{planned.job.name}: {_name_task(planned) or 'unchanged'}"
        console.print(said[:1].upper() + said[1:])
    for planned in plan.to_make:
        said = f"{planned.job.urn}  {planned.job.name}: {_name_task(planned)}"
        console.print(said)


def _tabulate_plan(plan: Plan) -> Table:
    title = f"\n{plan.edition.description.title}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("Reports")
    table.add_column("Schools", justify="right")
    table.add_column("Why", overflow="fold")
    for reason, schools in plan.count_reasons():
        table.add_row("to make", str(schools), reason)
    table.add_row("unchanged", str(len(plan.unchanged)), "")
    table.add_row("not due", str(len(plan.not_due)), "")
    return table


def _name_task(planned: PlannedReport) -> str:
    """What is to be made and why; "" where nothing is."""
    return planned.reason + (" (page and PDF only)" if planned.job.render_only else "")


def say_summary(summary: RunSummary) -> None:
    """Print what a run did, and what to do next."""
    console = make_console()
    name = summary.edition.name
    say_faults(summary.faults)
    _print_not_due(summary.not_due, most=12)
    _print_failed(summary)
    _print_bugs(summary)
    table = Table(title=f"\n{summary.edition.description.title}", title_justify="left", box=None, pad_edge=False)
    table.add_column("Reports")
    table.add_column("Schools", justify="right")
    table.add_column("Next")
    table.add_row("done", str(len(summary.done)), "")
    if summary.unchanged:
        table.add_row("unchanged", str(len(summary.unchanged)), "")
    table.add_row("failed", str(len(summary.failed)), "named above" if summary.failed else "")
    table.add_row("not due", str(len(summary.not_due)), "reasons above" if summary.not_due else "")
    console.print(table)
    if summary.failed:  # outside the table, which would break the line
        console.print(f"When they are mended: {_name_rerun(summary)}")
    for outcome in summary.pages:
        if outcome.problem:
            console.print(f"Failed: {outcome.name}: {outcome.problem}")
    if summary.faults:
        console.print(f"A file was left out. Mend it, then: python -m pipeline reports {name}")
    _print_withdrawn(summary)
    there = (*summary.done, *summary.unchanged)
    urn = there[0].urn if there else None
    if urn is not None:
        page = summary.index or summary.edition.paths.school(urn) / "report.html"
        console.print(f"\nOpen {shorten_path(page)}")


def _print_failed(summary: RunSummary) -> None:
    for outcome in summary.failed:
        make_console().print(f"\nFailed: {outcome.name}, URN {outcome.urn}")
        make_console().print(f"  {outcome.problem}")
        if outcome.kept:
            make_console().print(f"  Its notebook, up to the failure: {outcome.kept}")


def _print_withdrawn(summary: RunSummary) -> None:
    if not summary.withdrawn:
        return
    said = ", ".join(str(urn) for urn in summary.withdrawn[:12]) + (" …" if len(summary.withdrawn) > 12 else "")
    folder = shorten_path(summary.edition.paths.reports / "withdrawn")
    make_console().print(f"No longer due, and moved to {folder}: URN {said}")


def _print_bugs(summary: RunSummary) -> None:
    """Print each different traceback once."""
    outcomes = [*summary.failed, *summary.pages]
    for bug in dict.fromkeys(outcome.bug for outcome in outcomes if outcome.bug):
        make_error_console().print(f"\n{bug}")


def _name_rerun(summary: RunSummary) -> str:
    urns = " ".join(f"--urn {outcome.urn}" for outcome in summary.failed[:8])
    engine = f" --engine {summary.engine}" if summary.engine else ""
    return f"python -m pipeline reports {summary.edition.name} {urns}{engine}"


def say_preview(outcome: ReportOutcome, folder: Path) -> None:
    if outcome.problem:
        make_error_console().print(f"{outcome.bug}Error: {outcome.problem}")
        if outcome.kept:
            make_error_console().print(f"Its notebook, up to the failure: {outcome.kept}")
    else:
        make_console().print(
            f"Open {shorten_path(folder / 'report.html')}\n     {shorten_path(folder / 'report.pdf')}", soft_wrap=True
        )


def say_verification(verification: Verification) -> None:
    """Print each thing that is not as the manifest says, then how much was compared."""
    _print_findings("Not what the reports were made from:", verification.inputs)
    _print_findings("Not the versions they were made with:", verification.versions)
    _print_findings("Among the reports:", verification.outputs)
    compared, name = verification.compared, verification.edition
    counted = (
        f"{count_noun(compared['inputs'], 'input')}, {count_noun(compared['versions'], 'version')} "
        f"and {count_noun(compared['outputs'], 'output')} compared with the manifest (sha256 {verification.manifest})"
    )
    differing = len(verification.inputs) + len(verification.versions) + len(verification.outputs)
    make_console().print(
        f"{counted}: {f'{differing} not as it says' if differing else 'all as it says'}.", soft_wrap=True
    )
    if differing:
        make_console().print(f"Put back what changed, or make the reports anew: python -m pipeline reports {name}")


def say_reproduction(reproduction: Reproduction) -> None:
    """Print each file that differs and how, then how many were compared and where those made again are."""
    _print_findings("Other versions than the reports were made with:", reproduction.versions)
    _print_findings("Not the same when made again:", reproduction.differences)
    differing = len(reproduction.differences)
    said = f"{differing} not the same" if differing else "every byte the same"
    make_console().print(f"{count_noun(reproduction.compared, 'file')} made again and compared: {said}.")
    if reproduction.kept is not None:
        make_console().print(f"Made again in {shorten_path(reproduction.kept)}")


def _print_findings(heading: str, findings: Sequence[Finding]) -> None:
    if findings:
        make_console().print(heading)
    for finding in findings:
        make_console().print(f"  {finding!s}")


def say_edited(edited: Edited) -> None:
    if edited.earlier:
        make_console().print("An earlier edit was left over; it was put back before this one began.")
    make_console().print(
        "Put the notebook back without outputs: see `git diff notebooks/`."
        if edited.changed
        else "Nothing was changed."
    )


def say_diagnoses(found: Sequence[Diagnosis]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("", "Looked at", "Found", "What to do"):
        table.add_column(name, overflow="fold")
    for item in found:
        mark = "ok" if item.well else "MISSING" if item.needed else "optional"
        table.add_row(mark, item.what, item.found, "" if item.well else item.remedy)
    make_console().print(table)
