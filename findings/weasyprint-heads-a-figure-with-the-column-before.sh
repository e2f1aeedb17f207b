#!/usr/bin/env bash
# WeasyPrint: beside a cell that spans two rows, a figure of mathematics is headed "Reading" for a screen reader.
# WeasyPrint names in each figure's tag the headings that go with it. In the second of the rows it counts the columns
# without the spanning cell, so that each figure has the heading of the column before and not the name of the school.
# On the page the figures stand right; the file says that it meets PDF/UA.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv env && env/bin/pip install weasyprint==70.0 pypdf==7.1.1
    env/bin/python -I -c "import weasyprint" # it needs Pango on the machine
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import re
import sys
from importlib.metadata import version

import pypdf
import weasyprint

COLUMNS = ["School", "Pupils", "Reading", "Mathematics"]
SPANNING = """
<tr><th scope="row" rowspan="2">Hill</th><th scope="row">Girls</th><td>71</td><td>64</td></tr>
<tr><th scope="row">Boys</th><td>66</td><td>58</td></tr>"""
REPEATED = """
<tr><th scope="row">Hill</th><th scope="row">Girls</th><td>71</td><td>64</td></tr>
<tr><th scope="row">Hill</th><th scope="row">Boys</th><td>66</td><td>58</td></tr>"""


def list_cells(element):
    """The tags of cells in an element, in the order of the document."""
    element = element.get_object()
    if isinstance(element, list):
        return [cell for child in element for cell in list_cells(child)]
    if not isinstance(element, dict):
        return []
    return [element] if element.get("/S") in ("/TH", "/TD") else list_cells(element.get("/K", []))


def read_headings(name, rows):
    """For each figure of a table the headings that its tag names."""
    heads = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
    html = f'<html lang="en"><title>Results</title><table><tr>{heads}</tr>{rows}</table></html>'
    weasyprint.HTML(string=html).write_pdf(name, pdf_variant="pdf/ua-1")
    document = pypdf.PdfReader(name)
    cells = list_cells(document.root_object["/StructTreeRoot"])
    texts = re.findall(r"<t[hd][^>]*>([^<]+)", html)
    by_id = {cell["/ID"]: text for cell, text in zip(cells, texts, strict=True) if cell["/S"] == "/TH"}
    claims = re.search(rb"pdfuaid:part\W+(\d)", document.root_object["/Metadata"].get_object().get_data())
    headings = {
        text: sorted(by_id[heading] for heading in cell["/A"]["/Headers"])
        for cell, text in zip(cells, texts, strict=True)
        if cell["/S"] == "/TD"
    }
    return headings, claims and claims[1].decode()


repeated, _ = read_headings("repeated.pdf", REPEATED)
seen, part = read_headings("spanning.pdf", SPANNING)

print(f"weasyprint {version('weasyprint')}, read by pypdf {version('pypdf')}; the file claims PDF/UA-{part}")
print("input:    columns", COLUMNS, "and", SPANNING.strip().replace("\n", "\n          "))
print("expected: the headings as in a table that repeats the school's name:", repeated)
print("          (HTML, 'Forming relationships between data cells and header cells': by the slots of the table, of which")
print("          a cell with rowspan fills several; ISO 32000-1, 14.8.5.7, Headers: the 'header cells' of the cell)")
print("seen:    ", seen)

as_stated = (
    repeated
    == {
        "71": ["Girls", "Hill", "Reading"],
        "64": ["Girls", "Hill", "Mathematics"],
        "66": ["Boys", "Hill", "Reading"],
        "58": ["Boys", "Hill", "Mathematics"],
    }
    and seen == repeated | {"66": ["Boys", "Pupils"], "58": ["Boys", "Reading"]}
    and part == "1"
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
