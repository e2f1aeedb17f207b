"""Tests of a difference against chance, and the control that keeps a dozen of them honest.

The test of a share is the exact binomial with mid-P (Lancaster 1961), two-sided by doubling the smaller tail; where the
baseline is itself a share of counted pupils, Fisher's exact test (the hypergeometric) takes its place, again mid-P. The
control is Benjamini & Hochberg (1995): of the findings printed for a school, at most one in twenty is expected false.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    lowest, highest, pupils, low, high = _as_arrays(lowest, highest, pupils, baseline_low, baseline_high)
    return _find_p(
        binom, (lowest, pupils, high), (highest, pupils, low), lowest > pupils * high, highest < pupils * low
    )


def find_p_of_two_shares(
    lowest: ArrayLike, highest: ArrayLike, pupils: ArrayLike, others: ArrayLike, other_pupils: ArrayLike
) -> np.ndarray:
    """Two-sided exact mid-P values of counts among ``pupils`` beside ``others`` among ``other_pupils``.

    Given how many there are in both together, chance alone would spread them by the hypergeometric distribution
    (Fisher 1935). The school's count is known to lie from ``lowest`` to ``highest``: the one nearest to the others'
    share is tested, and where the range holds that share nothing is found and the value is 1. Arrays broadcast.
    """
    lowest, highest, pupils, others, other_pupils = _as_arrays(lowest, highest, pupils, others, other_pupils)
    suggested, together = pupils * others / other_pupils, pupils + other_pupils
    fewest, most = ((count, together, count + others, pupils) for count in (lowest, highest))
    return _find_p(hypergeom, fewest, most, lowest > suggested, highest < suggested)


def _as_arrays(*numbers: ArrayLike) -> tuple[np.ndarray, ...]:
    return np.broadcast_arrays(*(np.asarray(each, float) for each in numbers))


def _find_p(
    distribution: Any,
    fewest: tuple[np.ndarray, ...],
    most: tuple[np.ndarray, ...],
    above: np.ndarray,
    below: np.ndarray,
) -> np.ndarray:
    """Twice the tail beyond the count and half the count itself; 1 where a case is neither ``above`` nor ``below``.

    ``fewest`` and ``most`` are the count and the distribution's parameters for the one side and for the other.
    """
    found = np.ones(above.shape)
    for side, case, beyond in (
        (above & ~below, fewest, distribution.sf),
        (below & ~above, most, lambda count, *chance: distribution.cdf(count - 1, *chance)),
    ):
        if side.any():
            chosen = [each[side] for each in case]
            found[side] = np.minimum(1.0, 2 * (beyond(*chosen) + distribution.pmf(*chosen) / 2))
    return found


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
