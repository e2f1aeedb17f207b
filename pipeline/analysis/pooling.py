"""Up to three years of one figure made one: the sum of pupils who did over the sum of pupils there were.

Percentages are turned back into pupils first, so a big year weighs more than a small one; averages are weighted by
their pupils, published intervals by their precision, which is the same where pupils differ alike every year. What
publication rounded away is carried: into the range a count may lie in, or into the standard error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.analysis.figures import Figure, Figures
from pipeline.analysis.indicators import Indicator, Scale
from pipeline.analysis.intervals import (
    normal_interval,
    standard_error_of_average,
    standard_error_of_interval,
    wilson_interval,
)
from pipeline.analysis.windows import explain_break, list_comparable
from pipeline.foundation.vocabulary import Unit, count_noun, name_academic_year

#: The rounding assumed where a file does not show one.
_ASSUMED_STEP = {Unit.PERCENT: 1.0}

#: Why an average of pupils unlike most has no interval.
NO_RANGE = "No range is given: how far single pupils lie apart is known of all pupils in England together only."

_SLACK = 1e-9  # what floating point may add to a rounding


@dataclass(frozen=True)
class PupilCount:
    """Pupils rebuilt from a percentage: the best estimate, and the whole numbers between which the truth lies."""

    count: float
    lowest: float
    highest: float
    pupils: float


@dataclass(frozen=True)
class Pool:
    """One indicator's figure over the years used.

    ``reason`` says why it may not be rated; "" where it may. ``weights`` are each year's pupils, or precision where an
    interval is published, oldest first.
    """

    years: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    pupils: float | None = None  # on whom the interval rests
    count: PupilCount | None = None  # percentages only
    standard_error: float | None = None  # averages and published intervals only
    rounding: float = 0.0  # published intervals only: half the step
    reason: str = ""


def window_of(indicator: Indicator, figures: Figures, year: int) -> dict[int, Figure]:
    """The figures of the indicator's window as seen from ``year``, oldest first; none from before a break."""
    return {past: figures[past] for past in list_comparable(indicator, year) if past in figures}


def pool_years(indicator: Indicator, figures: Figures, year: int) -> Pool:
    """Pool one indicator of one school over its window as seen from ``year``, the year under review."""
    window = window_of(indicator, figures, year)
    if indicator.method == "published_interval":
        usable = {past: figure for past, figure in window.items() if has_interval(figure)}
    else:
        usable = {past: figure for past, figure in window.items() if is_usable(figure, indicator.scale)}
    if not usable:
        return _explain_nothing(indicator, window, year)
    pool = {"percent": _pool_shares, "average": _pool_averages, "published_interval": _pool_intervals}
    pooled = pool[indicator.method](indicator, list(usable.values()))
    return _refuse_if_too_little(indicator, pooled, year)


def has_interval(figure: Figure) -> bool:
    """Whether a figure is a number published with a 95% interval of some width."""
    if figure.value is None or figure.lower is None or figure.upper is None:
        return False
    return figure.upper > figure.lower


def is_usable(figure: Figure, scale: Scale) -> bool:
    """Whether a figure can be pooled: a number, of a known number of pupils, possible on the indicator's scale."""
    return is_possible(figure, scale) and figure.cohort is not None and figure.pupils >= 1


def is_possible(figure: Figure, scale: Scale) -> bool:
    """Whether a figure is a number on the indicator's scale: percentages lie between 0 and 100."""
    return figure.value is not None and scale.reaches(figure.value)


def leave_out_range(pool: Pool, why: str) -> Pool:
    """The same figure without the interval that rests on the spread between all of England's pupils, not rated.

    ``why`` it is not rated: these pupils are unlike them, so that the spread says nothing of these.
    """
    if pool.value is None or pool.standard_error is None:
        return pool
    return replace(pool, lower=None, upper=None, standard_error=None, reason=f"{why} {NO_RANGE}")


def count_pupils(figure: Figure) -> PupilCount:
    """Rebuild how many pupils a published percentage stands for.

    A percentage rounded to a step s leaves the count uncertain by s/2 % of the pupils. Where that is under half a
    pupil the nearest whole number is the count, provided it gives the published percentage back; otherwise every
    whole number the rounding allows stays possible.
    """
    pupils = figure.pupils
    half = (figure.step if figure.step is not None else _ASSUMED_STEP[Unit.PERCENT]) / 2
    exact = figure.number * pupils / 100
    doubt = half * pupils / 100
    nearest = float(math.floor(exact + 0.5))
    if doubt < 0.5 and abs(nearest - exact) <= doubt + _SLACK:
        return PupilCount(nearest, nearest, nearest, pupils)
    if doubt < 0.5:  # no whole number of these pupils gives the percentage: the denominator is not quite this one
        return PupilCount(exact, float(math.floor(exact)), float(math.ceil(exact)), pupils)
    lowest = max(0.0, math.ceil(exact - doubt - _SLACK))
    highest = min(pupils, math.floor(exact + doubt + _SLACK))
    return PupilCount(exact, lowest, highest, pupils)


def add_counts(counts: Sequence[PupilCount], *, same_pupils: bool = False) -> PupilCount:
    """Sum counts and pupils over years.

    With ``same_pupils`` each year counts largely the same pupils again: the share is steadied but no new pupils are
    seen, so the counts are scaled to the average year's pupils (outwards to whole pupils).
    """
    count, lowest, highest, pupils = (
        sum(getattr(each, name) for each in counts) for name in ("count", "lowest", "highest", "pupils")
    )
    if not same_pupils or len(counts) == 1:
        return PupilCount(count, lowest, highest, pupils)
    average = float(math.floor(pupils / len(counts) + 0.5))
    scale = average / pupils
    low, high = math.floor(lowest * scale + _SLACK), math.ceil(highest * scale - _SLACK)
    return PupilCount(count * scale, float(low), float(min(high, average)), average)


def weigh_years(values: Mapping[int, float], years: Sequence[int], weights: Sequence[float]) -> float:
    """The average of yearly ``values``, each weighing as its year weighs in the school's own pool."""
    return sum(values[year] * weight for year, weight in zip(years, weights, strict=True)) / sum(weights)


def _pool_shares(indicator: Indicator, figures: Sequence[Figure]) -> Pool:
    counts = [count_pupils(figure) for figure in figures]
    total = add_counts(counts, same_pupils=indicator.same_pupils)
    lower, upper = wilson_interval(total.lowest, total.highest, total.pupils)
    return Pool(
        years=tuple(figure.year for figure in figures),
        weights=tuple(count.pupils for count in counts),
        value=100 * total.count / total.pupils,
        lower=lower,
        upper=upper,
        pupils=total.pupils,
        count=total,
    )


def _pool_averages(indicator: Indicator, figures: Sequence[Figure]) -> Pool:
    weights = [figure.pupils for figure in figures]
    total = sum(weights)
    value = sum(figure.number * weight for figure, weight in zip(figures, weights, strict=True)) / total
    rounding = sum(
        (weight / total * (figure.step or 0.0)) ** 2 / 12 for figure, weight in zip(figures, weights, strict=True)
    )
    pupils = float(round(total / len(figures))) if indicator.same_pupils else total
    error = standard_error_of_average(indicator.spread, pupils, rounding)
    lower, upper = (indicator.scale.clip(limit) for limit in normal_interval(value, error))
    return Pool(
        years=tuple(figure.year for figure in figures),
        weights=tuple(weights),
        value=value,
        lower=lower,
        upper=upper,
        pupils=pupils,
        standard_error=error,
    )


def _pool_intervals(indicator: Indicator, figures: Sequence[Figure]) -> Pool:
    """Figures published with their own intervals, each year weighing by its precision: 1 ÷ its squared standard error.

    One year alone stands as published. The number of pupils is known where every year's is.
    """
    errors = [standard_error_of_interval(*limits_of(figure)) for figure in figures]
    weights = [1 / error**2 for error in errors]
    total = sum(weights)
    value = sum(figure.number * weight for figure, weight in zip(figures, weights, strict=True)) / total
    rounding = sum((figure.step or 0.0) * weight for figure, weight in zip(figures, weights, strict=True)) / total / 2
    error = 1 / math.sqrt(total)
    lower, upper = limits_of(figures[0]) if len(figures) == 1 else normal_interval(value, error)
    known = all(figure.cohort is not None for figure in figures)
    return Pool(
        years=tuple(figure.year for figure in figures),
        weights=tuple(weights),
        value=value,
        lower=lower,
        upper=upper,
        pupils=sum(figure.pupils for figure in figures) if known else None,
        standard_error=error,
        rounding=rounding,
    )


def limits_of(figure: Figure) -> tuple[float, float]:
    """The published interval, for callers who have made sure that there is one."""
    if figure.lower is None or figure.upper is None:
        raise ValueError(f"the figure of {figure.year} has no published interval")
    return figure.lower, figure.upper


def _with_reason(pool: Pool, reason: str) -> Pool:
    return Pool(**{**pool.__dict__, "reason": reason})


def _refuse_if_too_little(indicator: Indicator, pool: Pool, year: int) -> Pool:
    if len(pool.years) < indicator.minimum_years:
        reason = (
            f"Shown but not rated: {count_noun(len(pool.years), 'year')} of figures "
            f"({_name_years(pool.years)}); at least {indicator.minimum_years} are needed."
        )
        return _with_reason(pool, " ".join(filter(None, (reason, explain_break(indicator, year)))))
    if pool.pupils is not None and pool.pupils < indicator.minimum_pupils:
        return _with_reason(
            pool,
            f"Shown but not rated: {count_noun(round(pool.pupils), 'pupil')} in {_name_years(pool.years)}; "
            f"at least {indicator.minimum_pupils} are needed.",
        )
    return pool


def _explain_nothing(indicator: Indicator, window: Mapping[int, Figure], year: int) -> Pool:
    """Why there is nothing to pool, from the latest figure there is."""
    if not window:
        nothing = "No figure is in the files given."
        return Pool(reason=" ".join(filter(None, (nothing, explain_break(indicator, year)))))
    published = indicator.method == "published_interval"
    numbers = [figure for figure in window.values() if figure.value is not None] if published else []
    latest = (numbers or list(window.values()))[-1]
    when = name_academic_year(latest.year)
    if latest.value is None:
        return Pool(reason=f"{when}: {latest.availability.reason}")
    if not is_possible(latest, indicator.scale):
        shown = f"{latest.value:g}{'%' if indicator.unit == Unit.PERCENT else ''}"
        return Pool(reason=f"{when}: the published figure, {shown}, cannot be: it is left aside.")
    if published:
        return Pool(
            years=(latest.year,),
            value=latest.value,
            pupils=latest.pupils if latest.cohort is not None else None,
            reason=f"{when}: no interval that can be used is published with this figure, so chance cannot be judged.",
        )
    reason = f"{when}: the number of pupils is not published, so chance cannot be judged."
    return Pool(years=(latest.year,), value=latest.value, reason=reason)


def _name_years(years: Sequence[int]) -> str:
    names = [name_academic_year(year) for year in years]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
