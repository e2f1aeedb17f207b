"""Exhibits cannot exist undescribed, and no text in them is ever taken for markup."""

import sys
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.foundation.vocabulary import Rating
from pipeline.report.charts import draw_chart
from pipeline.report.exhibits import (
    Bullets,
    Chart,
    Column,
    Exhibit,
    Exhibits,
    Facts,
    Heading,
    Notice,
    Paragraph,
    Rated,
    Section,
    Table,
    UndescribedExhibit,
    clean_text,
)
from pipeline.report.pictures import describe
from tests.conftest import count_examples

COLUMNS = (Column("School"), Column("Value", numeric=True))


@pytest.mark.parametrize(
    ("caption", "alt", "complaint"),
    [
        ("Results by year", "", "no alternative text"),
        ("Results by year", " \n ", "no alternative text"),
        ("Results by year", "results by year.", "repeats the caption"),
        ("Results by year", "a" * 601, "601 characters"),
        ("", "A line that rises.", "no caption"),
    ],
)
def test_a_figure_without_a_description_cannot_be_made(caption, alt, complaint):
    with pytest.raises(UndescribedExhibit, match=complaint):
        Chart("results", caption, alt, b"<svg/>")


def test_the_complaint_says_which_figure_and_what_to_do():
    with pytest.raises(UndescribedExhibit) as raised:
        Chart("results", "Results by year", "", b"<svg/>")
    assert str(raised.value) == (
        "figure 'results': it has no alternative text\n    Say in a sentence or three what a sighted reader sees in it."
    )


@pytest.mark.parametrize(
    ("caption", "columns", "rows", "complaint"),
    [
        ("", COLUMNS, (("A", "1"),), "no caption"),
        ("Results", (Column("School"), Column(" ")), (("A", "1"),), "no heading"),
        ("Results", COLUMNS, (("A", "1"), ("", "2")), "row 2 has no row header"),
        ("Results", COLUMNS, (("A",),), "1 cells for 2 columns"),
        ("Results", COLUMNS, (), "no rows"),
    ],
)
def test_a_table_without_caption_or_headers_cannot_be_made(caption, columns, rows, complaint):
    with pytest.raises(UndescribedExhibit, match=complaint):
        Table("results", caption, columns, rows)


def test_an_id_that_could_break_a_page_is_refused():
    with pytest.raises(UndescribedExhibit, match="id"):
        Chart('x" onload="', "Caption", "What it shows.", b"<svg/>")


def test_a_table_has_a_caption_and_scoped_headers_and_says_ratings_in_words():
    table = Table(
        "results", "Results", (*COLUMNS, Column("Rating")), (("Maths", "−3", Rated(Rating.IN_LINE)),), "Note."
    )
    assert str(table.html()) == (
        '<table id="results">\n<caption>Results</caption>\n<thead>\n<tr>\n'
        '<th scope="col">School</th>\n<th scope="col" class="figure-number">Value</th>\n<th scope="col">Rating</th>\n'
        '</tr>\n</thead>\n<tbody>\n<tr>\n<th scope="row">Maths</th>\n<td class="figure-number">−3</td>\n'
        '<td><span class="rating" data-rating="in-line">in line</span></td>\n</tr>\n</tbody>\n</table>\n'
        '<div class="note"><p>Note.</p></div>'
    )


class _Styles(HTMLParser):
    """The texts of the style elements of a fragment."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self._inside = tag == "style"

    def handle_data(self, data):
        self.found += [data] if self._inside else []
        self._inside = False


def test_a_notebook_aligns_words_left_and_numbers_right_where_jupyterlab_sets_all_right():
    table = Table("results", "Results", COLUMNS, (("Maths", "−3"),))
    facts = Facts((("Local authority", "Worcestershire"),))
    shown = Exhibits((Heading("Both"), Section((table,)), facts))._repr_mimebundle_()["text/html"]
    (style,) = _Styles(shown).found
    assert "#results th, #results td { text-align: left; }" in style
    assert "#results .figure-number { text-align: right; }" in style
    assert "gap: 0.2em 1.5em" in style  # else a term touches its value
    assert shown.endswith(str(Exhibits((Heading("Both"), Section((table,)), facts)).html()))
    assert "<style" not in Paragraph("Words.")._repr_mimebundle_()["text/html"]
    assert "<style" not in str(table.html())


def test_a_picture_of_ones_own_is_described_once_it_is_drawn():
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing()
    describe("  Two bars:\n3 and 4. ", drawing)
    assert drawing.get_label() == "Two bars: 3 and 4."
    for words, complaint in ((" ", "is empty"), ("a" * 601, "601 characters")):
        with pytest.raises(UndescribedExhibit, match=complaint):
            describe(words, drawing)


def test_a_description_without_a_picture_says_what_to_do(monkeypatch):
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    with pytest.raises(UndescribedExhibit, match="Draw first, then describe"):
        describe("Two bars.")


def test_a_table_reads_well_in_a_terminal():
    table = Table("results", "Results", COLUMNS, (("Maths", "−3"), ("A very long name " * 8, "suppressed")))
    lines = table.text().splitlines()
    assert lines[:4] == [
        "Results",
        f"{'School':<88}  {'Value':>10}",
        f"{'-' * 88}  {'-' * 10}",
        f"{'Maths':<88}  {'−3':>10}",
    ]
    assert max(map(len, lines)) <= 100


def test_a_cell_shows_html_and_text():
    assert set(Paragraph("Hello.")._repr_mimebundle_()) == {"text/html", "text/plain"}


class _Reader(HTMLParser):
    """Which elements and which texts a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words += data


def _read(exhibit: Exhibit) -> _Reader:
    reader = _Reader()
    reader.feed(str(exhibit.html()))
    reader.close()
    return reader


def _show(name: str) -> Exhibits:
    """``name`` in every place of every kind of exhibit."""
    return Exhibits(
        (
            Heading(name, 1),
            Paragraph(name, lead=name),
            Bullets((name,)),
            Facts(((name, name),)),
            Notice(name, "warning"),
            Section((Paragraph(name),), "category-panel", "3"),
            Table("results", f"Caption {name}", (Column(f"x{name}"), Column("y")), ((f"x{name}", name),), name),
            Chart("figure", f"Caption {name}", f"What it shows: {name}", b"<svg/>"),
        )
    )


AWKWARD = st.text(min_size=1, max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        '" onerror="alert(1)',
        "</td></table><h1>x",
        "#set page(fill: red) $x^2$ *bold* _it_ `code` @ref",
        "St Mary's & St John's\nCofE\r\nPrimary",
        "{{ urn }} {% raw %}",
        "\u202egnirts\u0000\u200b",
        "&lt;b&gt;",
    ]
)


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(AWKWARD)
def test_whatever_a_name_holds_it_stays_text(name):
    plain, awkward = _read(_show("School")), _read(_show(name))
    assert awkward.tags == plain.tags
    assert [key for key, _ in awkward.attributes] == [key for key, _ in plain.attributes]
    assert clean_text(name) in " ".join(awkward.words.split()) or not clean_text(name)


@pytest.mark.slow
@given(AWKWARD)
def test_clean_text_is_one_line_that_cleaning_leaves_alone(name):
    cleaned = clean_text(name)
    assert cleaned == clean_text(cleaned)
    assert cleaned.isprintable() or not cleaned


def _clean_each_character(text: str) -> str:
    """What clean_text does, without its short way for text that is clean already."""
    spaced = "".join(" " if char.isspace() else char for char in text)
    dropped = ("Cc", "Cf", "Cs", "Co", "Cn")
    return " ".join("".join(char for char in spaced if unicodedata.category(char) not in dropped).split())


@pytest.mark.slow
@given(AWKWARD)
def test_clean_text_is_the_same_by_the_short_way_and_the_long(name):
    assert clean_text(name) == _clean_each_character(name)


@pytest.mark.slow
def test_the_short_way_of_clean_text_holds_for_every_character_there_is():
    every = map(chr, range(0x110000))
    assert [char for char in every if char.isprintable() and clean_text(char) != _clean_each_character(char)] == []


@pytest.mark.slow
def test_an_analysts_own_figure_becomes_an_exhibit_with_the_same_bytes_every_time():
    from matplotlib.figure import Figure as Drawing

    def draw():
        drawing = Drawing(figsize=(2, 1))
        drawing.subplots().plot([1, 2, 3])
        return draw_chart(drawing, id="own", caption="Our own", alt="A line that rises from 1 to 3.")

    first, second = draw(), draw()
    assert first.svg == second.svg
    assert b"<dc:date>" not in first.svg
