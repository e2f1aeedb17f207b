"""The area's report: schools counted and never ranked, frameworks never mixed, figures as published."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from example_area import build_area, build_standing
from example_school import build_report, build_result, build_year

from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.results import InspectionFact
from pipeline.policy import load_policy
from pipeline.report import area_exhibits, area_notebook
from pipeline.report.area import (
    build_area_facts,
    count_gaps,
    count_inspections,
    find_most_supported,
    find_overall_grade,
    find_possible_leaders,
    find_report_card,
    measure_area,
    read_standing,
)
from pipeline.report.facts import FACTS_MIME, build_school_facts, write_facts
from pipeline.sources.frames import OBSERVATIONS, shape_frame

GAP, STRENGTH = ("r", "Reading", "gap", True), ("m", "Maths", "strength", False)


def _inspect(framework, area, outcome, date="2019-03-05", kind="graded"):
    return InspectionFact(framework, kind, area, outcome, date, False)


GOOD = _inspect("graded judgements", "Overall effectiveness", "Good")
NOT_JUDGED = _inspect("graded judgements", "Overall effectiveness", "Not judged", "2024-10-01")
CARD = _inspect("report card", "Achievement", "Strong standard", "2026-01-20", "report card")


@pytest.fixture
def area():
    return build_area(
        [
            build_standing(3, "Zeta School", "secure_plus", 1, [STRENGTH]),
            build_standing(1, "alpha School", "focus", 4, [GAP, STRENGTH], [GOOD, NOT_JUDGED]),
            build_standing(2, "The Beta School", "secure_plus", 1, [GAP], [CARD]),
            build_standing(4, "Gamma School", "insufficient_evidence", None),
        ]
    )


SHOWN = (
    area_notebook.show_area,
    area_notebook.show_categories,
    area_notebook.show_standards,
    area_notebook.show_disadvantaged_gap,
    area_notebook.show_inspection_outcomes,
    area_notebook.show_support,
    area_notebook.show_common_gaps,
    area_notebook.show_schools,
    area_notebook.show_insufficient_evidence,
    area_notebook.show_data_quality,
)


def test_schools_stand_in_the_order_of_their_names(area):
    names = [school.name for school in area.schools]
    assert names == [
        "alpha School",
        "Gamma School",
        "The Beta School",
        "Zeta School",
    ]


def test_every_school_is_in_exactly_one_category_and_empty_categories_are_shown(area):
    table = area_exhibits.tabulate_categories(area)
    assert table.rows == (
        ("Secure Plus", "2", "50%"),
        ("Secure", "0", "0%"),
        ("Light touch support", "0", "0%"),
        ("Focus support", "1", "25%"),
        ("Intensive support", "0", "0%"),
        ("Insufficient evidence", "1", "25%"),
    )


def test_the_figure_says_its_counts(area):
    assert area_exhibits.draw_categories(area).alt == (
        "Six bars, one a category, from least to most support: Secure Plus 2, Secure 0, Light touch support 0, Focus "
        "support 1, Intensive support 0 and Insufficient evidence 1. Four schools in all."
    )


def test_a_report_card_is_never_counted_as_a_grade(area):
    counted = count_inspections(area.schools)
    assert (counted.good_or_better, counted.graded, counted.without, counted.report_cards) == (1, 1, 3, 1)
    alpha, _, beta, _ = area.schools
    assert find_overall_grade(alpha) == "Good"  # "Not judged" later is no grade
    assert find_overall_grade(beta) == ""
    assert find_report_card(beta) == (("Achievement", "Strong standard"),)


def test_the_share_good_or_better_is_of_those_that_were_graded(area):
    assert (
        area_notebook.show_inspection_outcomes(area)
        .text()
        .startswith(
            "1 of 1 school (100%) was good or outstanding in the last graded inspection that gave an overall\n"
            "grade; three schools had none."
        )
    )


def test_schools_in_the_category_of_least_support_may_lead_and_a_key_gap_is_said(area):
    assert [school.name for school in find_possible_leaders(area)] == ["The Beta School", "Zeta School"]
    lines = area_notebook.show_support(area).text().splitlines()
    assert "- The Beta School: no strengths (a gap in Reading)" in lines
    assert "- Zeta School: strengths in Maths" in lines
    assert [school.name for school in find_most_supported(area)] == ["alpha School"]


def test_common_gaps_are_counted_over_the_schools_that_were_rated(area):
    assert [(one.short_title, gaps, strengths, rated) for one, gaps, strengths, rated in count_gaps(area)] == [
        ("Reading", 2, 0, 2),
        ("Maths", 0, 2, 2),
    ]


def test_days_of_support_are_added_up_over_the_schools():
    def build(urn, category, tier):
        return build_standing(urn, f"School {urn}", category, tier)

    schools = [build(1, "sustain", 1), build(2, "stabilise", 4), build(3, "stabilise", 4)]
    table = area_exhibits.tabulate_days(build_area(schools, policy=load_policy("two-counties")))
    assert [column.heading for column in table.columns] == [
        *("Category", "Schools", "Days a year", "Of which external consultant")
    ]
    assert table.rows == (
        ("Sustain", "1", "3", "1"),
        ("Improve", "0", "0", "0"),
        ("Repair", "0", "0", "0"),
        ("Stabilise", "2", "at least 20", "12"),
        ("All", "3", "at least 23", "13"),
    )
    assert area_exhibits.tabulate_days(build_area(schools)) is None  # the county's policy gives no numbers


def test_absence_stands_beside_englands_schools_of_the_same_phase():
    def build(urn, value, pupils):
        year = build_year(2019, value, 8.2, cohort=pupils)
        result = build_result(
            "absence_persistent", "Persistent absence", theme="attendance", decimals=1, by_year=(year,)
        )
        report = build_report((result,))
        return read_standing(build_school_facts(replace(report, school=replace(report.school, urn=urn))))

    table = area_exhibits.tabulate_absence(build_area([build(1, 10.0, 100), build(2, 13.0, 200)]))
    assert table.rows == (("Persistent absence", "Primary", "2", "12.0%", "8.2%", "+3.8"),)
    assert area_exhibits.tabulate_absence(build_area([])) is None


def test_who_set_the_thresholds_is_named(area):
    text = area_notebook.show_area(area).text()
    assert "{organisation}" not in text
    assert "Worcestershire County Council has not yet" in " ".join(text.split())


def test_the_gap_of_the_area_stands_beside_englands_gap(area):
    assert area_exhibits.tabulate_disadvantaged_gap(area).rows == (
        ("Disadvantaged", "47%", "70%", "−23", "−20", "2018/19"),
    )


def _observe(level, group, year, value, la=pd.NA):
    return {"level": level, "la": la, "measure": "ks2_rwm_expected", "group": group, "year": year, "value": value}


def test_the_areas_figures_are_those_of_the_latest_year_that_both_have():
    rows = [
        _observe("authority", "all", 2018, 60.0, 885),
        _observe("authority", "all", 2019, 61.0, 885),
        _observe("authority", "all", 2019, 99.0, 850),
        _observe("england, state-funded", "all", 2018, 64.0),
        _observe("england, all schools", "all", 2019, 50.0),
        _observe("authority", "disadvantaged", 2018, 45.0, 885),
        _observe("authority", "other", 2018, float("nan"), 885),
        _observe("england, state-funded", "other", 2018, 70.0),
        _observe("england, state-funded", "disadvantaged", 2018, 51.0),
    ]
    frame = shape_frame(pd.DataFrame(rows), {name: kind for name, kind in OBSERVATIONS.items() if kind != "int32"})
    figures = {one.indicator: one for one in measure_area(frame, load_indicators(), 2019, authority=885)}
    everyone, disadvantaged = figures["ks2_rwm_expected"], figures["ks2_rwm_expected_disadvantaged"]
    assert (everyone.year, everyone.value, everyone.england) == (2018, 60.0, 64.0)
    assert (disadvantaged.value, disadvantaged.england, disadvantaged.england_own) == (45.0, 70.0, 51.0)
    assert disadvantaged.other is None
    assert measure_area(frame, load_indicators(), 2019) == ()


def test_an_empty_area_still_has_a_whole_report():
    empty = build_area([], figures=(), unreported=(), files=())
    for show in SHOWN:
        assert show(empty).text()


def test_no_name_becomes_markup(area):
    awkward = build_area(
        [build_standing(5, '<script>x</script>"\n&', "secure", 2, [GAP])], name="<b>Area</b>", figures=area.figures
    )
    for show in SHOWN:
        html = str(show(awkward).html())
        assert "<script" not in html and "<b>" not in html


def test_the_areas_facts_name_no_school_as_their_subject(area, monkeypatch):
    facts = build_area_facts(area)
    assert facts["document"]["urn"] is None
    assert facts["document"]["kind"] == "area"
    assert [one["schools"] for one in facts["categories"]] == [[2, 3], [], [], [1], [], [4]]
    assert json.loads(write_facts(facts)) == facts
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    area_notebook.publish_facts(area)
    assert shown[0][FACTS_MIME]["exhibits"] == ["categories-figure"]
