"""Editing a notebook with one school's data in it, and putting it back clean.

JupyterLab opens a working copy whose parameters are the school's. When it closes, the copy's outputs are dropped, the
default parameters return, and the notebook in ``notebooks/`` is replaced where anything else was changed. What stood
there at opening is remembered: a notebook that was changed elsewhere meanwhile is never written over.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from pipeline.foundation.errors import MissingTool, PipelineError
from pipeline.foundation.paths import Workspace, find_project
from pipeline.foundation.writing import write_beside
from pipeline.run.kernels.finding import are_forked
from pipeline.run.kernels.fork_client import ADDRESS, ForkServerProcess
from pipeline.run.kernels.preload import Rehearsal
from pipeline.run.lock import hold_folder
from pipeline.run.making.notebooks import KERNEL, SPECS

_MARK = "edits"  # in a copy's metadata: which notebook it is a copy of, whatever the copy is called by now


@dataclass(frozen=True)
class Edited:
    """``changed``: whether the edit changed the notebook; ``earlier``: whether one that was left over did, before."""

    changed: bool
    earlier: bool = False


def write_working_copy(notebook: Path, parameters: Mapping[str, Any]) -> Path:
    """Write the copy to edit beside ``notebook``, with ``parameters`` in its tagged cell and the kernel of reports."""
    copy = _name_copy(notebook)
    if copy.exists():
        raise PipelineError(
            f"{copy.name} is there already: an earlier edit was not put back",
            where=f"{notebook.parent.name}/",
            remedy=f"Keep what you want of it, then delete notebooks/{copy.name} and try again.",
        )
    content = _read(notebook)
    write_beside(_name_opened(notebook), notebook.read_text(encoding="utf-8"))
    _find_parameters_cell(content, notebook)["source"] = "\n".join(
        ["# One school's parameters, while you edit; the defaults return when JupyterLab closes."]
        + [f"{name} = {value!r}" for name, value in parameters.items()]
    )
    content.metadata["kernelspec"] = {"name": KERNEL, "display_name": "School report", "language": "python"}
    content.metadata[_MARK] = notebook.name
    nbformat.write(content, copy)
    return copy


def put_back(notebook: Path, copy: Path) -> bool:
    """Replace ``notebook`` by the edited ``copy``, cleaned; tell whether that changed anything.

    Raises PipelineError, and leaves both as they are, where the copy is gone or unreadable, or where both were changed.
    """
    if not copy.exists():
        raise _tell_missing(notebook, copy)
    edited, now = _read(copy), _read(notebook)
    opened = _name_opened(notebook)
    known = opened.exists()
    before = _read(opened) if known else now
    written = nbformat.writes(_clean(edited, before, copy))
    was, standing = (nbformat.writes(_clean(one, one, notebook)) for one in (before, now))
    changed = written not in (was, standing)
    if changed and (was != standing or not known):
        why = "was changed elsewhere while you edited it" if known else "may have been changed since you opened it"
        raise PipelineError(
            f"{notebook.name} {why}, so your edit was not put back; both are kept",
            where=f"{notebook.parent.name}/",
            remedy=f"Yours is in {copy.name}. Bring what you want of it into {notebook.name}, then delete it.",
        )
    if changed:
        write_beside(notebook, f"{written}\n")
    copy.unlink()
    opened.unlink(missing_ok=True)
    return changed


def edit_notebook(workspace: Workspace, notebook: Path, parameters: Mapping[str, Any]) -> Edited:
    """Open the notebook in JupyterLab for these parameters; tell whether it was changed.

    An edit that was left over, for the computer or JupyterLab ended before it was put back, is put back first.
    Raises MissingTool where JupyterLab is not installed, and PipelineError where the notebook is being edited.
    """
    from importlib.util import find_spec

    if find_spec("jupyterlab") is None:
        raise MissingTool(
            "JupyterLab is not installed in this environment", remedy="Run `make edit`, which installs it first."
        )
    with hold_folder(
        _name_opened(notebook).parent,
        f"{notebook.name} is open for editing elsewhere",
        remedy="Go on in the JupyterLab that is open, or close that one first: what was edited is put back then.",
    ):
        copy = _name_copy(notebook)
        earlier = copy.exists() and put_back(notebook, copy)
        write_working_copy(notebook, parameters)
        try:
            _open_jupyterlab(workspace, notebook, copy, parameters)
        finally:
            changed = put_back(notebook, copy)
    return Edited(changed, earlier)


def _open_jupyterlab(workspace: Workspace, notebook: Path, copy: Path, parameters: Mapping[str, Any]) -> None:
    """Give the screen to JupyterLab until it ends, or is interrupted."""
    try:
        with _lend_forked_kernels(workspace, notebook, parameters) as lent:
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


@contextmanager
def _lend_forked_kernels(
    workspace: Workspace, notebook: Path, parameters: Mapping[str, Any]
) -> Iterator[dict[str, str]]:
    """The environment in which JupyterLab's kernels start at once: the fork server preloads while JupyterLab starts.

    None is begun where kernels start cold.
    """
    found = {"JUPYTER_PATH": os.pathsep.join([str(SPECS), *filter(None, [os.environ.get("JUPYTER_PATH")])])}
    if not are_forked():
        yield found
        return
    server = ForkServerProcess(Rehearsal(notebook, parameters, workspace.root))
    server.start()
    try:
        yield {**found, ADDRESS: server.address}
    finally:
        server.stop()


# The copy, and what it is compared with


def _name_copy(notebook: Path) -> Path:
    return notebook.with_name(f"editing-{notebook.name}")


def _name_opened(notebook: Path) -> Path:
    """Where the notebook is kept as it stood at opening, in a folder that the editor holds."""
    return notebook.with_name(f".editing-{notebook.stem}") / "opened.ipynb"


def _read(path: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except FileNotFoundError:
        what, remedy = "it is not there any more", "Give it back its name, or take it from git."
    except (ValueError, KeyError, TypeError, AttributeError):
        what, remedy = "it cannot be read as a notebook", "Mend it, or take it from git; nothing was put back."
    raise PipelineError(what, where=f"{path.parent.name}/{path.name}", remedy=remedy)


def _clean(content: nbformat.NotebookNode, before: nbformat.NotebookNode, named: Path) -> nbformat.NotebookNode:
    """``content`` without outputs and what JupyterLab notes, with the parameters and the metadata of ``before``."""
    cleaned = nbformat.from_dict(content)
    _find_parameters_cell(cleaned, named)["source"] = _find_parameters_cell(before, named)["source"]
    cleaned.metadata, cleaned.nbformat_minor = before.metadata, before.nbformat_minor
    own = {cell.get("id"): cell.metadata for cell in before.cells}
    for cell in cleaned.cells:
        kept = {key: value for key, value in own.get(cell.get("id"), {}).items() if key != "tags"}
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({**kept, **({"tags": tags} if tags else {})})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return cleaned


def _tell_missing(notebook: Path, copy: Path) -> PipelineError:
    """That the copy is not where it was put; and what it is called now, where it can be found."""
    renamed = next((path for path in sorted(notebook.parent.rglob("*.ipynb")) if _is_copy_of(path, notebook)), None)
    now = f"it is now {renamed.relative_to(notebook.parent).as_posix()}" if renamed else "it was renamed or deleted"
    return PipelineError(
        f"{copy.name} is not there any more ({now}), so nothing was put back",
        where=f"{notebook.parent.name}/",
        remedy=f"Name it {copy.name} again, then run `make edit` once more: it is put back first. "
        f"{notebook.name} is as it was.",
    )


def _is_copy_of(path: Path, notebook: Path) -> bool:
    if ".ipynb_checkpoints" in path.parts:
        return False
    try:
        return _read(path).metadata.get(_MARK) == notebook.name
    except PipelineError:
        return False


def _find_parameters_cell(content: nbformat.NotebookNode, named: Path) -> nbformat.NotebookNode:
    for cell in content.cells:
        if "parameters" in cell.metadata.get("tags", []):
            return cell
    raise PipelineError(
        "the notebook has no cell tagged `parameters`",
        where=f"{named.parent.name}/{named.name}",
        remedy="Tag its first code cell `parameters`; nothing was changed or put back.",
    )
