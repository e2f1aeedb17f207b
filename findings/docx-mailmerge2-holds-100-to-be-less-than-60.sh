#!/usr/bin/env bash
# docx-mailmerge2: in the conditions of a letter 100 is less than 60, and 7 more than 60.
# The fields IF, SKIPIF and NEXTIF compare with <, <=, > and >= as words are sorted, letter by letter; with = and <> as
# numbers, so that 100 is equal to 100.0 and less than 60 at once. A school's letter says the opposite of its figure, and
# letters go to the schools that were to be skipped.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet docx-mailmerge2==1.0.3 python-docx==1.2.0 spire.doc==14.9.1 \
    >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import re
import sys
from importlib.metadata import version
from pathlib import Path

import docx
import spire.doc
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from mailmerge import MailMerge, MailMergeOptions

SHARES = {"A": 100, "B": 62.5, "C": 59, "D": 7}
VERDICT = [" IF ", [" MERGEFIELD share "], ' < 60 "below 60" "60 or more" ']
SKIP = [" SKIPIF ", [" MERGEFIELD share "], " >= 60 "]


def add_run(paragraph, tag, text=None, **attributes):
    element = OxmlElement(tag)
    element.text = text
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    paragraph.add_run()._r.append(element)


def add_field(paragraph, parts):
    """A field of Word, whose parts are text or a field inside it."""
    add_run(paragraph, "w:fldChar", fldCharType="begin")
    for part in parts:
        add_run(paragraph, "w:instrText", part) if isinstance(part, str) else add_field(paragraph, part)
    add_run(paragraph, "w:fldChar", fldCharType="separate")
    add_run(paragraph, "w:t", "?")
    add_run(paragraph, "w:fldChar", fldCharType="end")


def write_letter(path, *fields):
    letter = docx.Document()
    paragraph = letter.add_paragraph()
    for parts in fields:
        add_field(paragraph, parts)
    letter.save(path)


def merge(path):
    """The text of the letters that docx-mailmerge2 writes to all four schools."""
    with MailMerge(path, options=MailMergeOptions(merge_if_fields=True)) as letter:
        letter.merge_templates([{"school": school, "share": share} for school, share in SHARES.items()], "page_break")
        letter.write("letters.docx")
    return [text for paragraph in docx.Document("letters.docx").paragraphs if (text := paragraph.text.strip())]


def merge_by_spire(path, share):
    letter = spire.doc.Document()
    letter.LoadFromFile(path)
    letter.MailMerge.Execute(["share"], [str(share)])
    letter.IsUpdateFields = True
    letter.SaveToFile("letter.docx", spire.doc.FileFormat.Docx)  # works the fields out
    letter.SaveToFile("letter.txt", spire.doc.FileFormat.Txt)
    return re.search("below 60|60 or more", Path("letter.txt").read_text(encoding="utf-8-sig")).group()


write_letter("verdict.docx", VERDICT)
write_letter("low.docx", SKIP, [" MERGEFIELD school "])
right = ["below 60" if share < 60 else "60 or more" for share in SHARES.values()]
by_spire = [merge_by_spire("verdict.docx", share) for share in SHARES.values()]
verdicts, letters = merge("verdict.docx"), merge("low.docx")

print(", ".join(f"{name} {version(name)}" for name in ("docx-mailmerge2", "spire.doc")))
print("input:    shares of four schools:", SHARES, "in letters with the fields")
print('          { IF { MERGEFIELD share } < 60 "below 60" "60 or more" } and { SKIPIF { MERGEFIELD share } >= 60 }')
print("expected:", right, "and letters to C and D (README: 'The {NEXTIF} and {SKIPIF} fields are supported')")
print("          spire.doc:", by_spire)
print("seen:    ", verdicts, "and letters to", letters)

as_stated = (
    by_spire == right
    and verdicts == ["below 60", "60 or more", "below 60", "60 or more"]
    and letters == ["A", "C"]
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
