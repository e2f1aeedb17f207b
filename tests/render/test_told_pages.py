"""A page told in another language: everything a reader meets, in whatever way, and pictures' words where they stood."""

from __future__ import annotations

import base64
import re

import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure

from pipeline.render.language.book import BookFile, PhraseBook
from pipeline.render.language.page import reword_page, tell_page
from pipeline.render.language.pictures import UntoldPicture, letter_again
from pipeline.render.language.telling import Teller
from pipeline.report.charts import draw_chart

WORDS = {"School": "Ysgol", "England {number}": "Lloegr {number}", "not yet published": "heb ei gyhoeddi"}
LONG = "words of a title that take two lines of a picture"


def draw(*words: str, **look) -> str:
    drawing = Figure(figsize=(3, 2))
    for place, one in enumerate(words):
        drawing.text(0.1, 0.2 + 0.2 * place, one, **look)
    return draw_chart(drawing, id="x", caption="A caption.", alt="What is seen.").svg.decode()


def embed(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def read_words(svg: str) -> list[str]:
    return re.findall("<!-- (.*?) -->", svg)


def test_words_in_a_picture_are_set_again_where_they_stood():
    svg = draw("School", "England 62%", "2022/23")
    told = letter_again(svg, {"School": "Ysgol", "England 62%": "Lloegr 62%"}.get)
    assert read_words(told) == ["Ysgol", "Lloegr 62%", "2022/23"]
    places = re.compile(r'translate\([^"]+\) scale[^"]+"')
    assert places.findall(told) == places.findall(svg) != []
    assert told.count("<use") < svg.count("<use")  # of the year alone
    assert letter_again(svg, {"School": "Ysgol", "England 62%": "Lloegr 62%"}.get) == told


def test_lines_that_belong_together_are_told_together_and_broken_again():
    svg = draw("words of a title that\ntake two lines of a picture")
    told = letter_again(svg, {LONG: "geiriau teitl mewn dwy linell"}.get)
    assert read_words(told) == ["geiriau teitl", "mewn dwy linell"]


@pytest.mark.parametrize(
    ("said", "why"), [(None, "no phrase tells"), ("gair " * 30, "too long for their place: say it shorter")]
)
def test_a_picture_whose_words_cannot_be_set_again_is_refused(said, why):
    with pytest.raises(UntoldPicture, match=why):
        letter_again(draw("School"), {"School": said}.get)


def test_words_that_stand_upright_are_measured_upwards():
    svg = draw("School", rotation=90)
    assert read_words(letter_again(svg, {"School": "Ysgol"}.get)) == ["Ysgol"]
    with pytest.raises(UntoldPicture, match="too long"):
        letter_again(svg, {"School": "gair " * 12}.get)


def test_the_words_of_an_altair_chart_are_replaced():
    svg = '<svg viewBox="0 0 9 9"><text x="1"><tspan>School</tspan></text><text>Tom &amp; &lt;b&gt;</text></svg>'
    told = letter_again(svg, {"School": "Ysgol", "Tom & <b>": "<i> a Tom"}.get)
    assert "<tspan>Ysgol</tspan>" in told and "<text>&lt;i&gt; a Tom</text>" in told


PAGE = """<!DOCTYPE html><html lang="en-GB"><head><title>School</title>
<meta name="description" content="School"><meta name="urn" content="900001">
<style>h2 {{ content: "Unseen"; }}</style></head>
<body><main><h2 id="school">School</h2><p>34% &ndash; 12</p><p><strong>School</strong> England 5%</p>
<div role="region" aria-label="School"><img alt="School" src="{picture}"></div>
<table id="t"><caption>School</caption>
<tr><td><svg data-plot=";;0.1;School|5%"><text>School</text></svg></td></tr></table>
<!-- School --></main></body></html>"""


@pytest.fixture
def teller() -> Teller:
    return Teller(PhraseBook([BookFile(language="cy", phrases=WORDS)]), ())


def test_everything_that_a_reader_meets_is_told(teller):
    page = BeautifulSoup(PAGE.format(picture=embed(draw("School"))), "html.parser")
    assert tell_page(page, teller) == []
    assert page.title.string == page.h2.string == page.caption.string == page.strong.string == "Ysgol"
    assert page.img["alt"] == page.find(role="region")["aria-label"] == page.find("meta")["content"] == "Ysgol"
    assert page.svg["data-plot"] == ";;0.1;Ysgol|5%" and page.svg.get_text() == "Ysgol"
    assert "Lloegr 5%" in page.get_text() and "34% – 12" in page.get_text()
    assert page.h2["id"] == "school" and 'content: "Unseen"' in page.style.string
    assert read_words(base64.b64decode(page.img["src"].partition(",")[2]).decode()) == ["Ysgol"]


def test_what_is_untold_is_named_by_its_place_and_left(teller):
    body = '<h2>School</h2><p>School. Nobody knows 12.</p><table id="t"><tr><td title="Who">5</td></tr></table>'
    body += '<img alt="School" src="data:image/png;base64,AAAA">'
    page = BeautifulSoup(f"<body>{body}</body>", "html.parser")
    untold = tell_page(page, teller)
    assert [(one.place, one.text, one.pattern) for one in untold] == [
        ("under 'Ysgol'", "School.", "School."),
        ("title of table t", "Who", "Who"),
        ("the picture 'Ysgol', under 'Ysgol'", "a picture of dots", ""),
    ]
    assert "Nobody knows 12." in page.get_text()


def test_an_organisations_own_words_replace_ours_in_text_and_pictures(teller):
    page = BeautifulSoup(PAGE.format(picture=embed(draw("School", "Other"))), "html.parser")
    page.h2.string = "Nobody knows"
    reword_page(page, teller)
    assert page.h2.string == "Nobody knows" and page.caption.string == "Ysgol"
    assert read_words(base64.b64decode(page.img["src"].partition(",")[2]).decode()) == ["Ysgol", "Other"]
