"""What is said of similar schools, small numbers and writing assessment, word for word."""

from dataclasses import replace

import pytest
from example_school import SIMILAR_SCHOOLS, WRITING_CHECK, build_report, build_result, build_whole_report

from pipeline.analysis.results import ShrunkFigure, SimilarSchool, SimilarSchools
from pipeline.foundation.vocabulary import Unit
from pipeline.report.school import notebook, similar_wording, tables


def test_similar_schools_are_told_by_how_they_were_chosen_and_how_alike_they_are():
    chosen, nearest = similar_wording.phrase_similar(SIMILAR_SCHOOLS, "Worcestershire")
    assert chosen == (
        "The school is compared with the 12 schools whose pupils are most like its own, out of 214 of the same phase. "
        "Results played no part in the choice. Compared on: Eligible for free school meals in six years; Education, "
        "health and care plan; Pupils on roll. Left out: Prior attainment (not in this edition's files). The nearest "
        "is very alike (0.21), the furthest fairly alike (0.65): differences in standard deviations, where two schools "
        "taken at random are about 1.4 apart. Their results are adjusted for how this school's pupils differ from "
        "theirs."
    )
    tiny = similar_wording.phrase_similar(replace(SIMILAR_SCHOOLS, kind="with fewer than 50 pupils"))[0]
    assert "out of 214 of the same phase with fewer than 50 pupils. Results" in tiny
    assert nearest.startswith("The nearest: Neighbour 1 Primary School (Dudley); Neighbour 2 Primary School (Dudley);")
    assert nearest.endswith("; Neighbour 10 Primary School (Dudley); and 2 more.")


def _name(*authorities):
    schools = tuple(SimilarSchool(n, f"School {n}", authority, 0.2) for n, authority in enumerate(authorities, 1))
    return similar_wording.phrase_similar(replace(SIMILAR_SCHOOLS, schools=schools), "Dudley")[1]


def test_the_schools_own_authority_is_named_once_and_only_where_all_are_known():
    assert _name("Dudley", "Wolverhampton") == (
        "The nearest (in Dudley unless another authority is named): School 1; School 2 (Wolverhampton)."
    )
    assert _name("Wolverhampton") == "The nearest: School 1 (Wolverhampton)."
    assert _name("", "Dudley") == "The nearest: School 1; School 2 (Dudley)."


def test_why_there_are_no_similar_schools_is_said():
    nobody = SimilarSchools((), 7, ("Pupils on roll",), (), "Not compared with similar schools: a special school.")
    shown = build_report()
    shown = replace(shown, analysis=replace(shown.analysis, similar=nobody))
    assert notebook.show_similar(shown).text() == "Not compared with similar schools: a special school."
    assert notebook.show_similar(build_report()) is None  # nobody looked
    found = replace(shown, analysis=replace(shown.analysis, similar=SIMILAR_SCHOOLS))
    assert notebook.show_similar(found) is None  # but no figure could be compared with theirs


def test_without_progress_similar_schools_are_said_to_be_the_only_fair_comparison_of_results():
    whole = build_whole_report()
    assert "No measure of progress" not in notebook.show_similar(whole).text()  # progress was judged
    results = tuple(one for one in whole.analysis.results if one.unit != Unit.PROGRESS)
    without = replace(whole, analysis=replace(whole.analysis, results=results))
    words = " ".join(notebook.show_similar(without).text().split())
    assert words.endswith(
        "No measure of progress could be judged. How results stand beside England is mostly a matter of who the pupils "
        "are; only beside similar schools is that allowed for here."
    )
    attendance = [one for one in results if one.theme == "attendance"]
    assert attendance and similar_wording.phrase_only_fair(attendance) == ""


@pytest.mark.parametrize(
    ("distance", "words"), [(0.2, "very alike (0.20)"), (0.3, "very alike (0.30)"), (0.42, "alike (0.42)"),
                            (0.8, "fairly alike (0.80)")],
)  # fmt: skip
def test_how_alike_is_said_in_words_and_number(distance, words):
    assert similar_wording.describe_distance(distance) == words


def _shrink(name, reliability, cohort=60.0, **other):
    shrunk = ShrunkFigure(55.4, 48.0, 62.0, 58.0, "similar schools", reliability)
    return replace(build_result(name, name, shrunk=shrunk, **other), cohort=cohort)


def test_figures_that_rest_on_few_pupils_stand_beside_themselves_drawn_towards_similar_schools():
    report = build_report(
        (_shrink("Small", 0.69, key_priority=True), _shrink("Sure", 0.7), _shrink("Large", 0.69, cohort=90.0))
    )
    table = tables.tabulate_small(report)
    assert table.rows == (("Small*", "52%", "45% to 59%", "58%", "55%", "48% to 62%"),)
    assert table.note == "* A key priority."
    words = " ".join(notebook.show_small_numbers(report).text().split())
    assert "draws it towards what similar schools would lead one to expect" in words
    assert "Strengths and gaps rest on the published figures, not on it." in words
    assert notebook.show_small_numbers(build_report()) is None


def test_no_more_than_five_such_figures_are_shown_those_that_matter_most():
    others = tuple(_shrink(f"r{number}", 0.1 * number) for number in range(1, 6))
    table = tables.tabulate_small(build_report((*others, _shrink("key", 0.65, key_priority=True))))
    assert [row[0] for row in table.rows] == ["r1", "r2", "r3", "r4", "key*"]
    assert table.note == "* A key priority. One more figure rests on as few."


def test_a_question_about_writing_assessment_has_its_numbers_and_is_no_gap():
    assert similar_wording.phrase_writing_question(WRITING_CHECK) == (
        "Teachers assessed 84% of 174 pupils as reaching the expected standard in writing in the three years to "
        "2018/19. The same pupils' reading and maths tests would lead one to expect about 71%, and anything from 60% "
        "to 80% would be usual. That is higher than in nearly all schools with such test results. There can be good "
        "reasons. How was writing assessed, and with whom was it moderated? This is a question, not a gap, and does "
        "not count towards the category."
    )
    low = replace(WRITING_CHECK, writing=50.0)
    assert "That is lower than in nearly all schools" in similar_wording.phrase_writing_question(low)


def test_where_nothing_is_asked_the_checks_say_so_in_a_line():
    quiet = replace(WRITING_CHECK, writing=75.0, asks=False)
    report = build_whole_report(checks=3)
    report = replace(report, analysis=replace(report.analysis, writing_check=quiet))
    assert notebook.show_writing(report) is None
    assert " ".join(notebook.show_checks(report).text().split()).endswith(
        "Writing as teachers assessed it (75% at the expected standard) is where the reading and maths tests would "
        "lead one to expect (60% to 80%)."
    )
    assert "teachers" not in notebook.show_checks(build_whole_report()).text()
