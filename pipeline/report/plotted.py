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


#: How near to an edge an axis's label is written inwards, so that it stays in the drawing.
_AT_EDGE = 0.04


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
