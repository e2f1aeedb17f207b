"""The pictures of a report, as SVG that is the same on every machine.

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
from pipeline.report.picture import Picture, Side
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
    from matplotlib.figure import Figure as Drawing

WIDTH = 7.0  # inches: the text width of an A4 page with its margins
ROW = 0.195  # inches for each indicator
INCH = 72  # points
KEY, LABEL, TITLE = 8.0, 7.5, 8.5  # sizes of words in points; a picture is printed as wide as it is drawn
TICK, PAD = 2.5, 3.5  # points: how long a tick is, and from it to its words
GRID, FRAME = 0.5, 0.6  # points: how thick these lines are
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


@dataclass(frozen=True)
class _Panel:
    """Where a chart stands on its picture, in points, and which values its edges have."""

    left: float
    top: float
    width: float
    height: float
    across: tuple[float, float]  # at the left and at the right
    down: tuple[float, float]  # at the top and at the bottom

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def x(self, value: float) -> float:
        return self.left + (value - self.across[0]) / (self.across[1] - self.across[0]) * self.width

    def y(self, value: float) -> float:
        return self.top + (value - self.down[0]) / (self.down[1] - self.down[0]) * self.height

    def column(self, place: float) -> float:
        """A place in widths of the panel."""
        return self.left + place * self.width


def _find_ticks(edges: tuple[float, float], most: int) -> list[float]:
    """Round values between the edges of a scale, in steps of 1, 2, 2.5 or 5."""
    from matplotlib.ticker import MaxNLocator

    low, high = min(edges), max(edges)
    slack = 1e-10 * (high - low)
    ticks = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in ticks if low - slack <= tick <= high + slack]


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
    picture = Picture(WIDTH * INCH, height * INCH)
    _draw_key(picture, report)
    top = 0.5
    for number, (family, room) in enumerate(zip(families, tall, strict=True)):
        _draw_family(report, family, picture, top * INCH, room * INCH, headed=number == 0)
        top += room + 0.47
    return Figure(
        id,
        f"{clean_text(report.school.name)} beside England, with 95% intervals.{_explain_choice(shown, rated)}",
        describe_position_figure(report, shown),
        picture.write_svg(),
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


def _draw_key(picture: Picture, report: SchoolReport) -> None:
    """Say above the first row what its marks are. Places are hundredths of the width."""
    each, level = WIDTH * INCH / 100, 0.15 * INCH
    place = 9.6
    picture.words(0, level, "School:", KEY, colour=INK)
    for rating in (Rating.STRENGTH, Rating.IN_LINE, Rating.GAP):
        words, at = str(rating), place * each
        picture.line([(at - 1.3 * each, level), (at + 1.3 * each, level)], colour=COLOUR[rating], width=1.2)
        picture.mark(at, level, MARKER[rating], 5.5, edge=COLOUR[rating])
        picture.words(at + 2 * each, level, words, KEY, colour=COLOUR[rating])
        place += 6.5 + 0.95 * len(words)
    reach = 0.0825 * INCH
    picture.line([(place * each, level - reach), (place * each, level + reach)], colour=INK, width=1.8)
    picture.words((place + 1.2) * each, level, "England", KEY, colour=INK)
    place += 11.5
    authority = name_authority(report)
    if authority:
        picture.mark(place * each, level, "D", 4, edge=INK, inside="white", thickness=0.8)
        picture.words((place + 1.6) * each, level, _clip(authority, 40), KEY, colour=INK)


def _draw_family(
    report: SchoolReport, family: _Family, picture: Picture, top: float, height: float, *, headed: bool
) -> None:
    count = len(family.results)
    width = 0.36 * WIDTH * INCH
    panel = _Panel(0.375 * WIDTH * INCH, top, width, height, _find_range(report, family), (-0.6, count - 0.4))
    for tick in _find_ticks(panel.across, 5):
        at = panel.x(tick)
        picture.line([(at, panel.bottom), (at, top)], colour=FAINT, width=GRID, end="butt")
        picture.line([(at, panel.bottom), (at, panel.bottom + TICK)], colour=INK, width=0.8, end="butt")
        words = _write_tick(tick, family)
        picture.words(at, panel.bottom + TICK + PAD, words, KEY, colour=INK, side="center", level="top")
    with picture.window(panel.left, top, width, height):
        for row, result in enumerate(family.results):
            _draw_row(family, panel, picture, row, result)
    picture.line([(panel.left, panel.bottom), (panel.left + width, panel.bottom)], colour=QUIET, width=FRAME)
    for row, result in enumerate(family.results):
        _write_row(panel, picture, row, result)
    lower = family.results[0].direction == Direction.LOWER_IS_BETTER
    name = f"{family.name}{' (lower is better)' if lower else ''}"
    below = panel.bottom + TICK + PAD + KEY + 2
    picture.words(panel.left + width / 2, below, name, KEY, colour=INK, side="center", level="top")
    if headed:
        _head_columns(panel, picture)


def _head_columns(panel: _Panel, picture: Picture) -> None:
    headings: tuple[tuple[float, Side, str], ...] = (
        (SCHOOL_AT, "right", "School"),
        (ENGLAND_AT, "right", "England"),
        (RATING_AT, "left", "Rating"),
    )
    for place, side, words in headings:
        picture.words(panel.column(place), panel.top - 3, words, KEY, colour=QUIET, side=side, level="bottom")


def _draw_row(family: _Family, panel: _Panel, picture: Picture, row: int, result: IndicatorResult) -> None:
    comparison = result.against(ENGLAND)
    if comparison is None or comparison.baseline is None or result.value is None:
        return
    start = comparison.baseline if family.by_difference else 0.0
    colour, level = COLOUR[comparison.rating], panel.y(row)
    if result.lower is not None and result.upper is not None:
        ends = [(panel.x(result.lower - start), level), (panel.x(result.upper - start), level)]
        picture.line(ends, colour=colour, width=1.4, end="butt")
    england = panel.x(comparison.baseline - start)
    picture.line([(england, panel.y(row - 0.36)), (england, panel.y(row + 0.36))], colour=INK, width=1.8)
    if result.authority is not None:
        authority = panel.x(result.authority - start)
        picture.mark(authority, level, "D", 3.8, edge=INK, inside="white", thickness=0.8)
    picture.mark(panel.x(result.value - start), level, MARKER[comparison.rating], 6, edge=colour)


def _write_row(panel: _Panel, picture: Picture, row: int, result: IndicatorResult) -> None:
    """The indicator's name left of its row; right of it the figures and the rating."""
    level = panel.y(row)
    picture.words(panel.left - 6, level, _label_row(result), KEY, colour=INK, side="right", level="first line")
    comparison = result.against(ENGLAND)
    if comparison is None or comparison.baseline is None or result.value is None:
        return
    figures = ((SCHOOL_AT, result.value), (ENGLAND_AT, comparison.baseline))
    for place, value in figures:
        words = write_value(value, result.unit, result.decimals)
        picture.words(panel.column(place), level, words, KEY, colour=INK, side="right")
    rating = comparison.rating
    bold = rating != Rating.IN_LINE
    picture.words(panel.column(RATING_AT), level, str(rating), KEY, colour=COLOUR[rating], bold=bold)


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
    head, foot = 0.24 + 0.14 * tallest, 0.3  # inches above and below each panel
    picture = Picture(WIDTH * INCH, (PANEL + head + foot) * rows * INCH)
    wide = WIDTH / columns - TICKS - ENDS
    for place, (result, title) in enumerate(zip(shown, titles, strict=True)):
        row, column = divmod(place, columns)
        left, top = column * WIDTH / columns, row * (PANEL + head + foot) + head
        picture.words(left * INCH, (top - 0.09) * INCH, title, TITLE, colour=INK, level="bottom")
        corner = ((left + TICKS) * INCH, top * INCH)
        _draw_trend(result, years, picture, corner, wide * INCH, short=columns == 3 or len(years) > 4)
    return Figure(
        id,
        f"{clean_text(report.school.name)} by year beside England, with 95% intervals.{_explain_hollow(shown)}",
        describe_trend_figure(report, shown),
        picture.write_svg(),
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


def _draw_trend(
    result: IndicatorResult,
    years: list[int],
    picture: Picture,
    corner: tuple[float, float],
    width: float,
    *,
    short: bool,
) -> None:
    drawn = {figure.year: figure for figure in result.by_year if _is_drawn(figure)}
    england = {
        figure.year: figure.england
        for figure in result.by_year
        if figure.england is not None and figure.availability != Availability.NOT_APPLICABLE
    }
    low, high = _find_trend_range(result, drawn, england)
    panel = _Panel(*corner, width, PANEL * INCH, (years[0] - 0.5, years[-1] + 0.5), (high, low))
    _draw_scales(panel, picture, result, years, short=short)
    with picture.window(panel.left, panel.top, panel.width, panel.height):
        _draw_england(panel, picture, england)
        for run in _find_runs(sorted(drawn)):
            way = [(panel.x(year), panel.y(float(drawn[year].value or 0.0))) for year in run]
            picture.line(way, colour=COLOUR[Rating.STRENGTH], width=1.5)
        for figure in drawn.values():
            _draw_year(panel, picture, figure)
    for way in (
        [(panel.left, panel.bottom), (panel.left, panel.top)],
        [(panel.left, panel.bottom), (panel.left + width, panel.bottom)],
    ):
        picture.line(way, colour=QUIET, width=FRAME)
    _label_ends(panel, picture, result, drawn, england, years[-1])
    for year in sorted(set(years) - set(drawn)):
        # Written at the foot of the year: why it has no figure.
        foot, words = panel.bottom - 0.04 * panel.height, explain_gap_in_years(result, year)
        picture.words(panel.x(year), foot, words, LABEL, colour=QUIET, turned=True)


def _draw_england(panel: _Panel, picture: Picture, england: dict[int, float]) -> None:
    for run in _find_runs(sorted(england)):
        way = [(panel.x(year), panel.y(england[year])) for year in run]
        picture.line(way, colour=INK, width=1.1, end="butt", dashes=(4, 2))
        if len(run) == 1:
            level = panel.y(england[run[0]])
            ends = [(panel.x(run[0] - 0.22), level), (panel.x(run[0] + 0.22), level)]
            picture.line(ends, colour=INK, width=1.1)


def _wrap_title(result: IndicatorResult, *, narrow: bool) -> str:
    return "\n".join(textwrap.wrap(clean_text(result.short_title), 29 if narrow else 44)[:2])


def _draw_scales(panel: _Panel, picture: Picture, result: IndicatorResult, years: list[int], *, short: bool) -> None:
    below, before = panel.bottom + TICK, panel.left - TICK
    for year in years:
        at = panel.x(year)
        picture.line([(at, panel.bottom), (at, below)], colour=INK, width=0.8, end="butt")
        name = _name_year(year, short=short)
        picture.words(at, below + PAD, name, LABEL, colour=INK, side="center", level="top")
    for tick in _find_ticks(panel.down, 4):
        level = panel.y(tick)
        picture.line([(panel.left, level), (panel.left + panel.width, level)], colour=FAINT, width=GRID, end="butt")
        picture.line([(panel.left, level), (before, level)], colour=INK, width=0.8, end="butt")
        words = _write_year_tick(tick, result)
        picture.words(before - PAD, level, words, LABEL, colour=INK, side="right", level="first line")


def _draw_year(panel: _Panel, picture: Picture, figure: YearFigure) -> None:
    colour, at = COLOUR[Rating.STRENGTH], panel.x(figure.year)
    if figure.lower is not None and figure.upper is not None:
        picture.line([(at, panel.y(figure.lower)), (at, panel.y(figure.upper))], colour=colour, width=1.0)
    inside = "white" if figure.predecessor else colour
    picture.mark(at, panel.y(float(figure.value or 0.0)), "o", 5, edge=colour, inside=inside, thickness=1.2)


def _label_ends(
    panel: _Panel,
    picture: Picture,
    result: IndicatorResult,
    drawn: dict[int, YearFigure],
    england: dict[int, float],
    last: int,
) -> None:
    """Write the latest figures at the ends of their lines, apart from each other."""
    if not drawn:
        return
    latest = max(drawn)
    school_at = float(drawn[latest].value or 0.0)
    labels = [(school_at, "School", latest, COLOUR[Rating.STRENGTH])]
    if england:
        labels.append((england[max(england)], "England", max(england), INK))
    high, low = panel.down
    heights = _spread([at for at, *_ in labels], (high - low) * (0.135 if latest == last else 0.25))
    for (value, whose, year, colour), at in zip(labels, heights, strict=True):
        words = f"{whose} {write_value(value, result.unit, result.decimals)}"
        words = words if year == last else f"{words}\n({_name_year(year, short=True)})"
        picture.words(panel.column(1.0) + 3, panel.y(at), words, LABEL, colour=colour)


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
