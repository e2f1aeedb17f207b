#!/usr/bin/env bash
# ical and icalevents: of three visits on listed days one reader loses the first, and the other all but the first.
# Days that follow no rule are a start and a list of further days (RDATE). ical (the calendar of Home Assistant) hands out
# the listed days without the start, icalevents the start without the listed days. Beside a rule ical has the start, too.
# ical.js, by ical-expander, does as ical (github.com/kewisch/ical.js/pull/534 would have mended it).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    npm install --prefix "$work" --no-audit --no-fund ical-expander@3.2.0
    python3 -m venv env
    env/bin/pip install ical==14.3.1 icalevents==0.3.1 icalendar==7.3.2 recurring-ical-events==3.8.2
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

# Visits at half past nine on 12 October, 4 November and 9 December.
printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 'PRODID:-//visits//EN' BEGIN:VEVENT UID:visit@example.org \
    DTSTAMP:20260901T000000Z DTSTART:20261012T093000Z DURATION:PT1H RDATE:20261104T093000Z,20261209T093000Z \
    SUMMARY:Visit END:VEVENT END:VCALENDAR >visits.ics

cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import Expander from "ical-expander";

const { events, occurrences } = new Expander({ ics: readFileSync("visits.ics", "utf8") }).all();
console.log(JSON.stringify([...events, ...occurrences].map(({ startDate }) => startDate.toString().slice(0, 10))));
JS

cat >check.py <<'PY'
import datetime
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import icalendar
import recurring_ical_events
from ical.calendar_stream import IcsCalendarStream
from icalevents.icalevents import events

FROM = datetime.datetime(2026, 9, 1, tzinfo=datetime.UTC)
TO = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
text = Path("visits.ics").read_bytes().decode()


def list_days(starts):
    return sorted(start.date().isoformat() for start in starts)


right = list_days(
    visit.start for visit in recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(FROM, TO)
)
timeline = IcsCalendarStream.calendar_from_ics(text).timeline_tz(datetime.UTC)
by_ical = list_days(visit.dtstart for visit in timeline.overlapping(FROM, TO))
by_icalevents = list_days(visit.start for visit in events(file="visits.ics", start=FROM, end=TO))
by_expander = json.loads(subprocess.run(["node", "read.mjs"], check=True, capture_output=True, text=True).stdout)

print(", ".join(f"{name} {version(name)}" for name in ("ical", "icalevents", "icalendar", "recurring-ical-events")))
print("input:    DTSTART:20261012T093000Z and RDATE:20261104T093000Z,20261209T093000Z")
print("expected: three visits (RFC 5545, 3.8.5.2: the set is made 'by considering the initial \"DTSTART\" property along")
print("          with the \"RRULE\", \"RDATE\", and \"EXDATE\" properties')")
print("          recurring-ical-events:", right)
print("seen:     ical:                 ", by_ical)
print("          icalevents:           ", by_icalevents)
print("          ical-expander:        ", by_expander)

days = ["2026-10-12", "2026-11-04", "2026-12-09"]
as_stated = right == days and by_ical == by_expander == days[1:] and by_icalevents == days[:1]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
