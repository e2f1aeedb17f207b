"""What Quarto makes is what the built-in engine makes: the same headings, figures, tables, numbers and names."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from quarto_stand_in_calls import make_school, open_quarto
from sample_notebook import CHART, CHART_ALT, make_figure, make_notebook, make_ratings_table, show

from pipeline.render.checks import check_html, check_pdf, read_pdf
from pipeline.render.engine import Rendered
from pipeline.render.engines import BuiltIn

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
NAMES = (
    '#1 *St* $ary_ <b> "',
    "@x {{< x >}} `y` {{< include /etc/passwd >}}",
    "``` {=html}\n:::: {.z}\n~~~~ [l](http://e.org) ![i](a.png)",
    "$body$ $$ ${x} --- ... \\ % & ' |",
    '#panic("x") #include "about.json" [^1] <!-- c --> ---',
    "&lt;b&gt; </main><script>alert(1)</script>",
)
PROSE = f"""## Prose "of" every kind

Words with *emphasis*, `code #x $y$`, H~2~O and a [link](#about-the-school), and a 🏫.
- a list right after
- its second item

---
what: stands
---

> quoted
### Straight after a line

| Name | Count |
|---|---|
| One | 1,200 |
| Two | 3 |

![A chart that prose shows](attachment:chart.svg)

An inline ![spot](data:image/png;base64,{PNG}) of colour.

Term
:   Its description

```python
f(x)  # <b>
```

---

A footnote[^1] and $x^2 < 3$.

[^1]: The note itself.
"""


def render(notebook: NotebookNode, **settings: object) -> Rendered:
    (made,) = open_quarto(**settings).render([notebook])
    assert isinstance(made, Rendered), made
    return made


def straighten(text: str) -> str:
    return " ".join(text.split()).translate(str.maketrans("’‘“”", "''\"\""))


def read_main(html: str) -> Tag:
    main = BeautifulSoup(html, "html.parser").main
    assert main is not None
    return main


def list_words(main: Tag, *names: str) -> list[tuple[str, str]]:
    return [(tag.name, straighten(tag.get_text())) for tag in main.find_all(names)]


def list_charts(main: Tag) -> list[tuple[str, str]]:
    return [(str(image["alt"]), str(image["src"])) for image in main.find_all("img")]


def list_numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+(?:\.\d+)?", re.sub(r"\s+", " ", text)))


def make_prose(*cells: NotebookNode) -> NotebookNode:
    attached = {"chart.svg": {"image/svg+xml": CHART}}
    return make_notebook(new_markdown_cell(PROSE, attachments=attached), *cells)


def execute_school() -> NotebookNode:
    """The school's own notebook with what its cells show of an example school."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).resolve().parents[1] / "report"))
        from example_school import build_whole_report
        from test_copies import _execute
    return _execute(build_whole_report())


@pytest.mark.slow
@pytest.mark.parametrize("make", [make_notebook, execute_school])
def test_both_engines_say_the_same_of_a_school(engine: str, make: Callable[[], NotebookNode]):
    notebook = make()
    (own,), made = BuiltIn().render([notebook]), render(notebook)
    assert isinstance(own, Rendered)
    assert check_html(made.html) == []
    assert check_pdf(made.pdf) == []
    ours, theirs = read_main(own.html), read_main(made.html)
    names = ("h1", "h2", "h3", "p", "li", "dt", "dd", "caption", "th", "td", "figcaption")
    assert list_words(theirs, *names) == list_words(ours, *names)
    assert list_charts(theirs) == list_charts(ours)
    assert [tag.get("id") for tag in theirs.find_all(id=True)] == [tag.get("id") for tag in ours.find_all(id=True)]
    printed, expected = read_pdf(made.pdf), read_pdf(own.pdf)
    assert straighten(printed.text) == straighten(expected.text)
    assert printed.descriptions == expected.descriptions
    assert len(expected.descriptions) == len(list_charts(ours))
    assert list_charts(ours) or ours.find("svg", class_="trend")  # a school's own notebook draws in its tables
    assert list_numbers(printed.text) == list_numbers(expected.text)
    told = ("H1", "H2", "H3", "Table", "TR", "TH", "TD", "Figure", "Caption", "L", "LI", "Link")
    assert {name: printed.tags[name] for name in told} == {name: expected.tags[name] for name in told}


@pytest.mark.slow
def test_the_pages_head_and_foot_are_those_of_the_built_in_engine(engine: str):
    notebook = make_notebook()
    pages = [BeautifulSoup(one.html, "html.parser") for one in (*BuiltIn().render([notebook]), render(notebook))]
    for page in pages:
        page.main.clear()
    assert str(pages[0]) == str(pages[1])


@pytest.mark.slow
def test_prose_of_every_kind_reaches_page_and_pdf(engine: str):
    made = render(make_prose())
    assert check_html(made.html) == []
    assert check_pdf(made.pdf, 116794) == []
    main = read_main(made.html)
    assert ("h3", "Straight after a line") in list_words(main, "h3")
    assert ("li", "its second item") in list_words(main, "li")
    table = main.find("caption", string=None) and main.find_all("table")[-1]
    assert [(head.get_text(), head["scope"]) for head in table.find_all("th")] == [("Name", "col"), ("Count", "col")]
    assert table.find_all("td")[1]["class"] == ["figure-number"]
    assert {"A chart that prose shows", "spot"} <= {alt for alt, source in list_charts(main)}
    assert all(source.startswith("data:image/") for alt, source in list_charts(main))
    printed = read_pdf(made.pdf)
    assert {"A chart that prose shows", "spot"} <= set(printed.descriptions)
    for words in (
        "code #x $y$",
        "1,200",
        "Its description",
        "f(x) # <b>",
        "The note itself.",
        "quoted",
        "what: stands",
    ):
        assert words in straighten(main.get_text())
        assert re.sub(r"\s", "", words) in re.sub(r"\s", "", printed.text)


@pytest.mark.slow
def test_html_in_prose_and_unbalanced_html_lose_nothing(engine: str):
    cells = (
        new_markdown_cell('### A notice\n\n<div class="notice"><p>Of <b>HTML</b> in prose</p></div>'),
        new_code_cell("x", outputs=[show("<p>before</p></div><p>after its cell</p><div>open")]),
        new_markdown_cell("Prose that follows"),
    )
    made = render(make_notebook(*cells))
    for words in ("Of HTML in prose", "after its cell", "open", "Prose that follows"):
        assert straighten(read_main(made.html).get_text()).count(words) == 1
        assert re.sub(r"\s", "", words) in re.sub(r"\s", "", read_pdf(made.pdf).text)


@pytest.mark.slow
def test_the_notebooks_own_title_is_the_one_title(engine: str):
    cell = new_markdown_cell("```\n# no title\n```\n\n# Where it *stands*\n\n## After the title")
    made = render(make_notebook(cell))
    assert list_words(read_main(made.html), "h1") == [("h1", "Where it stands")]
    assert read_pdf(made.pdf).tags["H1"] == 1
    assert "# no title" in read_main(made.html).get_text()


@pytest.mark.slow
def test_what_stays_with_officers_and_what_shows_nothing_is_left_out(engine: str):
    notebook = make_notebook(
        new_markdown_cell("## Nothing here\n\nIts introduction."),
        new_code_cell("show_nothing()"),
        new_markdown_cell("Of no-one's concern but ours", metadata={"tags": ["officer-only"]}),
    )
    made = render(notebook)
    for hidden in ("Nothing here", "Of no-one's concern", "For officers", "show_category()", "WARNING noise"):
        assert hidden not in straighten(made.html)
        assert hidden not in straighten(read_pdf(made.pdf).text)


@pytest.mark.slow
def test_shown_code_is_printed_and_nothing_is_there_to_execute(engine: str, tmp_path: Path):
    trap = new_markdown_cell(f"```{{python}}\nopen('{tmp_path}/trap', 'w')\n```")
    cell = new_code_cell(f"open('{tmp_path}/trap', 'w')  # <1", metadata={"tags": ["show-input"]})
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / "_quarto.yml").write_text("execute: {enabled: true}\njupyter: python3\n")
    made = render(make_notebook(cell, trap), settings=settings)
    assert "'w')  # <1" in read_main(made.html).get_text()
    assert not (tmp_path / "trap").exists()


@pytest.mark.slow
def test_a_name_is_text_whatever_it_holds(engine: str):
    notebooks = [make_school(116700 + number, name=name) for number, name in enumerate(NAMES)]
    for number, (name, made) in enumerate(zip(NAMES, open_quarto(word=True).render(notebooks), strict=True)):
        assert isinstance(made, Rendered), made
        assert check_html(made.html) == []
        assert check_pdf(made.pdf, 116700 + number) == []
        main = read_main(made.html)
        assert straighten(main.h1.get_text()) == straighten(f"{name}: where it stands")
        assert straighten(main.find("h2").find_next("p").find_next("p").get_text()) == straighten(name)
        printed = re.sub(r"\s", "", read_pdf(made.pdf).text)
        assert printed.count(re.sub(r"\s", "", name)) >= 2
        assert "root:" not in made.html


@pytest.mark.slow
def test_the_same_notebook_gives_the_same_bytes_in_any_folder(engine: str, tmp_path: Path, monkeypatch):
    first = render(make_prose(), word=True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    again = render(make_prose(), word=True)
    assert again.html == first.html
    assert again.pdf == first.pdf
    assert again.besides == first.besides
    assert str(tmp_path).encode() not in again.pdf + again.besides["report.docx"]


@pytest.mark.slow
def test_the_word_document_holds_headings_descriptions_and_tables(engine: str):
    made = render(make_prose(), word=True)
    with zipfile.ZipFile(io.BytesIO(made.besides["report.docx"])) as held:
        body = BeautifulSoup(held.read("word/document.xml"), "xml")
        core = held.read("docProps/core.xml").decode()
        media = [name for name in held.namelist() if name.startswith("word/media/")]
    styles = Counter(str(style["w:val"]) for style in body.find_all("w:pStyle"))
    assert styles["Title"] == 1 and styles["Heading2"] == 7 + 2 and styles["Heading3"] >= 2
    described = {str(tag.get("descr", "")) for tag in body.find_all("wp:docPr")}
    assert {CHART_ALT, "A chart that prose shows", "spot"} <= described
    cells = {"".join(cell.get_text().split()) for cell in body.find_all("w:tc")}
    assert {"103.1", "Maths,averagescaledscore", "Strength", "1,200"} <= cells
    assert "URN 116794, Worcestershire, autumn 2019" in core
    assert media and all(name.endswith(".png") for name in media)
    text = straighten(body.get_text(" "))
    assert "URN 116794 · Worcestershire, autumn 2019 · 1 November 2019" in text
    assert "For officers" not in text


@pytest.mark.slow
def test_an_organisations_settings_add_to_ours_and_never_replace_them(engine: str, tmp_path: Path):
    (tmp_path / "house.css").write_text("h2 { letter-spacing: .01em }")
    (tmp_path / "stamp.lua").write_text(
        'function Str(s) if s.text == "STAMP" then return pandoc.Str("stamped") end end'
    )
    (tmp_path / "_quarto.yml").write_text(
        "project: {type: website, output-dir: elsewhere}\nfilters: [stamp.lua]\nnumber-sections: true\n"
        "format:\n  html: {css: house.css, embed-resources: false, template: none.html, toc: true}\n"
        "  typst: {pdf-standard: a-2b, shift-heading-level-by: 2}\n  pdf: default\n"
    )
    made = render(make_notebook(new_markdown_cell("## STAMP here")), settings=tmp_path)
    assert "h2 { letter-spacing: .01em }" in made.html
    assert ("h2", "stamped here") in list_words(read_main(made.html), "h2")
    assert "stamped here" in straighten(read_pdf(made.pdf).text)
    assert check_html(made.html) == []
    assert check_pdf(made.pdf, 116794) == []


@pytest.mark.slow
def test_a_table_in_prose_does_not_take_the_row_headers_of_ours(engine: str):
    rows = tuple((f"Indicator {number}", "1", "2", "in-line") for number in range(2))
    prose = new_markdown_cell("| a | b | c | d |\n|---|---|---|---|\n| 1 | 2 | 3 | 4 |\n| 5 | 6 | 7 | 8 |")
    cells = (prose, new_code_cell("x", outputs=[show(make_ratings_table(rows))]), deepcopy(prose))
    plain, with_tables = render(make_notebook()), render(make_notebook(*cells))
    added = read_pdf(with_tables.pdf).tags - read_pdf(plain.pdf).tags
    assert added["Table"] == 3
    assert added["TH"] == 3 * 4 + 2  # the columns' headers, and our two rows'


CALLOUTS = """Before
::: {.callout-warning title="Small *numbers*"}
One pupil is **4%** here, says the [head](https://example.org/).
:::

::: callout-tip
## What to ask

- How many sat it?

:::: {.callout-note}
Nested words
::::
:::

::: {.column-margin}
In the margin

:::

```
::: {.callout-note}
as written
:::
```

::: {#last .callout-important collapse="true"}
Never closed
"""


def list_panels(main: Tag) -> list[tuple[str, str, str]]:
    """Each panel of prose: what kind of notice, its title, all its words."""
    panels = [panel for panel in main.find_all("div", class_="notice") if panel.p and panel.p.strong]
    return [(str(panel["data-kind"]), straighten(panel.p.get_text()), straighten(panel.get_text())) for panel in panels]


@pytest.mark.slow
def test_a_callout_is_the_same_panel_by_either_engine(engine: str):
    notebook = make_notebook(new_markdown_cell(CALLOUTS), new_markdown_cell("> A quotation is none"))
    (own,), made = BuiltIn().render([notebook]), render(notebook, word=True)
    assert isinstance(own, Rendered)
    expected = [
        ("warning", "Small numbers", "Small numbers One pupil is 4% here, says the head."),
        ("info", "What to ask", "What to ask How many sat it? Note Nested words"),
        ("info", "Note", "Note Nested words"),
        ("warning", "Important", "Important Never closed"),
    ]
    for page in (read_main(own.html), read_main(made.html)):
        assert list_panels(page)[-4:] == expected
        assert page.get_text().count(":::") == 2  # in the code
        assert [straighten(quotation.get_text()) for quotation in page.find_all("blockquote")] == [
            "A quotation is none"
        ]
        assert page.find("div", id="last") and not page.find(["h2", "h3"], string="What to ask")
    words = ("p", "li", "pre", "h2", "h3")
    assert list_words(read_main(made.html), *words) == list_words(read_main(own.html), *words)
    printed, expected_print = read_pdf(made.pdf), read_pdf(own.pdf)
    assert straighten(printed.text) == straighten(expected_print.text)
    assert "Before Small numbers One pupil is 4% here" in straighten(printed.text)
    with zipfile.ZipFile(io.BytesIO(made.besides["report.docx"])) as held:
        assert "Small numbers" in straighten(BeautifulSoup(held.read("word/document.xml"), "xml").get_text())


@pytest.mark.slow
def test_an_image_alone_in_a_paragraph_keeps_its_description(engine: str):
    attached = {"chart.svg": {"image/svg+xml": CHART}}
    prose = (
        "![Three *bars*](attachment:chart.svg)\n\n"
        '![Short](attachment:chart.svg){fig-alt="Said at length"}\n\n'
        "Words ![inline](attachment:chart.svg) and\n\n"
        "![In a list](attachment:chart.svg){width=50%}"
    )
    made = render(make_notebook(new_markdown_cell(prose, attachments=attached)))
    assert check_html(made.html) == []
    said = ["Three bars", "Said at length", "inline", "In a list"]
    assert [alt for alt, _ in list_charts(read_main(made.html))][-4:] == said
    assert list(read_pdf(made.pdf).descriptions)[-4:] == said


@pytest.mark.slow
@pytest.mark.parametrize("settings", ["theme: default\n", "format: {html: {theme: [house.scss]}}\n"])
def test_a_theme_adds_no_page_of_its_own(engine: str, tmp_path: Path, settings: str):
    (tmp_path / "house.scss").write_text("/*-- scss:rules --*/\nh2 { letter-spacing: .01em }\n")
    (tmp_path / "_quarto.yml").write_text(settings)
    notebook = make_notebook(new_markdown_cell("## Own words\n\nSee [the other](../other/report.html)."))
    made, plain = render(notebook, settings=tmp_path, word=True), render(notebook)
    page = BeautifulSoup(made.html, "html.parser")
    assert len(page.find_all("main")) == 1
    assert "Other Formats" not in made.html
    assert list_words(read_main(made.html), "h1", "h2", "a") == list_words(read_main(plain.html), "h1", "h2", "a")
    assert check_html(made.html) == []


@pytest.mark.slow
def test_a_callout_and_a_rule_are_drawn_in_our_look(engine: str):
    called = "#callout(body: [Its words], title: [Note], background_color: white, icon: [x], icon_color: black)"
    cell = new_markdown_cell(f"Before\n\n---\n\n```{{=typst}}\n{called}\n```\n")
    text = straighten(read_pdf(render(make_notebook(cell)).pdf).text)
    assert "Before Note Its words" in text


@pytest.mark.slow
def test_a_link_to_a_file_beside_the_page_is_words_in_the_pdf(engine: str):
    cell = new_markdown_cell("See [the other page](../other/report.html) and [the map](https://example.org/).")
    made, plain = render(make_notebook(cell)), render(make_notebook(new_markdown_cell("See neither.")))
    assert 'href="../other/report.html"' in made.html
    assert "See the other page and the map (https://example.org/)." in straighten(read_pdf(made.pdf).text)
    assert read_pdf(made.pdf).tags["Link"] == read_pdf(plain.pdf).tags["Link"] + 1


@pytest.mark.slow
@pytest.mark.parametrize("where", ["figure", "table"])
def test_an_exhibits_id_may_be_linked_to_from_prose(engine: str, where: str):
    shown = make_figure(name="shown") if where == "figure" else '<table id="shown"><tr><th>a</th></tr></table>'
    cells = (new_markdown_cell("See [it](#shown)."), new_code_cell("x", outputs=[show(shown)]))
    made = render(make_notebook(*cells))
    assert check_html(made.html) == []
    assert read_pdf(made.pdf).tags["Link"] >= 2
