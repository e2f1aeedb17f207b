"""Up to three years of one figure made one: the sum of pupils who did over the sum of pupils there were.

Percentages are turned back into pupils first, so a big year weighs more than a small one; averages are weighted by
their pupils, published intervals by their precision, which is the same where pupils differ alike every year. What
publication rounded away is carried: into the range a count may lie in, or into the standard error.

All is arithmetic on the arrays of a grid. One school is a grid of one row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from pipeline.analysis.grids.grid import Grid, find_ends, keep_possible
from pipeline.analysis.indicators.windows import WINDOW
from pipeline.analysis.statistics.intervals import (
    T_ONE_YEAR,
    Z,
    normal_interval,
    standard_error_of_average,
    standard_error_of_interval,
    wilson_intervals,
)

#: What floating point may add to a rounding.
SLACK = 1e-9
#: The rounding of percentages where a file does not show one.
SHARE_STEP = 1.0
#: How many times as large a variance makes a normal interval as wide as Student's t makes that of one year.
_ONE_YEAR_WIDER = (T_ONE_YEAR / Z) ** 2
_LEAST_PUPILS = 1  # of whom a year's figure must be to be pooled


class Refusal(IntEnum):
    """Why a pooled figure may not be rated; as numbers, for arrays."""

    NONE = 0
    NO_FIGURE = 1  # no year has a figure that can be pooled
    FEW_YEARS = 2
    FEW_PUPILS = 3
    UNLIKE = 4  # an average of pupils unlike most: how far they lie apart is not known


@dataclass(frozen=True)
class Pooled:
    """The pooled figures of a grid; every array is (rows, indicators) but ``weights`` (rows, indicators, 3).

    ``weights`` are the pupils of each year used, or its precision where an interval is published; 0 where a year is not
    used.
    """

    value: np.ndarray
    pupils: np.ndarray  # on whom the interval rests
    lowest: np.ndarray  # of shares: the least count that the rounding allows
    highest: np.ndarray
    error: np.ndarray  # of averages and published intervals: the standard error
    rounding: np.ndarray  # of published intervals: half the steps, weighed
    weights: np.ndarray
    drift: np.ndarray  # how many times the variance of chance years have: it widens intervals and tests, not ``error``
    refusal: np.ndarray  # int8, of Refusal

    @property
    def enough(self) -> np.ndarray:
        """What has years and pupils enough to be rated."""
        return self.refusal == Refusal.NONE

    @property
    def used(self) -> np.ndarray:
        """The years used (rows, indicators, 3)."""
        return self.weights > 0

    @property
    def of_one_year(self) -> np.ndarray:
        """What rests on one year alone (rows, indicators): if rated, then provisionally."""
        found: np.ndarray = add_years(self.used.astype(int)) == 1
        return found

    def weigh(self, yearly: np.ndarray) -> np.ndarray:
        """The average of ``yearly`` values over the years used; NaN where a year used has none."""
        used = np.where(self.weights > 0, yearly * self.weights, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return add_years(used) / add_years(self.weights)

    def weigh_one(self, yearly: np.ndarray, rows: np.ndarray, place: int) -> np.ndarray:
        """The same for the ``rows`` of the indicator at ``place`` alone."""
        weights = self.weights[rows, place]
        used = np.where(weights > 0, np.broadcast_to(yearly, self.weights.shape)[rows, place] * weights, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return add_years(used) / add_years(weights)

    def choose(self, places: np.ndarray) -> Pooled:
        """The pooled figures of the indicators at ``places`` alone."""
        return Pooled(**{name: array[:, places] for name, array in vars(self).items()})


def add_years(yearly: np.ndarray) -> np.ndarray:
    """The sum over the last axis, the three years: what ``sum`` gives, many times faster on so short an axis."""
    first, second, third = (yearly[..., when] for when in range(WINDOW))
    return first + second + third


def pool_grid(grid: Grid) -> Pooled:
    """Pool up to three years of every figure: shares and averages by pupils, published intervals by their precision."""
    shape = grid.value.shape[:2]
    parts = {name: np.full(shape, np.nan) for name in ("value", "pupils", "lowest", "highest", "error", "rounding")} | {
        "weights": np.zeros(grid.value.shape)
    }
    usable = find_usable(grid)
    for method, pool in (
        ("percent", _pool_shares),
        ("average", _pool_averages),
        ("published_interval", _pool_intervals),
    ):
        columns = find_columns(grid, method)
        if len(columns):
            for name, found in pool(grid, usable, columns).items():
                parts[name][:, columns] = found
    drift = np.broadcast_to(grid.drift, shape)
    return Pooled(**parts, drift=drift, refusal=_find_refusal(grid, parts))


def find_columns(grid: Grid, method: str) -> np.ndarray:
    """The places of the indicators whose chance is judged by ``method``."""
    return np.flatnonzero([one.method == method for one in grid.indicators])


def find_usable(grid: Grid) -> np.ndarray:
    """Which figures can be pooled (rows, indicators, 3): numbers on the scale, of a known number of pupils.

    Of published intervals only the interval is asked: ``_pool_intervals``.
    """
    return ~np.isnan(keep_possible(grid.indicators, grid.value)) & (grid.pupils >= _LEAST_PUPILS)


def show_alone(grid: Grid, pooled: Pooled) -> Pooled:
    """The same with what cannot be pooled: the latest number stands by itself, as published, and is not rated."""
    number = ~np.isnan(keep_possible(grid.indicators, grid.value))
    rows, places = np.nonzero(number.any(axis=2) & ~pooled.used.any(axis=2))
    when = WINDOW - 1 - np.argmax(number[rows, places, ::-1], axis=1)
    value, weights, pupils = pooled.value.copy(), pooled.weights.copy(), pooled.pupils.copy()
    value[rows, places] = grid.value[rows, places, when]
    weights[rows, places, when] = 1.0
    published = np.isin(places, find_columns(grid, "published_interval"))
    pupils[rows, places] = np.where(published, grid.pupils[rows, places, when], np.nan)
    return replace(pooled, value=value, weights=weights, pupils=pupils)


def leave_out_unlike(grid: Grid, pooled: Pooled, fits: np.ndarray) -> Pooled:
    """Averages of pupils whom England's do not fit have no interval and are not rated.

    The interval rests on the spread between all of England's pupils, which says nothing of pupils unlike them.
    """
    average = np.array([one.method == "average" for one in grid.indicators], dtype=bool)
    unlike = average & ~fits & ~np.isnan(pooled.error)
    error = np.where(unlike, np.nan, pooled.error)
    return replace(pooled, error=error, refusal=np.where(unlike, Refusal.UNLIKE, pooled.refusal).astype("int8"))


def find_intervals(grid: Grid, pooled: Pooled, *, of_pupils: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The 95% interval of every pooled value; NaN where there is none. None goes beyond the indicator's scale.

    Years vary more than chance alone: the interval is that of a variance ``drift`` times as large, and of one year
    alone as much wider as Student's t is. For shares that is the interval of so many fewer pupils, for a published
    interval of one year its own, reaching so much farther. ``of_pupils`` asks for their chance alone.
    """
    alone = pooled.of_one_year & ~np.isnan(pooled.value)
    drift = np.where(alone, pooled.drift * _ONE_YEAR_WIDER, pooled.drift)
    drift = np.ones(drift.shape) if of_pupils else drift
    wider = np.sqrt(drift)
    lower, upper = (
        np.clip(limit, *find_ends(grid.indicators)) for limit in normal_interval(pooled.value, pooled.error * wider)
    )
    shares, published = (find_columns(grid, method) for method in ("percent", "published_interval"))
    lower[:, shares], upper[:, shares] = wilson_intervals(
        *((array / drift)[:, shares] for array in (pooled.lowest, pooled.highest, pooled.pupils))
    )
    progress = pooled.choose(published)
    as_told = progress.of_one_year & ~np.isnan(progress.error)
    for limit, array in ((lower, grid.lower), (upper, grid.upper)):
        as_published = add_years(np.where(progress.used, array[:, published], 0.0))
        farther = progress.value + (as_published - progress.value) * wider[:, published]
        stands = np.where(wider[:, published] > 1, farther, as_published)
        limit[:, published] = np.where(as_told, stands, limit[:, published])
    return lower, upper


def find_own_gaps(others: Grid, pooled: Pooled) -> np.ndarray:
    """The pooled figures of the pupils of ``others`` minus those ``pooled``; NaN unless both are of the same years."""
    beside = show_alone(others, pool_grid(others))
    return np.where((beside.used == pooled.used).all(axis=2), beside.value - pooled.value, np.nan)


def separate_years(grid: Grid) -> Grid:
    """Every year by itself: all rows with the figures of the first year alone, then the second, then the third."""
    alone = [np.where(np.arange(WINDOW) == when, grid.value, np.nan) for when in range(WINDOW)]
    rows = np.tile(np.arange(len(grid.value)), WINDOW)
    return replace(grid.take(rows), value=np.concatenate(alone))


def count_pupils(value: np.ndarray, pupils: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rebuild how many of ``pupils`` published percentages stand for: the best count, the least and the most possible.

    A percentage rounded to a step s leaves the count uncertain by s/2 % of the pupils. Where that is under half a
    pupil the nearest whole number is the count, provided it gives the published percentage back; if none does, the
    denominator is not quite this one, and the whole numbers on either side stay possible. Otherwise every whole number
    the rounding allows stays possible.
    """
    exact, doubt = value * pupils / 100, step / 2 * pupils / 100
    nearest = np.floor(exact + 0.5)
    sure, whole = doubt < 0.5, np.abs(nearest - exact) <= doubt + SLACK
    lowest = np.where(sure, np.where(whole, nearest, np.floor(exact)), np.maximum(0.0, np.ceil(exact - doubt - SLACK)))
    highest = np.where(
        sure, np.where(whole, nearest, np.ceil(exact)), np.minimum(pupils, np.floor(exact + doubt + SLACK))
    )
    return np.where(sure & whole, nearest, exact), lowest, highest


def _pool_shares(grid: Grid, usable: np.ndarray, columns: np.ndarray) -> dict[str, np.ndarray]:
    """Sums of counts and of pupils. Where each year counts largely the same pupils again the share is steadied but no
    new pupils are seen: counts are scaled to the average year's pupils, outwards to whole ones."""
    used = usable[:, columns]
    pupils = np.where(used, grid.pupils[:, columns], 0.0)
    steps = np.nan_to_num(grid.step[:, columns], nan=SHARE_STEP)
    counts = count_pupils(np.where(used, grid.value[:, columns], 0.0), pupils, steps)
    count, lowest, highest = (add_years(each) for each in counts)
    total, years = add_years(pupils), add_years(used.astype(int))
    same = np.array([grid.indicators[place].same_pupils for place in columns]) & (years > 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        average = np.floor(total / years + 0.5)
        scale = np.where(same, average / total, 1.0)
        counted = np.where(total > 0, np.where(same, average, total), np.nan)
        value = 100 * (count * scale) / counted
    highest_same = np.minimum(np.ceil(highest * scale - SLACK), average)
    return {
        "value": value,
        "pupils": counted,
        "lowest": np.where(same, np.floor(lowest * scale + SLACK), lowest),
        "highest": np.where(same, highest_same, highest),
        "weights": pupils,
    }


def _pool_averages(grid: Grid, usable: np.ndarray, columns: np.ndarray) -> dict[str, np.ndarray]:
    used = usable[:, columns]
    pupils = np.where(used, grid.pupils[:, columns], 0.0)
    total, years = add_years(pupils), add_years(used.astype(int))
    same = np.array([grid.indicators[place].same_pupils for place in columns])
    spread = np.array([grid.indicators[place].spread for place in columns])
    with np.errstate(invalid="ignore", divide="ignore"):
        value = add_years(np.where(used, grid.value[:, columns] * pupils, 0.0)) / total
        weight = pupils / total[:, :, None]
        rounding = add_years((weight * np.nan_to_num(grid.step[:, columns])) ** 2 / 12)
        counted = np.where(total > 0, np.where(same, np.round(total / years), total), np.nan)
        error = standard_error_of_average(spread, counted, rounding)
    return {"value": value, "pupils": counted, "error": error, "weights": pupils}


def _pool_intervals(grid: Grid, _: np.ndarray, columns: np.ndarray) -> dict[str, np.ndarray]:
    """Figures published with their own intervals, each year weighing by its precision: 1 ÷ its squared standard error.

    The number of pupils is known where every year's is.
    """
    value, lower, upper, pupils, step = (
        array[:, columns] for array in (grid.value, grid.lower, grid.upper, grid.pupils, grid.step)
    )
    used = ~np.isnan(value) & (upper > lower)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = np.where(used, 1 / standard_error_of_interval(lower, upper) ** 2, 0.0)
        total = add_years(weights)
        return {
            "value": add_years(np.where(used, value * weights, 0.0)) / total,
            "pupils": np.where(total > 0, add_years(np.where(used, pupils, 0.0)), np.nan),
            "error": np.where(total > 0, 1 / np.sqrt(total), np.nan),
            "rounding": np.where(total > 0, add_years(np.nan_to_num(step) * weights) / total / 2, 0.0),
            "weights": weights,
        }


def _find_refusal(grid: Grid, parts: dict[str, np.ndarray]) -> np.ndarray:
    least_years = np.array([indicator.minimum_years for indicator in grid.indicators])
    least_pupils = np.array([indicator.minimum_pupils for indicator in grid.indicators])
    years = add_years((parts["weights"] > 0).astype(int))
    few_pupils = parts["pupils"] < least_pupils  # NaN, published without a number of pupils, is not few
    refusal = np.where(years < least_years, Refusal.FEW_YEARS, np.where(few_pupils, Refusal.FEW_PUPILS, Refusal.NONE))
    return np.where(np.isnan(parts["value"]), Refusal.NO_FIGURE, refusal).astype("int8")
