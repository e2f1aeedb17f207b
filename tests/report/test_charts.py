"""Figures say in words what they show, are the same bytes every time, and leave matplotlib as it was."""

from dataclasses import replace

import matplotlib
import pytest
from example_school import build_report, build_result, build_results, build_year, rename

from pipeline.foundation.vocabulary import Rating
from pipeline.report.charts import COLOUR, INK, QUIET, draw_trends
from pipeline.report.exhibits import LONGEST_ALT


@pytest.fixture(scope="module")
def trends():
    return draw_trends(build_report(), build_results()[:1])


def test_the_trend_figure_tells_every_year():
    report = build_report()
    assert draw_trends(report, report.analysis.results[:1]).alt == (
        "No clear change in reading, writing and maths expected, by year beside England. Reading, writing and maths "
        "expected: 47% in 2016/17, 54% in 2017/18 and 56% in 2018/19; England 65%."
    )


def test_a_withheld_year_is_told_by_its_reason():
    years = (build_year(2018, None, availability="suppressed"), build_year(2019, 70.0))
    result = build_result(short="Maths", by_year=years)
    assert draw_trends(build_report((result,)), (result,)).alt.endswith(
        "Maths: 70% in 2018/19; England 65%; 2017/18 suppressed."
    )


def test_nothing_to_draw_gives_no_figure():
    withheld = build_results()[5]
    assert draw_trends(build_report(()), ()) is None
    assert draw_trends(build_report((withheld,)), (withheld,)) is None


@pytest.mark.slow
def test_the_same_school_gives_the_same_bytes_and_no_date(trends):
    assert draw_trends(build_report(), build_results()[:1]).svg == trends.svg
    assert b"<dc:date>" not in trends.svg and b"<text" not in trends.svg


@pytest.mark.slow
def test_a_notebooks_own_settings_neither_change_the_figure_nor_are_changed():
    shown = build_results()[:1]
    plain = draw_trends(build_report(), shown).svg
    with matplotlib.rc_context(
        {"font.size": 20, "lines.linewidth": 9, "svg.fonttype": "none", "axes.facecolor": "red"}
    ):
        before = dict(matplotlib.rcParams)
        assert draw_trends(build_report(), shown).svg == plain
        assert dict(matplotlib.rcParams) == before


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 9])
def test_an_alternative_text_says_first_what_changed_and_is_never_a_page(count):
    results = tuple(
        build_result(f"r{n}", f"An indicator with a rather long name, {n}", key_priority=True) for n in range(count)
    )
    report = build_report(results)
    figure = draw_trends(report, results)
    assert figure.alt.startswith("Too few years to tell of a change, by year")
    assert len(figure.alt) <= LONGEST_ALT


@pytest.mark.slow
def test_awkward_schools_can_be_drawn():
    progress = build_result(
        "ks4_progress8",
        "Progress 8",
        -2.4,
        -0.03,
        half=0.6,
        unit="progress",
        key_stage="key stage 4",
        by_year=(build_year(2019, -2.4, -0.03),),
    )
    points = build_result("ks4_attainment8", "Attainment 8", 46.5, 46.5, Rating.IN_LINE, unit="points")
    bare = build_result("ks2_maths_expected", "Maths", 100.0, None, Rating.STRENGTH, lower=None, upper=None)
    report = rename(build_report((progress, points, bare)), "$x^2$ " + "Very Long Name " * 20)
    assert draw_trends(report, report.analysis.results) is not None


@pytest.mark.slow
def test_a_year_later_than_the_last_figure_is_an_open_gap():
    report = build_report()
    later = replace(report, analysis=replace(report.analysis, year=2023))
    assert draw_trends(later, later.analysis.results[:1]) is not None


def _contrast(colour: str) -> float:
    """Contrast with white by WCAG 2.2's formula for relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


@pytest.mark.parametrize("colour", [*COLOUR.values(), INK, QUIET])
def test_every_colour_that_carries_meaning_can_be_told_from_white(colour):
    assert _contrast(colour) >= 4.5
