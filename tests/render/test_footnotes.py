"""Footnotes in prose reach the page and the PDF, led to and back from; other signs mean what they do in JupyterLab."""

from __future__ import annotations

import io

import pikepdf
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from sample_notebook import make_notebook

from pipeline.foundation.errors import FailedReport
from pipeline.render.checks import check_html, check_pdf, read_pdf
from pipeline.render.content.prose import compose_prose
from pipeline.render.html import render_html
from pipeline.render.pdf import render_pdf

FIRST = """## Own words[^own]

Attainment rose.[^a] It rose again.[^b] And once more.[^a]

[^own]: In the heading.
[^a]: Two lines of $x^2$
    and *more*.
[^b]: The [second](https://example.org)."""
SECOND = "Absence fell.[^1]\n\n[^1]: By *a half*."
OUTPUT = "Printed.[^1]\n\n[^1]: By a cell."


def make(*cells):
    return make_notebook(*cells)


@pytest.fixture(scope="module")
def page() -> str:
    shown = new_output("display_data", data={"text/markdown": OUTPUT})
    return render_html(
        make(new_markdown_cell(FIRST), new_code_cell("show()", outputs=[shown]), new_markdown_cell(SECOND))
    )


def read(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


@pytest.mark.slow
def test_notes_are_numbered_through_the_page_and_lead_there_and_back(page):
    assert check_html(page) == []
    found = read(page)
    marks = [(mark.get_text(), mark["href"], mark.get("id")) for mark in found.select("a.footnote-mark")]
    assert marks == [
        ("1", "#footnote-1", "footnote-mark-1"),
        ("2", "#footnote-2", "footnote-mark-2"),
        ("3", "#footnote-3", "footnote-mark-3"),
        ("2", "#footnote-2", None),
        ("4", "#footnote-4", "footnote-mark-4"),
        ("5", "#footnote-5", "footnote-mark-5"),
    ]
    notes = found.select("div.footnotes li")
    assert [note["id"] for note in notes] == [f"footnote-{number}" for number in range(1, 6)]
    assert [tag.get("start") for tag in found.select("div.footnotes ol")] == [None, "4", "5"]
    assert [note.select_one("a.footnote-back")["href"] for note in notes] == [
        f"#footnote-mark-{number}" for number in range(1, 6)
    ]
    assert notes[1].find("math") and notes[1].find("em").get_text() == "more"
    assert notes[2].find("a", href="https://example.org")
    assert "[^" not in found.main.get_text()


@pytest.mark.slow
def test_a_heading_is_listed_without_its_mark():
    sections = [new_markdown_cell(f"## Part {name}[^1]\n\n[^1]: A note.") for name in "ABCDEFG"]
    listed = read(render_html(make(*sections))).find("nav").get_text(" ")
    assert "Part A" in listed and "Part A1" not in listed


@pytest.mark.slow
def test_the_pdf_has_marks_and_notes_too_and_is_accessible(page):
    pdf = render_pdf(page)
    assert check_pdf(pdf) == []
    words = " ".join(read_pdf(pdf).text.split())
    assert "By a half." in words and "By a cell." in words and "[^" not in words
    with pikepdf.open(io.BytesIO(pdf)) as document:
        links = [
            link for sheet in document.pages for link in sheet.get("/Annots", []) if "/URI" not in link.get("/A", {})
        ]
    assert len(links) >= 11  # six marks, five ways back


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("A claim.[^1]", "cell 16 (A claim.[^1]): the footnote '[^1]' has no note. Write `[^1]: …`"),
        ("A claim.\n\n[^1]: Its note.", "cell 16 (A claim.): the note 'Its note.' is shown nowhere"),
        ("A[^1]\n\n[^1]: One.\n[^1]: Two.", "the note 'Two.' is shown nowhere"),
        ("# Title[^1]\n\n[^1]: A note.", "a footnote stands in the title"),
        ("```mermaid\ngraph TD\n```", "cell 16 (```mermaid): a diagram (```mermaid) cannot be drawn"),
    ],
)
def test_what_cannot_be_carried_is_refused_with_its_cell(source, said):
    with pytest.raises(FailedReport) as refused:
        render_html(make(new_markdown_cell(source)))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("source", "written"),
    [
        (r"no \[^1] note", "<p>no [^1] note</p>"),
        ("`[^1]`", "<p><code>[^1]</code></p>"),
        ("~gone~ and ~~gone~~", "<p><del>gone</del> and <del>gone</del></p>"),
        ("from ~5 to ~10, `~a~`", "<p>from ~5 to ~10, <code>~a~</code></p>"),
        ("#1 in the county", "<p>#1 in the county</p>"),
        ("# One", "<h1>One</h1>"),
    ],
)
def test_signs_mean_what_they_mean_in_jupyterlab(source, written):
    assert compose_prose(source).strip() == written


@pytest.mark.slow
@pytest.mark.parametrize("target", ["#Where-it-stands", "#where-it-stands", "#Where%20it%20stands"])
def test_a_link_to_a_heading_by_jupyterlabs_name_leads_there(target):
    cell = new_markdown_cell(f"## Where it stands\n\nSee [above]({target}).")
    html = render_html(make(cell))
    assert read(html).find("a", string="above")["href"] == "#where-it-stands"
    assert check_html(html) == []


def test_a_link_that_leads_nowhere_is_refused_with_its_cell():
    """It was refused by the finished page, which knows no cell."""
    cell = new_markdown_cell("## Where it stands\n\nSee [below](#were-it-stands), [there](#xyzzy).")
    with pytest.raises(FailedReport) as refused:
        render_html(make(cell))
    said = str(refused.value)
    assert "cell 16 (## Where it stands): the link 'below' leads to '#were-it-stands', which is not on the page" in said
    assert "Did you mean '#where-it-stands'" in said and "the link 'there' leads to '#xyzzy'" in said


@pytest.mark.slow
def test_a_link_to_an_officers_heading_is_refused_in_the_schools_copy_alone():
    officers = new_markdown_cell("## For the panel", metadata={"tags": ["officer-only"]})
    notebook = make(officers, new_markdown_cell("See [this](#for-the-panel)."))
    with pytest.raises(FailedReport, match="the link 'this' leads to '#for-the-panel'"):
        render_html(notebook)
    assert check_html(render_html(notebook, officer=True)) == []
