"""Each check finds the fault it is for; the sample without the fault passes (see test_html and test_pdf)."""

from __future__ import annotations

import io

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_notebook import make_notebook

from pipeline.render.checks import check_html, check_pdf
from pipeline.render.html import render_html
from pipeline.render.pdf import render_pdf
from tests.conftest import count_examples


@pytest.fixture(scope="module")
def page() -> str:
    return render_html(make_notebook())


@pytest.fixture(scope="module")
def pdf(page: str) -> bytes:
    return render_pdf(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('<html lang="en-GB">', "<html>", "does not say its language"),
        ("<h1>", "<h2>", "has 0 first-level headings"),
        ("<h3 id=", "<h4 id=", "skips from level 2 to 4"),
        (' alt="Bar chart', ' data-was="Bar chart', "image 1 has no description"),
        ('<th scope="row">2017', "<th>2017", "the header '2017' has no scope"),
        ("</main>", '<a href="#nowhere">x</a></main>', "leads to '#nowhere'"),
        ("</main>", '<a href="javascript:x()">x</a></main>', "is a script"),
        ("</main>", '<p id="main">x</p></main>', "the id 'main' is used 2 times"),
        ("</main>", "</main><main>x</main>", "has 2 main parts"),
        ("</main>", "<script>1</script></main>", "the page holds a script"),
        ("</main>", '<p onclick="x()">x</p></main>', "holds a script (onclick)"),
        ("</main>", '<img alt="x" src="https://example.org/x.png"></main>', "fetches 'https://example.org/x.png'"),
        ("</style>", "p{background:url(https://example.org/x)}</style>", "a style on the page fetches"),
        ("</style>", "@import 'x.css';</style>", "a style on the page fetches"),
        ("</head>", '<link rel="stylesheet" href="x.css"></head>', "fetches 'x.css' for <link>"),
        ("</main>", "<pre>Traceback (most recent call last)</pre></main>", "Python traceback"),
        ('alt="Bar', 'alt="No description has been provided for this image. Bar', "was stamped"),
        ('alt="Bar', 'alt="No&#32;description has been provided for this image. Bar', "was stamped"),
        ('<meta content="116794" name="urn"', "<meta", "has no URN"),
        ("URN 116794", "URN", "does not hold its URN"),
    ],
)
def test_a_fault_in_a_page_is_found(page: str, old: str, new: str, said: str):
    from bs4 import BeautifulSoup

    marked = str(BeautifulSoup(page, "html.parser")) if old.startswith("<meta") else page
    old = '<meta content="116794" name="urn"/>' if old.startswith("<meta") and old not in marked else old
    if old.startswith("<meta"):
        marked, old, new = page, '<meta name="urn" content="116794">', ""
    assert old in marked
    assert any(said in fault for fault in check_html(marked.replace(old, new)))


@pytest.mark.parametrize("told", ["", " \n", "<!DOCTYPE html>\0<script>1</script>"])
def test_a_page_that_its_reader_would_not_see_whole_is_at_fault(told: str):
    assert check_html(told) == ["the page is empty, or holds a character that ends it"]


@pytest.mark.slow
def test_a_report_on_no_school_needs_no_urn(page: str):
    area = page.replace('<meta name="kind" content="school">', '<meta name="kind" content="area">').replace(
        "116794", ""
    )
    assert check_html(area) == []


def test_an_untagged_pdf_is_refused():
    import typst

    faults = check_pdf(typst.compile(b"= Title", format="pdf", pdf_tags=False), 116794)
    for said in (
        "not marked as tagged",
        "no title",
        "not declare PDF/UA-1",
        "no tags",
        "do not hold URN",
        "not print URN",
    ):
        assert any(said in fault for fault in faults), said


def test_a_figure_without_description_is_found():
    import typst

    source = b'= Title\n#figure(rect(width: 1cm), alt: "x")\n'
    described = typst.compile(source, format="pdf")
    bare = typst.compile(source.replace(b', alt: "x"', b""), format="pdf")
    assert not any("no description" in fault for fault in check_pdf(described))
    assert any("1 of 1 figures have no description" in fault for fault in check_pdf(bare))


@pytest.mark.slow
def test_another_schools_pdf_is_found(page: str):
    faults = check_pdf(render_pdf(page), 16794)
    assert any("do not hold URN 16794" in fault for fault in faults)
    assert "the first page does not print URN 16794" in faults


def test_a_file_that_is_no_pdf_is_said_to_be_none():
    assert any("not a readable PDF" in fault for fault in check_pdf(b"hello"))
    assert any("not a readable PDF" in fault for fault in check_pdf(io.BytesIO().getvalue()))


@pytest.mark.slow
@settings(max_examples=count_examples(60))
@given(st.data())
def test_a_damaged_file_is_judged_in_words_whatever_is_damaged(pdf: bytes, data):
    cut = data.draw(st.integers(0, len(pdf)) | st.just(len(pdf)))
    damaged = bytearray(pdf[:cut])
    for _ in range(data.draw(st.integers(0, 40))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    assert all(isinstance(fault, str) for fault in check_pdf(bytes(damaged), 116794))


@pytest.mark.parametrize("lost", ["half of it", "the last kilobyte"])
def test_a_file_that_was_cut_short_is_a_fault(pdf: bytes, lost: str):
    cut = len(pdf) // 2 if lost == "half of it" else len(pdf) - 1024
    assert check_pdf(pdf) == []
    assert check_pdf(pdf[:cut]) != []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("/StructTreeRoot", "(words)"),
        ("/StructTreeRoot", "<< /K [1 2 << /S 3 >>] >>"),
        ("/MarkInfo", "[]"),
        ("/Metadata", "7"),
        ("/Lang", "()"),
    ],
)
def test_a_part_of_the_wrong_kind_is_a_fault(pdf: bytes, name: str, value: str):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.Root[name] = pikepdf.Object.parse(value.encode())
        written = io.BytesIO()
        document.save(written)
    assert check_pdf(written.getvalue(), 116794) != []


def test_tags_that_go_round_in_a_circle_are_a_fault(pdf: bytes):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root.StructTreeRoot
        first = root.K[0] if isinstance(root.K, pikepdf.Array) else root.K
        first.K = pikepdf.Array([first])
        written = io.BytesIO()
        document.save(written)
    assert any("several places" in fault for fault in check_pdf(written.getvalue()))
