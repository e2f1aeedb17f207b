"""The gap to close, drawn and in a table: the school's pupils of a group, England's of the same group, and its others.

Each year has a row, and the years together have one. A year that was withheld says so and has no figure.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.analysis.results import IndicatorResult, YearFigure
from pipeline.foundation.vocabulary import PupilGroup, Rating, name_academic_year
from pipeline.report.charts import (
    COLOUR,
    INK,
    KEY,
    LABEL,
    QUIET,
    ROW,
    TICKED,
    draw_chart,
    draw_ruling,
    format_tick,
    keep_style,
    start_drawing,
)
from pipeline.report.exhibits import Chart, Column, Exhibit, Exhibits, Paragraph, Table, clean_text
from pipeline.report.facts import ENGLAND, SchoolReport
from pipeline.report.plots import BREAK, Place, Plot, Ruling, draw_strokes, draw_words, find_ticks, tick_below
from pipeline.report.sentences.counting import count_things, start_sentence
from pipeline.report.sentences.early_wording import EARLY, SHORT, explain_early, mark_early
from pipeline.report.sentences.gap_wording import (
    describe_gap_figure,
    explain_gaps,
    find_gap,
    format_gap,
    name_movement,
    phrase_gap,
)
from pipeline.report.sentences.rounding import format_interval, format_number, format_value
from pipeline.report.sentences.wording import explain_gap_in_years, has_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

NOTHING = "–"
LEFT, ACROSS = 1.62, 2.35  # inches: where a plot begins and how wide it is
SCHOOL_AT, ENGLAND_AT, OTHERS_AT, GAP_AT = 4.5, 5.45, 6.15, 6.95  # inches from the left: right edges of the columns
HEAD, FOOT = 0.56, 0.3  # inches above a plot, for its title and its columns' names, and below, for its ticks

_OTHERS: dict[str, Any] = {"marker": "s", "linestyle": "none", "color": INK, "mfc": "white", "mew": 1.0}
_SCHOOL: dict[str, Any] = {"marker": "o", "color": COLOUR[Rating.STRENGTH], "markeredgewidth": 1.2}


@dataclass(frozen=True)
class _Row:
    """One year of a gap, or its years together; ``reason`` says why the school has no figure."""

    name: str
    school: float | None
    lower: float | None
    upper: float | None
    pupils: float | None
    england: float | None
    others: float | None
    gap: float | None
    reason: str = ""
    predecessor: bool = False

    def list_marks(self) -> list[float]:
        """Every value that is drawn."""
        return [one for one in (self.school, self.lower, self.upper, self.england, self.others) if one is not None]


def has_gap(result: IndicatorResult) -> bool:
    """Whether a result has a gap to close of any year."""
    return result.gap is not None and any(one.value is not None for one in result.gap.by_year)


def show_gaps(report: SchoolReport, results: Sequence[IndicatorResult], *, id: str) -> Exhibit | None:
    """What the gap to close is, drawn and in a table, with which way it moves; None where no result has one."""
    shown = [result for result in results if has_gap(result)]
    if not shown:
        return None
    several = len(shown) > 1
    return Exhibits(
        (
            Paragraph(explain_gaps(shown), lead="The gap to close."),
            draw_gaps(report, shown, id=id),
            *(
                tabulate_gap(result, id=f"{id}-table{f'-{number}' if several else ''}")
                for number, result in enumerate(shown, start=1)
            ),
            *(Paragraph(phrase_gap(result)) for result in shown),
        )
    )


def name_chart(theme: str) -> str:
    """The id of the picture of a theme's gaps."""
    return f"gap-{theme.replace('_', '-')}"


def tabulate_gap(result: IndicatorResult, *, id: str) -> Table:
    """One indicator's gap to close by year and together: the school, England's same pupils, England's others."""
    own, others = PupilGroup(result.group).words, PupilGroup(find_gap(result).group).words
    rows = _list_rows(result)
    wide = "The range of one year is of chance among its pupils; that of the years together allows for the usual "
    wide = f"{wide}change from year to year too." if any(row.lower is not None for row in rows) else ""
    told = (
        f"The gap is the school's figure less that of England's {others}, in points; a minus sign means that the "
        f"school's {own} have less.",
        name_movement(result),
        wide,
        explain_early([result]),
    )
    return Table(
        id,
        f"The gap to close: {clean_text(result.short_title)}",
        (
            Column("Year"),
            Column(f"The school's {own}", numeric=True),
            Column("Range", numeric=True),
            Column("Pupils", numeric=True),
            Column(f"England's {own}", numeric=True),
            Column(f"England's {others}", numeric=True),
            Column("Gap to close", numeric=True),
        ),
        tuple(_format_row(result, row) for row in rows),
        note=" ".join(words for words in told if words),
    )


def _format_row(result: IndicatorResult, row: _Row) -> tuple[str, ...]:
    def write(value: float | None) -> str:
        return NOTHING if value is None else format_value(value, result.unit, result.decimals)

    ranged = row.lower is not None and row.upper is not None
    return (
        row.name,
        row.reason or f"{write(row.school)}{', predecessor' if row.predecessor else ''}",
        format_interval(row.lower or 0.0, row.upper or 0.0, result.unit, result.decimals) if ranged else NOTHING,
        NOTHING if row.pupils is None else format_number(row.pupils, 0),
        write(row.england),
        write(row.others),
        format_gap(result, row.gap),
    )


def _list_rows(result: IndicatorResult) -> list[_Row]:
    gap = find_gap(result)
    beside = {one.year: one for one in gap.by_year}
    rows = []
    for figure in result.by_year:
        one = beside.get(figure.year)
        rows.append(_describe_year(result, figure, None if one is None else one.others, one.value if one else None))
    comparison = result.against(ENGLAND)
    if result.value is not None and len(result.years) > 1:
        england = comparison.baseline if comparison is not None else None
        numbers = (result.value, result.lower, result.upper, result.cohort, england, gap.others, gap.value)
        together = start_sentence(f"{count_things(len(result.years), 'year')} together")
        rows.append(_Row(f"{together}{mark_early(result)}", *numbers))
    return rows


def _describe_year(result: IndicatorResult, figure: YearFigure, others: float | None, value: float | None) -> _Row:
    name = f"{name_academic_year(figure.year)}{f', {EARLY}' if figure.early else ''}"
    if not has_figure(result, figure):
        reason = explain_gap_in_years(result, figure.year)
        return _Row(name, None, None, None, None, figure.england, others, None, reason)
    numbers = (figure.value, figure.lower, figure.upper, figure.cohort, figure.england, others, value)
    return _Row(name, *numbers, predecessor=figure.predecessor)


def draw_gaps(report: SchoolReport, results: Sequence[IndicatorResult], *, id: str) -> Chart:
    """Draw gaps to close, a plot an indicator and a row a year: three marks in each, their figures beside them."""
    listed = [_list_rows(result) for result in results]
    tall = [ROW * len(rows) + 0.1 for rows in listed]
    height = 0.3 + sum(tall) + (HEAD + FOOT) * len(results)
    with keep_style():
        drawing, ruling = start_drawing(height), Ruling()
        _draw_key(drawing, results, height - 0.12)
        top = height - 0.3
        for result, rows, room in zip(results, listed, tall, strict=True):
            top -= HEAD
            edges = (len(rows) - 0.4, -0.6)
            plot = Plot(LEFT, top - room, ACROSS, room, across=_find_range(result, rows), up=edges)
            _draw_gap(drawing, ruling, result, rows, plot)
            top -= room + FOOT
        draw_ruling(drawing, ruling)
        hollow = any(row.predecessor for rows in listed for row in rows)
        return draw_chart(
            drawing,
            id=id,
            caption=f"The gap to close at {clean_text(report.school.name)}, with 95% intervals."
            + (" Hollow markers are figures of the school that stood here before." if hollow else "")
            + (f" {SHORT}" if any(result.early_years for result in results) else ""),
            alt=describe_gap_figure(results),
        )


def _draw_key(drawing: Drawing, results: Sequence[IndicatorResult], middle: float) -> None:
    """Say above the first plot what the three marks are."""
    own = PupilGroup(results[0].group).words
    others = PupilGroup(find_gap(results[0]).group).words
    write = functools.partial(draw_words, drawing, up=middle, va="center", fontsize=KEY)
    place = 0.12
    draw_strokes(drawing, [(place - 0.11, middle), (place + 0.11, middle)], color=_SCHOOL["color"], linewidth=1.2)
    draw_strokes(drawing, [(place, middle)], markersize=5, linestyle="none", **_SCHOOL)
    words = f"the school's {own}"
    write(across=place + 0.17, words=words)
    place += 0.36 + 0.062 * len(words)
    draw_strokes(drawing, [(place, middle - 0.0825), (place, middle + 0.0825)], color=INK, linewidth=1.8)
    words = f"England's {own}"
    write(across=place + 0.09, words=words)
    place += 0.3 + 0.062 * len(words)
    draw_strokes(drawing, [(place, middle)], markersize=5, **_OTHERS)
    write(across=place + 0.11, words=f"England's {others}")


def _draw_gap(drawing: Drawing, ruling: Ruling, result: IndicatorResult, rows: Sequence[_Row], plot: Plot) -> None:
    bottom = plot.bottom
    for value in find_ticks(*plot.across, most=5):
        at = plot.find_across(value)
        ruling.grid += [(at, bottom), (at, plot.top), BREAK]
        tick_below(drawing, ruling, bottom, at, format_tick(value, result.unit), size=TICKED)
    ruling.edges += [(plot.left, bottom), (plot.right, bottom), BREAK]
    _draw_marks(drawing, rows, plot)
    for number, row in enumerate(rows):
        _label_row(drawing, plot, plot.find_up(number), result, row)
    draw_words(drawing, 0.0, plot.top + HEAD - 0.14, clean_text(result.short_title), fontsize=8.5, va="center")
    heads = (
        (SCHOOL_AT, "School"),
        (ENGLAND_AT, f"England,\n{_name_briefly(result.group)}"),
        (OTHERS_AT, f"England,\n{_name_briefly(find_gap(result).group)}"),
        (GAP_AT, "Gap to\nclose"),
    )
    for place, words in heads:
        look: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": KEY, "color": QUIET}
        draw_words(drawing, place, plot.top + 0.04, words, **look)


def _name_briefly(group: str) -> str:
    """A group in a column's head, where pupils are meant anyway: ``disadvantaged``."""
    return PupilGroup(group).words.removesuffix(" pupils")


def _draw_marks(drawing: Drawing, rows: Sequence[_Row], plot: Plot) -> None:
    spans: list[Place] = []
    england: list[Place] = []
    for number, row in enumerate(rows):
        if row.lower is not None and row.upper is not None:
            spans += [(row.lower, number), (row.upper, number), BREAK]
        if row.england is not None:
            england += [(row.england, number - 0.36), (row.england, number + 0.36), BREAK]
    others = [(row.others, number) for number, row in enumerate(rows) if row.others is not None]
    school = [(row.school, number) for number, row in enumerate(rows) if row.school is not None]
    hollow = [(row.school, n) for n, row in enumerate(rows) if row.school is not None and row.predecessor]
    draw_strokes(drawing, plot.hold(spans), color=_SCHOOL["color"], linewidth=1.4, solid_capstyle="butt")
    draw_strokes(drawing, plot.hold(england), color=INK, linewidth=1.8, zorder=3)
    draw_strokes(drawing, plot.hold(others), markersize=5, zorder=4, **_OTHERS)
    draw_strokes(drawing, plot.hold(school), markersize=5, linestyle="none", zorder=5, **_SCHOOL)
    if hollow:
        draw_strokes(drawing, plot.hold(hollow), markersize=5, linestyle="none", mfc="white", zorder=5, **_SCHOOL)


def _label_row(drawing: Drawing, plot: Plot, at: float, result: IndicatorResult, row: _Row) -> None:
    """Write a row's year left of the plot and its figures right of it, ``at`` inches up."""
    write = functools.partial(draw_words, drawing, up=at, fontsize=KEY)
    write(across=plot.left - 0.09, words=row.name, ha="right", va="center_baseline")
    if row.reason:
        draw_words(drawing, plot.left + 0.06, at, row.reason, va="center", fontsize=LABEL, color=QUIET)
    for place, value in ((SCHOOL_AT, row.school), (ENGLAND_AT, row.england), (OTHERS_AT, row.others)):
        words = NOTHING if value is None else format_value(value, result.unit, result.decimals)
        write(across=place, words=words, ha="right", va="center")
    write(across=GAP_AT, words=format_gap(result, row.gap), ha="right", va="center", fontweight="bold")


def _find_range(result: IndicatorResult, rows: Sequence[_Row]) -> tuple[float, float]:
    """The axis: the whole scale where an indicator is drawn so, else a little wider than the marks."""
    scale = result.telling.scale
    if scale.drawn == "whole":
        margin = (scale.highest - scale.lowest) / 50
        return scale.lowest - margin, scale.highest + margin
    marks = [mark for row in rows for mark in row.list_marks()]
    margin = max((max(marks) - min(marks)) * 0.12, 0.5)
    return min(marks) - margin, max(marks) + margin
