"""Reports in place whose executed notebooks still hold: making them again is rendering alone, and needs no kernel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from pipeline.run.jobs import FACTS, ReportJob


def write_executed(urn: int) -> nbformat.NotebookNode:
    """The notebook of a school of no edition, as a kernel leaves it."""
    school = f"School {urn}"
    document = {"title": f"{school}: where it stands", "subject": "Strengths and gaps", "organisation": "A county"}
    document |= {"language": "en-GB", "date": "2025-11-01", "urn": urn, "school": school, "edition": "Autumn 2025"}
    facts = {FACTS: {"document": {**document, "kind": "school"}, "exhibits": []}, "text/plain": "facts"}
    shown = {"text/html": f"<p>{school} has {urn % 100} pupils.</p>", "text/plain": school}
    cells = [
        new_markdown_cell("## What is known", id="prose"),
        new_code_cell("show()", id="shown", outputs=[new_output("display_data", data=shown)]),
        new_code_cell("publish()", id="facts", outputs=[new_output("display_data", data=facts)]),
    ]
    return new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def place_executed_jobs(home: Path, count: int) -> list[ReportJob]:
    """The jobs of ``count`` schools below ``home``, whose executed notebooks are in place."""
    schools = home / "reports" / "small" / "schools"
    jobs = []
    for urn in range(900001, 900001 + count):
        (schools / str(urn)).mkdir(parents=True)
        nbformat.write(write_executed(urn), schools / str(urn) / "notebook.ipynb")
        job = ReportJob(urn, f"School {urn}", home / "small.ipynb", {"urn": urn}, home, schools / str(urn), "small")
        jobs.append(replace(job, render_only=True))
    return jobs
