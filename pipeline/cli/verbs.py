"""One function per verb. Heavy packages are imported by the verb that needs them, so that ``--help`` is quick."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pipeline.cli import delivery_verbs, fetching, impact_verbs, printing, reminder_verbs, support_verbs
from pipeline.cli.words import URN, Urns, read_urn
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.machine import explain_machine_fault, refuse_too_little_memory
from pipeline.foundation.paths import find_workspace


class _Verbs(TyperGroup):
    """The verbs; one that is stopped says how to go on, which Typer itself would end without a word."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            printing.say_stopped()
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=_Verbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Where every school stands, each autumn: published results in, one described report a school out.",
    epilog="Exit codes: 0 all well · 1 cannot be done as asked · 2 wrong usage · 3 a published file has faults · "
    "4 something is not installed · 5 a report failed, or is not as its manifest says · "
    "6 files can be used, but something in them was left out; or a person must approve, answer or decide first · "
    "7 some messages were not sent.",
)


class Kind(StrEnum):
    """Where reports are made: in processes of this machine, one after another in this one, or on a Dask cluster."""

    processes = "processes"
    serial = "serial"
    dask = "dask"


class Kernels(StrEnum):
    """Where cells run: in a forked kernel on one line, in a forked one as Jupyter speaks to it, or in a cold one."""

    direct = "direct"
    warm = "warm"
    cold = "cold"


class EngineName(StrEnum):
    """What lays reports out: our own pages and PDFs, or Quarto where it is installed."""

    built_in = "built-in"
    quarto = "quarto"


EditionName = Annotated[str, typer.Argument(help="The edition: a folder of data/editions.")]
Urn = Annotated[int, typer.Option("--urn", metavar=URN, parser=read_urn, help="The school's URN (six digits).")]
Engine = Annotated[
    EngineName | None, typer.Option("--engine", help="What lays reports out; default: what the edition says.")
]


@app.command(epilog="Example: python -m pipeline new worcs-2025 --authority 885 --year 2024/25 --from downloads")
def new(
    edition: Annotated[str, typer.Argument(help="A name: small letters, digits, hyphens.")],
    year: Annotated[str, typer.Option(help="The academic year under review, like 2024/25.")],
    authority: Annotated[int | None, typer.Option(help="A local authority's number (885).")] = None,
    trust: Annotated[int | None, typer.Option(help="A trust's group UID (16093).")] = None,
    schools: Annotated[str, typer.Option(help="URNs, separated by commas.")] = "",
    policy: Annotated[str, typer.Option(help="The category policy.")] = "worcestershire",
    title: Annotated[str, typer.Option(help="At the head of every report, in every subject.")] = "",
    organisation: Annotated[str, typer.Option(help="Who works by the policy, as it is printed.")] = "",
    colour: Annotated[str, typer.Option(metavar="#14466b", help="The organisation's colour, of headings.")] = "",
    contact: Annotated[str, typer.Option(help="Whom schools may ask, and how: the end of every message.")] = "",
    sender: Annotated[str, typer.Option(metavar="ADDRESS", help="From which address messages come.")] = "",
    files: Annotated[list[Path] | None, typer.Option("--from", help="Published files, or a folder of them.")] = None,
) -> None:
    """Make an edition: its folder with a commented edition.yaml."""
    from pipeline.delivery.edition import write_missing_settings
    from pipeline.edition.editions import list_not_taken, read_area, write_new_edition
    from pipeline.policy.loading import is_path, load_policy

    area = read_area(authority=authority, trust=trust, schools=schools)
    if not is_path(policy):  # a file of one's own is put into the folder that is made here
        load_policy(policy)
    made = write_new_edition(
        find_workspace(),
        edition,
        area=area,
        year=year,
        policy=policy,
        title=title,
        files=tuple(files or ()),
        organisation=organisation,
        colour=colour,
    )
    write_missing_settings(made, contact=contact, sender=sender)
    printing.say_not_taken(list_not_taken(tuple(files or ())))
    printing.say_made(made)
    delivery_verbs.say_organisation(made)


@app.command(epilog="Example: python -m pipeline check sample")
def check(edition: EditionName = "sample") -> None:
    """Read and validate every file of an edition; list its schools, due and not due."""
    from pipeline.edition.editions import load_edition, read_policy_of
    from pipeline.run.due.digests import list_schools
    from pipeline.run.preparing.preparation import (
        list_overall_warnings,
        list_warnings,
        prepare,
        refuse_faulty_indicators,
    )
    from pipeline.run.rendering import read_phrase_books

    described = load_edition(find_workspace(), edition)
    refuse_faulty_indicators()
    read_policy_of(described)
    read_phrase_books(described)
    with printing.watch() as watcher:
        prepared = prepare(described, anew=True, progress=watcher.reading)
    printing.say_reconciliation(prepared)
    printing.say_not_taken(described.list_not_taken())
    printing.say_schools(list_schools(described, prepared.tables))
    warnings = list_warnings(prepared.tables)
    printing.say_warnings(warnings)
    printing.say_overall_warnings(list_overall_warnings(prepared.tables))
    printing.say_faults(prepared.faults)
    raise typer.Exit(3 if prepared.faults else 6 if warnings else 0)


@app.command(epilog="Example: python -m pipeline prepare sample")
def prepare(edition: EditionName = "sample") -> None:
    """Read an edition's files into its prepared tables and study all its schools, if something has changed."""
    from pipeline.edition.editions import load_edition
    from pipeline.run.due.digests import read_digests
    from pipeline.run.preparing.preparation import prepare as prepare_edition

    with printing.watch() as watcher:
        prepared = prepare_edition(load_edition(find_workspace(), edition), progress=watcher.reading)
        watcher.reading("what each report rests on")
        read_digests(prepared)
    printing.say_faults(prepared.faults)
    printing.say_prepared(prepared)
    raise typer.Exit(3 if prepared.faults else 0)


@app.command(epilog="Examples: python -m pipeline reports sample · python -m pipeline reports sample --urn 900001")
def reports(
    edition: EditionName = "sample",
    urn: Urns = None,
    policy: Annotated[str | None, typer.Option(help="Another policy than the edition's.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Reports made at a time; default: the cores (with --scheduler: two for each worker)."),
    ] = None,
    executor: Annotated[
        Kind, typer.Option(help="Where reports are made: processes of this machine, serial, or dask (docs/cluster.md).")
    ] = Kind.processes,
    scheduler: Annotated[
        str,
        typer.Option(
            help="With --executor dask: the scheduler's address, like tcp://host:8786; default: a cluster of our own."
        ),
    ] = "",
    kernels: Annotated[
        Kernels, typer.Option(envvar="SCHOOL_REPORTS_KERNELS", help="The kind of kernel that runs each report's cells.")
    ] = Kernels.direct,
    again: Annotated[bool, typer.Option("--again", help="Make reports anew that hold as they are, too.")] = False,
    engine: Engine = None,
) -> None:
    """Make the reports of an edition that are due: one per school, the area's, and the index."""
    from pipeline.run.executors import Choice
    from pipeline.run.reports import make_reports

    if scheduler and executor != Kind.dask:
        raise typer.BadParameter("--scheduler is for --executor dask")
    if workers is not None and executor == Kind.serial:
        raise typer.BadParameter("--workers is not for --executor serial, which makes one report after another")
    choice = Choice(executor.value, workers, scheduler, kernels.value)
    with printing.watch() as watcher:
        summary = make_reports(
            find_workspace(),
            edition,
            watcher,
            urns=tuple(urn or ()),
            policy=policy,
            engine=engine,
            choice=choice,
            again=again,
            announce=watcher.planned,
        )
    printing.say_summary(summary)
    raise typer.Exit(summary.exit_code)


@app.command(epilog="Example: python -m pipeline plan sample")
def plan(
    edition: EditionName = "sample",
    urn: Urns = None,
    policy: Annotated[str | None, typer.Option(help="Another policy than the edition's.")] = None,
    engine: Engine = None,
) -> None:
    """Say which reports would be made now, and why. Makes none; reads the published files if they have changed."""
    from pipeline.run.reports import plan_reports

    with printing.watch() as watcher:
        planned = plan_reports(find_workspace(), edition, watcher, urns=tuple(urn or ()), policy=policy, engine=engine)
    printing.say_plan(planned)


@app.command(epilog="Exit codes: 0 all is as the manifest says · 5 something is not · 1 there is no manifest.")
def verify(edition: EditionName = "sample") -> None:
    """Compare an edition's inputs, its reports and the installed packages with its manifest; change nothing."""
    from pipeline.run.record.verification import verify_edition

    verification = verify_edition(find_workspace(), edition)
    printing.say_verification(verification)
    raise typer.Exit(verification.exit_code)


@app.command(epilog="Exit codes: 0 every byte is the same · 5 a file differs · 1 an input is not the manifest's.")
def reproduce(
    edition: EditionName = "sample",
    urn: Urns = None,
    into: Annotated[Path | None, typer.Option(help="An empty folder to make them in, which is kept.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Reports made at a time; default: the cores (with --scheduler: two for each worker)."),
    ] = None,
) -> None:
    """Make an edition's reports again in a fresh folder and compare every byte with those in place."""
    from pipeline.run.desk.reproduction import reproduce_edition
    from pipeline.run.executors import Choice

    choice = Choice(workers=workers)
    with printing.watch() as watcher:
        reproduction = reproduce_edition(
            find_workspace(), edition, watcher, urns=tuple(urn or ()), into=into, choice=choice
        )
    printing.say_reproduction(reproduction)
    raise typer.Exit(reproduction.exit_code)


@app.command(epilog="Example: python -m pipeline preview sample --urn 900001")
def preview(
    edition: EditionName = "sample",
    urn: Urn = ...,  # type: ignore[assignment]
    engine: Engine = None,
) -> None:
    """Build one school's report quickly, apart from the edition's own reports."""
    from pipeline.run.reports import make_preview

    with printing.watch() as watcher:
        outcome, folder = make_preview(find_workspace(), edition, urn, watcher, engine)
    printing.say_preview(outcome, folder)
    raise typer.Exit(5 if outcome.problem else 0)


@app.command(epilog="Example: python -m pipeline edit sample --urn 900001")
def edit(
    edition: EditionName = "sample",
    urn: Urn = ...,  # type: ignore[assignment]
) -> None:
    """Open the school notebook in JupyterLab with this school's parameters; put it back clean afterwards."""
    from pipeline.run.desk.editing import edit_notebook
    from pipeline.run.reports import find_school_job

    workspace = find_workspace()
    with printing.watch() as watcher:
        job = find_school_job(workspace, edition, urn, watcher)
    printing.say_edited(edit_notebook(workspace, job.notebook, job.parameters))


@app.command(epilog="Example: python -m pipeline explain 900001 --edition sample")
def explain(
    urn: Annotated[int, typer.Argument(metavar=URN, parser=read_urn, help="The school's URN.")],
    edition: Annotated[str, typer.Option(help="The edition.")] = "sample",
    policy: Annotated[str | None, typer.Option(help="Another policy than the edition's.")] = None,
) -> None:
    """Say which clause of the policy decided a school's category, and the facts it met."""
    from pipeline.run.desk.explanation import explain_category

    with printing.watch() as watcher:
        text = explain_category(find_workspace(), edition, urn, policy, watcher.reading)
    typer.echo(text)


@app.command(epilog="Examples: python -m pipeline phrases sample-cymraeg · … phrases sample-cymraeg --urn 900003")
def phrases(
    edition: EditionName = "sample",
    urn: Urns = None,
) -> None:
    """List what reports say that the phrase book of their second language does not tell, as lines to complete."""
    from pipeline.edition.editions import load_edition
    from pipeline.run.desk.phrases import compose_lines, find_untold

    with printing.watch() as watcher:
        found = find_untold(load_edition(find_workspace(), edition), urn or (), watcher.reading)
    lines = compose_lines(found)
    typer.echo(lines or f"The phrase book tells every text of {len(found)} report(s).")
    raise typer.Exit(6 if lines else 0)


@app.command(epilog="Example: python -m pipeline doctor")
def doctor() -> None:
    """Say what is missing on this machine, and what would bring it."""
    from pipeline.run.desk.doctor import examine_machine

    found = examine_machine(find_workspace())
    printing.say_diagnoses(found)
    raise typer.Exit(4 if any(item.needed and not item.well for item in found) else 0)


@app.command(epilog="Example: python -m pipeline sample")
def sample() -> None:
    """Write the two synthetic sample editions afresh: the same seed gives the same bytes."""
    from pipeline.sample.editions import write_editions

    write_editions(find_workspace().root)
    typer.echo("Wrote data/editions/sample and data/editions/sample-trust.")


@app.command(epilog="Example: python -m pipeline docs")
def docs() -> None:
    """Write the documentation's generated tables afresh from indicators, policies and suites."""
    from pipeline.run.desk.documenting.documentation import write_documentation

    written = write_documentation()
    typer.echo("\n".join(f"Wrote {name}" for name in written) or "Every generated page is current.")


app.add_typer(support_verbs.app)
app.add_typer(impact_verbs.app)
app.add_typer(fetching.app)
app.add_typer(delivery_verbs.app)
app.add_typer(reminder_verbs.app)


def main() -> None:
    """Run a verb; a fault the user can mend is shown without a traceback and gives its own exit code."""
    try:
        refuse_too_little_memory()
        app()
    except PipelineError as error:
        printing.say_error(error)
        raise SystemExit(error.exit_code) from None
    except (OSError, MemoryError, ImportError) as error:
        fault = explain_machine_fault(error, find_workspace().root)
        if fault is None:
            raise
        printing.say_error(fault)
        raise SystemExit(fault.exit_code) from None
