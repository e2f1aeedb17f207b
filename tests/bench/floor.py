"""The floor: a school's notebook, page and PDF made by the same functions in one process, without Jupyter.

``python -m tests.bench.floor NOTEBOOK EDITION POLICY FOLDER STEPS URN…`` writes a page and a PDF per URN to FOLDER and
the core-seconds of each step, summed over the schools, to the file STEPS. No way of running notebooks can cost less.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nbformat
from nbformat.v4 import new_code_cell, new_output


def make_report(notebook: Path, parameters: dict[str, Any], folder: Path, steps: defaultdict[str, float]) -> None:
    """Make one school's page and PDF as the pipeline does, check them, and add what each step cost to ``steps``."""
    from pipeline.render.checks import check_html, check_pdf
    from pipeline.render.html import render_html
    from pipeline.render.pdf import render_pdf

    with _count(steps, "cells"):
        executed = run_cells(inject(nbformat.read(notebook, as_version=4), parameters))
    with _count(steps, "page"):
        html = render_html(executed)
    with _count(steps, "PDF"):
        pdf = render_pdf(html)
    with _count(steps, "checks of page and PDF"):
        faults = [*check_html(html), *check_pdf(pdf, urn=parameters["urn"])]
    assert not faults, faults
    (folder / f"{parameters['urn']}.html").write_text(html, encoding="utf-8", newline="\n")
    (folder / f"{parameters['urn']}.pdf").write_bytes(pdf)


@contextmanager
def _count(steps: defaultdict[str, float], step: str) -> Iterator[None]:
    before = _read_clock()
    yield
    steps[step] += _read_clock() - before


def _read_clock() -> float:
    """Core-seconds of this process and of the programs it called."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def inject(notebook: nbformat.NotebookNode, parameters: dict[str, Any]) -> nbformat.NotebookNode:
    """Put a cell that sets the parameters after the one that declares them, as papermill does."""
    said = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    declared = next(place for place, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    notebook.cells.insert(declared + 1, new_code_cell(said, metadata={"tags": ["injected-parameters"]}))
    return notebook


def run_cells(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Run every code cell in one namespace, in this process, and give the notebook with what the cells show."""
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        shown: list[dict[str, Any]] = []
        with patch("IPython.display.display", lambda bundle, raw, shown=shown: shown.append(bundle)):
            value = _run_cell(cell.source, names)
        if value is not None:
            shown.append(value._repr_mimebundle_())
        cell.outputs = [new_output("display_data", data=bundle) for bundle in shown]
    return notebook


def _run_cell(source: str, names: dict[str, Any]) -> Any:
    """Run a cell's statements; the value of its last, where that is an expression."""
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, "<cell>", "exec"), names)
        return None
    tree.body.pop()
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


def main(notebook: str, edition: str, policy: str, folder: str, said: str, *urns: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    steps: defaultdict[str, float] = defaultdict(float)
    for urn in urns:
        make_report(Path(notebook), {"urn": int(urn), "edition": edition, "policy": policy}, Path(folder), steps)
    Path(said).write_text(json.dumps(steps), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
