"""A cell that draws its row: the same places on the page and on paper, and nothing that a file could slip in."""

from __future__ import annotations

import re
from html import escape

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from pipeline.render.typst_source import UndescribedDrawing, compose_typst
from pipeline.report.exhibits import Column, Remainder, Table
from pipeline.report.plotted import EDGE, HEIGHT, WIDTH, Mark, Plotted

ROW = Plotted((Mark("england", 0.64), Mark("similar", 0.55), Mark("school", 0.5, "gap")), (0.45, 0.59), (0.0, 0.5, 1.0))
AXIS = Plotted(ticks=(0.0, 0.5, 1.0), labels=("0%", "50%", "100%"))


def read_drawing(cell: Plotted):
    (drawing,) = BeautifulSoup(cell.drawing, "html.parser").contents
    return drawing


def tabulate(*cells: Plotted) -> str:
    columns = (Column("Measure"), Column("Drawn"), Column("School"))
    rows = ((f"Row {number}", cell, "52%") for number, cell in enumerate(cells))
    return str(Table("measures", "Every measure", columns, tuple(rows)).html())


def compose(html: str) -> str:
    return compose_typst(BeautifulSoup(f"<main>{html}</main>", "html.parser").main, {}).text


def test_a_cell_draws_the_school_its_range_england_similar_schools_and_ticks():
    drawing = read_drawing(ROW)
    assert drawing["viewbox"] == f"0 0 {WIDTH} {HEIGHT}"
    assert [(path["class"], path.get("data-rating")) for path in drawing.find_all("path")] == [
        *([(["tick"], None)] * 3),
        (["span"], "gap"),
        (["england"], ""),
        (["similar"], ""),
        (["school"], "gap"),  # the last, so that nothing hides it
    ]
    assert drawing.find(class_="span")["d"] == "M90.5 10H117.1"
    assert drawing.find(class_="england")["d"] == "M126.6 2V18"


def test_its_places_are_told_once_more_for_whoever_draws_it_again():
    assert read_drawing(ROW)["data-plot"] == (
        "0.4500 0.5900;england:0.6400::0 similar:0.5500::0 school:0.5000:gap:0;0.0000 0.5000 1.0000;"
    )


@pytest.mark.parametrize("rating", ["strength", "gap", "in-line", "no-clear-difference"])
def test_a_rating_has_a_shape_as_well_as_a_colour(rating):
    def outline(of: str) -> str:
        return read_drawing(Plotted((Mark("school", 0.5, of),))).find(class_="school")["d"]

    others = {"strength", "gap", "in-line", "no-clear-difference"} - {rating}
    assert outline(rating) not in {outline(other) for other in others}


def test_a_predecessors_mark_is_hollow():
    marks = (Mark("school", 0.5, hollow=True), Mark("england", 0.6))
    drawing = read_drawing(Plotted(marks))
    assert drawing.find(class_="school").has_attr("data-hollow")
    assert not drawing.find(class_="england").has_attr("data-hollow")
    assert '("school", 0.5000, "", true)' in compose(tabulate(Plotted(marks)))


def test_a_cell_with_labels_is_an_axis_and_its_outer_labels_stay_inside():
    drawing = read_drawing(AXIS)
    assert drawing.find("path") is None
    assert [(text.string, text["text-anchor"]) for text in drawing.find_all("text")] == [
        ("0%", "start"),
        ("50%", "middle"),
        ("100%", "end"),
    ]
    assert str(AXIS) == "0%  50%  100%"  # all that a terminal shows of it
    assert str(ROW) == ""


def test_a_screen_reader_passes_a_drawing_over():
    assert read_drawing(ROW)["aria-hidden"] == read_drawing(AXIS)["aria-hidden"] == "true"


@pytest.mark.parametrize("cell", [ROW, AXIS])
def test_it_says_nothing_of_how_it_looks(cell):
    assert not re.search(r"style|fill|stroke|colou?r", cell.drawing)


@pytest.mark.slow
@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_what_lies_beyond_an_end_is_held_at_it(at, end):
    marks = tuple(Mark(kind, at, "in-line" * (kind == "school")) for kind in ("school", "england", "similar", "others"))
    drawing = read_drawing(Plotted(marks, (min(at, end), max(at, end)), (at,)))
    for path in drawing.find_all("path"):
        first = float(re.match(r"M(-?[\d.]+) ", path["d"])[1])
        assert EDGE - 4.5 <= first <= WIDTH - EDGE
    low, high = map(float, re.fullmatch(r"M([\d.]+) 10H([\d.]+)", drawing.find(class_="span")["d"]).groups())
    assert EDGE <= low <= high <= WIDTH - EDGE
    places = [float(number) for number in re.findall(r"\d+\.\d{4}", drawing["data-plot"])]
    assert len(places) == 7 and all(0 <= place <= 1 for place in places)


UNTRUSTED = ('"><script>alert(1)</script>', "</svg><h1>x", "St Mary's & St John's", "#panic()", '")]\n#x', "&lt;")


@pytest.mark.parametrize("label", UNTRUSTED)
def test_a_label_stays_text_on_the_page_and_on_paper(label):
    cell = Plotted(ticks=(0.5,), labels=(label,))
    drawing = read_drawing(cell)
    assert {tag.name for tag in drawing.find_all()} == {"text"} and drawing.find("text").string == label
    source = compose(tabulate(cell))
    (printed,) = re.findall(r"#plotted\(span: none, marks: \(\), ticks: \(0\.5000,\), labels: \((.*),\)\);", source)
    assert re.fullmatch(r'"(?:[^"\\\n]|\\.)*"', printed)  # one string of Typst: nothing ends it before its end


def test_paper_draws_a_cell_from_the_same_places():
    source = compose(tabulate(ROW, AXIS))
    assert (
        '#plotted(span: (0.4500, 0.5900), marks: (("england", 0.6400, "", false),("similar", 0.5500, "", false),'
        '("school", 0.5000, "gap", false),), ticks: (0.0000,0.5000,1.0000,), labels: ());'
    ) in source
    assert ('#plotted(span: none, marks: (), ticks: (0.0000,0.5000,1.0000,), labels: ("0%","50%","100%",));') in source
    assert "drawn-width" in source  # the column is as wide as a drawing


@pytest.mark.parametrize(
    "plot",
    [
        "",
        "nonsense",
        "0.5;;;",  # a range has two ends
        "0.4 0.5;school:0.5:gap;;",  # a mark has four parts
        "0.4 0.5;school:#panic():gap:0;;",
        "0.4 0.5;school:0.5:gap:0;#panic();",
        '0.4 0.5;sch"ool:0.5:gap:0;;',
        "0.4.1 0.5;school:0.5:gap:0;;",  # Typst could not read such a number
        "0.4 0.5;school:.:gap:0;;",
        "0.4 0.5;school:0.5:gap:0england:0.5::0;;",
        "0.4 0.5;school:0.5:gap:0;. 1;",
    ],
)
def test_paper_draws_nothing_from_places_that_are_not_written_so(plot):
    svg = f'<svg class="plotted" data-plot="{escape(plot)}"></svg>'
    source = compose(f"<table><tr><th>Row</th><td>{svg}</td><td>52%</td></tr></table>")
    assert "#plotted(" not in source and "panic" not in source and "52%" in source


@pytest.mark.parametrize("opening", ["<svg>", '<svg class="chart" data-plot=";;;">', '<svg data-plot=";;;">'])
def test_any_other_drawing_is_refused_for_want_of_a_description(opening):
    with pytest.raises(UndescribedDrawing):
        compose(f'<table><tr><th>Row</th><td>{opening}<path d="M0 0"/></svg></td></tr></table>')


def test_a_rows_remainder_takes_all_columns_that_are_left():
    columns = (Column("Measure"), Column("Drawn"), Column("School"), Column("England"))
    table = Table("measures", "Every measure", columns, (("Scale", AXIS, Remainder("Per cent of pupils")),))
    assert '<td colspan="2">Per cent of pupils</td>' in table.html()
