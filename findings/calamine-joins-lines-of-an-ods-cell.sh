#!/usr/bin/env bash
# calamine: what a line break or a tab keeps apart in a cell of an OpenDocument sheet is read as one word or number.
# A heading "2023" above "24" is 202324; a note "3", a tab, "5 pupils" is 35 pupils. Two paragraphs of a cell, and the same
# cell in a workbook of Excel, are kept apart. polars reads OpenDocument sheets by calamine, and pandas may.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet python-calamine==0.9.1 polars==2.1.0 fastexcel==0.21.0 odfpy==1.4.1 openpyxl==3.1.5 \
    pyexcel-ods3==0.6.1 >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys
from importlib.metadata import version

import openpyxl
import polars
import pyexcel_ods3
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import LineBreak, P, Tab
from python_calamine import CalamineWorkbook


def cell(*pieces):
    made, paragraph = TableCell(valuetype="string"), P()
    for piece in pieces:
        paragraph.addText(piece) if isinstance(piece, str) else paragraph.addElement(piece)
    made.addElement(paragraph)
    return made


two_paragraphs = cell("2023")
two_paragraphs.addElement(P(text="24"))
row = TableRow()
for made in (cell("2023", LineBreak(), "24"), cell("3", Tab(), "5 pupils"), two_paragraphs):
    row.addElement(made)
sheet = Table(name="Results")
sheet.addElement(row)
document = OpenDocumentSpreadsheet()
document.spreadsheet.addElement(sheet)
document.save("results.ods")

book = openpyxl.Workbook()
book.active.append(["2023\n24", "3\t5 pupils", "2023\n24"])
book.save("results.xlsx")

expected = ["2023\n24", "3\t5 pupils", "2023\n24"]
by_ods3 = pyexcel_ods3.get_data("results.ods")["Results"][0]
by_xlsx = CalamineWorkbook.from_path("results.xlsx").get_sheet_by_index(0).to_python()[0]
by_calamine = CalamineWorkbook.from_path("results.ods").get_sheet_by_index(0).to_python()[0]
by_polars = list(polars.read_ods("results.ods", has_header=False).row(0))

print(", ".join(f"{name} {version(name)}" for name in ("python-calamine", "polars", "fastexcel", "pyexcel-ods3", "odfpy")))
print("input:    three cells: 2023, line break, 24; 3, tab, 5 pupils; paragraphs 2023 and 24")
print("expected: what stands apart in the sheet is apart (OpenDocument 1.3, part 3: 6.1.4 tab, 6.1.5 line break)")
print("          pyexcel-ods3:           ", by_ods3)
print("          calamine, same in Excel:", by_xlsx)
print("seen:     calamine:               ", by_calamine)
print("          polars.read_ods:        ", by_polars)

joined = ["202324", "35 pupils", "2023\n24"]
as_stated = by_ods3 == by_xlsx == expected and by_calamine == by_polars == joined
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
