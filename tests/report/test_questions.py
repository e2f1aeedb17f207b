"""Five questions for governors, whatever a school's figures: each from what the report shows, short, and said once."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from example_school import (
    WRITING_CHECK,
    build_comparison,
    build_report,
    build_result,
    build_results,
    build_whole_report,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.results import Gap, GapYear, InspectionFact
from pipeline.foundation.vocabulary import Rating
from pipeline.report.school import notebook
from pipeline.report.sentences.questions import list_questions
from tests.conftest import count_examples

INDICATORS = load_indicators()
RATINGS = st.sampled_from([*Rating])


def ask(*results, **other) -> tuple[str, ...]:
    report = build_report(results)
    return list_questions(replace(report, analysis=replace(report.analysis, **{"inspections": (), **other})))


def build_any(key: str, england: Rating, similar: Rating | None, persistent: bool, years: tuple[int, ...], gap: bool):
    one = next(one for one in INDICATORS if one.key == key)
    beside = [build_comparison(england, 64.0, -12.0, pupils=-20.0)]
    beside += [build_comparison(similar, 60.0, 8.0, pupils=8.0, comparator="similar schools")] if similar else []
    found = Gap("other", 69.0, -18.0, -33.0, -4.0, (GapYear(2019, 71.0, -16.0),), None) if gap and one.gap_to else None
    return build_result(
        key, one.short_title, comparisons=tuple(beside), persistent=persistent, years=years, gap=found,
        group=str(one.group), theme=one.theme, unit=str(one.unit), key_stage=str(one.key_stage),
        direction=str(one.direction), key_priority=one.key_priority,
    )  # fmt: skip


results = st.lists(
    st.builds(
        build_any,
        st.sampled_from([one.key for one in INDICATORS]),
        RATINGS,
        st.none() | RATINGS,
        st.booleans(),
        st.sampled_from([(2019,), (2018, 2019), (2017, 2018, 2019)]),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda one: one.indicator,
)
inspections = st.lists(
    st.builds(
        lambda area, outcome, date: InspectionFact("graded judgements", "graded", area, outcome, date, False),
        st.sampled_from(["Overall effectiveness", "Quality of education", "Personal development", ""]),
        st.sampled_from(["Good", "Requires improvement", "Inadequate", "Needs attention", "not judged"]),
        st.sampled_from(["2016-03-08", "2019-01-15", ""]),
    ),
    max_size=3,
)
writing = st.sampled_from(
    [None, WRITING_CHECK, replace(WRITING_CHECK, writing=50.0), replace(WRITING_CHECK, asks=False)]
)


def test_an_inspection_without_grades_since_does_not_hide_what_the_last_with_grades_asked():
    poor = InspectionFact("graded judgements", "graded", "Behaviour", "Requires improvement", "2018-03-12", False)
    since = replace(poor, kind="ungraded", area="Overall outcome", outcome="School remains Good", date="2019-01-15")
    asked = "What has changed in behaviour since the inspection of 12 March 2018, and how would we see it?"
    assert asked in ask(inspections=(since, poor))


@pytest.mark.slow
@settings(max_examples=count_examples(100))
@given(results, inspections, writing)
def test_there_are_always_five_different_questions_in_short_sentences(results, inspections, writing):
    asked = ask(*results, inspections=tuple(inspections), writing_check=writing)
    assert len(asked) == len(set(asked)) == 5
    for question in asked:
        assert question.endswith("?") and "  " not in question and " ," not in question
        for sentence in re.split(r"(?<=[.?]) ", question):
            assert len(sentence.split()) < 26, sentence


def test_a_school_of_which_nothing_is_known_has_five_questions_too():
    assert len(ask()) == 5
    assert not [one for one in ask() if re.search(r"gap|strength|similar|inspection|premium|behind", one)]


def test_what_rests_on_the_most_comes_first():
    assert list_questions(build_whole_report()) == (
        "Why has there been a gap in reading, writing and maths expected for three years, and what has been tried?",
        "Which pupils miss the most school, and what has brought any of them back?",
        "What has changed in quality of education since the inspection of 8 March 2016, and how would we see it?",
        "Writing is assessed higher than the tests suggest. Who moderated it, and what was found?",
        "What lies behind our strength in writing and reading, and who else could use it?",
    )


def test_a_gap_is_asked_after_by_its_subject_and_by_years_only_where_it_lasted():
    maths = build_result("ks2_maths_expected", "Maths, expected standard")
    assert ask(maths)[0] == "Why is there a gap in maths, and what has been tried?"
    assert ask(replace(maths, persistent=True))[0].startswith("Why has there been a gap in maths for three years, and")
    eight = build_result("ks4_attainment8", "Attainment 8")
    assert ask(eight)[0].startswith("Why is there a gap in Attainment 8, and")


def test_a_theme_may_bring_a_question_of_its_own():
    absence = build_result("absence_overall", "Overall absence", 6.1, 4.7, theme="attendance")
    premium = build_result("x", "Disadvantaged", theme="disadvantaged", group="disadvantaged")
    asked = ask(absence, premium)
    assert asked[0].startswith("Which disadvantaged pupils are furthest behind,")
    assert asked[1].startswith("Which pupils miss the most school,")
    assert not [one for one in asked if "a gap in" in one]


def test_what_shows_no_gap_is_not_asked_after():
    level = [build_result(one.indicator, theme=one.theme, rating=Rating.IN_LINE) for one in build_results()]
    assert not [one for one in ask(*level) if re.search(r"gap|strength|miss the most|premium", one)]


def test_pupils_of_a_group_are_asked_after_as_their_file_has_them():
    gap = Gap("girls", 69.0, -18.0, -33.0, -4.0, (GapYear(2019, 71.0, -16.0),), None)
    asked = ask(build_result(rating=Rating.IN_LINE, group="boys", gap_to="girls", gap=gap))
    assert "How far apart are our boys and girls within each year group now?" in asked


@pytest.mark.parametrize(
    ("outcome", "asked"),
    [("Good", False), ("Outstanding", False), ("Inadequate", True), ("Requires improvement ", True)],
)
def test_only_what_the_latest_inspection_asked_to_improve_is_asked_after(outcome, asked):
    def inspect(area: str, outcome: str, date: str) -> InspectionFact:
        return InspectionFact("graded judgements", "graded", area, outcome, date, False)

    facts = (inspect("Personal development", outcome, "2019-01-15"), inspect("Overall", "Inadequate", "2012-05-01"))
    said = [one for one in ask(inspections=facts) if "inspection" in one]
    assert said == (
        ["What has changed in personal development since the inspection of 15 January 2019, and how would we see it?"]
        * asked
    )


def test_similar_schools_are_to_be_rung_only_where_some_are_named():
    assert not [one for one in ask(build_results()[0]) if "ring" in one]
    beside = build_comparison(Rating.IN_LINE, 52.0, 0.3, comparator="similar schools")
    level = build_result(rating=Rating.IN_LINE)
    assert "ring first" in ask(replace(level, comparisons=(*level.comparisons, beside)))[0]


def test_the_report_numbers_them():
    heading, numbered = notebook.show_questions(build_report()).content
    assert heading.words == "Five questions governors may ask"
    assert numbered.text().splitlines()[0].startswith("1. ") and numbered.html().count("<li>") == 5


def test_an_area_from_a_file_stays_text():
    facts = (InspectionFact("graded judgements", "graded", "<b>x</b>\u202e", "Inadequate", "2019-01-15", False),)
    report = build_report(())
    report = replace(report, analysis=replace(report.analysis, inspections=facts))
    html = notebook.show_questions(report).html()
    assert "<b>" not in html and "\u202e" not in html and "&lt;b&gt;x" in html
