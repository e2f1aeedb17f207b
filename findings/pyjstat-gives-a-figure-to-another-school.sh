#!/usr/bin/env bash
# pyjstat: a table that is sorted by year is written with the figures of one school under the name of another.
# JSON-stat has no names beside its values: their places tell whose they are, the last column changing fastest. pyjstat
# writes the values in the order of the rows, whatever that is. Where a row is left out, as withheld ones are, a file of too
# few values is written, and every figure after the gap has moved.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv env && env/bin/pip install pyjstat==2.4.0 pandas==2.3.3 numpy==2.4.6 requests==2.34.2
    npm install --prefix "$work" --no-audit --no-fund jsonstat-toolkit@2.2.2
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >read.cjs <<'JS'
const JSONstat = require("jsonstat-toolkit");
const dataset = JSONstat(JSON.parse(require("fs").readFileSync(0, "utf8")));
const cells = [];
for (const school of ["A", "B"])
  for (const year of ["2023", "2024"]) cells.push(dataset.Data({ school, year }).value ?? null);
console.log(JSON.stringify(cells));
JS

cat >check.py <<'PY'
import json
import subprocess
import sys
from importlib.metadata import version

import pandas as pd
from pyjstat import pyjstat

CELLS = [("A", "2023"), ("A", "2024"), ("B", "2023"), ("B", "2024")]
by_school = pd.DataFrame({
    "school": ["A", "A", "B", "B"], "year": ["2023", "2024", "2023", "2024"], "value": [51, 52, 83, 84],
})
by_year = by_school.sort_values("year", kind="stable", ignore_index=True)
one_withheld = by_school.drop(index=1)


def read_by_toolkit(written):
    """The figures of A in 2023 and 2024, then of B, by the JSON-stat toolkit for JavaScript."""
    run = subprocess.run(["node", "read.cjs"], input=written, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def read_by_pyjstat(written):
    table = pyjstat.Dataset.read(written).write("dataframe").set_index(["school", "year"])["value"]
    return [int(table[cell]) for cell in CELLS]


written = {
    name: pyjstat.Dataset.read(table).write()
    for name, table in (("by school", by_school), ("by year", by_year), ("one withheld", one_withheld))
}
seen = {name: read_by_toolkit(text) for name, text in written.items()}
back = read_by_pyjstat(written["by year"])
toolkit = json.loads(open("node_modules/jsonstat-toolkit/package.json").read())["version"]

print(f"pyjstat {version('pyjstat')}, pandas {version('pandas')}, jsonstat-toolkit {toolkit}")
print("input:    school A: 51 in 2023, 52 in 2024; school B: 83, 84; a table with a row for each")
print("expected: A [51, 52], B [83, 84], however the rows are sorted (JSON-stat 2.0, value: 'row-major order')")
print("          rows sorted by school:", seen["by school"])
print("seen:     rows sorted by year:  ", seen["by year"], "- read again by pyjstat:", back)
print("          A in 2024 left out:   ", seen["one withheld"], "- expected [51, None, 83, 84]")

as_stated = (
    seen["by school"] == [51, 52, 83, 84]
    and seen["by year"] == back == [51, 83, 52, 84]
    and seen["one withheld"] == [51, 83, 84, None]
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
