"""Facts about a school's pupils, its teachers and its inspections: passed on beside England's, never rated."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field

from pipeline.analysis.grids.comparators import NOT_LIKE_ALL_SCHOOLS, find_census_level
from pipeline.analysis.grids.figures import Figure, FigureTable
from pipeline.analysis.ratings.position import Distributions, find_cuts, find_middle
from pipeline.analysis.results import ContextFigure, InspectionFact
from pipeline.foundation.vocabulary import Availability, Level, PupilGroup, Unit
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.frames import School


class ContextMeasure(Record):
    """A fact shown about a school's pupils. ``complement``: shown as 100 minus what is published.

    ``middle`` is the title where England's figure is that of the middle school of the phase, as no file has England's.
    """

    measure: str
    title: str = Field(min_length=5)
    unit: Unit = Unit.PERCENT
    census: bool = True  # England by the school's phase in the census; else England, state-funded
    complement: bool = False
    middle: str = ""
    tells_disadvantage: bool = False  # the share of disadvantaged pupils, as far as a file says it of a whole school


class ContextList(Record):
    """The content of ``context.yaml``."""

    shown: tuple[ContextMeasure, ...]


@cache
def load_context() -> tuple[ContextMeasure, ...]:
    """The facts shown about pupils, in order; raises FaultyInput naming every mistake in ``context.yaml``."""
    return read_record(Path(__file__).parent / "context.yaml", ContextList).shown


def gather_context(
    figures: FigureTable, baselines: FigureTable, distributions: Distributions, school: School, year: int
) -> tuple[ContextFigure, ...]:
    """The latest of each context figure up to ``year``, beside England's of the same year.

    A measure that no file mentions for this school is left out.
    """
    found = (_find_context(measure, figures, baselines, distributions, school, year) for measure in load_context())
    return tuple(figure for figure in found if figure is not None)


def _find_context(
    wanted: ContextMeasure,
    figures: FigureTable,
    baselines: FigureTable,
    distributions: Distributions,
    school: School,
    year: int,
) -> ContextFigure | None:
    own = figures.find(Level.SCHOOL, wanted.measure, PupilGroup.ALL)
    years = [past for past in sorted(own) if past <= year]
    if not years or all(own[past].availability is Availability.NOT_APPLICABLE for past in years):
        return None
    latest = own[years[-1]]
    level: str = Level.ENGLAND_STATE
    if wanted.census:
        level = find_census_level(school.phase, school.census_phase) or ""
    england = None
    if wanted.unit is not Unit.PUPILS:  # England's roll is the country's pupils, not an average school's
        england = baselines.find(level, wanted.measure, PupilGroup.ALL).get(latest.year)
    beside, title = _state(wanted, england), wanted.title
    if beside is None and wanted.middle and level:
        beside = find_middle(distributions, wanted.measure, latest.year, school.census_phase)
        title = wanted.title if beside is None else wanted.middle
    value = _state(wanted, latest)
    tenth, schools = _place(wanted, value, distributions, latest.year, school)
    return ContextFigure(
        measure=wanted.measure,
        title=title,
        unit=str(wanted.unit),
        year=latest.year,
        value=value,
        england=beside,
        availability=str(latest.availability),
        word=latest.word,
        tenth=tenth,
        schools=schools,
    )


def _place(
    wanted: ContextMeasure, value: float | None, distributions: Distributions, year: int, school: School
) -> tuple[int | None, int | None]:
    """The tenth of England's schools in which ``value`` lies, 1 the lowest, and how many schools those are.

    They are those of the school's own phase where the file tells phases apart. None for a school unlike them. Of
    several tenths that share one figure, as where many schools have no such pupils, it is the middle one.
    """
    found = find_cuts(distributions, wanted.measure, PupilGroup.ALL, year, school.census_phase)
    if value is None or found is None or school.phase in NOT_LIKE_ALL_SCHOOLS:
        return None, None
    schools, cuts = found
    stated = [100 - cut for cut in cuts] if wanted.complement else cuts
    below, not_above = sum(cut < value for cut in stated), sum(cut <= value for cut in stated)
    return 1 + (below + not_above) // 2, schools


def _state(wanted: ContextMeasure, figure: Figure | None) -> float | None:
    if figure is None or figure.value is None:
        return None
    return 100 - figure.value if wanted.complement else figure.value


def list_inspections(inspections: pd.DataFrame) -> tuple[InspectionFact, ...]:
    """Inspection outcomes in their own framework's words, the latest inspection first."""
    names = ("framework", "kind", "area", "outcome", "date", "about_predecessor")
    rows = list(zip(*(inspections[name].astype(object).tolist() for name in names), strict=True))
    rows.sort(key=_tell_date, reverse=True)  # two of one date stay as they stand
    return tuple(
        InspectionFact(
            framework=str(framework),
            kind=str(kind),
            area=str(area),
            outcome=str(outcome),
            date="" if pd.isna(date) else str(date),
            about_predecessor=not pd.isna(about_predecessor) and bool(about_predecessor),
        )
        for framework, kind, area, outcome, date, about_predecessor in rows
    )


def _tell_date(row: tuple[Any, ...]) -> tuple[bool, str]:
    known = not pd.isna(row[4])
    return known, row[4] if known else ""
