"""Adding a page of the edition as a newcomer would: three files of the project, and every verb knows the page."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from newcomer import Newcomer

pytestmark = pytest.mark.kernel

RECORD = '    EditionPage("the page on files", "What the files held", "files.ipynb", "files"),\n)\n'
#: In the new page's way: it simulates whole countries, longer than all else takes.
SLOWEST = (
    '    EditionPage("how far to trust this", "How far to trust this", "how_far_to_trust.ipynb", "how-far-to-trust"),\n'
)
CELLS = '''\
"""What the cells of the notebook on the edition's files call."""

from pipeline.report.area.notebook import open_area
from pipeline.report.exhibits import Column, Exhibits, Heading, Paragraph, Table
from pipeline.report.school.notebook import publish_page

open_files = open_area


def show_files(report):
    rows = tuple((file.file, str(file.figures)) for file in report.files)
    columns = (Column("File"), Column("Figures", numeric=True))
    said = Paragraph(f"{len(rows)} files were read.")
    return Exhibits((Heading("What the files held", 1), said, Table("files", "Each file's figures", columns, rows)))


def publish_facts(report):
    publish_page(report.edition, report.policy, "files", "What the files held", {"files": len(report.files)})
'''


def write_notebook(path: Path) -> None:
    cells = [
        new_code_cell('edition = "sample"\npolicy = ""', id="parameters", metadata={"tags": ["parameters"]}),
        new_code_cell(
            "from pipeline.report.files_notebook import open_files, publish_facts, show_files\n\n"
            "report = open_files(edition, policy)",
            id="open-files",
        ),
        new_code_cell("show_files(report)", id="files"),
        new_markdown_cell("## What to do\n\nAsk for files that are missing.", id="advice"),
        new_code_cell("publish_facts(report)", id="facts"),
    ]
    nbformat.write(new_notebook(cells=cells, metadata={"language_info": {"name": "python"}}), path)


def test_a_page_of_the_edition_is_three_files_and_every_verb_knows_it(made_sample, tmp_path):
    """`reproduce` compares whatever a run has made: ``test_reproduction.py``."""
    with Newcomer(tmp_path, made_sample) as newcomer:
        pages = newcomer.root / "pipeline/edition/pages.py"
        before, closing, after = pages.read_text(encoding="utf-8").rpartition(SLOWEST)
        assert closing and after == ")\n"
        pages.write_text(before + RECORD, encoding="utf-8")
        shutil.rmtree(newcomer.reports / "how-far-to-trust")
        cells = newcomer.root / "pipeline/report/files_notebook.py"
        cells.write_text(CELLS, encoding="utf-8")
        write_notebook(newcomer.root / "notebooks/files.ipynb")
        assert len(newcomer.list_changed()) == 3

        for verb in ("reports", "verify", "plan"):
            code, said = newcomer.say(verb, "sample")
            assert code == 0, said
        assert "The page on files: unchanged" in said, said
        page = newcomer.reports / "files"
        assert {path.name for path in page.iterdir()} >= {"report.html", "report.pdf", "facts.json"}
        assert json.loads((page / "facts.json").read_text(encoding="utf-8"))["files"] > 10
        index = (newcomer.reports / "index.html").read_text(encoding="utf-8")
        assert 'href="files/report.html"' in index and "What the files held as PDF" in index

        manifest = json.loads((newcomer.reports / "manifest.json").read_text(encoding="utf-8"))
        assert {"files/report.pdf", "files/made.json"} <= manifest["outputs"].keys()
        assert manifest["parameters"]["files"] == {"edition": "sample", "policy": "worcestershire"}
        assert "notebooks/files.ipynb" in manifest["inputs"]["notebooks"]

        cells.write_text(CELLS.replace("were read", "were read and checked"), encoding="utf-8")
        code, said = newcomer.say("plan", "sample")
        assert code == 0 and "The page on files: changed: how reports are written" in said, said
        assert "The area report: unchanged" in said
        cells.write_text(CELLS, encoding="utf-8")

        (page / "report.pdf").write_bytes(b"%PDF of somebody else")
        code, said = newcomer.say("verify", "sample")
        assert code == 5 and "files/report.pdf" in said
        _, said = newcomer.say("messages", "sample")
        assert "files/report" not in said
        sent = [path for path in newcomer.reports.rglob("*.eml") if b"What the files held" in path.read_bytes()]
        assert sent == []
