#!/usr/bin/env bash
# gptables: a second table that is given the same units shows them in the headings of other columns.
# GPTable() turns the names of columns in the dictionary that it is given into their places. Where the next table has its
# columns in another order, a count of pupils is headed (%) and a percentage (pupils), without a warning.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet gptables==2.0.2 pandas==2.3.3 numpy==2.4.6 openpyxl==3.1.5 \
    >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys
from importlib.metadata import version

import gptables
import openpyxl
import pandas as pd

results = pd.DataFrame({"School": ["A", "B"], "Attainment": [61.5, 70.1], "Pupils": [30, 28]})
by_size = results[["School", "Pupils", "Attainment"]]
UNITS = {"Attainment": "%", "Pupils": "pupils"}


def read_headings(*tables_and_units):
    """The headings of each table in a workbook of them, with the unit behind the heading's name."""
    sheets = {
        f"table_{number}": gptables.GPTable(table=table, table_name=f"table_{number}", title="Results", units=units)
        for number, (table, units) in enumerate(tables_and_units)
    }
    gptables.write_workbook("results.xlsx", sheets, contentsheet_label=None)
    book = openpyxl.load_workbook("results.xlsx")
    return [[str(cell.value).replace("\n", " ") for cell in sheet[3]] for sheet in book.worksheets]


apart = read_headings((results, dict(UNITS)), (by_size, dict(UNITS)))
shared = dict(UNITS)
together = read_headings((results, shared), (by_size, shared))

print(f"gptables {version('gptables')}, pandas {version('pandas')}")
print("input:    two tables of the same columns, the second in another order, both with units =", UNITS)
print("expected: the unit of a column by its name (docstring of set_units: '{column: units_text}. Column can be column name')")
print("          each table with a dictionary of its own:", *apart)
print("seen:     both tables with the same dictionary:   ", *together)
print("          the dictionary afterwards:", shared)

right = [["School", "Attainment (%)", "Pupils (pupils)"], ["School", "Pupils (pupils)", "Attainment (%)"]]
as_stated = (
    apart == right
    and together == [right[0], ["School", "Pupils (%)", "Attainment (pupils)"]]
    and shared == {1: "%", 2: "pupils"}
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I -W ignore check.py
