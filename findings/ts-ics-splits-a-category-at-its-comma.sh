#!/usr/bin/env bash
# ts-ics: one category that has a comma in its name is read as two, the first with a backslash at its end.
# The comma is escaped, as text values must have it; the summary beside it is read rightly.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund ts-ics@2.4.6 ical.js@2.2.1 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.mjs <<'JS'
import { readFileSync } from "node:fs";
import ICAL from "ical.js";
import { convertIcsCalendar } from "ts-ics";

const text = [
  "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", "BEGIN:VEVENT", "UID:visit@example.org",
  "DTSTAMP:20250901T090000Z", "DTSTART:20250910T083000Z", "SUMMARY:Visit\\, autumn",
  "CATEGORIES:School,Reading\\, writing and maths", "END:VEVENT", "END:VCALENDAR", "",
].join("\r\n");

const event = convertIcsCalendar(undefined, text).events[0];
const reference = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent");
const expected = reference.getFirstProperty("categories").getValues();

const versions = ["ts-ics", "ical.js"].map(
  (name) => `${name} ${JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version}`,
);
console.log(versions.join(", "));
console.log("input:    CATEGORIES:School,Reading\\, writing and maths");
console.log("expected: two categories; an escaped comma is part of a text (RFC 5545, 3.3.11)");
console.log(`          ical.js: ${JSON.stringify(expected)}`);
console.log(`seen:     ts-ics:  ${JSON.stringify(event.categories)}, beside the summary ${JSON.stringify(event.summary)}`);

const asStated =
  JSON.stringify(expected) === JSON.stringify(["School", "Reading, writing and maths"]) &&
  event.summary === "Visit, autumn" &&
  JSON.stringify(event.categories.map((one) => one.trim())) ===
    JSON.stringify(["School", "Reading\\", "writing and maths"]);
console.log(asStated ? "as stated" : "CHANGED");
process.exit(asStated ? 0 : 1);
JS
node check.mjs
