"""The area's report stays a brief: eight pages at most, whatever the size of the area and the length of its words."""

from __future__ import annotations

import ast
import random
from dataclasses import replace
from functools import cache

import nbformat
import pypdfium2
import pytest
from example_area import build_area, build_standing
from nbformat.v4 import new_output

from pipeline.foundation.paths import find_project
from pipeline.report.area import brief
from pipeline.report.area import notebook as area_notebook
from pipeline.report.area.brief import PARTS, choose_parts, show_part, weigh
from pipeline.report.area.findings import (
    AreaFigure,
    FileNote,
    MoveNote,
    PanelNote,
    Unreported,
    WritingNote,
    build_area_facts,
)
from pipeline.report.area.site.contents import lay_out_site
from pipeline.report.exhibits import Column, Table
from pipeline.report.facts import FACTS_MIME

MOST_PAGES = 8
CATEGORIES = {
    "secure_plus": "Secure Plus",
    "secure": "Secure",
    "light_touch": "Light touch support",
    "focus": "Focus support",
    "intensive": "Intensive support",
    "insufficient_evidence": "Insufficient evidence",
}
TITLES = ("Reading", "Grammar, punctuation and spelling", "Disadvantaged: reading, writing, maths")
LONG = " of Saint Bartholomew and the Holy Trinity Voluntary Aided Church of England Primary School"


@cache
def invent_area(schools: int, seed: int, figures: int = 30):
    """An area of which every part has something to say, in names and reasons of many lengths."""
    lot = random.Random(seed)
    name = LONG[: lot.choice([0, 25, 60, len(LONG)])]
    return build_area(
        [_invent_school(number, name, lot) for number in range(schools)],
        figures=tuple(
            AreaFigure(f"k{n}", f"Indicator {n} of some length", "percent", 0, "higher is better", "all", 2019, 50, 51)
            for n in range(figures)
        ),
        unreported=tuple(Unreported(n, f"Gone {n}{name}", "closed on 31 August 2019") for n in range(schools // 5)),
        files=tuple(
            FileNote(f"2018-2019/some_file_{n}.csv", "key stage 2 results", "2018/19", 15_000, 100_000, True, found)
            for n in range(lot.randrange(40))
            for found in [("3 cells are not believed and left out: 0.2 is of another scale. " * lot.choice([1, 3]),)]
        ),
    )


def _invent_school(number: int, name: str, lot: random.Random):
    key = lot.choice(list(CATEGORIES))
    ratings = [
        (f"ks2_{place}", lot.choice(TITLES), lot.choice(["gap", "strength", "in line"]), lot.random() < 0.3)
        for place in range(lot.randrange(5))
    ]
    tier = None if key == "insufficient_evidence" else list(CATEGORIES).index(key) + 1
    school = build_standing(100_000 + number, f"School {number}{name}", key, tier, ratings)
    unsure = lot.choice([{}, {"certainty": 0.3, "sureness": "doubtful"}, {"certainty": 0.7, "sureness": "borderline"}])
    reason = "The new headteacher starts in January. " * lot.choice([1, 2, 4])
    decided = lot.random() < 0.3
    return replace(
        school,
        title=CATEGORIES[key],
        panel=PanelNote(reason, "A. Adviser", "2019-11-12", lot.random() < 0.5) if decided else None,
        last_year=MoveNote("Secure", 2, True) if lot.random() < 0.2 else None,
        self_referral=lot.random() < 0.2,
        writing=WritingNote(80, 60, 50, 70, 90) if lot.random() < 0.2 else None,
        warnings=("The roll fell by a third and nobody knows why.",) if lot.random() < 0.2 else (),
        **({**unsure, "between": (CATEGORIES[key], "Secure")} if unsure else {}),
    )


def count_pages(area) -> int:
    from pipeline.render.html import render_html
    from pipeline.render.pdf import render_pdf

    filled = nbformat.read(find_project() / "notebooks" / "area_report.ipynb", as_version=4)
    for cell in filled.cells[2:]:
        if cell.cell_type != "code":
            continue
        called = ast.parse(cell.source).body[0].value.func.id
        if called == "publish_facts":
            data = {FACTS_MIME: build_area_facts(area), "text/plain": "facts"}
        else:
            shown = getattr(area_notebook, called)(area)
            data = None if shown is None else shown._repr_mimebundle_()
        if data is not None:
            cell.outputs = [new_output("display_data", data=data)]
    with pypdfium2.PdfDocument(render_pdf(render_html(filled))) as printed:
        return len(printed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schools", "seed"), [(3, 1), (14, 2), (28, 3), (28, 4), (60, 5), (60, 6), (100, 7), (100, 8), (300, 9), (600, 10)]
)
def test_the_report_has_eight_pages_at_most(schools, seed):
    assert count_pages(invent_area(schools, seed)) <= MOST_PAGES


@pytest.mark.slow
def test_a_small_area_is_told_whole_and_of_a_large_one_what_is_needed_first():
    small, large = invent_area(3, 1, figures=5), invent_area(300, 9)
    assert choose_parts(small) == {part.name for part in PARTS}
    chosen = choose_parts(large)
    assert {"figures", "gap", "common gaps"} <= chosen and not {"schools", "doubtful", "decisions"} & chosen


@pytest.mark.slow
def test_what_has_no_room_is_counted_and_its_place_is_named():
    area = invent_area(300, 9)
    (said,) = show_part(area, "schools")
    assert said.text().replace("\n", " ") == (
        "300 schools: too many for this brief. They stand on the page “Schools” of the area's site "
        "(area-site/schools.html)."
    )


@pytest.mark.slow
def test_a_part_is_printed_whole_or_not_at_all():
    area = invent_area(28, 3)
    for part in PARTS:
        shown, whole = show_part(area, part.name), brief._build(part, area)
        assert shown in ((), whole, (part.move(area),)), part.name


def test_every_part_leads_to_a_page_that_the_site_has():
    from example_site import build_site

    pages = {page.place: page.name for page in lay_out_site(build_site())}
    assert {part.address: part.page for part in PARTS}.items() <= pages.items()


def test_longer_words_weigh_more():
    columns = (Column("School"), Column("Reason"))
    short = Table("a", "A", columns, (("Alpha", "So."),))
    long = Table("b", "B", columns, (("Alpha", "The new headteacher starts in January. " * 8),))
    assert weigh(long) >= weigh(short) + 3
