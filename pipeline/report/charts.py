"""The pictures of a report, drawn with matplotlib to SVG that is the same on every machine.

What a picture says by colour it also says by shape and in words; every colour stands 3:1 or more against white, and
differs in grey. Labels stand at what they name. No setting of matplotlib is changed for anyone else.
"""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.analysis.results import IndicatorResult, YearFigure
from pipeline.foundation.vocabulary import Availability, Rating, Unit, name_academic_year
from pipeline.report.exhibits import Chart, clean_text
from pipeline.report.facts import SchoolReport
from pipeline.report.plots import (
    BREAK,
    POINT,
    Place,
    Plot,
    Ruling,
    draw_strokes,
    draw_words,
    find_ticks,
    tick_below,
    tick_beside,
)
from pipeline.report.sentences.early_wording import EARLY, NOT_VALIDATED
from pipeline.report.sentences.rounding import MINUS, format_value
from pipeline.report.sentences.wording import (
    describe_trend_figure,
    describe_trends,
    explain_gap_in_years,
    has_figure,
    title_trends,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

WIDTH = 7.0  # inches: the text width of an A4 page with its margins
TICKED, LABEL = 8.0, 9.0  # sizes of words in points; a picture is printed as wide as it is drawn
PANEL, TICKS, ENDS = 0.92, 0.46, 0.98  # inches of a trend plot: its height, room for its ticks and for its labels
NAME_BELOW = 0.222  # inches from a plot to the name of its scale, the ticks' words between

# Okabe and Ito's palette, the orange and blue darkened to reach 4.5:1 on white.
INK, QUIET, FAINT = "#1a1a1a", "#595959", "#d0d0d0"
COLOUR = {
    Rating.STRENGTH: "#0b5c99",
    Rating.GAP: "#a84300",
    Rating.IN_LINE: INK,
    Rating.NO_CLEAR_DIFFERENCE: QUIET,
}


_STYLE = {
    "svg.fonttype": "path",
    "svg.hashsalt": "school-report",
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so it is there on every machine
    "font.size": 8.5,
    "text.color": INK,
    "text.parse_math": False,  # a name may hold dollar signs
    "path.simplify": False,
}


@contextmanager
def keep_style() -> Iterator[None]:
    """Draw with matplotlib's defaults and our style whatever a notebook has set, and put everything back."""
    import matplotlib

    changed = {name: value for name, value in _list_settings().items() if matplotlib.rcParams[name] != value}
    with matplotlib.rc_context(changed):
        yield


@functools.cache
def _list_settings() -> dict[Any, Any]:
    from matplotlib import rcParamsDefault

    kept: dict[Any, Any] = {name: value for name, value in rcParamsDefault.items() if not name.startswith("backend")}
    return kept | _STYLE


def draw_chart(drawing: Drawing, *, id: str, caption: str, alt: str) -> Chart:
    """Make an exhibit of a matplotlib figure of one's own.

    ``caption`` says what the picture is, ``alt`` what a sighted reader sees in it. Raises UndescribedExhibit where
    either is missing. The bytes depend on the drawing alone.
    """
    from pipeline.report.lettering import compose_svg

    with keep_style():
        return Chart(id, caption, alt, compose_svg(drawing))


def start_drawing(height: float) -> Drawing:
    """An empty drawing as wide as a page's text, ``height`` inches high."""
    from matplotlib.figure import Figure as NewDrawing

    return NewDrawing(figsize=(WIDTH, height), facecolor="white")


def draw_ruling(drawing: Drawing, ruling: Ruling) -> None:
    """Draw the grids, edges and ticks of a drawing's plots in the colours of every picture."""
    ruling.draw(drawing, grid=FAINT, edge=QUIET, tick=INK)


# Position against England


def format_tick(value: float, unit: str, *, by_difference: bool = False) -> str:
    """A value of a scale; where the scale is one of differences, in points whatever the ``unit``."""
    words = f"{value:g}".replace("-", MINUS)
    if unit == Unit.PERCENT and not by_difference:
        return f"{words}%"
    signed = by_difference or unit == Unit.PROGRESS
    return f"+{words}" if signed and value > 0 else words


# Trends


def draw_trends(report: SchoolReport, results: Sequence[IndicatorResult], *, id: str = "trends") -> Chart | None:
    """Draw each indicator by year beside England, one small plot each; None where no year has a figure.

    A year without a figure is a gap in the line with its reason; a predecessor's years have hollow markers.
    """
    shown = [result for result in results if any(has_figure(result, figure) for figure in result.by_year)]
    if not shown:
        return None
    years = _list_years(report, shown)
    columns = 3 if len(shown) in (3, 5, 6) or len(shown) > 8 else 2
    rows = -(-len(shown) // columns)
    titles = [_wrap_title(result, narrow=columns == 3) for result in shown]
    tallest = max(title.count("\n") for title in titles)
    with keep_style():
        head, foot = 0.24 + 0.14 * tallest, 0.3  # inches above and below each plot
        height = (PANEL + head + foot) * rows
        drawing, ruling = start_drawing(height), Ruling()
        for place, (result, title) in enumerate(zip(shown, titles, strict=True)):
            row, column = divmod(place, columns)
            left = column * WIDTH / columns + TICKS
            top = height - row * (PANEL + head + foot) - head
            room = (left, top - PANEL, WIDTH / columns - TICKS - ENDS, PANEL)
            _draw_trend(drawing, ruling, _gather_trend(result), years, room, short=columns == 3 or len(years) > 4)
            draw_words(drawing, left - TICKS, top + 0.09, title, fontsize=LABEL, va="bottom")
        draw_ruling(drawing, ruling)
        return draw_chart(
            drawing,
            id=id,
            caption=f"{title_trends(shown)}: {describe_trends(shown)}.{_explain_hollow(shown)}"
            f"{_explain_squares(shown)}",
            alt=describe_trend_figure(report, shown),
        )


def _explain_hollow(shown: Sequence[IndicatorResult]) -> str:
    if any(figure.predecessor and has_figure(result, figure) for result in shown for figure in result.by_year):
        return " Hollow markers are figures of the school that stood here before."
    return ""


def _explain_squares(shown: Sequence[IndicatorResult]) -> str:
    return f" Open squares: {NOT_VALIDATED}." if any(result.early_years for result in shown) else ""


def _list_years(report: SchoolReport, shown: Sequence[IndicatorResult]) -> list[int]:
    """The three years up to the one under review, and any other that has a figure, those between included."""
    drawn = [figure.year for result in shown for figure in result.by_year]
    return list(range(min([report.analysis.year - 2, *drawn]), max([report.analysis.year, *drawn]) + 1))


@dataclass(frozen=True)
class _Trend:
    """An indicator's figures by year, the school's and England's, as far as they are drawn."""

    result: IndicatorResult
    drawn: dict[int, YearFigure]
    england: dict[int, float]


def _gather_trend(result: IndicatorResult) -> _Trend:
    drawn = {figure.year: figure for figure in result.by_year if has_figure(result, figure)}
    england = {
        figure.year: figure.england
        for figure in result.by_year
        if figure.england is not None
        and figure.england_year is None
        and figure.availability != Availability.NOT_APPLICABLE
    }
    return _Trend(result, drawn, england)


def _draw_trend(
    drawing: Drawing,
    ruling: Ruling,
    trend: _Trend,
    years: list[int],
    room: tuple[float, float, float, float],
    *,
    short: bool,
) -> None:
    """Draw one indicator's plot: ``room`` is its left and lower edge, its width and its height, in inches."""
    plot = Plot(*room, across=(years[0] - 0.5, years[-1] + 0.5), up=_find_trend_range(trend))
    _dress_trend(drawing, ruling, trend.result, years, plot, short=short)
    _draw_england(drawing, plot, trend.england)
    _draw_school(drawing, plot, years, trend.drawn)
    _label_ends(drawing, plot, trend, years[-1])
    for year in years:
        if year not in trend.drawn:
            _explain_gap(drawing, plot, trend.result, year)


def _explain_gap(drawing: Drawing, plot: Plot, result: IndicatorResult, year: int) -> None:
    """Write at the foot of a year why it has no figure."""
    look: dict[str, Any] = {"rotation": 90, "ha": "center", "va": "bottom", "fontsize": LABEL, "color": QUIET}
    foot = plot.bottom + 0.04 * plot.height
    draw_words(drawing, plot.find_across(year), foot, explain_gap_in_years(result, year), **look)


def _wrap_title(result: IndicatorResult, *, narrow: bool) -> str:
    return "\n".join(textwrap.wrap(clean_text(result.short_title), 29 if narrow else 44)[:2])


def _dress_trend(
    drawing: Drawing, ruling: Ruling, result: IndicatorResult, years: list[int], plot: Plot, *, short: bool
) -> None:
    left, bottom = plot.left, plot.bottom
    ruling.edges += [(left, plot.top), (left, bottom), (plot.right, bottom), BREAK]
    for value in find_ticks(*plot.up, most=4):
        at = plot.find_up(value)
        ruling.grid += [(left, at), (plot.right, at), BREAK]
        tick_beside(drawing, ruling, left, at, format_tick(value, result.unit), size=LABEL)
    for year in years:
        named = _name_year(year, short=short) if not short or year in (years[0], years[-1]) else ""
        tick_below(drawing, ruling, bottom, plot.find_across(year), named, size=LABEL)


def _draw_england(drawing: Drawing, plot: Plot, england: dict[int, float]) -> None:
    """Draw a line without a stroke over a year that has no figure; a year alone is a short stroke."""
    for run in _find_runs(sorted(england)):
        alone = len(run) == 1
        places = [run[0] - 0.22, run[0] + 0.22] if alone else run
        heights = [england[year] for year in (run * 2 if alone else run)]
        stroke = plot.hold(zip(places, heights, strict=True))
        draw_strokes(drawing, stroke, color=INK, linewidth=1.1, linestyle="-" if alone else (0, (4, 2)))


def _draw_school(drawing: Drawing, plot: Plot, years: list[int], drawn: dict[int, YearFigure]) -> None:
    """Draw the school's figures and intervals, no line over a year that has none; a predecessor's are hollow."""
    look: dict[str, Any] = {"color": COLOUR[Rating.STRENGTH], "marker": "o", "markersize": 5, "markeredgewidth": 1.2}
    spans: list[Place] = []
    for year, figure in drawn.items():
        if figure.lower is not None and figure.upper is not None:
            spans += [(year, figure.lower), (year, figure.upper), BREAK]
    draw_strokes(drawing, plot.hold(spans), color=look["color"], linewidth=1.0)
    values = {year: figure.value or 0.0 for year, figure in drawn.items()}
    line = plot.hold((year, values.get(year, math.nan)) for year in years)
    draw_strokes(drawing, line, linewidth=1.5, zorder=4, **look)
    hollow = [(year, value) for year, value in values.items() if drawn[year].predecessor]
    if hollow:
        draw_strokes(drawing, plot.hold(hollow), linestyle="none", markerfacecolor="white", zorder=4, **look)
    early = [(year, value) for year, value in values.items() if drawn[year].early]
    if early:
        square = {**look, "marker": "s", "markersize": 6}
        draw_strokes(drawing, plot.hold(early), linestyle="none", markerfacecolor="white", zorder=5, **square)


def _label_ends(drawing: Drawing, plot: Plot, trend: _Trend, last: int) -> None:
    """Write the latest figures at the ends of their lines, apart from each other."""
    result, drawn, england = trend.result, trend.drawn, trend.england
    if not drawn:
        return
    latest = max(drawn)
    school_at = float(drawn[latest].value or 0.0)
    labels = [(school_at, "School", latest, COLOUR[Rating.STRENGTH])]
    if england:
        labels.append((england[max(england)], "England", max(england), INK))
    low, high = plot.up
    room = 0.33 if drawn[latest].early or latest != last else 0.16  # of two lines each, or one
    heights = _spread([at for at, *_ in labels], (high - low) * room)
    for (value, whose, year, colour), at in zip(labels, heights, strict=True):
        words = f"{whose} {format_value(value, result.unit, result.decimals)}"
        if whose == "School" and drawn[latest].early:
            words += f"\n({EARLY})"
        if year != last:
            words += f"\n({_name_year(year, short=True)})"
        look: dict[str, Any] = {"va": "center", "fontsize": LABEL, "color": colour}
        draw_words(drawing, plot.right + 3 * POINT, plot.find_up(at), words, **look)


def _spread(heights: list[float], least: float) -> list[float]:
    """Move two labels apart until they are ``least`` from each other."""
    if len(heights) < 2 or abs(heights[0] - heights[1]) >= least:
        return heights
    middle, sign = sum(heights) / 2, 1 if heights[0] >= heights[1] else -1
    return [middle + sign * least / 2, middle - sign * least / 2]


def _find_runs(years: Sequence[int]) -> list[list[int]]:
    """Split years into runs without a break, so that no line is drawn over a year that has no figure."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return runs


def _find_trend_range(trend: _Trend) -> tuple[float, float]:
    result = trend.result
    found = [mark for figure in trend.drawn.values() for mark in (figure.value, figure.lower, figure.upper)]
    marks = [mark for mark in [*found, *trend.england.values()] if mark is not None]
    scale = result.telling.scale
    if scale.drawn == "from the least":
        return scale.lowest, scale.lowest + ((max(marks) - scale.lowest) * 1.15 or 1.0)
    if scale.drawn == "whole":
        return scale.lowest, scale.highest
    low, high = min(marks), max(marks)
    margin = max((high - low) * 0.15, 0.3)
    return scale.clip(low - margin), scale.clip(high + margin)  # there are no points below none


def _name_year(year: int, *, short: bool) -> str:
    """``2018/19`` where there is room, else ``18/19``."""
    return name_academic_year(year)[2:] if short else name_academic_year(year)
