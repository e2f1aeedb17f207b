"""A plot puts values where matplotlib's own axes would put them, with the ticks those would have."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from pipeline.report.plots import BREAK, Plot, Ruling, draw_shape, draw_strokes, find_ticks, tick_below, tick_beside

PROJECT = Path(__file__).parents[2]

finite = st.floats(-1000, 1000, allow_nan=False)
ranges = st.tuples(finite, finite).filter(lambda ends: abs(ends[0] - ends[1]) > 0.01)


@pytest.mark.slow
@given(ranges, ranges, finite, finite)
def test_a_value_stands_where_axes_would_put_it(across, up, at, high):
    drawing = Figure(figsize=(7, 4), dpi=72)
    axes = drawing.add_axes((1 / 7, 0.5 / 4, 5 / 7, 3 / 4), xlim=across, ylim=up)
    plot = Plot(1, 0.5, 5, 3, across=across, up=up)
    expected = axes.transData.transform((at, high)) / 72
    assert plot.place([(at, high)])[0] == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_rows_are_counted_downwards_and_a_break_stays_one():
    plot = Plot(1, 1, 2, 2, across=(0, 100), up=(1.5, -0.5))
    (first, second, after) = plot.place([(0, 0), (100, 1), BREAK])
    assert first == (1, 2.5) and second == (3, 1.5)
    assert all(map(math.isnan, after))
    assert (plot.right, plot.top) == (3, 3)


@pytest.mark.slow
@given(ranges, st.integers(3, 8))
def test_ticks_are_round_values_within_the_scale_and_no_more_than_asked(ends, most):
    low, high = min(ends), max(ends)
    ticks = find_ticks(low, high, most=most)
    assert all(low <= at <= high for at in ticks) and 1 <= len(ticks) <= most + 1
    steps = np.diff(ticks)
    if len(steps):
        assert f"{steps[0]:.1e}"[:3] in {"1.0", "2.0", "2.5", "5.0"}
        assert steps == pytest.approx(steps[0])


def test_a_box_between_values_is_where_they_are():
    plot = Plot(1, 1, 2, 2, across=(0, 100), up=(1.5, -0.5))
    assert plot.outline((0, 50), (0.25, 0.75)) == [(1, 2.25), (2, 2.25), (2, 1.75), (1, 1.75)]
    drawing = Figure(figsize=(7, 4), dpi=300)
    draw_shape(drawing, plot.outline((0, 50), (0.25, 0.75)), facecolor="#0b5c99")
    (shape,) = drawing.artists
    assert shape.get_transform().transform(shape.get_xy())[0].tolist() == [300, 675]


@pytest.mark.parametrize("beside", [False, True])
def test_a_tick_and_its_words_lie_outside_the_panel(beside):
    drawing, ruling = Figure(figsize=(7, 4)), Ruling()
    (tick_beside if beside else tick_below)(drawing, ruling, 1.0, 2.0, "50%", size=8)
    (words,) = drawing.texts
    place, length = words.get_position(), 2.5 / 72
    assert ruling.ticks[:2] == ([(1, 2), (1 - length, 2)] if beside else [(2, 1), (2, 1 - length)])
    assert words.get_text() == "50%" and min(place) < 1 - length


def test_no_picture_of_the_product_is_drawn_on_axes():
    """There is one drawing system, so that all pictures have the same sizes, ticks and colours."""
    files = [*(PROJECT / "pipeline" / "report").rglob("*.py"), *(PROJECT / "tests" / "bench").glob("*.py")]
    axes = re.compile(r"\b(add_axes|add_subplot|subplots|subfigures|pyplot\.(plot|bar|figure)|matplotlib\.axes)\b")
    assert {file.name for file in files} >= {"charts.py", "exhibits.py", "plot.py"}
    assert [file.name for file in files if axes.search(file.read_text(encoding="utf-8"))] == []


def test_the_rulings_of_all_panels_are_three_lines():
    drawing, ruling = Figure(figsize=(7, 2)), Ruling()
    for left in (1, 4):
        ruling.grid += [(left, 0.5), (left, 1.5), BREAK]
        ruling.edges += [(left, 0.5), (left + 2, 0.5), BREAK]
        ruling.ticks += [(left, 0.5), (left, 0.4), BREAK]
    ruling.draw(drawing, grid="#d0d0d0", edge="#595959", tick="#1a1a1a")
    assert [line.get_color() for line in drawing.artists] == ["#d0d0d0", "#595959", "#1a1a1a"]
    assert all(len(line.get_xdata()) == 6 for line in drawing.artists)


def test_places_are_inches_of_the_drawing_whatever_its_resolution():
    drawing = Figure(figsize=(7, 4), dpi=300)
    draw_strokes(drawing, [(3.5, 2.0)], marker="o")
    (line,) = drawing.artists
    assert line.get_transform().transform((3.5, 2.0)).tolist() == [3.5 * 300, 2.0 * 300]
