#!/usr/bin/env bash
# acro: a small cell that was found, counted and recorded as suppressed stands in the table all the same.
# It happens where a category is a decimal number, as a year group is in pandas once one was missing: the cell is sought by
# the number 4.0 among words. And in pivot_table() where the column to tell of stands in a list.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet acro==1.0.2 pandas==2.3.3 numpy==2.4.6 statsmodels==0.15.0 \
    >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import logging
import sys
import warnings
from importlib.metadata import version

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

import pandas as pd
from acro import ACRO

# 20 pupils in each year group of each school, but 3 in year 4 of school B.
sizes = {("A", 3): 20, ("A", 4): 20, ("B", 3): 20, ("B", 4): 3}
rows = [(school, year, 90.0 + place) for (school, year), size in sizes.items() for place in range(size)]
pupils = pd.DataFrame(rows, columns=["school", "year_group", "score"])
# One more pupil, of no known year group, is read and left out. The others are the same, their year groups 3.0 and 4.0.
known = pd.concat([pupils, pd.DataFrame({"school": ["A"], "year_group": [float("nan")], "score": [95.0]})]).dropna()
session = ACRO(suppress=True)


def tell(table):
    """What stands for year 4 of school B, the cells found to be small, and whether the record says they are suppressed."""
    record = list(session.results.results.values())[-1]
    cell = table.iloc[1, 1]
    suppressed = record.exception == "Suppression automatically applied where needed"
    return None if pd.isna(cell) else float(cell), record.sdc["summary"]["MinimumThresholdCheck"], suppressed


def count(pupils):
    return tell(session.crosstab(pupils.year_group, pupils.school))


def average(values):
    return tell(session.pivot_table(pupils, index="year_group", columns="school", values=values, aggfunc="mean"))


print(f"acro {version('acro')}, pandas {version('pandas')}; the least number is {session.config['safe_threshold']}")
print("input:    20 pupils a cell, 3 in year 4 of school B; ACRO(suppress=True)")
print("expected: nothing in that cell, one cell found small, 'Suppression automatically applied where needed' on record")
print(f"          crosstab, year groups as whole numbers: {count(pupils)}")
print(f"          pivot_table(values='score'): {average('score')}")
print(f"seen:     crosstab, the same year groups as decimal numbers: {count(known)}")
print(f"          pivot_table(values=['score']): {average(['score'])}")

as_stated = (
    count(pupils) == average("score") == (None, 1, True)
    and known.year_group.dtype == float
    and count(known) == (3.0, 1, True)
    and average(["score"]) == (91.0, 1, True)
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
