"""Every sentence, word for word."""

from dataclasses import replace

import pytest
from example_school import (
    build_assignment,
    build_comparison,
    build_report,
    build_result,
    build_results,
    build_trust_assignment,
    build_year,
)

from pipeline.analysis.results import InspectionFact, Position, Trend
from pipeline.report import tables, wording
from pipeline.vocabulary import Rating


def test_the_headline_counts_strengths_gaps_and_what_is_in_line():
    assert wording.write_headline(build_report()) == (
        "Of six indicators (published measures) compared with England, one is a strength, two are gaps and three are "
        "in line."
    )


@pytest.mark.parametrize(
    ("ratings", "headline"),
    [
        (
            [],
            "None of this school's published figures could be compared fairly with England's, so nothing here is "
            "called a strength or a gap.",
        ),
        (["gap"], "Only one published figure could be compared fairly with England's, reading: it is a gap."),
        (["in line"], "Only one published figure could be compared fairly with England's, reading: it is in line."),
        (
            ["in line"] * 2,
            "Of two indicators (published measures) compared with England, none stands out: all are in line.",
        ),
        (
            ["strength"] * 12,
            "Of 12 indicators (published measures) compared with England, 12 are strengths, none are gaps and none are "
            "in line.",
        ),
        (
            ["gap", "in line"],
            "Of two indicators (published measures) compared with England, none are strengths, one is a gap and one is "
            "in line.",
        ),
    ],
)
def test_the_headline_is_grammatical_whatever_the_numbers(ratings, headline):
    results = tuple(build_result(f"r{n}", "Reading", rating=Rating(rating)) for n, rating in enumerate(ratings))
    assert wording.write_headline(build_report(results)) == headline


def test_a_gap_names_pupils_years_england_and_the_interval():
    assert wording.write_rated(build_results()[0]) == (
        "Pupils reaching the expected standard in reading, writing and maths: 52% of 174 pupils in the three "
        "years to 2018/19, against 64% in England. That is 12 percentage points below, or about 20 pupils: a gap. "
        "Allowing for chance, the figure could fairly be anything from 45% to 59%. The school has been below England "
        "in each of three years."
    )


def test_a_strength_in_progress_carries_its_sign_and_the_departments_band():
    assert wording.write_rated(build_results()[4]) == (
        "Progress in writing since key stage 1: +2.4 for 58 pupils in 2018/19, against 0.0 in England. That is 2.4 "
        "points above: a strength. Allowing for chance, the figure could fairly be anything from +1.3 to +3.5. The "
        "department describes this as above average."
    )


def test_more_absence_is_a_gap_though_the_figure_is_higher():
    assert wording.write_rated(build_results()[-1]).startswith(
        "Pupils absent for a tenth of sessions or more: 14.2% of 431 pupils in the two years to 2018/19, against "
        "8.2% in England. That is 6.0 percentage points above, or about 10 pupils (lower is better): a gap."
    )


def test_overall_absence_is_a_share_of_sessions_not_of_pupils():
    absence = build_result(
        "absence_overall", "Overall absence", 6.1, 4.7, direction="lower is better", theme="attendance", decimals=1
    )
    assert wording.write_rated(absence) == (
        "Overall absence: 6.1% for 174 pupils in the three years to 2018/19, against 4.7% in England. "
        "That is 1.4 percentage points above (lower is better): a gap. Allowing for chance, the figure could fairly "
        "be anything from −0.9% to 13.1%."
    )


@pytest.mark.parametrize(
    ("own_gap", "sentence"),
    [
        (
            14.0,
            "the figure for disadvantaged pupils is 14 percentage points below that for other pupils.",
        ),
        (
            -1.0,
            "the figure for disadvantaged pupils is 1 percentage point above that for other pupils.",
        ),
        (0.2, "disadvantaged pupils and other pupils have the same figure."),
        (None, ""),
    ],
)
def test_the_schools_own_gap_stands_beside_englands(own_gap, sentence):
    said = wording.write_own_gap(build_result(group="disadvantaged", own_gap=own_gap))
    assert said == (f"Within the school, {sentence}" if sentence else "")


def test_disadvantaged_pupils_are_set_against_englands_other_pupils():
    result = build_result(title="Disadvantaged pupils", group="disadvantaged", england=71.0)
    assert "against 71% for other pupils in England (those who are not disadvantaged)." in wording.write_rated(result)


def test_one_pupil_is_one_pupil():
    result = build_result(
        cohort=1.0, years=(2019,), comparisons=(build_comparison(Rating.GAP, 64.0, -1.0, pupils=-1.0),), value=63.0
    )
    assert "63% of 1 pupil in 2018/19" in wording.write_rated(result)
    assert "That is 1 percentage point below, or about 1 pupil: a gap." in wording.write_rated(result)


def test_the_summary_is_brief():
    assert wording.write_brief(build_results()[0]) == (
        "Gap. Pupils reaching the expected standard in reading, writing and maths: 52% of 174 pupils in the three "
        "years to 2018/19, against 64% in England: about 20 pupils fewer and lower in each of three years."
    )
    assert wording.write_brief(build_results()[4]) == (
        "Strength. Progress in writing since key stage 1: +2.4 for 58 pupils in 2018/19, against 0.0 in England."
    )
    disadvantaged = build_result(title="Disadvantaged pupils", group="disadvantaged", england=71.0)
    assert "against 71% for other pupils in England: about 33 pupils fewer." in wording.write_brief(disadvantaged)


@pytest.mark.parametrize(
    ("title", "short", "name"),
    [
        ("Sessions missed: overall absence", "Overall absence", "Overall absence (sessions missed)"),
        ("Progress 8: progress over eight subjects", "Progress 8", "Progress 8 (progress over eight subjects)"),
        ("Pupils with grade 4 or above", "Grade 4+", "Pupils with grade 4 or above"),
        ("One: two", "Other", "One (two)"),
    ],
)
def test_a_title_stands_before_a_colon_without_a_colon_of_its_own(title, short, name):
    assert wording.name_indicator(build_result(short=short, title=title)) == name


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


def test_a_range_that_leaves_england_out_is_explained_where_it_is_in_line_all_the_same():
    alone = build_result("x", "Reading", 58.0, 66.0, Rating.IN_LINE, half=7.0)
    assert wording.write_compared(alone) == (
        "Reading: 58% of 174 pupils in the three years to 2018/19, against 66% in England. Allowing for chance, the "
        "figure could fairly be anything from 51% to 65%. On its own that would stand out from England; but among as "
        "many comparisons as are made for one school, a difference this large can come by chance, so it is in line."
    )
    table = tables.tabulate_indicators(build_report((alone,)))
    assert table.rows[0][6] == "51% to 65%‡"
    assert "‡ This range leaves England's figure out." in table.note
    assert not wording.stands_out_alone(build_results()[1])
    assert not wording.stands_out_alone(build_results()[0])  # a gap


def test_what_is_in_line_is_counted_and_left_to_the_table():
    rest = "with England: the difference is no more than chance could make among so many comparisons, or too small to"
    assert wording.write_in_line(build_report()) == f"Three indicators are in line {rest} matter."
    assert wording.write_in_line(build_report((build_results()[1],))) == f"One indicator is in line {rest} matter."
    assert wording.write_in_line(build_report(())) == ""


@pytest.mark.parametrize(
    ("keep", "sentence"),
    [
        (slice(0, 0), "None of the indicators applies to this school."),
        (slice(0, 2), "Every indicator that applies to this school could be rated."),
        (slice(0, 7), "One indicator could not be rated. It does not count against the school."),
        (slice(5, 6), "One indicator could not be rated. It does not count against the school."),
    ],
)
def test_what_is_not_rated_does_not_count_against_the_school(keep, sentence):
    assert wording.write_not_rated(build_report(build_results()[keep])) == sentence


def test_why_an_indicator_is_not_rated_comes_from_the_analysis_else_from_the_publisher():
    withheld = build_results()[5]
    assert wording.explain_not_rated(withheld) == "No year has a published figure."
    silent = replace(withheld, comparisons=())
    assert wording.explain_not_rated(silent) == "Withheld by the publisher because so few pupils are covered."


@pytest.mark.parametrize(
    ("trend", "sentence"),
    [
        (
            Trend(2017, 2019, 9.0, -8.0, 26.0, "no clear change"),
            "Maths: no clear change from 2016/17 to 2018/19 (+9 percentage points; allowing for chance, anything from "
            "−8 to +26).",
        ),
        (
            Trend(2017, 2019, -14.0, -25.0, -3.0, "declined since 2016/17"),
            "Maths: declined since 2016/17 (−14 percentage points; allowing for chance, anything from −25 to −3).",
        ),
        (None, ""),
    ],
)
def test_a_trend_says_only_what_the_analysis_found(trend, sentence):
    assert wording.write_trend(build_result(title="Maths", trend=trend)) == sentence


@pytest.mark.parametrize(
    ("fifth", "tenth", "direction", "words"),
    [
        (
            1,
            "top tenth",
            "higher is better",
            "in the highest fifth of schools nationally in 2018/19, and in the highest tenth",
        ),
        (2, "", "higher is better", "in the second highest fifth of schools nationally in 2018/19"),
        (3, "", "higher is better", "in the middle fifth of schools nationally in 2018/19"),
        (5, "", "higher is better", "in the lowest fifth of schools nationally in 2018/19"),
        (1, "", "lower is better", "in the lowest fifth of schools nationally in 2018/19 (lower is better)"),
        (
            5,
            "bottom tenth",
            "lower is better",
            "in the highest fifth of schools nationally in 2018/19 (lower is better), and in the highest tenth",
        ),
    ],
)
def test_a_position_is_said_the_way_its_figure_points(fifth, tenth, direction, words):
    assert wording.write_position(Position(2019, 14_500, fifth, tenth), direction) == words


@pytest.mark.parametrize(
    ("year", "words"), [(2019, "suppressed"), (2020, "no tests"), (2021, "no tests"), (2022, "no figure")]
)
def test_a_year_without_a_figure_says_why(year, words):
    result = build_result(by_year=(build_year(2019, None, availability="suppressed"), build_year(2023, 50.0)))
    assert wording.explain_gap_in_years(result, year) == words


def test_the_category_says_where_it_stands_among_the_others_and_that_it_is_indicative():
    assert wording.write_category(build_assignment()) == (
        "Indicative category 4 of 5, 1 being the least support; a panel decides."
    )
    assert wording.write_category(build_assignment(tier=1, title="Secure Plus")) == (
        "Indicative category 1 of 5, the least support; a panel decides."
    )
    assert wording.write_category(build_assignment(tier=5, title="Intensive support")) == (
        "Indicative category 5 of 5, the most support; a panel decides."
    )
    assert wording.write_category(build_assignment(tier=None)) == "No category is indicated."


def test_the_category_is_a_starting_point():
    assert wording.STARTING_POINT == (
        "The category is a starting point for discussion, not a prediction of inspection and not an overall judgement "
        "of the school. Published figures cannot show everything that matters."
    )


def test_a_school_is_told_how_to_challenge_its_category():
    assert wording.write_challenge("Worcestershire County Council") == (
        "If you think a figure or the category is wrong, tell Worcestershire County Council before it is confirmed: "
        "say which, and what you know that the figures do not show. The panel may set another category and must give "
        "its reason in writing."
    )
    assert wording.write_challenge("The Two Counties Trust", indicated=False) == (
        "If you think a figure is wrong, or can show what published figures do not, tell The Two Counties Trust before "
        "the panel meets. It gives its reason in writing."
    )
    assert "the The" not in wording.write_challenge("The Two Counties Trust")
    assert "tell your school improvement adviser before" in wording.write_challenge("")


def test_default_thresholds_are_labelled_as_such():
    assert wording.write_thresholds(build_assignment()) == (
        "Default thresholds. The thresholds behind this category came with the software. Worcestershire County Council "
        "has not adopted them."
    )
    assert wording.write_thresholds(build_trust_assignment()) == (
        "The Two Counties Trust has adopted the thresholds behind this category."
    )
    noticed = build_assignment(notice="These are defaults, for the council to change")
    assert wording.write_thresholds(noticed) == "Default thresholds. These are defaults, for the council to change."


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
    assert wording.write_inspection(fact) == words


def test_an_inspection_after_the_date_of_the_report_is_said_to_be_so():
    fact = InspectionFact("report card", "report card", "Achievement", "Strong standard", "2026-01-13", True)
    assert wording.write_inspection(fact, "2025-11-01") == (
        "Report card, 13 January 2026 (of a predecessor school; after the date of this report)"
    )
    assert wording.write_inspection(fact, "2026-11-01") == "Report card, 13 January 2026 (of a predecessor school)"


def test_checks_are_counted():
    assert wording.write_checks(build_report(checks=14)) == (
        "14 checks were made of this school's published figures. All held."
    )
    assert wording.write_checks(build_report(checks=14, warnings=("a", "b"))) == (
        "14 checks were made of this school's published figures. Two found something a reader should know:"
    )


def test_words_are_joined_as_a_sentence_joins_them():
    assert wording.join_words([]) == ""
    assert wording.join_words(["a"]) == "a"
    assert wording.join_words(["a", "b"]) == "a and b"
    assert wording.join_words(["a", "b", "c"]) == "a, b and c"
    assert wording.join_words(["a, b", "c"], between=";") == "a, b; and c"
