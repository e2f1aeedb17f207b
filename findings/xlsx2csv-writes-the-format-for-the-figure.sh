#!/usr/bin/env bash
# xlsx2csv: in a column whose format names the unit, every figure is replaced by one and the same text.
# Under 0" points" a gap of 12.5 points and one of 4 are both written as '0" points"', and "Band "0 turns 4 into a day of
# January 1900. Where the sign of per cent is only a sign (0\%), 12.5 is written as 1250%. polars offers it as an engine.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet xlsx2csv==0.8.6 openpyxl==3.1.5 python-calamine==0.9.1 polars==2.1.0 \
    >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import csv
import io
import sys
from importlib.metadata import version

import openpyxl
import polars
from python_calamine import CalamineWorkbook
from xlsx2csv import Xlsx2csv

# A heading, the format of the column, and what xlsx2csv writes for 12.5 and 4.
COLUMNS = {
    "plain": ("0.0", ["12.5", "4"]),
    "gap": ('0" points"', ['0" points"', '0" points"']),
    "pupils": ('#,##0" pupils"', ['#,##0" pupils"', '#,##0" pupils"']),
    "band": ('"Band "0', ['"ban11 "0', '"ban03 "0']),
    "share": ("0\\%", ["1250%", "400%"]),
}
book = openpyxl.Workbook()
book.active.append(list(COLUMNS))
for value in (12.5, 4):
    book.active.append([value] * len(COLUMNS))
    for cell, (number_format, _) in zip(book.active[book.active.max_row], COLUMNS.values(), strict=True):
        cell.number_format = number_format
book.save("gaps.xlsx")

written = io.StringIO()
Xlsx2csv("gaps.xlsx").convert(written)
rows = list(csv.DictReader(io.StringIO(written.getvalue())))
seen = {heading: [row[heading] for row in rows] for heading in COLUMNS}
by_calamine = CalamineWorkbook.from_path("gaps.xlsx").get_sheet_by_index(0).to_python()[1:]
by_polars = polars.read_excel("gaps.xlsx", engine="xlsx2csv").get_column("gap").to_list()

print(", ".join(f"{name} {version(name)}" for name in ("xlsx2csv", "polars", "openpyxl", "python-calamine")))
print("input:    12.5 and 4 in each column:", {heading: number_format for heading, (number_format, _) in COLUMNS.items()})
print("expected: the values, or as the sheet shows them: 13 points, 4 points (ECMA-376, 18.8.31: text in quotation marks")
print("          stands beside the number, and a sign of per cent that is escaped is a sign alone)")
print("          calamine:", by_calamine)
print("seen:     xlsx2csv:", seen)
print("          polars.read_excel(engine='xlsx2csv'):", by_polars)

as_stated = by_calamine == [[12.5] * 5, [4.0] * 5] and seen == {heading: texts for heading, (_, texts) in COLUMNS.items()}
as_stated = as_stated and by_polars == COLUMNS["gap"][1]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
