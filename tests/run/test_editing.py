"""Editing a notebook with one school in it leaves the project's notebook clean."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from difflib import ndiff
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from pipeline.foundation.errors import FailedReport, PipelineError
from pipeline.foundation.paths import Workspace, find_project
from pipeline.run.desk import editing
from pipeline.run.desk.editing import Edited, put_back, write_working_copy
from pipeline.run.jobs import FACTS
from pipeline.run.kernels.fork_client import ADDRESS
from pipeline.run.making.notebooks import check_parameters, find_facts


@pytest.fixture
def notebook(tmp_path):
    cells = [
        new_code_cell('urn = 900001\nedition = "sample"', id="given", metadata={"tags": ["parameters"]}),
        new_markdown_cell("## Trend", id="trend"),
        new_code_cell("show_trends(report)", id="show-trend"),
    ]
    path = tmp_path / "school_report.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def test_the_copy_holds_the_school_and_the_original_is_untouched(notebook):
    before = notebook.read_bytes()
    copy = write_working_copy(notebook, {"urn": 100005, "edition": "county"})
    assert "urn = 100005\nedition = 'county'" in nbformat.read(copy, 4).cells[0].source
    assert notebook.read_bytes() == before


def test_running_without_editing_changes_nothing(notebook):
    before = notebook.read_bytes()
    copy = write_working_copy(notebook, {"urn": 100005, "edition": "county"})
    content = nbformat.read(copy, 4)
    content.cells[2].outputs = [new_output("stream", text="a figure of one school")]
    content.cells[2].execution_count = 7
    content.cells[2].metadata["scrolled"] = True
    nbformat.write(content, copy)
    assert put_back(notebook, copy) is False
    assert notebook.read_bytes() == before
    assert not copy.exists()


def test_an_edit_comes_back_without_outputs_and_with_the_default_parameters(notebook):
    copy = write_working_copy(notebook, {"urn": 100005, "edition": "county"})
    content = nbformat.read(copy, 4)
    content.cells[1].source = "## Three years"
    content.cells[2].outputs = [new_output("stream", text="a figure of one school")]
    nbformat.write(content, copy)
    assert put_back(notebook, copy) is True
    text = notebook.read_text()
    assert "## Three years" in text and "urn = 900001" in text
    assert "100005" not in text and "a figure of one school" not in text


def test_an_edit_left_lying_is_not_overwritten(notebook):
    write_working_copy(notebook, {"urn": 100005})
    with pytest.raises(PipelineError, match="an earlier edit was not put back"):
        write_working_copy(notebook, {"urn": 100006})


def change(path, cell, source):
    content = nbformat.read(path, 4)
    content.cells[cell].source = source
    nbformat.write(content, path)


def list_changed_lines(before, after):
    lines = ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line.startswith(("+", "-"))]


def test_one_edited_sentence_is_a_difference_of_one_line(project_notebook):
    before = project_notebook.read_text()
    copy = write_working_copy(project_notebook, {"urn": 100005, "edition": "county", "policy": ""})
    content = nbformat.read(copy, 4)
    prose = next(cell for cell in content.cells if cell.cell_type == "markdown" and len(cell.source) > 60)
    first = prose.source.splitlines()[0]
    prose.source = prose.source.replace(first, first + " And so it is.", 1)
    for cell in content.cells:  # what JupyterLab notes of itself
        cell.metadata["editable"] = True
    content.metadata["language_info"] = {"name": "python", "version": "3.11.7"}
    nbformat.write(content, copy)
    assert put_back(project_notebook, copy) is True
    removed, added = [line for line in list_changed_lines(before, project_notebook.read_text()) if "?" not in line[:1]]
    assert added.replace(" And so it is.", "")[1:] == removed[1:]


def test_what_a_cell_was_marked_with_stays_and_its_tags_may_change(notebook):
    content = nbformat.read(notebook, 4)
    content.cells[2].metadata = {"tags": ["officer-only"], "jupyter": {"source_hidden": True}}
    nbformat.write(content, notebook)
    copy = write_working_copy(notebook, {"urn": 100005})
    edited = nbformat.read(copy, 4)
    edited.cells[2].metadata = {"scrolled": True, "tags": ["show-input"]}
    edited.cells.append(new_markdown_cell("More", id="more", metadata={"tags": ["officer-only"], "editable": False}))
    nbformat.write(edited, copy)
    assert put_back(notebook, copy) is True
    after = nbformat.read(notebook, 4)
    assert after.cells[2].metadata == {"tags": ["show-input"], "jupyter": {"source_hidden": True}}
    assert after.cells[3].metadata == {"tags": ["officer-only"]}


def test_a_change_made_elsewhere_stays_where_the_copy_was_not_touched(notebook):
    copy = write_working_copy(notebook, {"urn": 100005})
    change(notebook, 1, "## Another's new sentence")
    assert put_back(notebook, copy) is False
    assert "Another's new sentence" in notebook.read_text()
    assert not copy.exists()


def test_where_both_were_changed_neither_is_lost(notebook):
    copy = write_working_copy(notebook, {"urn": 100005})
    change(notebook, 1, "## Another's new sentence")
    change(copy, 1, "## My own sentence")
    theirs, mine = notebook.read_bytes(), copy.read_bytes()
    with pytest.raises(PipelineError, match=r"school_report.ipynb was changed elsewhere while you edited it.*both are"):
        put_back(notebook, copy)
    assert (notebook.read_bytes(), copy.read_bytes()) == (theirs, mine)
    change(notebook, 1, "## My own sentence")  # brought over by hand
    assert put_back(notebook, copy) is False
    assert not copy.exists()


def test_where_it_is_not_known_what_stood_there_neither_is_lost(notebook):
    copy = write_working_copy(notebook, {"urn": 100005})
    shutil.rmtree(notebook.with_name(".editing-school_report"))
    change(copy, 1, "## My own sentence")
    with pytest.raises(PipelineError, match=r"may have been changed since you opened it.*both are kept"):
        put_back(notebook, copy)
    assert "My own sentence" in copy.read_text() and "My own sentence" not in notebook.read_text()


@pytest.mark.slow
@given(mine=st.integers(0, 3), theirs=st.integers(0, 3), run=st.booleans())
def test_no_sentence_of_either_side_is_ever_lost(mine, theirs, run):
    with tempfile.TemporaryDirectory() as folder:
        notebook = Path(folder, "school_report.ipynb")
        cells = [
            new_code_cell("urn = 1", id="given", metadata={"tags": ["parameters"]}),
            new_markdown_cell("0", id="a"),
        ]
        nbformat.write(new_notebook(cells=cells), notebook)
        copy = write_working_copy(notebook, {"urn": 2})
        change(notebook, 1, str(theirs))
        change(copy, 1, str(mine))
        if run:
            change(notebook, 0, "urn = 1")  # saved once more, nothing changed
        both = mine and theirs and mine != theirs
        with pytest.raises(PipelineError, match="both are kept") if both else nullcontext():
            assert put_back(notebook, copy) is bool(mine and not theirs)
        said = {nbformat.read(path, 4).cells[1].source for path in Path(folder).glob("*.ipynb")}
        assert said == ({str(mine), str(theirs)} if both else {str(mine or theirs)})


@pytest.mark.parametrize("name", ["my words.ipynb", "deeper/mine.ipynb"])
def test_a_copy_that_was_renamed_is_found_and_named_and_comes_back_under_its_name(notebook, name):
    copy = write_working_copy(notebook, {"urn": 100005})
    change(copy, 1, "## My own sentence")
    renamed = notebook.parent / name
    renamed.parent.mkdir(exist_ok=True)
    copy.rename(renamed)
    before = notebook.read_bytes()
    with pytest.raises(PipelineError) as told:
        put_back(notebook, copy)
    assert f"it is now {name}" in told.value.what and "nothing was put back" in told.value.what
    assert notebook.read_bytes() == before and renamed.exists()
    renamed.rename(copy)
    assert put_back(notebook, copy) is True
    assert "My own sentence" in notebook.read_text()


def test_a_copy_that_was_deleted_is_one_sentence(notebook):
    copy = write_working_copy(notebook, {"urn": 100005})
    copy.unlink()
    with pytest.raises(PipelineError, match=r"it was renamed or deleted\), so nothing was put back"):
        put_back(notebook, copy)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 1}', "\xff"])
def test_a_copy_that_cannot_be_read_is_named_and_kept(notebook, content):
    copy = write_working_copy(notebook, {"urn": 100005})
    copy.write_text(content, encoding="latin-1")
    with pytest.raises(PipelineError, match=r"editing-school_report.ipynb: it cannot be read as a notebook"):
        put_back(notebook, copy)
    assert copy.exists()


def test_a_copy_without_its_parameters_is_named_and_kept(notebook):
    copy = write_working_copy(notebook, {"urn": 100005})
    content = nbformat.read(copy, 4)
    del content.cells[0]
    nbformat.write(content, copy)
    with pytest.raises(PipelineError, match=r"editing-school_report.ipynb: the notebook has no cell tagged"):
        put_back(notebook, copy)
    assert copy.exists()


# The whole of `make edit`, with a program in JupyterLab's place


@pytest.fixture
def edit(notebook, monkeypatch):
    """Edit the notebook by what a function does to the working copy."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)

    def run(meanwhile=lambda copy: None):
        def open_jupyterlab(workspace, notebook, copy, parameters):
            meanwhile(copy)

        monkeypatch.setattr(editing, "_open_jupyterlab", open_jupyterlab)
        return editing.edit_notebook(Workspace(notebook.parent), notebook, {"urn": 100005})

    return run


def test_an_edit_that_was_left_over_is_put_back_before_the_next(notebook, edit):
    change(write_working_copy(notebook, {"urn": 100005}), 1, "## Left over")
    assert edit() == Edited(changed=False, earlier=True)
    assert "## Left over" in notebook.read_text()
    write_working_copy(notebook, {"urn": 100005})  # and one that changed nothing is cleared away
    assert edit(lambda copy: change(copy, 1, "## Next")) == Edited(changed=True)
    assert list(notebook.parent.glob("*.ipynb")) == [notebook]


def test_a_second_editor_is_told_of_the_first_which_loses_nothing(notebook, edit):
    def meanwhile(copy):
        change(copy, 1, "## The first's sentence")
        with pytest.raises(PipelineError, match=f"is open for editing elsewhere: process {os.getpid()}") as told:
            edit()
        assert "delete" not in str(told.value)
        change(copy, 2, "show_more(report)")

    assert edit(meanwhile) == Edited(changed=True)
    assert "The first's sentence" in notebook.read_text() and "show_more(report)" in notebook.read_text()


@pytest.mark.parametrize(("kernels", "begun"), [("cold", 0), ("direct", 1)])
def test_no_fork_server_is_begun_where_kernels_start_cold(notebook, monkeypatch, kernels, begun):
    """JupyterLab and the fork server are stand-ins that are only begun and ended."""
    servers = []

    class Server:
        address = "there"

        def __init__(self, rehearsal):
            servers.append(rehearsal)

        def start(self): ...

        def stop(self): ...

    asked = {}
    monkeypatch.setenv("SCHOOL_REPORTS_KERNELS", kernels)
    monkeypatch.setattr(editing, "ForkServerProcess", Server)
    monkeypatch.setattr(editing.subprocess, "run", lambda command, *, env, check: asked.update(env))
    editing._open_jupyterlab(Workspace(notebook.parent.parent), notebook, notebook, {"urn": 1})
    assert len(servers) == begun and (ADDRESS in asked) == bool(begun)


def test_an_editor_that_ends_with_a_fault_still_puts_back(notebook, edit):
    def meanwhile(copy):
        change(copy, 1, "## Saved")
        raise OSError("no screen")

    with pytest.raises(OSError, match="no screen"):
        edit(meanwhile)
    assert "## Saved" in notebook.read_text()


# How the project's own notebooks are stored


@pytest.fixture(params=sorted(path.name for path in (find_project() / "notebooks").glob("*_*.ipynb")))
def project_notebook(request, tmp_path):
    return Path(shutil.copy(find_project() / "notebooks" / request.param, tmp_path))


def test_the_projects_notebooks_are_stored_as_nbformat_writes_them(project_notebook):
    text = project_notebook.read_text(encoding="utf-8")
    content = nbformat.reads(text, as_version=4)
    assert f"{nbformat.writes(content)}\n" == text
    assert all(isinstance(cell["source"], list) for cell in json.loads(text)["cells"])


@pytest.mark.slow
def test_a_clean_notebook_stays_clean_by_the_command_of_the_guide(project_notebook):
    guide = (find_project() / "docs" / "analyst-guide.md").read_text(encoding="utf-8")
    command = re.search(r"`\.venv/bin/(nbstripout [^`]*)notebooks/\*\.ipynb`", guide)
    assert command, "the guide says how outputs are cleared"
    clean = project_notebook.read_bytes()
    content = nbformat.read(project_notebook, 4)
    content.cells[1].outputs = [new_output("stream", text="a figure of one school")]
    content.cells[1].execution_count = 3
    for state in (content, nbformat.reads(clean.decode(), 4)):
        nbformat.write(state, project_notebook)
        words = [sys.executable, "-m", *command[1].split(), str(project_notebook)]
        subprocess.run(words, check=True, cwd=project_notebook.parent)
        assert project_notebook.read_bytes() == clean


def test_whoever_may_edit_has_what_clears_outputs():
    assert re.search(r"^nbstripout==", (find_project() / "requirements-edit.lock").read_text(), re.M)


def test_parameters_must_agree_both_ways(notebook):
    check_parameters(notebook, {"urn": 1, "edition": ""}, 1)
    with pytest.raises(FailedReport, match="does not declare policy"):
        check_parameters(notebook, {"urn": 1, "edition": "", "policy": ""}, 1)
    with pytest.raises(FailedReport, match="declares edition, which the run does not give"):
        check_parameters(notebook, {"urn": 1}, 1)


def facts_output(urn):
    return new_output("display_data", data={FACTS: {"document": {"urn": urn}}})


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ([], "published its facts 0 times"),
        ([facts_output(1), facts_output(1)], "published its facts 2 times"),
        ([facts_output(2)], "facts of URN 2, not of URN 1"),
    ],
)
def test_facts_are_published_once_and_of_the_right_school(outputs, said):
    with pytest.raises(FailedReport, match=said):
        find_facts(new_notebook(cells=[new_code_cell("", outputs=outputs)]), 1)
