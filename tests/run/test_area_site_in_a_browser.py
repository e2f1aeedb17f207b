"""What a real browser makes of the area's site: axe on every kind of page, keys alone, the view in the address.

Once for the sample's schools as their facts were made, and once for a county made from these. Skipped, saying why,
where Chromium or axe-core is not there (``AXE_CORE`` names the path of axe.min.js).
"""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest

from pipeline.policy import load_policy
from pipeline.render.site.pages import SiteFrame, escape_json, list_addresses, render_site_page
from pipeline.report.area.findings import Unreported
from pipeline.report.area.site.area import AreaSite
from pipeline.report.area.site.contents import lay_out_site
from pipeline.report.area.site.downloads import DOWNLOADED, lay_out_downloads
from pipeline.report.area.site.record import lay_out_record
from pipeline.report.area.site.schools import order_schools, read_school
from pipeline.report.facts import EditionNote, build_school_facts
from pipeline.report.school.notebook import read_edition_note, study_school
from tests.chromium import LOOKS, find_faults, find_faults_of_all, show

pytestmark = pytest.mark.kernel

COUNTY = 120  # schools: more than are drawn before somebody asks for all
STUDIED = (900001, 900002, 900003, 900004, 900013, 900015, 900027, 900033, 900039)  # of every kind that the sample has


@pytest.fixture(scope="module")
def facts(prepared_sample) -> list[dict]:
    from pipeline.foundation.paths import Workspace
    from pipeline.sources.prepared import open_prepared

    paths = Workspace(prepared_sample).edition("sample")
    note, prepared = read_edition_note(paths), open_prepared(paths.prepared)
    policy = load_policy("worcestershire")
    reports = (study_school(prepared.load_school(urn), note, policy) for urn in STUDIED)
    return [json.loads(json.dumps(build_school_facts(report))) for report in reports]


def write_site(folder: Path, facts: list[dict], records: int) -> Path:
    """Write the site of these facts to ``folder``, with the records of the first schools by name alone."""
    schools = {one["school"]["urn"]: one for one in facts}
    site = AreaSite(
        EditionNote("sample", "Marlshire, autumn 2025", 2025, "worcestershire", "2025-12-05", "Marlshire"),
        load_policy("worcestershire"),
        "Marlshire",
        order_schools(
            [
                read_school(one, district=("North", "South")[urn % 2], adviser=("J. Marlow", "I. Penn")[urn % 2])
                for urn, one in schools.items()
            ]
        ),
        (Unreported(900122, "Brackmere Hill Primary School", "closed on 31 March 2024"),),
        TOLD,
    )
    pages = [*lay_out_site(site), lay_out_downloads(dict.fromkeys((one.name for one in DOWNLOADED), 9))]
    frame = SiteFrame("Marlshire, autumn 2025", "Marlshire County Council", "2025-12-05", "", list_addresses(pages))
    pages += [lay_out_record(site, school, schools[school.urn]) for school in site.schools[:records]]
    for each in pages:
        place = folder / each.place
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(render_site_page(each, frame), encoding="utf-8")
    return folder


_FIGURE = {
    "indicator": "ks2_rwm_expected",
    "short_title": "Reading, writing and maths",
    "unit": "percent",
    "decimals": 0,
    "direction": "higher is better",
    "group": "all",
    "year": "2024/25",
    "value": 59.0,
    "england": 62.0,
    "other": None,
    "england_other": None,
    "by_year": [{"year": f"{year}/{year % 100 + 1}", "value": 59.0, "england": 62.0} for year in (2022, 2023, 2024)],
}
_STANDING = {
    "source": "all authorities",
    "measure": "m",
    "title": "Reading",
    "group": "all",
    "unit": "percent",
    "decimals": 0,
    "direction": "higher is better",
    "year": "2024/25",
    "provisional": True,
    "value": 60.0,
    "threshold": 66.0,
    "place": 40,
    "authorities": 152,
    "within": False,
}
TOLD = {
    "figures": [_FIGURE, {**_FIGURE, "group": "disadvantaged", "other": 66.0, "england_other": 68.0}],
    "by_phase": [{**_FIGURE, "phases": ["primary"], "schools": 9}],
    "top_tenth": [_STANDING],
}


@pytest.fixture(scope="module")
def sample(facts, tmp_path_factory):
    return write_site(tmp_path_factory.mktemp("sample"), facts, len(facts))


@pytest.fixture(scope="module")
def county(facts, tmp_path_factory):
    """The site of many schools, each like one of the sample."""
    made = []
    for number in range(COUNTY):
        one = copy.deepcopy(facts[number % len(facts)])
        one["school"] |= {"urn": 910000 + number, "name": f"{one['school']['name']} {number}"}
        made.append(one)
    return write_site(tmp_path_factory.mktemp("county"), made, 1)


def list_pages(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.html"))


#: Of the sample's site and the county's, which have the same pages, each is looked at in some of the ways.
WIDE_LIGHT, WIDE_DARK, NARROW_LIGHT, PRINTED = LOOKS


def test_no_page_of_the_samples_site_has_a_fault_that_axe_can_find(browser, axe, sample):
    kinds = [path for path in list_pages(sample) if path.parent == sample]
    records = [sample / "schools" / f"{urn}.html" for urn in (900003, 900004, 900039)]
    assert find_faults_of_all(browser, axe, kinds, [WIDE_LIGHT, PRINTED]) == {}
    assert find_faults_of_all(browser, axe, records, [WIDE_LIGHT, NARROW_LIGHT, PRINTED]) == {}


def test_no_page_of_a_countys_site_has_a_fault_that_axe_can_find(browser, axe, county):
    assert find_faults_of_all(browser, axe, list_pages(county), [NARROW_LIGHT, WIDE_DARK]) == {}


def test_axe_finds_the_fault_of_a_page_that_has_one(browser, axe, sample):
    show(browser, (sample / "schools.html").as_uri())
    browser.ask("document.querySelector('label').remove(), document.querySelector('td').style.color = '#ccc', 0")
    assert {fault.split(":")[0] for fault in find_faults(browser, axe)} == {"color-contrast", "label"}


def test_a_record_is_reached_from_the_overview_by_keys_alone(browser, sample):
    show(browser, (sample / "index.html").as_uri())
    follow(browser, "To ring first")
    browser.wait_for("document.querySelector('h1')?.textContent === 'To ring first'")
    first = browser.ask("document.querySelector('#ring-first tbody a').textContent")
    follow(browser, first)
    browser.wait_for(f"document.querySelector('h1')?.textContent === {json.dumps(first)}")
    assert browser.ask("getComputedStyle(document.querySelector('.to-fill-in')).display") == "none"


def follow(browser, words: str) -> None:
    """Press Tab until the link of these words has the focus, seen to have it, then Enter."""
    for _ in range(200):
        browser.press("Tab", "Tab", 9)
        if browser.ask("document.activeElement.textContent") == words:
            assert browser.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            browser.call("Input.dispatchKeyEvent", type="keyDown", key="Enter", windowsVirtualKeyCode=13, text="\r")
            browser.call("Input.dispatchKeyEvent", type="keyUp", key="Enter", windowsVirtualKeyCode=13)
            return
    raise AssertionError(f"no key reaches {words!r}")


ROWS = "[...document.querySelectorAll('#schools tbody tr')].map(row => row.cells[0].textContent)"


def test_a_view_stands_in_the_address_and_comes_back_from_it(browser, sample):
    show(browser, (sample / "schools.html").as_uri())
    whole = browser.ask(ROWS)
    assert len(whole) == len(STUDIED)
    browser.ask("document.getElementById('narrow-q').focus()")
    browser.write("primary pell")
    browser.wait_for("location.hash.includes('q=primary')")
    narrowed = browser.ask(ROWS)
    assert 0 < len(narrowed) < len(whole) and all("Pellbury" in name for name in narrowed)
    assert browser.ask("document.getElementById('shown').textContent") == f"{len(narrowed)} of {len(whole)} shown."
    browser.ask("document.querySelectorAll('th button')[1].click()")
    browser.ask("document.querySelectorAll('th button')[1].click()")
    address = browser.ask("location.href")
    assert address.endswith("#q=primary+pell&sort=URN&order=down")
    show(browser, address)
    urns = browser.ask("[...document.querySelectorAll('#schools tbody tr')].map(row => row.cells[1].textContent)")
    assert urns == sorted(urns, reverse=True) and sorted(browser.ask(ROWS)) == sorted(narrowed)
    assert browser.ask("document.querySelectorAll('th')[1].getAttribute('aria-sort')") == "descending"
    browser.ask("document.querySelector('#narrow button').click()")
    assert browser.ask(ROWS) == whole and "#" not in browser.ask("location.href")


def test_categories_are_sorted_from_least_to_most_support(browser, sample):
    show(browser, (sample / "schools.html").as_uri())
    browser.ask("document.querySelectorAll('th button')[3].click()")
    shown = browser.ask("[...document.querySelectorAll('#schools tbody tr')].map(row => row.cells[3].textContent)")
    order = [one.title for one in load_policy("worcestershire").categories] + ["Insufficient evidence"]
    assert shown == sorted(shown, key=order.index) and len(set(shown)) > 2


def test_accents_and_capitals_make_no_difference_to_a_search(browser, sample):
    show(browser, (sample / "schools.html").as_uri() + "#q=BEATRICE")
    assert browser.ask(ROWS) == ["Béatrice Lorne High School for Girls"]


def test_of_a_long_table_the_first_are_drawn_and_all_are_printed(browser, county):
    show(browser, (county / "schools.html").as_uri())
    assert len(browser.ask(ROWS)) == 100
    told = f"{COUNTY} of {COUNTY} shown, the first 100 of them drawn."
    assert browser.ask("document.getElementById('shown').textContent") == told
    browser.ask("dispatchEvent(new Event('beforeprint')), 0")
    assert len(browser.ask(ROWS)) == COUNTY
    assert browser.ask("document.querySelectorAll('th button').length") == 0  # sheets repeat the headings' words
    browser.ask("dispatchEvent(new Event('afterprint')), 0")
    assert browser.ask("document.querySelectorAll('th button').length") > 5
    assert len(browser.ask(ROWS)) == 100
    browser.ask("document.querySelector('#more button').click()")
    assert len(browser.ask(ROWS)) == COUNTY


#: Seconds of a processor that a letter may take, by how many rows there are; the most are as many as England's schools.
LETTER = {6_000: 0.05, 24_000: 0.1}


def write_long_list(county: Path, count: int) -> Path:
    """The county's list of schools, its rows over and over until they are so many."""
    whole, times = (county / "schools.html").read_text(encoding="utf-8"), count // COUNTY
    ends = r"(?<=<tbody>)|(?=</tbody>)|(?<=id=\"narrowing\">)|(?=</script>\n)"
    head, rows, between, told, foot = re.split(ends, whole, maxsplit=4)
    told = json.loads(told)
    assert rows.count("<tr>") == len(told["rows"]) == COUNTY
    told["rows"] *= times
    path = county / f"schools-{count}.html"
    path.write_text(f"{head}{rows * times}{between}{escape_json(told)}{foot}", encoding="utf-8")
    return path


@pytest.mark.parametrize("count", [6_000, pytest.param(24_000, marks=pytest.mark.long)])
def test_as_many_rows_as_england_has_schools_narrow_as_one_types(browser, county, count):
    show(browser, write_long_list(county, count).as_uri())
    assert browser.ask("document.getElementById('shown').textContent").startswith(f"{count:,} of {count:,} shown")
    browser.ask("document.getElementById('narrow-q').focus()")
    browser.call("Performance.enable", timeDomain="threadTicks")
    took, counts = [], []
    for letter in "pell":
        before = read_processor_time(browser)
        browser.write(letter)
        browser.ask("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")  # it is painted
        took.append(read_processor_time(browser) - before)
        counts.append(browser.ask("document.getElementById('shown').textContent"))
    assert len(set(counts)) > 1 and max(took) < LETTER[count], took
    browser.wait_for("location.hash.includes('q=pell')")
    assert len(browser.ask(ROWS)) == 100


def read_processor_time(browser) -> float:
    """Seconds that the page's own thread has worked."""
    told = {one["name"]: one["value"] for one in browser.call("Performance.getMetrics")["metrics"]}
    return told["TaskDuration"]


def test_a_page_asks_for_nothing_and_is_whole_without_its_script(browser, county):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        show(browser, (county / "schools.html").as_uri())
        assert len(browser.ask(ROWS)) == COUNTY
        assert browser.ask("document.getElementById('narrow').offsetHeight") == 0
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
    show(browser, (county / "schools.html").as_uri())
    assert browser.ask("performance.getEntriesByType('resource').length") == 0


def test_an_address_of_another_edition_or_a_made_up_one_narrows_to_nothing_strange(browser, sample):
    show(browser, (sample / "schools.html").as_uri() + "#phase=Nursery%3Cscript%3E&sort=Nothing&order=down&x=1")
    assert len(browser.ask(ROWS)) == len(STUDIED)
