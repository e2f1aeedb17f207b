#!/usr/bin/env bash
# docx-mailmerge2: a percentage is multiplied by a hundred, a school's name loses its capitals, and noon is at nought.
# In a number format of Word the sign of per cent is a sign; docx-mailmerge2 takes the value for a fraction and drops the
# decimals asked for. \* FirstCap is to make the first letter large and makes all others small; \* Caps makes Mary's into
# Mary'S; h:mm shows half past twelve as 0:30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet docx-mailmerge2==1.0.3 python-docx==1.2.0 spire.doc==14.9.1 \
    >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import datetime
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import docx
import spire.doc
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from mailmerge import MailMerge

VALUES = {
    "share": 62.5,
    "to": "the head of St Mary's CE School",
    "name": "St Mary's School",
    "start": datetime.datetime(2026, 9, 2, 12, 30),
}
# A field, what Word's documentation of it says, and what docx-mailmerge2 makes of it.
FIELDS = [
    (r'MERGEFIELD share \# "0.0%"', "62.5%", "6250%"),
    (r"MERGEFIELD to \* FirstCap", "The head of St Mary's CE School", "The head of st mary's ce school"),
    (r"MERGEFIELD name \* Caps", "St Mary's School", "St Mary'S School"),
    (r'MERGEFIELD start \@ "h:mm"', "12:30", "0:30"),
]

letter = docx.Document()
for instruction, _, _ in FIELDS:
    field, run, text = OxmlElement("w:fldSimple"), OxmlElement("w:r"), OxmlElement("w:t")
    field.set(qn("w:instr"), f" {instruction} ")
    text.text = "?"
    run.append(text)
    field.append(run)
    letter.add_paragraph()._p.append(field)
letter.save("letter.docx")

with warnings.catch_warnings():
    warnings.simplefilter("error")
    with MailMerge("letter.docx") as merged:
        merged.merge(**VALUES)
        merged.write("merged.docx")
seen = [paragraph.text for paragraph in docx.Document("merged.docx").paragraphs]

other = spire.doc.Document()
other.LoadFromFile("letter.docx")
other.MailMerge.Execute(list(VALUES), [str(value) for value in VALUES.values()])
other.SaveToFile("letter.txt", spire.doc.FileFormat.Txt)
by_spire = Path("letter.txt").read_text(encoding="utf-8-sig").strip().splitlines()[-len(FIELDS) :]

print(", ".join(f"{name} {version(name)}" for name in ("docx-mailmerge2", "spire.doc")))
print("input:    a letter with four fields;", {name: str(value) for name, value in VALUES.items()})
print("expected: as Word shows them (README: 'the fields formatting is respected when compatible', and no warning)")
for (instruction, right, _), shown, by_other in zip(FIELDS, seen, by_spire, strict=True):
    print(f"          {{ {instruction} }}: expected {right!r}, by spire.doc {by_other!r}, seen {shown!r}")

as_stated = by_spire == [right for _, right, _ in FIELDS] and seen == [wrong for _, _, wrong in FIELDS]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
