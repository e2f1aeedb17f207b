"""Figures as distances from England, on a scale where chance is as large everywhere.

Averages and progress stay in their own unit. A share of pupils p becomes the angle 2·arcsin(√p), whose variance of
chance is 1/(n + ½) whatever p is (Anscombe 1948): nothing need be assumed of p, and a school where every pupil
succeeds has a variance too. Distances of schools have been drawn together on this scale since Efron & Morris (1975).
England's yearly figures are the zero, so a year in which the whole country moved is no move of the school.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.analysis.grids.grid import Baselines, Grid, find_pupil_spreads
from pipeline.analysis.grids.pooling import Pooled, pool_grid
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.statistics.intervals import Z


@dataclass(frozen=True)
class Distances:
    """Each school's pooled distance from the reference; arrays are (rows, indicators), NaN where there is none."""

    pooled: Pooled
    reference: np.ndarray  # (rows, indicators, 3): England's figure on the scale, by year
    found: np.ndarray  # the school's distance
    variance: np.ndarray  # of chance
    expected: np.ndarray  # the similar schools' distance

    def take(self, row: int) -> Distances:
        """The distances of one row alone."""
        whole = slice(row, row + 1)
        pooled = Pooled(**{name: array[whole] for name, array in vars(self.pooled).items()})
        reference = self.reference if len(self.reference) == 1 else self.reference[whole]
        return Distances(pooled, reference, self.found[whole], self.variance[whole], self.expected[whole])


def is_share(indicators: Sequence[Indicator]) -> np.ndarray:
    """Which indicators are shares of pupils, and so measured in log-odds."""
    return np.array([indicator.method == "percent" for indicator in indicators], dtype=bool)


def to_scale(indicators: Sequence[Indicator], value: np.ndarray) -> np.ndarray:
    """Figures (rows, indicators, …) on the working scale."""
    share = _along(is_share(indicators), value)
    angle = 2 * np.arcsin(np.sqrt(np.clip(np.where(share, value, 0.0), 0, 100) / 100))
    return np.where(share, np.where(np.isnan(value), np.nan, angle), value)


def from_scale(indicators: Sequence[Indicator], scaled: np.ndarray) -> np.ndarray:
    """Figures (rows, indicators, …) from the working scale, in each indicator's unit."""
    share = _along(is_share(indicators), scaled)
    return np.where(share, 100 * np.sin(np.clip(scaled, 0, np.pi) / 2) ** 2, scaled)


def find_angle(count: np.ndarray, pupils: np.ndarray) -> np.ndarray:
    """Anscombe's angle of ``count`` among ``pupils``: nearly normal, with a variance of 1 / (n + ½)."""
    return 2 * np.arcsin(np.sqrt((count + 0.375) / (pupils + 0.75)))


def measure_distances(grid: Grid, england: Baselines, similar: Baselines | None = None) -> Distances:
    """How far every school of ``grid`` lies from England, with the variance of chance, and where it was expected.

    Where England has no figure of a year the similar schools' stands in as the zero.
    """
    pooled = pool_grid(grid)
    beside = np.full(grid.value.shape, np.nan) if similar is None else np.broadcast_to(similar.value, grid.value.shape)
    zero = np.where(england.fits[:, :, None], england.value, np.nan)
    reference = to_scale(grid.indicators, np.where(np.isnan(zero), beside, zero))
    weighed = pooled.weigh(reference)
    expected = pooled.weigh(to_scale(grid.indicators, beside)) - weighed
    share = is_share(grid.indicators)
    with np.errstate(invalid="ignore"):
        angle = find_angle(pooled.value * pooled.pupils / 100, pooled.pupils)
        own = np.where(share, angle, pooled.value)
        variance = np.where(share, 1 / (pooled.pupils + 0.5), pooled.error**2)
    known = ~np.isnan(own) & ~np.isnan(weighed) & (variance > 0)
    return Distances(
        pooled, reference, *(np.where(known, array, np.nan) for array in (own - weighed, variance, expected))
    )


def find_years(grid: Grid, distances: Distances) -> tuple[np.ndarray, np.ndarray]:
    """The distance of each single year's figure and its variance of chance (rows, indicators, 3)."""
    share = is_share(grid.indicators)[:, None]
    spread = find_pupil_spreads(grid.indicators)[:, None]
    error = (grid.upper - grid.lower) / (2 * Z)
    with np.errstate(invalid="ignore", divide="ignore"):
        angle = find_angle(np.clip(grid.value, 0, 100) * grid.pupils / 100, grid.pupils)
        variance = np.where(np.isnan(spread), error**2, spread**2 / grid.pupils)
        variance = np.where(share, 1 / (grid.pupils + 0.5), variance)
    used = (distances.pooled.weights > 0) & (variance > 0) & np.isfinite(variance)
    scaled = np.where(share, angle, grid.value) - distances.reference
    return np.where(used, scaled, np.nan), np.where(used, variance, np.nan)


def _along(chosen: np.ndarray, value: np.ndarray) -> np.ndarray:
    """``chosen`` (indicators) shaped to stand beside ``value`` (rows, indicators, …)."""
    return chosen.reshape((1, -1) + (1,) * (value.ndim - 2))
