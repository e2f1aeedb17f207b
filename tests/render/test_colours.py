"""An organisation's colour on its pages and PDFs: one that can be read, or a word why not; ours where none is given."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_markdown_cell
from sample_notebook import make_notebook

from pipeline.edition.editions import EditionDescription
from pipeline.foundation.colours import LEAST_CONTRAST, find_contrast, read_colour
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.yaml_files import read_record
from pipeline.render.checks import check_html, check_pdf
from pipeline.render.content.document import FACTS_TYPE
from pipeline.render.html import render_html
from pipeline.render.pdf import list_inputs, read_metadata, read_page, render_pdf

GREEN = "#1b5e20"


def render_in(colour: str) -> str:
    notebook = make_notebook(new_markdown_cell("## A heading"))
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if FACTS_TYPE in output.get("data", {}):
                output.data[FACTS_TYPE]["document"]["colour"] = colour
    return render_html(notebook)


@pytest.mark.slow
def test_the_colour_reaches_page_and_pdf_and_both_stay_accessible():
    html = render_in(GREEN)
    assert check_html(html) == [] and f":root {{ --deep: {GREEN}; }}" in html
    assert list_inputs(read_metadata(read_page(html)))["colour"] == GREEN
    pdf = render_pdf(html)
    assert check_pdf(pdf) == []
    assert pdf != render_pdf(render_in(""))


@pytest.mark.slow
def test_without_a_colour_nothing_is_said_of_one():
    page = BeautifulSoup(render_in(""), "html.parser")
    assert page.find("meta", attrs={"name": "theme-color"}) is None


@pytest.mark.parametrize(
    ("colour", "said"),
    [
        ("#ffd700", "too light to be read: its contrast with white is 1.4 to 1"),
        ("green", "no colour"),
        ("#123", "no colour"),
        ("#14466b; }", "no colour"),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused_with_its_line(tmp_path, colour, said):
    path = tmp_path / "edition.yaml"
    path.write_text(
        f"title: T\narea: {{authority: 998}}\nyear: 2024/25\npolicy: worcestershire\ncolour: '{colour}'\n",
        encoding="utf-8",
    )
    with pytest.raises(FaultyInput) as refused:
        read_record(path, EditionDescription)
    assert "line 5: colour:" in str(refused.value) and said in str(refused.value)


@pytest.mark.slow
@given(st.integers(0, 0xFFFFFF))
def test_whatever_is_taken_can_be_read_on_white(number):
    colour = f"#{number:06X}"
    try:
        taken = read_colour(colour)
    except ValueError:
        assert find_contrast(colour.lower()) < LEAST_CONTRAST
    else:
        assert find_contrast(taken) >= LEAST_CONTRAST


def test_contrast_is_that_of_the_guidelines():
    assert find_contrast("#ffffff") == 1 and find_contrast("#000000") == 21
    assert round(find_contrast("#777777"), 2) == 4.48  # the example usually given for just too light
