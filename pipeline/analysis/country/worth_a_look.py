"""Which schools an officer should look at first: the gaps that are probably true, over a whole area at once.

A head's report is cautious for one school: it names what chance can hardly have made. An officer reads hundreds of
schools and asks another question: in which of them is something probably amiss, and how many of those named are named
in vain? What is known of a school's true distances (``resampling.form_beliefs``: its own figure drawn towards what is
expected of it, the years' own variation allowed for) gives the probability that each is a gap that matters. The
likeliest are listed for as long as the share of false ones, over the whole list, is expected to stay within
``FALSE_SHARE`` (the Bayesian false discovery rate: Newton, Noueiry, Sarkar & Ahlquist 2004).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from pipeline.analysis.country.resampling import find_expected, form_beliefs
from pipeline.analysis.country.simulation import METHODS, Count, World, count_among, find_true_differences, tell_apart
from pipeline.analysis.country.spread import Spread
from pipeline.analysis.grids.comparators import ENGLAND, SIMILAR_SCHOOLS
from pipeline.analysis.grids.grid import Baselines, Grid, find_directions, find_pupil_spreads
from pipeline.analysis.grids.pooling import Pooled, add_years, pool_grid
from pipeline.analysis.indicators.windows import WINDOW
from pipeline.analysis.ratings.distance import (
    Distances,
    find_years,
    from_scale,
    is_share,
    measure_distances,
    to_scale,
)
from pipeline.analysis.ratings.judging import Judged, find_least_differences, judge
from pipeline.analysis.results import GAP, NOT_RATED, STRENGTH
from pipeline.analysis.statistics.intervals import Z

#: Of the entries of a list, the share that may be false.
FALSE_SHARE = 0.05


@dataclass(frozen=True)
class Known:
    """What is known of every school's true distances from England, on the scale of ``distance`` (rows, indicators).

    NaN where the figure is not rated, or too few schools show how far schools differ.
    """

    distances: Distances
    mean: np.ndarray
    error: np.ndarray  # standard deviation


def _gather_known(
    grid: Grid, distances: Distances, similar: Baselines | None, spread: Spread, *, beside_similar: bool = False
) -> Known:
    """Combine the figures of every row of ``grid`` with what is expected of it, to be held against England or similar
    schools.

    The similar schools' figure, towards which a school's own is drawn, is not quite known either.
    """
    unsure = None if similar is None else _find_variance(grid, distances.pooled, similar)
    mean, variance, _ = form_beliefs(grid, distances, spread, unsure, beside_expected=beside_similar)
    rated = distances.pooled.enough & ~np.isnan(find_expected(distances, spread)[1])
    return Known(distances, np.where(rated, mean, np.nan), np.where(rated, np.sqrt(variance), np.nan))


def find_gap_probabilities(
    grid: Grid, england: Baselines, similar: Baselines | None, spread: Spread
) -> tuple[np.ndarray, ...]:
    """How probable a gap that matters is beside England, and beside similar schools (rows, indicators) each.

    A gap matters where it is one whole pupil of the pooled cohort, or the least difference the indicator states.
    """
    distances = measure_distances(grid, england, similar)
    known = _gather_known(grid, distances, similar, spread)
    beside_england = _find_probability(grid, known, np.zeros(known.mean.shape))
    if similar is None:
        return (beside_england,)
    known = _gather_known(grid, distances, similar, spread, beside_similar=True)
    return beside_england, _find_probability(grid, known, distances.expected)


def find_worse(grid: Grid, baselines: Sequence[Baselines]) -> np.ndarray:
    """Which figures lie on the worse side of each of ``baselines`` (rows, comparators, indicators), chance aside.

    What is expected of a school may make a gap probable though its own figure shows none: no list names that.
    """
    pooled = pool_grid(grid)
    apart = np.stack([pooled.value - pooled.weigh(one.value) for one in baselines], axis=1)
    found: np.ndarray = find_directions(grid.indicators) * apart < 0  # NaN, nothing to compare, is not worse
    return found


def _find_probability(grid: Grid, known: Known, zero: np.ndarray) -> np.ndarray:
    """How probable it is that the true distance lies beyond ``zero`` on the worse side by as much as matters."""
    pooled = known.distances.pooled
    england = pooled.weigh(known.distances.reference)
    worse = -find_directions(grid.indicators)
    limit = from_scale(grid.indicators, england + zero) + worse * find_least_differences(grid.indicators, pooled)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: np.ndarray = ndtr(worse * (known.mean - (to_scale(grid.indicators, limit) - england)) / known.error)
    return found


def _find_variance(grid: Grid, pooled: Pooled, similar: Baselines) -> np.ndarray:
    """The variance of chance of the similar schools' distances (rows, indicators)."""
    pupils = add_years(np.where(pooled.used, np.broadcast_to(similar.pupils, pooled.used.shape), 0.0))
    spread = find_pupil_spreads(grid.indicators)
    error = pooled.weigh(np.broadcast_to(similar.error, pooled.used.shape))
    with np.errstate(invalid="ignore", divide="ignore"):
        counted = np.where(is_share(grid.indicators), 1 / (pupils + 0.5), spread**2 / pupils)
    return np.where(np.array([one.method == "published_interval" for one in grid.indicators]), error**2, counted)


def hide_latest_year(grid: Grid) -> Grid:
    """The same figures without those of the latest year: what was known a year before."""
    return replace(grid, value=np.where(np.arange(WINDOW) < WINDOW - 1, grid.value, np.nan))


def count_years(grid: Grid) -> int:
    """How many years of its window the indicator with the most has any figure of."""
    return int((~np.isnan(grid.value)).any(axis=0).sum(axis=1).max(initial=0))


def measure_year_ahead(grid: Grid, england: Baselines, similar: Baselines | None, spread: Spread) -> np.ndarray:
    """Whether the latest figure lies where the years before it led one to expect, 95 times in 100 (rows, indicators).

    1 where it does, 0 where not, NaN where there is no figure, nothing is known from the years before, or the years
    count the same pupils. The range allows for what is not known of the school, for chance among the year's pupils and
    for how years vary.
    """
    before = hide_latest_year(grid)
    known = _gather_known(before, measure_distances(before, england, similar), similar, spread)
    found, variance = find_years(grid, measure_distances(grid, england, similar))
    reach = Z * np.sqrt(known.error**2 + variance[:, :, -1] * spread.drift)
    apart = np.abs(found[:, :, -1] - known.mean)
    other_pupils = ~np.array([one.same_pupils for one in grid.indicators], dtype=bool)
    return np.where(np.isnan(apart) | np.isnan(reach) | ~other_pupils, np.nan, (apart <= reach).astype(float))


def count_year_ahead(grid: Grid, england: Baselines, similar: Baselines | None, spread: Spread) -> tuple[Count, ...]:
    """How many latest figures lay where the years before led one to expect: of all, then by kind of figure."""
    ahead = measure_year_ahead(grid, england, similar, spread)
    methods = np.array([one.method for one in grid.indicators])
    held, asked = ahead == 1, ~np.isnan(ahead)
    counts = [
        count_among("all", held, asked),
        *(count_among(name, held, asked & (methods == method)) for method, name in METHODS.items()),
    ]
    return tuple(one for one in counts if one.of)


def measure_staying(grid: Grid, baselines: Sequence[Baselines]) -> tuple[np.ndarray, np.ndarray]:
    """What the years before found beside England, and whether the latest figure lies on the same side of England.

    The first (rows, indicators) is the rating without the latest year; the second 1 where a strength or a gap stays on
    its side, 0 where the latest figure is England's or beyond, NaN where nothing was found, there is no latest figure,
    or the years count the same pupils.
    """
    england, _ = tell_apart(baselines)
    before = judge(hide_latest_year(grid), baselines).against(england.comparator)
    apart = (grid.value - np.broadcast_to(england.value, grid.value.shape))[:, :, -1]
    better = find_directions(grid.indicators) * apart
    other_pupils = ~np.array([one.same_pupils for one in grid.indicators], dtype=bool)
    asked = np.isin(before, (STRENGTH, GAP)) & ~np.isnan(better) & other_pupils
    return before, np.where(asked, (better * before > 0).astype(float), np.nan)


def count_staying(grid: Grid, baselines: Sequence[Baselines]) -> tuple[Count, ...]:
    """How many findings of the years before stay on their side of England in the latest year: all, gaps, strengths."""
    before, stays = measure_staying(grid, baselines)
    kept, asked = stays == 1, ~np.isnan(stays)
    return (
        count_among("strengths and gaps", kept, asked),
        count_among("gaps", kept, asked & (before == GAP)),
        count_among("strengths", kept, asked & (before == STRENGTH)),
    )


@dataclass(frozen=True)
class KnownList:
    """What a list of probable gaps holds in a country whose true differences are known."""

    false: Count  # entries that are no true gap as large as counts
    found: Count  # true gaps that are on it
    found_large: Count  # the same of large ones


def measure_list(world: World, judged: Judged, spread: Spread) -> KnownList:
    """Make the list of a simulated country, of what is rated in it, and hold it against the truth."""
    england, similar = tell_apart(world.baselines)
    found = find_gap_probabilities(world.grid, england, similar, spread)
    by_comparator = dict(zip((ENGLAND, SIMILAR_SCHOOLS), found, strict=False))
    probable = np.stack([by_comparator[one] for one in judged.comparators], axis=1)
    rated, true = judged.rating != NOT_RATED, find_true_differences(world)
    listed = choose_worth_a_look(np.where(rated & find_worse(world.grid, world.baselines), probable, np.nan))
    return KnownList(
        count_among("entries", ~true.gaps, listed),
        count_among("true gaps", listed, rated & true.gaps),
        count_among("large true gaps", listed, rated & true.large_gaps),
    )


def choose_worth_a_look(probabilities: np.ndarray, false_share: float = FALSE_SHARE) -> np.ndarray:
    """Which of ``probabilities`` (any shape, NaN for none) are listed: the likeliest, while on average they hold."""
    flat = probabilities.ravel()
    order = np.argsort(-flat, kind="stable")  # NaN last
    doubt = 1 - flat[order]
    with np.errstate(invalid="ignore"):
        share = np.cumsum(doubt) / np.arange(1, len(doubt) + 1)
        listed = np.flatnonzero(share <= false_share)
    chosen = np.zeros(len(flat), dtype=bool)
    if len(listed):
        chosen[order[: listed[-1] + 1]] = True
    return chosen.reshape(probabilities.shape)
