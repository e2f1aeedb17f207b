#!/usr/bin/env bash
# nbconvert: a table in a list or a quotation, or with one short row, comes out as a paragraph of bars.
# JupyterLab reads Markdown with marked, which draws all three as GitHub's specification of tables says; nbconvert reads
# it with mistune, which draws none. The notebook looks right where it is written and wrong in what is made of it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    npm install --prefix "$work" --no-audit --no-fund marked@16.4.2
    python3 -m venv venv
    venv/bin/python -m pip install nbconvert==7.17.2 mistune==3.4.0 nbformat==5.11.1
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >cells.json <<'JSON'
{
  "plain": "| School | Share |\n|---|---|\n| A | 54% |\n| B | 61% |",
  "in a list": "- By school:\n\n  | School | Share |\n  |---|---|\n  | A | 54% |\n  | B | 61% |",
  "in a quotation": "> | School | Share |\n> |---|---|\n> | A | 54% |\n> | B | 61% |",
  "a short row": "| School | Share |\n|---|---|\n| A | 54% |\n| B |"
}
JSON

cat >draw.mjs <<'JS'
import { readFileSync } from "node:fs";
import { marked } from "marked";

const cells = Object.entries(JSON.parse(readFileSync("cells.json", "utf8")));
console.log(JSON.stringify(Object.fromEntries(cells.map(([name, text]) => [name, marked.parse(text)]))));
JS
node draw.mjs >marked.json

venv/bin/python -I - <<'PY'
import json
import re
import sys
from importlib.metadata import version
from pathlib import Path

from nbconvert import HTMLExporter
from nbformat.v4 import new_markdown_cell, new_notebook


def convert(text):
    return HTMLExporter(template_name="basic").from_notebook_node(new_notebook(cells=[new_markdown_cell(text)]))[0]


def describe(html):
    """How many rows of a table stand in the HTML, and whether bars are left in its words."""
    words = re.sub(r"<[^>]*>", "", html)
    return f"{html.count('<tr')} rows" + (", bars in the text" if "|" in words else "")


cells = json.loads(Path("cells.json").read_text())
by_marked = {name: describe(html) for name, html in json.loads(Path("marked.json").read_text()).items()}
by_nbconvert = {name: describe(convert(text)) for name, text in cells.items()}
marked = json.loads(Path("node_modules/marked/package.json").read_text())["version"]

print("nbconvert", version("nbconvert"), "mistune", version("mistune"), "marked", marked, "(of JupyterLab 4.6.6)")
print("expected: a table of three rows each time, as marked draws it (GitHub Flavored Markdown, 4.10: 'The remainder")
print("          of the table's rows may vary in the number of cells'; and a table is a leaf block, which an item of a")
print("          list or a quotation may hold)")
print("seen:")
for name in cells:
    print(f"          {name}: marked {by_marked[name]}; nbconvert {by_nbconvert[name]}")

as_stated = set(by_marked.values()) == {"3 rows"} and by_nbconvert == {
    "plain": "3 rows",
    "in a list": "0 rows, bars in the text",
    "in a quotation": "0 rows, bars in the text",
    "a short row": "0 rows, bars in the text",
}
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
