"""The page: what an analyst puts into a notebook reaches it, what a reader could not use is refused."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from sample_notebook import CHART, SCHOOL, make_facts, make_figure, make_notebook, show

from pipeline.foundation.errors import FailedReport
from pipeline.render.checks import check_html
from pipeline.render.html import render_html
from tests.conftest import count_examples

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\n"


def read(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def refuse(*cells) -> str:
    notebook = make_notebook(*cells)
    notebook.cells = [*notebook.cells[:4], *notebook.cells[15:]]
    with pytest.raises(FailedReport) as refused:
        render_html(notebook)
    assert refused.value.urn == 116794
    return str(refused.value)


@pytest.mark.slow
def test_the_sample_report_has_no_fault():
    assert check_html(render_html(make_notebook())) == []
    assert check_html(render_html(make_notebook(), officer=True)) == []


@pytest.mark.slow
def test_the_page_says_whose_it_is():
    page = read(render_html(make_notebook()))
    named = {tag["name"]: tag["content"] for tag in page.find_all("meta", attrs={"name": True})}
    assert page.html["lang"] == "en-GB"
    assert named["urn"] == "116794"
    assert named["edition"] == "Worcestershire, autumn 2019"
    assert named["author"] == "Worcestershire County Council"
    assert "URN 116794 · Worcestershire, autumn 2019 · 1 November 2019" in page.main.get_text()


@pytest.mark.slow
def test_code_logs_facts_and_officers_cells_stay_out():
    html = render_html(make_notebook())
    for hidden in ("show_category()", "WARNING noise", "facts of 116794", "For officers", "data-cell"):
        assert hidden not in html


@pytest.mark.slow
def test_officers_see_their_cells_marked_as_theirs():
    page = read(render_html(make_notebook(), officer=True))
    assert "For officers" in page.find(class_="officer-only").get_text()
    assert page.find(class_="officer-label").get_text() == "For officers. Not in the school's copy."


@pytest.mark.slow
def test_a_section_whose_code_shows_nothing_is_left_out():
    notebook = make_notebook(
        new_markdown_cell("## Nothing here\n\nIts introduction."),
        new_code_cell("show_nothing()"),
        new_markdown_cell("## Prose alone"),
        new_markdown_cell("## Kept for its own words"),
        new_code_cell("show_nothing()"),
        new_markdown_cell("An analyst's remark."),
        new_markdown_cell("## Shown"),
        new_code_cell("show_nothing()"),
        new_code_cell("show()", outputs=[show("<p>There.</p>")]),
    )
    headings = [heading.get_text() for heading in read(render_html(notebook)).main.find_all("h2")]
    assert [
        name for name in headings if name in ("Nothing here", "Prose alone", "Kept for its own words", "Shown")
    ] == [
        "Prose alone",
        "Kept for its own words",
        "Shown",
    ]
    assert "Its introduction." not in render_html(notebook)


@pytest.mark.slow
def test_a_cell_may_show_its_code():
    cell = new_code_cell("rate(school) < 1", metadata={"tags": ["show-input"]})
    assert read(render_html(make_notebook(cell))).find("pre", class_="code").get_text() == "rate(school) < 1"


@pytest.mark.slow
def test_printed_text_and_plain_results_reach_the_page():
    cell = new_code_cell(
        "",
        outputs=[
            new_output("stream", name="stdout", text="12 < 20 pupils\n"),
            new_output("execute_result", data={"text/plain": "0.5 & more"}),
        ],
    )
    printed = [block.get_text().strip() for block in read(render_html(make_notebook(cell))).find_all("pre")]
    assert printed == ["12 < 20 pupils", "0.5 & more"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["image/png", "image/svg+xml"])
def test_a_plain_figure_keeps_its_description(kind: str):
    picture = PNG if kind == "image/png" else CHART
    output = new_output(
        "display_data", data={kind: picture, "text/plain": "<Figure>"}, metadata={kind: {"alt": "A <bar>"}}
    )
    image = read(render_html(make_notebook(new_code_cell("plot()", outputs=[output])))).find_all("img")[-1]
    assert image["alt"] == "A <bar>"
    assert image["src"].startswith(f"data:{kind};base64,")


@pytest.mark.slow
def test_an_image_attached_to_prose_is_held_in_the_page():
    cell = new_markdown_cell("![A map](attachment:map.png)", attachments={"map.png": {"image/png": PNG.strip()}})
    image = read(render_html(make_notebook(cell))).find("img", alt="A map")
    assert image["src"] == f"data:image/png;base64,{PNG.strip()}"


@pytest.mark.slow
def test_a_drawing_does_not_carry_the_time_it_was_made():
    dated = CHART.replace("<rect", "<metadata><date>2031-01-01T10:00</date></metadata><rect", 1)
    pages = [
        render_html(
            make_notebook(
                new_code_cell(
                    "", outputs=[new_output("display_data", data={"image/svg+xml": svg}, metadata={"alt": "Bars"})]
                )
            )
        )
        for svg in (CHART, dated)
    ]
    assert pages[0] == pages[1]


def test_a_figure_without_description_is_refused_and_its_cell_named():
    output = new_output("display_data", data={"image/png": PNG, "text/plain": "<Figure>"})
    said = refuse(new_code_cell("# trend\nplot_trend()", outputs=[output]))
    assert "cell 5 (# trend): an image has no description" in said
    assert "metadata={'image/png': {'alt'" in said


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (new_markdown_cell(f"![](data:image/png;base64,{PNG.strip()})"), "cell 5 (![](data"),
        (new_markdown_cell(f'<img src="data:image/png;base64,{PNG.strip()}">'), "an image has no description"),
        (new_code_cell("x", outputs=[show(make_figure(alt=" "))]), "cell 5 (x): an image has no description"),
        (new_markdown_cell("![A map](map.png)"), "'map.png' is not part of the notebook"),
        (new_markdown_cell("![A map](https://example.org/map.png)"), "is not part of the notebook"),
        (new_code_cell("y", outputs=[show("<script>alert(1)</script>")]), "cell 5 (y): its output holds <script>"),
        (new_code_cell("y", outputs=[show('<p onclick="x()">a</p>')]), "a script (onclick)"),
        (new_code_cell("1/0", outputs=[new_output("error", ename="ZeroDivisionError", evalue="by 0")]), "ZeroDivision"),
        (new_markdown_cell("#### Too deep"), "'Too deep' is of level 4 right after one of level 2"),
    ],
)
def test_what_a_reader_could_not_use_is_refused(cell, said: str):
    assert said in refuse(cell)


def test_every_fault_is_told_at_once():
    said = refuse(
        new_code_cell("a", outputs=[show("<script></script>")]), new_code_cell("b", outputs=[show("<img src=data:x>")])
    )
    assert "cell 5 (a)" in said
    assert "cell 6 (b)" in said


@pytest.mark.slow
def test_the_notebooks_own_title_is_the_pages_title_and_there_is_one():
    page = read(render_html(make_notebook(new_markdown_cell("# Where the school stands"))))
    assert [heading.get_text() for heading in page.find_all("h1")] == ["Where the school stands"]
    assert "several first-level headings" in refuse(new_markdown_cell("# One"), new_markdown_cell("# Two"))


@pytest.mark.slow
def test_contents_link_to_sections_once_there_are_more_than_five():
    page = read(render_html(make_notebook()))
    links = [link["href"].removeprefix("#") for link in page.nav.find_all("a")]
    assert links == [heading["id"] for heading in page.find_all("h2") if heading["id"] != "contents"]
    short = make_notebook()
    short.cells = short.cells[:5]
    assert read(render_html(short)).nav is None


def test_a_dataframe_gets_header_scopes_and_loses_its_styles():
    html = render_html(make_notebook())
    table = read(html).find("table", class_="dataframe")
    assert [(head.get_text(), head["scope"]) for head in table.find_all("th")] == [
        ("pupils", "col"),
        ("percent", "col"),
        ("2017", "row"),
        ("2018", "row"),
    ]
    assert "border" not in table.attrs
    assert "style scoped" not in html
    region = table.find_parent(class_="scroll")
    assert region["tabindex"] == "0"
    assert region["aria-label"] == "Table 3, Pupils by year"


@pytest.mark.slow
def test_the_same_notebook_gives_the_same_bytes():
    assert render_html(make_notebook()) == render_html(make_notebook())


@pytest.mark.slow
def test_rendering_leaves_the_notebook_as_it_was():
    notebook = make_notebook()
    render_html(notebook)
    assert notebook == make_notebook()


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1))
def test_a_schools_name_is_text_whatever_it_holds(name: str):
    notebook = make_notebook(facts=make_facts(title=f"School {name}", school=name))
    notebook.cells = notebook.cells[:2]
    page = read(render_html(notebook))
    assert page.find("h1").get_text() == f"School {name}"
    assert page.find("meta", attrs={"name": "school"})["content"] == name


@pytest.mark.slow
def test_a_hostile_name_runs_nothing():
    html = render_html(make_notebook(facts=make_facts(school='"><script>alert(1)</script>', title="</title><script>")))
    assert read(html).find("script") is None
    assert SCHOOL in html
    assert check_html(html) == []
