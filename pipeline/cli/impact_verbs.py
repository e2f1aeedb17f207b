"""The verbs for what follows support: its impact, and the papers of the meetings on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from pipeline.cli import printing
from pipeline.cli.consoles import make_console, shorten_path
from pipeline.foundation.paths import find_workspace
from pipeline.foundation.vocabulary import count_noun

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.run.desk.impact.page import Impact

app = typer.Typer()


@app.command(
    "impact",
    epilog="Examples: python -m pipeline impact sample · python -m pipeline impact county-2026 (with previous: in its "
    "edition.yaml, earlier years are told too). Exit codes: 0 written · 1 no reports · 3 programmes.csv has faults.",
)
def tell_impact(
    edition: Annotated[str, typer.Argument(help="The edition: a folder of data/editions.")] = "sample",
) -> None:
    """Tell what became of schools after support: moves with names, results beside schools like them, ratings."""
    from pipeline.run.desk.impact.gathering import gather_sources
    from pipeline.run.desk.impact.page import find_impact
    from pipeline.run.desk.impact.writing import write_impact

    with printing.watch() as watcher:
        watcher.reading("the reports' facts")
        sources = gather_sources(find_workspace(), edition)
        watcher.reading("results beside schools like them")
        impact = find_impact(sources)
        page = write_impact(impact)
    _say_impact(impact, page)


def _say_impact(impact: Impact, page: Path) -> None:
    console = make_console()
    for name in impact.sources.written:
        console.print(f"Wrote an empty {escape(name)}.", soft_wrap=True)
    moves = sum(bool(move.tiers) for moves in impact.moves.values() for move in moves)
    told = [one for one in impact.outcomes if not one.reason]
    console.print(
        f"{count_noun(moves, 'move')} between categories over {count_noun(len(impact.moves), 'edition')}, "
        f"{count_noun(len(impact.cohorts), 'programme')}, {count_noun(len(told), 'result')} beside schools like them."
    )
    console.print(f"Open {shorten_path(page)}", soft_wrap=True)
