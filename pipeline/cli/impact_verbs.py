"""The verbs for what follows support: its impact, and the papers of the meetings on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import printing
from pipeline.cli.consoles import make_console, shorten_path
from pipeline.foundation.paths import find_workspace
from pipeline.foundation.vocabulary import count_noun

if TYPE_CHECKING:
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
    from pipeline.run.lock import hold_edition_named

    workspace = find_workspace()
    with hold_edition_named(workspace, edition), printing.watch() as watcher:
        watcher.reading("the reports' facts")
        sources = gather_sources(workspace, edition)
        watcher.reading("results beside schools like them")
        impact = find_impact(sources)
        page = write_impact(impact)
    _say_impact(impact, page)


def _say_impact(impact: Impact, page: Path) -> None:
    console = make_console()
    for name in impact.sources.written:
        console.print(f"Wrote an empty {name}.")
    moves = sum(bool(move.tiers) for moves in impact.moves.values() for move in moves)
    told = [one for one in impact.outcomes if not one.reason]
    console.print(
        f"{count_noun(moves, 'move')} between categories over {count_noun(len(impact.moves), 'edition')}, "
        f"{count_noun(len(impact.waves), 'programme')}, {count_noun(len(told), 'result')} beside schools like them.",
        soft_wrap=True,
    )
    console.print(f"Open {shorten_path(page)}")


@app.command(
    "packs",
    epilog="Examples: python -m pipeline packs sample · python -m pipeline packs sample --record (after the panel: the "
    "filled rows of packs/decisions.csv go into local/moderation.csv) · … --record --form ~/decisions.csv. Exit codes: "
    "0 written or recorded · 1 no reports, no meeting in the policy, or decisions not recorded yet · 3 a file has "
    "faults.",
)
def write_meeting_packs(
    edition: Annotated[str, typer.Argument(help="The edition: a folder of data/editions.")] = "sample",
    record: Annotated[
        bool, typer.Option("--record", help="Record the decisions of a filled form; make nothing.")
    ] = False,
    form: Annotated[Path | None, typer.Option("--form", help="The filled form, where it is not in packs/.")] = None,
) -> None:
    """Make the papers of each meeting about schools, a binder for so many of them, and the form for decisions."""
    from pipeline.run.desk.packs.writing import record_form, write_packs
    from pipeline.run.lock import hold_edition_named

    console, workspace = make_console(), find_workspace()
    if record or form:
        with hold_edition_named(workspace, edition):
            found = record_form(workspace, edition, form)
        console.print(
            f"{count_noun(found.new, 'decision')} recorded in local/moderation.csv, {found.known} there already, "
            f"{count_noun(found.empty, 'row')} not filled in.",
            soft_wrap=True,
        )
        if found.new:
            console.print(f"Reports tell of them after `python -m pipeline reports {edition}`.")
        return
    with hold_edition_named(workspace, edition), printing.watch() as watcher:
        binders = write_packs(workspace, edition, watcher.reading)
    for binder in binders:
        console.print(
            f"{', '.join(filter(None, (binder.meeting, binder.which)))}: "
            f"{count_noun(binder.schools, 'school')}, {shorten_path(binder.path)}",
            soft_wrap=True,
        )
    console.print(
        f"Decisions are written in {shorten_path(binders[0].path.with_name('decisions.csv'))}", soft_wrap=True
    )
