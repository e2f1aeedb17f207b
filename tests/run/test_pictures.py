"""Pictures beside a notebook come into the executed one, wherever its prose or an output names them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from pipeline.foundation.errors import FailedReport
from pipeline.render.content.prose import compose_prose
from pipeline.render.html import render_html
from pipeline.run.making.pictures import take_in_pictures

PNG = base64.b64decode("iVBORw0KGgo=")


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "notebooks" / "pictures").mkdir(parents=True)
    (tmp_path / "notebooks" / "pictures" / "my map.png").write_bytes(PNG)
    (tmp_path / "outside.png").write_bytes(PNG)
    return tmp_path / "notebooks"


@pytest.mark.parametrize(
    "prose",
    [
        "![A map](pictures/my%20map.png)",
        "![A map](<pictures/my map.png>)",
        '![A map](pictures/my%20map.png "Its title")',
        "![A map][map]\n\n[map]: pictures/my%20map.png",
        '<img src="pictures/my map.png" alt="A map">',
        "[![A map](pictures/my%20map.png)](https://example.org)",
    ],
)
def test_a_picture_that_prose_names_is_in_the_notebook_where_it_was_refused(folder, prose: str):
    notebook = new_notebook(cells=[new_markdown_cell(prose)])
    take_in_pictures(notebook, folder)
    (cell,) = notebook.cells
    html = compose_prose(cell.source, cell.get("attachments"))
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in html
    assert 'alt="A map"' in html


def test_a_picture_that_an_output_names_is_too(folder):
    data = {"text/html": '<img alt="A" src="pictures/my%20map.png">', "text/markdown": "![A](pictures/my%20map.png)"}
    notebook = new_notebook(cells=[new_code_cell("x", outputs=[new_output("display_data", data=data)])])
    take_in_pictures(notebook, folder)
    assert all("data:image/png;base64,iVBORw0KGgo=" in text for text in notebook.cells[0].outputs[0].data.values())


@pytest.mark.parametrize(
    "prose",
    [
        "![A](../outside.png)",
        "![A](https://example.org/map.png)",
        "![A](pictures/gone.png)",
        "![A](pictures)",
        "`![A](pictures/my%20map.png)`",
        "```\n![A](pictures/my%20map.png)\n```",
        "[words](pictures/my%20map.png)",
    ],
)
def test_what_is_no_picture_beside_the_notebook_is_left_as_it_is(folder, prose: str):
    notebook = new_notebook(cells=[new_markdown_cell(prose)])
    take_in_pictures(notebook, folder)
    assert notebook.cells[0].source == prose
    assert not notebook.cells[0].get("attachments")


def test_a_refusal_quotes_a_picture_as_it_was_written(folder):
    """It quoted the name that the run had given it."""
    source = "![](<pictures/my map.png>) and ![](pictures/my%20map.png)"
    notebook = new_notebook(cells=[new_markdown_cell("# Title"), new_markdown_cell(source)])
    take_in_pictures(notebook, folder)
    with pytest.raises(FailedReport) as refused:
        render_html(notebook)
    assert "cell 2 (![](<pictures/my map.png>) and ![](<pictures/my map.png>)): an image has no" in str(refused.value)
