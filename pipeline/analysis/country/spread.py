"""How far schools truly differ, and how their figures move together, as all schools of an edition's files show it.

What is seen of schools is their true distance from England and chance on top. The variance between schools that
chance does not explain is estimated by Paule & Mandel (1982): the spread at which the squared distances, each over
its whole variance, come to just as many as there are schools. What a school is expected to be is its similar
schools' figure; without them, the average of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.analysis.grids.grid import Baselines, Grid
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.ratings.distance import Distances, find_years, measure_distances
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.frames import CORRELATIONS, SPREADS, shape_frame

#: Fewer schools than this say too little about how schools differ.
LEAST_SCHOOLS = 20
#: Fewer schools with both figures say too little about how two figures move together.
_LEAST_PAIRS = 30
_HIGHEST = 0.98  # correlation
_LEAST_EIGENVALUE = 1e-3  # of a matrix of correlations that had one of nought or less
_LARGEST_DRIFT = 5.0  # a variance of years beyond this is a fault of the data rather than of a school


class UsualDrift(Record):
    """How figures of one kind vary from year to year, and where that was seen."""

    drift: float = Field(ge=1, le=_LARGEST_DRIFT)
    source: str = Field(min_length=10)


class YearVariation(Record):
    """The content of ``year_variation.yaml``, by an indicator's method."""

    percent: UsualDrift
    average: UsualDrift
    published_interval: UsualDrift


@cache
def load_year_variation() -> YearVariation:
    """Read what is known of how years vary beyond any one edition's files."""
    return read_record(Path(__file__).parent / "year_variation.yaml", YearVariation)


def list_usual_drifts(indicators: Sequence[Indicator]) -> np.ndarray:
    """The drift (indicators,) of each, where no file of the edition shows it."""
    usual = load_year_variation()
    return np.array([1.0 if one.same_pupils else getattr(usual, one.method).drift for one in indicators])


@dataclass(frozen=True)
class Spread:
    """The study's findings for the indicators of a grid: vectors (indicators), matrices (indicators, indicators)."""

    centre: np.ndarray
    spread: np.ndarray  # NaN where too few schools show it: then nothing is drawn towards anything
    spread_all: np.ndarray
    drift: np.ndarray  # at least 1
    between: np.ndarray
    within: np.ndarray

    def keep_drift_alone(self) -> Spread:
        """The same of schools of which nothing else is known than how years vary: nothing is drawn towards anything."""
        nothing, apart = np.full(self.drift.shape, np.nan), np.eye(len(self.drift))
        return Spread(nothing, nothing, nothing, self.drift, apart, apart)

    def choose(self, places: np.ndarray) -> Spread:
        """The findings for the indicators at ``places`` alone."""
        vectors = {name: getattr(self, name)[places] for name in ("centre", "spread", "spread_all", "drift")}
        matrices = {name: getattr(self, name)[np.ix_(places, places)] for name in ("between", "within")}
        return replace(self, **vectors, **matrices)


@dataclass(frozen=True)
class Deviations:
    """How far schools lie from England, and their years from themselves; arrays are (rows, indicators)."""

    indicators: tuple[Indicator, ...]
    found: np.ndarray  # each school's distance
    variance: np.ndarray  # of chance
    expected: np.ndarray  # the similar schools' distance
    years: np.ndarray  # (rows, indicators, 3): each year's deviation from the school's own mean, standardised
    drift: np.ndarray  # (indicators,)


def measure_deviations(grid: Grid, england: Baselines, similar: Baselines) -> Deviations:
    """What spreads are estimated from: all schools of ``grid``, of whose indicators each is measured by itself."""
    distances = measure_distances(grid, england, similar)
    drift, years = _estimate_drift(grid, distances)
    return Deviations(grid.indicators, distances.found, distances.variance, distances.expected, years, drift)


def join_deviations(parts: Sequence[Deviations]) -> Deviations:
    """The deviations of the same schools from several sets of indicators, in order."""
    names = ("found", "variance", "expected", "years")
    joined = {name: np.concatenate([getattr(one, name) for one in parts], axis=1) for name in names}
    drift = np.concatenate([one.drift for one in parts])
    return Deviations(tuple(indicator for one in parts for indicator in one.indicators), drift=drift, **joined)


def estimate_spreads(deviations: Deviations) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimate SPREADS and CORRELATIONS from all schools; indicators without figures have no row."""
    drift, rows = deviations.drift, []
    for place, indicator in enumerate(deviations.indicators):
        found, variance = deviations.found[:, place], deviations.variance[:, place]
        known = ~np.isnan(found)
        if not known.any():
            continue
        centre = float(np.average(found[known], weights=1 / variance[known]))
        unexplained = found - deviations.expected[:, place]
        rows.append(
            {
                "indicator": indicator.key,
                "centre": centre,
                "spread": find_spread(unexplained, variance * drift[place]),
                "spread_all": find_spread(found - centre, variance * drift[place], fitted=1),
                "drift": drift[place],
                "schools": int(known.sum()),
            }
        )
    spreads = shape_frame(pd.DataFrame(rows), SPREADS)
    return spreads, _estimate_correlations(deviations, spreads)


def find_spread(distance: np.ndarray, variance: np.ndarray, *, fitted: int = 0) -> float:
    """The standard deviation of true distances by Paule & Mandel; NaN for fewer than 20 schools.

    ``distance`` from what is expected and the ``variance`` of chance, one a school, NaN left aside; ``fitted`` numbers
    were fitted to the distances themselves. 0 where chance explains all.
    """
    known = ~np.isnan(distance)
    squared, chance = distance[known] ** 2, variance[known]
    if len(squared) < LEAST_SCHOOLS:
        return float("nan")
    schools = len(squared) - fitted

    def surplus(spread: float) -> float:
        return float((squared / (chance + spread**2)).sum()) - schools

    if surplus(0.0) <= 0:
        return 0.0
    from scipy.optimize import brentq  # no school's report estimates a spread

    return float(brentq(surplus, 0.0, 2 * float(np.sqrt(squared.max()) + 1e-9) * np.sqrt(len(squared))))


def gather_spread(indicators: Sequence[Indicator], spreads: pd.DataFrame, correlations: pd.DataFrame) -> Spread:
    """The study's findings for ``indicators``, from SPREADS and CORRELATIONS.

    Where it is silent nothing is drawn towards anything, and years vary as they usually do (``year_variation.yaml``).
    """
    places = {indicator.key: place for place, indicator in enumerate(indicators)}
    found = np.full((4, len(places)), np.nan)
    rows = np.array([places.get(key, -1) for key in spreads["indicator"].tolist()], dtype=int)
    for numbers, name in zip(found, ("centre", "spread", "spread_all", "drift"), strict=True):
        numbers[rows[rows >= 0]] = spreads[name].to_numpy(dtype=float)[rows >= 0]
    centre, spread, spread_all, drift = found
    pairs = np.array([places.get(key, -1) for name in ("indicator", "other") for key in correlations[name].tolist()])
    one, other = pairs.astype(int).reshape(2, -1)
    known = (one >= 0) & (other >= 0)
    matrices = []
    for name in ("between", "within"):
        matrix = np.zeros((len(places), len(places)))
        matrix[one[known], other[known]] = correlations[name].to_numpy(dtype=float)[known]
        np.fill_diagonal(matrix, 1.0)
        matrices.append(_mend(matrix))
    drift = np.where(np.isnan(drift), list_usual_drifts(indicators), drift)
    return Spread(centre, spread, spread_all, drift, *matrices)


def _estimate_drift(grid: Grid, distances: Distances) -> tuple[np.ndarray, np.ndarray]:
    """How much more single years vary within schools than chance allows, and those deviations, standardised.

    What is usual of such figures counts as ``LEAST_SCHOOLS`` more schools of two years would.
    """
    scaled, variance = find_years(grid, distances)
    used = ~np.isnan(scaled)
    years = used.sum(axis=2, keepdims=True)
    weight = np.where(used, 1 / np.where(used, variance, 1.0), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(used, scaled * weight, 0.0).sum(axis=2, keepdims=True) / weight.sum(axis=2, keepdims=True)
        standard = np.where(used & (years > 1), (scaled - mean) / np.sqrt(variance), np.nan)
    freedom = np.where(years > 1, years - 1, 0)[:, :, 0].sum(axis=0)
    squares = np.nansum(standard**2, axis=(0, 2))
    drift = (squares + LEAST_SCHOOLS * list_usual_drifts(grid.indicators)) / (freedom + LEAST_SCHOOLS)
    return np.clip(drift, 1.0, _LARGEST_DRIFT), standard


def _estimate_correlations(deviations: Deviations, spreads: pd.DataFrame) -> pd.DataFrame:
    keys = [indicator.key for indicator in deviations.indicators]
    table = spreads.set_index("indicator").reindex(keys)
    spread = table["spread"].fillna(table["spread_all"]).to_numpy(dtype=float)
    centre, expected = table["centre"].to_numpy(dtype=float), deviations.expected
    unexplained = deviations.found - np.where(np.isnan(expected), centre, expected)
    variance = deviations.variance * table["drift"].to_numpy(dtype=float)
    standard = unexplained / np.sqrt(variance + spread**2)
    flat = np.moveaxis(deviations.years, 1, 2).reshape(-1, len(keys))
    within = _correlate(flat)
    total = _correlate(standard)
    within = np.where(np.isnan(within), total, within)  # one year of figures shows no change within schools
    within = _mend(np.nan_to_num(within))
    between = np.eye(len(keys))
    for one in range(len(keys)):
        for other in range(one):
            both = ~np.isnan(unexplained[:, one]) & ~np.isnan(unexplained[:, other])
            if both.sum() < _LEAST_PAIRS or not spread[one] * spread[other] > 0:
                continue
            chance = within[one, other] * np.sqrt(variance[both, one] * variance[both, other])
            shared = np.mean(unexplained[both, one] * unexplained[both, other] - chance)
            between[one, other] = between[other, one] = shared / (spread[one] * spread[other])
    between = _mend(between)
    present = [place for place, key in enumerate(keys) if key in set(spreads["indicator"])]
    found = [
        {"indicator": keys[one], "other": keys[other], "between": between[one, other], "within": within[one, other]}
        for one in present
        for other in present
    ]
    return shape_frame(pd.DataFrame(found), CORRELATIONS)


def _correlate(standard: np.ndarray) -> np.ndarray:
    """Correlations around zero of standardised columns over the rows that have both; NaN where there are too few."""
    known = (~np.isnan(standard)).astype(float)
    filled = np.nan_to_num(standard)
    products, squares = filled.T @ filled, (filled**2).T @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        found = products / np.sqrt(squares * squares.T)
    return np.where(known.T @ known >= _LEAST_PAIRS, found, np.nan)


def _mend(matrix: np.ndarray) -> np.ndarray:
    """A near matrix that correlations can form, none of them quite 1: eigenvalues too small are raised."""
    bounded = np.clip(matrix, -_HIGHEST, _HIGHEST)
    np.fill_diagonal(bounded, 1.0)
    if len(bounded) < 2 or np.linalg.eigvalsh(bounded).min() > 1e-6:
        return bounded
    values, vectors = np.linalg.eigh(bounded)
    raised = np.dot(vectors * np.maximum(values, _LEAST_EIGENVALUE), vectors.T)
    scale = np.sqrt(np.diag(raised))
    return raised / scale / scale[:, None]
