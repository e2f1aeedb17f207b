#!/usr/bin/env bash
# odf-kit: a cell that holds a time of day, one of the types of OpenDocument's cells, is read as an empty one.
# When a visit begins is lost without a word; where the time is a row's last cell, the row is read as if it ended before it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv env && env/bin/pip install odfpy==1.4.1 python-calamine==0.9.1
    npm install --prefix "$work" --no-audit --no-fund odf-kit@0.13.5
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import { readOds } from "odf-kit/ods-reader";

const [sheet] = readOds(new Uint8Array(readFileSync("visits.ods"))).sheets;
console.log(JSON.stringify(sheet.rows.map((row) => [row.index, ...row.cells.map((cell) => cell.value ?? cell.type)])));
JS

cat >check.py <<'PY'
import datetime
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from python_calamine import CalamineWorkbook

sheet = Table(name="Visits")


def add_row(*cells, **attributes):
    row = TableRow(**attributes)
    for shown, kind in cells:
        cell = TableCell(**kind)
        cell.addElement(P(text=shown))
        row.addElement(cell)
    sheet.addElement(row)


word = {"valuetype": "string"}
nine = ("09:30", {"valuetype": "time", "timevalue": "PT09H30M00S"})
add_row(("adviser", word), ("from", word), ("days", word))
add_row(("A", word), nine, ("2", {"valuetype": "float", "value": 2}))
add_row(("B", word), ("1", {"valuetype": "float", "value": 1}), nine)
document = OpenDocumentSpreadsheet()
document.spreadsheet.addElement(sheet)
document.save("visits.ods")

by_calamine = CalamineWorkbook.from_path("visits.ods").get_sheet_by_index(0).to_python()
seen = json.loads(subprocess.run(["node", "read.mjs"], check=True, capture_output=True).stdout)
kit = Path("node_modules/odf-kit")
odf_kit = json.loads((kit / "package.json").read_text())["version"]

print(f"odf-kit {odf_kit}, odfpy {version('odfpy')}, python-calamine {version('python-calamine')}")
print("input:    a heading; A from 09:30, 2 days; B 1 day, from 09:30; the times are cells of office:value-type time")
print("expected: each time where it stands (OpenDocument, office:value-type: time is one of the types of a cell)")
print("          calamine:", [[str(value) for value in row] for row in by_calamine[1:]])
print("seen:     odf-kit, each row after its number:", seen[1:])

half_past_nine = datetime.time(9, 30)
as_stated = by_calamine[1:] == [["A", half_past_nine, 2.0], ["B", 1.0, half_past_nine]]
as_stated = as_stated and seen[1:] == [[1, "A", "empty", 2], [2, "B", 1]]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
