"""How a figure moved, in words only where chance cannot explain the move; and whether it stays on one side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pipeline.analysis.figures import Figure
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.intervals import (
    newcombe_interval,
    normal_interval,
    standard_error_of_average,
    standard_error_of_interval,
    wilson_interval,
)
from pipeline.analysis.pooling import count_pupils, has_interval, is_usable, limits_of
from pipeline.analysis.results import Trend, YearFigure
from pipeline.analysis.windows import WINDOW
from pipeline.foundation.vocabulary import name_academic_year

NO_CLEAR_CHANGE = "no clear change"


def find_interval(indicator: Indicator, figure: Figure) -> tuple[float | None, float | None]:
    """The 95% interval of one year alone; (None, None) where there is nothing to build it on."""
    if not _has_interval(indicator, figure):
        return None, None
    if indicator.method == "published_interval":
        return figure.lower, figure.upper
    if indicator.method == "percent":
        count = count_pupils(figure)
        return wilson_interval(count.lowest, count.highest, count.pupils)
    lower, upper = normal_interval(figure.number, _error_of(indicator, figure))
    return indicator.scale.clip(lower), indicator.scale.clip(upper)


def find_trend(indicator: Indicator, window: Mapping[int, Figure]) -> Trend | None:
    """The latest year against the first of ``window``; None where fewer than two years have an interval."""
    years = [year for year, figure in window.items() if _has_interval(indicator, figure)]
    if len(years) < 2:
        return None
    first, latest = window[years[0]], window[years[-1]]
    lower, upper = _find_change_interval(indicator, first, latest)
    change = latest.number - first.number
    # rebuilt from whole pupils, an interval can miss the difference of two rounded percentages by that rounding
    lower, upper = min(lower, change), max(upper, change)
    longest = indicator.scale.highest - indicator.scale.lowest  # no change is longer than the scale
    lower, upper = max(lower, -longest), min(upper, longest)
    return Trend(first.year, latest.year, change, lower, upper, _describe(indicator, first.year, lower, upper))


def _has_interval(indicator: Indicator, figure: Figure) -> bool:
    if indicator.method == "published_interval":
        return has_interval(figure)
    return is_usable(figure, indicator.scale)


def _find_change_interval(indicator: Indicator, first: Figure, latest: Figure) -> tuple[float, float]:
    if indicator.method == "percent":
        counts = [count_pupils(figure) for figure in (latest, first)]
        return newcombe_interval(*((count.lowest, count.highest, count.pupils) for count in counts))
    if indicator.method == "average":
        error = math.hypot(_error_of(indicator, first), _error_of(indicator, latest))
    else:
        error = math.hypot(*(standard_error_of_interval(*limits_of(figure)) for figure in (first, latest)))
    return normal_interval(latest.number - first.number, error)


def _error_of(indicator: Indicator, figure: Figure) -> float:
    return standard_error_of_average(indicator.spread, figure.pupils, (figure.step or 0.0) ** 2 / 12)


def _describe(indicator: Indicator, first_year: int, lower: float, upper: float) -> str:
    if not math.isfinite(lower) or not math.isfinite(upper):
        raise ValueError("a change without an interval says nothing")  # NaN is on neither side of 0
    since = f"since {name_academic_year(first_year)}"
    if lower <= 0 <= upper:
        return NO_CLEAR_CHANGE
    rose = lower > 0
    if indicator.lower_is_better:
        return f"rose {since} (worse)" if rose else f"fell {since} (better)"
    return f"improved {since}" if rose else f"declined {since}"


def is_persistent(indicator: Indicator, years: Sequence[YearFigure]) -> bool:
    """Whether the figure lay on the gap side of England in each of the three years, chance aside."""
    sign = -1 if indicator.lower_is_better else 1
    sides = [
        sign * (year.value - year.england) < 0 for year in years if year.value is not None and year.england is not None
    ]
    return len(sides) == WINDOW and all(sides)
