"""What a school's figure is held against. A comparator gives a baseline, or says why it cannot.

England, state-funded, is the file's own row. A further comparator (similar schools) is any object with a name and a
``find_baseline``; nothing else in the analysis needs to change for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.analysis.figures import Figures, FigureTable
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.pooling import Pool, is_possible, weigh_years
from pipeline.foundation.vocabulary import Level, Phase, name_academic_year
from pipeline.sources.frames import School

ENGLAND = "england"
SIMILAR_SCHOOLS = "similar schools"

#: England's row by the school's phase in the pupil census (absence and context figures).
CENSUS_LEVELS = {
    "primary": Level.ENGLAND_PRIMARY,
    "secondary": Level.ENGLAND_SECONDARY,
    "special": Level.ENGLAND_SPECIAL,
}

#: Schools whose pupils are unlike those of most: neither results nor absence are fairly held against all schools', and
#: what all schools show (how far pupils lie apart, how far schools do) says nothing of them.
NOT_LIKE_ALL_SCHOOLS: dict[str, str] = {
    Phase.NURSERY: "a nursery school's children",
    Phase.SPECIAL: "a special school's pupils",
    Phase.ALTERNATIVE_PROVISION: "the pupils of alternative provision",
    Phase.INDEPENDENT: "an independent school's pupils",
    Phase.SIXTEEN_PLUS: "pupils over sixteen",
}


def find_census_level(phase: str, census_phase: str) -> Level | None:
    """England's row for the census phase of a school; None where it has none, or is unlike the schools of that row.

    Special schools have a row of their own. Alternative provision and others have none, wherever a file counts them.
    """
    if phase in NOT_LIKE_ALL_SCHOOLS and (phase, census_phase) != (Phase.SPECIAL, "special"):
        return None
    return CENSUS_LEVELS.get(census_phase)


@dataclass(frozen=True)
class Baseline:
    """What one pooled figure is compared with. ``reason`` says why it is missing; "" where it is there."""

    comparator: str
    value: float | None
    rounding: float = 0.0  # the value is known to ± this much
    error: float = 0.0  # averages: the standard error that rounding leaves; progress: of the value itself
    pupils: float = math.inf  # on whom the value rests; infinity where chance is not at issue (the whole country)
    reason: str = ""


class Comparator(Protocol):
    """One kind of comparison, for one school."""

    name: str

    def find_baseline(self, indicator: Indicator, pool: Pool) -> Baseline:
        """The baseline over the years of ``pool``, each weighing as the school's own pupils of that year do."""

    def find_years(self, indicator: Indicator) -> Mapping[int, float]:
        """The baseline of each year alone, for the trend; only years that have one."""


class England:
    """England, state-funded: each file's own row. Disadvantaged pupils stand beside England's other pupils."""

    name = ENGLAND

    def __init__(self, baselines: FigureTable, school: School) -> None:
        self._baselines = baselines
        self._school = school

    def find_baseline(self, indicator: Indicator, pool: Pool) -> Baseline:
        unlike = self.explain_unlike(indicator)
        if unlike:
            return Baseline(self.name, None, reason=unlike)
        if not pool.years:
            return Baseline(self.name, None, reason=pool.reason)
        if indicator.method == "published_interval":
            return Baseline(self.name, 0.0)  # progress is measured from England's average: 0 by definition
        figures = self._find_figures(indicator)
        missing = [
            year for year in pool.years if year not in figures or not is_possible(figures[year], indicator.scale)
        ]
        if missing:
            return Baseline(self.name, None, reason=self._explain_missing(indicator, missing))
        values = {year: figures[year].number for year in pool.years}
        steps = {year: figures[year].step or 0.0 for year in pool.years}
        weights = pool.weights or (1.0,) * len(pool.years)
        total = sum(weights)
        variance = sum((steps[y] * w / total) ** 2 / 12 for y, w in zip(pool.years, weights, strict=True))
        return Baseline(
            self.name,
            weigh_years(values, pool.years, weights),
            rounding=weigh_years(steps, pool.years, weights) / 2,
            error=variance**0.5,
        )

    def find_years(self, indicator: Indicator) -> Mapping[int, float]:
        if self.explain_unlike(indicator):
            return {}
        figures = self._find_figures(indicator)
        return {year: figure.number for year, figure in figures.items() if is_possible(figure, indicator.scale)}

    def _find_figures(self, indicator: Indicator) -> Figures:
        level: str = Level.ENGLAND_STATE
        if indicator.baseline == "census_phase":
            level = find_census_level(self._school.phase, self._school.census_phase) or ""
        return self._baselines.find(level, indicator.measure, indicator.england_group)

    def explain_unlike(self, indicator: Indicator) -> str:
        """Why England's schools are no fair comparison for this one; empty where they are."""
        by_phase = indicator.baseline == "census_phase"
        if by_phase and find_census_level(self._school.phase, self._school.census_phase):
            return ""
        if self._school.phase in NOT_LIKE_ALL_SCHOOLS:
            who = NOT_LIKE_ALL_SCHOOLS[self._school.phase]
            whom = "mainstream schools" if by_phase else "all state-funded schools"
            return f"Shown but not rated: {who} are not fairly compared with those of {whom}."
        return "No file says with which phase of schools in England this school is counted." if by_phase else ""

    def _explain_missing(self, indicator: Indicator, years: Sequence[int]) -> str:
        names = " and ".join(name_academic_year(year) for year in years)
        figure = "figure for other pupils" if indicator.compare_group else "figure"
        return f"Not rated: England's {figure} in {names} is not in the files given."


def draw_authority(baselines: FigureTable, indicator: Indicator, pool: Pool) -> float | None:
    """The authority's figure over the same years, for reference only; None where a year is not there."""
    figures = baselines.find(Level.AUTHORITY, indicator.measure, indicator.group)
    values = {
        year: figures[year].number
        for year in pool.years
        if year in figures and is_possible(figures[year], indicator.scale)
    }
    if not pool.years or len(values) < len(pool.years):
        return None
    return weigh_years(values, pool.years, pool.weights or (1.0,) * len(pool.years))
