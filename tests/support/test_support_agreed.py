"""What was agreed and sent: later plans keep it where they can, and calendars are told of what they cannot."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import itertools
import json

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_schools import CHANGES_HEADER, PEOPLE_HEADER, REVIEW, YEAR, day, make_edition, make_facts, make_school
from typer.testing import CliRunner

from pipeline.cli.verbs import app
from pipeline.edition.support import list_activities
from pipeline.edition.support.agreed import AgreedEvent, read_agreed, read_agreed_events
from pipeline.foundation.errors import FaultyInput
from pipeline.policy import load_policy
from pipeline.run.desk.support.planning import plan_edition_support
from pipeline.run.desk.support.timing import Visit, time_visits
from pipeline.run.desk.support.writing import write_plan

SCHOOLS = {urn: {"category": "light_touch", "subjects": ["maths"]} for urn in (900026, 900027, 900028, 900029)}
INES, TOM = "Ines Calloway,adviser,maths,,20,,,no\n", "Tom Fairbrother,adviser,,,20,,,no\n"
ON_ONE_DAY = "".join(f"{urn},Initial visit,1,moved,2026-01-14,,x,2025-12-08\n" for urn in (900026, 900028))
AWAY = "900026,Initial visit,1,moved,2026-01-21,,x,2025-12-10\n"
INTO = "{},Initial visit,1,moved,2026-01-14,,x,2025-12-11\n"
SWAP = "900028,,,person,,{},x,{}\n"


class Desk:
    """An edition at which somebody plans again and again."""

    def __init__(self, folder, people=INES, changes=""):
        self.workspace = make_edition(folder, SCHOOLS, people=PEOPLE_HEADER + people)
        self.paths = self.workspace.edition("sample")
        self.changes = ""
        self.change(changes)

    def change(self, rows):
        self.changes += rows
        (self.paths.local / "support_plan.csv").write_text(CHANGES_HEADER + self.changes, encoding="utf-8")

    def staff(self, people):
        (self.paths.local / "people.csv").write_text(PEOPLE_HEADER + people, encoding="utf-8")

    def plan(self, *, agree=False):
        made = plan_edition_support(self.workspace, "sample", lambda _: None, agree=agree)
        self.folder = write_plan(made).parent
        return made

    def read(self, name):
        """By school and activity of a calendar: status, sequence, begin, and day of the last change."""
        text = (self.folder / f"{name}.ics").read_bytes()
        return {
            "-".join(str(event["UID"]).split("-")[1:3]): (
                str(event["STATUS"]),
                int(event["SEQUENCE"]),
                event.decoded("DTSTART"),
                event.decoded("LAST-MODIFIED").date(),
            )
            for event in icalendar.Calendar.from_ical(text).walk("VEVENT")
        }

    def read_all(self):
        return {path.name: path.read_bytes() for path in sorted(self.folder.rglob("*.ics"))}


def tell_time(event):
    return f"{event[2]:%Y-%m-%d %H:%M}"


@pytest.mark.slow
def test_a_change_at_one_school_leaves_the_agreed_times_of_others(tmp_path):
    desk = Desk(tmp_path, changes=ON_ONE_DAY)
    desk.plan(agree=True)
    first = desk.read("schools/900028")
    assert tell_time(first["900028-initial_visit"]) == "2026-01-14 12:30"
    sent = desk.read_all()
    desk.plan()
    assert desk.read_all() == sent
    desk.change(AWAY + INTO.format(900027))
    made = desk.plan()
    assert desk.read("schools/900028") == first
    status, sequence, *_ = moved = desk.read("schools/900026")["900026-initial_visit"]
    assert (status, tell_time(moved)[:10]) == ("CONFIRMED", "2026-01-21")
    assert sequence > 1 and moved[3] == datetime.date(2025, 12, 10 + 1)
    assert tell_time(desk.read("schools/900027")["900027-initial_visit"]) == "2026-01-14 09:30"
    assert {one.urn for one in made.differences} == {900026, 900027} and not made.clashes


@pytest.mark.slow
def test_what_has_no_time_on_a_day_is_named_and_put_on_top_of_nothing(tmp_path, monkeypatch):
    desk = Desk(tmp_path, changes=ON_ONE_DAY)
    before = [desk.plan(), desk.read("people/ines-calloway")][1]
    desk.change(INTO.format(900027))
    (clash,) = desk.plan().clashes
    assert (clash.day, [one.urn for one in clash.left]) == (day("2026-01-14"), [900027])
    after = desk.read("people/ines-calloway")
    assert all(after[f"{urn}-initial_visit"] == before[f"{urn}-initial_visit"] for urn in (900026, 900028))
    assert after["900027-initial_visit"][2] == datetime.date(2026, 1, 14)  # of the whole day
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))
    ran = CliRunner().invoke(app, ["plan-support", "sample"])
    assert ran.exit_code == 6 and "School 900027: Initial visit (Ines Calloway, 14 January 2026)" in ran.output


@pytest.mark.slow
def test_a_meeting_that_goes_to_another_is_cancelled_in_the_diary_of_who_had_it(tmp_path, monkeypatch):
    desk = Desk(tmp_path, people=INES + TOM)
    desk.plan(agree=True)
    sent = desk.read("people/ines-calloway")
    assert sent["900028-initial_visit"][0] == "CONFIRMED"
    desk.change(SWAP.format("Tom Fairbrother", "2025-12-12"))
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))
    ran = CliRunner().invoke(app, ["plan-support", "sample"])
    line = next(line for line in ran.output.splitlines() if "School 900028: Initial visit 1" in line)
    before, now = line.split(" → ")
    assert before.endswith("Ines Calloway") and now.endswith("Tom Fairbrother")
    assert before.partition(": Initial visit 1: ")[2] in (desk.folder / "index.html").read_text(encoding="utf-8")
    for agree in (False, True, False):  # and it is still told when the swap is agreed
        desk.plan(agree=agree)
        status, sequence, _, changed = desk.read("people/ines-calloway")["900028-initial_visit"]
        assert (status, changed) == ("CANCELLED", datetime.date(2025, 12, 12)) and sequence > 0
        assert desk.read("people/tom-fairbrother")["900028-initial_visit"][:2] == ("CONFIRMED", sequence)
    desk.change(SWAP.format("Ines Calloway", "2025-12-15"))
    desk.plan()
    status, again, *_ = desk.read("people/ines-calloway")["900028-initial_visit"]
    assert status == "CONFIRMED" and again > sequence
    assert desk.read("people/tom-fairbrother")["900028-initial_visit"][:2] == ("CANCELLED", again)


@pytest.mark.slow
def test_whom_an_earlier_change_named_keeps_it_as_cancelled_before_anything_is_agreed(tmp_path):
    desk = Desk(tmp_path, people=INES + TOM, changes=SWAP.format("Tom Fairbrother", "2025-12-09"))
    desk.change(SWAP.format("Ines Calloway", "2025-12-10"))
    desk.plan()
    assert desk.read("people/tom-fairbrother")["900028-initial_visit"][:2] == ("CANCELLED", 2)


@pytest.mark.slow
def test_a_person_who_leaves_moves_meetings_of_schools_that_nobody_changed(tmp_path):
    desk = Desk(tmp_path)
    desk.plan(agree=True)
    sent = desk.read("schools/900026")
    desk.staff(TOM)
    made = desk.plan()
    for name in ("schools/900026", "people/tom-fairbrother"):
        found = {key: one for key, one in desk.read(name).items() if key in sent}
        assert all(one[1] > sent[key][1] and one[3] >= sent[key][3] for key, one in found.items()) and found
    assert {one[0] for one in desk.read("people/ines-calloway").values()} == {"CANCELLED"}
    assert ("Contact", "Ines Calloway", "Tom Fairbrother") in {
        (one.what, one.agreed, one.now) for one in made.differences
    }


@pytest.mark.slow
def test_what_is_cancelled_or_no_longer_planned_stays_in_calendars_as_cancelled(tmp_path):
    desk = Desk(tmp_path)
    desk.plan(agree=True)
    desk.change("900027,Initial visit,1,cancelled,,,x,2025-12-12\n")
    path = desk.paths.reports / "schools" / "900026" / "facts.json"
    path.write_text(json.dumps(make_facts(900026, "secure")), encoding="utf-8")
    for agree in (False, True, False):
        desk.plan(agree=agree)
        for name in ("schools/900026", "people/ines-calloway"):
            assert desk.read(name)["900026-initial_visit"][:2] == ("CANCELLED", 1)
        for name in ("schools/900027", "people/ines-calloway"):
            status, sequence, *_ = desk.read(name)["900027-initial_visit"]
            assert status == "CANCELLED" and sequence > 1


@pytest.mark.slow
def test_a_file_of_before_there_were_events_is_read_and_says_who_moved(tmp_path, monkeypatch):
    desk = Desk(tmp_path, people=TOM)
    path = desk.paths.local / "support_agreed.csv"
    path.write_text("urn,activity,person\n900026,initial_visit,Ines Calloway\n", encoding="utf-8")
    assert read_agreed(desk.paths) == {(900026, "initial_visit"): "Ines Calloway"}
    assert not read_agreed_events(desk.paths)
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))
    ran = CliRunner().invoke(app, ["plan-support", "sample"])
    assert "School 900026: Initial visit: Ines Calloway → Tom Fairbrother" in ran.output


@pytest.mark.slow
def test_agreed_events_are_read_back_as_written_and_faults_are_all_told(tmp_path):
    desk = Desk(tmp_path, people=INES + TOM, changes=SWAP.format("Tom Fairbrother", "2025-12-09"))
    made = desk.plan(agree=True)
    events = read_agreed_events(desk.paths)
    assert {place: event.person for place, event in events.items()} == {
        visit.place: visit.person for visit in made.visits if visit.activity.day
    }
    assert read_agreed(desk.paths) == made.staffing.assigned
    path = desk.paths.local / "support_agreed.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    wrong = next(row for row in rows if row["number"]) | {
        "number": "x", "day": "soon", "begins": "25:00", "hours": "", "takes_place": "", "sequence": "-1",
        "changes": "", "decided": "",
    }  # fmt: skip
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, list(wrong)).writerows([wrong, rows[0]])
    with pytest.raises(FaultyInput) as refused:
        read_agreed(desk.paths)
    columns = {fault.column for fault in refused.value.faults}
    assert columns == {"number", "day", "begins", "hours", "takes_place", "sequence", "changes", "decided", None}


@pytest.mark.slow
def test_a_day_that_is_not_as_the_policy_asks_is_to_be_looked_at(tmp_path, monkeypatch):
    desk = Desk(tmp_path, changes="900026,Initial visit,1,moved,2026-07-15,,x,2025-12-08\n")
    assert [visit.activity.key for visit in desk.plan().list_odd_days()] == ["follow_up_call"]
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))
    ran = CliRunner().invoke(app, ["plan-support", "sample"])
    assert ran.exit_code == 6 and "To look at: 1 activity has no day, or one that is not" in ran.output


COUNTY = load_policy("worcestershire")
VISIT = next(
    one
    for one in list_activities(COUNTY, make_school(900026, "light_touch"), YEAR, REVIEW)
    if one.stands and not one.by
)
MEETINGS = st.lists(
    st.tuples(
        st.sampled_from((0.5, 1.0, 2.5, 3.0)), st.sampled_from(("", "08:00", "09:30", "11:00", "12:30", "15:00"))
    ),
    max_size=7,
)


@pytest.mark.slow
@given(MEETINGS)
def test_meetings_of_one_day_never_overlap_and_all_that_fit_have_a_time(meetings):
    visits = [
        Visit(dataclasses.replace(VISIT, urn=900001 + number, hours=hours), "A")
        for number, (hours, _) in enumerate(meetings)
    ]
    agreed = {
        visit.place: AgreedEvent(
            *visit.place, "A", visit.activity.day, begins, visit.activity.hours, "", True, 0, 0, REVIEW
        )
        for visit, (_, begins) in zip(visits, meetings, strict=True)
        if begins
    }
    timed, clashes = time_visits(visits, agreed, YEAR, COUNTY.support)
    spans = sorted(
        (begins := int(one.begins[:2]) * 60 + int(one.begins[3:]), begins + one.activity.hours * 60)
        for one in timed
        if one.begins
    )
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    left = {one.urn for clash in clashes for one in clash.left}
    assert left == {one.activity.urn for one in timed if not one.begins}
    assert not left or sum(hours for hours, _ in meetings) > COUNTY.support.hours_a_day
