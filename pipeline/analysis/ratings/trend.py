"""How a figure moved, in words only where neither chance nor the usual change between years can explain the move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.analysis.grids.grid import Grid, find_ends
from pipeline.analysis.grids.pooling import (
    Pooled,
    find_columns,
    find_intervals,
    leave_out_unlike,
    pool_grid,
    separate_years,
)
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.indicators.windows import WINDOW
from pipeline.analysis.results import Trend
from pipeline.analysis.statistics.intervals import newcombe_intervals, normal_interval
from pipeline.foundation.vocabulary import name_academic_year

NO_CLEAR_CHANGE = "no clear change"


@dataclass(frozen=True)
class Years:
    """Every year of a grid by itself (rows, indicators, 3), and the latest against the first (rows, indicators).

    NaN where a year has no interval; a change, where fewer than two years have one.
    """

    lower: np.ndarray  # the 95% interval of one year alone
    upper: np.ndarray
    first: np.ndarray  # the place of the first year with an interval
    latest: np.ndarray
    change: np.ndarray
    change_lower: np.ndarray
    change_upper: np.ndarray
    side: np.ndarray  # int8: 1 the figure rose, -1 it fell, by more than years as they vary could make it; else 0


def follow_years(grid: Grid, fits: np.ndarray) -> Years:
    """Follow every figure of ``grid`` through its years; ``fits`` (rows, indicators) as in ``Baselines``.

    The interval of one year is of the chance of its pupils, as published where it is; that of a change allows for how
    years vary besides.
    """
    apart = separate_years(grid)
    pooled = leave_out_unlike(
        apart, pool_grid(apart), np.tile(np.broadcast_to(fits, grid.value.shape[:2]), (WINDOW, 1))
    )
    shape = (WINDOW, *grid.value.shape[:2])
    lower, upper = (limit.reshape(shape) for limit in find_intervals(apart, pooled, of_pupils=True))
    known = ~np.isnan(lower)
    first, latest = np.argmax(known, axis=0), WINDOW - 1 - np.argmax(known[::-1], axis=0)
    ends = [(_take_year(pooled, shape, when)) for when in (latest, first)]
    values = [take_year(grid.value, when) for when in (latest, first)]
    change = np.where(known.sum(axis=0) > 1, values[0] - values[1], np.nan)
    limits = _find_change_intervals(grid, change, *ends)
    # rebuilt from whole pupils, an interval can miss the difference of two rounded percentages by that rounding
    change_lower, change_upper = np.minimum(limits[0], change), np.maximum(limits[1], change)
    least, most = find_ends(grid.indicators)  # no change is longer than the scale
    change_lower, change_upper = np.maximum(change_lower, least - most), np.minimum(change_upper, most - least)
    side = find_sides(change, change_lower, change_upper)
    return Years(
        np.moveaxis(lower, 0, 2), np.moveaxis(upper, 0, 2), first, latest, change, change_lower, change_upper, side
    )


def take_year(yearly: np.ndarray, when: np.ndarray) -> np.ndarray:
    """Of what every year has (rows, indicators, 3), that of the year at place ``when`` (rows, indicators)."""
    taken: np.ndarray = np.take_along_axis(yearly, when[..., None], axis=2)[..., 0]
    return taken


def find_sides(change: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """On which side of 0 the interval of each change lies: 1, -1, or 0 where it holds 0 or there is no change.

    Raises ValueError for a change whose interval is no number: not a number is on neither side of 0.
    """
    if not (np.isfinite(lower) & np.isfinite(upper))[~np.isnan(change)].all():
        raise ValueError("a change without an interval says nothing")
    return np.where(lower > 0, 1, np.where(upper < 0, -1, 0)).astype("int8")


def _take_year(pooled: Pooled, shape: tuple[int, ...], when: np.ndarray) -> dict[str, np.ndarray]:
    """Of figures that stand year by year, those of the year ``when`` (rows, indicators)."""
    names = ("lowest", "highest", "pupils", "error")
    return {name: np.take_along_axis(getattr(pooled, name).reshape(shape), when[None], axis=0)[0] for name in names}


def _find_change_intervals(
    grid: Grid, change: np.ndarray, latest: dict[str, np.ndarray], first: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    lower, upper = normal_interval(change, np.hypot(first["error"], latest["error"]) * np.sqrt(grid.drift))
    shares = find_columns(grid, "percent")
    names = ("lowest", "highest", "pupils")
    counts = ([(each[name] / grid.drift)[:, shares] for name in names] for each in (latest, first))
    lower[:, shares], upper[:, shares] = newcombe_intervals(*counts)
    return lower, upper


def read_trend(indicator: Indicator, years: Years, place: int, window: tuple[int, ...], row: int = 0) -> Trend | None:
    """The change of the indicator at ``place``, whose years are ``window``; None where there is none."""
    change, lower, upper = (float(each[row, place]) for each in (years.change, years.change_lower, years.change_upper))
    if np.isnan(change):
        return None
    first, latest = window[years.first[row, place]], window[years.latest[row, place]]
    return Trend(first, latest, change, lower, upper, _describe(indicator, first, int(years.side[row, place])))


def _describe(indicator: Indicator, first_year: int, side: int) -> str:
    if not side:
        return NO_CLEAR_CHANGE
    since, rose = f"since {name_academic_year(first_year)}", side > 0
    if indicator.lower_is_better:
        return f"rose {since} (worse)" if rose else f"fell {since} (better)"
    return f"improved {since}" if rose else f"declined {since}"
