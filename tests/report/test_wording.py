"""Every sentence, word for word."""

from dataclasses import replace

import pytest
from example_school import (
    build_report,
    build_result,
    build_results,
    build_year,
)

from pipeline.analysis.results import InspectionFact, Position
from pipeline.report.sentences import wording
from pipeline.report.sentences.counting import join_words
from pipeline.validation import Check, Example


@pytest.mark.parametrize(
    ("years", "words"),
    [
        ((2019,), "in 2018/19"),
        ((2018, 2019), "in the two years to 2018/19"),
        ((2019, 2017, 2018), "in the three years to 2018/19"),
        ((2017, 2019), "in 2016/17 and 2018/19 together"),
    ],
)
def test_years_are_named_as_they_lie(years, words):
    assert wording.name_years(years) == words


def test_a_gap_that_has_lasted_stands_beside_any_category():
    assert wording.phrase_lasting_gaps(build_report()) == (
        "One gap has lasted (reading, writing and maths expected), on the worse side of England in each of three "
        "years. It stands whatever the category."
    )
    two = tuple(replace(one, persistent=True) for one in build_results())
    assert wording.phrase_lasting_gaps(build_report(two)) == (
        "Two gaps have lasted (reading, writing and maths expected; and persistent absence), on the worse side of "
        "England in each of three years. They stand whatever the category."
    )
    many = tuple(build_result(f"r{n}", f"Measure {n}", persistent=True) for n in range(14))
    assert wording.phrase_lasting_gaps(build_report(many)).startswith(
        "14 gaps have lasted (Measure 0; Measure 1; Measure 2; and 11 more), on"
    )
    assert wording.phrase_lasting_gaps(build_report(build_results()[1:])) == ""


@pytest.mark.parametrize(
    ("keep", "sentence"),
    [
        (slice(0, 0), "None of the measures applies to this school."),
        (slice(0, 2), "Every measure that applies to this school could be rated."),
        (slice(0, 7), "One measure could not be rated. It does not count against the school."),
        (slice(5, 6), "One measure could not be rated. It does not count against the school."),
    ],
)
def test_what_is_not_rated_does_not_count_against_the_school(keep, sentence):
    assert wording.phrase_not_rated(build_report(build_results()[keep])) == sentence


def test_why_an_indicator_is_not_rated_comes_from_the_analysis_else_from_the_publisher():
    withheld = build_results()[5]
    assert wording.explain_not_rated(withheld) == "No year has a published figure."
    silent = replace(withheld, comparisons=())
    assert wording.explain_not_rated(silent) == "Withheld by the publisher because so few pupils are covered."


@pytest.mark.parametrize(
    ("fifth", "tenth", "direction", "words"),
    [
        (1, "top tenth", "higher is better", "in the highest tenth of schools nationally in 2018/19"),
        (2, "", "higher is better", "in the second highest fifth of schools nationally in 2018/19"),
        (3, "", "higher is better", "in the middle fifth of schools nationally in 2018/19"),
        (5, "", "higher is better", "in the lowest fifth of schools nationally in 2018/19"),
        (1, "", "lower is better", "in the lowest fifth of schools nationally in 2018/19 (lower is better)"),
        (
            5,
            "bottom tenth",
            "lower is better",
            "in the highest tenth of schools nationally in 2018/19 (lower is better)",
        ),
    ],
)
def test_a_position_is_said_the_way_its_figure_points(fifth, tenth, direction, words):
    assert wording.phrase_position(Position(2019, 14_500, fifth, tenth), direction) == words


@pytest.mark.parametrize(
    ("year", "words"), [(2019, "suppressed"), (2020, "no tests"), (2021, "no tests"), (2022, "no figure")]
)
def test_a_year_without_a_figure_says_why(year, words):
    result = build_result(by_year=(build_year(2019, None, availability="suppressed"), build_year(2023, 50.0)))
    assert wording.explain_missing_year(result, year) == words


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (
            InspectionFact("graded judgements", "previous graded", "Overall effectiveness", "Good", "2016-03-08", True),
            "Previous graded, 8 March 2016 (of a predecessor school)",
        ),
        (
            InspectionFact("report card", "report card", "Achievement", "Strong standard", "2026-01-13", False),
            "Report card, 13 January 2026",
        ),
        (InspectionFact("graded judgements", "graded", "Overall", "Good", "", False), "Graded, date not given"),
    ],
)
def test_an_inspection_keeps_its_frameworks_words_and_its_date(fact, words):
    assert wording.phrase_inspection(fact) == words


def test_an_inspection_after_the_date_of_the_report_is_said_to_be_so():
    fact = InspectionFact("report card", "report card", "Achievement", "Strong standard", "2026-01-13", True)
    assert wording.phrase_inspection(fact, "2025-11-01") == (
        "Report card, 13 January 2026 (of a predecessor school; after the date of this report)"
    )
    assert wording.phrase_inspection(fact, "2026-11-01") == "Report card, 13 January 2026 (of a predecessor school)"


def test_checks_are_counted():
    assert wording.phrase_checks(build_report(checks=14)) == (
        "14 checks were made of this school's published figures. All held."
    )
    assert wording.phrase_checks(build_report(checks=14, warnings=("a", "b"))) == (
        "14 checks were made of this school's published figures. Two found something a reader should know: see below."
    )


def test_words_are_joined_as_a_sentence_joins_them():
    assert join_words([]) == ""
    assert join_words(["a"]) == "a"
    assert join_words(["a", "b"]) == "a and b"
    assert join_words(["a", "b", "c"]) == "a, b and c"
    assert join_words(["a, b", "c"], between=";") == "a, b; and c"


def build_left_out(cells, unexpected):
    examples = tuple(
        Example("questioned", file="2024-2025/england_ks2final.csv", line=2, column=column, urn=900001, word=word)
        for column, word in cells
    )
    return Check(
        "expect_column_values_to_not_be_in_set", "availability", "warning", "Every published figure could be used.",
        "A figure published for this school is left out.", "Ask the publisher.", False,
        unexpected_count=unexpected, examples=examples,
    )  # fmt: skip


def test_a_figure_that_is_left_out_is_named_with_its_text_and_place():
    assert wording.phrase_finding(build_left_out([("PTRWM_EXP", "0.67%")], 1)) == (
        "A figure published for this school is left out. Left out: “0.67%” in column PTRWM_EXP, line 2 of "
        "2024-2025/england_ks2final.csv. Ask the publisher."
    )


def test_of_many_figures_left_out_the_rest_are_counted():
    said = wording.phrase_finding(build_left_out([("PTRWM_EXP", "0.67%"), ("PTMAT_EXP", "0.7%")], 9))
    assert "“0.7%” in column PTMAT_EXP, line 2 of 2024-2025/england_ks2final.csv and seven more cells. Ask" in said


def test_another_finding_is_its_reason_and_remedy():
    check = replace(build_left_out([], 0), column="year")
    assert wording.phrase_finding(check) == "A figure published for this school is left out. Ask the publisher."
