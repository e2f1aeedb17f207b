#!/usr/bin/env bash
# ical.js: "the last day of March and of September, every year" falls on 30 March.
# A yearly rule with several months and BYMONTHDAY=-1 carries the length of one month over to the next. The same days
# written as a monthly rule, or with one month alone, come out right.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    npm install --prefix "$work" --no-audit --no-fund ical.js@2.2.1
    python3 -m venv venv
    venv/bin/python -m pip install icalendar==7.3.2 recurring-ical-events==3.8.2
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >rules.txt <<'TEXT'
20260930 FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=-1
20260930 FREQ=MONTHLY;BYMONTH=3,9;BYMONTHDAY=-1
20260331 FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-1
20260228 FREQ=YEARLY;BYMONTH=2,5;BYMONTHDAY=-1
TEXT

cat >expand.mjs <<'JS'
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

for (const line of readFileSync("rules.txt", "utf8").trim().split("\n")) {
  const [start, rule] = line.split(" ");
  const text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//review//EN", "BEGIN:VEVENT", "UID:review@example.org",
    "DTSTAMP:20260101T000000Z", `DTSTART;VALUE=DATE:${start}`, `RRULE:${rule}`, "END:VEVENT", "END:VCALENDAR", ""];
  const calendar = new ICAL.Component(ICAL.parse(text.join("\r\n")));
  const days = new ICAL.Event(calendar.getFirstSubcomponent("vevent")).iterator();
  const found = [];
  for (let day = days.next(); day && found.length < 5; day = days.next()) found.push(day.toString());
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
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//review//EN", "BEGIN:VEVENT", "UID:review@example.org",
             "DTSTAMP:20260101T000000Z", f"DTSTART;VALUE=DATE:{start}", f"RRULE:{rule}", "END:VEVENT",
             "END:VCALENDAR", ""]
    calendar = icalendar.Calendar.from_ical("\r\n".join(lines))
    events = recurring_ical_events.of(calendar).between(date(2026, 1, 1), date(2040, 1, 1))
    return sorted(event.start.isoformat() for event in events)[:5]


rules = [line.split() for line in Path("rules.txt").read_text().splitlines()]
seen = [line.split() for line in Path("seen.txt").read_text().splitlines()]
expected = [expand(start, rule) for start, rule in rules]
ical_js = json.loads(Path("node_modules/ical.js/package.json").read_text())["version"]

print("ical.js", ical_js, "icalendar", version("icalendar"), "recurring-ical-events", version("recurring-ical-events"))
print("input:    all-day events, each with one of the rules below; the first five days")
print("expected: the last day of each month named (RFC 5545, 3.3.10, BYMONTHDAY: '-10 represents the tenth to the last")
print("          day of the month', so that -1 is the last), as icalendar and recurring-ical-events expand it")
for (start, rule), by_python, by_ical_js in zip(rules, expected, seen):
    print(f"{rule} from {start}")
    print(f"          expected: {' '.join(by_python)}")
    print(f"          ical.js:  {' '.join(by_ical_js)}")

as_stated = (
    expected[0] == expected[1] == seen[1] == ["2026-09-30", "2027-03-31", "2027-09-30", "2028-03-31", "2028-09-30"]
    and seen[0] == ["2026-09-30", "2027-03-30", "2027-09-30", "2028-03-30", "2028-09-30"]
    and expected[2] == seen[2] == [f"{year}-03-31" for year in range(2026, 2031)]
    and expected[3] == ["2026-02-28", "2026-05-31", "2027-02-28", "2027-05-31", "2028-02-29"]
    and seen[3] != expected[3]
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
