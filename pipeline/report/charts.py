"""The pictures of a report, drawn with matplotlib to SVG that is the same on every machine.

What a picture says by colour it also says by shape and in words; every colour stands 3:1 or more against white, and
differs in grey. Labels stand at what they name. No setting of matplotlib is changed for anyone else.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.foundation.vocabulary import Rating, Unit
from pipeline.report.exhibits import Chart
from pipeline.report.plots import (
    Ruling,
)
from pipeline.report.sentences.rounding import MINUS

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


def format_tick(value: float, unit: str, *, by_difference: bool = False) -> str:
    """A value of a scale; where the scale is one of differences, in points whatever the ``unit``."""
    words = f"{value:g}".replace("-", MINUS)
    if unit == Unit.PERCENT and not by_difference:
        return f"{words}%"
    signed = by_difference or unit == Unit.PROGRESS
    return f"+{words}" if signed and value > 0 else words
