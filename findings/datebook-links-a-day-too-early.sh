#!/usr/bin/env bash
# datebook: in summer the link to Google's or Outlook's calendar puts a whole day on the day before.
# An event without an end is one of a whole day. The file for calendars and Yahoo's link take the day as it is where the
# program runs; Google's and Outlook's take it in Greenwich, where a summer's midnight in London is still yesterday. The
# training day of 2 September stands in one person's calendar on the 2nd and in another's on the 1st. In winter they agree.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund datebook@8.0.1 ical.js@2.2.1 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.mjs <<'JS'
import { readFileSync } from "node:fs";
import { GoogleCalendar, ICalendar, OutlookCalendar, YahooCalendar } from "datebook";
import ICAL from "ical.js";

/** The day of an event that begins at this midnight, by the file and by each link. */
function listDays(start) {
  const event = { title: "Training day", start };
  const file = new ICAL.Component(ICAL.parse(new ICalendar(event).render())).getFirstSubcomponent("vevent");
  const read = (calendar, name) => new URL(calendar.render()).searchParams.get(name);
  return {
    file: file.getFirstPropertyValue("dtstart").toString(),
    yahoo: read(new YahooCalendar(event), "st").replace(/(....)(..)(..)/, "$1-$2-$3"),
    google: read(new GoogleCalendar(event), "dates").split("/")[0].replace(/(....)(..)(..)/, "$1-$2-$3"),
    outlook: read(new OutlookCalendar(event), "startdt"),
  };
}

const summer = listDays(new Date(2026, 8, 2));
const winter = listDays(new Date(2027, 0, 4));
const { version } = JSON.parse(readFileSync("node_modules/datebook/package.json", "utf8"));

console.log(`datebook ${version}, time zone ${Intl.DateTimeFormat().resolvedOptions().timeZone}`);
console.log("input:    new Date(2026, 8, 2), 2 September, without an end ('For all-day events, this field should be omitted')");
console.log("expected: the same day in each calendar, as on 4 January:", JSON.stringify(winter));
console.log("seen:    ", JSON.stringify(summer));

const same = (days, ...expected) => JSON.stringify(Object.values(days)) === JSON.stringify(expected);
const asStated =
  same(winter, "2027-01-04", "2027-01-04", "2027-01-04", "2027-01-04") &&
  same(summer, "2026-09-02", "2026-09-02", "2026-09-01", "2026-09-01");
console.log(asStated ? "as stated" : "CHANGED");
process.exit(asStated ? 0 : 1);
JS
TZ=Europe/London node check.mjs
