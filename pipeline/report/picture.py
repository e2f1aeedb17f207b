"""A picture of lines, marks and words as SVG, with letters as outlines so that it looks the same on every machine.

Lengths are points, counted from the top left corner. Outlines and widths of words are matplotlib's, and so are its
shapes; a chart of hundreds of marks costs a hundredth of what matplotlib's own axes take.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.ft2font import FT2Font

_UNITS = 64  # of an outline, to each of the points in which a letter is 100 points high
_SIZE = 100
_EDGE = 1.0  # points
# Half as wide and as high as it is large, but for the diamond, which stands on a corner.
_SHAPES = {
    "^": "M0 {up}L{left} {down}L{right} {down}z",
    "v": "M0 {down}L{right} {up}L{left} {up}z",
    "D": "M0 {across}L{across} 0L0 -{across}L-{across} 0z",
}

Side = Literal["left", "center", "right"]
Level = Literal["top", "bottom", "center", "first line"]


@dataclass(frozen=True)
class Words:
    """A line of words, ``_SIZE`` points high: outlines by name and where each starts; ``width``; how much room it
    takes above and below the line it stands on."""

    letters: tuple[tuple[str, float], ...]
    width: float
    above: float
    below: float


@dataclass
class Picture:
    """``width`` and ``height`` in points, on white."""

    width: float
    height: float
    _drawn: list[str] = field(default_factory=list)
    _used: dict[str, None] = field(default_factory=dict)  # outlines, in the order of their first use
    _windows: int = 0

    @contextmanager
    def window(self, left: float, top: float, width: float, height: float) -> Iterator[None]:
        """Show only that part of what is drawn meanwhile which lies inside."""
        self._windows += 1
        box = f'<rect x="{_say(left)}" y="{_say(top)}" width="{_say(width)}" height="{_say(height)}"/>'
        name = f"window-{self._windows}"
        self._drawn.append(f'<clipPath id="{name}">{box}</clipPath><g clip-path="url(#{name})">')
        yield
        self._drawn.append("</g>")

    def line(
        self,
        points: Sequence[tuple[float, float]],
        *,
        colour: str,
        width: float,
        end: Literal["square", "butt"] = "square",
        dashes: tuple[float, float] | None = None,
    ) -> None:
        """A line from point to point. ``dashes`` are the lengths of a dash and of the space after it, in widths."""
        way = "L".join(f"{_say(x)} {_say(y)}" for x, y in points)
        dashed = ""
        if dashes:
            dashed = f' stroke-dasharray="{" ".join(_say(length * width) for length in dashes)}"'
        self._drawn.append(
            f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="{_say(width)}" stroke-linejoin="round" '
            f'stroke-linecap="{end}"{dashed}/>'
        )

    def mark(
        self, x: float, y: float, shape: str, size: float, *, edge: str, inside: str = "", thickness: float = _EDGE
    ) -> None:
        """A triangle (``^``, ``v``), a diamond (``D``) or a circle (``o``) around a point."""
        look = f'fill="{inside or edge}" stroke="{edge}" stroke-width="{_say(thickness)}"'
        if shape == "o":
            self._drawn.append(f'<circle cx="{_say(x)}" cy="{_say(y)}" r="{_say(size / 2)}" {look}/>')
            return
        half = size / 2
        way = _SHAPES[shape].format(
            up=_say(-half), down=_say(half), left=_say(-half), right=_say(half), across=_say(half * 2**0.5)
        )
        self._drawn.append(f'<path transform="translate({_say(x)} {_say(y)})" d="{way}" {look}/>')

    def words(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        colour: str,
        side: Side = "left",
        level: Level = "center",
        bold: bool = False,
        turned: bool = False,
    ) -> None:
        """Words whose ``side`` and ``level`` are at the point; ``first line``: half-way up the first line's letters.

        ``turned`` words (one line) run upwards from ``y``, with their middle at ``x``.
        """
        lines = [lay_out(line, bold) for line in text.split("\n")]
        self._used.update(dict.fromkeys(name for line in lines for name, _ in line.letters))
        scale = size / _SIZE
        if turned:
            self._write(lines[0], x + (lines[0].above - lines[0].below) * scale / 2, y, scale, colour, " rotate(-90)")
            return
        gap = _measure_font(bold)[2] * scale if len(lines) > 1 else 0.0
        left = x - {"left": 0.0, "center": 0.5, "right": 1.0}[side] * max(line.width for line in lines) * scale
        tall = sum((line.above + line.below) * scale + gap for line in lines)
        raised = {"top": 0.0, "center": tall / 2, "bottom": tall, "first line": lines[0].above * scale / 2}
        at = y - raised[level]
        for line in lines:
            at += gap / 2 + line.above * scale
            self._write(line, left, at, scale, colour)
            at += line.below * scale + gap / 2

    def _write(self, line: Words, x: float, y: float, scale: float, colour: str, turn: str = "") -> None:
        letters = "".join(f'<use xlink:href="#{name}" x="{_say(at * _UNITS)}"/>' for name, at in line.letters)
        size = f"{scale / _UNITS:.7f}"
        self._drawn.append(
            f'<g fill="{colour}" transform="translate({_say(x)} {_say(y)}){turn} scale({size} -{size})">{letters}</g>'
        )

    def write_svg(self) -> bytes:
        """The picture as a file; the same drawing gives the same bytes."""
        outlines = "".join(f'<path id="{name}" d="{_OUTLINES[name]}"/>' for name in self._used)
        width, height = _say(self.width), _say(self.height)
        drawn = "\n".join(self._drawn)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}">\n'
            f"<defs>{outlines}</defs>\n"
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{drawn}\n</svg>\n'
        ).encode()


def _say(number: float) -> str:
    """To a thousandth of a point; no zero is negative."""
    return f"{round(number, 3) + 0.0:.3f}".rstrip("0").rstrip(".")


# Every letter drawn so far in this process: as matplotlib gives its outline, and as the way of a path.
_GLYPHS: dict[str, tuple[np.ndarray, np.ndarray]] = {}
_OUTLINES: dict[str, str] = {}


@cache
def _load_font(bold: bool) -> FT2Font:
    import matplotlib
    from matplotlib.font_manager import get_font

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return get_font(f"{matplotlib.get_data_path()}/fonts/ttf/{name}")


@cache
def _measure_font(bold: bool) -> tuple[float, float, float]:
    """The room that words take above and below the line they stand on, and between lines, ``_SIZE`` points high."""
    font = _load_font(bold)
    metrics = font.get_sfnt_table("OS/2")
    assert metrics is not None
    above, below, gap = metrics["sTypoAscender"], -metrics["sTypoDescender"], metrics["sTypoLineGap"]
    scale = _SIZE / font.units_per_EM
    return above * scale, below * scale, gap * scale


@lru_cache(maxsize=4096)
def lay_out(text: str, bold: bool = False) -> Words:
    """Place the letters of one line of words."""
    from matplotlib.ft2font import LoadFlags
    from matplotlib.textpath import TextToPath, text_to_path

    if not text:
        return Words((), 0.0, 0.0, 0.0)
    font = _load_font(bold)
    font.set_size(TextToPath.FONT_SCALE, TextToPath.DPI)
    letters, _, _ = text_to_path.get_glyphs_with_font(font, text, _GLYPHS)
    for name in {name for name, *_ in letters} - set(_OUTLINES):
        _OUTLINES[name] = _write_outline(*_GLYPHS[name])
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    width, height = (length / _UNITS for length in font.get_width_height())
    below = font.get_descent() / _UNITS
    least_above, least_below, _ = _measure_font(bold)
    shown = tuple((escape(name), float(x)) for name, x, *_ in letters if _OUTLINES[name])
    return Words(shown, width, max(height - below, least_above), max(below, least_below))


def _write_outline(vertices: np.ndarray, codes: np.ndarray) -> str:
    """A letter's outline as the way of a path, in sixty-fourths of a point."""
    from matplotlib.path import Path

    letters = {int(Path.MOVETO): "M", int(Path.LINETO): "L", int(Path.CURVE3): "Q", int(Path.CURVE4): "C"}
    way: list[str] = []
    before = None
    for (x, y), code in zip(vertices.tolist(), codes.tolist(), strict=True):
        if code == Path.CLOSEPOLY:
            way.append("z")
        else:
            # The points of curves follow one another: a letter said once holds for all of its kind.
            letter = letters[code] if code != before or letters[code] in "ML" else " "
            way.append(f"{letter}{_say(x * _UNITS)} {_say(y * _UNITS)}")
        before = code
    return "".join(way)
