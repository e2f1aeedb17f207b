#!/usr/bin/env bash
# pandas: in an OpenDocument sheet a cell that holds true is read as False unless it is shown by the English word TRUE.
# A sheet made in German shows WAHR, one with a format of its own Yes; the cell's value is true in each. pandas goes by
# the words. The same sheet by its other engine is read rightly, and so it is by another library.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet pandas==3.1.1 numpy==2.4.6 odfpy==1.4.1 python-calamine==0.9.1 \
    pyexcel-ods3==0.6.1 >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys
from importlib.metadata import version

import pandas as pd
import pyexcel_ods3
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

SHOWN = ["TRUE", "WAHR", "Yes", "true"]


def add_row(sheet, *cells):
    row = TableRow()
    for shown, attributes in cells:
        cell = TableCell(**attributes)
        cell.addElement(P(text=shown))
        row.addElement(cell)
    sheet.addElement(row)


sheet = Table(name="Results")
add_row(sheet, ("school", {"valuetype": "string"}), ("published", {"valuetype": "string"}))
for school, shown in zip("ABCD", SHOWN, strict=True):
    add_row(sheet, (school, {"valuetype": "string"}), (shown, {"valuetype": "boolean", "booleanvalue": "true"}))
document = OpenDocumentSpreadsheet()
document.spreadsheet.addElement(sheet)
document.save("results.ods")

by_ods3 = [row[1] for row in pyexcel_ods3.get_data("results.ods")["Results"][1:]]
by_calamine = pd.read_excel("results.ods", engine="calamine")["published"].tolist()
by_odf = pd.read_excel("results.ods", engine="odf")["published"].tolist()
by_default = pd.read_excel("results.ods")["published"].tolist()

print(", ".join(f"{name} {version(name)}" for name in ("pandas", "odfpy", "python-calamine", "pyexcel-ods3")))
print("input:    four cells of office:boolean-value='true', shown as", SHOWN)
print("expected: true, four times (OpenDocument 1.3, part 3: office:boolean-value is the value of a cell)")
print("          pyexcel-ods3:", by_ods3)
print("          read_excel(engine='calamine'):", by_calamine)
print("seen:     read_excel(engine='odf'):     ", by_odf)
print("          read_excel():                 ", by_default)

as_stated = by_ods3 == by_calamine == [True] * 4 and by_odf == by_default == [True, False, False, False]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
