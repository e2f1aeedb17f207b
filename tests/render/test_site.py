"""The index of an edition."""

from __future__ import annotations

from bs4 import BeautifulSoup

from pipeline.render.checks import check_html
from pipeline.render.site.index import EditionIndex, IndexEntry, IndexNotice, Link, WithoutReport, render_index


def make_entry(urn: int, school: str, phase: str = "first", category: str = "Secure", pdf: bool = True) -> IndexEntry:
    folder = f"schools/{urn}"
    return IndexEntry(urn, school, phase, category, f"{folder}/report.html", f"{folder}/report.pdf" if pdf else "")


INDEX = EditionIndex(
    title="Worcestershire, autumn 2019",
    organisation="Worcestershire County Council",
    edition="Worcestershire, autumn 2019",
    date="2019-11-01",
    categories=("Secure Plus", "Secure", "Focus support"),
    entries=(
        make_entry(3, "Zoë's <Primary>"),
        make_entry(2, "abbey", phase="all-through", category="Focus support"),
        make_entry(1, "Birch", pdf=False, category="Insufficient evidence"),
    ),
    not_due=(WithoutReport(9, "Shut & Co", "Closed on 31 August 2019."),),
    failed=(WithoutReport(8, "Broken", "No absence figures <yet>."),),
    links=(Link("Area report", "area/report.html"),),
    notices=(IndexNotice("Defaults.", "defaults"),),
)


def read_table(html: str, place: str) -> list[list[str]]:
    region = BeautifulSoup(html, "html.parser").find(attrs={"aria-labelledby": f"{place}-caption"})
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in region.find_all("tr")]


def test_schools_stand_by_name_with_their_category_in_words():
    assert read_table(render_index(INDEX), "schools") == [
        ["School", "URN", "Phase", "Category", "PDF"],
        ["abbey", "2", "All-through", "Focus support", "PDF"],
        ["Birch", "1", "First", "Insufficient evidence", "none"],
        ["Zoë's <Primary>", "3", "First", "Secure", "PDF"],
    ]


def test_categories_are_counted_from_least_support_to_most():
    assert read_table(render_index(INDEX), "summary") == [
        ["Phase", "Secure Plus", "Secure", "Focus support", "Insufficient evidence", "All"],
        ["All-through", "0", "0", "1", "0", "1"],
        ["First", "0", "1", "0", "1", "2"],
        ["All", "0", "1", "1", "1", "3"],
    ]


def test_schools_without_a_report_stand_with_the_reason():
    html = render_index(INDEX)
    assert read_table(html, "failed")[1] == ["Broken", "8", "No absence figures <yet>."]
    assert read_table(html, "not-due")[1] == ["Shut & Co", "9", "Closed on 31 August 2019."]
    assert "3 reports made, 1 not made, 1 school with no report due." in html


def test_the_index_has_no_fault_whatever_it_holds():
    assert check_html(render_index(INDEX)) == []
    assert check_html(render_index(EditionIndex(title="Nothing yet"))) == []


def test_the_order_of_input_does_not_show():
    from dataclasses import replace

    assert render_index(INDEX) == render_index(replace(INDEX, entries=INDEX.entries[::-1]))
