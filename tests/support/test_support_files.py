"""Terms, people and changes are read from local files; every fault is named with its place and what to do."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from support_schools import CHANGES_HEADER, PEOPLE_HEADER, REVIEW, YEAR, day, make_person

from pipeline.edition.support import read_changes, read_people, read_programmes, read_terms
from pipeline.edition.support.local import write_missing_support_files
from pipeline.edition.support.log import read_log
from pipeline.edition.support.terms import list_bank_holidays
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.paths import EditionPaths
from pipeline.policy import load_policy
from pipeline.sources.local.folder import list_days_of_panels
from pipeline.sources.local.rows import Schools

SUPPORT = load_policy("worcestershire").support
SCHOOLS = Schools({900001: "Ash Primary School", 900002: "Béatrice O'Neil School"}, {900501: "Hollin Mount School"})
LISTED = replace(SCHOOLS, only_own=False)
SUBJECTS = {"reading": "Reading", "maths": "Maths"}
TERMS_HEADER = "kind,name,first_day,last_day\n"
PROGRAMMES_HEADER = "programme,urn,date,staff_capability,classroom_practice,pupils_engagement\n"
TERM = "term,Autumn,2025-09-02,2025-12-19\n"


@pytest.fixture
def paths(tmp_path):
    (tmp_path / "edition" / "local").mkdir(parents=True)
    return EditionPaths(tmp_path / "edition", tmp_path / "reports")


def write(paths, stem, text):
    (paths.local / f"{stem}.csv").write_text(text, encoding="utf-8")


def list_faults(read):
    with pytest.raises(FaultyInput) as refused:
        read()
    return [(fault.line, fault.column, fault.what) for fault in refused.value.faults]


def test_terms_are_days_without_weekends_half_terms_closures_and_bank_holidays(paths):
    write(
        paths,
        "terms",
        TERMS_HEADER + TERM + "half term,,2025-10-27,31/10/2025\nclosed,Training,2025-09-02,2025-09-02\n"
        "term,Summer,2026-04-13,2026-07-21\n",
    )
    year = read_terms(paths, 2025)
    assert year.days[0] == day("2025-09-03") and year.days[-1] == day("2026-07-21")
    closed = ["2025-09-06", "2025-10-27", "2025-10-31", "2025-12-22", "2026-05-04", "2026-05-25"]
    assert not set(map(day, closed)) & set(year.days)
    assert year.find_half(day("2025-11-03")) == (1, 2) and year.find_term(day("2026-01-10")) == 2


def test_without_terms_no_day_is_guessed(paths):
    assert "the file is not there, so no day of support can be planned" in str(
        list_faults(lambda: read_terms(paths, 2025))
    )
    assert write_missing_support_files(paths) == [
        *(
            "local/terms.csv",
            "local/people.csv",
            "local/support_plan.csv",
            "local/partners.csv",
            "local/support_log.csv",
        ),
    ]
    assert "it names no term" in str(list_faults(lambda: read_terms(paths, 2025)))
    assert write_missing_support_files(paths) == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("term,Autumn,2024-09-02,2024-12-19\n", (2, "first_day", "is not in the school year 2025/26")),
        ("term,Autumn,2025-12-19,2025-09-02\n", (2, "last_day", "is before the first day")),
        ("term,Autumn,2025-09-02,2026-07-21\n", (2, "last_day", "it would be 322 days long")),
        ("term,Autumn,02-09-25,2025-12-19\n", (2, "first_day", "'02-09-25' is not a date")),
        ("holiday,Autumn,2025-09-02,2025-12-19\n", (2, "kind", "'holiday' is no kind of days")),
        (TERM + "term,Again,2025-12-01,2025-12-20\n", (3, None, "overlaps with Autumn in line 2")),
        (TERM + "half term,,2026-02-16,2026-02-20\n", (3, None, "lies within no term")),
    ],
)
def test_a_fault_of_the_terms_is_named(paths, rows, said):
    write(paths, "terms", TERMS_HEADER + rows)
    line, column, what = said
    assert any(
        (at, of) == (line, column) and what in text for at, of, text in list_faults(lambda: read_terms(paths, 2025))
    )


def test_all_faults_of_the_terms_are_named_at_once(paths):
    rows = (
        "holiday,Autumn,2025-09-02,2025-12-19\n" + TERM + "term,Again,2025-12-01,2025-12-20\n"
        "half term,Spring half term,2026-02-16,2026-02-20\nterm,Spring, 2026,2026-01-05,2026-03-27\n"
    )
    write(paths, "terms", TERMS_HEADER + rows)
    found = [(line, column) for line, column, _ in list_faults(lambda: read_terms(paths, 2025))]
    assert found == [(2, "kind"), (4, None), (6, None)]  # whether a term holds the half term is not known


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
        (2028, "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
    ],
)
def test_bank_holidays_are_those_that_the_government_lists(year, days):
    assert list_bank_holidays(year) == {datetime.date.fromisoformat(f"{year}-{one}") for one in days.split()}


def read_staff(paths, rows):
    write(paths, "people", PEOPLE_HEADER + rows)
    return read_people(paths, SCHOOLS, SUPPORT, 3, SUBJECTS)


def test_people_are_read_by_name_with_days_of_each_term(paths):
    assert read_people(paths, SCHOOLS, SUPPORT, 3, SUBJECTS) is None
    write(paths, "people", PEOPLE_HEADER + "A. Baker,adviser,,,5,,,no\n")
    (anywhere,) = read_people(paths, Schools({900003: ""}), SUPPORT, 3, SUBJECTS)
    assert anywhere.school is None  # and at no school that has no name
    rows = (
        "Zoë Hart,School Improvement Adviser; SLE,Maths,primary,8; 6; 4,Ash Primary School,900002,yes\n"
        "A. Baker,adviser,,,5,Larkstead,,no\n"
    ).replace("SLE", "specialist leader of education")
    baker, hart = read_staff(paths, rows)
    assert (baker.name, baker.days, baker.place, baker.serving) == ("A. Baker", (5, 5, 5), "Larkstead", False)
    assert (hart.roles, hart.days, hart.school) == (("adviser", "sle"), (8, 6, 4), 900001)
    assert hart.find_bar(900002, ["adviser"], SUPPORT) == "a conflict of interest is noted"
    assert hart.find_bar(900001, ["adviser"], SUPPORT) == "it is their own school"


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("A,wizard,,,5,,,no\n", "role", "'wizard' is no role of the policy"),
        ("A,adviser,alchemy,,5,,,no\n", "subjects", "'alchemy' is no subject"),
        ("A,adviser,,5,99,,,no\n", "days_a_term", "'99' says no days"),
        ("A,adviser,,,5; 6,,,no\n", "days_a_term", "2 numbers stand here, and the year has 3 terms"),
        ("A,adviser,,,5,12,,no\n", "home", "'12' is no URN: a URN has six digits"),
        ("A,adviser,,,5,,900009,no\n", "conflicts", "URN 900009 is no school of this edition"),
        ("A,adviser,,,5,,,perhaps\n", "serving", "'perhaps' says neither yes nor no"),
        (",adviser,,,5,,,no\n", "name", "the name is missing"),
        ("A,adviser,,,5,,,no\na,adviser,,,5,,,no\n", "name", "a stands in line 2 too"),
    ],
)
def test_a_fault_of_the_people_is_named(paths, row, column, said):
    assert (column, said) in [(of, what) for _, of, what in list_faults(lambda: read_staff(paths, row))]


PEOPLE = (
    make_person("A. Baker"),
    make_person("Tom Ash", conflicts=frozenset({900001}), school=900002),
    make_person("Retired", "sle", serving=False),
)


def read_all_changes(paths, rows, year=YEAR, people=PEOPLE, questions=None, schools=SCHOOLS):
    write(paths, "support_plan", CHANGES_HEADER + rows)
    decided = list_days_of_panels(2025, REVIEW)
    return read_changes(paths, schools, SUPPORT, REVIEW, decided, year, people, questions)


def test_changes_are_read_in_the_order_in_which_they_count(paths):
    later, earlier, person = read_all_changes(
        paths,
        "900002,,,person,,a. baker,Knows the head.,2025-12-09\n"
        "900001,initial visit,,cancelled,,,Closed by snow.,2025-12-09\n"
        "900001,Initial visit,1,moved,2026-01-14,,The head is away.,08/12/2025\n",
    )
    assert [later.kind, earlier.kind, person.kind] == ["moved", "cancelled", "person"]
    assert (person.person, person.roles, later.activity, later.number) == ("A. Baker", ("adviser",), "initial_visit", 1)


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("900009,Initial visit,,cancelled,,,x,2025-12-09\n", "urn", "no file of this edition names URN 900009"),
        ("900001,Tea,,cancelled,,,x,2025-12-09\n", "activity", "'Tea' is no activity of the policy"),
        ("900001,,,cancelled,,,x,2025-12-09\n", "activity", "the activity is missing"),
        ("900001,Initial visit,0,cancelled,,,x,2025-12-09\n", "number", "'0' is no number of an activity"),
        ("900001,Initial visit,,shifted,,,x,2025-12-09\n", "change", "'shifted' is no change"),
        ("900001,Initial visit,,moved,,,x,2025-12-09\n", "new_date", "an activity is moved, and no day says to when"),
        (
            "900001,Initial visit,,moved,2026-05-04,,x,2025-12-09\n",
            "new_date",
            "schools are closed on 2026-05-04: it is a bank holiday",
        ),
        (
            "900001,Initial visit,,moved,2026-02-17,,x,2025-12-09\n",
            "new_date",
            "schools are closed on 2026-02-17: it is in the half term of Spring",
        ),
        (
            "900001,Initial visit,,moved,2026-01-05,,x,2025-12-09\n",
            "new_date",
            "schools are closed on 2026-01-05: terms.csv",
        ),
        ("900001,Initial visit,,moved,2025-11-03,,x,2025-12-09\n", "new_date", "2025-11-03 is not after the review"),
        ("900001,Initial visit,,person,,Nobody,x,2025-12-09\n", "person", "'Nobody' is no person of people.csv"),
        ("900001,Initial visit,,cancelled,,,,2025-12-09\n", "reason", "nothing says why"),
        ("900001,Initial visit,,cancelled,,,x,\n", "date", "the date is missing"),
        ("900001,Initial visit,,cancelled,,,x,2026-09-01\n", "date", "2026-09-01 is after 2025/26, the academic year"),
        (
            "900001,,,person,,Tom Ash,x,2025-12-09\n",
            "person",
            "Tom Ash may not do anything at Ash Primary School: a conf",
        ),
        (
            "900002,,,person,,Tom Ash,x,2025-12-09\n",
            "person",
            "Tom Ash may not do anything at Béatrice O'Neil School: it",
        ),
        (
            "900001,,,person,,Retired,x,2025-12-09\n",
            "person",
            "Retired may not do anything at Ash Primary School: only",
        ),
        (
            "900001,Initial visit,,person,,Retired,x,2025-12-09\n",
            "person",
            "Retired may not do 'Initial visit' at Ash Primary School: their role",
        ),
    ],
)
def test_a_fault_of_a_change_is_named(paths, row, column, said):
    found = list_faults(lambda: read_all_changes(paths, row))
    assert [at for at, of, what in found if of == column and what.startswith(said)] == [2], found


def test_a_change_is_asked_what_can_be_known_without_other_files(paths):
    rows = (
        "900001,,,person,,Anybody,x,2025-12-09\n900001,Initial visit,,moved,2026-05-04,,x,2025-12-09\n"
        "900001,Initial visit,,moved,2026-01-14,,A comma, and no quotation marks,2025-12-09\n"
        "900001,Tea,,cancelled,,,x,2025-12-09\n"
    )
    found = list_faults(lambda: read_all_changes(paths, rows, year=None, people=None))
    assert [(line, column) for line, column, _ in found] == [(4, None), (5, "activity")]


def test_a_new_day_before_its_own_decision_is_a_question(paths):
    questions = []
    row = "900001,Initial visit,,moved,2025-12-08,,x,2025-12-09\n"
    assert len(read_all_changes(paths, row, questions=questions)) == 1
    assert [(one.line, one.column) for one in questions] == [(2, "new_date")]


def test_a_programme_that_is_nearly_another_is_a_question(paths):
    names = ["Reading together", "reading-together", "Readng together", "Tier 1 for leaders", "Tier 2 for leaders"]
    rows = [f"{name},900001,2025-1{place}-14,,,\n" for place, name in enumerate(names[:3])]
    rows += [f"{name},900002,2025-1{place}-14,,,\n" for place, name in enumerate(names[2:])]
    write(paths, "programmes", PROGRAMMES_HEADER + "".join(rows))
    questions = []
    assert len(read_programmes(paths, SCHOOLS, REVIEW, questions)) == 6
    assert [one.line for one in questions] == [4]
    assert questions[0].remedy.startswith("Did you mean 'Reading together'?")


def test_rows_of_schools_that_a_list_leaves_out_are_left_aside_each_file_in_one_question(paths):
    questions = []
    write(paths, "people", PEOPLE_HEADER + "A. Baker,adviser,,,8,Larkstead,900501; 900001,no\n")
    (person,) = read_people(paths, LISTED, SUPPORT, 3, SUBJECTS, questions)
    assert person.conflicts == {900001}
    rows = [f"{urn},Initial visit,,cancelled,,,Snow.,2025-12-09\n" for urn in (900501, 900001, 900501, 900501)]
    changes = read_all_changes(paths, "".join(rows), questions=questions, schools=LISTED)
    assert [change.urn for change in changes] == [900001]
    day = "2026-01-09,Initial visit,0.5,A. Baker,,\n"
    write(paths, "support_log", f"urn,date,activity,days,person,focus,outcome\n900501,{day}900002,{day}")
    (given,) = read_log(paths, LISTED, SUPPORT, 2025, ["A. Baker"], questions=questions)
    write(paths, "programmes", f"{PROGRAMMES_HEADER}Reading,900501,2025-01-14,,,\nReading,900002,2025-01-14,,,\n")
    (programme,) = read_programmes(paths, LISTED, REVIEW, questions)
    assert given.urn == programme.urn == 900002
    assert [(one.file, one.line, one.column) for one in questions] == [
        ("local/people.csv", 2, "conflicts"),
        ("local/support_plan.csv", 2, "urn"),
        ("local/support_log.csv", 2, "urn"),
        ("local/programmes.csv", 2, "urn"),
    ]
    aside = "is none that this edition lists: the"
    assert questions[0].what == f"URN 900501 {aside} conflict counts for nothing"
    assert questions[1].what == f"Hollin Mount School {aside} row counts for nothing; so it is in lines 4 to 5"
    assert list_faults(lambda: read_programmes(paths, SCHOOLS, REVIEW)) == [
        (2, "urn", "URN 900501 is Hollin Mount School, which is no school of this edition's area")
    ]


@pytest.mark.slow
def test_a_file_of_nearly_the_name_is_refused(paths):
    (paths.local / "term.csv").write_text(TERMS_HEADER + TERM, encoding="utf-8")
    assert "looks as if it were meant to be" in str(list_faults(lambda: read_terms(paths, 2025)))
