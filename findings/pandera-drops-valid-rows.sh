#!/usr/bin/env bash
# pandera: dropping invalid rows drops valid ones that share a row label.
# drop_invalid_rows removes by label, not by row. Two years' tables put together with pandas.concat keep their labels,
# so that one bad figure of this year takes a good one of last year with it, without a word.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv venv
    venv/bin/python -m pip install pandera==0.35.0 pandas==3.1.1 numpy==2.4.6
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

venv/bin/python -I - <<'PY'
import sys
from importlib.metadata import version

import pandas as pd
import pandera.pandas as pa

last_year = pd.DataFrame({"school": ["A", "B"], "year": [2025, 2025], "share": [54.0, 61.0]})
this_year = pd.DataFrame({"school": ["A", "B"], "year": [2026, 2026], "share": [57.0, 610.0]})
both = pd.concat([last_year, this_year])
schema = pa.DataFrameSchema({"share": pa.Column(float, pa.Check.in_range(0, 100))}, drop_invalid_rows=True)


def list_kept(table):
    kept = schema.validate(table, lazy=True)
    return [f"{school} {year}" for school, year in zip(kept["school"], kept["year"])]


try:
    pa.DataFrameSchema({"share": pa.Column(float, pa.Check.in_range(0, 100))}).validate(both, lazy=True)
    faults = []
except pa.errors.SchemaErrors as error:
    faults = error.failure_cases["failure_case"].tolist()
kept, kept_if_numbered_anew = list_kept(both), list_kept(both.reset_index(drop=True))

print("pandera", version("pandera"), "pandas", version("pandas"))
print("input:    pandas.concat of two years of schools A and B; only B's 2026 percentage, 610, is out of range")
print("expected: three rows stay; pandera names one faulty value when it does not drop:", faults)
print("          and keeps three once the rows are numbered anew:", kept_if_numbered_anew)
print("seen:     kept as they are:", kept, "- B's valid 2025 row is gone, with no error and no warning")

as_stated = (
    faults == [610.0]
    and kept_if_numbered_anew == ["A 2025", "B 2025", "A 2026"]
    and kept == ["A 2025", "A 2026"]
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
