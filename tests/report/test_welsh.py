"""Reports of eleven kinds of school in Welsh: no English is left on the page, on paper, in pictures or in what is said
of them.

A sentence that changed has no words in Welsh yet: the failing test names it as a line to add to
``pipeline/render/language/books/cy.yaml``.
"""

from __future__ import annotations

import base64
import json
import re

import nbformat
import pytest
from bs4 import BeautifulSoup

from pipeline.foundation.paths import find_project
from pipeline.render.checks import check_html, check_pdf, read_pdf
from pipeline.render.engine import Look
from pipeline.render.language.book import find_book
from pipeline.render.language.branded import Branded
from pipeline.render.language.page import list_names
from pipeline.render.pdf import read_metadata
from pipeline.run.desk.phrases import compose_lines

pytestmark = pytest.mark.kernel

#: With many gaps, a secondary, an all-through, a tiny and a special school: between them they have all kinds of chart.
PRINTED = (900003, 900012, 900016, 900004, 900017)
OWN = find_project() / "data/editions/sample-cymraeg"
#: Words that no Welsh sentence holds, and hardly an English one does without.
ENGLISH = re.compile(
    r"\b(the|and|of|for|with|not|than|from|has|have|been|was|were|are|which|this|that|their|its|between|beside|more|"
    r"schools?|pupils?|years?|measures?|figures?|gaps?|strengths?|england|similar|report|support|above|below|range)\b",
    re.IGNORECASE,
)


def read_notebook(folder):
    return nbformat.read(folder / "notebook.ipynb", as_version=4)


@pytest.fixture(scope="module")
def branded():
    return Branded(Look(books=(find_book("cy", OWN), OWN / "cymraeg.yaml")))


@pytest.fixture(scope="module")
def told(reports, branded):
    """Every text of each kind's report is told; those of some, by the school's folder, in Welsh and on paper."""
    untold = {
        int(folder.name): branded.find_untold((folder / "report.html").read_text("utf-8"), read_notebook(folder))
        for folder in reports
    }
    assert not any(untold.values()), f"add what these are in Welsh to books/cy.yaml\n{compose_lines(untold)}"
    some = [folder for folder in reports if int(folder.name) in PRINTED]
    return {
        folder: branded.render((folder / "report.html").read_text("utf-8"), read_notebook(folder)) for folder in some
    }


def find_english(words: str, names: set[str]) -> list[str]:
    """English words of a text, but for names, files and addresses in it."""
    words = " ".join(words.split())
    for name in sorted(names, key=len, reverse=True):
        words = words.replace(name, " ")
    words = re.sub(r"\S+\.csv\b|\S+@\S+", " ", words)
    return sorted({found[0] for found in ENGLISH.finditer(words)})


def list_own_names(folder) -> set[str]:
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    page = BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "html.parser")
    return list_names(facts, read_metadata(page)) | {"This report is also available in English."}


def test_no_english_is_left_on_a_page(told):
    for folder, rendered in told.items():
        page = BeautifulSoup(rendered.told["cy"].html, "html.parser")
        assert page.html["lang"] == "cy"
        page.style.decompose()
        said = [page.get_text(" ")]
        said += [str(tag[one]) for one in ("alt", "aria-label", "title") for tag in page.find_all(attrs={one: True})]
        metadata = {str(tag["name"]): str(tag["content"]) for tag in page.find_all("meta", attrs={"name": True})}
        said += [content for name, content in metadata.items() if name not in ("viewport", "kind")]
        pictures = (base64.b64decode(str(image["src"]).partition(",")[2]).decode() for image in page.find_all("img"))
        said += [words for picture in pictures for words in re.findall("<!-- (.*?) -->", picture)]
        found = find_english(" ".join(said), list_own_names(folder))
        assert not found, f"{folder.name}: {found}"


def test_no_english_is_left_on_paper(told):
    for folder, rendered in told.items():
        pdf = read_pdf(rendered.told["cy"].pdf)
        found = find_english(f"{pdf.text} {' '.join(pdf.descriptions)}", list_own_names(folder))
        assert not found, f"{folder.name}: {found}"


def test_a_report_in_welsh_holds_what_every_report_must_and_as_many_pages(told):
    import pypdfium2

    for folder, rendered in told.items():
        welsh = rendered.told["cy"]
        assert check_html(welsh.html) == [] and check_pdf(welsh.pdf, urn=int(folder.name)) == []
        assert b"/Lang (cy)" in welsh.pdf or b"<dc:language><rdf:Bag><rdf:li>cy" in welsh.pdf
        assert len(pypdfium2.PdfDocument(welsh.pdf)) <= len(pypdfium2.PdfDocument(rendered.pdf)), folder.name


def test_it_says_the_same_numbers_in_the_same_places(told):
    number = re.compile(r"(?<![\w.])[−+]?\d[\d,]*(?:\.\d+)?%?")
    for folder, rendered in told.items():
        english, welsh = (
            [cell.get_text(" ") for cell in BeautifulSoup(html, "html.parser").select("main td, main th")]
            for html in (rendered.html, rendered.told["cy"].html)
        )
        assert [number.findall(one) for one in english] == [number.findall(one) for one in welsh], folder.name


def test_page_and_page_lead_to_each_other(told):
    rendered = next(iter(told.values()))
    for html, language, address in (
        (rendered.html, "cy", "report.cy.html"),
        (rendered.told["cy"].html, "en", "report.html"),
    ):
        link = BeautifulSoup(html, "html.parser").select_one(".title-block .language a")
        assert (link["href"], link["hreflang"], link.find_parent(lang=True)["lang"]) == (address, language, language)
