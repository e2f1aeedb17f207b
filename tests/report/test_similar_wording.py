"""What is said of similar schools, small numbers and writing assessment, word for word."""

from dataclasses import replace

import pytest
from example_school import SIMILAR_SCHOOLS, WRITING_CHECK, build_report, build_result, build_whole_report

from pipeline.analysis.results import ShrunkFigure, SimilarSchool, SimilarSchools
from pipeline.foundation.vocabulary import Unit
from pipeline.report.exhibits import Paragraph
from pipeline.report.school import notebook, tables
from pipeline.report.sentences import similar_wording


def test_similar_schools_are_told_by_how_they_were_chosen():
    assert similar_wording.phrase_similar(SIMILAR_SCHOOLS) == (
        "The school is compared with the 12 schools whose pupils are most like its own, of 214 in its phase. Results "
        "played no part in the choice. Their results are adjusted for how this school's pupils differ from theirs. "
        "Compared on: Eligible for free school meals in six years; Education, health and care plan; Pupils on roll. "
        "Left out: Prior attainment (not in this edition's files)."
    )
    tiny = similar_wording.phrase_similar(replace(SIMILAR_SCHOOLS, kind="with fewer than 50 pupils"))
    assert "of 214 in its phase with fewer than 50 pupils. Results" in tiny


def name_schools(*schools: SimilarSchool):
    report = build_whole_report()
    similar = replace(SIMILAR_SCHOOLS, schools=schools)
    return tables.tabulate_nearest(replace(report, analysis=replace(report.analysis, similar=similar)))


def test_the_nearest_are_named_with_their_authority_how_alike_they_are_and_what_they_do_better():
    table = name_schools(
        SimilarSchool(1, "Oak", "Dudley", 0.21, ("ks2_rwm_expected", "absence_persistent")),
        SimilarSchool(2, "Ash", "", 0.42),
        SimilarSchool(3, "", "Wolverhampton", 0.65, ("an_indicator_that_is_not_the_schools",)),
    )
    assert table.caption == "Three schools most like this one, to ring"
    assert table.rows == (
        ("Oak", "Dudley", "Very alike", "Reading, writing and maths expected; persistent absence"),
        ("Ash", "–", "Alike", "Nothing clearly"),
        ("URN 3", "Wolverhampton", "Fairly alike", "Nothing clearly"),
    )


def test_schools_of_which_no_file_names_the_authority_are_found_by_their_numbers():
    table = name_schools(SimilarSchool(114598, "Oak", "", 0.21), SimilarSchool(114592, "Ash", "", 0.42))
    assert [column.heading for column in table.columns][:2] == ["School", "URN"]
    assert [row[:2] for row in table.rows] == [("Oak", "114598"), ("Ash", "114592")]


def test_whom_to_ring_has_a_number_or_it_is_said_where_to_look():
    oak, ash = SimilarSchool(1, "Oak", "Dudley", 0.2, telephone="01632960001"), SimilarSchool(2, "Ash", "Dudley", 0.3)
    assert [row[1] for row in name_schools(oak, ash).rows] == ["01632 960001", "–"]
    assert "Telephone" not in [column.heading for column in name_schools(ash).columns]
    look = "see Get Information about Schools or the school's website."
    assert similar_wording.phrase_telephones((oak,)) == ""
    assert similar_wording.phrase_telephones((oak, ash)) == f"No file here gives every telephone number: {look}"
    assert similar_wording.phrase_telephones((ash,)) == f"No file here gives the schools' telephone numbers: {look}"


@pytest.mark.parametrize("number", ["01632 960001", "0121 496 0001", "0113 496 0001", "020 7946 0018", "01420 84486"])
def test_a_telephone_number_is_grouped_by_its_areas_code_and_never_broken(number):
    assert similar_wording.format_telephone(number.replace(" ", "")) == number
    told = Paragraph(f"A. Adviser, {number}", lead="Contact:").html()
    assert number not in told and number.replace(" ", "\u00a0") in told


@pytest.mark.parametrize(
    ("distances", "title"),
    [
        ((0.2, 0.8), "Two schools in Dudley most like this one, to ring"),
        ((0.2, 0.9), "Two schools in Dudley nearest to this one, to ring: one is at least fairly alike"),
        ((0.2, 0.8, 0.9), "Three schools in Dudley nearest to this one, to ring: two are at least fairly alike"),
        ((0.9,), "One school in Dudley nearest to this one, to ring: none is at least fairly alike"),
    ],
)
def test_schools_that_are_less_alike_are_called_nearest_and_not_like_this_one(distances, title):
    schools = tuple(SimilarSchool(urn, "Oak", "Dudley", distance) for urn, distance in enumerate(distances))
    assert name_schools(*schools).caption == title
    told = similar_wording.phrase_similar(replace(SIMILAR_SCHOOLS, schools=schools))
    assert ("read nearest" in told) == (sum(distance > 0.8 for distance in distances) * 2 > len(distances))


def test_no_more_than_five_are_named():
    assert [row[0] for row in tables.tabulate_nearest(build_whole_report()).rows] == [
        f"Neighbour {number} Primary School" for number in range(1, 6)
    ]
    assert name_schools() is None


def test_a_similar_schools_name_stays_text():
    html = name_schools(SimilarSchool(1, "<b>Oak</b>", "A & B\u202e", 0.2), SimilarSchool(2, "Ash", "C", 0.2)).html()
    assert "&lt;b&gt;Oak&lt;/b&gt;" in html and "A &amp; B<" in html and "\u202e" not in html


def test_why_there_are_no_similar_schools_is_said():
    nobody = SimilarSchools((), 7, ("Pupils on roll",), (), "Not compared with similar schools: a special school.")
    shown = build_report()
    shown = replace(shown, analysis=replace(shown.analysis, similar=nobody))
    assert notebook.show_similar(shown).text() == (
        "Similar schools\n\nNot compared with similar schools: a special school."
    )
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
    ("distance", "words"),
    [(0.2, "very alike"), (0.3, "very alike"), (0.42, "alike"), (0.8, "fairly alike"), (0.9, "less alike")],
)
def test_how_alike_is_said_in_words(distance, words):
    assert similar_wording.describe_likeness(distance) == words


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
    assert (
        "Writing. Writing as teachers assessed it (75% at the expected standard) is where the reading and maths tests "
        "would lead one to expect (60% to 80%)."
    ) in " ".join(notebook.show_sureness(report).text().split())
    assert "teachers" not in notebook.show_sureness(build_whole_report()).text()


def test_where_all_the_others_are_compared_nobody_was_chosen():
    told = similar_wording.phrase_similar(replace(SIMILAR_SCHOOLS, candidates=12))
    assert told.startswith(
        "The school is compared with all the 12 others in its phase that these files tell of. Their results"
    )
    assert "most like" not in told
