#!/usr/bin/env bash
# frictionless: a row in which every value is suppressed is refused as a blank row.
# The words are listed as missingValues, so each of its cells is a valid cell without a value, and the row is one that was
# published. "A row cannot be blank" is meant for rows without cells.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet frictionless==5.21.0 pyarrow==25.0.0 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

import pyarrow.csv
from frictionless import Resource, Schema

ROWS = {"one suppressed": "62.5,SUPP", "all suppressed": "SUPP,x", "all empty": ","}
schema = {
    "fields": [{"name": "reading", "type": "number"}, {"name": "maths", "type": "number"}],
    "missingValues": ["SUPP", "x"],
}


def validate(row):
    Path("results.csv").write_text(f"reading,maths\n70,71\n{row}\n")
    report = Resource(path="results.csv", schema=Schema.from_descriptor(schema)).validate()
    return [kind for (kind,) in report.flatten(["type"])]


found = {name: validate(row) for name, row in ROWS.items()}
Path("results.csv").write_text(f"reading,maths\n70,71\n{ROWS['all suppressed']}\n")
arrow = pyarrow.csv.read_csv(
    "results.csv", convert_options=pyarrow.csv.ConvertOptions(null_values=schema["missingValues"])
)

print(f"frictionless {version('frictionless')}, pyarrow {version('pyarrow')}")
print("input:    rows of two numbers, missingValues SUPP and x:", ROWS)
print("expected: the first two are valid; a missing value is a value of its field (Table Schema, missingValues)")
print("          pyarrow, the second row:", arrow.to_pylist()[1])
print("seen:     errors:", found)

as_stated = arrow.to_pylist()[1] == {"reading": None, "maths": None} and found["one suppressed"] == []
as_stated = as_stated and found["all suppressed"] == ["blank-row"]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
