"""One school, whole: every indicator pooled, compared, rated and followed over time; its pupils and inspections beside.

A pure function of the school's own slice: same slice, same analysis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.analysis.context import gather_context, list_inspections
from pipeline.analysis.country.resampling import shrink_figures
from pipeline.analysis.country.similar import describe_similar, explain_no_similar
from pipeline.analysis.early import is_early
from pipeline.analysis.grids.comparators import (
    ENGLAND,
    NOT_LIKE_ALL_SCHOOLS,
    SIMILAR_SCHOOLS,
    explain_missing,
    explain_unlike,
)
from pipeline.analysis.grids.figures import Figure, FigureTable
from pipeline.analysis.grids.pooling import find_own_gaps
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.indicators.windows import explain_window, list_comparable, list_window
from pipeline.analysis.ratings.bands import ProgressBand, band_key_stage_2, band_progress_8
from pipeline.analysis.ratings.distance import measure_distances
from pipeline.analysis.ratings.gap import find_gaps
from pipeline.analysis.ratings.judging import Compared, Judgement, judge_in_full
from pipeline.analysis.ratings.position import Distributions, find_position, tabulate_distributions
from pipeline.analysis.ratings.rating import Pool, list_years_without, read_comparison, read_pool, take_number
from pipeline.analysis.ratings.trend import Years, follow_years, read_trend
from pipeline.analysis.ratings.writing import check_writing
from pipeline.analysis.results import (
    Comparison,
    Gap,
    IndicatorResult,
    Position,
    SchoolAnalysis,
    ShrunkFigure,
    SimilarSchools,
    YearFigure,
)
from pipeline.analysis.school_grid import SchoolGrid, lay_out_school
from pipeline.foundation.vocabulary import Availability, Level, name_academic_year
from pipeline.sources.frames import SchoolSlice


@dataclass(frozen=True)
class _Evidence:
    """What the method draws on for one school, and what it made of it: arrays of one row."""

    slice: SchoolSlice
    own: FigureTable
    baselines: FigureTable
    distributions: Distributions
    year: int
    similar: SimilarSchools | None  # None where nobody looked for similar schools
    laid: SchoolGrid
    judgement: Judgement
    years: Years
    own_gap: np.ndarray
    gaps: dict[str, Gap]
    authority: np.ndarray

    def window(self, indicator: Indicator) -> Mapping[int, Figure]:
        figures = self.own.find(Level.SCHOOL, indicator.measure, indicator.group)
        return {past: figures[past] for past in list_comparable(indicator, self.year) if past in figures}


def analyse_school(slice: SchoolSlice, indicators: Sequence[Indicator], year: int) -> SchoolAnalysis:
    """Analyse one school for the academic year that ends in ``year``.

    England is always compared with; so are similar schools where they were sought for this school. Chance is judged
    over both together. Figures of later years are left aside. The result holds only indicators with figures, or key
    priorities that the school's phase should have; the notes name the rest.
    """
    evidence = _gather_evidence(slice, indicators, year)
    shown = [place for place, indicator in enumerate(indicators) if _is_shown(indicator, evidence)]
    shrunk = _shrink(evidence) if shown else {}
    results = tuple(_describe(place, indicators[place], shrunk, evidence) for place in shown)
    comparisons = [comparison for result in results for comparison in result.comparisons]
    tested = {each.comparator: 0 for each in evidence.judgement.compared} | Counter(
        each.comparator for each in comparisons if each.p_value is not None
    )
    return SchoolAnalysis(
        urn=slice.school.urn,
        year=year,
        results=results,
        tested=tested,
        context=gather_context(evidence.own, evidence.baselines, evidence.distributions, slice.school, year),
        inspections=list_inspections(slice.inspections),
        notes=_note_absent(indicators, [indicators[place] for place in shown], evidence),
        similar=evidence.similar,
        writing_check=check_writing(slice, evidence.laid.grid),
    )


def _gather_evidence(slice: SchoolSlice, indicators: Sequence[Indicator], year: int) -> _Evidence:
    own, baselines = FigureTable(slice.observations), FigureTable(slice.baselines)
    laid = lay_out_school(slice, indicators, year, own, baselines)
    similar = describe_similar(slice.study)
    judgement = judge_in_full(laid.grid, [laid.england, laid.similar] if similar else [laid.england])
    return _Evidence(
        slice,
        own,
        baselines,
        tabulate_distributions(slice.distributions),
        year,
        similar,
        laid,
        judgement,
        follow_years(laid.grid, laid.england.fits),
        find_own_gaps(laid.others, judgement.pooled),
        find_gaps(laid.grid, judgement.pooled, (judgement.lower, judgement.upper), laid.england_others),
        judgement.pooled.weigh(laid.authority),
    )


def _is_shown(indicator: Indicator, evidence: _Evidence) -> bool:
    window = evidence.window(indicator)
    if any(figure.availability is not Availability.NOT_APPLICABLE for figure in window.values()):
        return True
    return indicator.key_priority and evidence.slice.school.phase in indicator.applies_to


def _shrink(evidence: _Evidence) -> dict[str, ShrunkFigure]:
    """Figures drawn towards what is expected of the school, by indicator; none without a study of all."""
    if evidence.slice.study.spreads.empty:
        return {}
    known = evidence.laid.known
    figures = shrink_figures(known.grid, measure_distances(known.grid, known.england, known.similar), known.spread)
    return {one.key: figure for one, figure in zip(known.grid.indicators, figures, strict=True) if figure is not None}


def _compare(place: int, indicator: Indicator, pool: Pool, evidence: _Evidence) -> tuple[Comparison, ...]:
    """The indicator against every comparator."""
    return tuple(
        read_comparison(evidence.judgement, each, place, pool, _explain_no_baseline(each, place, indicator, evidence))
        for each in evidence.judgement.compared
    )


def _explain_no_baseline(compared: Compared, place: int, indicator: Indicator, evidence: _Evidence) -> str:
    """Why there is nothing to compare with; empty where there is."""
    laid, slice = evidence.laid, evidence.slice
    if compared.comparator == ENGLAND:
        missing = list_years_without(evidence.judgement, laid.england.value, place, evidence.year)
        return explain_unlike(indicator, slice.school) or explain_missing(indicator, missing)
    missing = list_years_without(evidence.judgement, laid.similar.value, place, evidence.year)
    return explain_no_similar(evidence.similar, missing) if evidence.similar else ""


def _describe(
    place: int, indicator: Indicator, shrunk: Mapping[str, ShrunkFigure], evidence: _Evidence
) -> IndicatorResult:
    window = evidence.window(indicator)
    pool = read_pool(evidence.judgement, place, window, evidence.slice.school, evidence.year)
    shown = pool.value is not None
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
        by_year=_list_years(place, indicator, window, evidence),
        comparisons=_compare(place, indicator, pool, evidence),
        trend=read_trend(indicator, evidence.years, place, list_window(indicator, evidence.year)),
        position=_find_position(indicator, window, evidence),
        persistent=bool(evidence.judgement.judged.persistent[0, place]),
        own_gap=take_number(evidence.own_gap, 0, place) if shown else None,
        note=_note(indicator, pool, window, evidence.year),
        authority=take_number(evidence.authority, 0, place) if shown else None,
        band=_find_band(indicator, window, evidence),
        decimals=indicator.decimals,
        shrunk=shrunk.get(indicator.key),
        gap_to=str(indicator.gap_to or ""),
        gap=evidence.gaps.get(indicator.key) if shown else None,
        by_phase=indicator.baseline == "census_phase",
        same_pupils=indicator.same_pupils,
        telling=indicator.telling,
        window=list_comparable(indicator, evidence.year),
        window_note=explain_window(
            indicator, evidence.year, [past for past, figure in window.items() if figure.value is not None]
        ),
    )


def _list_years(
    place: int, indicator: Indicator, window: Mapping[int, Figure], evidence: _Evidence
) -> tuple[YearFigure, ...]:
    england, lent = evidence.laid.england, evidence.slice.stand_ins
    authority = evidence.baselines.find(Level.AUTHORITY, indicator.measure, indicator.group)
    when = {year: place for place, year in enumerate(list_window(indicator, evidence.year))}
    return tuple(
        YearFigure(
            year,
            figure.value,
            take_number(evidence.years.lower, 0, place, when[year]),
            take_number(evidence.years.upper, 0, place, when[year]),
            figure.cohort,
            take_number(england.value, 0, place, when[year]) if england.fits[0, place] else None,
            availability=str(figure.availability),
            word=figure.word,
            predecessor=figure.predecessor,
            file=figure.file,
            line=figure.line,
            authority=authority[year].value if year in authority else None,
            early=is_early(figure.file),
            england_year=year - 1 if (ENGLAND, indicator.measure, str(indicator.group), year) in lent else None,
            similar_year=year - 1 if (SIMILAR_SCHOOLS, indicator.measure, str(indicator.group), year) in lent else None,
        )
        for year, figure in window.items()
    )


def _find_position(indicator: Indicator, window: Mapping[int, Figure], evidence: _Evidence) -> Position | None:
    school = evidence.slice.school
    numbers = [one for one in window.values() if one.value is not None and not is_early(one.file)]
    if school.phase in NOT_LIKE_ALL_SCHOOLS or not numbers:
        return None
    return find_position(indicator, numbers[-1], evidence.distributions, school.census_phase)


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
    if indicator.method != "average":
        return []
    ends = ((pool.lower, indicator.scale.lowest), (pool.upper, indicator.scale.highest))
    return [f"The range ends at {end:g}: no figure can lie beyond it." for limit, end in ends if limit == end]


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
