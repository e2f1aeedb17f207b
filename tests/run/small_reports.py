"""Whole reports that are quickly made: a real notebook, kernel, page and PDF, about schools of no edition."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pipeline.run.jobs import FACTS, ReportJob

_BEGIN = """\
import os, time
from pathlib import Path
from IPython.display import HTML, display
home = Path(os.environ["SCHOOL_REPORTS_HOME"])
(home / f"begun-{urn}-{os.getpid()}").touch()
while (home / f"hold-{urn}").exists():
    time.sleep(0.05)
display(HTML(f"<p>School <strong>{urn}</strong> has {urn % 100} pupils.</p>"))"""
_PUBLISH = f"""\
document = {{"title": f"School {{urn}}: where it stands", "subject": "Strengths and gaps", "organisation": "A county",
    "language": "en-GB", "date": "2025-11-01", "urn": urn, "school": f"School {{urn}}", "edition": "Autumn 2025",
    "kind": "school"}}
display({{{FACTS!r}: {{"document": document, "exhibits": []}}, "text/plain": "facts"}}, raw=True)"""


def write_small_jobs(home: Path, count: int) -> list[ReportJob]:
    """Write a workspace with a small notebook, and describe the jobs of ``count`` schools.

    A school's notebook leaves a file ``begun-<urn>-<pid of its kernel>`` in ``home``, and waits as long as there is
    a file ``hold-<urn>``.
    """
    cells = [
        new_code_cell("urn = 0", metadata={"tags": ["parameters"]}),
        new_markdown_cell("## What is known"),
        new_code_cell(_BEGIN),
        new_code_cell(_PUBLISH),
    ]
    for number, cell in enumerate(cells, start=1):
        cell["id"] = f"cell-{number}"
    home.mkdir(parents=True, exist_ok=True)
    notebook = home / "small.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata={"language_info": {"name": "python"}}), notebook)
    prepared = home / "data" / "editions" / "small" / "prepared"
    prepared.mkdir(parents=True, exist_ok=True)
    (prepared / "edition.json").write_text("{}", encoding="utf-8")
    schools = home / "reports" / "small" / "schools"
    return [
        ReportJob(urn, f"School {urn}", notebook, {"urn": urn}, home, schools / str(urn), "small")
        for urn in range(900001, 900001 + count)
    ]
