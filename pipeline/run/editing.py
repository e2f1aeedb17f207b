"""Editing a notebook with one school's data in it, and putting it back clean.

JupyterLab opens a working copy whose parameters are the school's. When it closes, the copy's outputs are dropped, the
default parameters return, and the notebook in ``notebooks/`` is replaced where anything else was changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

from pipeline.errors import MissingTool, PipelineError
from pipeline.paths import Workspace, find_project
from pipeline.run.kernels.warm_process import ADDRESS, WarmProcess, can_fork
from pipeline.run.kernels.warming import Rehearsal
from pipeline.run.notebooks import KERNEL, SPECS


def write_working_copy(notebook: Path, parameters: Mapping[str, Any]) -> Path:
    """Write the copy to edit beside ``notebook``, with ``parameters`` in its tagged cell and the kernel of reports."""
    copy = notebook.with_name(f"editing-{notebook.name}")
    if copy.exists():
        raise PipelineError(
            f"{copy.name} is there already: an earlier edit was not put back",
            where=f"{notebook.parent.name}/",
            remedy=f"Keep what you want of it, then delete notebooks/{copy.name} and try again.",
        )
    content = nbformat.read(notebook, as_version=4)
    _find_parameters_cell(content)["source"] = "\n".join(
        ["# One school's parameters, while you edit; the defaults return when JupyterLab closes."]
        + [f"{name} = {value!r}" for name, value in parameters.items()]
    )
    content.metadata["kernelspec"] = {"name": KERNEL, "display_name": "School report", "language": "python"}
    nbformat.write(content, copy)
    return copy


def put_back(notebook: Path, copy: Path) -> bool:
    """Replace ``notebook`` by the edited ``copy``, cleaned; tell whether that changed anything."""
    before, edited = nbformat.read(notebook, as_version=4), nbformat.read(copy, as_version=4)
    _find_parameters_cell(edited)["source"] = _find_parameters_cell(before)["source"]
    edited.metadata = before.metadata
    for cell in edited.cells:
        cell.metadata = nbformat.from_dict({"tags": tags} if (tags := cell.metadata.get("tags")) else {})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    changed = nbformat.writes(edited) != nbformat.writes(before)
    if changed:
        making = notebook.with_name(f".making-{notebook.name}")
        nbformat.write(edited, making)
        making.replace(notebook)
    copy.unlink()
    return changed


def edit_notebook(workspace: Workspace, notebook: Path, parameters: Mapping[str, Any]) -> bool:
    """Open the notebook in JupyterLab for these parameters; tell whether it was changed.

    Raises MissingTool where JupyterLab is not installed.
    """
    from importlib.util import find_spec

    if find_spec("jupyterlab") is None:
        raise MissingTool(
            "JupyterLab is not installed in this environment", remedy="Run `make edit`, which installs it first."
        )
    copy = write_working_copy(notebook, parameters)
    try:
        with _lend_warm_kernels(workspace, notebook, parameters) as lent:
            subprocess.run(
                [sys.executable, "-m", "jupyterlab", str(copy)],
                env={
                    **os.environ,
                    **lent,
                    "SCHOOL_REPORTS_HOME": str(workspace.root),
                    "PYTHONPATH": str(find_project()),
                },
                check=False,
            )
    except KeyboardInterrupt:
        pass
    finally:
        changed = put_back(notebook, copy)
    return changed


@contextmanager
def _lend_warm_kernels(workspace: Workspace, notebook: Path, parameters: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The environment in which JupyterLab's kernels start at once: it warms while JupyterLab starts."""
    found = {"JUPYTER_PATH": os.pathsep.join([str(SPECS), *filter(None, [os.environ.get("JUPYTER_PATH")])])}
    if not can_fork():
        yield found
        return
    warm = WarmProcess(Rehearsal(notebook, parameters, workspace.root))
    warm.start()
    try:
        yield {**found, ADDRESS: warm.address}
    finally:
        warm.stop()


def _find_parameters_cell(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            return cell
    raise PipelineError("the notebook has no cell tagged `parameters`", remedy="Tag its first code cell `parameters`.")
