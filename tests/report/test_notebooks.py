"""The notebooks as they lie in the project: thin, clean, and calling only what is there."""

import ast
import importlib
from pathlib import Path

import nbformat
import pytest

from pipeline.edition.pages import EDITION_PAGES

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
PARAMETERS = {"school_report.ipynb": {"urn", "edition", "policy"}}
PARAMETERS |= {page.notebook: {"edition", "policy"} for page in EDITION_PAGES}


@pytest.fixture(params=sorted(PARAMETERS))
def name(request):
    return request.param


@pytest.fixture
def notebook(name):
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def test_one_cell_declares_the_parameters_first(name, notebook):
    tagged = [place for place, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    assert tagged == [0]
    declared = {target.id for statement in ast.parse(notebook.cells[0].source).body for target in statement.targets}
    assert declared == PARAMETERS[name]


def test_no_outputs_and_stable_ids_of_words(notebook):
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(id.replace("-", "").isalpha() for id in ids)


def test_a_cell_is_one_call_or_prose(notebook):
    for cell in notebook.cells[2:]:
        if cell.cell_type == "code":
            (statement,) = ast.parse(cell.source).body
            assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call), cell.source


def test_every_function_a_cell_calls_is_there(notebook):
    imported = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for statement in ast.walk(ast.parse(cell.source)):
                if isinstance(statement, ast.ImportFrom):
                    imported |= {one.name: statement.module for one in statement.names}
    called = {
        node.func.id
        for cell in notebook.cells
        if cell.cell_type == "code"
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call)
    }
    assert called == set(imported)
    assert all(hasattr(importlib.import_module(module), function) for function, module in imported.items())


def test_prose_starts_each_section_with_a_second_level_heading(notebook):
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert prose and all(text.startswith("## ") for text in prose)


def test_the_facts_are_published_last(notebook):
    assert "publish_facts(report)" in notebook.cells[-1].source


@pytest.mark.parametrize("field", ["name", "title", "notebook", "folder"])
def test_no_two_pages_of_an_edition_share_what_tells_them_apart(field):
    told = [getattr(page, field) for page in EDITION_PAGES]
    assert len(set(told)) == len(told)  # two pages in one folder: the later replaces the earlier
