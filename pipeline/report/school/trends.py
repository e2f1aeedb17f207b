"""The key priorities by year: each figure drawn beside England's in the row that tells it, and what changed."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.analysis.results import IndicatorResult, YearFigure
from pipeline.foundation.vocabulary import Availability, name_academic_year
from pipeline.report.charts import format_tick
from pipeline.report.exhibits import Cell, Column, Table, clean_text
from pipeline.report.facts import SchoolReport
from pipeline.report.plots import find_ticks
from pipeline.report.plotted import Moment, Trend
from pipeline.report.school.measures import Axis
from pipeline.report.sentences.early_wording import EARLY, NOT_VALIDATED, explain_early
from pipeline.report.sentences.rounding import format_value
from pipeline.report.sentences.wording import (
    describe_trends,
    explain_missing_year,
    explain_windows,
    has_figure,
    name_beside,
    name_change,
    title_trends,
)

TRENDS = "trends"  # the table's id


def tabulate_trends(report: SchoolReport, results: Sequence[IndicatorResult], *, drawn: bool = True) -> Table | None:
    """Each indicator by year: the school, then England in brackets, and the change; None where no year has a figure.

    ``drawn``: with the years as a small chart in each row, broken at years without a figure.
    """
    shown = [result for result in results if any(has_figure(result, figure) for figure in result.by_year)]
    if not shown:
        return None
    years = sorted({figure.year for result in shown for figure in result.by_year})
    beside = name_beside(shown)
    moments = _list_years(report, shown)
    notes = (
        _explain_marks(shown) if drawn else "",
        explain_windows(shown),
        explain_early(shown),
    )
    return Table(
        TRENDS,
        f"{title_trends(shown)}: {describe_trends(shown, drawn=drawn)}",
        (
            Column("Measure"),
            *([Column(f"School{', England ┄' if beside else ''}")] if drawn else []),
            *(Column(_name_column(shown, year), numeric=True) for year in years),
            Column("Change"),
        ),
        tuple(_tell_row(result, years, moments if drawn else []) for result in shown),
        note=" ".join(note for note in notes if note),
    )


def _name_column(shown: Sequence[IndicatorResult], year: int) -> str:
    """A year, and that England's figure stands in brackets: those of other tables hold a range, as their head says."""
    figures = (figure for result in shown for figure in result.by_year if figure.year == year)
    brackets = any(map(_shows_england, figures))
    return f"{name_academic_year(year)}{' (England)' if brackets else ''}"


def _tell_row(result: IndicatorResult, years: Sequence[int], moments: Sequence[int]) -> tuple[Cell, ...]:
    return (
        clean_text(result.short_title),
        *([_draw(result, moments)] if moments else []),
        *(_format_year(result, year) for year in years),
        name_change(result),
    )


def _explain_marks(shown: Sequence[IndicatorResult]) -> str:
    figures = [(result, figure) for result in shown for figure in result.by_year if has_figure(result, figure)]
    said = []
    if any(figure.lower is not None for _, figure in figures):
        said.append("An upright line is the year's range.")
    if any(figure.predecessor for _, figure in figures):
        said.append("Hollow marks are figures of the school that stood here before.")
    if any(result.early_years for result in shown):
        said.append(f"Open squares: {NOT_VALIDATED}.")
    return " ".join(said)


# Drawing

_APART = 0.4  # of a row's height: nearer words of a scale would touch


def _list_years(report: SchoolReport, shown: Sequence[IndicatorResult]) -> list[int]:
    """The three years up to the one under review, and any other that has a figure, those between included."""
    drawn = [figure.year for result in shown for figure in result.by_year]
    return list(range(min([report.analysis.year - 2, *drawn]), max([report.analysis.year, *drawn]) + 1))


def _draw(result: IndicatorResult, years: Sequence[int]) -> Trend:
    figures = {figure.year: figure for figure in result.by_year}
    axis = _lay_axis(result)
    ticks = find_ticks(axis.low, axis.high, most=3)
    if len(ticks) > 2 and axis.find(ticks[1]) - axis.find(ticks[0]) < _APART:
        ticks = [ticks[0], ticks[-1]]
    return Trend(
        tuple(_place(result, axis, figures.get(year)) for year in years),
        tuple((axis.find(tick), format_tick(tick, result.unit)) for tick in ticks),
    )


def _place(result: IndicatorResult, axis: Axis, figure: YearFigure | None) -> Moment:
    if figure is None:
        return Moment()
    england = axis.find(figure.england or 0.0) if _has_england(figure) else None
    if not has_figure(result, figure):
        return Moment(england=england)
    ranged = figure.lower is not None and figure.upper is not None
    return Moment(
        axis.find(figure.value or 0.0),
        (axis.find(figure.lower or 0.0), axis.find(figure.upper or 0.0)) if ranged else None,
        england,
        "early" if figure.early else "predecessor" if figure.predecessor else "",
    )


def _has_england(figure: YearFigure) -> bool:
    """Whether England has a figure of this very year; one lent from another year is told, and not drawn."""
    return _shows_england(figure) and figure.england_year is None


def _lay_axis(result: IndicatorResult) -> Axis:
    """The scale up: the whole of it where an indicator is drawn so, else a little more than what is drawn."""
    scale = result.telling.scale
    drawn = [figure for figure in result.by_year if has_figure(result, figure)]
    found = [mark for figure in drawn for mark in (figure.value, figure.lower, figure.upper)]
    england = [figure.england for figure in result.by_year if _has_england(figure)]
    marks = [mark for mark in [*found, *england] if mark is not None]
    low, high = min(marks), max(marks)
    if scale.drawn == "from the least":
        low, high = scale.lowest, scale.lowest + ((high - scale.lowest) * 1.15 or 1.0)
    elif scale.drawn == "whole":
        low, high = scale.lowest, scale.highest
    else:
        margin = max((high - low) * 0.15, 0.3)
        low, high = scale.clip(low - margin), scale.clip(high + margin)  # there are no points below none
    return Axis(clean_text(result.short_title), str(result.unit), "around the figures", low, high)


# Cells


def _format_year(result: IndicatorResult, year: int) -> str:
    figure = next((found for found in result.by_year if found.year == year), None)
    if figure is None:
        return explain_missing_year(result, year)
    school = _format_school_year(result, figure)
    if not _shows_england(figure):
        return school
    lent = "" if figure.england_year is None else f" in {name_academic_year(figure.england_year)}"
    return f"{school} ({format_value(figure.england or 0.0, result.unit, result.decimals)}{lent})"


def _shows_england(figure: YearFigure) -> bool:
    """Whether England's figure stands in brackets."""
    return figure.england is not None and figure.availability != Availability.NOT_APPLICABLE


def _format_school_year(result: IndicatorResult, figure: YearFigure) -> str:
    if figure.value is None or not has_figure(result, figure):
        return explain_missing_year(result, figure.year)
    predecessor = ", predecessor" if figure.predecessor else ""
    early = f", {EARLY}" if figure.early else ""
    return f"{format_value(figure.value, result.unit, result.decimals)}{predecessor}{early}"
