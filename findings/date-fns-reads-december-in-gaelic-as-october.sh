#!/usr/bin/env bash
# date-fns: the short date of a day in December, written in Scottish Gaelic, is read as the same day of October.
# parse() looks for the first letter alone of "2 Dùbh 2026" (an Dùbhlachd, December) and of "2 Dàmh 2026" (an Dàmhair,
# October), and finds October first. A Gaelic-medium school's end of term comes two months early. Armenian's June and July
# are read as January in the same way.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund date-fns@4.4.0 >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.mjs <<'JS'
import { readFileSync } from "node:fs";
import { format, parse } from "date-fns";
import { cy, enGB, gd, hy } from "date-fns/locale";

const PATTERNS = ["d MMM yyyy", "PP"];
const { version } = JSON.parse(readFileSync("node_modules/date-fns/package.json", "utf8"));
console.log(`date-fns ${version}`);
console.log("input:    each day of 2026 by format(), and that text read by parse() with the same pattern and locale");
console.log("expected: the same day, or an 'Invalid Date' ('If parsing failed, Invalid Date will be returned.')");

/** The days that come back as another, by their months. */
function listOthers(locale, pattern) {
  const others = {};
  for (let day = 0; day < 365; day++) {
    const date = new Date(2026, 0, 1 + day);
    const text = format(date, pattern, { locale });
    const read = parse(text, pattern, new Date(2026, 0, 1), { locale });
    if (Number.isNaN(read.getTime()) || read.getTime() === date.getTime()) continue;
    const way = `${format(date, "MMMM", { locale: enGB })} as ${format(read, "MMMM", { locale: enGB })}`;
    (others[way] ??= []).push(text);
  }
  return others;
}

const seen = {};
for (const [name, locale] of Object.entries({ enGB, cy, gd, hy })) {
  for (const pattern of PATTERNS) {
    const others = listOthers(locale, pattern);
    const said = Object.entries(others).map(([way, texts]) => `${way}, ${texts.length} days, as ${texts[1]}`);
    console.log(`seen:     ${name} ${pattern}: ${said.join("; ") || "each day as it was"}`);
    seen[`${name} ${pattern}`] = Object.fromEntries(Object.entries(others).map(([way, texts]) => [way, texts.length]));
  }
}

const december = { "December as October": 31 };
const expected = { enGB: {}, cy: {}, gd: december, hy: { "June as January": 30, "July as January": 31 } };
const asStated = Object.entries(expected).every(([name, others]) =>
  PATTERNS.every((pattern) => JSON.stringify(seen[`${name} ${pattern}`]) === JSON.stringify(others)),
);
console.log(asStated ? "as stated" : "CHANGED");
process.exit(asStated ? 0 : 1);
JS
node check.mjs
