"""A reader is told which years a figure speaks of and why not the usual three: in sentence, table and chart."""

from __future__ import annotations

from example_school import build_comparison, build_report, build_result, build_year

from pipeline.analysis.results import Trend
from pipeline.foundation.vocabulary import Rating
from pipeline.report.facts import build_school_facts
from pipeline.report.school import notebook
from pipeline.report.school.trends import tabulate_trends

BROKEN = "Figures from before 2017/18 are left out: points were put on another scale."
BEHIND = "Published 2 years behind: the newest are the leavers of 2016/17."


def broken(indicator: str = "ks4_attainment8", short: str = "Attainment 8", **other):
    """Attainment 8 whose points changed in the second of the three years."""
    return build_result(
        indicator,
        short,
        44.2,
        46.4,
        half=1.5,
        **{
            "key_stage": "key stage 4",
            "unit": "points",
            "key_priority": True,
            "years": (2018, 2019),
            "window": (2018, 2019),
            "window_note": BROKEN,
            "by_year": (build_year(2018, 44.0, 46.3), build_year(2019, 44.5, 46.5)),
            "trend": Trend(2018, 2019, 0.5, -1.0, 2.0, "no clear change"),
            **other,
        },
    )


def behind():
    return build_result(
        "ks4_destinations",
        "Destinations after 16",
        88.9,
        92.0,
        key_stage="key stage 4",
        theme="destinations",
        years=(2015, 2016, 2017),
        window=(2015, 2016, 2017),
        window_note=BEHIND,
        by_year=tuple(build_year(year, 89.0, 92.0) for year in (2015, 2016, 2017)),
    )


def test_the_table_of_years_says_what_stands_in_a_year_that_is_not_compared():
    results = (build_result(window=(2017, 2018, 2019)), broken(), behind())
    table = tabulate_trends(build_report(results), results)
    columns = [column.heading.removesuffix(" (England)") for column in table.columns]
    cells = {row[0]: dict(zip(columns, row, strict=True)) for row in table.rows}
    assert cells["Attainment 8"]["2016/17"] == "not comparable"
    assert cells["Destinations after 16"]["2017/18"] == "not yet published"
    assert cells["Reading, writing and maths expected"]["2014/15"] == "not looked at"
    assert f"Attainment 8: {BROKEN}" in table.note and f"Destinations after 16: {BEHIND}" in table.note


def test_why_years_are_missing_is_said_once_with_the_years_where_a_figure_has_any():
    english = broken("ks4_attainment8_english", "Attainment 8, English", key_priority=False)
    maths = broken("ks4_attainment8_maths", "Attainment 8, maths", key_priority=False)
    others = (build_result(), *(build_result(key, key.upper()) for key in "bcd"))
    report = build_report((*others, broken(), english, maths))
    table, (by_year, *_) = notebook.show_measures(report), notebook.show_trends(report).content
    assert f"Attainment 8, English; Attainment 8, maths: {BROKEN}" in table.note
    assert "(a) 2017/18 and 2018/19." in table.note
    assert f"Attainment 8: {BROKEN}" in by_year.note and "Attainment 8: " not in table.note


def test_no_line_is_drawn_over_a_break():
    results = (build_result(key_priority=True), broken())
    trend = tabulate_trends(build_report(results), results).rows[1][1]
    assert [one.school is not None for one in trend.moments] == [False, True, True]


def test_facts_hold_the_years_looked_at_and_why():
    facts = build_school_facts(build_report((broken(),)))
    (held,) = facts["indicators"]
    assert (held["window"], held["window_note"]) == (["2017/18", "2018/19"], BROKEN)


def test_the_reason_of_a_figure_that_is_not_rated_stands_once():
    reason = f"Shown but not rated: 1 year of figures (2017/18); at least 2 are needed. {BROKEN}"
    unrated = broken(comparisons=(build_comparison(Rating.NOT_RATED, None, None, reason=reason),))
    assert " ".join(notebook.show_not_rated(build_report((unrated,))).text().split()).count("Figures from before") == 1


def test_the_departments_band_stays_among_the_facts():
    (held,) = build_school_facts(build_report((build_result(band="below average"),)))["indicators"]
    assert held["band"] == "below average"
