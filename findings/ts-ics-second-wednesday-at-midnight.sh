#!/usr/bin/env bash
# ts-ics: meetings on "the second Wednesday of each month" lose their first one, and all of them their time of day.
# extendByRecurrenceRule() is given a rule and a start on a second Wednesday at half past nine. Rules without a numbered
# weekday keep both.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund ts-ics@2.4.6 ical.js@2.2.1 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.mjs <<'JS'
import { readFileSync } from "node:fs";
import ICAL from "ical.js";
import { convertIcsRecurrenceRule, extendByRecurrenceRule } from "ts-ics";

const START = "2025-09-10T09:30:00Z";
const END = new Date("2026-01-31T00:00:00Z");

function byTsIcs(rule) {
  const dates = extendByRecurrenceRule(convertIcsRecurrenceRule(undefined, { value: rule }), { start: new Date(START), end: END });
  return dates.map((date) => date.toISOString().slice(0, 16)).join(" ");
}

function byIcalJs(rule) {
  const dates = [];
  const iterator = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromString(START));
  for (let date = iterator.next(); date; date = iterator.next()) dates.push(date.toString().slice(0, 16));
  return dates.join(" ");
}

const versions = ["ts-ics", "ical.js"].map(
  (name) => `${name} ${JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version}`,
);
const numbered = "FREQ=MONTHLY;BYDAY=2WE;COUNT=4";
const plain = "FREQ=MONTHLY;COUNT=4";
console.log(versions.join(", "));
console.log(`input:    ${numbered}, from ${START}, which is a second Wednesday`);
console.log("expected: four meetings, the start being the first, each at 09:30 (RFC 5545, 3.3.10 and 3.8.5.3:");
console.log("          what a rule does not give is taken from DTSTART)");
console.log(`          ical.js: ${byIcalJs(numbered)}`);
console.log(`seen:     ts-ics:  ${byTsIcs(numbered)}`);
console.log(`          ts-ics without the weekday: ${byTsIcs(plain)}`);

const asStated =
  byTsIcs(plain) === byIcalJs(plain) &&
  byIcalJs(numbered) === "2025-09-10T09:30 2025-10-08T09:30 2025-11-12T09:30 2025-12-10T09:30" &&
  byTsIcs(numbered) === "2025-10-08T00:00 2025-11-12T00:00 2025-12-10T00:00 2026-01-14T00:00";
console.log(asStated ? "as stated" : "CHANGED");
process.exit(asStated ? 0 : 1);
JS
TZ=UTC node check.mjs
