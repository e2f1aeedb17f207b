#!/usr/bin/env bash
# great-tables: of two tables on one page the second is announced by the title of the first.
# Each table is given a random id of its own ("by default the table ID will be a random, ten-letter string"), but what its
# parts are called by does not hold it: both titles are id="title", and both tables are labelled by it. Cells name their
# column and row headers by ids that stand in both tables, too. Only an id written by hand keeps tables apart.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund jsdom@29.1.1 dom-accessibility-api@0.7.1 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }
python3 -m venv env && env/bin/pip install --quiet great-tables==1.1.0 pandas==3.1.1 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >names.mjs <<'JS'
import { readFileSync } from "node:fs";
import { computeAccessibleName } from "dom-accessibility-api";
import { JSDOM } from "jsdom";

const { document } = new JSDOM(readFileSync("page.html", "utf8")).window;
console.log(JSON.stringify([...document.querySelectorAll("table")].map((table) => computeAccessibleName(table))));
JS

cat >check.py <<'PY'
import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import great_tables
import pandas as pd


def name_tables(by_hand):
    """Titles as a screen reader is given them, and ids that stand more than once on the page."""
    results = pd.DataFrame({"school": ["Abbey", "Bridge"], "expected": [71, 64]})
    tables = [
        great_tables.GT(results, rowname_col="school", id=subject.lower() if by_hand else None).tab_header(subject)
        for subject in ("Reading", "Maths")
    ]
    page = "".join(table.as_raw_html() for table in tables)
    Path("page.html").write_text(f"<!doctype html><html lang='en'><body>{page}</body></html>")
    names = json.loads(subprocess.run(["node", "names.mjs"], check=True, capture_output=True, text=True).stdout)
    ids = re.findall(r'\bid="([^"]*)"', page)
    return names, sorted({one for one in ids if ids.count(one) > 1})


by_hand, twice_by_hand = name_tables(by_hand=True)
names, twice = name_tables(by_hand=False)
print(f"great-tables {version('great-tables')}")
print("input:    two tables, titled Reading and Maths, on one page; no id given")
print("expected: each table is named by its own title, and an id stands once on a page (HTML, 3.2.6)")
print("          with ids given by hand:", by_hand, "- ids that stand twice:", twice_by_hand)
print("seen:     with none given:       ", names, "- ids that stand twice:", twice)

as_stated = by_hand == ["Reading", "Maths"] and not twice_by_hand
as_stated = as_stated and names == ["Reading", "Reading"] and twice == ["expected", "stub-1", "stub-2", "title"]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
