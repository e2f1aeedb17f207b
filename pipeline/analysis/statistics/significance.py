"""Tests of a difference against chance, and the control that keeps a dozen of them honest.

The test of a share is the exact binomial with mid-P (Lancaster 1961), two-sided by doubling the smaller tail; where the
baseline is itself a share of counted pupils, Fisher's exact test (the hypergeometric) takes its place, again mid-P. The
control is Benjamini & Hochberg (1995): of the findings printed for a school, at most one in twenty is expected false.

A test is asked only of what can be: whole counts of some pupils, no more of them than there are; a distance and an
error that are numbers. Anything else is refused with a ValueError. Libraries answer it with "not a number", and a
comparison with that is neither true nor false: it would pass for "no difference".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr

from pipeline.analysis.statistics.counts import BINOMIAL, HYPERGEOMETRIC, Distribution

#: The share of false findings accepted among a school's findings.
FALSE_DISCOVERY_RATE = 0.05
#: Degrees of freedom of Student's t for a figure of one year alone. One draw of what a year brings does not even out as
#: several do, and how years vary is known no better than so many schools of two years would show it.
ONE_YEAR_FREEDOM = 20
_NOTHING = 1e-12  # a share of less than this is of less than one pupil in the world


def find_p_of_share(
    lowest: ArrayLike, highest: ArrayLike, pupils: ArrayLike, baseline_low: ArrayLike, baseline_high: ArrayLike
) -> np.ndarray:
    """Two-sided exact mid-P values of counts among ``pupils`` against a national share; arrays broadcast.

    Published figures are rounded: the count lies from ``lowest`` to ``highest`` and the national share (0 to 1) from
    ``baseline_low`` to ``baseline_high``. The test takes the pair least favourable to a finding, the count and the
    share nearest one another; where the two ranges meet nothing is found and the value is 1.
    """
    lowest, highest, pupils, low, high = _as_arrays(lowest, highest, pupils, baseline_low, baseline_high)
    _refuse_counts(lowest, highest, pupils)
    if not ((low >= 0) & (low <= high) & (high <= 1)).all():
        raise ValueError("a national share must lie from 0 to 1, its lowest not over its highest")
    low, high = (_round_to_ends(share) for share in (low, high))
    return _find_p(
        BINOMIAL, (lowest, pupils, high), (highest, pupils, low), lowest > pupils * high, highest < pupils * low
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
    _refuse_counts(lowest, highest, pupils)
    _refuse_counts(others, others, other_pupils)
    suggested, together = pupils * others / other_pupils, pupils + other_pupils
    fewest, most = ((count, count + others, pupils, together) for count in (lowest, highest))
    return _find_p(HYPERGEOMETRIC, fewest, most, lowest > suggested, highest < suggested)


def _as_arrays(*numbers: ArrayLike) -> tuple[np.ndarray, ...]:
    return np.broadcast_arrays(*(np.asarray(each, float) for each in numbers))


def _round_to_ends(share: np.ndarray) -> np.ndarray:
    """Shares with those nearer to 0 or 1 than any count of pupils could be put there: SciPy overflows between."""
    return np.where(share < _NOTHING, 0.0, np.where(share > 1 - _NOTHING, 1.0, share))


def _refuse_counts(lowest: np.ndarray, highest: np.ndarray, pupils: np.ndarray) -> None:
    """Raise ValueError unless each is a range of whole counts among at least one whole pupil."""
    whole = np.all([np.isfinite(each) & (each == np.floor(each)) for each in (lowest, highest, pupils)], axis=0)
    fits = whole & (lowest >= 0) & (lowest <= highest) & (highest <= pupils) & (pupils >= 1)
    if not fits.all():
        case = np.unravel_index(np.argmin(fits), fits.shape)
        said = f"{lowest[case]:g} to {highest[case]:g} of {pupils[case]:g} pupils"
        raise ValueError(f"{said} cannot be tested: counts are whole, of one pupil or more, and no more than there are")


def refuse_improbable(p_values: ArrayLike) -> np.ndarray:
    """Give ``p_values`` back as an array; raises ValueError where one is not a number from 0 to 1."""
    found = np.asarray(p_values, float)
    if not ((found >= 0) & (found <= 1)).all():
        raise ValueError("a probability that is not a number from 0 to 1 decides nothing")
    return found


def _find_p(
    distribution: Distribution,
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
        (above & ~below, fewest, distribution.above),
        (below & ~above, most, distribution.below),
    ):
        if side.any():
            chosen = [each[side] for each in case]
            found[side] = np.minimum(1.0, 2 * (beyond(*chosen) + distribution.exactly(*chosen) / 2))
    return refuse_improbable(found)


def find_p_of_distance(distance: ArrayLike, standard_error: ArrayLike) -> np.ndarray:
    """Two-sided p of a normal figure lying ``distance`` from its baseline; the error must be more than 0."""
    distances, errors = _as_arrays(distance, standard_error)
    if not (np.isfinite(distances) & np.isfinite(errors) & (errors > 0)).all():
        raise ValueError("a distance and its standard error must be numbers, the error more than 0")
    return refuse_improbable(2 * ndtr(-np.abs(distances) / errors))


def widen_chance(p_values: ArrayLike, drift: ArrayLike, of_one_year: ArrayLike = False) -> np.ndarray:
    """Two-sided p-values where the variance is ``drift`` times what they allow for; NaN stays NaN, arrays broadcast.

    As in funnel plots with multiplicative overdispersion (Spiegelhalter 2005): the standard normal deviate behind each
    is divided by √drift. That of a figure ``of_one_year`` alone is then read as Student's t. A drift of 1 changes
    nothing else. Raises ValueError where a drift is under 1.
    """
    values, factor, alone = np.broadcast_arrays(
        np.asarray(p_values, float), np.asarray(drift, float), np.asarray(of_one_year, bool)
    )
    if not (factor >= 1).all():
        raise ValueError("years cannot vary less than chance lets them: a drift is 1 or more")
    wider = (factor > 1) | alone
    widened = values.copy()
    deviates = ndtri(values[wider] / 2) / np.sqrt(factor[wider])
    widened[wider] = 2 * np.where(alone[wider], stdtr(ONE_YEAR_FREEDOM, deviates), ndtr(deviates))
    return widened


def control_by_row(p_values: np.ndarray) -> np.ndarray:
    """Adjust each row of p-values by Benjamini-Hochberg; NaN, nothing to test, stays NaN and does not count.

    Raises ValueError where a value is neither NaN nor a number from 0 to 1.
    """
    refuse_improbable(p_values[~np.isnan(p_values)])
    order = np.argsort(p_values, axis=1)  # NaN last
    ranked = np.take_along_axis(p_values, order, axis=1)
    tested = np.sum(~np.isnan(p_values), axis=1, keepdims=True)
    raised = np.where(np.isnan(ranked), np.inf, ranked * (tested / np.arange(1, p_values.shape[1] + 1)))
    adjusted = np.minimum(np.minimum.accumulate(raised[:, ::-1], axis=1)[:, ::-1], 1.0)
    found = np.empty_like(adjusted)
    np.put_along_axis(found, order, adjusted, axis=1)
    return np.where(np.isnan(p_values), np.nan, found)
