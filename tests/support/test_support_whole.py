"""An edition's plan as it is written: tables, workbook, calendars and page, and what each of them may hold."""

from __future__ import annotations

import csv
import datetime
import io
import json
import zipfile

import icalendar
import openpyxl
import pandas as pd
import pytest
from support_schools import CHANGES_HEADER, PEOPLE_HEADER, make_edition
from typer.testing import CliRunner

from pipeline.cli.verbs import app
from pipeline.foundation.errors import FaultyInput, PipelineError
from pipeline.foundation.paths import find_project
from pipeline.run.desk.support.planning import plan_edition_support
from pipeline.run.desk.support.workbook import write_workbook
from pipeline.run.desk.support.writing import list_rows, name_files, write_plan

SCHOOLS = {
    900001: {"category": "secure"},
    900003: {"category": "focus", "subjects": ["reading", "maths"], "name": "=cmd|' /C calc'!A0"},
    900026: {"category": "light_touch", "subjects": ["maths"], "referred": True},
    900027: {"category": "insufficient_evidence", "name": "<script>alert(1)</script>, Pellbury"},
}
PEOPLE = PEOPLE_HEADER + (
    "Ines Calloway,adviser,reading,primary,4;6;5,Larkstead,,no\n"
    "=HYPERLINK(1),adviser,,,4;6;5,Pellbury,900003,no\n"
    "Marek Dunn,sle,reading,primary,1;3;3,,,yes\n"
)
CHANGES = CHANGES_HEADER + (
    "900026,Initial visit,1,moved,2026-01-14,,=The head is away.,2025-12-08\n"
    "900026,Follow-up visit,1,started,2026-03-18,,Progress is slow.,2026-03-02\n"
    "900003,Project board meeting,1,cancelled,,,The board meets in June.,2025-12-09\n"
    "900001,Telephone discussion of self-evaluation,1,person,,Ines Calloway,She knows the head.,2025-12-09\n"
)


def plan(workspace, **more):
    return plan_edition_support(workspace, "sample", lambda _: None, **more)


@pytest.fixture
def workspace(tmp_path):
    return make_edition(tmp_path, SCHOOLS, people=PEOPLE, support_plan=CHANGES)


def read_folder(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_rows_of_a_school_whose_report_failed_stop_no_other_schools_plan(workspace):
    path = workspace.root / "reports/sample/schools.json"
    statuses = json.loads(path.read_text(encoding="utf-8"))
    failed = [one | ({"status": "failed"} if one["urn"] == 900003 else {}) for one in statuses]
    path.write_text(json.dumps(failed), encoding="utf-8")
    made = plan(workspace)
    assert {visit.activity.urn for visit in made.visits} == set(SCHOOLS) - {900003}
    asked = [(one.file, one.line, one.urn) for one in made.questions if "no report in this edition" in one.what]
    assert asked == [("local/support_plan.csv", 4, 900003)]


@pytest.mark.slow
def test_the_plan_says_who_does_what_and_when(workspace):
    made = plan(workspace)
    told = {(visit.activity.urn, visit.activity.key, visit.activity.number): visit for visit in made.visits}
    visit = told[900026, "initial_visit", 1]
    assert (visit.activity.status, visit.activity.day) == ("moved", datetime.date(2026, 1, 14))
    assert told[900026, "follow_up_call", 1].activity.status == "replaced"
    assert told[900026, "follow_up_visit", 1].activity.day == datetime.date(2026, 3, 18)
    assert told[900001, "self_evaluation_call", 1].chosen == "named by a person"
    assert told[900003, "criteria_visit", 1].person == "Ines Calloway"  # the other has a conflict there
    assert (
        told[900003, "programme_tier_1", 1].chosen
        == "the only one who may; leads Reading; knows schools of this phase (primary)"
    )
    assert not made.list_unmet() and made.contacts[900003] == "Ines Calloway"


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes_whatever_the_order_of_rows(workspace, tmp_path):
    write_plan(plan(workspace))
    header, *rows = PEOPLE.splitlines(keepends=True)
    _, *changes = CHANGES.splitlines(keepends=True)
    (tmp_path / "again").mkdir()
    shuffled = make_edition(
        tmp_path / "again",
        dict(reversed(SCHOOLS.items())),
        people="".join([header, *reversed(rows)]),
        support_plan="".join([CHANGES_HEADER, *reversed(changes)]),
    )
    write_plan(plan(shuffled))
    folders = [place / "reports" / "sample" / "support" for place in (tmp_path, tmp_path / "again")]
    assert read_folder(folders[0]) == read_folder(folders[1])


@pytest.mark.slow
def test_the_workbook_is_read_back_equal_and_holds_no_formula(workspace):
    made = plan(workspace)
    page = write_plan(made)
    sheets = openpyxl.load_workbook(page.parent / "plan.xlsx")
    wanted = [tuple(cell if cell != "" else None for cell in row) for row in list_rows(made)]
    rows = list(sheets["Plan"].iter_rows(min_row=2))
    assert [tuple(_tell(cell) for cell in row) for row in rows] == wanted
    assert {cell.data_type for sheet in sheets for row in sheet.iter_rows() for cell in row} <= {
        "s",
        "inlineStr",
        "n",
        "d",
    }
    frame = pd.read_excel(page.parent / "plan.xlsx", sheet_name="Plan", dtype=str, keep_default_na=False)
    assert "=cmd|' /C calc'!A0" in set(frame["school"])


def _tell(cell):
    return cell.value.date() if isinstance(cell.value, datetime.datetime) else cell.value


def test_text_that_looks_like_something_else_stays_text(tmp_path):
    texts = ["010001234", "NA", "None", "=1+1", "@SUM(1)", "TRUE", "2025-12-01", "\x07bell", " a ", "1e5"]
    day = datetime.date(2025, 12, 5)
    write_workbook(tmp_path / "a.xlsx", {"One": (("text", "day"), [(text, day) for text in texts])}, day)
    write_workbook(tmp_path / "b.xlsx", {"One": (("text", "day"), [(text, day) for text in texts])}, day)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["One"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [text.replace("\x07", "") for text in texts]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


@pytest.mark.slow
def test_the_table_is_safe_in_a_spreadsheet(workspace):
    page = write_plan(plan(workspace))
    rows = list(csv.reader(io.StringIO((page.parent / "plan.csv").read_text(encoding="utf-8"))))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    assert "'=cmd|' /C calc'!A0" in {row[1] for row in rows}


@pytest.mark.slow
def test_a_schools_calendar_names_its_contact_and_nobody_else(workspace):
    made = plan(workspace)
    folder = write_plan(made).parent
    for urn, contact in made.contacts.items():
        text = "".join((folder / "schools" / f"{urn}.ics").read_text(encoding="utf-8").split("\n "))
        found = str(icalendar.Calendar.from_ical((folder / "schools" / f"{urn}.ics").read_bytes()).walk("VEVENT"))
        for person in made.people:
            assert (person.name in found) == (person.name == contact)
        for reason in ("away", "slow", "meets in June", "knows the head"):
            assert reason not in text
    others = {
        other for other in SCHOOLS if str(other) in (folder / "schools" / "900001.ics").read_text(encoding="utf-8")
    }
    assert others == {900001}


def test_the_rows_of_the_documentation_move_a_visit_and_swap_an_adviser(tmp_path):
    told = (find_project() / "docs" / "support.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip() for line in told if line.strip().startswith("900039,")]
    people = f"{PEOPLE_HEADER}Ines Calloway,adviser,,,9,,,no\nTom Fairbrother,adviser,maths,,9,,,no\n"
    changes = CHANGES_HEADER + "".join(f"{row}\n" for row in rows)
    workspace = make_edition(tmp_path, {900039: {"category": "light_touch"}}, people=people, support_plan=changes)
    visits = {visit.activity.key: visit for visit in plan(workspace).visits}
    moved = visits["initial_visit"].activity
    assert (moved.day, moved.status, moved.sequence) == (datetime.date(2026, 1, 21), "moved", 2)
    assert moved.reason == "The governors meet that day. She has worked with the head."
    assert {visit.person for visit in visits.values()} == {"Ines Calloway"}
    sample = find_project() / "data" / "editions" / "sample" / "local" / "support_log.csv"
    assert "900039" not in sample.read_text(encoding="utf-8")  # what was given there could not be moved


@pytest.mark.slow
def test_a_moved_and_a_cancelled_meeting_keep_their_uid(tmp_path):
    before = make_edition(tmp_path, SCHOOLS, people=PEOPLE)
    read = lambda page, urn: {  # noqa: E731
        str(event["UID"]): event
        for event in icalendar.Calendar.from_ical((page.parent / "schools" / f"{urn}.ics").read_bytes()).walk("VEVENT")
    }
    page = write_plan(plan(before))
    first = {urn: read(page, urn) for urn in (900026, 900003)}
    (before.edition("sample").local / "support_plan.csv").write_text(CHANGES, encoding="utf-8")
    page = write_plan(plan(before))
    uid = "sample-900026-initial_visit-1@year-of-support.invalid"
    moved = read(page, 900026)[uid]
    assert (first[900026][uid]["SEQUENCE"], moved["SEQUENCE"]) == (0, 1)
    assert f"{moved.decoded('DTSTART'):%d %H:%M}" == "14 09:30" and moved["STATUS"] == "CONFIRMED"
    uid = "sample-900003-project_board-1@year-of-support.invalid"
    cancelled = read(page, 900003)[uid]
    assert cancelled["STATUS"] == "CANCELLED" and cancelled["SUMMARY"].startswith("Cancelled: ")
    assert cancelled.decoded("DTSTART") == first[900003][uid].decoded("DTSTART")


@pytest.mark.slow
def test_the_page_tells_what_to_look_at_and_trusts_no_name(workspace):
    page = write_plan(plan(workspace)).read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "What people changed" in page and "The board meets in June." in page
    assert "less is not possible" in page and "<td>Spring</td>" in page


@pytest.mark.slow
def test_a_plan_that_is_agreed_is_kept_when_a_person_comes(workspace):
    first = plan(workspace, agree=True).staffing.assigned
    local = workspace.edition("sample").local
    assert (local / "support_agreed.csv").read_text(encoding="utf-8").startswith("urn,activity,person,")
    (local / "people.csv").write_text(
        PEOPLE + "Zoë New,adviser,reading;maths,primary,9,Larkstead,,no\n", encoding="utf-8"
    )
    assert plan(workspace).staffing.assigned == first


@pytest.mark.slow
def test_without_people_the_plan_says_roles(tmp_path):
    made = plan(make_edition(tmp_path, SCHOOLS))
    assert made.people is None and not made.list_unmet()
    assert made.written == ("local/people.csv", "local/support_plan.csv", "local/partners.csv", "local/support_log.csv")
    folder = write_plan(made).parent
    assert not (folder / "people").exists() and "roles alone" in (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_verb_says_what_was_planned_and_what_to_open(workspace, monkeypatch):
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(workspace.root))
    ran = CliRunner().invoke(app, ["plan-support", "sample"])
    assert ran.exit_code == 0, ran.output
    assert "4 schools" in ran.output and "have nobody: none (less is not possible)" in ran.output
    assert "support/index.html" in ran.output.replace("\n", "")


@pytest.mark.slow
def test_without_reports_or_terms_it_is_said_what_to_do(tmp_path):
    workspace = make_edition(tmp_path, {})
    with pytest.raises(PipelineError, match="there are no reports to plan support from"):
        plan(workspace)
    workspace = make_edition(tmp_path / "reported", {900001: {"category": "secure"}})
    (workspace.edition("sample").local / "terms.csv").unlink()
    with pytest.raises(FaultyInput, match="names no term"):
        plan(workspace)


@pytest.mark.slow
def test_every_fault_of_every_file_is_told_at_once(tmp_path):
    programmes = "programme,urn,date,staff_capability,classroom_practice,pupils_engagement\n"
    files = {
        "terms": "kind,name,first_day,last_day\nholiday,Autumn,2025-09-02,2025-12-19\n",
        "people": f"{PEOPLE}Zoe,wizard,,,5,,,no\n",
        "support_plan": f"{CHANGES}900026,Tea,1,cancelled,,,x,2025-12-08\n900026,Tea,1,cancelled,,,a,b,2025-12-08\n",
        "support_log": "urn,date,activity,days,person\n900003,2031-01-01,Initial visit,1,J. Roe\n",
        "partners": "kind,schools\npaired,900003\n",
        "programmes": f"{programmes}X,1,,,,\n",
    }
    with pytest.raises(FaultyInput) as refused:
        plan(make_edition(tmp_path, SCHOOLS, **files))
    assert {fault.file for fault in refused.value.faults} == {f"local/{stem}.csv" for stem in files}
    assert [fault.line for fault in refused.value.faults if fault.file == "local/support_plan.csv"] == [6, 7]


@pytest.mark.slow
def test_what_may_be_meant_and_hardly_is_is_asked_with_its_line(tmp_path, monkeypatch):
    """A panel's category that does not bring a change, a visit moved after it was given, days without school."""
    schools = {900001: {"category": "secure", "panel": "2026-01-16"}, 900026: {"category": "light_touch"}}
    log = "urn,date,activity,days,person\n" + "".join(
        f"900026,{day},{what},,Ines Calloway\n"
        for day, what in (
            ("2025-12-09", "Initial visit"),
            ("2025-12-13", "Follow-up call on progress"),
            ("2026-02-17", "Follow-up visit"),
            ("2026-08-03", "Follow-up visit"),
            ("2025-12-01", "Desk-top analysis"),
        )
    )
    changes = CHANGES_HEADER + (
        "900001,Initial visit,1,cancelled,,,The head is away.,2025-12-08\n"
        "900026,Initial visit,1,moved,2026-01-21,,The governors meet that day.,2025-12-09\n"
    )
    people = f"{PEOPLE_HEADER}Ines Calloway,adviser,,,9,,,no\n"
    workspace = make_edition(tmp_path, schools, people=people, support_plan=changes, support_log=log)
    asked = [(fault.file.partition("/")[2], fault.line, fault.column) for fault in plan(workspace).questions]
    assert asked == [
        *(("support_log.csv", line, "date") for line in (3, 4, 5, 6)),
        ("support_plan.csv", 3, "activity"),
        ("support_plan.csv", 2, "activity"),
    ]
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(workspace.root))
    ran = CliRunner().invoke(app, ["plan-support", "sample"])
    assert ran.exit_code == 6 and "6 things to know of" in ran.output
    told = " ".join(ran.output.split())
    assert "it no longer applies since the panel of 2026-01-16" in told and "take out line 2 of" in told
    assert "it was given on 2025-12-09 by line 2 of local/support_log.csv: Initial visit 1" in told


def test_files_of_people_have_names_of_their_own_that_any_system_takes():
    names = ["Ann O'Brien", "Ann O’Brien", "../../etc", "王芳", "CON", "Zoë"]
    found = name_files(names)
    assert len(set(found.values())) == len(names)
    assert all(stem.replace("-", "").isalnum() and stem.isascii() and stem != "con" for stem in found.values())
