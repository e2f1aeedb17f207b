"""Tests of a difference against chance, and the control that keeps a dozen of them honest.

The test of a share is the exact binomial with mid-P (Lancaster 1961), two-sided by doubling the smaller tail. The
control is Benjamini & Hochberg (1995): of the findings printed for a school, at most one in twenty is expected false.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr
from scipy.stats import binom, false_discovery_control

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
