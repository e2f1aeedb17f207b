#!/usr/bin/env bash
# hucre: of an OpenDocument sheet the rows that repeat at the top of each page are not read, nor rows that are grouped.
# LibreOffice keeps "rows to repeat" and grouped rows in an element of their own. Without the heading the first school's
# row is taken for the names of the columns, and the schools of a group are missing. Nothing says so. Read as a stream, by
# streamOdsRows(), the same file has every row.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv env && env/bin/pip install odfpy==1.4.1 python-calamine==0.9.1
    npm install --prefix "$work" --no-audit --no-fund hucre@1.0.0
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import { readOds, readOdsObjects, streamOdsRows } from "hucre/ods";

const file = readFileSync("schools.ods");
const [sheet] = (await readOds(file)).sheets;
const stream = [];
for await (const { values } of streamOdsRows(file)) stream.push(values);
console.log(JSON.stringify({ rows: sheet.rows, stream, ...(await readOdsObjects(file)) }));
JS

cat >check.py <<'PY'
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableHeaderRows, TableRow, TableRowGroup
from odf.text import P
from python_calamine import CalamineWorkbook

HEADING, GREEN, HILL, FIELD = ["school", "pupils"], ["Green", 210], ["Hill", 420], ["Field", 90]


def make_row(name, figure):
    row = TableRow()
    for value in (name, figure):
        number = isinstance(value, int)
        cell = TableCell(valuetype="float", value=value) if number else TableCell(valuetype="string")
        cell.addElement(P(text=str(value)))
        row.addElement(cell)
    return row


sheet = Table(name="Schools")
repeated, group = TableHeaderRows(), TableRowGroup()
repeated.addElement(make_row(*HEADING))
group.addElement(make_row(*HILL))
for part in (repeated, make_row(*GREEN), group, make_row(*FIELD)):
    sheet.addElement(part)
document = OpenDocumentSpreadsheet()
document.spreadsheet.addElement(sheet)
document.save("schools.ods")

by_calamine = CalamineWorkbook.from_path("schools.ods").get_sheet_by_index(0).to_python()
seen = json.loads(subprocess.run(["node", "read.mjs"], check=True, capture_output=True).stdout)
hucre = json.loads(Path("node_modules/hucre/package.json").read_text())["version"]

print(f"hucre {hucre}, odfpy {version('odfpy')}, python-calamine {version('python-calamine')}")
print("input:   ", HEADING, "in table:table-header-rows,", GREEN, ",", HILL, "in table:table-row-group,", FIELD)
print("expected: four rows (OpenDocument 1.3, part 3, table:table-header-rows and table:table-row-group: both hold rows of")
print("          the table; hucre's README of OpenDocument: 'Cell values', 'yes'); python-calamine:", by_calamine)
print("          streamOdsRows(): ", seen["stream"])
print("seen:     readOds():       ", seen["rows"])
print("          readOdsObjects():", seen["headers"], seen["data"])

as_stated = (
    by_calamine == seen["stream"] == [HEADING, GREEN, HILL, FIELD]
    and seen["rows"] == [GREEN, FIELD]
    and seen["data"] == [{"Green": "Field", "210": 90}]
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
