#!/usr/bin/env bash
# node-ical and Python's ics: a backslash that is followed by n is read as a backslash and the end of a line.
# Both undo the escape of a new line before that of a backslash, so that a folder such as S:\notes comes back in two
# lines. Python's ics does not read back what it wrote itself.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund node-ical@0.26.1 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }
python3 -m venv env && env/bin/pip install --quiet ics==0.7.3 icalendar==7.3.2 vobject==0.9.9 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import ical from "node-ical";

const events = Object.values(ical.sync.parseICS(readFileSync("visit.ics", "utf8"))).filter((one) => one.type === "VEVENT");
console.log(JSON.stringify(events[0].description));
JS

cat >check.py <<'PY'
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import ics
import icalendar
import vobject

written = ics.Event(name="Visit", begin="2025-09-10 09:30", uid="visit@example.org", description="Agenda: S:\\notes")
text = ics.Calendar(events={written}).serialize()
with Path("visit.ics").open("w", newline="") as file:
    file.write(text)
in_file = next(line for line in text.splitlines() if line.startswith("DESCRIPTION"))

others = {
    "icalendar": str(icalendar.Calendar.from_ical(text).walk("VEVENT")[0]["DESCRIPTION"]),
    "vobject": vobject.readOne(text).vevent.description.value,
}
seen = {
    "ics": next(iter(ics.Calendar(text).events)).description,
    "node-ical": json.loads(subprocess.run(["node", "read.mjs"], check=True, capture_output=True, text=True).stdout),
}
node_ical = json.loads(Path("node_modules/node-ical/package.json").read_text())["version"]

print(", ".join(f"{name} {version(name)}" for name in ("ics", "icalendar", "vobject")) + f", node-ical {node_ical}")
print("input:   ", in_file)
print("expected: one line; two backslashes are one, and the n after them a letter (RFC 5545, 3.3.11)")
for name, value in others.items():
    print(f"          {name}: {value!r}")
for name, value in seen.items():
    print(f"seen:     {name}: {value!r}")

as_stated = in_file == "DESCRIPTION:Agenda: S:\\\\notes" and set(others.values()) == {"Agenda: S:\\notes"}
as_stated = as_stated and set(seen.values()) == {"Agenda: S:\\\notes"}
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
