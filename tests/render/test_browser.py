"""What a real browser makes of the pages: axe-core in headless Chromium on a school's page, the area's, the index.

Skipped, saying why, where Chromium or axe-core is not there.
"""

from __future__ import annotations

import ast
import base64
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from sample_notebook import CHART, make_notebook

from pipeline.render.html import render_html
from pipeline.render.site.index import EditionIndex, IndexEntry, IndexNotice, Link, WithoutReport, render_index
from pipeline.report.area import notebook as area_notebook
from pipeline.report.facts import FACTS_MIME, build_school_facts
from pipeline.report.school import notebook
from tests.chromium import find_faults_of_all, show

pytestmark = pytest.mark.kernel

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def find_faults(browser, axe, tmp_path) -> Callable[[str], dict[str, list[str]]]:
    """Give what axe finds wrong with a page, at a desk's width and at a telephone's."""

    def find(html: str) -> dict[str, list[str]]:
        assert html.count('<meta http-equiv="Content-Security-Policy"') == 1, "the page no longer forbids scripts"
        page = tmp_path / "page.html"
        page.write_text(html, encoding="utf-8")
        return find_faults_of_all(browser, axe, [page], [{"width": 1280}, {"width": 320}])

    return find


def _fill(name: str, module, report, facts: dict) -> nbformat.NotebookNode:
    """The notebook as it lies in the project, with what its cells show of ``report``."""
    filled = nbformat.read(PROJECT / "notebooks" / name, as_version=4)
    for cell in filled.cells[2:]:
        if cell.cell_type != "code":
            continue
        called = ast.parse(cell.source).body[0].value.func.id
        shown = None if called == "publish_facts" else getattr(module, called)(report)
        if called == "publish_facts":
            cell.outputs = [new_output("display_data", data={FACTS_MIME: facts, "text/plain": "facts"})]
        elif shown is not None:
            cell.outputs = [new_output("display_data", data=shown._repr_mimebundle_())]
    return filled


@pytest.fixture
def examples(monkeypatch):
    """The example school and area of the report's own tests."""
    monkeypatch.syspath_prepend(str(PROJECT / "tests" / "report"))
    import example_area
    import example_school

    return example_school, example_area


@pytest.mark.parametrize("officer", [False, True])
def test_a_schools_page_has_no_fault_that_axe_can_find(find_faults, examples, officer):
    report = examples[0].build_report(checks=3, warnings=("The roll fell by a third.",))
    page = _fill("school_report.ipynb", notebook, report, build_school_facts(report))
    assert find_faults(render_html(page, officer=officer)) == {}


def test_the_areas_page_has_no_fault_that_axe_can_find(find_faults, examples):
    from pipeline.report.area.findings import build_area_facts

    ratings = [("r", "Reading", "gap", True), ("m", "Maths", "strength", False)]
    schools = [
        examples[1].build_standing(1, "Alpha School", "focus", 4, ratings),
        examples[1].build_standing(2, "Beta School", "secure_plus", 1, ratings[1:]),
        examples[1].build_standing(3, "Gamma School", "insufficient_evidence", None),
    ]
    area = examples[1].build_area(schools)
    assert find_faults(render_html(_fill("area_report.ipynb", area_notebook, area, build_area_facts(area)))) == {}


def test_the_index_has_no_fault_that_axe_can_find(find_faults):
    index = EditionIndex(
        title="Worcestershire, autumn 2019",
        organisation="Worcestershire County Council",
        edition="Worcestershire, autumn 2019",
        date="2019-11-01",
        categories=("Secure Plus", "Secure"),
        entries=(IndexEntry(1, "Abbey School", "primary", "Secure", "schools/1/report.html", "schools/1/report.pdf"),),
        not_due=(WithoutReport(2, "Birch School", "Closed on 31 August 2019."),),
        failed=(WithoutReport(3, "Cedar School", "No absence figures."),),
        links=(Link("The area's report", "area/report.html"),),
        notices=(IndexNotice("Left out: a.csv.", "warning"),),
    )
    assert find_faults(render_index(index)) == {}


EQUATIONS = r"""## Equations

A share is $\frac{k}{n}$, or $\hat p$.

$$\hat p \pm 1.96\sqrt{\frac{\hat p(1-\hat p)}{n}} = a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7 + a_8 + a_9$$

\begin{cases}1 & x > 0 \\ 0 & \text{else}\end{cases}

See [the guidance](https://example.org/a/long/address) and [above](#equations)."""
INDEXED = (
    '<table class="dataframe"><thead><tr><th></th><th colspan="2">mean</th></tr><tr><th>year</th><th>2018</th><th>2019'
    "</th></tr><tr><th>who</th><th></th><th></th></tr></thead><tbody><tr><th>School</th><td>12.0</td><td>1.5</td></tr>"
    "</tbody></table>"
)


def test_what_an_analyst_may_show_has_no_fault_that_axe_can_find(find_faults):
    shown = [
        new_output("display_data", data={"text/latex": r"$\displaystyle \binom{n}{k}$", "text/plain": "Math"}),
        new_output("display_data", data={"text/html": INDEXED}),
        new_output("display_data", data={"image/svg+xml": CHART}, metadata={"image/svg+xml": {"alt": "Three bars."}}),
    ]
    wide = base64.b64encode(CHART.replace('width="600"', 'width="2400"').encode()).decode()
    beside = new_markdown_cell(f"## A map\n\n![A map](data:image/svg+xml;base64,{wide})")
    noted = new_markdown_cell("## Sources[^1]\n\nA claim.[^2] Another.[^2]\n\n[^1]: A note.\n[^2]: Its source.")
    page = make_notebook(new_markdown_cell(EQUATIONS), new_code_cell("show()", outputs=shown), beside, noted)
    assert find_faults(render_html(page)) == {}


def test_axe_finds_the_fault_of_a_page_that_has_one(find_faults):
    sound = render_index(EditionIndex(title="Sound"))
    faults = find_faults(sound.replace("</main>", '<img src="data:,"></main>'))
    assert len(faults) == 2 and all("image-alt" in str(found) for found in faults.values())


WIDTHS = "[...document.images].map(one => Math.round(one.getBoundingClientRect().width))"


def draw(width: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="60" viewBox="0 0 80 60"><rect/></svg>'


def test_a_small_picture_keeps_its_size_on_a_telephone_and_a_wide_chart_can_be_read(browser, tmp_path):
    """Every picture was blown up to 544 pixels."""
    kinds = [("image/svg+xml", draw("80")), ("image/svg+xml", draw("60pt")), ("image/svg+xml", draw("900"))]
    kinds += [("image/svg+xml", draw("432pt")), ("image/svg+xml", draw("100%")), ("image/png", make_png(90))]
    kinds.append(("image/png", make_png(1200)))
    shown = [new_output("display_data", data={kind: held}, metadata={kind: {"alt": "A."}}) for kind, held in kinds]
    html = render_html(make_notebook(new_code_cell("show()", outputs=shown)))
    page, widths = tmp_path / "page.html", {}
    page.write_text(html, encoding="utf-8")
    for width in (320, 1280):
        show(browser, page.as_uri(), width=width)
        widths[width] = browser.ask(WIDTHS)[-len(kinds) :]
    assert widths[320] == [80, 80, 900, 576, 544, 90, 1200]
    assert widths[1280][:2] == [80, 80] and widths[1280][5] == 90


def make_png(width: int) -> str:
    """A picture of one grey, ``width`` pixels wide, as a notebook holds it."""
    import struct
    import zlib

    def chunk(kind: bytes, held: bytes) -> bytes:
        return struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))

    head = struct.pack(">IIBBBBB", width, 40, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(40)))
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return base64.b64encode(png).decode("ascii")


def test_the_pages_after_a_plan_of_support_have_no_fault_that_axe_can_find(find_faults, tmp_path):
    from pipeline.run.desk.following.following import follow_edition_support
    from pipeline.run.desk.following.writing import write_follow_up
    from pipeline.run.desk.reviewing import writing as reviewing
    from pipeline.run.desk.support.page import render_template
    from tests.support.support_schools import PEOPLE_HEADER, make_edition

    log = "urn,date,activity,days,person\n900003,2026-01-09,criteria_visit,1,A. A\n900003,2026-02-09,invitation,,A. A\n"
    people = PEOPLE_HEADER + "A. A,adviser,,,5,,,no\n"
    schools = {900003: {"category": "focus", "subjects": ["maths"]}}
    workspace = make_edition(tmp_path / "home", schools, people=people, support_log=log)
    page = write_follow_up(follow_edition_support(workspace, "sample", lambda _: None))
    assert find_faults(page.read_text(encoding="utf-8")) == {}
    found = [(900003, "Ash School", "Focus", [("Attendance", "It is worse.", True), ("Panel", "It met.", False)])]
    told = {"title": "Review", "organisation": "Marlshire", "date": "5 December 2025", "counted": "1 school to look at"}
    told |= {
        "look": found,
        "others": [],
        "files": [("a.csv", "new", "")],
        "faults": ["a fault"],
        "questions": ["a figure that is hard to believe"],
        "watched": [("Absence", "1 point")],
    }
    assert find_faults(render_template(reviewing._TEMPLATE, **told)) == {}
