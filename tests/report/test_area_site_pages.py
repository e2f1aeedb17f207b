"""The pages of the area's site as HTML: whole without a script, escaped, and allowing one script by its hash."""

from __future__ import annotations

import json
import re

import pytest
from bs4 import BeautifulSoup
from example_site import build_facts, build_site, build_site_school, tell_move

from pipeline.render.checks import check_html
from pipeline.render.html import hash_script
from pipeline.render.site.pages import SiteFrame, escape_json, list_addresses, render_site_page
from pipeline.report.area.site.contents import lay_out_site
from pipeline.report.area.site.downloads import DOWNLOADED, lay_out_downloads
from pipeline.report.area.site.record import lay_out_record
from pipeline.report.area.site.schools import read_school

HOSTILE = '<script>alert(1)</script> & "Sons" </script><!-- \'x'

VISIT = {"activity": "visit", "number": 1, "day": "2020-01-14", "term": "Spring", "due_by": False, "status": "moved"}
VISIT |= {"who_may": ["School Improvement Adviser"], "hours": 3}


def render_all(*names: str) -> dict[str, str]:
    """Every page of a site of schools of these names, by its address."""
    facts = [
        build_facts(
            number,
            name,
            "focus",
            last_year=tell_move("secure", 2),
            support={"contact": name, "activities": [{**VISIT, "what": name, "about": name, "why": name}]},
            officer={
                "soft_intelligence": [{"date": "2019-05-02", "kind": "staffing", "source": name, "note": name}],
                "given_by": [{"activity": "visit", "number": 1, "person": name}],
                "panel": {"title": name, "reason": name, "person": name, "date": "2019-11-12", "changed": True},
            },
        )
        for number, name in enumerate(names, start=100001)
    ]
    site = build_site(*(read_school(one, district=names[0], adviser=names[0]) for one in facts))
    pages = [*lay_out_site(site), lay_out_downloads(dict.fromkeys((one.name for one in DOWNLOADED), 1))]
    records = [
        lay_out_record(site, school, one)
        for school, one in zip(site.schools, sorted(facts, key=lambda one: one["school"]["name"]), strict=True)
    ]
    frame = SiteFrame("Worcestershire", "A council", "2019-11-01", "", list_addresses(pages))
    return {page.place: render_site_page(page, frame) for page in (*pages, *records)}


@pytest.fixture(scope="module")
def pages():
    return render_all("Alpha School", "Beta School")


@pytest.mark.slow
def test_every_page_passes_what_is_checked_of_any_page(pages):
    assert len(pages) == 14
    assert {place: check_html(html) for place, html in pages.items()} == {place: [] for place in pages}


@pytest.mark.slow
def test_every_page_says_that_it_is_for_officers_and_leads_to_all_others(pages):
    for html in pages.values():
        assert "For officers. Not for schools, and never sent." in html
        assert len(BeautifulSoup(html, "html.parser").select("nav.site a")) == 12


@pytest.mark.slow
def test_no_link_is_dead(pages):
    reports = {f"../schools/{urn}/{name}" for urn in (100001, 100002) for name in ("report.html", "report.pdf")}
    reports |= {f"../schools/{urn}/notebook.ipynb" for urn in (100001, 100002)}
    beside = {"../index.html", "../area/report.html", *(f"downloads/{one.name}.csv" for one in DOWNLOADED)}
    for place, html in pages.items():
        up = "../" if "/" in place else ""
        for link in BeautifulSoup(html, "html.parser").find_all("a", href=True):
            target, _, part = link["href"].partition("#")
            if target:
                assert target.startswith(up), (place, target)
                target = target.removeprefix(up)
                assert target in pages or target in reports | beside, (place, target)
            whole = pages.get(target or place, "")
            assert not part or "=" in part or f'id="{part}"' in whole, (place, link["href"])


@pytest.mark.slow
def test_the_page_allows_its_own_script_and_no_other(pages):
    page = BeautifulSoup(pages["schools.html"], "html.parser")
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    (script,) = (one for one in page.find_all("script") if not one.get("type"))
    assert f"script-src '{hash_script(script.string)}'" in policy and policy.startswith("default-src 'none'")
    assert "script-src" not in pages["downloads.html"] and "<script" not in pages["downloads.html"]
    for added in ("<script>alert(1)</script>", '<script src="a.js"></script>', '<script type="module">1</script>'):
        assert check_html(pages["schools.html"].replace("</main>", f"{added}</main>")) == ["the page holds a script"]


def test_what_a_script_reads_is_no_reason_to_let_data_into_other_pages(pages):
    added = '<script type="application/json">{}</script>'
    assert check_html(pages["downloads.html"].replace("</main>", f"{added}</main>")) == ["the page holds a script"]


@pytest.mark.slow
def test_a_name_cannot_become_a_part_of_the_page():
    for place, html in render_all(HOSTILE, "Beta School").items():
        assert check_html(html) == [], place
        assert "<script>alert" not in html and "<!--" not in html.split("</style>")[1]
        for held in BeautifulSoup(html, "html.parser").find_all("script", type="application/json"):
            json.loads(held.string)


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "\u2028", "&amp;", "é 💡"])
def test_json_in_a_page_holds_no_sign_that_could_end_it(text):
    written = escape_json([text])
    assert json.loads(written) == [text] and not re.search("[<>&\u2028\u2029]", written)


def test_the_same_facts_give_the_same_bytes(pages):
    assert render_all("Alpha School", "Beta School") == pages


@pytest.mark.slow
def test_a_table_is_whole_without_its_script_and_its_controls_are_hidden():
    html = render_all("Alpha School", "Beta School")["ring-first.html"]
    page = BeautifulSoup(html, "html.parser")
    assert page.find("form", id="narrow").has_attr("hidden") and page.find("p", id="more").has_attr("hidden")
    assert [row.th.get_text() for row in page.select("#ring-first tbody tr")] == ["Alpha School", "Beta School"]


def test_an_organisation_without_schools_has_pages_all_the_same():
    site = build_site()
    frame = SiteFrame("Worcestershire", "A council", "2019-11-01", "#5c2a1d", ())
    for page in lay_out_site(site):
        assert check_html(render_site_page(page, frame)) == [], page.place


def test_the_colour_of_the_organisation_is_on_every_page():
    site = build_site(build_site_school(1, "Alpha"))
    frame = SiteFrame("Worcestershire", "A council", "2019-11-01", "#5c2a1d", ())
    assert all("--deep: #5c2a1d" in render_site_page(page, frame) for page in lay_out_site(site))
