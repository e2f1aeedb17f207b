#!/usr/bin/env bash
# odf-kit: rows that a sheet says are repeated are read once, though its types say that they are expanded.
# The rows' own numbers jump, so that who looks at them sees the gap; who counts or adds does not. A time of day is lost,
# too: its cell is taken for an empty one, and at the end of a row it is not there at all.
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

PROMISE = "Sparse rows (e.g. from table:number-rows-repeated) are expanded."

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
add_row(("adviser", word), ("days", word), ("from", word))
add_row(("A", word), ("2", {"valuetype": "float", "value": 2}), nine, numberrowsrepeated=3)
add_row(("B", word), ("1", {"valuetype": "float", "value": 1}), nine)
document = OpenDocumentSpreadsheet()
document.spreadsheet.addElement(sheet)
document.save("visits.ods")

by_calamine = CalamineWorkbook.from_path("visits.ods").get_sheet_by_index(0).to_python()
seen = json.loads(subprocess.run(["node", "read.mjs"], check=True, capture_output=True).stdout)
kit = Path("node_modules/odf-kit")
odf_kit = json.loads((kit / "package.json").read_text())["version"]
promised = PROMISE in (kit / "dist/ods-reader/types.d.ts").read_text()

print(f"odf-kit {odf_kit}, odfpy {version('odfpy')}, python-calamine {version('python-calamine')}")
print("input:    a heading, a row of 2 days from 09:30 with number-rows-repeated=3, and a row of 1 day; 7 days in all")
print(f"expected: five rows; its types say of a sheet's rows: {PROMISE!r} (found there: {promised})")
print("          calamine:", [[str(value) for value in row] for row in by_calamine[1:]])
print("seen:     odf-kit, each row after its number:", seen[1:], "- days in all:", sum(row[2] for row in seen[1:]))

half_past_nine = datetime.time(9, 30)
as_stated = promised and by_calamine[1:] == [["A", 2.0, half_past_nine]] * 3 + [["B", 1.0, half_past_nine]]
as_stated = as_stated and seen[1:] == [[1, "A", 2], [4, "B", 1]]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
