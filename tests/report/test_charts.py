"""Figures are the same bytes every time, leave matplotlib as it was, and their colours can be seen."""

import matplotlib
import pytest

from pipeline.report.charts import COLOUR, INK, QUIET, draw_chart, start_drawing
from pipeline.report.plots import draw_strokes, draw_words


def draw() -> bytes:
    drawing = start_drawing(1.0)
    draw_strokes(drawing, [(0.5, 0.5), (2.0, 0.8)], color=INK)
    draw_words(drawing, 1.0, 0.5, "Three of four $x^2$", fontsize=9)
    return draw_chart(drawing, id="strokes", caption="A stroke", alt="A stroke rises to the right.").svg


@pytest.mark.slow
def test_the_same_drawing_gives_the_same_bytes_and_no_date():
    assert draw() == draw()
    assert b"<dc:date>" not in draw() and b"<text" not in draw()


@pytest.mark.slow
def test_a_notebooks_own_settings_neither_change_the_figure_nor_are_changed():
    plain = draw()
    with matplotlib.rc_context(
        {"font.size": 20, "lines.linewidth": 9, "svg.fonttype": "none", "axes.facecolor": "red"}
    ):
        before = dict(matplotlib.rcParams)
        draw()
        assert dict(matplotlib.rcParams) == before
    assert draw() == plain


def _contrast(colour: str) -> float:
    """Contrast with white by WCAG 2.2's formula for relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


@pytest.mark.parametrize("colour", [*COLOUR.values(), INK, QUIET])
def test_every_colour_that_carries_meaning_can_be_told_from_white(colour):
    assert _contrast(colour) >= 4.5
