"""The pictures of a report, drawn with matplotlib to SVG that is the same on every machine.

What a picture says by colour it also says by shape and in words; every colour stands 3:1 or more against white, and
differs in grey. Labels stand at what they name. No setting of matplotlib is changed for anyone else.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.analysis.results import IndicatorResult, YearFigure
from pipeline.report.exhibits import Figure, clean_text
from pipeline.report.facts import ENGLAND, SchoolReport
from pipeline.report.rounding import MINUS, write_value
from pipeline.report.wording import (
    describe_position_figure,
    describe_trend_figure,
    explain_gap_in_years,
    find_rated,
    name_authority,
)
from pipeline.vocabulary import Availability, Direction, Rating, Unit, name_academic_year

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

WIDTH = 7.0  # inches: the text width of an A4 page with its margins
ROW = 0.195  # inches for each indicator
KEY, LABEL = 8.0, 7.5  # sizes of words in points; a picture is printed as wide as it is drawn
MOST_ROWS = 18  # of the picture beside England
PANEL, TICKS, ENDS = 1.02, 0.4, 0.86  # inches of a trend panel: its height, room for its ticks and for its labels
SCHOOL_AT, ENGLAND_AT, RATING_AT = 1.17, 1.39, 1.45  # columns of words right of a panel, in its widths

# Okabe and Ito's palette, the orange and blue darkened to reach 4.5:1 on white.
INK, QUIET, FAINT = "#1a1a1a", "#595959", "#d0d0d0"
COLOUR = {Rating.STRENGTH: "#0b5c99", Rating.GAP: "#a84300", Rating.IN_LINE: QUIET}
MARKER = {Rating.STRENGTH: "^", Rating.GAP: "v", Rating.IN_LINE: "o"}

_STYLE = {
    "svg.fonttype": "path",
    "svg.hashsalt": "school-report",
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is there on every machine
    "font.size": 8.5,
    "text.color": INK,
    "text.parse_math": False,  # a name may hold dollar signs
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "path.simplify": False,
}


@contextmanager
def keep_style() -> Iterator[None]:
    """Draw with matplotlib's defaults and our style whatever a notebook has set, and put everything back."""
    from matplotlib import style

    with style.context(["default", _STYLE]):
        yield


def draw_exhibit(drawing: Drawing, *, id: str, caption: str, alt: str) -> Figure:
    """Make an exhibit of a matplotlib figure of one's own.

    ``caption`` says what the picture is, ``alt`` what a sighted reader sees in it. Raises UndescribedExhibit where
    either is missing. The bytes depend on the drawing alone.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    with keep_style():
        written = io.BytesIO()
        FigureCanvasSVG(drawing).print_svg(written, metadata={"Date": None, "Creator": None})
    return Figure(id, caption, alt, written.getvalue())


def _start(height: float) -> Drawing:
    from matplotlib.figure import Figure as NewDrawing

    return NewDrawing(figsize=(WIDTH, height), facecolor="white")


# Position against England


@dataclass(frozen=True)
class _Family:
    """Indicators that share an axis."""

    key_stage: str
    name: str
    results: tuple[IndicatorResult, ...]

    @property
    def by_difference(self) -> bool:
        """Points differ in size from measure to measure; only their differences from England share a scale."""
        return self.results[0].unit == Unit.POINTS


_AXIS = {
    Unit.PERCENT: "Per cent of pupils",
    Unit.POINTS: "Points above or below England",
    Unit.SCALED_SCORE: "Average scaled score (100 is the expected standard)",
    Unit.PROGRESS: "Progress score (0 is the national average)",
}


def draw_position(report: SchoolReport, *, id: str = "position") -> Figure | None:
    """Draw every rated indicator with its interval beside England's figure; None where nothing is rated.

    One row an indicator, one panel a unit. The authority's figure is marked for reference.
    """
    rated = report.compared
    if not rated:
        return None
    shown = _choose_rows(report)
    families = _group_by_unit(shown)
    tall = [ROW * len(family.results) + 0.1 for family in families]
    height = 0.5 + sum(tall) + 0.47 * len(families)
    with keep_style():
        drawing = _start(height)
        _draw_key(drawing, report, height)
        top = height - 0.5
        for number, (family, room) in enumerate(zip(families, tall, strict=True)):
            panel = drawing.add_axes((0.375, (top - room) / height, 0.36, room / height))
            _draw_family(report, family, panel, headed=number == 0)
            top -= room + 0.47
        return draw_exhibit(
            drawing,
            id=id,
            caption=f"{clean_text(report.school.name)} beside England, with 95% intervals."
            f"{_explain_choice(shown, rated)}",
            alt=describe_position_figure(report, shown),
        )


def _choose_rows(report: SchoolReport) -> tuple[IndicatorResult, ...]:
    """All rated indicators; where they are too many for half a page, key priorities, then strengths and gaps."""
    rated = report.compared
    if len(rated) <= MOST_ROWS:
        return rated
    apart = [result for rating in (Rating.GAP, Rating.STRENGTH) for result in find_rated(report, rating)]
    chosen = [*(result for result in rated if result.key_priority), *apart]
    kept = {result.indicator for result in list(dict.fromkeys(chosen))[:MOST_ROWS]}
    return tuple(result for result in rated if result.indicator in kept)


def _explain_choice(shown: Sequence[IndicatorResult], rated: Sequence[IndicatorResult]) -> str:
    if len(shown) == len(rated):
        return ""
    apart = all(result.key_priority for result in shown)
    return f" Key priorities{'' if apart else ', strengths and gaps'}; the table holds all {len(rated)} indicators."


def _group_by_unit(results: Sequence[IndicatorResult]) -> list[_Family]:
    families: dict[tuple[str, str], list[IndicatorResult]] = {}
    for result in results:
        name = "Per cent absent" if result.theme == "attendance" else _AXIS.get(Unit(result.unit), str(result.unit))
        if result.theme == "destinations":
            name = _AXIS[Unit.PERCENT]
        # shares of pupils stand on one axis whatever their key stage
        stage = "" if name == _AXIS[Unit.PERCENT] else str(result.key_stage)
        families.setdefault((stage, name), []).append(result)
    return [_Family(key_stage, name, tuple(found)) for (key_stage, name), found in families.items()]


def _draw_key(drawing: Drawing, report: SchoolReport, height: float) -> None:
    """Say above the first row what its marks are."""
    panel = drawing.add_axes((0.0, 1 - 0.26 / height, 1.0, 0.22 / height))
    panel.set_axis_off()
    panel.set_xlim(0, 100)
    panel.set_ylim(-1, 1)
    marks = [
        (Rating.STRENGTH, "strength"),
        (Rating.IN_LINE, "in line"),
        (Rating.GAP, "gap"),
    ]
    place = 1.2
    panel.text(0, 0, "School:", va="center", fontsize=KEY)
    place += 8.4
    for rating, words in marks:
        panel.plot([place - 1.3, place + 1.3], [0, 0], color=COLOUR[rating], linewidth=1.2)
        panel.plot([place], [0], MARKER[rating], color=COLOUR[rating], markersize=5.5)
        panel.text(place + 2, 0, words, va="center", fontsize=KEY, color=COLOUR[rating])
        place += 6.5 + 0.95 * len(words)
    panel.plot([place, place], [-0.75, 0.75], color=INK, linewidth=1.8)
    panel.text(place + 1.2, 0, "England", va="center", fontsize=KEY)
    place += 11.5
    authority = name_authority(report)
    if authority:
        panel.plot([place], [0], "D", markerfacecolor="white", markeredgecolor=INK, markersize=4, markeredgewidth=0.8)
        panel.text(place + 1.6, 0, _clip(authority, 40), va="center", fontsize=KEY)


def _draw_family(report: SchoolReport, family: _Family, panel: Axes, *, headed: bool) -> None:
    low, high = _find_range(report, family)
    count = len(family.results)
    panel.set_ylim(count - 0.4, -0.6)
    panel.set_xlim(low, high)
    for row, result in enumerate(family.results):
        _draw_row(report, family, panel, row, result)
    panel.set_yticks(range(count), [_label_row(result) for result in family.results])
    panel.tick_params(axis="y", length=0, pad=6, labelsize=KEY)
    panel.tick_params(axis="x", length=2.5)
    panel.spines["left"].set_visible(False)
    panel.grid(axis="x", color=FAINT, linewidth=0.5)
    panel.set_axisbelow(True)
    lower = family.results[0].direction == Direction.LOWER_IS_BETTER
    panel.set_xlabel(f"{family.name}{' (lower is better)' if lower else ''}", fontsize=KEY, labelpad=2)
    panel.xaxis.set_major_formatter(lambda value, _: _write_tick(value, family))
    panel.locator_params(axis="x", nbins=5)
    if headed:
        headings = ((SCHOOL_AT, "right", "School"), (ENGLAND_AT, "right", "England"), (RATING_AT, "left", "Rating"))
        for place, side, words in headings:
            panel.annotate(
                words,
                (place, 1.0),
                xycoords="axes fraction",
                xytext=(0, 3),
                textcoords="offset points",
                ha=side,
                va="bottom",
                fontsize=KEY,
                color=QUIET,
            )


def _draw_row(report: SchoolReport, family: _Family, panel: Axes, row: int, result: IndicatorResult) -> None:
    comparison = result.against(ENGLAND)
    if comparison is None or comparison.baseline is None or result.value is None:
        return
    decimals = result.decimals
    start = comparison.baseline if family.by_difference else 0.0
    rating = comparison.rating
    if result.lower is not None and result.upper is not None:
        panel.plot(
            [result.lower - start, result.upper - start],
            [row, row],
            color=COLOUR[rating],
            linewidth=1.4,
            solid_capstyle="butt",
        )
    england = comparison.baseline - start
    panel.plot([england, england], [row - 0.36, row + 0.36], color=INK, linewidth=1.8, zorder=3)
    authority = result.authority
    if authority is not None:
        panel.plot(
            [authority - start],
            [row],
            "D",
            markerfacecolor="white",
            markeredgecolor=INK,
            markersize=3.8,
            markeredgewidth=0.8,
            zorder=4,
            clip_on=True,
        )
    panel.plot([result.value - start], [row], MARKER[rating], color=COLOUR[rating], markersize=6, zorder=5)
    bold = "normal" if rating == Rating.IN_LINE else "bold"
    cells = (
        (SCHOOL_AT, "right", write_value(result.value, result.unit, decimals), INK, "normal"),
        (ENGLAND_AT, "right", write_value(comparison.baseline, result.unit, decimals), INK, "normal"),
        (RATING_AT, "left", str(rating), COLOUR[rating], bold),
    )
    for place, side, words, colour, weight in cells:
        panel.annotate(
            words,
            (place, row),
            xycoords=("axes fraction", "data"),
            ha=side,
            va="center",
            color=colour,
            fontweight=weight,
            fontsize=KEY,
        )


def _label_row(result: IndicatorResult) -> str:
    return _clip(result.short_title, 44)


def _clip(words: str, length: int) -> str:
    words = clean_text(words)
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


def _write_tick(value: float, family: _Family) -> str:
    unit = family.results[0].unit
    words = f"{value:g}".replace("-", MINUS)
    if unit == Unit.PERCENT:
        return f"{words}%"
    signed = family.by_difference or unit == Unit.PROGRESS
    return f"+{words}" if signed and value > 0 else words


def _find_range(report: SchoolReport, family: _Family) -> tuple[float, float]:
    """The axis: 0 to 100 for shares of pupils, else wide enough for every mark, England's figure inside."""
    marks: list[float] = []
    for result in family.results:
        comparison = result.against(ENGLAND)
        start = (comparison.baseline or 0.0) if comparison and family.by_difference else 0.0
        found = [result.value, result.lower, result.upper, result.authority]
        found.append(comparison.baseline if comparison else None)
        marks += [mark - start for mark in found if mark is not None]
    low, high = min(marks), max(marks)
    if family.results[0].theme == "attendance":
        return 0.0, max(high * 1.12, 5.0)
    if family.results[0].unit == Unit.PERCENT:
        return -2.0, 102.0
    if family.by_difference or family.results[0].unit == Unit.PROGRESS:
        reach = max(abs(low), abs(high), 0.5) * 1.12
        return -reach, reach
    margin = max((high - low) * 0.12, 0.5)
    return low - margin, high + margin


# Trends


def draw_trends(report: SchoolReport, results: Sequence[IndicatorResult], *, id: str = "trends") -> Figure | None:
    """Draw each indicator by year beside England, one small panel each; None where no year has a figure.

    A year without a figure is a gap in the line with its reason; a predecessor's years have hollow markers.
    """
    shown = [result for result in results if any(_is_drawn(figure) for figure in result.by_year)]
    if not shown:
        return None
    years = _list_years(report, shown)
    columns = 3 if len(shown) in (3, 5, 6) or len(shown) > 8 else 2
    rows = -(-len(shown) // columns)
    titles = [_wrap_title(result, narrow=columns == 3) for result in shown]
    tallest = max(title.count("\n") for title in titles)
    with keep_style():
        head, foot = 0.24 + 0.14 * tallest, 0.3  # inches above and below each panel
        height = (PANEL + head + foot) * rows
        drawing = _start(height)
        for place, (result, title) in enumerate(zip(shown, titles, strict=True)):
            row, column = divmod(place, columns)
            left = column * WIDTH / columns + TICKS
            top = height - row * (PANEL + head + foot) - head
            wide = WIDTH / columns - TICKS - ENDS
            panel = drawing.add_axes((left / WIDTH, (top - PANEL) / height, wide / WIDTH, PANEL / height))
            _draw_trend(result, years, panel, short=columns == 3 or len(years) > 4)
            drawing.text((left - TICKS) / WIDTH, (top + 0.09) / height, title, fontsize=8.5, va="bottom")
        return draw_exhibit(
            drawing,
            id=id,
            caption=f"{clean_text(report.school.name)} by year beside England, with 95% intervals."
            f"{_explain_hollow(shown)}",
            alt=describe_trend_figure(report, shown),
        )


def _is_drawn(figure: YearFigure) -> bool:
    return figure.availability == Availability.AVAILABLE and figure.value is not None


def _explain_hollow(shown: Sequence[IndicatorResult]) -> str:
    if any(figure.predecessor and _is_drawn(figure) for result in shown for figure in result.by_year):
        return " Hollow markers are figures of the school that stood here before."
    return ""


def _list_years(report: SchoolReport, shown: Sequence[IndicatorResult]) -> list[int]:
    """The three years up to the one under review, and any other that has a figure, those between included."""
    drawn = [figure.year for result in shown for figure in result.by_year]
    return list(range(min([report.analysis.year - 2, *drawn]), max([report.analysis.year, *drawn]) + 1))


def _draw_trend(result: IndicatorResult, years: list[int], panel: Axes, *, short: bool) -> None:
    drawn = {figure.year: figure for figure in result.by_year if _is_drawn(figure)}
    england = {
        figure.year: figure.england
        for figure in result.by_year
        if figure.england is not None and figure.availability != Availability.NOT_APPLICABLE
    }
    low, high = _find_trend_range(result, drawn, england)
    panel.set_ylim(low, high)
    panel.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    for run in _find_runs(sorted(england)):
        panel.plot(run, [england[year] for year in run], color=INK, linewidth=1.1, linestyle=(0, (4, 2)))
        if len(run) == 1:
            panel.plot([run[0] - 0.22, run[0] + 0.22], [england[run[0]]] * 2, color=INK, linewidth=1.1)
    for run in _find_runs(sorted(drawn)):
        panel.plot(run, [float(drawn[year].value or 0.0) for year in run], color=COLOUR[Rating.STRENGTH], linewidth=1.5)
    for year, figure in drawn.items():
        _draw_year(panel, year, figure)
    _label_ends(panel, result, drawn, england, years[-1])
    for year in sorted(set(years) - set(drawn)):
        _explain_gap(panel, result, year)
    _dress_trend(panel, result, years, short=short)


def _explain_gap(panel: Axes, result: IndicatorResult, year: int) -> None:
    """Write at the foot of a year why it has no figure."""
    panel.annotate(
        explain_gap_in_years(result, year),
        (year, 0.04),
        xycoords=("data", "axes fraction"),
        rotation=90,
        ha="center",
        va="bottom",
        fontsize=7.5,
        color=QUIET,
    )


def _wrap_title(result: IndicatorResult, *, narrow: bool) -> str:
    return "\n".join(textwrap.wrap(clean_text(result.short_title), 29 if narrow else 44)[:2])


def _dress_trend(panel: Axes, result: IndicatorResult, years: list[int], *, short: bool) -> None:
    panel.set_xticks(years, [_name_year(year, short=short) for year in years])
    panel.tick_params(length=2.5, labelsize=LABEL)
    panel.yaxis.set_major_formatter(lambda value, _: _write_year_tick(value, result))
    panel.locator_params(axis="y", nbins=4)
    panel.grid(axis="y", color=FAINT, linewidth=0.5)
    panel.set_axisbelow(True)


def _draw_year(panel: Axes, year: int, figure: YearFigure) -> None:
    colour = COLOUR[Rating.STRENGTH]
    if figure.lower is not None and figure.upper is not None:
        panel.plot([year, year], [figure.lower, figure.upper], color=colour, linewidth=1.0)
    panel.plot(
        [year],
        [float(figure.value or 0.0)],
        "o",
        markersize=5,
        markeredgecolor=colour,
        markerfacecolor="white" if figure.predecessor else colour,
        markeredgewidth=1.2,
        zorder=4,
    )


def _label_ends(
    panel: Axes, result: IndicatorResult, drawn: dict[int, YearFigure], england: dict[int, float], last: int
) -> None:
    """Write the latest figures at the ends of their lines, apart from each other."""
    if not drawn:
        return
    latest = max(drawn)
    school_at = float(drawn[latest].value or 0.0)
    labels = [(school_at, "School", latest, COLOUR[Rating.STRENGTH])]
    if england:
        labels.append((england[max(england)], "England", max(england), INK))
    low, high = panel.get_ylim()
    heights = _spread([at for at, *_ in labels], (high - low) * (0.135 if latest == last else 0.25))
    for (value, whose, year, colour), at in zip(labels, heights, strict=True):
        words = f"{whose} {write_value(value, result.unit, result.decimals)}"
        panel.annotate(
            words if year == last else f"{words}\n({_name_year(year, short=True)})",
            (1.0, at),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=LABEL,
            color=colour,
            annotation_clip=False,
        )


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


def _find_trend_range(
    result: IndicatorResult, drawn: dict[int, YearFigure], england: dict[int, float]
) -> tuple[float, float]:
    found = [mark for figure in drawn.values() for mark in (figure.value, figure.lower, figure.upper)]
    marks = [mark for mark in [*found, *england.values()] if mark is not None]
    if result.theme == "attendance":
        return 0.0, max(marks) * 1.15 or 1.0
    if result.unit == Unit.PERCENT:
        return 0.0, 100.0
    low, high = min(marks), max(marks)
    margin = max((high - low) * 0.15, 0.3)
    floor = 0.0 if result.unit == Unit.POINTS else low - margin  # there are no points below none
    return max(low - margin, floor), high + margin


def _write_year_tick(value: float, result: IndicatorResult) -> str:
    words = f"{value:g}".replace("-", MINUS)
    if result.unit == Unit.PERCENT:
        return f"{words}%"
    return f"+{words}" if result.unit == Unit.PROGRESS and value > 0 else words


def _name_year(year: int, *, short: bool) -> str:
    """``2018/19`` where there is room, else ``18/19``."""
    return name_academic_year(year)[2:] if short else name_academic_year(year)
