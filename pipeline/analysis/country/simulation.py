"""Simulated countries: what the judgement makes of schools whose truth is known.

A simulated country has the schools of an edition: their cohorts, their indicators, their missing cells and the
published rounding. Only the truth behind the figures is set, and the pupils who happened to be there are drawn anew
(``resampling.sample_figures``: exactly binomial or normal chance, correlated within a school as CORRELATIONS says).
What comes out is a grid of figures as they would have been published, judged by the very ``judge`` that judges the
edition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.analysis.country.resampling import find_expected, sample_figures
from pipeline.analysis.country.spread import Spread
from pipeline.analysis.grids.comparators import ENGLAND
from pipeline.analysis.grids.grid import Baselines, Grid, find_directions
from pipeline.analysis.grids.pooling import Pooled, find_intervals, pool_grid
from pipeline.analysis.ratings.distance import from_scale, is_share, measure_distances, to_scale
from pipeline.analysis.ratings.judging import Judged, find_least_differences
from pipeline.analysis.results import GAP, NO_FINDING, NOT_RATED, STRENGTH
from pipeline.analysis.statistics.intervals import Z

#: School-worlds judged at least, however few schools an edition has: a share of 5% is then known to half a point.
WORLDS = 5_000

#: Pupils a year from which each band of size begins, and what it is called.
SIZES: tuple[tuple[float, str], ...] = ((0, "under 15"), (15, "15 to 29"), (30, "30 to 59"), (60, "60 or more"))

#: A difference between shares of pupils from which it is called large, in percentage points.
LARGE = 8.0

#: Kinds of figures, as a reader knows them.
METHODS = {"percent": "shares of pupils", "average": "averages", "published_interval": "progress scores"}
ONE_YEAR = "figures of one year alone"

_NO_DIFFERENCES, _KNOWN_DIFFERENCES = 1, 2  # purposes of ``seed_generator``
_SALT = 18_740_329  # any fixed number: it keeps these numbers apart from every other seeded by the year


@dataclass(frozen=True)
class World:
    """A simulated country: its published-like figures, what they are compared with, and the truth behind both."""

    grid: Grid
    baselines: tuple[Baselines, ...]
    distance: np.ndarray  # (rows, indicators): the true distance from England, on the scale of ``distance``
    reference: np.ndarray  # (rows, indicators, 3): England's figures on that scale
    baseline_truth: tuple[np.ndarray, ...]  # (rows, indicators, 3), of each of ``baselines``, in the unit
    school: np.ndarray  # (rows,): the row of the edition that each row imitates

    def take(self, rows: np.ndarray | slice) -> World:
        """The world of the ``rows`` chosen, by place or mask."""
        return World(
            self.grid.take(rows),
            tuple(one.take(rows) for one in self.baselines),
            self.distance[rows],
            self.reference[rows],
            tuple(one[rows] for one in self.baseline_truth),
            self.school[rows],
        )

    @property
    def truth(self) -> np.ndarray:
        """What the figures tend to (rows, indicators, 3), in each indicator's unit; NaN where nothing is known."""
        return from_scale(self.grid.indicators, self.reference + self.distance[:, :, None])


@dataclass(frozen=True)
class Count:
    """So many of so many, of what ``name`` says."""

    name: str
    count: int
    of: int

    @property
    def share(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True)
class FalseFindings:
    """What the judgement finds where there is nothing to find."""

    comparisons: int
    any_finding: Count  # of school-worlds in which anything could be compared
    any_gap: Count


@dataclass(frozen=True)
class KnownDifferences:
    """What the judgement finds where the true differences are known.

    A true gap is a true difference on the worse side, at least as large as the indicator counts.
    """

    found: Count  # true gaps rated a gap
    found_by_size: tuple[Count, ...]  # the same by pupils a year
    found_large: Count  # the same of true gaps of LARGE or more, in shares of pupils
    wrong_way: Count  # findings whose true difference lies on the other side
    too_small: Count  # findings on the right side whose true difference is smaller than the indicator counts


def seed_generator(year: int, purpose: int) -> np.random.Generator:
    """The generator of one simulation of an edition: the same whatever was drawn before it."""
    return np.random.default_rng([_SALT, year, purpose])


# Building countries


def simulate_no_differences(
    grid: Grid, baselines: Sequence[Baselines], spread: Spread, *, worlds: int = WORLDS
) -> World:
    """A country in which every school, and every group of similar schools, truly stands where England does.

    Single years differ beyond chance as far as the drift of ``spread`` says: what it promises is what ratings promise.
    """
    repeated, held, rows = repeat_schools(grid, baselines, worlds)
    reference = _find_reference(repeated, held)
    alike = from_scale(repeated.indicators, reference)
    distance = np.where(np.isnan(reference).all(axis=2), np.nan, 0.0)
    return _publish(
        repeated, held, distance, reference, alike, spread, rows, seed_generator(grid.year, _NO_DIFFERENCES)
    )


def simulate_known_differences(
    grid: Grid, baselines: Sequence[Baselines], spread: Spread, *, worlds: int = WORLDS
) -> World:
    """A country whose schools truly differ as far, and in as many things together, as the edition's files show.

    A school's true distance from England is that of its similar schools (where there are none: the average of all)
    plus one of its own, drawn from ``spread``; an indicator of which too few schools are known keeps the real one.
    Single years differ beyond chance as far as the drift of ``spread`` says.
    """
    england, similar = tell_apart(baselines)
    distances = measure_distances(grid, england, similar)
    expected, size = find_expected(distances, spread)
    unknown = np.isnan(expected) | np.isnan(size)
    repeated, held, rows = repeat_schools(grid, baselines, worlds)
    rng = seed_generator(grid.year, _KNOWN_DIFFERENCES)
    own = rng.standard_normal((len(rows), len(grid.indicators))) @ np.linalg.cholesky(spread.between).T
    distance = np.where(unknown, distances.found, expected)[rows] + own * np.where(unknown, 0.0, size)[rows]
    reference = _find_reference(repeated, held)
    _, beside = tell_apart(held)
    as_published = reference if beside is None else beside.value
    return _publish(repeated, held, distance, reference, as_published, spread, rows, rng)


def without_drift(spread: Spread) -> Spread:
    """The same, with single years that differ by chance alone."""
    return replace(spread, drift=np.ones_like(spread.drift))


def tell_apart(baselines: Sequence[Baselines]) -> tuple[Baselines, Baselines | None]:
    """England's baselines, and those of similar schools where they are there."""
    (england,) = (one for one in baselines if one.comparator == ENGLAND)
    return england, next((one for one in baselines if one.comparator != ENGLAND), None)


def repeat_schools(
    grid: Grid, baselines: Sequence[Baselines], worlds: int = WORLDS
) -> tuple[Grid, tuple[Baselines, ...], np.ndarray]:
    """Repeat the schools in which anything can be compared until there are ``worlds`` rows; give their places too."""
    pooled = pool_grid(grid)
    comparable = np.zeros(len(grid.value), dtype=bool)
    for one in baselines:
        comparable |= (pooled.enough & one.fits & ~np.isnan(pooled.weigh(one.value))).any(axis=1)
    rows = np.flatnonzero(comparable)
    rows = np.tile(rows, -(-worlds // len(rows))) if len(rows) else rows
    return grid.take(rows), tuple(spread_out(one, grid).take(rows) for one in baselines), rows


def spread_out(baselines: Baselines, grid: Grid) -> Baselines:
    """Give the baselines a row for every row of the grid, where one stood for all."""
    shape = grid.value.shape
    return replace(
        baselines,
        value=np.broadcast_to(baselines.value, shape),
        rounding=np.broadcast_to(baselines.rounding, shape),
        pupils=np.broadcast_to(baselines.pupils, shape),
        error=np.broadcast_to(baselines.error, shape),
        fits=np.broadcast_to(baselines.fits, shape[:2]),
    )


def _find_reference(grid: Grid, baselines: Sequence[Baselines]) -> np.ndarray:
    return measure_distances(grid, *tell_apart(baselines)).reference


def _publish(
    grid: Grid,
    baselines: Sequence[Baselines],
    distance: np.ndarray,
    reference: np.ndarray,
    similar_truth: np.ndarray,
    spread: Spread,
    rows: np.ndarray,
    rng: np.random.Generator,
) -> World:
    """Draw the pupils of the schools and of their similar schools; of whom ``similar_truth`` is true."""
    published = sample_figures(grid, reference, distance, spread, rng)
    truths, held = [], []
    for one in baselines:
        truths.append(one.value if one.comparator == ENGLAND else np.where(np.isnan(one.value), np.nan, similar_truth))
        held.append(one if one.comparator == ENGLAND else sample_baselines(one, truths[-1], grid, spread, rng))
    return World(published, tuple(held), distance, reference, tuple(truths), rows)


def sample_baselines(
    baselines: Baselines, truth: np.ndarray, grid: Grid, spread: Spread, rng: np.random.Generator
) -> Baselines:
    """The figures that another set of the similar schools' pupils would have given, of whom ``truth`` is true."""
    reach = Z * np.where(baselines.error > 0, baselines.error, np.nan)
    value = baselines.value
    like_schools = replace(
        grid,
        value=value,
        pupils=np.round(baselines.pupils),
        step=np.zeros(value.shape),
        lower=value - reach,
        upper=value + reach,
    )
    scaled = to_scale(grid.indicators, truth)
    sampled = sample_figures(like_schools, scaled, np.zeros(value.shape[:2]), without_drift(spread), rng)
    return replace(baselines, value=sampled.value)


# Measuring


def count_false_findings(judged: Judged) -> FalseFindings:
    """Count the findings of a country without real differences: every one of them is false."""
    compared = judged.tested > 0
    gaps = (judged.rating == GAP).any(axis=(1, 2))
    findings = gaps | (judged.rating == STRENGTH).any(axis=(1, 2))
    return FalseFindings(
        comparisons=int(judged.tested.sum()),
        any_finding=count_among("strength or gap", findings, compared),
        any_gap=count_among("gap", gaps, compared),
    )


def measure_coverage(world: World) -> tuple[Count, ...]:
    """How many 95% intervals hold the true figure: of all, then by kind of figure, by pupils a year, and of one year.

    Only figures that may be rated are counted.
    """
    pooled = pool_grid(world.grid)
    lower, upper = find_intervals(world.grid, pooled)
    truth = pooled.weigh(world.truth)
    shown = pooled.enough & ~np.isnan(lower) & ~np.isnan(truth)
    holds = (lower <= truth) & (truth <= upper)
    methods = np.array([indicator.method for indicator in world.grid.indicators])
    sizes = find_sizes(world.grid, pooled)
    counts = [
        count_among("all", holds, shown),
        *(count_among(name, holds, shown & (methods == method)) for method, name in METHODS.items()),
        *(
            count_among(f"{name} pupils a year", holds, shown & (sizes == place))
            for place, (_, name) in enumerate(SIZES)
        ),
        count_among(ONE_YEAR, holds, shown & pooled.of_one_year),
    ]
    return tuple(one for one in counts if one.of)


def find_sizes(grid: Grid, pooled: Pooled) -> np.ndarray:
    """The band of SIZES (rows, indicators) of the average year's pupils; -1 where they are not known."""
    used = (pooled.weights > 0) & ~np.isnan(grid.pupils)
    with np.errstate(invalid="ignore", divide="ignore"):
        average = np.where(used, grid.pupils, 0.0).sum(axis=2) / used.sum(axis=2)
    return np.where(np.isnan(average), -1, find_band(average))


def find_band(pupils: np.ndarray) -> np.ndarray:
    """The place in SIZES of so many pupils a year."""
    return np.digitize(pupils, [least for least, _ in SIZES]) - 1


def measure_known_differences(world: World, judged: Judged) -> KnownDifferences:
    """Hold the findings of a country with known differences against the truth, over all comparators."""
    true = find_true_differences(world)
    rated = judged.rating != NOT_RATED
    gap, findings = judged.rating == GAP, rated & (judged.rating != NO_FINDING)
    true_gaps, large = rated & true.gaps, rated & true.large_gaps
    rightly = np.where(gap, -true.better, true.better)
    return KnownDifferences(
        found=count_among("true gaps", gap, true_gaps),
        found_by_size=tuple(
            count_among(f"{name} pupils a year", gap, true_gaps & (true.sizes == place))
            for place, (_, name) in enumerate(SIZES)
        ),
        found_large=count_among("large true gaps", gap, large),
        wrong_way=count_among("findings", rightly < 0, findings),
        too_small=count_among("findings", (rightly >= 0) & (rightly < true.least), findings),
    )


@dataclass(frozen=True)
class TrueDifferences:
    """How the schools of a simulated country truly stand beside each comparator (rows, comparators, indicators)."""

    better: np.ndarray  # on the better side, in the indicator's unit; below 0 on the worse
    least: np.ndarray  # the least difference that counts (rows, 1, indicators)
    sizes: np.ndarray  # the band of SIZES (rows, 1, indicators)
    shares: np.ndarray  # bool (indicators,): shares of pupils

    @property
    def gaps(self) -> np.ndarray:
        """Which lie on the worse side by as much as counts."""
        found: np.ndarray = self.better <= -self.least
        return found

    @property
    def large_gaps(self) -> np.ndarray:
        """Which of the gaps in shares of pupils are LARGE."""
        found: np.ndarray = self.gaps & (self.better <= -LARGE) & self.shares
        return found


def find_true_differences(world: World) -> TrueDifferences:
    """Measure the true difference from every comparator over the years that the figures cover."""
    indicators, pooled = world.grid.indicators, pool_grid(world.grid)
    sign = find_directions(indicators)
    own = pooled.weigh(world.truth)
    return TrueDifferences(
        np.stack([sign * (own - pooled.weigh(true)) for true in world.baseline_truth], axis=1),
        find_least_differences(indicators, pooled)[:, None],
        find_sizes(world.grid, pooled)[:, None],
        is_share(indicators),
    )


def count_among(name: str, which: np.ndarray, among: np.ndarray) -> Count:
    """How many of those ``among`` are also ``which``."""
    return Count(name, int((which & among).sum()), int(among.sum()))
