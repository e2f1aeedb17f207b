"""A drawn mark never leaves its plot, whatever figures and intervals it is given: looked at on the drawing itself."""

from __future__ import annotations

import math

import pytest
from example_school import build_report, build_result, build_year
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.foundation.vocabulary import Rating
from pipeline.report import charts

KINDS = (
    ("ks4_attainment8", "points", "higher is better", "attainment"),
    ("ks2_rwm_expected", "percent", "higher is better", "attainment"),
    ("ks2_reading_score", "scaled score", "higher is better", "attainment"),
    ("ks4_progress8", "progress", "higher is better", "progress"),
    ("absence_persistent", "percent", "lower is better", "attendance"),
)
YEARS = (2017, 2018, 2019)


@pytest.fixture
def drawn(monkeypatch):
    """What is drawn while a figure is made: the drawing, and its plots."""
    seen = {"plots": [], "drawings": []}
    real_plot, real_exhibit = charts.Plot, charts.draw_chart

    def make_plot(*places, **scales):
        seen["plots"].append(real_plot(*places, **scales))
        return seen["plots"][-1]

    def draw_chart(drawing, **words):
        seen["drawings"].append(drawing)
        return real_exhibit(drawing, **words)

    monkeypatch.setattr(charts, "Plot", make_plot)
    monkeypatch.setattr(charts, "draw_chart", draw_chart)
    return seen


def find_strays(drawn):
    """Places of marks, in inches, that lie in no plot. Rulings lie below all marks; the key stands above them."""
    (drawing,), plots = drawn["drawings"], drawn["plots"]
    above = max(plot.top for plot in plots) + 0.05
    marks = [line for line in drawing.artists if line.get_zorder() > 1]
    places = [place for line in marks for place in zip(line.get_xdata(), line.get_ydata(), strict=True)]
    known = [place for place in places if not any(map(math.isnan, place)) and place[1] < above]
    assert known
    return [place for place in known if not any(_holds(plot, *place) for plot in plots)]


def _holds(plot, across, up, slack=1e-6):
    in_width = plot.left - slack <= across <= plot.right + slack
    return in_width and plot.bottom - slack <= up <= plot.top + slack


def build(kind, values, half, england):
    key, unit, direction, theme = kind
    years = tuple(
        build_year(year, value, england, lower=value - half, upper=value + half)
        for year, value in zip(YEARS, values, strict=True)
    )
    return build_result(
        key, key, values[-1], england, Rating.IN_LINE, half,
        unit=unit, direction=direction, theme=theme, by_year=years, authority=england + half, key_priority=True,
    )  # fmt: skip


@pytest.mark.slow
def test_a_special_schools_points_stay_in_their_own_panel(drawn):
    """A range from −13.2 to +13.2 points was drawn across the plot below."""
    results = tuple(build(kind, (0.0, 0.2, 0.0), 13.2, 46.5 if kind[1] == "points" else 0.0) for kind in KINDS[:1] * 4)
    charts.draw_trends(build_report(results), results)
    assert find_strays(drawn) == []


numbers = st.floats(0, 100)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.tuples(numbers, numbers, numbers), st.floats(0, 200), numbers),
        min_size=1,
        max_size=4,
    )
)
def test_no_mark_leaves_its_panel(drawn, schools):
    results = tuple(build(*school) for school in schools)
    report = build_report(results)
    drawn["plots"].clear()
    drawn["drawings"].clear()
    if charts.draw_trends(report, results) is not None:
        assert find_strays(drawn) == []


@pytest.mark.slow
def test_an_impossible_value_is_not_drawn_but_said(drawn):
    years = (build_year(2018, 670.0), build_year(2019, 67.0))
    result = build_result(by_year=years)
    exhibit = charts.draw_trends(build_report((result,)), (result,))
    assert find_strays(drawn) == []
    assert "670" not in exhibit.alt
    assert "cannot be" in [words.get_text() for words in drawn["drawings"][0].texts]
