#!/usr/bin/env bash
# gptables: "[note 1]" leads to two notes, where not every note of the list is referred to.
# Notes that are referred to are numbered in the order of the tables. The others are put below them with the number of
# their place in the list as it was given, so that numbers stand twice. One list of notes for several workbooks is such a
# list. A warning says which notes are not referred to; none says that a number is not one note's alone.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet gptables==2.0.2 pandas==2.3.3 numpy==2.4.6 openpyxl==3.1.5 \
    >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys
import warnings
from importlib.metadata import version

import gptables
import openpyxl
import pandas as pd

NOTES = pd.DataFrame({
    "reference": ["provisional", "rounded", "small"],
    "text": ["Figures are provisional.", "Figures are rounded.", "Fewer than 11 pupils."],
})


def write_and_read(title):
    """The title and the notes, by number, of a workbook whose only table has this title; and what was warned of."""
    table = pd.DataFrame({"School": ["A", "B"], "Attainment": [61.5, 70.1]})
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        sheet = gptables.GPTable(table=table, table_name="results", title=title)
        gptables.write_workbook("results.xlsx", {"Results": sheet}, notes_table=NOTES, contentsheet_label=None)
    book = openpyxl.load_workbook("results.xlsx")
    notes = [(row[0].value, row[1].value) for row in book["Notes"].iter_rows(min_row=4)]
    return book["Results"]["A1"].value, notes, [str(one.message) for one in warned if "note" in str(one.message)]


_, in_order, _ = write_and_read("Results$$provisional$$$$rounded$$$$small$$")
title, notes, warned = write_and_read("Results$$small$$")

print(f"gptables {version('gptables')}, pandas {version('pandas')}")
print("input:    a list of three notes; the title of the only table refers to the last of them")
print("expected: a number for each note, as where all three are referred to:")
print("         ", in_order)
print("seen:    ", notes, "below", repr(title))
print("          warned of:", warned)

as_stated = (
    [number for number, _ in in_order] == [1, 2, 3]
    and title == "Results[note 1]"
    and notes == [(1, "Fewer than 11 pupils."), (1, "Figures are provisional."), (2, "Figures are rounded.")]
    and warned == ["The following notes are not referenced: ['provisional', 'rounded']"]
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
