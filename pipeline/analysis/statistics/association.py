"""How two things go together across schools, without saying why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Fewer schools say nothing of how two things go together.
LEAST_SCHOOLS = 10

_RESAMPLES = 2_000


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's correlation, −1 to 1, with its 95% interval."""

    value: float
    lower: float
    upper: float
    schools: int


def correlate_ranks(one: np.ndarray, other: np.ndarray, seed: int) -> RankCorrelation | None:
    """Correlate the ranks of two vectors (Spearman 1904), with the percentile bootstrap's 95% interval (Efron 1979).

    The bootstrap draws whole schools and so allows for many sharing one category. None for fewer than ten schools
    or where either vector is the same for all.
    """
    if len(one) < LEAST_SCHOOLS or len(set(one)) < 2 or len(set(other)) < 2:
        return None
    from scipy.stats import bootstrap  # takes half a second, which no school's report need wait

    found = bootstrap(
        (np.asarray(one, float), np.asarray(other, float)),
        _correlate,
        paired=True,
        vectorized=True,
        n_resamples=_RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    lower, upper = found.confidence_interval
    return RankCorrelation(float(_correlate(one, other)), float(lower), float(upper), len(one))


def _correlate(one: np.ndarray, other: np.ndarray, axis: int = -1) -> np.ndarray:
    """Pearson's correlation of ranks along ``axis``; 0 where a resample holds one value only."""
    from scipy.stats import rankdata

    ranks = [rankdata(each, axis=axis) for each in (one, other)]
    left, right = (each - each.mean(axis=axis, keepdims=True) for each in ranks)
    scale = np.sqrt((left**2).sum(axis=axis) * (right**2).sum(axis=axis))
    found: np.ndarray = np.divide((left * right).sum(axis=axis), scale, out=np.zeros(np.shape(scale)), where=scale > 0)
    return found
