"""All rows of a grid pooled, compared and rated by the rules that ``pooling`` and ``rating`` apply to one school.

The same rules stand here a second time, as arithmetic on arrays: a test holds both against one another for every
school of an edition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from pipeline.analysis.comparators import ENGLAND
from pipeline.analysis.grid import Baselines, Grid, find_ends
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.intervals import Z, wilson_intervals
from pipeline.analysis.significance import (
    FALSE_DISCOVERY_RATE,
    control_by_row,
    find_p_of_distance,
    find_p_of_share,
    find_p_of_two_shares,
    refuse_improbable,
)
from pipeline.analysis.windows import WINDOW

#: Ratings as numbers: an array of them can be counted.
STRENGTH, IN_LINE, GAP, NOT_RATED = 1, 0, -1, -2

_SLACK = 1e-9
_SHARE_STEP = 1.0  # the rounding of percentages where a file does not show one
_CLEARLY_CHANCE = 1.2  # standard errors: no test of a share this near its baseline can come under a p of 0.1


@dataclass(frozen=True)
class Judged:
    """The ratings of many rows (schools, or resamples of one)."""

    indicators: tuple[Indicator, ...]
    comparators: tuple[str, ...]
    rating: np.ndarray  # int8 (rows, comparators, indicators)
    persistent: np.ndarray  # bool (rows, indicators): on the gap side of England in each of three years
    value: np.ndarray  # float (rows, indicators): pooled
    lower: np.ndarray  # 95% interval of the pooled value
    upper: np.ndarray
    pupils: np.ndarray  # pooled, as they count for chance
    tested: np.ndarray  # int (rows,): comparisons under the false-discovery control

    def against(self, comparator: str) -> np.ndarray:
        """The ratings (rows, indicators) against ``comparator``; not rated where it is not among them."""
        if comparator not in self.comparators:
            return np.full(self.persistent.shape, NOT_RATED, dtype="int8")
        return self.rating[:, self.comparators.index(comparator)]


@dataclass(frozen=True)
class Pooled:
    """The pooled figures of a grid; every array is (rows, indicators) but ``weights`` (rows, indicators, 3).

    ``weights`` are the pupils of each year used, or its precision where an interval is published; 0 where a year is not
    used.
    """

    value: np.ndarray
    pupils: np.ndarray
    lowest: np.ndarray  # of shares: the least count that the rounding allows
    highest: np.ndarray
    error: np.ndarray  # of averages and published intervals: the standard error
    rounding: np.ndarray  # of published intervals: half the steps, weighed
    weights: np.ndarray
    enough: np.ndarray  # years and pupils enough to be rated

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


def judge(grid: Grid, baselines: Sequence[Baselines], *, false_discovery_rate: float = FALSE_DISCOVERY_RATE) -> Judged:
    """Pool, compare and rate every row of ``grid`` against each of ``baselines``; England's must be among them."""
    (england,) = (each for each in baselines if each.comparator == ENGLAND)
    pooled = _leave_out_unlike(grid.indicators, pool_grid(grid), england.fits)
    p_values = [find_p_values(grid.indicators, pooled, each) for each in baselines]
    adjusted = control_by_row(np.concatenate(p_values, axis=1))
    sections = np.split(adjusted, len(baselines), axis=1)
    rating = np.stack(
        [
            _rate(grid.indicators, pooled, pooled.weigh(each.value), q, false_discovery_rate)
            for each, q in zip(baselines, sections, strict=True)
        ],
        axis=1,
    )
    lower, upper = find_intervals(grid, pooled)
    return Judged(
        grid.indicators,
        tuple(each.comparator for each in baselines),
        rating,
        _find_persistent(grid, england),
        pooled.value,
        lower,
        upper,
        pooled.pupils,
        np.sum(~np.isnan(adjusted), axis=1),
    )


def pool_grid(grid: Grid) -> Pooled:
    """Pool up to three years of every figure: shares and averages by pupils, published intervals by their precision."""
    shape = grid.value.shape[:2]
    parts = {name: np.full(shape, np.nan) for name in ("value", "pupils", "lowest", "highest", "error", "rounding")} | {
        "weights": np.zeros(grid.value.shape)
    }
    least, most = (ends[:, None] for ends in find_ends(grid.indicators))
    usable = (grid.value >= least) & (grid.value <= most) & (grid.pupils >= 0.5)  # NaN, no figure, is neither
    for method, pool in (
        ("percent", _pool_shares),
        ("average", _pool_averages),
        ("published_interval", _pool_intervals),
    ):
        columns = np.flatnonzero(_of(grid, partial(_has_method, method)))
        if len(columns):
            for name, found in pool(grid, usable, columns).items():
                parts[name][:, columns] = found
    return Pooled(**parts, enough=_find_enough(grid, parts))


def find_p_values(indicators: Sequence[Indicator], pooled: Pooled, baselines: Baselines) -> np.ndarray:
    """Two-sided p (rows, indicators); NaN where nothing may be rated. Shares plainly within chance are given as 1."""
    baseline = pooled.weigh(baselines.value)
    tested = pooled.enough & baselines.fits & ~np.isnan(baseline)
    found = np.full(pooled.value.shape, np.nan)
    shares: list[_Shares] = []
    for place, indicator in enumerate(indicators):
        rows = np.flatnonzero(tested[:, place])
        if not len(rows):
            continue
        if indicator.method == "percent":
            found[rows, place] = 1.0
            shares.append(_list_shares(indicator, place, rows, pooled, baseline[rows, place], baselines))
        else:
            found[rows, place] = _test_distances(indicator, place, rows, pooled, baseline[rows, place], baselines)
    for test in (find_p_of_share, find_p_of_two_shares):
        asked = [each for each in shares if each.test is test and len(each.rows)]
        if asked:
            p = test(*np.concatenate([each.cases for each in asked]).T)
            ends = np.cumsum([len(each.cases) for each in asked])
            for each, own in zip(asked, np.split(p, ends[:-1]), strict=True):
                found[each.rows, each.place] = own[each.case]
    refuse_improbable(found[tested])  # what may be rated has a probability: without one it would pass for untested
    return found


@dataclass(frozen=True)
class _Shares:
    """Shares of one indicator to be tested by ``test``: its arguments are the columns of ``cases``."""

    test: Callable[..., np.ndarray]
    place: int
    rows: np.ndarray
    cases: np.ndarray  # each distinct one once
    case: np.ndarray  # of each row


def find_intervals(grid: Grid, pooled: Pooled) -> tuple[np.ndarray, np.ndarray]:
    """The 95% interval of every pooled value; NaN where there is none."""
    ends = find_ends(grid.indicators)
    lower, upper = (np.clip(pooled.value + side * Z * pooled.error, *ends) for side in (-1, 1))
    shares, published = (
        np.flatnonzero(_of(grid, partial(_has_method, method))) for method in ("percent", "published_interval")
    )
    counts = [array[:, shares] for array in (pooled.lowest, pooled.highest, pooled.pupils)]
    lower[:, shares], upper[:, shares] = wilson_intervals(*counts)
    progress = pooled.choose(published)
    alone = add_years((progress.weights > 0).astype(int)) == 1  # one year stands as published
    for limit, array in ((lower, grid.lower), (upper, grid.upper)):
        limit[:, published] = np.where(alone, progress.weigh(np.nan_to_num(array[:, published])), limit[:, published])
    return lower, upper


def _of(grid: Grid, ask: Callable[[Indicator], bool]) -> np.ndarray:
    return np.array([ask(indicator) for indicator in grid.indicators], dtype=bool)


def _has_method(method: str, indicator: Indicator) -> bool:
    return indicator.method == method


def _leave_out_unlike(indicators: Sequence[Indicator], pooled: Pooled, fits: np.ndarray) -> Pooled:
    """``pooling.leave_out_range`` for arrays: averages of pupils whom England's do not fit have no interval."""
    unlike = np.array([one.method == "average" for one in indicators], dtype=bool) & ~fits
    return replace(pooled, error=np.where(unlike, np.nan, pooled.error), enough=pooled.enough & ~unlike)


def _pool_shares(grid: Grid, usable: np.ndarray, columns: np.ndarray) -> dict[str, np.ndarray]:
    used = usable[:, columns]
    pupils = np.where(used, grid.pupils[:, columns], 0.0)
    steps = np.nan_to_num(grid.step[:, columns], nan=_SHARE_STEP)
    counts = count_pupils_by_year(np.where(used, grid.value[:, columns], 0.0), pupils, steps)
    count, lowest, highest = (add_years(each) for each in counts)
    total, years = add_years(pupils), add_years(used.astype(int))
    same = np.array([grid.indicators[place].same_pupils for place in columns]) & (years > 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        average = np.floor(total / years + 0.5)
        scale = np.where(same, average / total, 1.0)
        value = np.where(total > 0, 100 * count / total, np.nan)
    highest_same = np.minimum(np.ceil(highest * scale - _SLACK), average)
    return {
        "value": value,
        "pupils": np.where(total > 0, np.where(same, average, total), np.nan),
        "lowest": np.where(same, np.floor(lowest * scale + _SLACK), lowest),
        "highest": np.where(same, highest_same, highest),
        "weights": pupils,
    }


def count_pupils_by_year(
    value: np.ndarray, pupils: np.ndarray, step: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``pooling.count_pupils`` for arrays of percentages: the best count, the least and the most that may be meant."""
    exact, doubt = value * pupils / 100, step / 2 * pupils / 100
    nearest = np.floor(exact + 0.5)
    sure, whole = doubt < 0.5, np.abs(nearest - exact) <= doubt + _SLACK
    lowest = np.where(sure, np.where(whole, nearest, np.floor(exact)), np.maximum(0.0, np.ceil(exact - doubt - _SLACK)))
    highest = np.where(
        sure, np.where(whole, nearest, np.ceil(exact)), np.minimum(pupils, np.floor(exact + doubt + _SLACK))
    )
    return np.where(sure & whole, nearest, exact), lowest, highest


def _pool_averages(grid: Grid, usable: np.ndarray, columns: np.ndarray) -> dict[str, np.ndarray]:
    used = usable[:, columns]
    pupils = np.where(used, grid.pupils[:, columns], 0.0)
    total, years = add_years(pupils), add_years(used.astype(int))
    same = np.array([grid.indicators[place].same_pupils for place in columns])
    spread = np.array([grid.indicators[place].spread for place in columns])
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = pupils / total[:, :, None]
        value = np.where(total > 0, add_years(weight * np.where(used, grid.value[:, columns], 0.0)), np.nan)
        rounding = add_years((weight * np.nan_to_num(grid.step[:, columns])) ** 2 / 12)
        counted = np.where(same, np.round(total / years), total)
        error = np.sqrt(spread**2 / counted + rounding)
    return {"value": value, "pupils": np.where(total > 0, counted, np.nan), "error": error, "weights": pupils}


def _pool_intervals(grid: Grid, _: np.ndarray, columns: np.ndarray) -> dict[str, np.ndarray]:
    value, lower, upper, pupils, step = (
        array[:, columns] for array in (grid.value, grid.lower, grid.upper, grid.pupils, grid.step)
    )
    used = ~np.isnan(value) & (upper > lower)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = np.where(used, ((upper - lower) / (2 * Z)) ** -2.0, 0.0)
        total = add_years(weights)
        return {
            "value": add_years(weights * np.where(used, value, 0.0)) / total,
            "pupils": np.where(total > 0, add_years(np.where(used, pupils, 0.0)), np.nan),
            "error": np.where(total > 0, 1 / np.sqrt(total), np.nan),
            "rounding": np.where(total > 0, add_years(weights * np.nan_to_num(step)) / total / 2, 0.0),
            "weights": weights,
        }


def _find_enough(grid: Grid, parts: dict[str, np.ndarray]) -> np.ndarray:
    least_years = np.array([indicator.minimum_years for indicator in grid.indicators])
    least_pupils = np.array([indicator.minimum_pupils for indicator in grid.indicators])
    years = add_years((parts["weights"] > 0).astype(int))
    published = _of(grid, lambda one: one.method == "published_interval")
    pupils_known = ~published | ~np.isnan(parts["pupils"])
    too_few = pupils_known & ~(parts["pupils"] >= least_pupils)
    return ~np.isnan(parts["value"]) & (years >= least_years) & ~too_few


def _list_shares(
    indicator: Indicator, place: int, rows: np.ndarray, pooled: Pooled, baseline: np.ndarray, baselines: Baselines
) -> _Shares:
    """The shares that are not plainly within chance."""
    lowest, highest, pupils = (array[rows, place] for array in (pooled.lowest, pooled.highest, pooled.pupils))
    others = _count_others(indicator, place, rows, pooled, baselines)
    share = np.clip(baseline / 100, 1e-6, 1 - 1e-6)
    distance = np.maximum(lowest - pupils * share, pupils * share - highest)
    open_ = np.flatnonzero(distance > _CLEARLY_CHANCE * np.sqrt(pupils * share * (1 - share)))
    test: Callable[..., np.ndarray] = find_p_of_share
    if np.isfinite(others).all():
        test, beside = find_p_of_two_shares, (np.round(baseline * others / 100), others)
    else:
        rounding = np.nan_to_num(pooled.weigh_one(baselines.rounding, rows, place))
        beside = (np.clip((baseline - rounding) / 100, 0.0, 1.0), np.clip((baseline + rounding) / 100, 0.0, 1.0))
    cases, case = _list_cases(*(array[open_] for array in (lowest, highest, pupils, *beside)))
    return _Shares(test, place, rows[open_], cases, case)


def _test_distances(
    indicator: Indicator, place: int, rows: np.ndarray, pooled: Pooled, baseline: np.ndarray, baselines: Baselines
) -> np.ndarray:
    rounding = pooled.rounding[rows, place] if indicator.method == "published_interval" else 0.0
    distance = np.maximum(0.0, np.abs(pooled.value[rows, place] - baseline) - rounding)
    weight = pooled.weights[rows, place] / add_years(pooled.weights[rows, place])[:, None]
    if indicator.method == "published_interval":
        error = np.broadcast_to(baselines.error, pooled.weights.shape)[rows, place]
        chance = np.sqrt(add_years((weight * error) ** 2))
    else:
        step = np.broadcast_to(2 * baselines.rounding, pooled.weights.shape)[rows, place]
        others = _count_others(indicator, place, rows, pooled, baselines)
        chance = np.sqrt(add_years((weight * step) ** 2 / 12) + indicator.spread**2 / others)
    return find_p_of_distance(distance, np.hypot(pooled.error[rows, place], chance))


def _count_others(
    indicator: Indicator, place: int, rows: np.ndarray, pooled: Pooled, baselines: Baselines
) -> np.ndarray:
    """The pupils on whom the baseline rests over the years used; infinity for England."""
    used = pooled.weights[rows, place] > 0
    pupils = np.where(used, np.broadcast_to(baselines.pupils, pooled.weights.shape)[rows, place], 0.0)
    total = add_years(pupils)
    return np.round(total / add_years(used.astype(int))) if indicator.same_pupils else total


def _list_cases(*columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every distinct case once, and for each row the place of its case: the same test is made a single time."""
    cases = np.stack(columns, axis=1)
    if len(cases) and (cases[:, 2:] == cases[0, 2:]).all():  # resamples of one school differ in the count alone
        _, first, back = np.unique(cases[:, 0] * 1e6 + cases[:, 1], return_index=True, return_inverse=True)
        return cases[first], back
    frame = pd.DataFrame(cases)
    return frame.drop_duplicates().to_numpy(), frame.groupby(list(frame.columns), sort=False).ngroup().to_numpy()


def _rate(
    indicators: Sequence[Indicator], pooled: Pooled, baseline: np.ndarray, adjusted: np.ndarray, rate: float
) -> np.ndarray:
    difference = pooled.value - baseline
    least = np.array([np.nan if one.minimum_difference is None else one.minimum_difference for one in indicators])
    in_pupils = np.abs(difference) * pooled.pupils / 100
    large = np.where(np.isnan(least), in_pupils >= 1 - _SLACK, np.abs(difference) >= least - _SLACK)
    better = np.where([one.lower_is_better for one in indicators], difference < 0, difference > 0)
    rating = np.where(large & (adjusted <= rate), np.where(better, STRENGTH, GAP), IN_LINE)
    return np.where(np.isnan(adjusted), NOT_RATED, rating).astype("int8")


def _find_persistent(grid: Grid, england: Baselines) -> np.ndarray:
    sign = np.array([-1.0 if one.lower_is_better else 1.0 for one in grid.indicators])[:, None]
    worse = sign * (grid.value - england.value) < 0  # NaN, no figure or no England, is not worse
    return (worse & england.fits[:, :, None]).all(axis=2)
