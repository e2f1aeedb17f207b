"""What a school's figures might have been: its likely true level, and the figures another set of pupils would bring.

A school's true distances from England are not known. What is known of each combines its own figure with what is
expected of it, each weighing by how sure it is (the shrinkage of Efron & Morris 1975, on the scale of ``distance``).
Figures drawn anew from there are those of other pupils like these at the same school, published and rounded as the real
ones were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from pipeline.analysis.country.spread import Spread
from pipeline.analysis.grids.comparators import SIMILAR_SCHOOLS
from pipeline.analysis.grids.grid import Baselines, Grid, find_ends, find_pupil_spreads
from pipeline.analysis.grids.pooling import SHARE_STEP
from pipeline.analysis.ratings.distance import Distances, find_years, from_scale, is_share, measure_distances
from pipeline.analysis.results import ShrunkFigure
from pipeline.analysis.statistics.counts import find_binomial_quantiles
from pipeline.analysis.statistics.intervals import Z

_LEAST_VARIANCE = 1e-10  # keeps a root possible where figures move quite together or not at all


@dataclass(frozen=True)
class Belief:
    """What is known of one school's true distances: a normal distribution over the indicators ``places`` of a grid."""

    places: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray


def find_expected(distances: Distances, spread: Spread) -> tuple[np.ndarray, np.ndarray]:
    """What is expected of each school, and how far schools truly lie from it (standard deviation); (rows, indicators).

    Its similar schools' distance where they are known, else the average of all schools; NaN where too few are known.
    """
    near = ~np.isnan(distances.expected) & ~np.isnan(spread.spread)
    expected = np.where(near, distances.expected, spread.centre)
    return expected, np.where(near, spread.spread, spread.spread_all)


def find_chance(grid: Grid, distances: Distances, spread: Spread) -> np.ndarray:
    """The variance of each pooled distance (rows, indicators): chance, and how unlike one another real years are."""
    _, yearly = find_years(grid, distances)
    with np.errstate(invalid="ignore"):  # indicators without a figure
        weight = distances.pooled.weights / distances.pooled.weights.sum(axis=2, keepdims=True)
        unlike = np.nansum(weight**2 * yearly, axis=2) * (spread.drift - 1)
    return distances.variance + unlike


def form_beliefs(
    grid: Grid,
    distances: Distances,
    spread: Spread,
    unsure: np.ndarray | None = None,
    *,
    beside_expected: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is known of every true distance by itself: its mean, its variance and the weight of the school's own figure.

    Arrays are (rows, indicators), NaN where there is no figure. Of an indicator of which too few schools are known
    nothing but the figure is. ``unsure`` is the variance of what is expected, where the belief is to allow for it: the
    truth may then lie farther from it, and ``beside_expected`` the distance between the two is known less well.
    """
    expected, true_spread = find_expected(distances, spread)
    chance = find_chance(grid, distances, spread)
    apart, more = true_spread**2, 0.0 if unsure is None else np.nan_to_num(unsure)
    apart, chance = (apart, chance + more) if beside_expected else (apart + more, chance)
    alone = np.isnan(true_spread) | np.isnan(expected)
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.where(alone, 1.0, apart / (apart + chance))
        mean = np.where(alone, distances.found, expected + weight * (distances.found - expected))
    return mean, weight * chance, np.where(np.isnan(mean), np.nan, weight)


def form_belief(grid: Grid, distances: Distances, spread: Spread, row: int = 0) -> Belief:
    """What is known of all true distances of one row of ``grid`` at once.

    Each figure is drawn towards what is expected by itself. What is then wrong with two of them goes together as far as
    chance within schools does, and the true distances between them: an error is (1 − w) times how far the school truly
    lies from what is expected of it, less w times its luck. Drawing all figures together would promise more, but the
    correlations are not known that well: at key stage 4, whose figures are nearly sums of one another, what is said of
    a school would be wrong twice as often as it says.
    """
    own, alone = distances.take(row), grid.take(slice(row, row + 1))
    mean, variance, weight = (each[0] for each in form_beliefs(alone, own, spread))
    places = np.flatnonzero(~np.isnan(mean) & ~np.isnan(variance))
    mean, variance, weight = mean[places], variance[places], weight[places]
    true_spread = np.nan_to_num(find_expected(own, spread)[1][0, places])
    luck = np.sqrt(weight * variance)  # w √v
    rest = (1 - weight) * true_spread
    within, between = (matrix[np.ix_(places, places)] for matrix in (spread.within, spread.between))
    return Belief(places, mean, within * np.outer(luck, luck) + between * np.outer(rest, rest))


def resample(
    grid: Grid,
    england: Baselines,
    similar: Baselines | None,
    spread: Spread,
    *,
    resamples: int,
    rng: np.random.Generator,
) -> Grid:
    """Give, ``resamples`` times, the figures that other pupils like these would have brought the school of ``grid``.

    A figure that has no place on the scale (no reference to measure it from) stays as it is in every resample.
    """
    distances = measure_distances(grid, england, similar)
    belief = form_belief(grid, distances, spread)
    template = grid.take(np.zeros(resamples, dtype=int))
    truth = np.full((resamples, len(grid.indicators)), np.nan)
    if len(belief.places):
        truth[:, belief.places] = belief.mean + sample_normal(belief.covariance, resamples, rng)
    return sample_figures(template, distances.reference, truth, spread, rng)


def sample_figures(
    template: Grid, reference: np.ndarray, truth: np.ndarray, spread: Spread, rng: np.random.Generator
) -> Grid:
    """Figures that pupils as many as in ``template`` bring at schools whose true distances are ``truth``.

    ``reference`` is England's figure of each year on the scale (rows or one, indicators, 3); ``truth`` (rows,
    indicators), NaN where the template's figure is to stay. Chance is correlated between indicators as it is within
    schools; years are independent, but for indicators whose years count the same pupils. Published rounding is applied.
    """
    rows, indicators, years = template.value.shape
    chance = sample_normal(spread.within, rows * years, rng).reshape(rows, years, indicators).transpose(0, 2, 1)
    same = np.array([indicator.same_pupils for indicator in template.indicators], dtype=bool)
    chance = np.where(same[:, None], chance[:, :, :1], chance)
    unlike = sample_normal(spread.within, rows * years, rng).reshape(rows, years, indicators).transpose(0, 2, 1)
    error = _find_error(template)
    moved = reference + truth[:, :, None] + unlike * error * np.sqrt(spread.drift - 1)[:, None]
    true_value = from_scale(template.indicators, moved)
    value = np.where(
        is_share(template.indicators)[:, None],
        _sample_shares(template, true_value, chance),
        true_value + chance * error,
    )
    step = np.where(is_share(template.indicators)[:, None], np.nan_to_num(template.step, nan=SHARE_STEP), template.step)
    with np.errstate(invalid="ignore", divide="ignore"):
        rounded = np.where(step > 0, np.round(value / step) * step, value)
    least, most = (ends[:, None] for ends in find_ends(template.indicators))
    value = np.where(np.isnan(template.value) | np.isnan(rounded), template.value, np.clip(rounded, least, most))
    moved_by = value - template.value
    return replace(template, value=value, lower=template.lower + moved_by, upper=template.upper + moved_by)


def shrink_figures(
    grid: Grid, distances: Distances, spread: Spread, *, row: int = 0
) -> tuple[ShrunkFigure | None, ...]:
    """Every figure of one row drawn towards what is expected of the school, in the indicator's unit.

    Its own figure weighs τ² / (τ² + v): τ the true spread of schools around what is expected, v the variance of its
    pooled figure. None where there is no figure, or too few schools show the spread.
    """
    own = distances.take(row)
    expected, true_spread = (array[0] for array in find_expected(own, spread))
    beliefs = form_beliefs(grid.take(slice(row, row + 1)), own, spread)
    centre, variance, weight = (np.where(np.isnan(true_spread), np.nan, each[0]) for each in beliefs)
    error = np.sqrt(variance)
    zero = own.pooled.weigh(own.reference)[0]
    scaled = np.stack([centre, centre - Z * error, centre + Z * error, expected]) + zero
    figures = np.clip(from_scale(grid.indicators, scaled), *find_ends(grid.indicators))
    near = ~np.isnan(own.expected[0]) & ~np.isnan(spread.spread)
    shrunk: list[ShrunkFigure | None] = []
    for place, (value, lower, upper, towards) in enumerate(figures.T.tolist()):
        whom = SIMILAR_SCHOOLS if near[place] else "all schools of the files"
        known = not np.isnan([value, lower, upper, towards]).any()
        shrunk.append(ShrunkFigure(value, lower, upper, towards, whom, float(weight[place])) if known else None)
    return tuple(shrunk)


def _find_error(template: Grid) -> np.ndarray:
    """The standard error of chance of each year's figure on the scale (rows, indicators, 3); NaN of no pupils."""
    share = is_share(template.indicators)[:, None]
    spread = find_pupil_spreads(template.indicators)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        average = np.where(np.isnan(spread), (template.upper - template.lower) / (2 * Z), spread / template.pupils**0.5)
        error = np.where(share, 1 / np.sqrt(template.pupils + 0.5), average)
    return np.where(np.isfinite(error), error, np.nan)


def _sample_shares(template: Grid, true_value: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Percentages of whole pupils, from correlated normal deviates (a Gaussian copula of binomials)."""
    known = ~np.isnan(true_value) & (template.pupils >= 0.5) & is_share(template.indicators)[:, None]
    found = np.full(true_value.shape, np.nan)
    pupils = template.pupils[known]
    found[known] = 100 * find_binomial_quantiles(ndtr(chance[known]), pupils, true_value[known] / 100) / pupils
    return found


def sample_normal(covariance: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Normal samples (resamples, indicators) around zero.

    By Cholesky's root, the only one of its kind: the same seed gives the same samples on any machine.
    """
    size = len(covariance)
    root = np.linalg.cholesky(
        covariance + _LEAST_VARIANCE * max(1.0, float(np.max(np.diag(covariance), initial=0.0))) * np.eye(size)
    )
    return rng.standard_normal((resamples, size)) @ root.T
