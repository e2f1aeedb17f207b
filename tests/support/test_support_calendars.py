"""Calendars are read back by libraries of two ecosystems, and both find what was written.

Python's icalendar is always here. ical.js from npm is looked for where the variable MAIL_LIBRARIES says, else in the
project's node_modules; the test that needs it is skipped, saying so, where it or Node is not there.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.foundation.paths import find_project
from pipeline.run.desk.support.calendars import Meeting, format_calendar

SCRIPT = Path(__file__).with_name("read_calendars.cjs")
LONDON, UTC = ZoneInfo("Europe/London"), datetime.UTC
NAMES = (
    'St. Wilfrith\'s, \\ Pellbury; "new" CofE Primary',
    "Sainte Thérèse 🏫 " + "école " * 30,
    "Two\nlines, and: a colon",
    "BEGIN:VEVENT",
)


def make_meeting(number, **more):
    usual = {
        "uid": f"sample-90000{number}-initial_visit-1@year-of-support.invalid",
        "day": datetime.date(2026, 1, 14),
        "begins": datetime.time(9, 30),
        "minutes": 180,
        "title": NAMES[number % len(NAMES)],
        "about": f"Why: {NAMES[number % len(NAMES)]}\nHow long: 3 hours",
        "stamp": datetime.date(2025, 12, 5),
    }
    return Meeting(**(usual | more))


MEETINGS = (
    make_meeting(1),
    make_meeting(2, day=datetime.date(2026, 3, 27), sequence=1),  # the last Friday of winter time
    make_meeting(3, day=datetime.date(2026, 3, 30), sequence=2, cancelled=True),  # the first Monday of summer time
    make_meeting(4, day=datetime.date(2026, 7, 21), begins=None),
)


def expect(meetings):
    """What a reader should find, in UTC."""
    found = []
    for one in meetings:
        if one.begins is None:
            begins, ends = one.day.isoformat(), (one.day + datetime.timedelta(days=1)).isoformat()
        else:
            start = datetime.datetime.combine(one.day, one.begins, LONDON)
            end = datetime.datetime.combine(one.day, one.begins) + datetime.timedelta(minutes=one.minutes)
            begins, ends = (f"{time.astimezone(UTC):%Y-%m-%dT%H:%M}" for time in (start, end.replace(tzinfo=LONDON)))
        found.append(
            {
                "uid": one.uid,
                "sequence": one.sequence,
                "begins": begins,
                "ends": ends,
                "summary": f"{'Cancelled: ' if one.cancelled else ''}{one.title}",
                "description": one.about,
                "status": "CANCELLED" if one.cancelled else "CONFIRMED",
            }
        )
    return sorted(found, key=lambda one: one["uid"])


def read_by_python(text):
    calendar = icalendar.Calendar.from_ical(text)

    def tell(value):
        return (
            value.isoformat() if not isinstance(value, datetime.datetime) else f"{value.astimezone(UTC):%Y-%m-%dT%H:%M}"
        )

    events = [
        {
            "uid": str(event["UID"]),
            "sequence": int(event["SEQUENCE"]),
            "begins": tell(event.decoded("DTSTART")),
            "ends": tell(event.decoded("DTEND")),
            "summary": str(event["SUMMARY"]),
            "description": str(event["DESCRIPTION"]),
            "status": str(event["STATUS"]),
        }
        for event in calendar.walk("VEVENT")
    ]
    return {"method": str(calendar["METHOD"]), "name": str(calendar["X-WR-CALNAME"]), "events": events}


def read_by_node(tmp_path, text):
    modules = Path(os.environ.get("MAIL_LIBRARIES") or find_project() / "node_modules")
    if shutil.which("node") is None or not (modules / "ical.js").is_dir():
        pytest.skip("ical.js or Node is not here: npm install ical.js, and set MAIL_LIBRARIES to its node_modules")
    file = tmp_path / "one.ics"
    file.write_text(text, encoding="utf-8", newline="")
    run = subprocess.run(["node", SCRIPT, modules, file], capture_output=True, check=False, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)[0]


def test_python_finds_what_was_written():
    found = read_by_python(format_calendar(NAMES[0], MEETINGS))
    assert sorted(found["events"], key=lambda one: one["uid"]) == expect(MEETINGS)
    assert (found["method"], found["name"]) == ("PUBLISH", 'St. Wilfrith\'s Pellbury "new" CofE Primary')


@pytest.mark.slow
def test_javascript_finds_the_same(tmp_path):
    text = format_calendar(NAMES[0], MEETINGS)
    assert read_by_node(tmp_path, text) == read_by_python(text)


@pytest.mark.slow
@given(st.text(min_size=1, max_size=200))
def test_whatever_a_name_holds_is_text_and_no_line_is_too_long(name):
    text = format_calendar(name, [make_meeting(1, title=name, about=name)])
    assert all(len(line.encode("utf-8")) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "") and "\r" not in text.replace("\r\n", "")
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    lines = name.replace("\r\n", "\n").replace("\r", "\n")
    assert str(event["SUMMARY"]) == "".join(sign for sign in lines if sign == "\n" or sign.isprintable())


def test_the_same_meetings_in_another_order_give_the_same_text():
    assert format_calendar("A", MEETINGS) == format_calendar("A", reversed(MEETINGS))
    assert format_calendar("A", MEETINGS).count("BEGIN:VTIMEZONE") == 1
