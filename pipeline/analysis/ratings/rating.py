"""What was judged of one school, taken out of a grid of one row and put into records and words.

Nothing is worked out here: every number, and every decision, is the arrays' (pooling.py, judging.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.analysis.grids.comparators import ENGLAND, SIMILAR_SCHOOLS, explain_unlike
from pipeline.analysis.grids.figures import Figure
from pipeline.analysis.grids.pooling import Refusal
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.indicators.windows import explain_break, list_window
from pipeline.analysis.ratings.judging import Compared, Judgement
from pipeline.analysis.results import GAP, NOT_RATED, STRENGTH, Comparison
from pipeline.foundation.vocabulary import Rating, Unit, count_noun, name_academic_year
from pipeline.sources.frames import School

#: Why an average of pupils unlike most has no interval.
NO_RANGE = "No range is given: how far single pupils lie apart is known of all pupils in England together only."

_RATINGS = {STRENGTH: Rating.STRENGTH, GAP: Rating.GAP, NOT_RATED: Rating.NOT_RATED}

_NAMES = {ENGLAND: "England's figure", SIMILAR_SCHOOLS: "the similar schools' figure"}


@dataclass(frozen=True)
class Pool:
    """One indicator's figure over the years used. ``reason`` says why it may not be rated; "" where it may."""

    years: tuple[int, ...] = ()
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    pupils: float | None = None  # on whom the interval rests
    reason: str = ""


def take_number(array: np.ndarray, *place: int) -> float | None:
    """One number of an array; None for NaN."""
    number = float(array[place])
    return None if np.isnan(number) else number


def read_pool(
    judgement: Judgement, place: int, window: Mapping[int, Figure], school: School, year: int, row: int = 0
) -> Pool:
    """The pooled figure of the indicator at ``place``, of which ``window`` holds the figures, as seen from ``year``."""
    indicator, pooled = judgement.judged.indicators[place], judgement.pooled
    refusal = Refusal(pooled.refusal[row, place])
    if refusal is Refusal.NO_FIGURE and not _is_shown_alone(indicator, window):
        return Pool(reason=_explain_nothing(indicator, window, year))
    years = tuple(
        past for past, used in zip(list_window(indicator, year), pooled.used[row, place].tolist(), strict=True) if used
    )
    pool = Pool(
        years,
        take_number(pooled.value, row, place),
        take_number(judgement.lower, row, place),
        take_number(judgement.upper, row, place),
        take_number(pooled.pupils, row, place),
    )
    reason = _explain_refusal(indicator, refusal, pool, window, school, year)
    return replace(pool, reason=reason)


def read_comparison(
    judgement: Judgement, compared: Compared, place: int, pool: Pool, missing: str, row: int = 0
) -> Comparison:
    """The comparison of the indicator at ``place``; ``missing`` says why there is no baseline, else is empty."""
    if pool.value is None:
        return Comparison(compared.comparator, None, None, None, None, None, Rating.NOT_RATED, pool.reason)
    indicator = judgement.judged.indicators[place]
    beside = judgement.judged.comparators.index(compared.comparator)
    in_line = bool(judgement.in_line[beside][row, place])
    no_finding = Rating.IN_LINE if in_line else Rating.NO_CLEAR_DIFFERENCE
    return Comparison(
        comparator=compared.comparator,
        baseline=take_number(compared.baseline, row, place),
        difference=take_number(compared.difference, row, place),
        p_value=take_number(compared.p_value, row, place),
        adjusted_p=take_number(compared.adjusted, row, place),
        pupils=take_number(compared.whole_pupils, row, place),
        rating=_RATINGS.get(int(compared.rating[row, place]), no_finding),
        reason=pool.reason or missing or _explain_rating(compared, indicator, in_line, row, place),
    )


def list_years_without(judgement: Judgement, yearly: np.ndarray, place: int, year: int, row: int = 0) -> list[int]:
    """The years used in which ``yearly`` (rows, indicators, 3) has no number."""
    lacks = judgement.pooled.used[row, place] & np.isnan(yearly[row, place])
    window = list_window(judgement.judged.indicators[place], year)
    return [past for past, lack in zip(window, lacks.tolist(), strict=True) if lack]


def _explain_rating(compared: Compared, indicator: Indicator, in_line: bool, row: int, place: int) -> str:
    if in_line:
        return f"The whole range lies within {format_margin(indicator)} of {_NAMES[compared.comparator]}."
    if not compared.stands_out[row, place]:
        if compared.stands_out_alone[row, place]:
            return (
                "On its own the difference would stand out; among as many comparisons as are made for one school, "
                "one this large can come by chance."
            )
        return "The difference is no larger than chance, and the usual change from year to year, could make it."
    if not compared.is_large[row, place]:
        if indicator.minimum_difference is None:
            return "The difference is less than one whole pupil."
        return f"The difference is under {indicator.minimum_difference:g}, the least that counts here."
    side = "better" if compared.rating[row, place] == STRENGTH else "worse"
    return (
        f"The school's figure is {side} by more than chance, and the usual change from year to year, could make it, "
        "and by enough to matter."
    )


def format_margin(indicator: Indicator) -> str:
    """How near a figure must be for certain to be called in line: ``5 percentage points``, ``1 point``."""
    margin = indicator.margin or 0.0
    if indicator.unit == Unit.PERCENT:
        return count_noun(margin, "percentage point")
    return count_noun(margin, "point")


def _find_latest(indicator: Indicator, window: Mapping[int, Figure]) -> Figure | None:
    """What is told of an indicator of which no year can be pooled: its latest figure; of progress the latest number."""
    published = indicator.method == "published_interval"
    numbers = [figure for figure in window.values() if figure.value is not None] if published else []
    return next(reversed(numbers or list(window.values())), None)


def _is_shown_alone(indicator: Indicator, window: Mapping[int, Figure]) -> bool:
    latest = _find_latest(indicator, window)
    return latest is not None and latest.value is not None and indicator.scale.reaches(latest.value)


def _explain_refusal(
    indicator: Indicator, refusal: Refusal, pool: Pool, window: Mapping[int, Figure], school: School, year: int
) -> str:
    if refusal is Refusal.NO_FIGURE:
        return _explain_nothing(indicator, window, year)
    if refusal is Refusal.UNLIKE:
        return f"{explain_unlike(indicator, school)} {NO_RANGE}"
    if refusal is Refusal.FEW_YEARS:
        reason = (
            f"Shown but not rated: {count_noun(len(pool.years), 'year')} of figures "
            f"({_name_years(pool.years)}); at least {indicator.minimum_years} are needed."
        )
        return " ".join(filter(None, (reason, explain_break(indicator, year))))
    if refusal is Refusal.FEW_PUPILS:
        return (
            f"Shown but not rated: {count_noun(round(pool.pupils or 0), 'pupil')} in {_name_years(pool.years)}; "
            f"at least {indicator.minimum_pupils} are needed."
        )
    return ""


def _explain_nothing(indicator: Indicator, window: Mapping[int, Figure], year: int) -> str:
    """Why there is nothing to pool, from the latest figure there is."""
    latest = _find_latest(indicator, window)
    if latest is None:
        return " ".join(filter(None, ("No figure is in the files given.", explain_break(indicator, year))))
    when = name_academic_year(latest.year)
    if latest.value is None:
        return f"{when}: {latest.availability.reason}"
    if not _is_shown_alone(indicator, window):
        shown = f"{latest.value:g}{'%' if indicator.unit == Unit.PERCENT else ''}"
        return f"{when}: the published figure, {shown}, cannot be: it is left aside."
    if indicator.method == "published_interval":
        return f"{when}: no interval that can be used is published with this figure, so chance cannot be judged."
    return f"{when}: no number of pupils that can be used is published, so chance cannot be judged."


def _name_years(years: Sequence[int]) -> str:
    names = [name_academic_year(year) for year in years]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
