"""One school, whole: every indicator pooled, compared, rated and followed over time; its pupils and inspections beside.

A pure function of the school's own slice: same slice, same analysis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.analysis.bands import ProgressBand, band_key_stage_2, band_progress_8
from pipeline.analysis.comparators import NOT_LIKE_ALL_SCHOOLS, Comparator, England, draw_authority
from pipeline.analysis.context import gather_context, list_inspections
from pipeline.analysis.distance import measure_distances
from pipeline.analysis.figures import Figure, FigureTable
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.intervals import normal_interval
from pipeline.analysis.pooling import Pool, leave_out_range, pool_years, window_of
from pipeline.analysis.position import Distributions, find_position, tabulate_distributions
from pipeline.analysis.rating import Claim, rate_claims
from pipeline.analysis.resampling import shrink_figures
from pipeline.analysis.results import (
    Comparison,
    IndicatorResult,
    Position,
    SchoolAnalysis,
    ShrunkFigure,
    YearFigure,
)
from pipeline.analysis.school_grid import lay_out_school
from pipeline.analysis.similar import Similar, describe_similar
from pipeline.analysis.trend import find_interval, find_trend, is_persistent
from pipeline.analysis.windows import explain_window, list_comparable
from pipeline.analysis.writing import check_writing
from pipeline.foundation.vocabulary import Availability, Level, PupilGroup, name_academic_year
from pipeline.sources.frames import SchoolSlice


@dataclass(frozen=True)
class _Evidence:
    """What the method draws on for one school."""

    slice: SchoolSlice
    own: FigureTable
    baselines: FigureTable
    distributions: Distributions
    england: England
    comparators: tuple[Comparator, ...]  # England's among them
    year: int

    def window(self, indicator: Indicator, group: PupilGroup | None = None) -> Mapping[int, Figure]:
        figures = self.own.find(Level.SCHOOL, indicator.measure, group or indicator.group)
        return window_of(indicator, figures, self.year)


def analyse_school(
    slice: SchoolSlice,
    indicators: Sequence[Indicator],
    year: int,
    comparators: Sequence[Comparator] = (),
) -> SchoolAnalysis:
    """Analyse one school for the academic year that ends in ``year``.

    England is always compared with; so are similar schools where they were sought for this school, and ``comparators``.
    Chance is judged over all of these together. Figures of later years are left aside. The result holds only indicators
    with figures, or key priorities that the school's phase should have; the notes name the rest.
    """
    own, baselines = FigureTable(slice.observations), FigureTable(slice.baselines)
    sought = () if slice.study.notes.empty else (Similar(slice.study),)
    england = England(baselines, slice.school)
    distributions = tabulate_distributions(slice.distributions)
    evidence = _Evidence(slice, own, baselines, distributions, england, (england, *sought, *comparators), year)
    shown = [indicator for indicator in indicators if _is_shown(indicator, evidence)]
    pools = [_pool(indicator, evidence) for indicator in shown]
    rated = _compare(shown, pools, evidence.comparators)
    shrunk = _shrink(indicators, evidence) if shown else {}
    results = tuple(
        _describe(indicator, pool, tuple(found[place] for found in rated.values()), shrunk.get(indicator.key), evidence)
        for place, (indicator, pool) in enumerate(zip(shown, pools, strict=True))
    )
    return SchoolAnalysis(
        urn=slice.school.urn,
        year=year,
        results=results,
        tested={name: sum(each.p_value is not None for each in found) for name, found in rated.items()},
        context=gather_context(evidence.own, baselines, slice.school, year),
        inspections=list_inspections(slice.inspections),
        notes=_note_absent(indicators, shown, evidence),
        similar=describe_similar(slice.study),
        writing_check=check_writing(slice, indicators, year, own),
    )


def _is_shown(indicator: Indicator, evidence: _Evidence) -> bool:
    window = evidence.window(indicator)
    if any(figure.availability is not Availability.NOT_APPLICABLE for figure in window.values()):
        return True
    return indicator.key_priority and evidence.slice.school.phase in indicator.applies_to


def _pool(indicator: Indicator, evidence: _Evidence) -> Pool:
    pool = pool_years(indicator, evidence.window(indicator), evidence.year)
    return leave_out_range(pool, unlike) if (unlike := _has_unlike_spread(indicator, evidence)) else pool


def _has_unlike_spread(indicator: Indicator, evidence: _Evidence) -> str:
    """Why the spread between all of England's pupils is not that of this school's; empty where it is, or not needed."""
    return evidence.england.explain_unlike(indicator) if indicator.method == "average" else ""


def _compare(
    indicators: Sequence[Indicator], pools: Sequence[Pool], comparators: Sequence[Comparator]
) -> dict[str, tuple[Comparison, ...]]:
    """Every indicator against every comparator; the control of false discoveries covers all of them together."""
    claims = [
        Claim(indicator, pool, comparator.find_baseline(indicator, pool))
        for comparator in comparators
        for indicator, pool in zip(indicators, pools, strict=True)
    ]
    rated = rate_claims(claims)
    width = len(indicators)
    return {comparator.name: rated[place * width : (place + 1) * width] for place, comparator in enumerate(comparators)}


def _shrink(indicators: Sequence[Indicator], evidence: _Evidence) -> dict[str, ShrunkFigure]:
    """Figures drawn towards what is expected of the school, by indicator; none without a study of all."""
    slice = evidence.slice
    if slice.study.spreads.empty:
        return {}
    laid = lay_out_school(slice, indicators, evidence.year, evidence.own, evidence.baselines)
    distances = measure_distances(laid.grid, laid.england, laid.similar)
    figures = shrink_figures(laid.grid, distances, laid.spread)
    return {one.key: figure for one, figure in zip(laid.grid.indicators, figures, strict=True) if figure is not None}


def _describe(
    indicator: Indicator,
    pool: Pool,
    comparisons: tuple[Comparison, ...],
    shrunk: ShrunkFigure | None,
    evidence: _Evidence,
) -> IndicatorResult:
    window = evidence.window(indicator)
    by_year = _list_years(indicator, window, evidence)
    return IndicatorResult(
        indicator=indicator.key,
        title=indicator.title,
        short_title=indicator.short_title,
        key_stage=str(indicator.key_stage),
        group=str(indicator.group),
        unit=str(indicator.unit),
        direction=str(indicator.direction),
        key_priority=indicator.key_priority,
        theme=indicator.theme,
        years=pool.years,
        value=pool.value,
        lower=pool.lower,
        upper=pool.upper,
        cohort=pool.pupils,
        by_year=by_year,
        comparisons=comparisons,
        trend=None if _has_unlike_spread(indicator, evidence) else find_trend(indicator, window),
        position=_find_position(indicator, window, evidence),
        persistent=is_persistent(indicator, by_year),
        own_gap=_find_own_gap(indicator, pool, evidence),
        note=_note(indicator, pool, window, evidence.year),
        authority=draw_authority(evidence.baselines, indicator, pool),
        band=_find_band(indicator, window, evidence),
        decimals=indicator.decimals,
        shrunk=shrunk,
        compare_group=str(indicator.compare_group or ""),
        by_phase=indicator.baseline == "census_phase",
        telling=indicator.telling,
        window=list_comparable(indicator, evidence.year),
        window_note=explain_window(
            indicator, evidence.year, [past for past, figure in window.items() if figure.value is not None]
        ),
    )


def _list_years(indicator: Indicator, window: Mapping[int, Figure], evidence: _Evidence) -> tuple[YearFigure, ...]:
    england = evidence.england.find_years(indicator)
    unlike = _has_unlike_spread(indicator, evidence)
    if indicator.method == "published_interval" and evidence.slice.school.phase not in NOT_LIKE_ALL_SCHOOLS:
        england = dict.fromkeys(window, 0.0)  # progress is measured from England's average
    authority = evidence.baselines.find(Level.AUTHORITY, indicator.measure, indicator.group)
    return tuple(
        YearFigure(
            year,
            figure.value,
            *((None, None) if unlike else find_interval(indicator, figure)),
            figure.cohort,
            england.get(year),
            availability=str(figure.availability),
            word=figure.word,
            predecessor=figure.predecessor,
            file=figure.file,
            line=figure.line,
            authority=authority[year].value if year in authority else None,
        )
        for year, figure in window.items()
    )


def _find_position(indicator: Indicator, window: Mapping[int, Figure], evidence: _Evidence) -> Position | None:
    school = evidence.slice.school
    numbers = [figure for figure in window.values() if figure.value is not None]
    if school.phase in NOT_LIKE_ALL_SCHOOLS or not numbers:
        return None
    return find_position(indicator, numbers[-1], evidence.distributions, school.census_phase)


def _find_own_gap(indicator: Indicator, pool: Pool, evidence: _Evidence) -> float | None:
    """The school's pupils of the group compared with minus those of its own, over the same years.

    None unless both are there.
    """
    if indicator.england_group == indicator.group or pool.value is None:
        return None
    others = pool_years(indicator, evidence.window(indicator, indicator.england_group), evidence.year)
    return others.value - pool.value if others.value is not None and others.years == pool.years else None


def _find_band(indicator: Indicator, window: Mapping[int, Figure], evidence: _Evidence) -> str:
    """The department's own band of the latest figure: as published where the file has it, else from its rule."""
    numbers = [figure for figure in window.values() if figure.value is not None]
    if indicator.method != "published_interval" or not numbers:
        return ""
    latest = numbers[-1]
    published = evidence.own.find(Level.SCHOOL, f"{indicator.measure}_band", indicator.group).get(latest.year)
    if published is not None and published.value is not None:
        return ProgressBand(int(published.value)).words
    score = (latest.value, latest.lower, latest.upper)
    if indicator.band is None:
        return ""
    if indicator.band.subject is None:
        band = band_progress_8(*score)
    else:
        band = band_key_stage_2(indicator.band.subject, latest.year, *score)
    return band.words if band else ""


def _note(indicator: Indicator, pool: Pool, window: Mapping[int, Figure], year: int) -> str:
    notes = []
    if pool.years and pool.years[-1] < year - indicator.years_behind:
        notes.append(f"The latest figure is of {name_academic_year(pool.years[-1])}.")
    notes += _note_ends(indicator, pool)
    if indicator.same_pupils and len(pool.years) > 1:
        notes.append("The years count largely the same pupils, so each pupil is counted once when chance is judged.")
    if any(figure.predecessor for past, figure in window.items() if past in pool.years):
        notes.append("Includes figures of the predecessor school.")
    unused = [
        f"{name_academic_year(past)}: {figure.availability.reason}"
        for past, figure in window.items()
        if past not in pool.years and figure.value is None and pool.years
    ]
    return " ".join([*notes, *unused])


def _note_ends(indicator: Indicator, pool: Pool) -> list[str]:
    """That a range was cut where the scale ends."""
    if indicator.method != "average" or pool.value is None or pool.standard_error is None:
        return []
    limits = normal_interval(pool.value, pool.standard_error)
    ends = (indicator.scale.clip(limit) for limit in limits if not indicator.scale.reaches(limit))
    return [f"The range ends at {end:g}: no figure can lie beyond it." for end in ends]


def _note_absent(indicators: Sequence[Indicator], shown: Sequence[Indicator], evidence: _Evidence) -> tuple[str, ...]:
    """What is not shown, of which years no figure was found and what is known of why; one note for each such reason."""
    phase = evidence.slice.school.phase
    present = {indicator.key for indicator in shown}
    absent: dict[tuple[str, str], list[str]] = {}
    for each in indicators:
        if phase in each.applies_to and not each.optional and each.key not in present:
            why = (_name_window(each, evidence.year), explain_window(each, evidence.year, ()))
            absent.setdefault(why, []).append(each.short_title)
    return tuple(
        f"Not shown, because the files given hold no figure {span}: {'; '.join(titles)}. {why}".rstrip()
        for (span, why), titles in absent.items()
    )


def _name_window(indicator: Indicator, year: int) -> str:
    years = list_comparable(indicator, year)
    first, last = name_academic_year(years[0]), name_academic_year(years[-1])
    return f"of {first}" if first == last else f"from {first} to {last}"
