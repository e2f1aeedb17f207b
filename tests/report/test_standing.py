"""The first page: who the school is, what to be proud of, what to work on and what happens next, in short sentences."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from example_school import (
    build_assignment,
    build_comparison,
    build_report,
    build_result,
    build_results,
    build_whole_report,
    build_year,
    decide,
    rename,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.results import InspectionFact, Trend
from pipeline.foundation.vocabulary import Rating
from pipeline.report.exhibits import Section
from pipeline.report.facts import NextStep, build_school_facts
from pipeline.report.school import notebook
from pipeline.report.sentences import standing_wording as wording
from pipeline.report.sentences.trust_wording import explain_trust
from pipeline.report.sentences.wording import phrase_asked
from tests.conftest import count_examples

STRENGTH, GAP = Rating.STRENGTH, Rating.GAP


def tell(*results, rating: Rating = GAP, most: int = 3):
    return wording.list_points(build_report(results), rating, most)


def stand(england, similar, **other):
    """A result with these ratings beside England's 64% and similar schools' 60%; "": not compared."""
    sides = (("england", england, 64.0, -36.0), ("similar schools", similar, 60.0, -14.0))
    return build_result(
        short="Reading",
        comparisons=tuple(
            build_comparison(Rating(rating), baseline, 52.3 - baseline, pupils=pupils, comparator=name)
            for name, rating, baseline, pupils in sides
            if rating
        ),
        **{"indicator": "ks2_reading_expected", **other},
    )


def read_section(report, css_class: str) -> str:
    parts = notebook.show_standing(report).content
    return " ".join(
        next(one for one in parts if isinstance(one, Section) and one.css_class == css_class).text().split()
    )


def test_who_the_school_is_stands_in_three_lines():
    report = build_report()
    assert wording.describe_school(report) == (
        "Primary, academy converter, ages 4 to 11, 421 pupils. Worcestershire. Results to 2018/19."
    )
    trust = replace(report, school=replace(report.school, trust_name="The Two Counties Trust"))
    assert ". Worcestershire · The Two Counties Trust. " in wording.describe_school(trust)


def test_the_editions_own_trust_is_named_as_the_edition_names_it():
    report = build_report()
    report = replace(report, school=replace(report.school, trust=16093, trust_name="THE TWO COUNTIES TRUST"))
    edition = replace(report.edition, trust=16093, area_name="The Two Counties Trust")
    assert " · The Two Counties Trust. " in wording.describe_school(replace(report, edition=edition))
    another = replace(edition, trust=2)
    assert " · THE TWO COUNTIES TRUST. " in wording.describe_school(replace(report, edition=another))
    assert " · THE TWO COUNTIES TRUST. " in wording.describe_school(report)


def test_a_trusts_edition_is_called_as_its_organisation_unless_it_has_a_name(tmp_path):
    from pipeline.foundation.paths import Workspace
    from pipeline.report.school.notebook import STAMP, read_edition_note

    paths = Workspace(tmp_path).edition("one")
    paths.prepared.mkdir(parents=True)
    said = {"name": "one", "title": "One", "year": "2018/19", "policy": "two-counties", "date": "2019-11-01"}
    for area, name in (
        ({"trust": 4338}, "Our Trust"),
        ({"trust": 4338, "name": "Our Schools"}, "Our Schools"),
        ({"authority": "885"}, ""),  # a council may be called otherwise than its area
    ):
        stamp = {**said, "organisation": "Our Trust", "area": area}
        (paths.prepared / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
        note = read_edition_note(paths)
        assert (note.area_name, note.trust) == (name, area.get("trust"))


def test_what_is_not_known_of_a_school_is_not_said():
    report = build_report(())
    bare = replace(report.school, phase="unknown", type="", low_age=None, high_age=None, la_name="")
    report = replace(report, school=bare, analysis=replace(report.analysis, context=()))
    assert wording.describe_school(report) == ""


def test_results_that_are_provisional_are_said_to_be_so():
    files = ("2018-2019/england_ks4provisional.csv", "2018-2019/england_ks4revised.csv")
    provisional, final = (build_report((build_result(by_year=(build_year(2019, 52.0, file=file),)),)) for file in files)
    assert wording.describe_school(provisional).endswith("Results to 2018/19, provisional.")
    assert wording.describe_school(final).endswith("Results to 2018/19.")


def test_a_year_of_attendance_is_no_year_of_results():
    later = build_result(
        "absence_overall", "Absence", theme="attendance", key_stage="all", by_year=(build_year(2020, 6.0),)
    )
    assert wording.describe_school(build_report((build_result(), later))).endswith("Results to 2018/19.")
    assert "Results" not in wording.describe_school(build_report((later,)))


def test_a_point_names_the_subject_the_measure_and_how_many_pupils_a_year():
    assert wording.list_points(build_whole_report(), GAP, 3) == (
        (
            "Reading, writing and maths expected:",
            "about seven pupils a year fewer than in England, lasting.",
        ),
        ("Persistent absence:", "about five pupils a year more than in England."),
    )
    assert wording.list_points(build_whole_report(), STRENGTH, 3) == (
        ("Writing:", "progress, 2.4 points above England."),
        ("Reading:", "expected, about six pupils a year more than in similar schools."),
    )


@pytest.mark.parametrize(
    ("england", "similar", "rating", "words"),
    [
        ("gap", "gap", GAP, "about 12 pupils a year fewer than in England."),
        ("gap", "in line", GAP, "about 12 pupils a year fewer than in England."),
        ("gap", "strength", GAP, "about 12 pupils a year fewer than in England."),
        ("no clear difference", "gap", GAP, "about five pupils a year fewer than in similar schools."),
        ("", "gap", GAP, "about five pupils a year fewer than in similar schools."),
        ("not rated", "gap", GAP, "about five pupils a year fewer than in similar schools."),
    ],
)
def test_a_point_names_whom_it_is_against_and_england_first(england, similar, rating, words):
    assert tell(stand(england, similar), rating=rating) == (("Reading:", words),)


@pytest.mark.parametrize("rating", ["in line", "no clear difference", "not rated"])
def test_what_is_no_finding_is_no_point(rating):
    result = stand(rating, "")
    assert tell(result) == tell(result, rating=STRENGTH) == ()


def test_one_pupil_is_one_pupil():
    comparison = build_comparison(GAP, 64.0, -1.0, pupils=-1.0)
    one = build_result("ks2_reading_expected", "Reading", 63.0, years=(2019,), comparisons=(comparison,))
    assert tell(one) == (("Reading:", "about one pupil a year fewer than in England."),)


def test_pupils_who_are_counted_once_over_the_years_are_those_of_a_year():
    """A school of 208 was told of eight pupils where its absence over two years was that of 16."""
    comparison = build_comparison(GAP, 14.7, 8.0, pupils=16.6)
    absence = build_result(
        "absence_persistent", "Absent", 22.7, years=(2018, 2019), comparisons=(comparison,), direction="lower is better"
    )
    assert tell(absence)[0][1].startswith("about eight pupils a year more than in England")
    assert tell(replace(absence, same_pupils=True))[0][1].startswith("about 17 pupils a year more than in England")


def test_shares_of_sessions_and_points_are_no_pupils():
    absence = build_result(
        "absence_overall", "Overall absence", 6.1, 4.7, direction="lower is better", theme="attendance", decimals=1
    )
    score = build_result("ks2_maths_score", "Maths score", 100.1, 104.0, half=1.0, unit="scaled score")
    assert tell(absence, score) == (
        ("Attendance:", "overall absence, 1.4 percentage points above England."),
        ("Maths:", "score, 3.9 points below England."),
    )


def test_a_subject_is_named_once_and_what_does_not_fit_is_named_without_its_size():
    keys = ("ks2_maths_expected", "ks2_maths_score", "ks2_reading_expected", "ks2_writing_expected", "ks2_gps_expected")
    shown = [build_result(key, key, key_priority=False) for key in keys]
    points = tell(*shown)
    assert [name for name, _ in points] == ["Maths:", "Reading:", "Writing:", "Also:"]
    assert points[-1] == ("Also:", "grammar, punctuation and spelling.")
    key = build_result("ks2_science_expected", "Science", key_priority=True)
    assert tell(*shown, key, most=1)[0][0] == "Science:"


FALL, RISE = "fell since 2016/17 (better)", "improved since 2016/17"


def change(words: str, *years, **other):
    """A measure that is no finding and has changed from 2016/17 to 2018/19."""
    by_year = years or (build_year(2017, 47.2), build_year(2018, 50.0), build_year(2019, 56.4))
    beside = (build_comparison(Rating.IN_LINE, 64.0, -1.0),)
    size = -9.0 if words == FALL else 9.0
    trend = Trend(2017, 2019, size, size - 8, size + 8, words)
    return build_result(short="Reading", comparisons=beside, by_year=by_year, trend=trend, **other)


SECOND_WITHHELD = (build_year(2017, 47.2), build_year(2019, 56.4, availability="suppressed"))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (change(RISE), "improved from 47% in 2016/17 to 56% in 2018/19."),
        (
            change(FALL, build_year(2017, 9.84), build_year(2019, 7.8), decimals=1, direction="lower is better"),
            "fell from 9.8% in 2016/17 to 7.8% in 2018/19 (better).",
        ),
        (
            change(RISE, build_year(2017, 47.2, predecessor=True), build_year(2019, 56.4)),
            "improved from 47% in 2016/17 (predecessor) to 56% in 2018/19.",
        ),
        (
            change(RISE, build_year(2017, 47.2), build_year(2019, 56.4, early=True)),
            "improved from 47% in 2016/17 to 56% in 2018/19 (2018/19 early, not validated).",
        ),
        (change(RISE, *SECOND_WITHHELD), "improved since 2016/17."),
        (change(RISE, build_year(2019, 56.4)), "improved since 2016/17."),
        (change(RISE, build_year(2017, 56.1), build_year(2019, 56.4)), "improved since 2016/17."),
    ],
    ids=["both", "fell", "predecessor", "early", "withheld", "one year", "printed as the same"],
)
def test_a_change_is_told_with_the_figures_of_both_years_where_both_may_be_told(result, words):
    assert tell(result, rating=STRENGTH) == (("Reading:", words),)


def test_of_a_subject_one_change_is_told_that_of_its_key_priority():
    overall, persistent = (
        replace(change(FALL, direction="lower is better", theme="attendance", key_priority=key), indicator=name)
        for name, key in (("absence_overall", False), ("absence_persistent", True))
    )
    named = (replace(overall, short_title="Overall absence"), replace(persistent, short_title="Persistent absence"))
    assert [lead for lead, _ in tell(*named, rating=STRENGTH)] == ["Persistent absence:"]


def inspect(*areas: tuple[str, str], framework: str = "graded judgements", date: str = "2018-03-12", **other):
    kind = "report card" if framework == "report card" else "graded"
    found = tuple(InspectionFact(framework, kind, area, outcome, date, False) for area, outcome in areas)
    report = build_report((stand("in line", ""),) * 3)
    inspections = tuple(replace(one, **other) for one in found)
    return replace(report, analysis=replace(report.analysis, inspections=inspections))


POOR = (
    ("Overall effectiveness", "Requires improvement"),
    ("Behaviour and attitudes", "Requires improvement"),
    ("Early years provision", "Good"),
    ("Quality of education", "Requires improvement"),
)


def test_what_the_latest_inspection_asked_for_stands_under_what_to_work_on():
    report = inspect(*POOR)
    results = tuple(stand("in line", "", indicator=f"r{number}") for number in range(5))
    level = replace(report, analysis=replace(report.analysis, results=results))
    asked = "Inspection of 12 March 2018: asked for improvement in behaviour and attitudes; and quality of education."
    assert f"To work on No measure stands clearly below England. - {asked}" in read_section(level, "pair")
    gaps = replace(report, analysis=replace(report.analysis, results=(stand("gap", ""),)))
    assert f"fewer than in England. - {asked}" in read_section(gaps, "pair")
    assert read_section(gaps, "pair").count("Inspection") == 1
    brief = inspect(*POOR)
    assert brief.brief and asked in " ".join(notebook.show_standing(brief).text().split())


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (inspect(("Overall effectiveness", "Good"), ("Early years provision", "Outstanding")), None),
        (inspect(), None),
        (
            inspect(("Overall effectiveness", "Requires improvement"), date=""),
            ("Inspection:", "asked for improvement of the school as a whole."),
        ),
        (
            inspect(("Quality of education", "Inadequate"), about_predecessor=True),
            ("Inspection of 12 March 2018:", "asked a predecessor school for improvement in quality of education."),
        ),
        (
            inspect(("Inclusion", "Needs attention"), framework="report card", date="2031-01-08"),
            (
                "Report card of 8 January 2031 (after the date of this report):",
                "asked for improvement in inclusion.",
            ),
        ),
    ],
    ids=["good", "none", "as a whole", "predecessor", "report card, later"],
)
def test_whose_inspection_it_was_and_when_is_said_and_nothing_of_one_that_asked_nothing(report, told):
    assert phrase_asked(report) == told


def test_without_a_finding_nobody_is_blamed_or_praised():
    level = build_report(tuple(stand("in line", "no clear difference", indicator=f"r{n}") for n in range(5)))
    assert "To work on No measure stands clearly below England or similar schools." in read_section(level, "pair")
    assert "To be proud of No measure stands clearly above England" in read_section(level, "pair")


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ((), "Too few figures are published for this school to say what stands out."),
        ((build_results()[5],), "Too few figures are published for this school to say what stands out."),
        (
            (stand("in line", ""),),
            "Little is published of this school, and nothing of it stands clearly above or below other schools.",
        ),
    ],
)
def test_a_school_of_which_little_is_published_is_told_so_in_a_sentence(results, said):
    words = " ".join(notebook.show_standing(build_report(results)).text().split())
    assert said in words and "To be proud of" not in words


@pytest.mark.parametrize("changed", [False, True])
def test_no_school_whose_panel_has_decided_is_told_that_its_category_is_to_be_decided(changed):
    steps = (
        NextStep("Tell us if a figure is wrong", "The school", "2019-12-13"),
        NextStep("Decides the category", "The panel", "2020-01-16", decides=True),
    )
    report = build_whole_report()
    report = replace(report, edition=replace(report.edition, next_steps=steps))
    assert "The panel, by 16 January 2020: Decides the category." in read_section(report, "next-steps")
    decided = decide(report, changed=changed)
    told = read_section(decided, "next-steps")
    assert "Tell us if a figure is wrong" in told and "Decides" not in told
    assert [[step["what"] for step in build_school_facts(one)["next_steps"]] for one in (report, decided)] == [
        ["Tell us if a figure is wrong", "Decides the category"],
        ["Tell us if a figure is wrong"],
    ]


def test_what_happens_next_is_who_does_what_by_when_and_whom_to_ask():
    steps = (
        NextStep("Tell us if a figure is wrong", "the school", "2019-12-13"),
        NextStep("The panel confirms the category.", by="2020-01-16"),
        NextStep("An adviser visits", "Your adviser"),
        NextStep("The year's support begins"),
    )
    report = build_report()
    report = replace(report, edition=replace(report.edition, next_steps=steps, contact="Jane Smith, 01905 000000"))
    assert read_section(report, "next-steps") == (
        "What happens next - The school, by 13 December 2019: Tell us if a figure is wrong. - By 16 January 2020: The "
        "panel confirms the category. - Your adviser: An adviser visits. - The year's support begins. Contact: Jane "
        "Smith, 01905 000000"
    )


def test_an_edition_that_names_no_steps_says_whom_to_tell():
    assert read_section(build_report(), "next-steps") == (
        "What happens next If you think a figure or the category is wrong, tell Worcestershire County Council. The "
        "last page says how."
    )
    nobody = build_report(assignment=build_assignment(organisation="", tier=None))
    assert "If you think a figure is wrong, tell your school improvement adviser." in read_section(nobody, "next-steps")


UNTRUSTED = st.text(min_size=1, max_size=30) | st.sampled_from(
    ["<b>x</b>", '"><img src=x>', "A\nB", '#import "x"', "{{x}}", "\u202eabc", "</li></ul>"]
)


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(UNTRUSTED)
def test_no_name_step_or_contact_becomes_markup(name):
    def show(words: str) -> str:
        report = rename(decide(build_whole_report(), changed=False), words)
        edition = replace(report.edition, contact=words, next_steps=(NextStep(f"x{words}", f"x{words}"),))
        school = replace(report.school, la_name=f"x{words}", trust_name=f"x{words}")
        results = tuple(replace(one, short_title=f"x{words}") for one in report.analysis.results)
        analysis = replace(report.analysis, results=results)
        report = replace(report, edition=edition, school=school, analysis=analysis)
        return str(notebook.show_standing(report).html()) + str(notebook.show_measures(report).html())

    plain, awkward = show("School"), show(name)
    assert awkward.count("<") == plain.count("<") and awkward.count(">") == plain.count(">")


def test_how_far_to_trust_it_counts_the_comparisons_and_says_what_a_range_is():
    told = dict(explain_trust(build_whole_report()))
    assert list(told) == ["Figures.", "Ranges.", "Strengths and gaps.", "The category.", "Checks."]
    assert "The 12 comparisons made here are allowed for." in told["Strengths and gaps."]
    assert "95 in 100" in told["Ranges."] and "1,000 times" in told["The category."]
    plain = dict(explain_trust(build_report()))
    assert "similar" not in plain["Strengths and gaps."] and "The category." not in plain


def test_no_years_are_said_to_be_taken_together_where_every_figure_is_of_one():
    alone = build_result(years=(2019,))
    behind = build_result(years=(2015, 2016, 2017))  # of leavers: one of them within the years of the review
    for results, together in (((alone, behind), False), ((alone, build_result()), True)):
        told = dict(explain_trust(build_report(results)))["Figures."]
        assert ("are taken together" in told) == together
        assert told.endswith("What rests on one year is marked as provisional.")


@pytest.mark.parametrize("rating", [Rating.GAP, Rating.NOT_RATED])
def test_disadvantaged_pupils_are_said_to_be_compared_where_they_are(rating):
    group = build_result("ks4_attainment8_disadvantaged", group="disadvantaged", rating=rating)
    told = dict(explain_trust(build_report((build_result(), group))))["Strengths and gaps."]
    assert ("Disadvantaged pupils are compared" in told) == (rating == Rating.GAP)


def test_the_files_that_the_figures_come_from_are_named():
    years = (build_year(2018, 52.0, file="2017-2018/b.csv"), build_year(2019, 52.0, file="2018-2019/a.csv"))
    told = dict(explain_trust(build_report((build_result(by_year=years),))))
    assert told["Files."] == "2017-2018/b.csv; and 2018-2019/a.csv."
