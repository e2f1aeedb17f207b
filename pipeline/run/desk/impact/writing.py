"""The page on impact and its tables, written beside the reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import clear_beside, replace_folder
from pipeline.run.desk.impact.outcomes import name_wave
from pipeline.run.desk.impact.page import Impact, lay_out_impact
from pipeline.run.desk.support.workbook import Cell
from pipeline.run.desk.support.writing import format_csv
from pipeline.run.record.papers import write_papers

MOVES = ("urn", "school", "year", "before", "now", "tiers_towards_support", "not_certain", "decided_by_panel")
OUTCOMES = (
    *("programme", "result", "unit", "schools", "beside", "changed_by", "by_itself", "difference", "lower", "upper"),
    *("confidence", "names", "why_nothing"),
)
RATINGS = ("programme", "aspect", "schools", "first", "latest", "rose", "same", "fell")


def find_folder(paths: EditionPaths) -> Path:
    """Where an edition's page on impact stands."""
    return paths.reports / "impact"


def write_impact(impact: Impact) -> Path:
    """Write ``reports/EDITION/impact/`` whole, in place of the one before; give the page to open."""
    into = find_folder(impact.sources.edition.paths)
    making = clear_beside(into)
    making.mkdir(parents=True)
    write_papers(making, "index", lay_out_impact(impact), impact.sources.edition, impact.sources.policy)
    tables = (
        ("movements.csv", MOVES, list_move_rows(impact)),
        ("outcomes.csv", OUTCOMES, list_outcome_rows(impact)),
        ("ratings.csv", RATINGS, list_rating_rows(impact)),
    )
    for name, columns, rows in tables:
        (making / name).write_text(format_csv(columns, rows), encoding="utf-8", newline="")
    replace_folder(making, into)
    return into / "index.html"


def list_move_rows(impact: Impact) -> Iterator[tuple[Cell, ...]]:
    """One row a school and year whose category before is known."""
    for moves in impact.moves.values():
        for one in moves:
            yield (
                *(one.urn, one.name, one.year, one.before, one.now, one.tiers),
                *("yes" if held else "no" for held in (one.unsure, one.decided)),
            )


def list_outcome_rows(impact: Impact) -> Iterator[tuple[Cell, ...]]:
    """One row a programme's wave and result; names alone where nothing may be said."""
    for one in impact.outcomes:
        found = one.effect
        told = (found.moved, found.by_itself, found.difference, found.lower, found.upper) if found else (None,) * 5
        yield (
            *(name_wave(one.wave), one.title, one.unit, len(one.named), one.beside),
            *(None if value is None else round(float(value), 2) for value in told),
            round(one.confidence, 4) if found else None,
            "; ".join(one.named),
            one.reason,
        )


def list_rating_rows(impact: Impact) -> Iterator[tuple[Cell, ...]]:
    """One row a programme and aspect."""
    for one in impact.seen:
        averages = (None if value is None else round(value, 2) for value in (one.first, one.latest))
        yield (one.programme, one.aspect, one.schools, *averages, one.rose, one.same, one.fell)
