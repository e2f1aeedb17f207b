#!/usr/bin/env bash
# vega-loader: a column of "Key stage 2" and "Key stage 4" is read as dates, "Year 6" and "Year 11" too, and charts get milliseconds.
# Its inference asks Date.parse of the JavaScript engine, and V8 passes over words before a number and takes that for a month. One
# value that is no month, such as "Key stage 13", and the same column stays text.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund vega-loader@5.1.3 arquero@8.0.1 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.mjs <<'JS'
import { readFileSync } from "node:fs";
import { fromCSV } from "arquero";
import { inferType, read } from "vega-loader";

const text = "stage,pupils\nKey stage 2,61\nKey stage 4,45\n";
const show = (rows) => JSON.stringify(rows.map((row) => row.stage));
const rows = read(text, { type: "csv", parse: "auto" });
const others = fromCSV(text).objects();
const columns = [["Key stage 2", "Key stage 4"], ["Year 6", "Year 11"], ["School 1", "School 2"], ["Key stage 2", "Key stage 13"]];
const types = columns.map((column) => inferType(column));

const versions = ["vega-loader", "arquero"].map(
  (name) => `${name} ${JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version}`,
);
console.log(`${versions.join(", ")}, Node.js ${process.versions.node}`);
console.log('input:    a CSV file whose column "stage" is Key stage 2, Key stage 4; format {type: "csv", parse: "auto"}');
console.log('expected: text: the documentation has a date for "2018-01-01" and the like, and ECMAScript leaves other');
console.log("          forms to each engine (Date.parse, 21.4.3.2)");
console.log(`          arquero:     ${show(others)}`);
console.log(`seen:     vega-loader: ${show(rows)}, which are ${rows.map((row) => new Date(row.stage).toDateString()).join(", ")}`);
columns.forEach((column, place) => console.log(`          inferType of ${JSON.stringify(column)}: ${types[place]}`));

const asStated =
  show(others) === '["Key stage 2","Key stage 4"]' &&
  rows.every((row) => typeof row.stage === "number") &&
  rows.map((row) => new Date(row.stage).getMonth()).join() === "1,3" &&
  types.join() === "date,date,date,string";
console.log(asStated ? "as stated" : "CHANGED");
process.exit(asStated ? 0 : 1);
JS
node check.mjs
