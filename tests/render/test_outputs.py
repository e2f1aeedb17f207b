"""What a page shows of a cell's outputs: what JupyterLab shows, or a message that names the cell and what to do."""

from __future__ import annotations

import base64
import sys

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from sample_notebook import CHART, make_notebook, show

from pipeline.foundation.errors import FailedReport
from pipeline.render.checks import check_html, check_pdf, read_pdf
from pipeline.render.content.outputs import settle_drawing, settle_ids, settle_outputs
from pipeline.render.html import render_html
from pipeline.render.pdf import render_pdf

FRAME = (
    '<table class="dataframe"><thead><tr><th></th><th colspan="2" halign="left">mean</th></tr>'
    "<tr><th>year</th><th>2018</th><th>2019</th></tr><tr><th>who</th><th></th><th></th></tr></thead>"
    '<tbody><tr><th rowspan="2">School</th><td>12.0</td><td>1.5</td></tr>'
    "<tr><td>11.5</td><td>3</td></tr></tbody></table>"
)
BARS = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json",
    "description": "Two bars: 3 and 4.",
    "data": {"values": [{"year": "2023/24", "pupils": 3}, {"year": "2024/25", "pupils": 4}]},
    "mark": "bar",
    "encoding": {"x": {"field": "year", "type": "nominal"}, "y": {"field": "pupils", "type": "quantitative"}},
}
VEGA_LITE = "application/vnd.vegalite.v6+json"


def display(data: dict, metadata: dict | None = None, source: str = "shown"):
    return new_code_cell(source, outputs=[new_output("display_data", data=data, metadata=metadata or {})])


def read(*cells) -> BeautifulSoup:
    return BeautifulSoup(render_html(make_notebook(*cells)), "html.parser")


def refuse(*cells) -> str:
    notebook = make_notebook(*cells)
    notebook.cells = [*notebook.cells[:4], *notebook.cells[15:]]
    with pytest.raises(FailedReport) as caught:
        render_html(notebook)
    return str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"text/plain": "<Figure size 640x480 with 1 Axes>"}, "it shows a figure's name, not the figure"),
        ({"text/plain": "<__main__.Study object at 0x7f1a2b3c4d5e>"}, "a place in the computer's memory"),
        ({"text/plain": "[<matplotlib.lines.Line2D at 0x7f1a2b3c4d5e>]"}, "end the cell's last line with a semicolon"),
        ({"text/plain": "<generator object <genexpr> at 0x7f1a2b3c4d5e>"}, "<generator object <genexpr> at"),
        ({"text/html": "<td>&lt;function f at 0x7f1a2b3c4d5e&gt;</td>"}, "<function f at 0x7f1a2b3c4d5e>"),
        ({"text/markdown": "it is <object object at 0x7f1a2b3c4d5e>"}, "<object object at 0x7f1a2b3c4d5e>"),
        (
            {"text/plain": "<IPython.core.display.JSON object>", "application/json": {}},
            "its output is application/json",
        ),
        ({"text/plain": "<IPython.core.display.Javascript object>"}, "which a page cannot show"),
        ({"application/vnd.plotly.v1+json": {"data": []}}, "Draw it with matplotlib, or show `Image(figure.to_image("),
        (
            {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "IntSlider(value=3)"},
            "Show what it would be set to as text, a table or a figure",
        ),
        ({"application/pdf": "JVBERi0="}, "its output is application/pdf, which a page cannot show"),
        ({"text/html": "<svg><path d='M0 0'/></svg>"}, "a drawing (<svg>), which cannot carry a description"),
    ],
)
def test_what_a_page_cannot_show_is_said_with_its_cell_where_it_vanished_or_was_printed_raw(data, said: str):
    assert f"cell 5 (shown): {said}"[:14] in refuse(display(data))
    assert said in refuse(display(data))


@pytest.mark.slow
@pytest.mark.parametrize(
    "said", ["  0%|          | 0/3 [00:00<?, ?it/s]", "reading: 100%|###| 3/3 [00:00<00:00]", "0it [00:00]"]
)
def test_a_progress_bar_is_a_log_line_even_where_it_is_a_widget(said: str):
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": said}
    assert render_html(make_notebook(display(widget))) == render_html(make_notebook(new_code_cell("shown")))


def test_a_memory_address_that_is_printed_is_refused_too():
    cell = new_code_cell("print(f)", outputs=[new_output("stream", name="stdout", text="<f at 0x7f1a2b3c4d5e>\n")])
    assert "cell 5 (print(f)): it prints '<f at 0x7f1a2b3c4d5e>'" in refuse(cell)


@pytest.mark.slow
def test_the_check_of_a_finished_page_knows_a_memory_address_wherever_it_came_from():
    html = render_html(make_notebook())
    assert check_html(html) == []
    for words in ("&lt;a.B object at 0x7f1a2b3c4d5e&gt;", "&lt;Figure size 640x480 with 1 Axes&gt;"):
        assert "a program's name for something" in check_html(html.replace("</main>", f"<p>{words}</p></main>"))[0]


@pytest.mark.slow
def test_a_picture_beside_a_script_of_the_same_is_what_is_shown():
    data = {"text/html": "<script>draw()</script>", "image/svg+xml": CHART}
    assert read(display(data, {"image/svg+xml": {"alt": "Three bars"}})).find("img", alt="Three bars")


@pytest.mark.slow
def test_a_picture_shown_twice_in_a_cell_is_one_with_the_description_either_was_given():
    outputs = [
        new_output("display_data", data={"image/svg+xml": CHART}, metadata={"image/png": {"alt": "Three bars"}}),
        new_output("display_data", data={"image/svg+xml": CHART.replace("<rect", "<metadata>9:00</metadata><rect")}),
    ]
    assert len(read(new_code_cell("f", outputs=outputs)).find_all("img", alt="Three bars")) == 1
    apart = [new_code_cell("f", outputs=[outputs[0]]), new_code_cell("g", outputs=[outputs[1]])]
    assert "cell 6 (g): an image has no description" in refuse(*apart)


# Tables


@pytest.mark.slow
def test_names_of_columns_and_of_the_index_head_what_they_name_and_numbers_line_up_beside_cells_that_reach_down():
    table = read(new_code_cell("frame", outputs=[show(FRAME)])).find_all("table")[-1]
    scopes = {head.get_text(): head["scope"] for head in table.find_all("th")}
    assert scopes == {
        "mean": "colgroup",
        "year": "row",
        "2018": "col",
        "2019": "col",
        "who": "col",
        "School": "rowgroup",
    }
    assert [cell.get_text() for cell in table.find_all("td", class_="figure-number")] == ["12.0", "1.5", "11.5", "3"]
    assert check_html(render_html(make_notebook(new_code_cell("frame", outputs=[show(FRAME)])))) == []


@pytest.mark.slow
def test_two_tables_with_a_column_of_the_same_id_are_told_apart_with_what_refers_to_it():
    table = '<table><thead><tr><th id="n" scope="col">N</th></tr></thead><tbody><tr><td headers="n">1</td></tr></table>'
    html = render_html(make_notebook(new_code_cell("a", outputs=[show(table), show(table)])))
    first, second = BeautifulSoup(html, "html.parser").find_all("table")[-2:]
    assert (first.th["id"], first.td["headers"]) == ("n", ["n"])
    assert (second.th["id"], second.td["headers"]) == ("n-2", ["n-2"])
    assert check_html(html) == []


# Charts


@pytest.mark.slow
def test_a_chart_is_drawn_without_a_browser_and_has_its_description_again(monkeypatch):
    pytest.importorskip("vl_convert", reason="vl-convert-python is not installed: no chart can be drawn")
    html = render_html(make_notebook(display({VEGA_LITE: BARS, "text/plain": "A chart"})))
    image = BeautifulSoup(html, "html.parser").find("img", alt="Two bars: 3 and 4.")
    assert "2024/25" in base64.b64decode(image["src"].partition("base64,")[2]).decode()
    assert html == render_html(make_notebook(display({VEGA_LITE: BARS, "text/plain": "A chart"})))
    pdf = render_pdf(html)
    assert check_pdf(pdf, urn=116794) == []
    assert "Two bars: 3 and 4." in read_pdf(pdf).descriptions
    assert "cell 5 (shown): an image has no description" in refuse(display({VEGA_LITE: {**BARS, "description": ""}}))
    parts = [{**BARS, "description": words} for words in ("Left.", "Right.", "Left.")]
    beside = {"$schema": BARS["$schema"], "hconcat": [parts[0], {"layer": parts[1:]}]}
    assert read(display({VEGA_LITE: beside})).find("img", alt="Left. Right.")
    assert "its chart cannot be drawn" in refuse(display({VEGA_LITE: {**BARS, "mark": "nothing"}}))
    far = {**BARS, "data": {"url": "https://example.org/pupils.json"}}
    assert "not allowed: https://example.org/pupils.json" in refuse(display({VEGA_LITE: far}))


def test_a_chart_that_nothing_here_can_draw_names_its_cell_and_what_to_install(monkeypatch):
    from pipeline.render import charts

    charts._load.cache_clear()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    said = refuse(display({VEGA_LITE: BARS, "text/plain": "alt.Chart(...)"}, source="chart"))
    assert "cell 5 (chart): its output is an Altair chart, which vl-convert-python draws" in said
    assert "make edit" in said
    charts._load.cache_clear()


# Attachments


@pytest.mark.slow
@pytest.mark.parametrize(
    "spelt",
    [
        "![A map](attachment:my map.png)",
        "![A map](<attachment:my map.png>)",
        "![A map](attachment:my%20map.png)",
        '<img src="attachment:my map.png" alt="A map">',
    ],
)
def test_an_attachment_whose_name_has_a_blank_is_shown_however_it_is_spelt(spelt: str):
    cell = new_markdown_cell(spelt, attachments={"my map.png": {"image/png": "iVBORw0KGgo="}})
    assert read(cell).find("img", alt="A map")["src"] == "data:image/png;base64,iVBORw0KGgo="


def test_an_attachment_that_is_not_there_is_a_fault_of_its_cell_not_of_the_pipeline():
    assert "the image 'gone.png' is not part of the notebook" in refuse(new_markdown_cell("![A](attachment:gone.png)"))


@pytest.mark.slow
@pytest.mark.parametrize("address", ["data:image/webp;base64,UklGRg==", "data:image/svg+xml,%3Csvg/%3E"])
def test_an_image_that_only_the_pdf_could_not_hold_is_refused_with_its_cell(address: str):
    assert "cell 5 (![A map](data:" in refuse(new_markdown_cell(f"![A map]({address})"))
    assert "Save it as PNG, JPEG or SVG" in refuse(new_markdown_cell(f"![A map]({address})"))


# Links


@pytest.mark.slow
def test_a_link_prints_its_address_on_paper_unless_its_words_are_the_address_or_it_leads_within_the_report():
    cell = new_markdown_cell(
        "See [the guidance](https://example.org/a_long/page?x=1&y=2), <https://example.com/>, "
        "[write](mailto:a@example.org), [above](#pupils-by-year)."
    )
    html = render_html(make_notebook(cell))
    text = " ".join(read_pdf(render_pdf(html)).text.split())
    assert "See the guidance (https://example.org/a_long/page?x=1&y=2), https://example.com/, " in text
    assert "write(a@example.org),above." in text.replace(" ", "")  # wherever the line ends
    page = BeautifulSoup(html, "html.parser")
    assert [link.get("class") for link in page.find_all("a", href=True)[-4:]] == [None, ["address"], None, None]
    assert ":not(.address)::after" in html


# The same bytes every time


def test_ids_drawn_by_lot_are_numbered_and_what_refers_to_them_follows():
    styler = '<style>#T_ab12c_row0_col1 {color: red}</style><table id="T_ab12c"><td id="T_ab12c_row0_col1"></table>'
    assert settle_ids(styler, "shown-1-1") == settle_ids(styler.replace("ab12c", "99fe0"), "shown-1-1")
    assert "T_ab12c" not in settle_ids(styler, "shown-1-1")
    great = '<div id="qwertyuiop" style="x"><style>\n#qwertyuiop table {}</style><table id="own"></table></div>'
    assert settle_ids(great, "a") == settle_ids(great.replace("qwertyuiop", "asdfghjklz"), "a")
    assert 'id="own"' in settle_ids(great, "a")
    kept = '<table id="own-absence"></table><p id="absence">see <a href="#own-absence">T_ab12c</a></p>'
    assert settle_ids(kept, "a") == kept


@pytest.mark.slow
def test_a_drawing_settles_to_the_same_bytes_whatever_the_salt_and_the_hour():
    import matplotlib
    from matplotlib.figure import Figure

    def draw(salt: str | None) -> str:
        import io

        figure = Figure()
        axes = figure.subplots()
        axes.plot([1, 5, 2])
        axes.set_ylim(2, 4)
        axes.bar([0, 1], [3, 3], hatch="/")
        axes.scatter([1, 2], [3, 3], c=[1, 2])
        file = io.StringIO()
        with matplotlib.rc_context({"svg.hashsalt": salt}):
            figure.savefig(file, format="svg")
        return file.getvalue()

    first, second = draw(None), draw("x")
    assert first != second
    assert settle_drawing(first) == settle_drawing(second)


@pytest.mark.slow
def test_an_executed_notebook_keeps_no_place_in_memory_beside_what_is_shown():
    styler = {"text/html": '<table id="T_ab12c"></table>', "text/plain": "<pandas.Styler at 0x7f1a2b3c4d5e>"}
    notebook = make_notebook(display(styler), display({"text/plain": "<f at 0x7f1a2b3c4d5e>"}, source="alone"))
    warned = new_output("stream", name="stderr", text="/tmp/ipykernel_12/3456.py:1: UserWarning: careful\n")
    notebook.cells[-2].outputs.append(warned)
    settle_outputs(notebook)
    assert notebook.cells[-2].outputs[1].text == "cell:1: UserWarning: careful\n"
    assert notebook.cells[-2].outputs[0].data["text/plain"] == "<pandas.Styler>"
    with pytest.raises(FailedReport, match="a place in the computer's memory"):
        render_html(notebook)


def test_what_is_printed_between_two_displays_is_one_output_into_however_many_pieces_it_came():
    said = [("stdout", "a"), ("stderr", "!"), ("stdout", "b\n"), ("stderr", "?")]
    pieces = [new_output("stream", name=name, text=text) for name, text in said]
    cell = display({"text/plain": "shown"})
    cell.outputs = [*pieces, *cell.outputs, new_output("stream", name="stdout", text="c")]
    settle_outputs(make_notebook(cell))
    told = [(output.get("name"), output.get("text")) for output in cell.outputs]
    assert told == [("stdout", "ab\n"), ("stderr", "!?"), (None, None), ("stdout", "c")]
