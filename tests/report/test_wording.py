"""Every sentence, word for word."""

from dataclasses import replace

import pytest
from example_school import (
    build_comparison,
    build_report,
    build_result,
    build_results,
    build_whole_report,
    build_year,
)

from pipeline.analysis.results import InspectionFact, Position, Trend
from pipeline.foundation.vocabulary import Rating
from pipeline.report.school import tables
from pipeline.report.sentences import wording
from pipeline.report.sentences.counting import join_words
from pipeline.validation import Check, Example


def test_the_headline_counts_strengths_gaps_and_what_is_in_line():
    assert wording.phrase_headline(build_report()) == (
        "Of six indicators (published measures) compared with England, one is a strength, two are gaps and one is in "
        "line (shown to be close). For the other two the figures of three years do not show a difference from England, "
        "in either direction. One indicator rests on one year alone: provisional."
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
            "Of two indicators (published measures) compared with England, none stands out: both are in line (shown to "
            "be close).",
        ),
        (
            ["no clear difference"],
            "Only one published figure could be compared fairly with England's, reading: it shows no clear difference, "
            "in either direction.",
        ),
        (
            ["no clear difference"] * 12,
            "Of 12 indicators (published measures) compared with England, none stands out: the figures of three years "
            "do not show a difference from England, in either direction.",
        ),
        (
            ["in line", "no clear difference", "in line"],
            "Of three indicators (published measures) compared with England, none stands out: two are in line (shown "
            "to be close). For the other one the figures of three years do not show a difference from England, in "
            "either direction.",
        ),
        (
            ["gap", *["no clear difference"] * 13],
            "Of 14 indicators (published measures) compared with England, none are strengths and one is a gap. For the "
            "other 13 the figures of three years do not show a difference from England, in either direction.",
        ),
        (
            ["strength"] * 12,
            "Of 12 indicators (published measures) compared with England, 12 are strengths and none are gaps.",
        ),
        (
            ["gap", "in line"],
            "Of two indicators (published measures) compared with England, none are strengths, one is a gap and one is "
            "in line (shown to be close).",
        ),
    ],
)
def test_the_headline_is_grammatical_whatever_the_numbers(ratings, headline):
    results = tuple(build_result(f"r{n}", "Reading", rating=Rating(rating)) for n, rating in enumerate(ratings))
    assert wording.phrase_headline(build_report(results)) == headline


def test_a_gap_names_pupils_years_england_and_the_interval():
    assert wording.phrase_rated(build_results()[0]) == (
        "Pupils reaching the expected standard in reading, writing and maths: 52% of 174 pupils in the three "
        "years to 2018/19, against 64% in England. That is 12 percentage points below, or about 20 pupils: a gap. "
        "Allowing for chance and the usual change from year to year, the figure could fairly be anything from 45% to "
        "59%. The school has been below England in each of three years."
    )


def test_a_strength_in_progress_carries_its_sign_and_the_departments_band():
    assert wording.phrase_rated(build_results()[4]) == (
        "Progress in writing since key stage 1: +2.4 for 58 pupils in 2018/19, against 0.0 in England. That is 2.4 "
        "points above: a strength. Allowing for chance and the usual change from year to year, the figure could fairly "
        "be anything from +1.3 to +3.5. From one year: provisional. The department describes this as above average."
    )


def test_more_absence_is_a_gap_though_the_figure_is_higher():
    assert wording.phrase_rated(build_results()[-1]).startswith(
        "Pupils absent for a tenth of sessions or more: 14.2% of 431 pupils in the two years to 2018/19, against "
        "8.2% in England. That is 6.0 percentage points above, or about 10 pupils (lower is better): a gap."
    )


def test_overall_absence_is_a_share_of_sessions_not_of_pupils():
    absence = build_result(
        "absence_overall", "Overall absence", 6.1, 4.7, direction="lower is better", theme="attendance", decimals=1
    )
    assert wording.phrase_rated(absence) == (
        "Overall absence: 6.1% of sessions for 174 pupils in the three years to 2018/19, against 4.7% in England. "
        "That is 1.4 percentage points above (lower is better): a gap. Allowing for chance and the usual change from "
        "year to year, the figure could fairly be anything from −0.9% to 13.1%."
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
    said = wording.phrase_own_gap(build_result(group="disadvantaged", own_gap=own_gap))
    assert said == (f"Within the school, {sentence}" if sentence else "")


def test_disadvantaged_pupils_are_set_against_englands_disadvantaged_pupils():
    result = build_result(title="Disadvantaged pupils", group="disadvantaged", england=71.0)
    assert "against 71% for disadvantaged pupils in England." in wording.phrase_rated(result)


def test_one_pupil_is_one_pupil():
    result = build_result(
        cohort=1.0, years=(2019,), comparisons=(build_comparison(Rating.GAP, 64.0, -1.0, pupils=-1.0),), value=63.0
    )
    assert "63% of 1 pupil in 2018/19" in wording.phrase_rated(result)
    assert "That is 1 percentage point below, or about 1 pupil: a gap." in wording.phrase_rated(result)


def test_the_summary_is_brief():
    assert wording.phrase_brief(build_results()[0]) == (
        "Gap against England. Pupils reaching the expected standard in reading, writing and maths: 52% of 174 pupils "
        "in the three years to 2018/19, against 64% in England (about 20 pupils fewer here); lower than England in "
        "each of three years."
    )
    assert wording.phrase_brief(build_results()[4]) == (
        "Strength against England. Progress in writing since key stage 1: +2.4 for 58 pupils in 2018/19, against 0.0 "
        "in England; from one year: provisional."
    )
    disadvantaged = build_result(title="Disadvantaged pupils", group="disadvantaged", england=71.0)
    assert "against 71% for disadvantaged pupils in England (about 33 pupils fewer here)." in wording.phrase_brief(
        disadvantaged
    )


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


def test_a_range_that_leaves_england_out_says_why_it_is_no_finding():
    alone = build_result("x", "Reading", 58.0, 66.0, Rating.NO_CLEAR_DIFFERENCE, half=7.0)
    assert wording.phrase_rated(alone) == (
        "Reading: 58% of 174 pupils in the three years to 2018/19, against 66% in England. Allowing for chance and the "
        "usual change from year to year, the figure could fairly be anything from 51% to 65%. The whole range lies "
        "below England. On its own that would stand out; among as many comparisons as are made for one school it does "
        "not, so it is no finding."
    )
    table = tables.tabulate_indicators(build_report((alone,)))
    assert str(table.rows[0][5]) == "not clear‡"
    assert (
        "Not clear: no clear difference, in either direction. ‡ The range leaves this figure out: on its" in table.note
    )
    assert not wording.stands_out_alone(build_results()[1], "england")
    assert not wording.stands_out_alone(build_results()[0], "england")  # a gap


def test_why_a_range_beyond_england_is_no_finding_is_the_analyses_own_reason():
    reason = "The difference is under 1, the least this indicator counts."
    comparison = build_comparison(Rating.NO_CLEAR_DIFFERENCE, 66.0, 8.0, reason=reason)
    small = build_result("x", "Reading", 74.0, 66.0, half=7.0, comparisons=(comparison,))
    assert wording.phrase_rated(small).endswith(f"The whole range lies above England. {reason}")


def test_a_range_a_little_beyond_england_is_in_line_where_it_is_shown_to_be_close():
    comparison = build_comparison(Rating.IN_LINE, 66.0, 3.0, reason="The whole range lies within 8 points of it.")
    close = build_result("x", "Reading", 69.0, 66.0, half=2.0, comparisons=(comparison,))
    assert wording.phrase_rated(close).endswith(
        "from 67% to 71%. That is in line with England. The whole range lies within 8 points of it."
    )


def test_what_is_no_finding_is_counted_and_left_to_the_table():
    close = "in line: the whole range lies close to what the figure is compared with."
    means = (
        "no clear difference: the school may be above, below or level. What is seen is no more than chance and the "
        "usual change from year to year could make"
    )
    assert wording.phrase_no_findings(build_report()) == (
        f"Six comparisons were made. One is {close} Two show {means} among so many comparisons, or too small to matter."
    )
    assert wording.phrase_no_findings(build_whole_report()) == (
        f"12 comparisons were made, with England and with similar schools. One is {close} Five show {means} among so "
        f"many comparisons, or too small to matter."
    )
    one = build_report((build_results()[1],))
    assert wording.phrase_no_findings(one) == f"The one comparison made shows {means}, or too small to matter."
    assert wording.phrase_no_findings(build_report((build_results()[2],))) == f"The one comparison made is {close}"
    assert wording.phrase_no_findings(build_report(())) == ""


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


def _stand(england, similar, **other):
    """One result with these ratings; None: not compared."""
    sides = (("england", england, 64.0), ("similar schools", similar, 60.0))
    return build_result(
        title="Reading",
        comparisons=tuple(
            build_comparison(Rating(rating), baseline, 52.3 - baseline, pupils=-14, comparator=name)
            for name, rating, baseline in sides
            if rating
        ),
        **other,
    )


@pytest.mark.parametrize(
    ("england", "similar", "opening", "against"),
    [
        (
            *("gap", "gap", "Gap against England and similar schools."),
            "64% in England (about 14 pupils fewer here) and 60% in similar schools (about 14 pupils fewer here).",
        ),
        (
            *("gap", "in line", "Gap against England, in line with similar schools."),
            "64% in England (about 14 pupils fewer here) and 60% in similar schools.",
        ),
        (
            *("no clear difference", "gap", "Gap against similar schools, no clear difference from England."),
            "60% in similar schools (about 14 pupils fewer here) and 64% in England.",
        ),
        (
            *("gap", "strength", "Gap against England, strength against similar schools."),
            "64% in England (about 14 pupils fewer here) and 60% in similar schools (about 14 pupils fewer here).",
        ),
        ("", "gap", "Gap against similar schools.", "60% in similar schools (about 14 pupils fewer here)."),
        ("gap", "not rated", "Gap against England.", "64% in England (about 14 pupils fewer here)."),
    ],
)
def test_a_finding_names_whom_it_is_against(england, similar, opening, against):
    figure = "Reading: 52% of 174 pupils in the three years to 2018/19"
    assert wording.phrase_brief(_stand(england, similar)) == f"{opening} {figure}, against {against}"


def test_a_finding_against_nobody_cannot_be_put_into_words():
    with pytest.raises(ValueError, match="rated against nobody"):
        wording.phrase_brief(_stand("not rated", ""))


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([("gap", "in line")] * 2, "Of two compared with similar schools, none stands out: both are in line."),
        ([("gap", "no clear difference")] * 2, "Of two compared with similar schools, none stands out: the figures do "
         "not show a difference from them, in either direction."),
        ([("gap", "gap"), ("gap", "")], "One could be compared with similar schools: it is a gap."),
        ([("gap", "in line"), ("gap", "")], "One could be compared with similar schools: it is in line."),
        ([("in line", "strength")] * 2, "Of two compared with similar schools, two are strengths and none are "
         "gaps."),
    ],
)  # fmt: skip
def test_the_headline_counts_what_stands_out_beside_similar_schools(pairs, sentence):
    results = tuple(replace(_stand(*pair), indicator=f"r{number}") for number, pair in enumerate(pairs))
    assert wording.phrase_headline(build_report(results)).endswith(f". {sentence}")


def test_a_school_compared_with_similar_schools_alone_is_told_so():
    assert wording.phrase_headline(build_report((_stand("", "gap"), _stand("", "gap")))) == (
        "None of this school's published figures could be compared fairly with England's. Of two compared with similar "
        "schools, none are strengths and two are gaps."
    )


def test_similar_schools_follow_in_a_sentence_of_their_own():
    assert wording.phrase_beside_similar(_stand("gap", "in line")) == (
        "In similar schools the figure is 60%: the school is in line with them."
    )
    assert wording.phrase_rated(_stand("in line", "gap", group="disadvantaged", own_gap=14.0)).endswith(
        "In similar schools disadvantaged pupils have 60%. The school is 8 percentage points below, or about 14 "
        "pupils: a gap. Within the school, the figure for disadvantaged pupils is 14 percentage points below that for "
        "other pupils."
    )
    assert wording.phrase_beside_similar(_stand("gap", "no clear difference")) == (
        "In similar schools the figure is 60%: no clear difference."
    )
    assert wording.phrase_beside_similar(_stand("gap", "")) == ""
    wide = {"lower": 40.0, "upper": 70.0}
    assert wording.phrase_rated(_stand("in line", "in line", **wide)).endswith(
        "That is in line with England and with similar schools (60%)."
    )
    assert wording.phrase_rated(_stand("in line", "in line", group="disadvantaged", **wide)).endswith(
        "That is in line with England and with the disadvantaged pupils of similar schools (60%)."
    )
    assert wording.phrase_rated(_stand(*["no clear difference"] * 2, **wide)).endswith(
        "That is no clear difference from England or from similar schools (60%)."
    )
    assert wording.phrase_unrated(_stand("", "in line")).endswith("the school is in line with them.")


def test_a_strength_or_gap_against_either_comparator_leads_the_table():
    results = (
        *(_stand("no clear difference", "in line"), _stand("in line", "gap")),
        *(_stand("gap", "no clear difference"), _stand("", "strength")),
    )
    report = build_report(tuple(replace(one, short_title=f"{place}") for place, one in enumerate(results)))
    report = replace(
        report,
        analysis=replace(
            report.analysis,
            results=tuple(replace(one, indicator=one.short_title) for one in report.analysis.results),
        ),
    )
    table = tables.tabulate_indicators(report)
    assert [row[0] for row in table.rows] == ["3", "2", "1", "0"]
    assert [[str(cell) for cell in row[4:]] for row in table.rows] == [
        ["–", "–", "60%", "strength (14)"],
        ["64%", "gap (14)", "60%", "not clear‡"],
        ["64%", "in line‡", "60%", "gap (14)"],
        ["64%", "not clear‡", "60%", "in line‡"],
    ]
    assert tables.tabulate_not_rated(report) is None


def test_the_method_counts_the_comparisons_with_both():
    ratings = dict(wording.explain_method(build_whole_report()))["Ratings."]
    assert "how many comparisons were made (12 here, both together)" in ratings
    assert ratings.endswith(
        "Disadvantaged pupils are compared with England's and similar schools' disadvantaged pupils; the gap to close "
        "is to England's other pupils, and is not rated."
    )
    assert "similar" not in dict(wording.explain_method(build_report()))["Ratings."]
    assert "Certainty." not in dict(wording.explain_method(build_report()))


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
    assert wording.phrase_not_rated(build_report(build_results()[keep])) == sentence


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
            "Maths: no clear change from 2016/17 to 2018/19 (+9 percentage points; allowing for chance and the "
            "usual change from year to year, anything from −8 to +26).",
        ),
        (
            Trend(2017, 2019, -14.0, -25.0, -3.0, "declined since 2016/17"),
            "Maths: declined since 2016/17 (−14 percentage points; allowing for chance and the usual change from year "
            "to year, anything from −25 to −3).",
        ),
        (None, ""),
    ],
)
def test_a_trend_says_only_what_the_analysis_found(trend, sentence):
    assert wording.phrase_trend(build_result(title="Maths", trend=trend)) == sentence


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
    assert wording.phrase_position(Position(2019, 14_500, fifth, tenth), direction) == words


@pytest.mark.parametrize(
    ("year", "words"), [(2019, "suppressed"), (2020, "no tests"), (2021, "no tests"), (2022, "no figure")]
)
def test_a_year_without_a_figure_says_why(year, words):
    result = build_result(by_year=(build_year(2019, None, availability="suppressed"), build_year(2023, 50.0)))
    assert wording.explain_gap_in_years(result, year) == words


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
        "14 checks were made of this school's published figures. Two found something a reader should know:"
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
