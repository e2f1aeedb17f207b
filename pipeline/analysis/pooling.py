"""Up to three years of one figure made one: the sum of pupils who did over the sum of pupils there were.

Percentages are turned back into pupils first, so a big year weighs more than a small one; averages are weighted by
their pupils. What publication rounded away is carried: into the range a count may lie in, or into the standard error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.analysis.figures import Figure, Figures
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.intervals import (
    normal_interval,
    standard_error_of_average,
    standard_error_of_interval,
    wilson_interval,
)
from pipeline.vocabulary import Unit, count_noun, name_academic_year

#: Academic years looked at: the year under review and the two before it.
WINDOW = 3

#: The rounding assumed where a file does not show one.
_ASSUMED_STEP = {Unit.PERCENT: 1.0}

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

    ``reason`` says why it may not be rated; "" where it may. ``weights`` are each year's pupils, oldest first.
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


def window_of(figures: Figures, year: int) -> dict[int, Figure]:
    """The figures of the year under review and the two academic years before it, oldest first."""
    return {past: figures[past] for past in range(year - WINDOW + 1, year + 1) if past in figures}


def pool_years(indicator: Indicator, figures: Figures, year: int) -> Pool:
    """Pool one indicator of one school over the window that ends in ``year``."""
    window = window_of(figures, year)
    if indicator.method == "published_interval":
        return _take_latest(indicator, window)
    usable = {past: figure for past, figure in window.items() if is_usable(figure, indicator.unit)}
    if not usable:
        return _explain_nothing(indicator, window)
    pool = _pool_shares if indicator.method == "percent" else _pool_averages
    pooled = pool(indicator, list(usable.values()))
    return _refuse_if_too_little(indicator, pooled)


def is_usable(figure: Figure, unit: str) -> bool:
    """Whether a figure can be pooled: a number, of a known number of pupils, possible in its unit."""
    return is_possible(figure, unit) and figure.cohort is not None and figure.cohort >= 0.5


def is_possible(figure: Figure, unit: str) -> bool:
    """Whether a figure is a number that its unit can have: percentages lie between 0 and 100."""
    return figure.value is not None and (unit != Unit.PERCENT or 0 <= figure.value <= 100)


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
    lower, upper = normal_interval(value, error)
    return Pool(
        years=tuple(figure.year for figure in figures),
        weights=tuple(weights),
        value=value,
        lower=lower,
        upper=upper,
        pupils=pupils,
        standard_error=error,
    )


def _take_latest(indicator: Indicator, window: Mapping[int, Figure]) -> Pool:
    """A measure published with its own interval is not pooled: its latest year stands as published."""
    numbers = [figure for figure in window.values() if figure.value is not None]
    if not numbers:
        return _explain_nothing(indicator, window)
    latest = numbers[-1]
    pool = Pool(
        years=(latest.year,),
        weights=(latest.cohort or 1.0,),
        value=latest.value,
        lower=latest.lower,
        upper=latest.upper,
        pupils=latest.cohort,
        rounding=(latest.step or 0.0) / 2,
    )
    if latest.lower is None or latest.upper is None or latest.upper <= latest.lower:
        return _with_reason(
            pool, "No interval that can be used is published with this figure, so chance cannot be judged."
        )
    error = standard_error_of_interval(latest.lower, latest.upper)
    return _refuse_if_too_little(indicator, _with_error(pool, error))


def _with_error(pool: Pool, error: float) -> Pool:
    return Pool(**{**pool.__dict__, "standard_error": error})


def _with_reason(pool: Pool, reason: str) -> Pool:
    return Pool(**{**pool.__dict__, "reason": reason})


def _refuse_if_too_little(indicator: Indicator, pool: Pool) -> Pool:
    if len(pool.years) < indicator.minimum_years:
        return _with_reason(
            pool,
            f"Shown but not rated: {count_noun(len(pool.years), 'year')} of figures "
            f"({_name_years(pool.years)}); at least {indicator.minimum_years} are needed.",
        )
    if pool.pupils is not None and pool.pupils < indicator.minimum_pupils:
        return _with_reason(
            pool,
            f"Shown but not rated: {count_noun(round(pool.pupils), 'pupil')} in {_name_years(pool.years)}; "
            f"at least {indicator.minimum_pupils} are needed.",
        )
    return pool


def _explain_nothing(indicator: Indicator, window: Mapping[int, Figure]) -> Pool:
    """Why there is nothing to pool, from the latest figure there is."""
    if not window:
        return Pool(reason="No figure is in the files given.")
    latest = list(window.values())[-1]
    year = name_academic_year(latest.year)
    if latest.value is None:
        return Pool(reason=f"{year}: {latest.availability.reason}")
    if not is_possible(latest, indicator.unit):
        return Pool(reason=f"{year}: the published figure, {latest.value:g}%, cannot be: it is left aside.")
    reason = f"{year}: the number of pupils is not published, so chance cannot be judged."
    return Pool(years=(latest.year,), value=latest.value, reason=reason)


def _name_years(years: Sequence[int]) -> str:
    names = [name_academic_year(year) for year in years]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
