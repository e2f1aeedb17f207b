"""``make bench``: what a school's report costs, all measured in one run on the same notebook and schools."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace, find_project
from pipeline.run.rendering import find_quarto_version
from tests.bench.accounting import compile_modules
from tests.bench.country import write_country
from tests.bench.earlier import COMMIT, open_earlier
from tests.bench.growth import measure_growth, measure_national
from tests.bench.page import write_results
from tests.bench.printing import tabulate
from tests.bench.results import Results
from tests.bench.ways import compare, find_subject

COUNTRY, YEARS = 2_500, 3  # of the editions measured: the sample's formats, as many schools as a region has
NATION = 24_000
SIZES = (25, 250)
ROUNDS = 3
WIDTH = 160  # characters of a line in a file or a log, for the widest table
PACKAGES = ("great-expectations", "ipykernel", "matplotlib", "nbclient", "nbconvert", "pandas", "papermill", "typst")


def bench(
    schools: Annotated[
        list[int] | None, typer.Option("--schools", help="One more size of edition; may be repeated.")
    ] = None,
    national: Annotated[bool, typer.Option("--national", help="Also prepare from a whole country's files.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Very few schools, to see that the bench works.")] = False,
    into: Annotated[Path | None, typer.Option(help="Where the results go; default: docs.")] = None,
    home: Annotated[Path | None, typer.Option(help="A folder that keeps the invented editions; default: none.")] = None,
) -> None:
    """Measure what a school's report costs in several ways, and how that grows; write and print what was found."""
    if not sys.platform.startswith("linux"):
        raise typer.BadParameter("the bench accounts for processes as Linux does, and this is another system")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        workspace = (home or Path(folder)).resolve()
        try:
            results = measure_all(workspace, tuple(schools or ()), national, quick, Console(stderr=True))
        except PipelineError as error:
            console.print(f"Error: {error}", markup=False)
            raise typer.Exit(error.exit_code) from None
    write_results(into or find_project() / "docs", results)
    console.print(tabulate(results))


def measure_all(home: Path, more: tuple[int, ...], national: bool, quick: bool, told: Console) -> Results:
    """Measure everything asked for in the workspace ``home``."""

    def say(what: str) -> None:
        told.print(f"Measuring {what}", markup=False)

    country, years = (12, 1) if quick else (COUNTRY, YEARS)
    plain, cold, warm = (1, (1,), (1,)) if quick else (4, (2, 4), (5, 25))
    # a quick look is taken at one edition, prepared once, whose size is that of the ways below
    sizes = (2 * warm[-1],) if quick else tuple(sorted({*SIZES, *more}))
    if not quick:
        told.print("Compiling what is measured, and the packages it uses")
        compile_modules()
    told.print("Writing and preparing an invented country")
    # a few more than are compared, for some of its schools are due no report
    subject = find_subject(Workspace(home), write_country(home, reported=2 * warm[-1], country=country, years=years))
    rounds = 1 if quick else ROUNDS
    with nullcontext() if quick else open_earlier(home, warm, country, years) as earlier:
        if earlier is None and not quick:
            told.print(f"Nothing is measured beside {COMMIT}: git does not have it here")
        compared = compare(subject, earlier, plain=plain, cold=cold, warm=warm, rounds=rounds, say=say)
    growth = measure_growth(home, sizes, country=country, years=years, say=say, pages=not quick)
    nation = measure_national(home, schools=NATION, years=YEARS, reported=SIZES[-1], say=say) if national else None
    quarto = find_quarto_version()
    return Results(
        cores=len(os.sched_getaffinity(0)),
        python=platform.python_version(),
        packages={name: version(name) for name in PACKAGES} | ({"Quarto": quarto} if quarto else {}),
        rounds=compared.rounds,
        same_bytes=compared.same_bytes,
        floor_steps=compared.floor_steps,
        growth=growth,
        national=nation,
    )


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(bench)
    app()
