"""The plots of every picture: a scale across and a scale up on a part of the drawing, its grid, ticks and edges.

They are drawn on the drawing itself, all places in inches from its lower left corner. matplotlib's own axes are made
for far more than a plot needs, and were most of what a picture cost; its lines, shapes, texts and ticks' places stay
in use.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

POINT = 1 / 72  # inches
TICK, PAD = 2.5 * POINT, 3.5 * POINT  # how long a tick is, and how far its words are from it

Place = tuple[float, float]  # across and up
BREAK: Place = (math.nan, math.nan)  # ends a stroke, so that one line of matplotlib's holds many


@dataclass(frozen=True)
class Plot:
    """A part of a drawing, ``left``, ``bottom``, ``width`` and ``height`` in inches, and the values at its edges.

    The value at an edge may be larger than that at the opposite one: rows are counted downwards.
    """

    left: float
    bottom: float
    width: float
    height: float
    across: tuple[float, float]  # at the left and the right edge
    up: tuple[float, float]  # at the lower and the upper edge

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def top(self) -> float:
        return self.bottom + self.height

    def find_across(self, value: float) -> float:
        """Where ``value`` lies between left and right, in inches of the drawing."""
        start, end = self.across
        return self.left + self.width * (value - start) / (end - start)

    def find_up(self, value: float) -> float:
        """Where ``value`` lies between bottom and top, in inches of the drawing."""
        start, end = self.up
        return self.bottom + self.height * (value - start) / (end - start)

    def place(self, values: Iterable[Place]) -> list[Place]:
        """Where pairs of values lie, in inches of the drawing; breaks stay breaks."""
        return [(self.find_across(across), self.find_up(up)) for across, up in values]

    def hold(self, values: Iterable[Place]) -> list[Place]:
        """The same, but at the panel's edge for what lies beyond it: no mark reaches into the next plot."""
        return [
            (_keep_between(across, self.left, self.right), _keep_between(up, self.bottom, self.top))
            for across, up in self.place(values)
        ]

    def outline(self, across: Place, up: Place) -> list[Place]:
        """The corners, in inches of the drawing, of the box between two values ``across`` and two values ``up``."""
        (left, right), (low, high) = across, up
        return self.place([(left, low), (right, low), (right, high), (left, high)])


def _keep_between(at: float, low: float, high: float) -> float:
    return min(max(at, low), high) if math.isfinite(at) else at


@dataclass
class Ruling:
    """The grids, edges and ticks of a drawing's plots, collected so that each kind is drawn as one line."""

    grid: list[Place] = field(default_factory=list)
    edges: list[Place] = field(default_factory=list)
    ticks: list[Place] = field(default_factory=list)

    def draw(self, drawing: Drawing, *, grid: str, edge: str, tick: str) -> None:
        """Draw what was collected, each kind in its colour, below everything else."""
        draw_strokes(drawing, self.grid, color=grid, linewidth=0.5, solid_capstyle="projecting", zorder=0.5)
        draw_strokes(drawing, self.edges, color=edge, linewidth=0.6, solid_capstyle="projecting", zorder=0.6)
        draw_strokes(drawing, self.ticks, color=tick, linewidth=0.8, solid_capstyle="butt", zorder=0.7)


def find_ticks(low: float, high: float, *, most: int) -> list[float]:
    """Round values from ``low`` to ``high``, in at most ``most`` steps, where matplotlib's axes would have them."""
    from matplotlib.ticker import AutoLocator

    steps = AutoLocator()
    steps.set_params(nbins=most)
    return [float(at) for at in steps.tick_values(low, high) if low <= at <= high]


def tick_below(drawing: Drawing, ruling: Ruling, bottom: float, at: float, words: str, *, size: float) -> None:
    """Make a tick with its words below a plot whose lower edge is at ``bottom``, ``at`` inches across."""
    ruling.ticks += [(at, bottom), (at, bottom - TICK), BREAK]
    draw_words(drawing, at, bottom - TICK - PAD, words, ha="center", va="top", fontsize=size)


def tick_beside(drawing: Drawing, ruling: Ruling, left: float, at: float, words: str, *, size: float) -> None:
    """Make a tick with its words left of a plot whose left edge is at ``left``, ``at`` inches up."""
    ruling.ticks += [(left, at), (left - TICK, at), BREAK]
    draw_words(drawing, left - TICK - PAD, at, words, ha="right", va="center_baseline", fontsize=size)


def draw_strokes(drawing: Drawing, places: Sequence[Place], **look: Any) -> None:
    """Draw one line of matplotlib's through ``places``, in inches of the drawing; ``BREAK`` ends a stroke."""
    from matplotlib.lines import Line2D

    across, up = [place[0] for place in places], [place[1] for place in places]
    drawing.add_artist(Line2D(across, up, transform=drawing.dpi_scale_trans, **look))


def draw_words(drawing: Drawing, across: float, up: float, words: str, **look: Any) -> None:
    """Write ``words`` at a place in inches of the drawing."""
    drawing.text(across, up, words, transform=drawing.dpi_scale_trans, **look)


def draw_shape(drawing: Drawing, corners: Sequence[Place], **look: Any) -> None:
    """Fill the shape with these ``corners``, in inches of the drawing."""
    from matplotlib.patches import Polygon

    drawing.add_artist(Polygon(corners, closed=True, transform=drawing.dpi_scale_trans, **look))
