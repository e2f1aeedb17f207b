"""Figures drawn on a line in a cell of a table, beside the numbers they are: no picture of its own, no second table.

The page draws them as SVG, so that its stylesheet says how they look; paper draws them itself from the same places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

#: A drawing's width and height, and how far from its edges the line begins, in its own units.
WIDTH, HEIGHT, EDGE = 200, 20, 5
#: The same of figures drawn by year: its height, the room of its scale's words at the left, and above and below.
TALL, SCALE, MARGIN = 72, 46, 8


@dataclass(frozen=True)
class Mark:
    """A figure on a line that runs from 0 to 1: ``kind`` says whose, ``rating`` how the school's own is looked at."""

    kind: Literal["school", "england", "similar", "others"]
    at: float
    rating: str = ""  # Rated.key
    hollow: bool = False  # of a school that stood here before


@dataclass(frozen=True)
class Plotted:
    """A table cell that draws what the rest of its row says in numbers; a screen reader passes it over.

    Places run from 0, the left edge, to 1. ``span`` is the school's range, ``ticks`` are where faint lines stand, and
    ``labels`` what is written under them: a cell with labels is an axis, and holds nothing else.
    """

    marks: tuple[Mark, ...] = ()
    span: tuple[float, float] | None = None
    ticks: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "  ".join(self.labels)

    @property
    def drawing(self) -> Markup:
        """The cell as a drawing of 200 by 20, its looks left to the stylesheet."""
        return Markup("").join(self._draw())

    def _draw(self) -> Iterator[Markup]:
        yield Markup('<svg class="plotted" aria-hidden="true" viewBox="0 0 {} {}" data-plot="{}">').format(
            WIDTH, HEIGHT, self._describe()
        )
        for number, tick in enumerate(self.ticks):
            if self.labels:
                side = "start" if tick < _AT_EDGE else "end" if tick > 1 - _AT_EDGE else "middle"
                label = Markup('<text x="{:.1f}" y="15" text-anchor="{}">{}</text>')
                yield label.format(_across(tick), side, self.labels[number])
            else:
                yield Markup('<path class="tick" d="M{:.1f} 0V20"/>').format(_across(tick))
        if self.span:
            low, high = map(_across, self.span)
            own = next((one.rating for one in self.marks if one.kind == "school"), "")
            yield Markup('<path class="span" data-rating="{}" d="M{:.1f} 10H{:.1f}"/>').format(own, low, high)
        for one in sorted(self.marks, key=lambda mark: mark.kind == "school"):
            hollow = Markup(' data-hollow=""') if one.hollow else ""
            mark = Markup('<path class="{}" data-rating="{}"{} d="{}"/>')
            yield mark.format(one.kind, one.rating, hollow, _outline(one))
        yield Markup("</svg>")

    def _describe(self) -> str:
        """The places for whoever draws the cell again: span; marks; ticks; labels, each divided by spaces or bars."""
        return ";".join(
            (
                " ".join(map(_write, self.span or ())),
                " ".join(f"{one.kind}:{_write(one.at)}:{one.rating}:{int(one.hollow)}" for one in self.marks),
                " ".join(map(_write, self.ticks)),
                "|".join(self.labels),
            )
        )


@dataclass(frozen=True)
class Moment:
    """One year of a trend, its heights from 0 to 1; ``look`` tells a predecessor's and an early figure apart."""

    school: float | None = None
    span: tuple[float, float] | None = None
    england: float | None = None
    look: Literal["", "predecessor", "early"] = ""


@dataclass(frozen=True)
class Trend:
    """A table cell that draws by year what the rest of its row says in numbers; a screen reader passes it over.

    A year without a figure breaks the school's line. ``ticks``: heights from 0 to 1, and what is written beside them.
    """

    moments: tuple[Moment, ...]
    ticks: tuple[tuple[float, str], ...] = ()

    def __str__(self) -> str:
        return ""

    @property
    def drawing(self) -> Markup:
        """The cell as a drawing of 200 by 72, its looks left to the stylesheet."""
        return Markup("").join(self._draw())

    def _draw(self) -> Iterator[Markup]:
        yield Markup('<svg class="plotted trend" aria-hidden="true" viewBox="0 0 {} {}" data-trend="{}">').format(
            WIDTH, TALL, self._describe()
        )
        for at, words in self.ticks:
            up = _up(at)
            yield Markup('<path class="tick" d="M{} {:.1f}H{}"/>').format(SCALE, up, WIDTH)
            yield Markup('<text x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(SCALE - 5, up + 4, words)
        places = [self._find_across(place) for place in range(len(self.moments))]
        england = [one.england for one in self.moments]
        school = [one.school for one in self.moments]
        for kind, heights in (("england", england), ("school-line", school)):
            if line := _join_line(places, heights, alone=kind == "england"):
                yield Markup('<path class="{}" d="{}"/>').format(kind, line)
        for across, one in zip(places, self.moments, strict=True):
            if one.span:
                low, high = map(_up, one.span)
                yield Markup('<path class="span" d="M{:.1f} {:.1f}V{:.1f}"/>').format(across, low, high)
            if one.school is not None:
                outline = (_SQUARE if one.look == "early" else _DOT).format(left=across - 4, up=_up(one.school))
                hollow = Markup(' data-hollow=""') if one.look else ""
                yield Markup('<path class="school"{} d="{}"/>').format(hollow, outline)
        yield Markup("</svg>")

    def _find_across(self, place: int) -> float:
        return SCALE + (WIDTH - SCALE) * (place + 0.5) / len(self.moments)

    def _describe(self) -> str:
        """The places for whoever draws the cell again: years divided by spaces, then ticks with their words."""
        heights = ((one.look, (one.school, *(one.span or (None, None)), one.england)) for one in self.moments)
        years = " ".join(":".join((*("" if at is None else _write(at) for at in year), look)) for look, year in heights)
        return f"{years};" + "|".join(f"{_write(at)} {words}" for at, words in self.ticks)


_DOT = "M{left:.1f} {up:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"
_SQUARE = "M{left:.1f} {up:.1f}m0 -4h8v8h-8z"
_ALONE = 14  # half the length of a year's stroke that has no neighbour


def _up(at: float) -> float:
    return TALL - MARGIN - (TALL - 2 * MARGIN) * _keep(at)


def _join_line(places: list[float], heights: list[float | None], *, alone: bool) -> str:
    """A line through neighbouring years that have a height; a year ``alone`` is a short stroke."""
    runs: list[list[tuple[float, float]]] = [[]]
    for across, height in zip(places, heights, strict=True):
        if height is None:
            runs.append([])
        else:
            runs[-1].append((across, _up(height)))
    lines = ["".join(f"{'L' if n else 'M'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(run)) for run in runs if run[1:]]
    strokes = [f"M{x - _ALONE:.1f} {y:.1f}h{2 * _ALONE}" for run in runs if len(run) == 1 and alone for x, y in run]
    return "".join([*lines, *strokes])


#: How near to an edge an axis's label is written inwards, so that it stays in the drawing.
_AT_EDGE = 0.07


def _keep(at: float) -> float:
    return min(max(at, 0.0), 1.0)


def _write(at: float) -> str:
    return f"{_keep(at):.4f}"


def _across(at: float) -> float:
    return EDGE + (WIDTH - 2 * EDGE) * _keep(at)


_CIRCLE = "M{left:.1f} 10a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"
_OUTLINES = {
    "england": "M{at:.1f} 2V18",
    "similar": "M{at:.1f} 5.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z",
    "others": "M{left:.1f} 6h8v8h-8z",
    "strength": "M{left:.1f} 14h9l-4.5 -9z",
    "gap": "M{left:.1f} 6h9l-4.5 9z",
    "in-line": "M{left:.1f} 6h8v8h-8z",
}


def _outline(mark: Mark) -> str:
    """The outline of a mark: a line for England, a lozenge for similar schools, for the school its rating's shape."""
    shape = mark.rating if mark.kind == "school" else mark.kind
    half = 4.5 if shape in ("strength", "gap") else 4
    return _OUTLINES.get(shape, _CIRCLE).format(at=_across(mark.at), left=_across(mark.at) - half)
