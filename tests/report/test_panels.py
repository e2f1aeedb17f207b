"""A panel puts values where matplotlib's own axes would put them, with the ticks those would have."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.ticker import AutoLocator

from pipeline.report.panels import BREAK, Panel, Ruling, draw_strokes, find_ticks

finite = st.floats(-1000, 1000, allow_nan=False)
ranges = st.tuples(finite, finite).filter(lambda ends: abs(ends[0] - ends[1]) > 0.01)


@pytest.mark.slow
@given(ranges, ranges, finite, finite)
def test_a_value_stands_where_axes_would_put_it(across, up, at, high):
    drawing = Figure(figsize=(7, 4), dpi=72)
    axes = drawing.add_axes((1 / 7, 0.5 / 4, 5 / 7, 3 / 4), xlim=across, ylim=up)
    panel = Panel(1, 0.5, 5, 3, across=across, up=up)
    expected = axes.transData.transform((at, high)) / 72
    assert panel.place([(at, high)])[0] == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_rows_are_counted_downwards_and_a_break_stays_one():
    panel = Panel(1, 1, 2, 2, across=(0, 100), up=(1.5, -0.5))
    (first, second, after) = panel.place([(0, 0), (100, 1), BREAK])
    assert first == (1, 2.5) and second == (3, 1.5)
    assert all(map(math.isnan, after))
    assert (panel.right, panel.top) == (3, 3)


@pytest.mark.slow
@given(ranges, st.integers(3, 6))
def test_ticks_are_those_of_matplotlibs_axes(ends, most):
    low, high = min(ends), max(ends)
    locator = AutoLocator()
    locator.set_params(nbins=most)
    assert find_ticks(low, high, most=most) == [at for at in locator.tick_values(low, high) if low <= at <= high]


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
