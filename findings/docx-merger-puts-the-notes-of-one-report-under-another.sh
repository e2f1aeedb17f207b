#!/usr/bin/env bash
# docx-merger: in a document of two reports the second report has the footnotes of the first.
# Notes are numbered from 1 in each file of Word. docx-merger, and its fork @scholarcy/docx-merger, take over the text of
# every report and the notes of the first, so that "small cohort" is said of a school of which "provisional" was.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    npm install --prefix "$work" --no-audit --no-fund docx@9.15.2 docx-merger@1.2.2 @scholarcy/docx-merger@0.3.0
    python3 -m venv env && env/bin/pip install docxcompose==2.2.0 python-docx==1.2.0 mammoth==1.13.0
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >merge.cjs <<'JS'
const { readFileSync, writeFileSync } = require("node:fs");
const { Document, FootnoteReferenceRun, Packer, Paragraph, TextRun } = require("docx");
const Merger = require("docx-merger");
const Fork = require("@scholarcy/docx-merger");

const NOTES = { A: "Small cohort.", B: "Provisional." };

async function main() {
  for (const [school, note] of Object.entries(NOTES)) {
    const report = new Document({
      footnotes: { 1: { children: [new Paragraph(note)] } },
      sections: [{ children: [new Paragraph({ children: [new TextRun(`School ${school}`), new FootnoteReferenceRun(1)] })] }],
    });
    writeFileSync(`${school}.docx`, await Packer.toBuffer(report));
  }
  const reports = Object.keys(NOTES).map((school) => readFileSync(`${school}.docx`));
  new Merger({}, reports.map((report) => report.toString("binary"))).save("nodebuffer", (both) =>
    writeFileSync("docx-merger.docx", both),
  );
  const fork = new (Fork.default ?? Fork)();
  await fork.initialize({}, reports);
  writeFileSync("scholarcy.docx", await fork.save("nodebuffer"));
}

main();
JS

cat >check.py <<'PY'
import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import docx
import mammoth
from docxcompose.composer import Composer


def read_notes(path):
    """The notes of a document, in the order in which its text refers to them."""
    with open(path, "rb") as document:
        html = mammoth.convert_to_html(document).value
    notes = dict(re.findall(r'<li id="footnote-(\d+)"><p>(.*?) <a', html))
    return {school: notes[note] for school, note in re.findall(r'(School .)<sup><a href="#footnote-(\d+)"', html)}


subprocess.run(["node", "merge.cjs"], check=True, capture_output=True)
composer = Composer(docx.Document("A.docx"))
composer.append(docx.Document("B.docx"))
composer.save("docxcompose.docx")
apart = read_notes("A.docx") | read_notes("B.docx")
by_docxcompose = read_notes("docxcompose.docx")
seen, by_fork = read_notes("docx-merger.docx"), read_notes("scholarcy.docx")
versions = {
    name: json.loads(Path("node_modules", name, "package.json").read_text())["version"]
    for name in ("docx-merger", "@scholarcy/docx-merger", "docx")
}

print(", ".join(f"{name} {number}" for name, number in versions.items()), end="; ")
print(", ".join(f"{name} {version(name)}" for name in ("docxcompose", "mammoth")))
print("input:    a report of school A and one of school B, each with a footnote:", apart)
print("expected: the same in the document of both; docxcompose:", by_docxcompose)
print("seen:     docx-merger:           ", seen)
print("          @scholarcy/docx-merger:", by_fork)

as_stated = (
    apart == by_docxcompose == {"School A": "Small cohort.", "School B": "Provisional."}
    and seen == by_fork == {"School A": "Small cohort.", "School B": "Small cohort."}
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
