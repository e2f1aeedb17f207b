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
from pipeline.analysis.ratings.rating import take_number
from pipeline.analysis.ratings.trend import NO_CLEAR_CHANGE, Years, find_sides, follow_years, read_trend, take_year
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
    first, latest = (take_year(others.value, when) for when in (years.first, years.latest))
    # England's figures are rounded
    doubt = take_year(others.rounding, years.first) + take_year(others.rounding, years.latest)
    moved = latest - first
    change = years.change - moved
    lowest, highest = years.change_lower - moved - doubt, years.change_upper - moved + doubt
    side = find_sides(change, lowest, highest)
    gap = replace(years, change=change, change_lower=lowest, change_upper=highest, side=side)
    ends = (take_year(by_year, years.first), take_year(by_year, years.latest))
    return _Gaps(others.value, by_year, beside, pooled.value - beside, lower - beside, upper - beside, gap, ends)


def _read(indicator: Indicator, gaps: _Gaps, place: int, year: int) -> Gap:
    window = list_window(indicator, year)
    return Gap(
        group=str(indicator.gap_to),
        others=take_number(gaps.beside, 0, place),
        value=take_number(gaps.pooled, 0, place),
        lower=take_number(gaps.lower, 0, place),
        upper=take_number(gaps.upper, 0, place),
        by_year=tuple(
            GapYear(past, take_number(gaps.others, 0, place, when), take_number(gaps.by_year, 0, place, when))
            for when, past in enumerate(window)
            if not np.isnan(gaps.others[0, place, when])
        ),
        trend=_read_trend(indicator, gaps, place, window),
    )


def _read_trend(indicator: Indicator, gaps: _Gaps, place: int, window: tuple[int, ...]) -> Trend | None:
    trend = read_trend(indicator, gaps.years, place, window)
    if trend is None:
        return None
    ends = tuple(float(end[0, place]) for end in gaps.ends)
    return replace(trend, words=_describe(indicator, trend.first_year, int(gaps.years.side[0, place]), ends))


def _describe(indicator: Indicator, first_year: int, side: int, ends: tuple[float, ...]) -> str:
    """Which way a gap has moved, in words only where its change leaves out zero."""
    if not side:
        return NO_CLEAR_CHANGE
    was_behind, is_behind = ((end > 0) if indicator.lower_is_better else (end < 0) for end in ends)
    since = f"since {name_academic_year(first_year)}"
    if (side > 0) != indicator.lower_is_better:
        return f"{'narrowing' if was_behind else 'further ahead'} {since}"
    return f"{'widening' if is_behind else 'less far ahead'} {since}"
