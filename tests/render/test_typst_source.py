"""From a page to Typst source: no word is lost, white space is a browser's, tables are whole."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.render.typst_source import TypstSource, UndescribedDrawing, compose_typst
from tests.conftest import count_examples

BLOCKS = ("p", "div", "section", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "table", "tr", "td", "th", "thead")
INLINES = ("b", "em", "span", "a", "code", "q", "sup", "kbd", "details", "custom-element", "caption", "figure", "h2")


def write(body: str) -> TypstSource:
    page = BeautifulSoup(f"<main>{body}</main>", "html.parser")
    return compose_typst(page.main, {id(image): "figure.svg" for image in page.find_all("img")})


def read_words(source: str) -> str:
    """The text of every string that is printed."""
    return "".join(re.findall(r'(?:#|#raw\()"((?:[^"\\]|\\.)*)"', source))


NESTED = st.recursive(
    st.sampled_from(["one", "two ", " three", "<br>", "<!-- unseen -->"]),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(BLOCKS[:4] + INLINES[:9]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@pytest.mark.slow
@settings(max_examples=count_examples(150))
@given(NESTED)
def test_every_word_is_printed_once_however_elements_are_nested(body: str):
    # A list holds items alone, which is how browsers and notebooks write one.
    body = re.sub(r"<(ul)>(.*?)</\1>", r"<\1><li>\2</li></\1>", body)
    printed = read_words(write(body).text)
    said = BeautifulSoup(body, "html.parser").get_text()
    assert sorted(re.findall("one|two|three", printed)) == sorted(re.findall("one|two|three", said))


@pytest.mark.parametrize("tag", [*BLOCKS, *INLINES])
def test_an_element_where_it_does_not_belong_keeps_its_words(tag: str):
    assert "astray" in read_words(write(f"<p>a</p><{tag}>astray</{tag}>").text)
    assert "astray" in read_words(write(f"<div><{tag}><p>astray</p></{tag}></div>").text)


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        ("<p> a\n  b </p>", '#"a b";'),
        ("<p>a <b> b </b> c</p>", '#"a ";#strong[#"b ";];#"c";'),
        ("<p>a <br> b</p>", '#"a";#linebreak();#"b";'),
        ("<p>a<b>b</b> </p>", '#"a";#strong[#"b";];'),
        ("<p>a<!-- c -->b</p>", '#"ab";'),
        ("<p>£5\N{NO-BREAK SPACE}m </p>", '#"£5\N{NO-BREAK SPACE}m";'),
        ("<p>x <code>y</code> </p>", '#"x ";#raw("y");'),
    ],
)
def test_white_space_is_what_a_browser_shows(body: str, printed: str):
    assert write(body).text.strip() == printed


def test_a_bare_word_is_no_paragraph_and_a_paragraph_is_one():
    assert write("<div>a</div>").text == '#"a";\n'
    assert write("<p>a</p>").text == '#"a";\n\n'
    assert write("<div>a</div><div>b</div>").text == '#"a";\n\n#"b";\n'


def test_rows_are_filled_and_cells_that_reach_down_count():
    table = (
        "<tr><th scope=row>a</th><td rowspan=2>b</td><td>c</td></tr><tr><td>d</td></tr><tr><td colspan=2>e</td></tr>"
    )
    source = write(f"<table>{table}</table>")
    assert source.row_headers == (1, 0, 0)
    assert '#table-exhibit("", 3, 3,' in source.text
    assert source.text.count("cell(") == 3 + 2 + 2


def test_headings_of_a_table_stand_apart_and_its_foot_comes_last():
    body = "<tfoot><tr><td>foot</td></tr></tfoot><tbody><tr><td>row</td></tr></tbody>"
    source = write(f"<table><thead><tr><th>head</th></tr></thead>{body}</table>").text
    assert re.findall(r'#"(\w+)"', source) == ["head", "row", "foot"]
    assert source.index("head") < source.index("rows: (") < source.index('row";')


def test_few_rows_of_many_words_may_go_on_to_another_page():
    """Thirteen rows that filled more than a page ran off its foot, one over the other."""
    full, brief = ("".join(f"<tr><td>A school</td><td>{words}</td></tr>" for _ in range(13)) for words in (
        "Beside England, probably: maths 55% (73%). " * 8, "none",
    ))  # fmt: skip
    assert "tall: true" in write(f"<table>{full}</table>").text
    assert "tall" not in write(f"<table>{brief}</table>").text


def test_a_drawing_without_an_image_around_it_is_refused():
    with pytest.raises(UndescribedDrawing):
        write("<p><svg><text>1</text></svg></p>")


def test_the_page_is_left_as_it_was():
    page = BeautifulSoup("<main><nav>n</nav><div class=scroll><table><tr><td>1</table></div></main>", "html.parser")
    before = str(page)
    assert "n" not in read_words(compose_typst(page.main, {}).text)
    assert str(page) == before
