#!/usr/bin/env bash
# ical.js: a series that starts in September and goes on in January ends one visit early.
# Of a monthly rule limited to some months and to a COUNT, ical.js hands out one occurrence too few where the series
# does not start in the first month of the list. Started in January, the same rule has all its occurrences.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    npm install --prefix "$work" --no-audit --no-fund ical.js@2.2.1
    python3 -m venv venv
    venv/bin/python -m pip install icalendar==7.3.2 recurring-ical-events==3.8.2
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

# A visit a term for one school year, on a day of the month and on a weekday; the first again from January.
cat >rules.txt <<'TEXT'
20260915 FREQ=MONTHLY;BYMONTH=1,4,9;BYMONTHDAY=15;COUNT=3
20260908 FREQ=MONTHLY;BYMONTH=1,4,9;BYDAY=2TU;COUNT=3
20260115 FREQ=MONTHLY;BYMONTH=1,4,9;BYMONTHDAY=15;COUNT=3
TEXT

cat >expand.mjs <<'JS'
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

for (const line of readFileSync("rules.txt", "utf8").trim().split("\n")) {
  const [start, rule] = line.split(" ");
  const text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//visits//EN", "BEGIN:VEVENT", "UID:visit@example.org",
    "DTSTAMP:20260101T000000Z", `DTSTART;VALUE=DATE:${start}`, `RRULE:${rule}`, "END:VEVENT", "END:VCALENDAR", ""];
  const calendar = new ICAL.Component(ICAL.parse(text.join("\r\n")));
  const days = new ICAL.Event(calendar.getFirstSubcomponent("vevent")).iterator();
  const found = [];
  for (let day = days.next(); day && found.length < 10; day = days.next()) found.push(day.toString());
  console.log(found.join(" "));
}
JS
node expand.mjs >seen.txt

venv/bin/python -I - <<'PY'
import json
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

import icalendar
import recurring_ical_events


def expand(start, rule):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//visits//EN", "BEGIN:VEVENT", "UID:visit@example.org",
             "DTSTAMP:20260101T000000Z", f"DTSTART;VALUE=DATE:{start}", f"RRULE:{rule}", "END:VEVENT",
             "END:VCALENDAR", ""]
    calendar = icalendar.Calendar.from_ical("\r\n".join(lines))
    events = recurring_ical_events.of(calendar).between(date(2026, 1, 1), date(2040, 1, 1))
    return sorted(event.start.isoformat() for event in events)


rules = [line.split() for line in Path("rules.txt").read_text().splitlines()]
seen = [line.split() for line in Path("seen.txt").read_text().splitlines()]
expected = [expand(start, rule) for start, rule in rules]
ical_js = json.loads(Path("node_modules/ical.js/package.json").read_text())["version"]

print("ical.js", ical_js, "icalendar", version("icalendar"), "recurring-ical-events", version("recurring-ical-events"))
print("input:    all-day events, each with one of the rules below")
print("expected: three visits each (RFC 5545, 3.3.10: COUNT 'defines the number of occurrences at which to range-bound")
print("          the recurrence'), as icalendar and recurring-ical-events expand it")
for (start, rule), by_python, by_ical_js in zip(rules, expected, seen):
    print(f"{rule} from {start}")
    print(f"          expected: {' '.join(by_python)}")
    print(f"          ical.js:  {' '.join(by_ical_js)}")

as_stated = (
    expected
    == [
        ["2026-09-15", "2027-01-15", "2027-04-15"],
        ["2026-09-08", "2027-01-12", "2027-04-13"],
        ["2026-01-15", "2026-04-15", "2026-09-15"],
    ]
    and seen == [expected[0][:2], expected[1][:2], expected[2]]
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
