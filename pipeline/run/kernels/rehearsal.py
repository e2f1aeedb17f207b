"""Going through a school's notebook in this very process: to preload what it uses, or to see what a kernel costs."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat


def rehearse_notebook(notebook: Path, parameters: Mapping[str, Any]) -> nbformat.NotebookNode:
    """Run the school notebook's cells here, with ``parameters``, and return it with their outputs.

    Only what calls the package is run: imports from it, and calls of what was imported. An analyst's own cells are
    left alone: what they leave behind in this process would be met by every school.
    """
    found = nbformat.read(notebook, as_version=4)
    known: dict[str, Any] = dict(parameters)
    for cell in found.cells:
        if cell.cell_type != "code" or "parameters" in cell.metadata.get("tags", []):
            continue
        for statement in ast.parse(cell.source).body:
            bundle = _show(_run(statement, known))
            if bundle:
                cell.outputs.append(nbformat.v4.new_output("display_data", data=bundle))
    return found


def _run(statement: ast.stmt, known: dict[str, Any]) -> Any:
    """What the statement gives, where it is one of those that are run; its names are added to ``known``."""
    if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("pipeline."):
        exec(compile(ast.Module([statement], []), "<rehearsal>", "exec"), known)
        if "publish_facts" in known:
            from pipeline.report.school.notebook import bundle_facts

            known["publish_facts"] = bundle_facts  # there is nobody to display to
        return None
    if not isinstance(statement, ast.Assign | ast.Expr) or not isinstance(statement.value, ast.Call):
        return None
    read = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    if not read <= known.keys():
        return None
    given = eval(compile(ast.Expression(statement.value), "<rehearsal>", "eval"), known)
    if isinstance(statement, ast.Assign):
        known.update({target.id: given for target in statement.targets if isinstance(target, ast.Name)})
        return None
    return given


def _show(given: Any) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    return given._repr_mimebundle_() if hasattr(given, "_repr_mimebundle_") else {}
