"""Editing a notebook with one school in it leaves the project's notebook clean."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from pipeline.errors import FailedReport, PipelineError
from pipeline.run.editing import put_back, write_working_copy
from pipeline.run.jobs import FACTS
from pipeline.run.notebooks import check_parameters, find_facts


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
