"""Simulated countries: what the judgement makes of schools whose truth is known.

A simulated country has the schools of an edition: their cohorts, their indicators, their missing cells and the
published rounding. Only the truth behind the figures is set, and the pupils who happened to be there are drawn anew.
What comes out is a grid of figures as they would have been published, judged by the very ``judge`` that judges the
edition.

Chance within a school is drawn by a normal copula: indicators that share pupils and tests rise and fall together as
CORRELATIONS says (Genest & MacKay 1986 explain copulas; the margins stay exactly binomial or normal).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr
from scipy.stats import binom

from pipeline.analysis.comparators import ENGLAND
from pipeline.analysis.distance import find_years, from_scale, measure_distances, to_scale
from pipeline.analysis.grid import Baselines, Grid
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.intervals import Z
from pipeline.analysis.judging import GAP, IN_LINE, NOT_RATED, STRENGTH, Judged, Pooled, find_intervals, pool_grid
from pipeline.analysis.spread import Spread
from pipeline.vocabulary import Unit

#: School-worlds judged at least, however few schools an edition has: a share of 5% is then known to half a point.
WORLDS = 8_000

#: Pupils a year from which each band of size begins, and what it is called.
SIZES: tuple[tuple[float, str], ...] = ((0, "under 15"), (15, "15 to 29"), (30, "30 to 59"), (60, "60 or more"))

_SALT = 18_740_329  # any fixed number: it keeps these draws apart from every other seeded by the year
_ASSUMED_STEP = 1.0  # the rounding of a percentage where a file does not show one


@dataclass(frozen=True)
class World:
    """A simulated country: its published-like figures, what they are compared with, and the truth behind both."""

    grid: Grid
    baselines: tuple[Baselines, ...]
    truth: np.ndarray  # (rows, indicators, 3), in each indicator's unit
    baseline_truth: tuple[np.ndarray, ...]  # of each of ``baselines``, the same shape
    school: np.ndarray  # (rows,): the row of the edition that each row imitates
    lasting: np.ndarray | None = None  # what the true figures tend to over the years; None where years do not differ


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

    tested: int  # comparisons made
    any_finding: Count  # of school-worlds in which anything could be tested
    any_gap: Count


@dataclass(frozen=True)
class KnownDifferences:
    """What the judgement finds where the true differences are known.

    A true gap is a true difference on the worse side, at least as large as the indicator counts.
    """

    found: Count  # true gaps rated a gap
    found_by_size: tuple[Count, ...]  # the same by pupils a year
    wrong_way: Count  # findings whose true difference lies on the other side
    too_small: Count  # findings on the right side whose true difference is smaller than the indicator counts


def seed_draws(year: int, purpose: int) -> np.random.Generator:
    """The generator of one simulation of an edition: the same whatever was drawn before it."""
    return np.random.default_rng([_SALT, year, purpose])


# Building countries


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
    return grid.take(rows), tuple(_spread_out(one, grid).take(rows) for one in baselines), rows


def _spread_out(baselines: Baselines, grid: Grid) -> Baselines:
    """Give the baselines a row for every row of the grid, where one stood for all."""
    shape = grid.value.shape
    arrays = {
        name: np.broadcast_to(getattr(baselines, name), shape) for name in ("value", "rounding", "pupils", "error")
    }
    return replace(baselines, **arrays, fits=np.broadcast_to(baselines.fits, shape[:2]))


def simulate_no_differences(
    grid: Grid, baselines: Sequence[Baselines], spread: Spread, *, worlds: int = WORLDS, purpose: int = 1
) -> World:
    """A country in which every school, and every group of similar schools, truly stands where England does."""
    repeated, held, rows = repeat_schools(grid, baselines, worlds)
    truth = _find_truth_of_all(repeated, held)
    draws = seed_draws(grid.year, purpose)
    return World(*publish(repeated, held, truth, [truth] * len(held), spread, draws), truth, (truth,) * len(held), rows)


def simulate_known_differences(
    grid: Grid, baselines: Sequence[Baselines], spread: Spread, *, worlds: int = WORLDS, purpose: int = 2
) -> World:
    """A country whose schools truly differ as far, and in as many things together, as the edition's files show.

    A school's true distance from England is that of its similar schools (where there are none: the average of all)
    plus one of its own, drawn from ``spread``; where single years vary by more than chance, each year adds its own.
    """
    repeated, held, rows = repeat_schools(grid, baselines, worlds)
    draws = seed_draws(grid.year, purpose)
    lasting = draw_lasting(repeated, held, spread, draws)
    truth = draw_years(repeated, held, lasting, spread, draws)
    all_alike = _find_truth_of_all(repeated, held)
    truths = [all_alike if one.comparator == ENGLAND else one.value for one in held]
    return World(*publish(repeated, held, truth, truths, spread, draws), truth, tuple(truths), rows, lasting)


def draw_lasting(grid: Grid, baselines: Sequence[Baselines], spread: Spread, draws: np.random.Generator) -> np.ndarray:
    """What each school's figures tend to over the years (rows, indicators, 3)."""
    england = to_scale(grid.indicators, _find_truth_of_all(grid, baselines))
    distance = np.broadcast_to(np.nan_to_num(spread.centre), grid.value.shape[:2])
    known = np.zeros(distance.shape, dtype=bool)
    for one in baselines:
        if one.comparator != ENGLAND:
            apart = to_scale(grid.indicators, one.value) - england
            known = one.fits & ~np.isnan(apart).all(axis=2)
            distance = np.where(known, _average(apart), distance)
    size = np.nan_to_num(np.where(known & ~np.isnan(spread.spread), spread.spread, spread.spread_all))
    own = draws.standard_normal(distance.shape) @ find_root(spread.between).T * size
    return from_scale(grid.indicators, england + (distance + own)[:, :, None])


def draw_years(
    grid: Grid, baselines: Sequence[Baselines], lasting: np.ndarray, spread: Spread, draws: np.random.Generator
) -> np.ndarray:
    """What each school's figures tend to in each single year: ``lasting``, moved as years move beyond chance."""
    (england,) = (one for one in baselines if one.comparator == ENGLAND)
    _, variance = find_years(grid, measure_distances(grid, england))
    beyond = np.sqrt(np.nan_to_num(variance) * (spread.drift - 1)[:, None])
    luck = _draw_luck(grid.value.shape, find_root(spread.within), grid.indicators, draws)
    return from_scale(grid.indicators, to_scale(grid.indicators, lasting) + beyond * luck)


def publish(
    grid: Grid,
    baselines: Sequence[Baselines],
    truth: np.ndarray,
    baseline_truth: Sequence[np.ndarray],
    spread: Spread,
    draws: np.random.Generator,
) -> tuple[Grid, tuple[Baselines, ...]]:
    """Publish the figures of one set of pupils, and those of the similar schools; England's stand as they are."""
    root = find_root(spread.within)
    published = draw_figures(grid, truth, root, draws)
    held = tuple(
        one if one.comparator == ENGLAND else draw_baselines(one, true, root, grid.indicators, draws)
        for one, true in zip(baselines, baseline_truth, strict=True)
    )
    return published, held


def _find_truth_of_all(grid: Grid, baselines: Sequence[Baselines]) -> np.ndarray:
    """England's figure for every cell. Where England has none, that of another year; then similar schools'; then any.

    What stands in for England is never compared with it: it only lets the cell keep a figure.
    """
    truth = np.full(grid.value.shape, np.nan)
    ordered = sorted(baselines, key=lambda one: one.comparator != ENGLAND)
    for source in (*(one.value for one in ordered), grid.value):
        filled = np.where(np.isnan(source), _average(source)[:, :, None], source)
        truth = np.where(np.isnan(truth), filled, truth)
    return truth


def _average(yearly: np.ndarray) -> np.ndarray:
    """The plain average of the years that have a figure; NaN of none."""
    known = ~np.isnan(yearly)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, yearly, 0.0).sum(axis=2) / known.sum(axis=2)


def find_root(correlation: np.ndarray) -> np.ndarray:
    """A root of a matrix of correlations: independent normal draws times its transpose are so correlated."""
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return root / np.linalg.norm(root, axis=1, keepdims=True)


# Drawing pupils


def draw_figures(grid: Grid, truth: np.ndarray, root: np.ndarray, draws: np.random.Generator) -> Grid:
    """Publish the figures that another set of pupils would have given, at the published rounding.

    ``truth`` (rows, indicators, 3) is what a school's figures tend to; ``root`` that of the correlations of chance.
    Cells without a figure stay without one.
    """
    luck = _draw_luck(grid.value.shape, root, grid.indicators, draws)
    half = (grid.upper - grid.lower) / 2
    value = np.full(grid.value.shape, np.nan)
    for place, indicator in enumerate(grid.indicators):
        there = ~np.isnan(grid.value[:, place])
        parts = (array[:, place][there] for array in (truth, luck, grid.pupils, half / Z))
        value[:, place][there] = _draw(indicator, *parts)
    value = _round_to(value, _find_steps(grid))
    published = ~np.isnan(grid.lower) & ~np.isnan(grid.upper)
    limits = (np.where(published, _round_to(value + sign * half, _find_steps(grid)), np.nan) for sign in (-1, 1))
    lower, upper = limits
    return replace(grid, value=value, lower=lower, upper=upper)


def draw_baselines(
    baselines: Baselines,
    truth: np.ndarray,
    root: np.ndarray,
    indicators: Sequence[Indicator],
    draws: np.random.Generator,
) -> Baselines:
    """The baselines that another set of the similar schools' pupils would have given."""
    luck = _draw_luck(baselines.value.shape, root, indicators, draws)
    value = np.full(baselines.value.shape, np.nan)
    for place, indicator in enumerate(indicators):
        there = ~np.isnan(baselines.value[:, place])
        pupils = np.round(baselines.pupils[:, place][there])
        parts = truth[:, place][there], luck[:, place][there], pupils, baselines.error[:, place][there]
        value[:, place][there] = _draw(indicator, *parts)
    return replace(baselines, value=value)


def _draw_luck(
    shape: tuple[int, ...], root: np.ndarray, indicators: Sequence[Indicator], draws: np.random.Generator
) -> np.ndarray:
    """Correlated standard normal luck (rows, indicators, 3); figures that count the same pupils again share one."""
    luck = np.moveaxis(draws.standard_normal((shape[0], shape[2], shape[1])) @ root.T, 1, 2)
    same = [place for place, indicator in enumerate(indicators) if indicator.same_pupils]
    luck[:, same] = luck[:, same, -1:]
    return luck


def _draw(
    indicator: Indicator, truth: np.ndarray, luck: np.ndarray, pupils: np.ndarray, error: np.ndarray
) -> np.ndarray:
    if indicator.method == "percent":
        return 100 * binom.ppf(ndtr(luck), pupils, np.clip(truth / 100, 0.0, 1.0)) / pupils
    if indicator.method == "average":
        value = truth + luck * indicator.spread / np.sqrt(pupils)
        return np.clip(value, 0.0, 100.0) if indicator.unit == Unit.PERCENT else value
    return truth + luck * error


def _find_steps(grid: Grid) -> np.ndarray:
    shares = np.array([indicator.method == "percent" for indicator in grid.indicators])[:, None]
    return np.where(np.isnan(grid.step), np.where(shares, _ASSUMED_STEP, 0.0), grid.step)


def _round_to(value: np.ndarray, step: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(step > 0, np.round(np.floor(value / step + 0.5) * step, 8), value)


# Measuring


def count_false_findings(judged: Judged) -> FalseFindings:
    """Count the findings of a country without real differences: every one of them is false."""
    tested = judged.tested > 0
    gaps = (judged.rating == GAP).any(axis=(1, 2))
    findings = gaps | (judged.rating == STRENGTH).any(axis=(1, 2))
    return FalseFindings(
        tested=int(judged.tested.sum()),
        any_finding=Count("strength or gap", int((findings & tested).sum()), int(tested.sum())),
        any_gap=Count("gap", int((gaps & tested).sum()), int(tested.sum())),
    )


def measure_coverage(world: World, pooled: Pooled | None = None) -> tuple[Count, ...]:
    """How many 95% intervals hold the true figure: of all, then by kind of figure, then by pupils a year.

    Only figures that may be rated are counted.
    """
    pooled = pooled or pool_grid(world.grid)
    lower, upper = find_intervals(world.grid, pooled)
    truth = pooled.weigh(world.truth)
    shown = pooled.enough & ~np.isnan(lower) & ~np.isnan(truth)
    holds = shown & (lower <= truth) & (truth <= upper)
    methods = np.array([indicator.method for indicator in world.grid.indicators])
    sizes = find_sizes(world.grid, pooled)
    counts = [_count("all", holds, shown)]
    for method, name in METHODS.items():
        counts.append(_count(name, holds[:, methods == method], shown[:, methods == method]))
    for place, (_, name) in enumerate(SIZES):
        counts.append(_count(f"{name} pupils a year", holds & (sizes == place), shown & (sizes == place)))
    return tuple(one for one in counts if one.of)


#: Kinds of figures, as a reader knows them.
METHODS = {"percent": "shares of pupils", "average": "averages", "published_interval": "progress scores"}


def _count(name: str, holds: np.ndarray, shown: np.ndarray) -> Count:
    return Count(name, int(holds.sum()), int(shown.sum()))


def find_sizes(grid: Grid, pooled: Pooled) -> np.ndarray:
    """The band of SIZES (rows, indicators) of the average year's pupils; -1 where they are not known."""
    used = (pooled.weights > 0) & ~np.isnan(grid.pupils)
    with np.errstate(invalid="ignore", divide="ignore"):
        average = np.where(used, grid.pupils, 0.0).sum(axis=2) / used.sum(axis=2)
    bands = np.digitize(average, [least for least, _ in SIZES]) - 1
    return np.where(np.isnan(average), -1, bands)


def measure_known_differences(world: World, judged: Judged) -> KnownDifferences:
    """Hold the findings of a country with known differences against the truth, over both comparators."""
    pooled = pool_grid(world.grid)
    sign = np.array([-1.0 if indicator.lower_is_better else 1.0 for indicator in world.grid.indicators])
    own = pooled.weigh(world.truth)
    better = np.stack([sign * (own - pooled.weigh(true)) for true in world.baseline_truth], axis=1)
    least = np.broadcast_to(_find_least(world.grid, pooled)[:, None], better.shape)
    sizes = np.broadcast_to(find_sizes(world.grid, pooled)[:, None], better.shape)
    rated = judged.rating != NOT_RATED
    gaps = rated & (better <= -least)
    found = gaps & (judged.rating == GAP)
    findings = rated & (judged.rating != IN_LINE)
    towards = better * np.where(judged.rating == GAP, -1.0, 1.0)
    small = findings & (towards >= 0) & (towards < least)
    return KnownDifferences(
        found=_count("true gaps", found, gaps),
        found_by_size=tuple(
            _count(f"{name} pupils a year", found & (sizes == place), gaps & (sizes == place))
            for place, (_, name) in enumerate(SIZES)
        ),
        wrong_way=_count("findings", findings & (towards < 0), findings),
        too_small=_count("findings", small, findings),
    )


def _find_least(grid: Grid, pooled: Pooled) -> np.ndarray:
    """The least difference that counts, in each indicator's unit: the stated one, or one whole pupil."""
    least = np.broadcast_to(
        [np.nan if one.minimum_difference is None else one.minimum_difference for one in grid.indicators],
        pooled.pupils.shape,
    )
    return np.where(np.isnan(least), 100 / pooled.pupils, least)
