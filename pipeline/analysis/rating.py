"""Strength, gap, in line or not rated: a difference too large for chance, and large enough to matter.

A rating needs both. Chance is judged for all of a school's indicators together (significance.py); "large enough" is
one whole pupil, or the least difference the indicator states.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.analysis.comparators import Baseline
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.intervals import standard_error_of_average
from pipeline.analysis.pooling import Pool
from pipeline.analysis.results import Comparison
from pipeline.analysis.significance import (
    FALSE_DISCOVERY_RATE,
    control_false_discoveries,
    find_p_of_distance,
    find_p_of_share,
    find_p_of_two_shares,
    refuse_improbable,
)
from pipeline.foundation.vocabulary import Rating

_SLACK = 1e-9


@dataclass(frozen=True)
class Claim:
    """One indicator of a school beside one baseline, before chance is judged."""

    indicator: Indicator
    pool: Pool
    baseline: Baseline


def rate_claims(claims: Sequence[Claim]) -> tuple[Comparison, ...]:
    """Rate all of a school's comparisons, controlling false discoveries over the whole of them.

    The claims against every comparator belong into one call: a school without real differences then shows a finding
    of any kind in at most one case of twenty.
    """
    p_values = [find_p_value(claim) for claim in claims]
    adjusted = control_false_discoveries(p_values)
    return tuple(_rate(claim, p, q) for claim, p, q in zip(claims, p_values, adjusted, strict=True))


def find_p_value(claim: Claim) -> float | None:
    """The two-sided p of a claim; None where the figure may not be rated or nothing is there to rate it against.

    Published rounding is carried: a share by the count and baseline nearest one another, an average in its standard
    error, a published interval by taking half the rounding off the distance. Where the baseline rests on counted
    pupils (similar schools), their chance is part of the test.
    """
    pool, baseline = claim.pool, claim.baseline
    if pool.reason or pool.value is None or baseline.value is None:
        return None
    if pool.count is not None and math.isfinite(baseline.pupils):
        others = round(baseline.value * baseline.pupils / 100)
        count = pool.count
        return float(find_p_of_two_shares(count.lowest, count.highest, count.pupils, others, baseline.pupils))
    if pool.count is not None:
        low, high = (min(1.0, max(0.0, (baseline.value + sign * baseline.rounding) / 100)) for sign in (-1, 1))
        return float(find_p_of_share(pool.count.lowest, pool.count.highest, pool.count.pupils, low, high))
    if pool.standard_error is None:
        return None
    distance = max(0.0, abs(pool.value - baseline.value) - pool.rounding)
    chance = baseline.error
    if claim.indicator.method == "average" and math.isfinite(baseline.pupils):
        chance = standard_error_of_average(claim.indicator.spread, baseline.pupils, baseline.error**2)
    return float(find_p_of_distance(distance, math.hypot(pool.standard_error, chance)))


def _rate(claim: Claim, p_value: float | None, adjusted: float | None) -> Comparison:
    pool, baseline = claim.pool, claim.baseline
    difference = None if pool.value is None or baseline.value is None else pool.value - baseline.value
    pupils = None
    if difference is not None and pool.count is not None:
        pupils = difference * pool.count.pupils / 100
    rating, reason = _decide(claim, difference, pupils, p_value, adjusted)
    whole = None if pupils is None else float(math.trunc(pupils + math.copysign(_SLACK, pupils)))
    return Comparison(baseline.comparator, baseline.value, difference, p_value, adjusted, whole, rating, reason)


def _decide(
    claim: Claim, difference: float | None, pupils: float | None, p_value: float | None, adjusted: float | None
) -> tuple[Rating, str]:
    indicator, pool, baseline = claim.indicator, claim.pool, claim.baseline
    if pool.reason or baseline.reason or difference is None:
        return Rating.NOT_RATED, pool.reason or baseline.reason
    if p_value is None or adjusted is None:
        return Rating.NOT_RATED, "Not rated: chance could not be judged."
    refuse_improbable([p_value, adjusted])
    if adjusted > FALSE_DISCOVERY_RATE:
        if p_value <= FALSE_DISCOVERY_RATE:
            return Rating.IN_LINE, (
                "On its own the difference would stand out; among as many comparisons as are made for one school, "
                "one this large can come by chance."
            )
        return Rating.IN_LINE, "The difference is no larger than chance could make it."
    too_small = _explain_too_small(indicator, difference, pupils)
    if too_small:
        return Rating.IN_LINE, too_small
    better = (difference < 0) if indicator.lower_is_better else (difference > 0)
    side = "better" if better else "worse"
    return (
        Rating.STRENGTH if better else Rating.GAP,
        f"The school's figure is {side} by more than chance could make it and by enough to matter.",
    )


def _explain_too_small(indicator: Indicator, difference: float, pupils: float | None) -> str:
    if indicator.minimum_difference is not None:
        if abs(difference) < indicator.minimum_difference - _SLACK:
            return f"The difference is under {indicator.minimum_difference:g}, the least this indicator counts."
    elif pupils is not None and abs(pupils) < 1 - _SLACK:
        return "The difference is less than one whole pupil."
    return ""
