"""Wherever schools stand by name, they stand where a reader looks for them, and in one order everywhere."""

from __future__ import annotations

import csv
import unicodedata
from types import SimpleNamespace

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from small_messages import Clock, lay_out_edition, make_message

from pipeline.delivery.accounting.ledger import Ledger
from pipeline.delivery.composing.preview import write_previews
from pipeline.delivery.releasing.approval import write_sheet
from pipeline.delivery.status import gather_status, write_status_csv
from pipeline.edition.schools import list_area_schools
from pipeline.foundation.paths import find_project
from pipeline.foundation.vocabulary import place_by_name
from pipeline.render.site.index import EditionIndex, IndexEntry, WithoutReport, render_index
from pipeline.report.area.findings import order_standings
from pipeline.run.record.statuses import describe_statuses
from pipeline.sources.frames import SCHOOLS, shape_frame

# By code point É, Ł and Ø would stand after Z, and the accented letter within a word after all others.
ORDERED = [
    "Abbey School",
    "Eden School",
    "edge Lane",
    "Édith Cavell School",
    "Edward Road",
    "Łódź Road",
    "Lower Park",
    "Oak",
    "Øster Farm",
    "Otter Lane",
    "St Mary's",
    "St Zita's",
    "St. Anne's",
    "Ysgol T\u0177 Ffynnon",
    "Ysgol Tybie",
    "Zoé",
    "Zoë's",
    "Zoo Lane",
]
NUMBERED = {900001 + number: name for number, name in enumerate(reversed(ORDERED))}


def test_an_accent_makes_no_difference_and_marks_stand_as_written():
    assert sorted(NUMBERED.values(), key=lambda name: place_by_name(name, 0)) == ORDERED


def test_namesakes_stand_by_their_numbers_and_spellings_side_by_side():
    names = [("Élan", 2), ("elan", 9), ("Elan", 3), ("E\u0301lan", 1)]
    assert sorted(names, key=lambda one: place_by_name(*one)) == [names[2], names[1], names[3], names[0]]


@pytest.mark.slow
@given(st.lists(st.text(max_size=8)), st.randoms())
def test_the_order_depends_on_the_names_alone(names, random):
    numbered = list(enumerate(names))
    expected = sorted(numbered, key=lambda one: place_by_name(one[1], one[0]))
    random.shuffle(numbered)
    assert sorted(numbered, key=lambda one: place_by_name(one[1], one[0])) == expected
    for name in names:
        composed, apart = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
        assert place_by_name(composed, 1) == place_by_name(apart, 1)


def list_area():
    rows = [
        {"urn": urn, "name": name, "la": 850, "state_funded": True, "phase": "primary", "status": "open"}
        for urn, name in NUMBERED.items()
    ]
    measured = pd.Series(dict.fromkeys(NUMBERED, 2019))
    return list_area_schools(
        shape_frame(pd.DataFrame(rows), SCHOOLS), measured, {"authority": 850}, 2019, on="2019-11-01"
    )


def test_the_areas_lists_and_schools_json_stand_so():
    schools = list_area()
    assert [school.name for school in schools] == ORDERED
    statuses = describe_statuses(schools, [SimpleNamespace(urn=urn, problem="") for urn in NUMBERED])
    assert [one["name"] for one in statuses] == ORDERED
    standings = [SimpleNamespace(urn=urn, name=name) for urn, name in NUMBERED.items()]
    assert [one.name for one in order_standings(standings)] == ORDERED


def test_the_index_stands_so():
    entries = [IndexEntry(urn, name, "primary", "Secure", "report.html") for urn, name in NUMBERED.items()]
    without = tuple(WithoutReport(urn, name, "Closed.") for urn, name in NUMBERED.items())
    index = EditionIndex(title="T", entries=tuple(entries), failed=without, not_due=without)
    page = BeautifulSoup(render_index(index), "html.parser")
    tables = [
        [name for cell in table.find_all(["th", "td"]) if (name := cell.get_text(" ", strip=True)) in ORDERED]
        for table in page.find_all("table")
    ]
    assert [names for names in tables if names] == [ORDERED] * 3


@pytest.mark.slow
def test_what_is_sent_stands_so(tmp_path):
    paths = lay_out_edition(tmp_path)
    messages = [make_message(urn, school=name) for urn, name in NUMBERED.items()]
    with Ledger(paths, Clock().now) as ledger:
        status = gather_status(ledger, NUMBERED, NUMBERED, messages)
        with write_status_csv(paths, status).open(encoding="utf-8-sig", newline="") as stream:
            assert [row["school"] for row in csv.DictReader(stream)] == ORDERED * 2
        sheet = write_sheet(paths, messages, ledger).read_text(encoding="utf-8")
    index = write_previews(paths, messages, tmp_path / "previews").read_text(encoding="utf-8")
    for page in (sheet, index):
        places = [BeautifulSoup(page, "html.parser").get_text().find(name) for name in ORDERED]
        assert places == sorted(places) and -1 not in places


def test_no_list_is_sorted_by_an_order_of_its_own():
    for path in (find_project() / "pipeline").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not ("sorted(" in line and "casefold()" in line), f"{path.name} should use place_by_name: {line}"
