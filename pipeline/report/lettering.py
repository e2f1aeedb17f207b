"""Drawing a picture to SVG with its words laid out once: the same words stand in the pictures of every school.

matplotlib lays each text out twice for every picture, to measure it and to place its glyphs; that is most of what a
picture costs. What it found is remembered here for the life of the process, and forked processes inherit it.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.textpath import TextToPath

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.font_manager import FontProperties
    from matplotlib.ft2font import FT2Font

_POINTS = 72  # an SVG's units in an inch
MOST_WORDS = 5000  # remembered; a picture has a hundred, and schools have most in common

Glyphs = list[tuple[str, float, float, float]]  # name, across, up, size


@dataclass(frozen=True)
class _Placed:
    glyphs: Glyphs
    outlines: Mapping[str, Any]  # by glyph's name


_MEASURES: dict[tuple[str, int], tuple[float, float, float]] = {}
_PLACED: dict[tuple[str, str], _Placed] = {}


class RememberingTextToPath(TextToPath):
    """Lays words out as matplotlib does, each once a process, while its settings choose the same fonts."""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        if ismath:
            return super().get_text_width_height_descent(s, prop, ismath)
        key = (s, hash(prop))  # by which matplotlib, too, tells whether two are the same
        if key not in _MEASURES:
            _forget_many(_MEASURES)
            _MEASURES[key] = super().get_text_width_height_descent(s, prop, ismath)
        return _MEASURES[key]

    def get_glyphs_with_font(
        self,
        font: FT2Font,
        s: str,
        glyph_map: Any = None,
        return_new_glyphs_only: bool = False,
        **how: Any,
    ) -> tuple[Any, Any, Any]:
        if any(how.values()):  # features or a language of the text's own
            return super().get_glyphs_with_font(font, s, glyph_map, return_new_glyphs_only, **how)
        key = (s, str(font.fname))
        if key not in _PLACED:
            _forget_many(_PLACED)
            glyphs, outlines, _ = super().get_glyphs_with_font(font, s)
            _PLACED[key] = _Placed(glyphs, outlines)
        placed, known = _PLACED[key], glyph_map if glyph_map is not None else OrderedDict()
        new = OrderedDict((name, outline) for name, outline in placed.outlines.items() if name not in known)
        if not return_new_glyphs_only:
            known.update(new)
        return list(placed.glyphs), new if return_new_glyphs_only else known, []


def _forget_many(remembered: dict[Any, Any]) -> None:
    if len(remembered) >= MOST_WORDS:
        remembered.clear()


class _Renderer(RendererSVG):
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._text2path = RememberingTextToPath()


def compose_svg(drawing: Drawing) -> bytes:
    """The drawing as SVG, byte for byte what matplotlib itself writes, without date and maker."""
    FigureCanvasSVG(drawing)  # by which a drawing that lays itself out measures its words
    written = io.StringIO()
    dots, drawing.dpi = drawing.dpi, _POINTS
    width, height = drawing.get_size_inches()
    nobody = {"Date": None, "Creator": None}
    vector = _Renderer(width * _POINTS, height * _POINTS, written, image_dpi=dots, metadata=nobody)
    renderer: Any = MixedModeRenderer(drawing, width, height, dots, vector)  # a picture within is drawn in dots
    drawing.draw(renderer)
    renderer.finalize()
    return written.getvalue().encode("utf-8")
