"""The log of support: read with every fault, laid beside the plan, and told as what is used, left and overdue."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_schools import PEOPLE_HEADER, REVIEW, YEAR, day, make_edition, make_school
from typer.testing import CliRunner

from pipeline.cli.verbs import app
from pipeline.edition.support import LoggedSupport, list_activities, read_log
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.paths import EditionPaths
from pipeline.policy import load_policy
from pipeline.run.desk.following.following import follow_edition_support
from pipeline.run.desk.following.matching import State, match_log
from pipeline.run.desk.following.tables import (
    Amounts,
    list_people,
    list_printed_amounts,
    list_schools,
    list_strands,
)
from pipeline.run.desk.following.writing import write_follow_up
from pipeline.run.desk.support.timing import Visit
from pipeline.sources.local.rows import Schools

COUNTY = load_policy("worcestershire")
HEADER = "urn,date,activity,days,person,focus,outcome\n"
SCHOOLS = {
    900001: {"category": "secure", "name": "=Ash School"},
    900003: {"category": "focus", "subjects": ["reading", "maths"]},
    900026: {"category": "light_touch", "subjects": ["maths"]},
}
PEOPLE = PEOPLE_HEADER + (
    "Ines Calloway,adviser,reading,primary,4;6;5,Larkstead,,no\nMarek Dunn,sle,reading,primary,1;3;3,,,yes\n"
)
LOG = HEADER + (
    "900003,2026-01-09,criteria_visit,1,Ines Calloway,reading,=A whole day.\n"
    "900026,12/01/2026,Initial visit,,Ines Calloway,,\n"
    "900026,2026-01-20,Initial visit,0.5,Marek Dunn,Maths,\n"
    "900001,2026-03-02,Telephone discussion of self-evaluation,,Ines Calloway,,\n"
)


def follow(workspace, **more):
    return follow_edition_support(workspace, "sample", lambda _: None, **more)


@pytest.fixture
def workspace(tmp_path):
    return make_edition(tmp_path, SCHOOLS, people=PEOPLE, support_log=LOG)


def test_every_fault_of_the_log_is_named_at_once(tmp_path):
    (tmp_path / "edition" / "local").mkdir(parents=True)
    paths = EditionPaths(tmp_path / "edition", tmp_path / "reports")
    text = HEADER + (
        "900001,2026-01-09,Initial visit,0.5,Ann Ash,,\n"
        "900009,2026-01-09,Initial visit,0.5,Ann Ash,,\n"
        "900001,2025-07-31,Initial visti,half,Anne Ash,knitting,\n"
        "900001,09/01/2026,initial_visit,1,Ann Ash,maths,again\n"
        ",,,,,,\n"
        "# 900001,nonsense\n"
    )
    (paths.local / "support_log.csv").write_text(text, encoding="utf-8")
    with pytest.raises(FaultyInput) as refused:
        read_log(paths, Schools({900001: "Ash"}), COUNTY.support, 2025, ["Ann Ash"])
    found = [(fault.line, fault.column) for fault in refused.value.faults]
    line_4 = ((4, column) for column in ("activity", "date", "days", "focus", "person"))
    assert found == [(3, "urn"), *line_4, (5, None)]
    assert "Did you mean 'Initial visit'?" in str(refused.value)


@pytest.mark.slow
def test_a_row_without_days_takes_as_long_as_the_policy_says(workspace):
    followed = follow(workspace)
    days = {(row.urn, row.line): row.days for row in followed.log if row.line}
    assert days == {(900003, 2): 1, (900026, 3): 0.5, (900026, 4): 0.5, (900001, 5): pytest.approx(1 / 6)}
    assert followed.on == day("2026-03-02")  # the log's last day, where nothing else is said


@pytest.mark.slow
def test_what_is_used_left_overdue_and_beyond_is_told_of_each_school(workspace):
    followed = follow(workspace, on=day("2026-02-01"))
    assert followed.later == 1  # March's call is left aside
    rows = {row[0]: row for row in list_schools(followed)}
    due, given, left, more = rows[900026][3:7]
    assert (given, more) == (2, 1) and given + left == due  # the report and the first visit; the second is beyond
    assert rows[900003][8] == pytest.approx(1 + 1 / 6, abs=1e-3) and rows[900003][-1] == "Maths"
    overdue = {(one.planned.urn, one.planned.key) for one in followed.list_in(State.OVERDUE)}
    assert (900001, "self_evaluation_call") in overdue and (900026, "initial_visit") not in overdue
    odd = [(row.person, why) for row, why in followed.list_odd_rows()]
    assert odd == [("Marek Dunn", "their role (specialist leader of education) is not one for it")]
    strands = list(list_strands(followed))
    assert sum(row[4] for row in strands) == sum(row[3] for row in rows.values())
    assert sum(row[8] for row in strands) == pytest.approx(sum(row[7] for row in rows.values()), abs=0.02)
    days = {(row[0], row[2]): row[3:] for row in list_people(followed)}
    assert days["Ines Calloway", 2][:2] == (6, 1.5) and days["Marek Dunn", 2][1] == 0.5


@pytest.mark.slow
def test_a_report_that_is_an_activity_is_nobodys_to_log_and_counts_once(tmp_path):
    log = HEADER + "900003,2025-12-12,desk_top_analysis,,Ines Calloway,,\n"
    changes = (
        "urn,activity,number,change,new_date,person,reason,date\n"
        "900026,Desk-top analysis,1,cancelled,,,It is not wanted.,2025-12-08\n"
    )
    workspace = make_edition(tmp_path, SCHOOLS, people=PEOPLE, support_log=log, support_plan=changes)
    followed = follow(workspace)
    given = [one for one in followed.activities if one.planned.key == "desk_top_analysis"]
    assert {one.planned.urn: one.logged.person for one in given} == {900001: "", 900003: "Ines Calloway"}
    assert not followed.more and "desk_top_analysis" not in {one.planned.key for one in followed.list_in(State.OVERDUE)}


@pytest.mark.slow
def test_a_follow_up_says_when_its_first_visit_took_place(workspace):
    found = {one.planned.key: one for one in follow(workspace).activities if one.planned.urn == 900026}
    assert (
        found["follow_up_call"].what_comes_first == "'Initial visit', which comes first, took place on 12 January 2026"
    )
    assert found["initial_visit"].what_comes_first == ""


@pytest.mark.slow
def test_what_is_billed_stands_beside_the_days_that_reports_print(tmp_path):
    trust = load_policy("two-counties")
    school = {900502: {"category": "repair", "policy": "two-counties"}}
    people = PEOPLE_HEADER + "Ada Quill,consultant,maths,,6;16;16,,,no\n"
    log = (
        "urn,date,activity,days,person,invoice\n"
        "900502,2026-01-15,partnership_review,1,Ada Quill,A-1\n900502,2026-02-12,quality_assurance,1.5,Ada Quill,\n"
    )
    workspace = make_edition(tmp_path, school, people=people, support_log=log)
    description = workspace.edition("sample").description
    text = description.read_text(encoding="utf-8").replace("policy: worcestershire", "policy: two-counties")
    description.write_text(text, encoding="utf-8")
    printed = {row[3]: row[4:] for row in list_printed_amounts(follow(workspace))}
    consultants = next(one for one in trust.outcome("repair").entitlement.amounts if "consultant" in one)
    assert printed[consultants] == ("3", 3, 2.5, 1, 0.5)
    assert printed["Days a year"] == ("6", 6, 2.5, 1, 3.5)


@pytest.mark.slow
@given(
    log=st.lists(
        st.tuples(
            st.sampled_from(["adviser_review", "criteria_visit", "project_board", "invitation"]),
            st.integers(0, 200),
            st.sampled_from([0.25, 0.5, 1.0]),
        ),
        max_size=12,
    ),
    areas=st.integers(0, 5),
)
def test_used_and_left_are_the_entitlement_unless_more_was_logged(log, areas):
    planned = list_activities(COUNTY, make_school(areas=areas), YEAR, REVIEW)
    first = day("2025-11-10")
    given_days = [LoggedSupport(900003, first + timedelta(days=n), key, days) for key, n, days in log]
    rows = sorted(given_days, key=lambda row: row.day)
    found, more = match_log([Visit(one) for one in planned], rows, {})
    amounts = Amounts()
    for one in found:
        amounts.add(one)
    for row in more:
        amounts.add_more(row)
    assert amounts.given + amounts.left == amounts.due == len(found)
    assert amounts.given + amounts.more == len(rows)
    assert amounts.days_used + amounts.days_left == pytest.approx(amounts.days_due + amounts.beyond)
    assert amounts.beyond == 0 or amounts.days_left == 0
    assert amounts.days_used == pytest.approx(sum(row.days for row in rows))
    beyond = Counter(row.activity for row in more)
    for one in found:  # nothing is called more than due while the same activity is still left
        assert one.logged is not None or not beyond[one.planned.key]


@pytest.mark.slow
def test_the_same_bytes_whatever_the_order_of_rows_and_nothing_is_a_formula(workspace):
    page = write_follow_up(follow(workspace))
    first = {path.name: path.read_bytes() for path in page.parent.iterdir()}
    header, *rows = LOG.splitlines(keepends=True)
    log = workspace.edition("sample").local / "support_log.csv"
    log.write_text("".join([header, *reversed(rows)]), encoding="utf-8")
    write_follow_up(follow(workspace))
    assert {path.name: path.read_bytes() for path in page.parent.iterdir()} == first
    cells = [cell for row in csv.reader(io.StringIO(first["follow-up.csv"].decode())) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    book = openpyxl.load_workbook(page.parent / "follow-up.xlsx")
    assert "f" not in {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "=A whole day." in {cell.value for row in book["Activities"].iter_rows() for cell in row}


@pytest.mark.slow
def test_the_verb_says_what_is_to_be_looked_at(workspace, monkeypatch):
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(workspace.root))
    ran = CliRunner().invoke(app, ["follow-support", "sample", "--on", "2026-02-01"])
    assert ran.exit_code == 6, ran.output
    assert "As of 2026-02-01" in ran.output and "overdue" in ran.output and "1 row of a later day" in ran.output
    for on in ("2062-02-01", "2025-12-04"):  # the second is before the review
        assert CliRunner().invoke(app, ["follow-support", "sample", "--on", on]).exit_code == 1
    assert "As of 2026-02-01" in CliRunner().invoke(app, ["follow-support", "sample", "--on", "1/2/2026"]).output
    asked = CliRunner().invoke(app, ["follow-support", "sample", "--on", "1-2-26"])
    assert asked.exit_code == 2 and "or 03/10/2025" in asked.output
    (workspace.edition("sample").local / "support_log.csv").unlink()
    ran = CliRunner().invoke(app, ["follow-support", "sample", "--on", "2025-12-05"])
    assert ran.exit_code == 0, ran.output
    assert "Wrote an empty local/support_log.csv" in ran.output
