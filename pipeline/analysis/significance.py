"""Tests of a difference against chance, and the control that keeps a dozen of them honest.

The test of a share is the exact binomial with mid-P (Lancaster 1961), two-sided by doubling the smaller tail; where the
baseline is itself a share of counted pupils, Fisher's exact test (the hypergeometric) takes its place, again mid-P. The
control is Benjamini & Hochberg (1995): of the findings printed for a school, at most one in twenty is expected false.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr
from scipy.stats import binom, false_discovery_control, hypergeom

#: The share of false findings accepted among a school's findings.
FALSE_DISCOVERY_RATE = 0.05


def find_p_of_share(
    lowest: ArrayLike, highest: ArrayLike, pupils: ArrayLike, baseline_low: ArrayLike, baseline_high: ArrayLike
) -> np.ndarray:
    """Two-sided exact mid-P values of counts among ``pupils`` against a national share; arrays broadcast.

    Published figures are rounded: the count lies from ``lowest`` to ``highest`` and the national share (0 to 1) from
    ``baseline_low`` to ``baseline_high``. The test takes the pair least favourable to a finding, the count and the
    share nearest one another; where the two ranges meet nothing is found and the value is 1.
    """
    lowest, highest, pupils = np.asarray(lowest, float), np.asarray(highest, float), np.asarray(pupils, float)
    above = lowest > pupils * np.asarray(baseline_high)
    below = highest < pupils * np.asarray(baseline_low)
    count = np.where(above, lowest, highest)
    share = np.where(above, baseline_high, baseline_low)
    at = binom.pmf(count, pupils, share) / 2
    tail = np.where(above, binom.sf(count, pupils, share), binom.cdf(count - 1, pupils, share)) + at
    return np.where(above | below, np.minimum(1.0, 2 * tail), 1.0)


def find_p_of_two_shares(
    lowest: ArrayLike, highest: ArrayLike, pupils: ArrayLike, others: ArrayLike, other_pupils: ArrayLike
) -> np.ndarray:
    """Two-sided exact mid-P values of counts among ``pupils`` beside ``others`` among ``other_pupils``.

    Given how many there are in both together, chance alone would spread them by the hypergeometric distribution
    (Fisher 1935). The school's count is known to lie from ``lowest`` to ``highest``: the one nearest to the others'
    share is tested, and where the range holds that share nothing is found and the value is 1. Arrays broadcast.
    """
    lowest, highest, pupils = np.asarray(lowest, float), np.asarray(highest, float), np.asarray(pupils, float)
    others, other_pupils = np.asarray(others, float), np.asarray(other_pupils, float)
    suggested = pupils * others / other_pupils
    above, below = lowest > suggested, highest < suggested
    count = np.where(above, lowest, highest)
    chance = (pupils + other_pupils, count + others, pupils)
    at = hypergeom.pmf(count, *chance) / 2
    tail = np.where(above, hypergeom.sf(count, *chance), hypergeom.cdf(count - 1, *chance)) + at
    return np.where(above | below, np.minimum(1.0, 2 * tail), 1.0)


def find_p_of_distance(distance: ArrayLike, standard_error: ArrayLike) -> np.ndarray:
    """Two-sided p of a normal figure lying ``distance`` from its baseline."""
    return 2 * ndtr(-np.abs(np.asarray(distance, float)) / np.asarray(standard_error, float))


def control_false_discoveries(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Adjust p-values by Benjamini-Hochberg over those that are there; None stays None and does not count."""
    tested = [p for p in p_values if p is not None]
    if not tested:
        return tuple(None for _ in p_values)
    adjusted = iter(false_discovery_control(np.clip(tested, 0.0, 1.0), method="bh"))
    return tuple(None if p is None else float(next(adjusted)) for p in p_values)


def control_by_row(p_values: np.ndarray) -> np.ndarray:
    """Adjust each row of p-values by Benjamini-Hochberg; NaN stays NaN and does not count."""
    order = np.argsort(p_values, axis=1)  # NaN last
    ranked = np.take_along_axis(p_values, order, axis=1)
    tested = np.sum(~np.isnan(p_values), axis=1, keepdims=True)
    raised = np.where(np.isnan(ranked), np.inf, ranked * tested / np.arange(1, p_values.shape[1] + 1))
    adjusted = np.minimum(np.minimum.accumulate(raised[:, ::-1], axis=1)[:, ::-1], 1.0)
    found = np.empty_like(adjusted)
    np.put_along_axis(found, order, adjusted, axis=1)
    return np.where(np.isnan(p_values), np.nan, found)
