#!/usr/bin/env bash
# Tempo: a date of Polish, Ukrainian or Lithuanian that Tempo itself wrote is read as one of the month that it is today.
# In a date these languages decline the month: "3 września", of September. format() writes it so, parse() looks for it
# among the months that stand alone, and what it does not find there is the present month, whatever was written. In Welsh
# two months are hit where they are shortened, February and July.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund @formkit/tempo@1.1.0 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.mjs <<'JS'
import { readFileSync } from "node:fs";
import { format, parse } from "@formkit/tempo";

const MONTHS = [...Array(12).keys()];
const now = new Date().getMonth();
const CASES = [
  ["en-GB", "D MMMM YYYY", []],
  ["cy", "D MMMM YYYY", []],
  ["pl", "D MMMM YYYY", MONTHS],
  ["uk", "D MMMM YYYY", MONTHS],
  ["lt", "D MMMM YYYY", MONTHS],
  ["cy", "D MMM YYYY", [1, 6]],
];

const { version } = JSON.parse(readFileSync("node_modules/@formkit/tempo/package.json", "utf8"));
const today = format(new Date(), "D MMMM YYYY", "en-GB");
console.log(`@formkit/tempo ${version}, Node.js ${process.version}, ICU ${process.versions.icu}, today ${today}`);
console.log("input:    the 3rd of each month of 2030, written by format() and read by parse() with the same pattern and locale");
console.log("expected: the same month, or an error: 'Date (...) does not match format (...)'");
let asStated = true;
for (const [locale, pattern, lost] of CASES) {
  const read = MONTHS.map((month) => {
    const text = format(new Date(2030, month, 3, 12), pattern, locale);
    return { text, month: parse(text, pattern, locale).getMonth() };
  });
  const wrong = MONTHS.filter((month) => read[month].month !== month);
  const shown = lost.find((month) => month !== now) ?? 8;
  console.log(
    `seen:     ${locale}, ${pattern}: ${wrong.length} of 12 months read as another; "${read[shown].text}" as month`,
    read[shown].month + 1,
  );
  asStated &&= read.every(({ month }, index) => month === (lost.includes(index) ? now : index));
}
const word = parse("3 Holiday 2030", "D MMMM YYYY", "en-GB").getMonth();
console.log('seen:     en-GB, "3 Holiday 2030" as month', word + 1);
asStated &&= word === now;
console.log(asStated ? "as stated" : "CHANGED");
process.exit(asStated ? 0 : 1);
JS
node check.mjs
