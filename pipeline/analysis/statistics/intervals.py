"""95% intervals: how far a figure may lie from what it stands for by chance alone.

Sources: Wilson (1927) for a share; Newcombe (1998, method 10) for the difference of two shares, both digit for digit as
statsmodels computes them, which spends more on its arguments than on the formula; the normal interval for an average
whose pupils' spread is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Number = TypeVar("Number", float, np.ndarray)

#: Standard normal quantile of 97.5%.
Z = 1.959963984540054
#: The same taken from the other tail, as statsmodels does: its last digit differs, and so would that of a limit.
_Z_UPPER = 1.9599639845400545
#: The same of Student's t with ``significance.ONE_YEAR_FREEDOM`` degrees of freedom, for a figure of one year alone.
T_ONE_YEAR = 2.085963447265837


def wilson_interval(lowest: float, highest: float, pupils: float) -> tuple[float, float]:
    """The Wilson 95% interval, in per cent, of a share of ``pupils``.

    The count is known to lie from ``lowest`` to ``highest`` (equal where it is known exactly): the lower limit is that
    of the lowest count and the upper that of the highest, so published rounding widens the interval.
    Raises ValueError for no pupils, or counts that are not among them: a share of nothing has no interval.
    """
    if not (pupils > 0 and 0 <= lowest <= highest <= pupils):
        raise ValueError(f"{lowest:g} to {highest:g} of {pupils:g} pupils is no share")
    lower, upper = wilson_intervals(np.array([lowest]), np.array([highest]), np.array([pupils]))
    return float(lower[0]), float(upper[0])


def wilson_intervals(lowest: np.ndarray, highest: np.ndarray, pupils: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``wilson_interval`` for arrays of counts; NaN, and a share of no pupils, gives NaN."""
    pupils = np.where(pupils > 0, pupils, np.nan)
    lower, _ = _wilson(lowest, pupils)
    _, upper = _wilson(highest, pupils)
    # at none or all of the pupils, floating point can put a limit a hair inside the share itself
    return 100 * np.minimum(lower, lowest / pupils), 100 * np.maximum(upper, highest / pupils)


def newcombe_intervals(latest: Sequence[np.ndarray], first: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Newcombe's 95% intervals, in percentage points, of the latest shares minus the first.

    Each is (lowest count, highest count, pupils). Where counts are not known exactly the interval is the widest.
    """
    lower, _ = _newcombe(latest[0], latest[2], first[1], first[2])
    _, upper = _newcombe(latest[1], latest[2], first[0], first[2])
    return 100 * lower, 100 * upper


def _newcombe(
    count: np.ndarray, pupils: np.ndarray, other_count: np.ndarray, other_pupils: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    share, other = count / pupils, other_count / other_pupils
    (low, high), (other_low, other_high) = _wilson(count, pupils), _wilson(other_count, other_pupils)
    below = np.sqrt((share - low) ** 2 + (other_high - other) ** 2)
    above = np.sqrt((other - other_low) ** 2 + (high - share) ** 2)
    return share - other - below, share - other + above


def _wilson(count: np.ndarray, pupils: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's limits of shares, from 0 to 1."""
    share, squared = count / pupils, _Z_UPPER**2
    scale = 1 + squared / pupils
    centre = (share + squared / (2 * pupils)) / scale
    distance = _Z_UPPER * np.sqrt(share * (1 - share) / pupils + squared / (4 * pupils**2)) / scale
    return np.clip(centre - distance, 0, 1), np.clip(centre + distance, 0, 1)


def standard_error_of_average(
    pupil_sd: np.ndarray | float, pupils: np.ndarray | float, rounding_variance: np.ndarray | float = 0.0
) -> np.ndarray:
    """The standard error of averages of ``pupils``: the pupils' spread over √n, with the published rounding added.

    A figure rounded to a step s is off by anything up to s/2, evenly: a variance of s²/12.
    """
    return np.sqrt(pupil_sd**2 / pupils + rounding_variance)


def normal_interval(value: Number, standard_error: Number) -> tuple[Number, Number]:
    """The 95% interval around ``value``, both in its unit."""
    return value - Z * standard_error, value + Z * standard_error


def standard_error_of_interval(lower: Number, upper: Number) -> Number:
    """The standard error behind a published 95% interval."""
    return (upper - lower) / (2 * Z)
