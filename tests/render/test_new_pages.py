"""A report's parts begin on a page of their own where a cell is so tagged, but for a report that has little to tell."""

from __future__ import annotations

import io

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell
from pypdf import PdfReader
from sample_notebook import make_facts, make_notebook, show

from pipeline.foundation.errors import FailedReport
from pipeline.render.checks import check_html, check_pdf
from pipeline.render.html import NEW_PAGE, render_html
from pipeline.render.pdf import render_pdf

PART = new_markdown_cell("## Talk about it\n\nSome words.", metadata={"tags": [NEW_PAGE]})
SVG = '<svg class="plotted" aria-hidden="true" viewBox="0 0 200 20" data-plot="0.4000 0.6000;school:0.5000:gap:0;;">'
DRAWN = (
    '<table id="m"><caption>Every measure</caption><thead><tr><th scope="col">Measure</th><th scope="col">Drawn</th>'
    '<th scope="col">School</th></tr></thead><tbody><tr class="group"><th colspan="3" scope="rowgroup">Maths</th></tr>'
    f'<tr><th scope="row">Expected</th><td class="plotted">{SVG}<path class="school" d="M0 0"/></svg></td>'
    "<td>52%</td></tr></tbody></table>"
)


def read_pages(html: str) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(render_pdf(html))).pages]


@pytest.mark.slow
def test_the_first_heading_of_a_cell_so_tagged_begins_a_page():
    html = render_html(make_notebook(PART))
    (heading,) = BeautifulSoup(html, "html.parser").find_all(class_=NEW_PAGE)
    assert heading.name == "h2" and heading.get_text() == "Talk about it"
    assert check_html(html) == []
    pages, plain = read_pages(html), read_pages(render_html(make_notebook(new_markdown_cell(PART.source))))
    assert len(pages) == len(plain) + 1
    assert "Talk about it Some words." in pages[-1] and "How figures are judged" not in pages[-1]
    assert "How figures are judged" in plain[-1]


@pytest.mark.slow
def test_a_brief_report_begins_no_page():
    html = render_html(make_notebook(PART, facts=make_facts(brief=True)))
    assert BeautifulSoup(html, "html.parser").find(class_=NEW_PAGE) is None
    assert "How figures are judged" in read_pages(html)[-1]


@pytest.mark.slow
def test_a_table_that_draws_its_figures_passes_every_check_on_the_page_and_on_paper():
    html = render_html(make_notebook(new_code_cell("show_measures()", outputs=[show(DRAWN)])))
    assert check_html(html) == []
    page = BeautifulSoup(html, "html.parser")
    assert page.find("svg", class_="plotted")["aria-hidden"] == "true"
    assert page.find("tr", class_="group").th["scope"] == "rowgroup"
    pdf = render_pdf(html)
    assert check_pdf(pdf) == []
    assert "Maths Expected 52%" in " ".join(
        " ".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages).split()
    )


@pytest.mark.slow
def test_a_drawing_of_any_other_kind_is_refused_for_want_of_a_description():
    other = new_code_cell("chart", outputs=[show(DRAWN.replace('<svg class="plotted"', '<svg class="chart"'))])
    with pytest.raises(FailedReport):
        render_html(make_notebook(other))
