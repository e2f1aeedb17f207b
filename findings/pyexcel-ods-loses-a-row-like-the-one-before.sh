#!/usr/bin/env bash
# pyexcel-ods: of neighbouring rows that are alike only the first is read, so that every count and total is short.
# OpenDocument writes such rows once, with the number of times; a result without names has many. Its sister pyexcel-ods3
# reads them all. And a row with a merged cell comes back without the cells it covers, each figure after it one column to
# the left, beneath another heading (known: github.com/pyexcel/pyexcel/issues/193, open).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv env && env/bin/pip install pyexcel-ods==0.6.0 pyexcel-io==0.6.8 odfpy==1.4.1 python-calamine==0.9.1
    python3 -m venv sister && sister/bin/pip install pyexcel-ods3==0.6.1 pyexcel-io==0.6.8
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >sister.py <<'PY'
import json

import pyexcel_ods3

print(json.dumps(pyexcel_ods3.get_data("results.ods")["Results"]))
PY

cat >check.py <<'PY'
import json
import subprocess
import sys
from importlib.metadata import version

import pyexcel_ods
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P
from python_calamine import CalamineWorkbook

sheet = Table(name="Results")


def add_row(*cells, **attributes):
    row = TableRow(**attributes)
    for cell in cells:
        row.addElement(cell)
    sheet.addElement(row)


def word(text, **attributes):
    cell = TableCell(valuetype="string", **attributes)
    cell.addElement(P(text=text))
    return cell


def number(value):
    cell = TableCell(valuetype="float", value=value)
    cell.addElement(P(text=str(value)))
    return cell


add_row(word("sex"), word("reading"), word("maths"), word("absence"))
add_row(word("F"), number(101), number(99), number(4), numberrowsrepeated=3)
add_row(word("M"), word("did not sit", numbercolumnsspanned=2), CoveredTableCell(), number(38))
document = OpenDocumentSpreadsheet()
document.spreadsheet.addElement(sheet)
document.save("results.ods")

expected = [["sex", "reading", "maths", "absence"], *[["F", 101, 99, 4]] * 3, ["M", "did not sit", "", 38]]
by_calamine = CalamineWorkbook.from_path("results.ods").get_sheet_by_index(0).to_python()
by_sister = json.loads(subprocess.run(["sister/bin/python", "-I", "sister.py"], check=True, capture_output=True).stdout)
by_pyexcel = pyexcel_ods.get_data("results.ods")["Results"]

print(", ".join(f"{name} {version(name)}" for name in ("pyexcel-ods", "pyexcel-io", "odfpy", "python-calamine")))
print("input:    a sheet of a heading, one row with number-rows-repeated=3, and a row with a cell across two columns")
print("expected: five rows of four (OpenDocument 1.3, part 3: number-rows-repeated, covered-table-cell)")
print("          calamine:    ", by_calamine[1:])
print("          pyexcel-ods3:", by_sister[1:])
print("seen:     pyexcel-ods: ", by_pyexcel[1:])

as_stated = by_calamine == by_sister == expected
as_stated = as_stated and by_pyexcel == [expected[0], expected[1], ["M", "did not sit", 38]]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
