"""Small countries as grids: every school's true distance from England is known to the test."""

from __future__ import annotations

import numpy as np

from pipeline.analysis.country.resampling import sample_figures
from pipeline.analysis.country.spread import Spread
from pipeline.analysis.grids.comparators import ENGLAND, SIMILAR_SCHOOLS
from pipeline.analysis.grids.grid import Baselines, Grid
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.ratings.distance import to_scale

#: England's figure of each indicator a test may name, and the published rounding.
NATIONAL = {
    "ks2_rwm_expected": (65.0, 1.0),
    "ks2_reading_expected": (74.0, 1.0),
    "ks2_maths_expected": (73.0, 1.0),
    "ks2_writing_expected": (72.0, 1.0),
    "ks2_reading_score": (105.0, 0.1),
    "ks2_maths_progress": (0.0, 0.1),
    "absence_persistent": (16.0, 0.1),
}


def choose(*keys: str):
    known = {indicator.key: indicator for indicator in load_indicators()}
    return tuple(known[key] for key in keys)


def blank_grid(keys: tuple[str, ...], pupils: np.ndarray) -> Grid:
    """England's own figures at schools of ``pupils`` a year (rows,): what truth and chance are then drawn around."""
    shape = (len(pupils), len(keys), 3)
    value = np.broadcast_to(np.array([NATIONAL[key][0] for key in keys])[:, None], shape).copy()
    step = np.broadcast_to(np.array([NATIONAL[key][1] for key in keys])[:, None], shape).copy()
    cohort = np.broadcast_to(pupils[:, None, None], shape).astype(float).copy()
    progress = np.array([key.endswith("progress") for key in keys])[:, None]
    half = np.where(progress, 1.96 * 6 / np.sqrt(cohort), np.nan)
    return Grid(choose(*keys), 2019, value, cohort, step, value - half, value + half, np.ones(len(keys)))


def england_of(grid: Grid) -> Baselines:
    value = np.array([NATIONAL[one.key][0] for one in grid.indicators])[None, :, None] * np.ones((1, 1, 3))
    zero = np.zeros_like(value)
    return Baselines(ENGLAND, value, zero, zero + np.inf, zero, np.ones(value.shape[:2], dtype=bool))


def similar_like(value: np.ndarray, pupils: float = 1e6) -> Baselines:
    """Similar schools with ``value`` (rows, indicators, 3), resting on so many pupils that chance is nothing."""
    zero = np.zeros_like(value)
    return Baselines(SIMILAR_SCHOOLS, value, zero, zero + pupils, zero, np.ones(value.shape[:2], dtype=bool))


def spread_of(keys: tuple[str, ...], spread: float, *, drift: float = 1.0, between=None, within=None) -> Spread:
    count = len(keys)
    same = np.full(count, spread)
    eye = np.eye(count)
    return Spread(
        np.zeros(count),
        same,
        same,
        np.full(count, drift),
        eye if between is None else between,
        eye if within is None else within,
    )


def draw_country(keys: tuple[str, ...], pupils: np.ndarray, truth: np.ndarray, spread: Spread, seed: int) -> Grid:
    """Published-like figures of schools whose true distances from England are ``truth`` (rows, indicators)."""
    grid = blank_grid(keys, pupils)
    reference = to_scale(grid.indicators, england_of(grid).value)
    return sample_figures(grid, reference, truth, spread, np.random.default_rng(seed))
