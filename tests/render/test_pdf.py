"""The PDF: tagged, the same words as the page, the same bytes every time, and no text ever read as markup."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

import pikepdf
import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell
from pypdf import PdfReader
from sample_notebook import (
    CHART_ALT,
    INDICATORS,
    SCHOOL,
    make_figure,
    make_notebook,
    make_ratings_table,
    show,
)

from pipeline.foundation.errors import FailedReport
from pipeline.render.checks import check_html, check_pdf, read_pdf
from pipeline.render.html import render_html
from pipeline.render.pdf import read_page, render_pdf, walk_tags
from tests.conftest import count_examples

PROSE = (
    "A line[^1] with *words*, `code` & <b>more</b>.\n\n[^1]: A note.",
    "| a | b |\n| --- | --- |\n| x | 1 |\n| y | 22% |",
    "- one\n- two\n\n> said",
    "$x^2 + 1$ and\n\n$$y = \\frac{1}{2}$$",
    "[https://example.org](https://example.org) and [a page](https://example.org/x)",
    "&nbsp;\n\n<div class='a  b'><p class='c'>x</p></div>",
)


def squeeze(text: str) -> str:
    """Without white space, which line breaks of a PDF move about."""
    return re.sub(r"\s+", "", text)


def wrap_page(body: str, **named: str) -> str:
    metas = "".join(f'<meta name="{name}" content="{content}">' for name, content in named.items())
    head = f'<html lang="en-GB"><head><title>T</title>{metas}</head>'
    return f"<!DOCTYPE html>{head}<body><main><h1>Title</h1>{body}</main></body></html>"


@pytest.fixture(scope="module")
def page() -> str:
    return render_html(make_notebook())


@pytest.fixture(scope="module")
def pdf(page: str) -> bytes:
    return render_pdf(page)


def describe(node):
    """A tag as its name, attributes and what it holds; white space between tags says nothing."""
    if not isinstance(node, Tag):
        return (type(node).__name__, str(node) if node.strip() else " ")
    return (node.name, dict(node.attrs), [describe(held) for held in node.contents])


@pytest.mark.slow
@pytest.mark.parametrize("officer", [False, True])
@given(st.lists(st.sampled_from(PROSE), max_size=6), st.randoms(use_true_random=False))
def test_the_tree_that_goes_on_paper_is_the_one_that_the_page_is_read_as(officer, prose, chance):
    notebook = make_notebook()
    for cell in prose:
        notebook.cells.insert(chance.randint(2, len(notebook.cells)), new_markdown_cell(cell))
    html = render_html(notebook, officer=officer)
    assert describe(read_page(html)) == describe(BeautifulSoup(html, "html.parser"))


@pytest.mark.slow
def test_the_sample_report_has_no_fault(pdf: bytes):
    assert check_pdf(pdf, 116794) == []


@pytest.mark.slow
def test_the_pdf_says_what_it_is(pdf: bytes):
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.metadata.title == f"{SCHOOL}: where it stands, autumn 2019"
    assert reader.metadata.author == "Worcestershire County Council"
    assert "URN 116794" in reader.metadata["/Keywords"]
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"
    assert reader.metadata["/CreationDate"].startswith("D:20191101")


@pytest.mark.slow
def test_page_and_pdf_say_the_same(page: str, pdf: bytes):
    main = BeautifulSoup(page, "html.parser").main
    main.nav.decompose()
    content = read_pdf(pdf)
    printed = squeeze(content.text)
    said = main.find_all(["h1", "h2", "h3", "p", "li", "dt", "dd", "caption", "th", "td", "figcaption"])
    assert len(said) > 80
    for element in said:
        assert squeeze(element.get_text()) in printed, element
    assert re.findall(r"\d+\.\d", squeeze(main.get_text())) == re.findall(r"\d+\.\d", printed)
    assert content.descriptions == (CHART_ALT,)
    for tag, selector in (
        ("H1", "h1"),
        ("H2", "h2"),
        ("H3", "h3"),
        ("Table", "table"),
        ("TR", "tr"),
        ("Figure", "img"),
    ):
        assert content.tags[tag] == len(main.select(selector)), tag


@pytest.mark.slow
def test_rows_are_named_by_their_header_cells(page: str, pdf: bytes):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        scopes = [
            str(attributes["/Scope"])
            for tag in walk_tags(document.Root)
            if tag["/S"] == "/TH"
            for attributes in tag["/A"]
            if attributes["/O"] == "/Table"
        ]
    table_page = BeautifulSoup(page, "html.parser").main
    assert scopes.count("/Row") == len(table_page.select("th[scope=row]"))


@pytest.mark.slow
def test_the_same_page_gives_the_same_bytes_in_any_folder(page: str, pdf: bytes, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert render_pdf(page) == pdf
    assert str(tmp_path).encode() not in pdf
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_long_table_names_its_columns_on_every_page():
    rows = tuple((f"Indicator {number}", "1", "2", "in-line") for number in range(70))
    pdf = render_pdf(wrap_page(make_ratings_table(rows)))
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) >= 2
    assert all("Indicator School England Rating" in " ".join(page.extract_text().split()) for page in pages)
    assert check_pdf(pdf) == []


@pytest.mark.slow
def test_a_wide_table_gives_most_room_to_the_column_that_says_most():
    reason = "An acting headteacher and two vacancies, which the figures cannot show. A visit before Christmas. " * 2
    cells = ("Thornmarsh Reach Primary School", "900039", "Secure", "Light touch support", reason, "18 November 2025")
    heads = ("School", "URN", "Indicated", "Decided", "Reason", "Date")
    head, row = ("".join(f"<{tag}>{cell}</{tag}>" for cell in texts) for tag, texts in (("th", heads), ("td", cells)))
    table = f"<table><caption>c</caption><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table>"
    (page,) = PdfReader(io.BytesIO(render_pdf(wrap_page(table)))).pages
    lines = [
        " ".join(line.split()) for line in page.extract_text(extraction_mode="layout").splitlines() if line.strip()
    ]
    first = next(line for line in lines if line.startswith("Thornmarsh"))
    assert "900039" in first and "and two" in first and first.endswith("18 November 2025")  # short ones are whole
    assert sum(any(word in line for word in ("vacancies", "figures", "visit")) for line in lines) <= 5  # else eight
    assert check_pdf(render_pdf(wrap_page(table))) == []


MARKS = "ab1 #$*_@[]<>(){}\\\"'`~^=+-/.:;,&%!|\n"
HOSTILE = [
    "#panic()",
    "$x$",
    "*b*",
    "_e_",
    "@fig",
    "[c]",
    "<label>",
    "\\u{1}",
    "= h",
    "- l",
    "+ l",
    "1. l",
    "/ t: d",
    "// c",
    "/* c",
    "`r`",
    '#"s";',
    '"); #read("/etc/passwd")',
    "../../etc/passwd",
    "https://example.org/x",
    "~",
    "---",
    "...",
    "{{ x }}",
    "%d",
    "a\\",
    "#",
    "</p><script>",
    "&amp;",
    "'q'",
]


PLACES = (
    "<h2>x{}</h2>",
    "<p>x<em>{}</em></p>",
    '<dl class="facts"><dt>x{}</dt><dd>x</dd></dl>',
    '<p>x<span class="rating" data-rating="gap">{}</span></p>',
    "<p>x<a href='#t'>{}</a></p>",
    "<ul><li>{}</li></ul>",
)


@pytest.mark.slow
def test_markup_of_any_kind_comes_out_as_written():
    rows = "".join(f"<tr><th scope=row>{escape(name)}</th><td>{escape(name)}</td></tr>" for name in HOSTILE)
    body = "".join(place.format(escape(name)) for name in HOSTILE for place in PLACES)
    captioned = make_figure().replace("<figcaption>", f"<figcaption>{escape(' '.join(HOSTILE))} ")
    text = squeeze(read_pdf(render_pdf(wrap_page(f"{body}<table>{rows}</table>{captioned}"))).text)
    for name in HOSTILE:
        assert text.count(squeeze(f"x{name}")) >= 5, name
        assert squeeze(f"{name} {name}") in text
    assert squeeze(" ".join(HOSTILE)) in text


@pytest.mark.slow
@settings(max_examples=count_examples(3))
@given(st.lists(st.text(alphabet=MARKS, min_size=1, max_size=40), min_size=12, max_size=30))
def test_a_name_is_printed_as_it_is_written(names: list[str]):
    places = ("<h2>x{}</h2>", "<p>{}</p>", "<ul><li>{}</li></ul>", "<p>a <strong>{}</strong>(b)</p>")
    body = "".join(place.format(escape(name)) for name in names for place in places)
    text = squeeze(read_pdf(render_pdf(wrap_page(body, school=escape(names[0]), edition=escape(names[1])))).text)
    for name in names:
        assert squeeze(f"x{name}") in text
        assert squeeze(f"a{name}(b)") in text


def test_letters_of_other_languages_are_printed():
    name = "Ysgol Llŷn, Żółć, Ñandú, Σχολείο, Школа — “x” £ € ½ ≥"
    assert squeeze(name) in squeeze(read_pdf(render_pdf(wrap_page(f"<h2>{name}</h2>"))).text)


def test_a_character_no_font_holds_does_not_cost_the_report():
    pdf = render_pdf(wrap_page("<p>Oak 🏫 学校 School</p>", school="Oak 🏫"))
    assert check_pdf(pdf) == []
    assert "Oak" in read_pdf(pdf).text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<img src="data:image/png;base64,aGk=">', "image 1 has no description"),
        ('<img alt="x" src="map.png">', "image 1 is not held in the page"),
        ('<img alt="x" src="file:///etc/passwd">', "image 1 is not held in the page"),
        ('<img alt="x" src="data:image/png;base64,!!">', "image 1 is not readable"),
        ('<img alt="x" src="data:image/png;base64,aGk=">', "the PDF cannot be set"),
    ],
)
def test_an_image_that_cannot_be_printed_or_described_stops_the_report(body: str, said: str):
    with pytest.raises(FailedReport, match=said) as refused:
        render_pdf(wrap_page(body, urn="116794", school="Oak School"))
    assert refused.value.urn == 116794
    assert "Oak School" in str(refused.value)


@pytest.mark.slow
def test_officers_plain_and_coded_parts_print_too():
    cells = (
        new_markdown_cell("- one\n    - nested `code #x`\n\n> quoted\n\n| a | b |\n|---|---:|\n| c | 1 |"),
        new_code_cell("f(x) # y", metadata={"tags": ["show-input"]}, outputs=[show("<p>H<sub>2</sub>O<br>x</p><hr>")]),
    )
    page = render_html(make_notebook(*cells), officer=True)
    text = squeeze(read_pdf(render_pdf(page)).text)
    assert check_html(page) == []
    for words in ("Forofficers.Notintheschool'scopy.", "code#x", "quoted", "f(x)#y", "H2O"):
        assert words in text


@pytest.mark.slow
def test_every_rating_is_said_in_words(pdf: bytes):
    text = read_pdf(pdf).text
    assert text.count("Strength") >= sum(rating == "strength" for *_, rating in INDICATORS)
    assert "Not rated" in text


FORK = """
import os, signal, sys
from pipeline.render.pdf import load_typesetting, render_pdf
load_typesetting()
assert len(os.listdir("/proc/self/task")) == 1, "a thread was started"
child = os.fork()
if child == 0:
    signal.alarm(60)
    os._exit(0 if render_pdf(sys.stdin.read()).startswith(b"%PDF") else 1)
sys.exit(os.waitpid(child, 0)[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="only Linux tells of its threads there")
def test_a_process_that_has_loaded_everything_can_be_forked(page: str):
    quiet = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # numpy's threads are not ours
    subprocess.run([sys.executable, "-c", FORK], input=page, encoding="utf-8", env=quiet, check=True)
