#!/usr/bin/env bash
# fastexcel, and polars.read_excel by it: read as text, 26 and a half hours are half past two on the first of January 1900.
# Hours are kept in Excel as [h]:mm. A sheet that mixes figures and words is read as text, so that no word is lost; its
# hours are then written out as a day and a time, 24 hours to the day. Read without asking for text they are right.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet fastexcel==0.21.0 polars==2.1.0 pyarrow==25.0.0 openpyxl==3.1.5 \
    >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import datetime
import sys
from importlib.metadata import version

import fastexcel
import openpyxl
import polars

HOURS = [datetime.timedelta(hours=26, minutes=30), datetime.timedelta(hours=2, minutes=30)]

book = openpyxl.Workbook()
book.active.append(["Hours", "Share"])
for hours, share in zip(HOURS, (62, "c"), strict=True):
    book.active.append([hours, share])
    book.active[f"A{book.active.max_row}"].number_format = "[h]:mm"
book.save("support.xlsx")

by_openpyxl = polars.read_excel("support.xlsx", infer_schema_length=0, engine="openpyxl")["Hours"].to_list()
untyped = polars.read_excel("support.xlsx")["Hours"].to_list()
seen = fastexcel.read_excel("support.xlsx").load_sheet(0, dtypes="string").to_polars()["Hours"].to_list()
by_polars = polars.read_excel("support.xlsx", infer_schema_length=0)["Hours"].to_list()

print(", ".join(f"{name} {version(name)}" for name in ("fastexcel", "polars", "openpyxl")))
print("input:    a sheet with 26:30 and 2:30 as [h]:mm")
print("expected: text of 26 and a half and of two and a half hours, as the sheet shows them")
print("          polars.read_excel(), not as text:", [str(hours) for hours in untyped])
print("          polars.read_excel(infer_schema_length=0, engine='openpyxl'):", by_openpyxl)
print("seen:     polars.read_excel(infer_schema_length=0):", by_polars)
print("          fastexcel, load_sheet(dtypes='string'):  ", seen)

as_stated = (
    untyped == HOURS
    and by_openpyxl == ["1 day, 2:30:00", "2:30:00"]
    and seen == by_polars == ["1900-01-01 02:30:00", "1899-12-31 02:30:00"]
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
