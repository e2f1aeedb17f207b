"""The key priorities by year: told in numbers, drawn beside them, and no mark outside its frame."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from example_school import build_report, build_result, build_results, build_year
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.foundation.vocabulary import Rating
from pipeline.render.typst_source import compose_typst
from pipeline.report.plotted import SCALE, TALL, WIDTH, Moment, Trend
from pipeline.report.school.trends import tabulate_trends
from tests.conftest import count_examples

KINDS = (
    ("ks4_attainment8", "points", "higher is better", "attainment"),
    ("ks2_rwm_expected", "percent", "higher is better", "attainment"),
    ("ks2_reading_score", "scaled score", "higher is better", "attainment"),
    ("ks4_progress8", "progress", "higher is better", "progress"),
    ("absence_persistent", "percent", "lower is better", "attendance"),
)
YEARS = (2017, 2018, 2019)


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


def tabulate(*results):
    return tabulate_trends(build_report(results), results)


def read_drawing(trend: Trend):
    return BeautifulSoup(trend.drawing, "html.parser").svg


def test_a_row_tells_every_year_beside_england_and_draws_it():
    report = build_report()
    table = tabulate_trends(report, report.analysis.results[:1])
    name, trend, *figures = table.rows[0]
    assert (
        table.caption == "No clear change in reading, writing and maths expected: by year beside England, with ranges"
    )
    assert (name, figures) == (
        "Reading, writing and maths expected",
        ["47%, predecessor (61%)", "54% (64%)", "56% (65%)", "No clear change"],
    )
    assert [column.heading for column in table.columns] == [
        *("Measure", "School, England ┄", "2016/17 (England)", "2017/18 (England)", "2018/19 (England)", "Change"),
    ]  # brackets of other tables hold a range, as their heads say
    assert [one.school is not None and one.england is not None for one in trend.moments] == [True] * 3
    assert [words for _, words in trend.ticks] == ["0%", "50%", "100%"]


@pytest.mark.parametrize(("values", "words"), [((35.5, 37.7, 36.2), ["35", "45"]), ((20.0, 47.0, 40.0), ["20", "40"])])
def test_words_of_a_scale_do_not_touch(values, words):
    years = tuple(
        build_year(year, value, 46.4, lower=value - 1, upper=value + 1) for year, value in enumerate(values, 2017)
    )
    result = build_result("ks4_attainment8", "Attainment 8", unit="points", by_year=years)
    assert [word for _, word in tabulate(result).rows[0][1].ticks] == words


def test_a_brief_report_tells_the_years_and_draws_none():
    report = build_report()
    table = tabulate_trends(report, report.analysis.results[:1], drawn=False)
    assert table.drawn == frozenset() and table.rows[0][1] == "47%, predecessor (61%)"


def test_a_withheld_year_is_told_by_its_reason_and_breaks_the_line():
    years = (build_year(2017, 60.0), build_year(2018, None, availability="suppressed"), build_year(2019, 70.0))
    table = tabulate(build_result(short="Maths", by_year=years))
    _, trend, *figures = table.rows[0]
    assert figures[1].startswith("suppressed")
    assert [one.school is None for one in trend.moments] == [False, True, False]
    drawing = read_drawing(trend)
    assert drawing.find(class_="school-line") is None and len(drawing.find_all(class_="school")) == 2


def test_a_year_later_than_the_last_figure_is_an_open_gap():
    report = build_report()
    later = replace(report, analysis=replace(report.analysis, year=2021))
    table = tabulate_trends(later, later.analysis.results[:1])
    assert [one.school is None for one in table.rows[0][1].moments] == [False, False, False, True, True]


def test_nothing_to_tell_gives_no_table():
    assert tabulate() is None
    assert tabulate(build_results()[5]) is None  # withheld


def test_an_impossible_value_is_not_drawn_but_said():
    table = tabulate(build_result(by_year=(build_year(2018, 670.0), build_year(2019, 67.0))))
    _, trend, *figures = table.rows[0]
    assert figures[0].startswith("cannot be") and "670" not in table.text()
    assert [one.school is not None for one in trend.moments] == [False, False, True]


def test_years_of_another_school_and_early_ones_have_marks_of_their_own():
    moments = (Moment(0.2, look="predecessor"), Moment(0.4), Moment(0.6, look="early"))
    marks = read_drawing(Trend(moments)).find_all(class_="school")
    assert [mark.has_attr("data-hollow") for mark in marks] == [True, False, True]
    assert "h8v8" in marks[2]["d"] and "a4 4" in marks[0]["d"]


HEIGHTS = st.floats(-3, 3)
MOMENTS = st.builds(
    Moment,
    st.none() | HEIGHTS,
    st.none() | st.tuples(HEIGHTS, HEIGHTS),
    st.none() | HEIGHTS,
    st.sampled_from(["", "predecessor", "early"]),
)


@pytest.mark.slow
@given(st.lists(MOMENTS, min_size=1, max_size=7))
def test_no_mark_leaves_its_frame_whatever_it_is_given(moments):
    """A range from −13.2 to +13.2 points was once drawn across the plot below."""
    for path in read_drawing(Trend(tuple(moments), ((0.5, "50%"),))).find_all("path"):
        for across, up in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path["d"]):
            assert SCALE - 4 <= float(across) <= WIDTH and 0 <= float(up) <= TALL
        for up in re.findall(r"V(-?[\d.]+)", path["d"]):
            assert 0 <= float(up) <= TALL


numbers = st.floats(0, 100)


@pytest.mark.slow
@settings(max_examples=count_examples(25))
@given(st.sampled_from(KINDS), st.tuples(numbers, numbers, numbers), st.floats(0, 200), numbers)
def test_every_kind_of_measure_can_be_drawn(kind, values, half, england):
    table = tabulate(build(kind, values, half, england))
    if table is not None:
        assert any(one.school is not None for one in table.rows[0][1].moments)


def compose(trend: Trend) -> str:
    drawn = f"<table><tr><th>Row</th><td>{trend.drawing}</td></tr></table>"
    return compose_typst(BeautifulSoup(f"<main>{drawn}</main>", "html.parser").main, {}).text


def test_paper_draws_the_years_from_the_same_places():
    trend = Trend((Moment(0.5, (0.4, 0.6), 0.7), Moment(None, None, 0.7), Moment(0.6, look="early")), ((0.5, "50%"),))
    assert (
        '#trend(years: ((0.5000, 0.4000, 0.6000, 0.7000, ""),(none, none, none, 0.7000, ""),'
        '(0.6000, none, none, none, "early"),), ticks: ((0.5000, "50%"),));'
    ) in compose(trend)


@pytest.mark.parametrize("words", ['"><script>alert(1)</script>', "#panic()", '")]\n#x', "a|b"])
def test_what_stands_beside_a_tick_stays_text(words):
    trend = Trend((Moment(0.5),), ((0.5, words),))
    assert {tag.name for tag in read_drawing(trend).find_all()} == {"path", "text"}
    (ticks,) = re.findall(r"#trend\(.*ticks: \((.*)\)\);", compose(trend), re.S)
    assert re.fullmatch(r'(\(0\.5000, "(?:[^"\\\n]|\\.)*"\),)?', ticks)


@pytest.mark.parametrize("places", ["", "nonsense", "0.5:::;", "0.5:::::;", "0.5::::late;", "#panic()::::;", ".::::;"])
def test_paper_draws_nothing_from_places_that_are_not_written_so(places):
    svg = f'<svg class="plotted trend" data-trend="{places}"></svg>'
    table = f"<main><table><tr><th>Row</th><td>{svg}</td><td>52%</td></tr></table></main>"
    source = compose_typst(BeautifulSoup(table, "html.parser").main, {}).text
    assert "#trend(" not in source and "panic" not in source and "52%" in source
