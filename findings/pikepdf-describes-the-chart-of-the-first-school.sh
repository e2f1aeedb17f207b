#!/usr/bin/env bash
# pikepdf: of two reports put into one file, the chart of the second is read out by the description of the first.
# Each tagged file numbers its pages' tags from 0. pages.extend() brings pages over with their numbers, and the tree of the
# first file answers for them: "Results of School A" is said of the chart of school B.
# The file still says that it is tagged and meets PDF/UA. pypdf leaves the second report without tags instead.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet typst==0.15.2 pikepdf==10.18.0 pypdf==7.1.1 pypdfium2==5.15.2 \
    >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >report.typ <<'TYPST'
#let school = sys.inputs.school
#set document(title: "Report of " + school, date: none)
#set text(lang: "en")
= Report of #school
#image(
  bytes("<svg xmlns='http://www.w3.org/2000/svg' width='60' height='20'><rect width='60' height='20'/></svg>"),
  alt: "Results of " + school,
)
TYPST

cat >check.py <<'PY'
import ctypes
import sys
from importlib.metadata import version

import pikepdf
import pypdf
import pypdfium2
import typst
from pypdfium2 import raw

SCHOOLS = ["School A", "School B"]


def read_description(element):
    size = raw.FPDF_StructElement_GetAltText(element, None, 0)
    text = ctypes.create_string_buffer(size)
    raw.FPDF_StructElement_GetAltText(element, text, size)
    return text.raw.decode("utf-16-le").rstrip("\0")


def list_descriptions(element):
    """The descriptions of an element of a page and of those in it, as PDFium hands them to a screen reader."""
    children = range(raw.FPDF_StructElement_CountChildren(element))
    below = [raw.FPDF_StructElement_GetChildAtIndex(element, child) for child in children]
    own = read_description(element)
    return [own] * bool(own) + [text for child in below if child for text in list_descriptions(child)]


def read_pages(path):
    """For each page its heading and what is said of its charts."""
    pages = []
    for page in pypdfium2.PdfDocument(path):
        tree = raw.FPDF_StructTree_GetForPage(page.raw)
        roots = range(raw.FPDF_StructTree_CountChildren(tree)) if tree else []
        said = [text for root in roots for text in list_descriptions(raw.FPDF_StructTree_GetChildAtIndex(tree, root))]
        pages.append((page.get_textpage().get_text_bounded().strip(), said))
    return pages


for school in SCHOOLS:
    typst.compile("report.typ", output=f"{school}.pdf", sys_inputs={"school": school}, pdf_standards="ua-1")

with pikepdf.open("School A.pdf") as both, pikepdf.open("School B.pdf") as second:
    both.pages.extend(second.pages)
    both.save("by-pikepdf.pdf")
with pikepdf.open("by-pikepdf.pdf") as joined, joined.open_metadata() as metadata:
    claims = bool(joined.Root.MarkInfo.Marked), metadata.get("pdfuaid:part")
writer = pypdf.PdfWriter(clone_from="School A.pdf")
writer.append("School B.pdf")
writer.write("by-pypdf.pdf")

apart = [page for school in SCHOOLS for page in read_pages(f"{school}.pdf")]
seen, by_pypdf = read_pages("by-pikepdf.pdf"), read_pages("by-pypdf.pdf")

print(", ".join(f"{name} {version(name)}" for name in ("pikepdf", "pypdf", "typst", "pypdfium2")))
print("input:    two tagged reports (PDF/UA-1), each with a heading and a chart; both.pages.extend(second.pages)")
print("expected: each chart by its own description, or none; by PDFium, each file for itself:", apart)
print("          pypdf:  ", by_pypdf)
print("seen:     pikepdf:", seen)
print("          marked as tagged, and part of PDF/UA that the file says it meets:", claims)

as_stated = (
    apart == [(f"Report of {school}", [f"Results of {school}"]) for school in SCHOOLS]
    and by_pypdf == [apart[0], ("Report of School B", [])]
    and seen == [apart[0], ("Report of School B", ["Results of School A"])]
    and claims == (True, "1")
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
