"""Strength or gap: a difference too large for chance, years' own variation included, and large enough to matter.

A finding needs both. Chance is judged for all of a row's comparisons together (significance.py); "large enough" is one
whole pupil, or the least difference the indicator states. What is no finding is in line only where its whole range lies
within the indicator's margin of the comparator; else there is no clear difference. All is arithmetic on the arrays of a
grid: a school, a country and a thousand resamples are judged by the same lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.analysis.grids.comparators import ENGLAND
from pipeline.analysis.grids.grid import Baselines, Grid, find_directions
from pipeline.analysis.grids.pooling import (
    SLACK,
    Pooled,
    add_years,
    find_intervals,
    leave_out_unlike,
    pool_grid,
    show_alone,
)
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.results import GAP, NO_FINDING, NOT_RATED, STRENGTH
from pipeline.analysis.statistics.intervals import standard_error_of_average
from pipeline.analysis.statistics.significance import (
    FALSE_DISCOVERY_RATE,
    control_by_row,
    find_p_of_distance,
    find_p_of_share,
    find_p_of_two_shares,
    refuse_improbable,
    widen_chance,
)

_CLEARLY_CHANCE = 1.2  # standard errors: no test of a share this near its baseline can come under a p of 0.1


@dataclass(frozen=True)
class Compared:
    """Every figure of many rows beside one comparator; arrays are (rows, indicators), NaN where nothing is compared."""

    comparator: str
    baseline: np.ndarray  # over the years used, each weighing as the row's own pupils do
    difference: np.ndarray  # value minus baseline
    p_value: np.ndarray  # two-sided; NaN where nothing may be rated
    adjusted: np.ndarray  # under the false-discovery control of the row
    stands_out_alone: np.ndarray  # bool: by its own p
    stands_out: np.ndarray  # bool: by the adjusted p
    is_large: np.ndarray  # bool: enough to matter
    whole_pupils: np.ndarray  # the difference in whole pupils of the pooled cohort; shares only
    rating: np.ndarray  # int8


@dataclass(frozen=True)
class Judged:
    """The ratings of many rows (schools, or resamples of one)."""

    indicators: tuple[Indicator, ...]
    comparators: tuple[str, ...]
    rating: np.ndarray  # int8 (rows, comparators, indicators)
    persistent: np.ndarray  # bool (rows, indicators): on the gap side of England in each of three years

    @property
    def tested(self) -> np.ndarray:
        """Comparisons under the false-discovery control (rows,)."""
        return np.sum(self.rating != NOT_RATED, axis=(1, 2))

    def against(self, comparator: str) -> np.ndarray:
        """The ratings (rows, indicators) against ``comparator``; not rated where it is not among them."""
        if comparator not in self.comparators:
            return np.full(self.persistent.shape, NOT_RATED, dtype="int8")
        return self.rating[:, self.comparators.index(comparator)]


@dataclass(frozen=True)
class Judgement:
    """Ratings with all they rest on."""

    judged: Judged
    pooled: Pooled
    lower: np.ndarray  # (rows, indicators): 95% interval of the pooled value
    upper: np.ndarray
    compared: tuple[Compared, ...]
    in_line: tuple[np.ndarray, ...]  # beside each of ``compared``: rated, no finding, and near for certain


def judge(grid: Grid, baselines: Sequence[Baselines], *, false_discovery_rate: float | None = None) -> Judged:
    """Pool, compare and rate every row of ``grid`` against each of ``baselines``; England's must be among them.

    ``false_discovery_rate`` is FALSE_DISCOVERY_RATE unless another is tried.
    """
    england = _find_england(baselines)
    pooled = leave_out_unlike(grid, pool_grid(grid), england.fits)
    return _gather(grid, england, compare(grid.indicators, pooled, baselines, rate=false_discovery_rate))


def judge_in_full(grid: Grid, baselines: Sequence[Baselines]) -> Judgement:
    """The same with every number that is printed, of a school as a grid of one row.

    Figures of which chance cannot be judged stand by themselves, and no test is spared.
    """
    england = _find_england(baselines)
    pooled = leave_out_unlike(grid, show_alone(grid, pool_grid(grid)), england.fits)
    compared = compare(grid.indicators, pooled, baselines, spare_tests=False)
    lower, upper = find_intervals(grid, pooled)
    in_line = tuple(find_in_line(grid.indicators, each, lower, upper) for each in compared)
    return Judgement(_gather(grid, england, compared), pooled, lower, upper, compared, in_line)


def find_in_line(
    indicators: Sequence[Indicator], compared: Compared, lower: np.ndarray, upper: np.ndarray
) -> np.ndarray:
    """What is shown to be like its comparator (rows, indicators): no finding, and no part of the range off the margin.

    ``lower`` and ``upper`` are the 95% interval. An indicator without a margin is never shown to be in line.
    """
    margin = np.array([np.nan if one.margin is None else one.margin for one in indicators])
    near = (lower >= compared.baseline - margin - SLACK) & (upper <= compared.baseline + margin + SLACK)
    found: np.ndarray = near & (compared.rating == NO_FINDING)
    return found


def compare(
    indicators: Sequence[Indicator],
    pooled: Pooled,
    baselines: Sequence[Baselines],
    *,
    rate: float | None = None,
    spare_tests: bool = True,
) -> tuple[Compared, ...]:
    """Rate every pooled figure against each of ``baselines``, controlling false discoveries over the whole of a row.

    All comparators belong into one call: a school without real differences then shows a finding of any kind in at most
    one case of twenty. Where tests are spared, shares plainly within chance are given a p of 1.
    """
    p_values = [find_p_values(indicators, pooled, each, spare_tests=spare_tests) for each in baselines]
    adjusted = np.split(control_by_row(np.concatenate(p_values, axis=1)), len(baselines), axis=1)
    allowed = FALSE_DISCOVERY_RATE if rate is None else rate
    return tuple(
        _rate(indicators, pooled, each, p, q, allowed) for each, p, q in zip(baselines, p_values, adjusted, strict=True)
    )


def _find_england(baselines: Sequence[Baselines]) -> Baselines:
    (england,) = (each for each in baselines if each.comparator == ENGLAND)
    return england


def _gather(grid: Grid, england: Baselines, compared: Sequence[Compared]) -> Judged:
    return Judged(
        grid.indicators,
        tuple(each.comparator for each in compared),
        np.stack([each.rating for each in compared], axis=1),
        _find_persistent(grid, england),
    )


def find_least_differences(indicators: Sequence[Indicator], pooled: Pooled) -> np.ndarray:
    """The least difference that counts (rows, indicators), in each indicator's unit: as stated, or one whole pupil."""
    stated = np.array([np.nan if one.minimum_difference is None else one.minimum_difference for one in indicators])
    found: np.ndarray = np.where(np.isnan(stated), 100 / pooled.pupils, stated)
    return found


def find_p_values(
    indicators: Sequence[Indicator], pooled: Pooled, baselines: Baselines, *, spare_tests: bool = True
) -> np.ndarray:
    """Two-sided p (rows, indicators); NaN where nothing may be rated.

    Published rounding is carried: a share by the count and baseline nearest one another, an average in its standard
    error, a published interval by taking half the rounding off the distance. Where the baseline rests on counted
    pupils (similar schools), their chance is part of the test. That years vary more than chance widens all of it.
    """
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
            shares.append(_list_shares(indicator, place, rows, pooled, baseline[rows, place], baselines, spare_tests))
        else:
            found[rows, place] = _test_distances(indicator, place, rows, pooled, baseline[rows, place], baselines)
    for test in (find_p_of_share, find_p_of_two_shares):
        asked = [each for each in shares if each.test is test and len(each.rows)]
        if asked:
            p = test(*np.concatenate([each.cases for each in asked]).T)
            ends = np.cumsum([len(each.cases) for each in asked])
            for each, own in zip(asked, np.split(p, ends[:-1]), strict=True):
                found[each.rows, each.place] = own[each.case]
    found[tested] = widen_chance(found[tested], pooled.drift[tested], pooled.of_one_year[tested])
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


def _list_shares(
    indicator: Indicator,
    place: int,
    rows: np.ndarray,
    pooled: Pooled,
    baseline: np.ndarray,
    baselines: Baselines,
    spare_tests: bool,
) -> _Shares:
    """The shares to be tested; those plainly within chance are spared where that is asked."""
    lowest, highest, pupils = (array[rows, place] for array in (pooled.lowest, pooled.highest, pooled.pupils))
    others = _count_others(indicator, place, rows, pooled, baselines)
    chosen = np.arange(len(rows))
    if spare_tests:
        share = np.clip(baseline / 100, 1e-6, 1 - 1e-6)
        distance = np.maximum(lowest - pupils * share, pupils * share - highest)
        chosen = np.flatnonzero(distance > _CLEARLY_CHANCE * np.sqrt(pupils * share * (1 - share)))
    test: Callable[..., np.ndarray] = find_p_of_share
    if np.isfinite(others).all():
        test, beside = find_p_of_two_shares, (np.round(baseline * others / 100), others)
    else:
        rounding = np.nan_to_num(pooled.weigh_one(baselines.rounding, rows, place))
        beside = (np.clip((baseline - rounding) / 100, 0.0, 1.0), np.clip((baseline + rounding) / 100, 0.0, 1.0))
    cases, case = _list_cases(*(array[chosen] for array in (lowest, highest, pupils, *beside)))
    return _Shares(test, place, rows[chosen], cases, case)


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
        chance = standard_error_of_average(indicator.spread, others, add_years((weight * step) ** 2 / 12))
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
    indicators: Sequence[Indicator],
    pooled: Pooled,
    baselines: Baselines,
    p_value: np.ndarray,
    adjusted: np.ndarray,
    rate: float,
) -> Compared:
    baseline = np.where(baselines.fits, pooled.weigh(baselines.value), np.nan)
    difference = pooled.value - baseline
    least = np.array([np.nan if one.minimum_difference is None else one.minimum_difference for one in indicators])
    in_pupils = difference * pooled.pupils / 100
    large = np.where(np.isnan(least), np.abs(in_pupils) >= 1 - SLACK, np.abs(difference) >= least - SLACK)
    share = np.array([one.method == "percent" for one in indicators], dtype=bool)
    whole = np.where(share, np.trunc(in_pupils + np.copysign(SLACK, in_pupils)), np.nan)
    better = np.where([one.lower_is_better for one in indicators], difference < 0, difference > 0)
    stands_out = adjusted <= rate  # NaN, not tested, does not
    rating = np.where(large & stands_out, np.where(better, STRENGTH, GAP), NO_FINDING)
    rating = np.where(np.isnan(adjusted), NOT_RATED, rating).astype("int8")
    return Compared(
        comparator=baselines.comparator,
        baseline=baseline,
        difference=difference,
        p_value=p_value,
        adjusted=adjusted,
        stands_out_alone=p_value <= rate,
        stands_out=stands_out,
        is_large=large,
        whole_pupils=whole,
        rating=rating,
    )


def _find_persistent(grid: Grid, england: Baselines) -> np.ndarray:
    """Which figures lay on the gap side of England in each of the three years, chance aside."""
    sign = find_directions(grid.indicators)[:, None]
    worse = sign * (grid.value - england.value) < 0  # NaN, no figure or no England, is not worse
    return (worse & england.fits[:, :, None]).all(axis=2)
