"""Tables in prose: drawn wherever JupyterLab draws them, or refused with their cell; never printed as bars."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_markdown_cell
from sample_notebook import make_notebook

from pipeline.foundation.errors import FailedReport
from pipeline.render.checks import check_html, check_pdf, read_pdf
from pipeline.render.content.prose import compose_prose
from pipeline.render.html import render_html
from pipeline.render.pdf import render_pdf

TABLE = "| Term | Visits |\n|---|---:|\n| Autumn | 2 |\n| Spring | 1 |\n"


def indent(start: str) -> str:
    return "".join(f"{start}{line}\n" for line in TABLE.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        f"- Visits\n\n{indent('  ')}",
        indent("> "),
        f"::: {{.callout-note}}\n{TABLE}:::\n",
        f"1. a\n   - b\n\n{indent('     ')}",
    ],
    ids=["alone", "in a list", "in a quotation", "in a callout", "in a list in a list"],
)
def test_a_table_is_drawn_wherever_it_stands(text):
    page = BeautifulSoup(compose_prose(text), "html.parser")
    assert [cell.get_text() for cell in page.select("table td")] == ["Autumn", "2", "Spring", "1"]
    assert "|" not in page.get_text()


@pytest.mark.slow
def test_tables_in_lists_and_quotations_reach_page_and_pdf():
    html = render_html(make_notebook(new_markdown_cell(f"- Visits\n\n{indent('  ')}\n{indent('> ')}")))
    assert check_html(html) == []
    pdf = render_pdf(html)
    assert check_pdf(pdf) == []
    assert read_pdf(pdf).text.count("Autumn") == 2 and "|" not in read_pdf(pdf).text


@pytest.mark.slow
@pytest.mark.parametrize("row", ["| Autumn |", "| Autumn | 2 | 3 |"], ids=["short", "long"])
def test_a_table_that_cannot_be_drawn_is_refused_with_its_cell(row):
    with pytest.raises(FailedReport, match="give every row as many cells as its head") as caught:
        render_html(make_notebook(new_markdown_cell(TABLE + row + "\n")))
    assert "cell 16" in str(caught.value)


@pytest.mark.parametrize("text", ["Ask: who | when\n", "a | b\n\n---\n\nc\n", "`|---|`\n"])
def test_bars_that_are_no_table_stay(text):
    assert "data-undrawn" not in compose_prose(text)
