"""The gap to close: how far a school's pupils of a group are from England's others, as the department's own difference
columns (DIFFN) have it, and which way the gap has moved.

It is no rating: those set like beside like. England's others are the whole country, so a gap has the chance of the
school's pupils alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.analysis.grids.grid import Baselines, Grid
from pipeline.analysis.grids.pooling import Pooled
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.indicators.windows import list_window
from pipeline.analysis.ratings.trend import NO_CLEAR_CHANGE, Years, follow_years
from pipeline.analysis.results import Gap, GapYear, Trend
from pipeline.foundation.vocabulary import name_academic_year


@dataclass(frozen=True)
class _Gaps:
    """The gaps of one school: arrays of one row."""

    others: np.ndarray  # (1, indicators, 3): England's others by year
    by_year: np.ndarray
    beside: np.ndarray  # (1, indicators): England's others as the school's pooled pupils weigh
    pooled: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    years: Years  # of the years that have both; its changes are the gap's
    ends: tuple[np.ndarray, np.ndarray]  # the gap in the first and the latest of them


def find_gaps(grid: Grid, pooled: Pooled, limits: tuple[np.ndarray, np.ndarray], others: Baselines) -> dict[str, Gap]:
    """The gap to close of every indicator of one school's ``grid`` that says to whom, by key.

    ``limits`` are the 95% interval of the figures ``pooled``; ``others`` England's pupils to whom the gap is measured.
    There is none where the school has no number, or England's schools are no fair comparison.
    """
    asked = np.array([one.gap_to is not None for one in grid.indicators], dtype=bool)
    known = ~np.isnan(grid.value - others.value) & others.fits[..., None] & asked[:, None]
    places = np.flatnonzero(known.any(axis=2)[0])
    if not len(places):
        return {}
    lower, upper = (each[:, places] for each in limits)
    gaps = _measure(grid.choose(places), pooled.choose(places), lower, upper, others.choose(places))
    chosen = [grid.indicators[place] for place in places]
    return {one.key: _read(one, gaps, place, grid.year) for place, one in enumerate(chosen)}


def _measure(grid: Grid, pooled: Pooled, lower: np.ndarray, upper: np.ndarray, others: Baselines) -> _Gaps:
    both = replace(grid, value=np.where(np.isnan(others.value), np.nan, grid.value))
    years = follow_years(both, others.fits)
    beside = pooled.weigh(others.value)
    by_year = grid.value - others.value
    first, latest = (_take(others.value, when) for when in (years.first, years.latest))
    doubt = _take(others.rounding, years.first) + _take(others.rounding, years.latest)  # England's figures are rounded
    moved = latest - first
    gap = replace(
        years,
        change=years.change - moved,
        change_lower=years.change_lower - moved - doubt,
        change_upper=years.change_upper - moved + doubt,
    )
    ends = (_take(by_year, years.first), _take(by_year, years.latest))
    return _Gaps(others.value, by_year, beside, pooled.value - beside, lower - beside, upper - beside, gap, ends)


def _take(yearly: np.ndarray, when: np.ndarray) -> np.ndarray:
    taken: np.ndarray = np.take_along_axis(yearly, when[..., None], axis=2)[..., 0]
    return taken


def _read(indicator: Indicator, gaps: _Gaps, place: int, year: int) -> Gap:
    window = list_window(indicator, year)
    return Gap(
        group=str(indicator.gap_to),
        others=_number(gaps.beside[0, place]),
        value=_number(gaps.pooled[0, place]),
        lower=_number(gaps.lower[0, place]),
        upper=_number(gaps.upper[0, place]),
        by_year=tuple(
            GapYear(past, _number(gaps.others[0, place, when]), _number(gaps.by_year[0, place, when]))
            for when, past in enumerate(window)
            if not np.isnan(gaps.others[0, place, when])
        ),
        trend=_read_trend(indicator, gaps, place, window),
    )


def _read_trend(indicator: Indicator, gaps: _Gaps, place: int, window: tuple[int, ...]) -> Trend | None:
    years = gaps.years
    change, lower, upper = (float(each[0, place]) for each in (years.change, years.change_lower, years.change_upper))
    if np.isnan(change):
        return None
    first, latest = window[years.first[0, place]], window[years.latest[0, place]]
    side = 1 if lower > 0 else -1 if upper < 0 else 0
    ends = tuple(float(end[0, place]) for end in gaps.ends)
    return Trend(first, latest, change, lower, upper, _describe(indicator, first, side, ends))


def _describe(indicator: Indicator, first_year: int, side: int, ends: tuple[float, ...]) -> str:
    """Which way a gap has moved, in words only where its change leaves out zero."""
    if not side:
        return NO_CLEAR_CHANGE
    was_behind, is_behind = ((end > 0) if indicator.lower_is_better else (end < 0) for end in ends)
    since = f"since {name_academic_year(first_year)}"
    if (side > 0) != indicator.lower_is_better:
        return f"{'narrowing' if was_behind else 'further ahead'} {since}"
    return f"{'widening' if is_behind else 'less far ahead'} {since}"


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
