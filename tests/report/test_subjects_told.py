"""Subjects at key stage 4 in a school's report: a table beside England, not rated, and small numbers nowhere."""

import pandas as pd
import pytest
from example_school import build_report, build_result

from pipeline.report.school.notebook import show_subjects, show_sureness
from pipeline.sources.families.tidy.subject_numbers import withhold_small
from pipeline.sources.frames import SUBJECTS, shape_frame

GCSE = "GCSE (9-1) Full Course"


def build_subjects(*rows, fewest=6):
    """SUBJECTS of a school, or of England where a row says ``level``, as a file that prints every number gives them."""
    usual = {
        "level": "school", "urn": 900013, "year": 2025, "qualification": GCSE, "scale": "9-1", "summed": False,
        "subject_group": "", "detail": "", "discount_code": "", "availability": "available", "grades": "available",
    }  # fmt: skip
    frame = pd.DataFrame([usual | row for row in rows])
    return shape_frame(withhold_small(shape_frame(frame, SUBJECTS), fewest)[0], SUBJECTS)


def tell(*rows):
    shown = show_subjects(build_report(subjects=build_subjects(*rows)))
    return None if shown is None else shown.text()


MATHS = {"subject": "Mathematics", "entries": 120, "at_7": 20, "at_5": 61, "at_4": 90}
ART = {"subject": "Art", "entries": 20, "at_7": 3, "at_5": 6, "at_4": 12}
DRAMA = {"subject": "Drama", "entries": 4, "at_7": 1, "at_5": 2, "at_4": 3}
SCIENCE = {
    "subject": "Combined Science",
    "entries": 80,
    "at_7": 10,
    "at_5": 40,
    "at_4": 60,
    "scale": "9-1, double award",
}
SPORT = {"subject": "Sport", "entries": 14, "scale": "other", "grades": "not applicable", "qualification": "BTEC"}
ENGLAND = {"level": "england, state-funded", "urn": None}


def test_the_largest_subject_comes_first_beside_england():
    england = [one | ENGLAND | {"entries": 1000, "at_5": 555, "at_4": 700} for one in (MATHS, SCIENCE)]
    assert tell(ART, MATHS, SCIENCE, DRAMA, SPORT, *england).splitlines() == [
        "Subjects at key stage 4, 2024/25",
        "",
        "Share at each grade, England's in brackets",
        "Subject (entries)               Grade 5+   Grade 4+",
        "-----------------------------  ---------  ---------",
        "Mathematics (120)              51% (56%)  75% (70%)",
        "Combined Science, double (80)  50% (56%)  75% (70%)",
        "Art (20)                             30%        60%",
        "",
        "England: state-funded schools, as published. Double: two grades, both that high. Not rated: who",
        "takes a subject differs from school to school. On other scales: Sport, BTEC (14). One subject with",
        "few entries is not shown.",
    ]


def test_a_subject_whose_grades_are_all_withheld_is_named_without_a_row():
    few = [ART | {"subject": name, "entries": 9, "at_7": 1, "at_5": 4, "at_4": 5} for name in ("Drama", "Dance")]
    told = " ".join(tell(MATHS, *few).split())
    assert told.count("Dance") == 1 and "Both withheld: Dance (9); and Drama (9)." in told


def test_many_subjects_stand_in_two_tables_each_once():
    many = [MATHS | {"subject": f"Subject {number:02}", "entries": 100 - number} for number in range(21)]
    told = [line.split("  ")[0] for line in tell(*many).splitlines()]
    assert [line for line in told if line.endswith(")")] == [
        *("Subject (entries)", *(f"Subject {number:02} ({100 - number})" for number in range(11))),
        *("Subject (entries)", *(f"Subject {number:02} ({100 - number})" for number in range(11, 21))),
    ]


def test_where_measures_fill_the_page_only_the_largest_subjects_have_a_row():
    many = [MATHS | {"subject": f"Subject {number:02}", "entries": 100 - number} for number in range(21)]
    measures = [build_result(f"measure_{number}", f"Measure {number}") for number in range(25)]
    told = show_subjects(build_report(measures, subjects=build_subjects(*many))).text()
    rows = [line.split("  ")[0] for line in told.splitlines() if line.startswith("Subject 1")]
    assert [*rows, ""][:7] == [*(f"Subject {number} ({100 - number})" for number in range(10, 16)), ""]
    assert "With fewer entries: Subject 16 (84); Subject 17 (83);" in " ".join(told.split())


def test_without_england_its_columns_are_left_out():
    assert "England" not in tell(MATHS)


def test_a_sum_of_the_files_schools_is_said_to_be_one():
    told = tell(MATHS, MATHS | ENGLAND | {"summed": True})
    assert "England: all state-funded schools in the file together" in told


def test_a_school_of_which_no_file_tells_has_no_section():
    assert tell(MATHS | ENGLAND) is None
    assert show_subjects(build_report()) is None


def test_the_latest_year_is_told_with_its_own_england():
    told = tell(MATHS, MATHS | {"year": 2024, "entries": 77}, MATHS | ENGLAND | {"year": 2024})
    assert "2024/25" in told and "77" not in told and "England" not in told


def test_subjects_of_one_name_are_told_apart_by_their_group():
    told = tell(
        MATHS | {"subject": "Other Modern Languages", "subject_group": "Polish", "discount_code": "A"},
        MATHS | {"subject": "Other Modern Languages", "subject_group": "Urdu", "discount_code": "B"},
    )
    assert "Languages, Polish (" in told and "Languages, Urdu (" in told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"entries": 30, "at_7": 3, "at_5": 12, "at_4": 20}, {"entries": 30, "at_7": 5, "at_5": 12, "at_4": 20}),
        ({"entries": 30, "at_7": 6, "at_5": 17, "at_4": 20}, {"entries": 30, "at_7": 6, "at_5": 15, "at_4": 20}),
        ({"entries": 30, "at_7": 6, "at_5": 14, "at_4": 27}, {"entries": 30, "at_7": 6, "at_5": 14, "at_4": 26}),
        ({"entries": 4, "at_7": 0, "at_5": 1, "at_4": 2}, {"entries": 2, "at_7": 1, "at_5": 1, "at_4": 1}),
    ],
)
def test_reports_that_differ_in_small_numbers_alone_are_the_same_to_the_letter(one, other):
    assert tell(MATHS, ART | one) == tell(MATHS, ART | other)


def test_grades_that_do_not_add_up_are_questioned():
    gone = {"grades": "questioned", "at_7": None, "at_5": None, "at_4": None}
    told = tell(MATHS | gone)
    assert told.count("questioned") == 2 and "do not add up" in told


def test_its_file_is_among_those_the_report_rests_on():
    subjects = build_subjects(MATHS | {"file": "new.csv"}, MATHS | {"file": "old.csv", "year": 2024})
    told = show_sureness(build_report(subjects=subjects)).text()
    assert "new.csv" in told and "old.csv" not in told


def test_names_from_the_file_are_plain_text():
    told = tell(MATHS | {"subject": "Maths\n\u202e<b>"})
    assert "\u202e" not in told
