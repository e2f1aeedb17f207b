#!/usr/bin/env bash
# polished: a contrast below 4.5:1 is said to meet level AA of the accessibility guidelines, and one above it not to.
# The luminance of each colour is rounded to three places and the ratio to two, before it is compared. Beside a dark
# ground an orange of 4.48:1 passes; on the black of GOV.UK's text a red of 4.52:1 does not.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund polished@4.3.1 colorjs.io@0.7.1 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.mjs <<'JS'
import { readFileSync } from "node:fs";
import Color from "colorjs.io";
import { getContrast, meetsContrastGuidelines } from "polished";

const PAIRS = [
  ["#d2640f", "#1d1d1b"],
  ["#eb2819", "#0b0c0c"],
  ["#8c461e", "#ffffff"],
];

/** The ratio as WCAG 2.2 defines it. */
function calculate(...colours) {
  const [dark, light] = colours
    .map((colour) => {
      const [red, green, blue] = [1, 3, 5]
        .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    })
    .sort((first, second) => first - second);
  return (light + 0.05) / (dark + 0.05);
}

const read = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version;
console.log(`polished ${read("polished")}, colorjs.io ${read("colorjs.io")}`);
console.log("expected: AA from 4.5:1, AAA from 7:1, and 'the computed values should not be rounded' (Understanding WCAG 2.2,");
console.log("          1.4.3, on contrast ratios as thresholds)");
const seen = PAIRS.map(([text, ground]) => {
  const ratio = calculate(text, ground);
  const byColor = new Color(text).contrast(ground, "WCAG21");
  const { AA, AAA } = meetsContrastGuidelines(text, ground);
  const rounded = getContrast(text, ground);
  console.log(`input:    ${text} on ${ground}`);
  console.log(`          by the definition ${ratio.toFixed(4)}, colorjs.io ${byColor.toFixed(4)}`);
  console.log("          so that AA is", ratio >= 4.5, "AAA", ratio >= 7);
  console.log(`seen:     polished ${rounded}: AA`, AA, "AAA", AAA);
  return [ratio.toFixed(2), byColor.toFixed(2), rounded, AA, AAA].join(" ");
});

const expected = ["4.48 4.48 4.5 true false", "4.52 4.52 4.48 false false", "6.98 6.98 7 true true"];
const asStated = JSON.stringify(seen) === JSON.stringify(expected);
console.log(asStated ? "as stated" : "CHANGED");
process.exit(asStated ? 0 : 1);
JS
node check.mjs
