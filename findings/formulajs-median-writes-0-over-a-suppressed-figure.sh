#!/usr/bin/env bash
# formulajs: MEDIAN counts a figure that stands as "c" as 0, and writes that 0 into the caller's own list: every figure asked for
# afterwards, by whichever function, counts a school at 0 per cent. AVERAGE, COUNT and MIN of the same list are right before it.
# A spreadsheet leaves text out of a median and changes no cell.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund @formulajs/formulajs@4.6.1 hyperformula@3.5.0 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.mjs <<'JS'
import { readFileSync } from "node:fs";
import { AVERAGE, COUNT, MEDIAN, MIN } from "@formulajs/formulajs";
import { HyperFormula } from "hyperformula";

const shares = [61, "c", 45, 70];
const formulas = ["AVERAGE", "COUNT", "MIN", "MEDIAN", "AVERAGE", "COUNT", "MIN"];
const sheet = HyperFormula.buildFromArray([shares, formulas.map((name) => `=ROUND(${name}(A1:D1),1)`)], { licenseKey: "gpl-v3" });
const reference = sheet.getSheetValues(0)[1];

const functions = { AVERAGE, COUNT, MEDIAN, MIN };
const found = formulas.map((name) => Math.round(10 * functions[name](shares)) / 10);

const versions = ["@formulajs/formulajs", "hyperformula"].map(
  (name) => `${name} ${JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version}`,
);
console.log(versions.join(", "));
console.log('input:    [61, "c", 45, 70], asked in turn:', formulas.join(", "));
console.log("expected: text in a range is left out of MEDIAN as of the others (Excel's reference; formulajs follows its functions)");
console.log("          hyperformula:", reference.join(", "));
console.log("seen:     formulajs:   ", found.join(", "));
console.log("          the list now:", JSON.stringify(shares));

const asStated =
  reference.join() === "58.7,3,45,61,58.7,3,45" &&
  found.join() === "58.7,3,45,53,44,4,0" &&
  JSON.stringify(shares) === "[61,0,45,70]";
console.log(asStated ? "as stated" : "CHANGED");
process.exit(asStated ? 0 : 1);
JS
node check.mjs
