"""The officers' pages at the width of a telephone: nothing of them has to be scrolled sideways.

Skipped, saying why, where no Chromium is. Before, the head of a message's preview and every table ran over the edge.
"""

from __future__ import annotations

import pytest
from delivered_edition import make_row, write_recipients, write_settings
from test_readiness import put_on_hold
from test_verbs import approve

from tests.chromium import BEYOND, show

pytestmark = pytest.mark.kernel  # a browser

NARROW = 320  # pixels: what WCAG 1.4.10 asks for
OVER = """[...document.querySelectorAll("main *")].filter(one => one.scrollWidth > one.clientWidth + 1
  && ["auto", "scroll"].includes(getComputedStyle(one).overflowX)).map(one => one.className || one.tagName)"""


def test_no_page_of_a_delivery_has_to_be_scrolled_sideways_on_a_telephone(edition, run, browser):
    rows = [make_row(edition, urn) for urn in edition.schools]
    rows[0]["email"] = "headteacher.of.a.school.with.a.long.name@schools.example.org"
    rows += [make_row(edition, urn, "adviser", email="jo@marlshire.example.org") for urn in edition.schools]
    write_recipients(edition, rows)
    write_settings(edition, digests=["adviser"])
    put_on_hold(edition, f"{rows[1]['urn']},The roll is being looked into.,A. Adviser")
    assert run("messages")[0] == 0
    approve(run)
    run("send", "--live", "--schools", 2)
    folder = edition.paths.delivery
    pages = [folder / "sheet.html", folder / "index.html", *sorted((folder / "previews").glob("*.html"))]
    assert len(pages) == 11
    for page in pages:
        show(browser, page.as_uri(), width=NARROW)
        assert browser.ask("document.body.innerText.length") > 100, f"{page.name} was not there"
        assert browser.ask(BEYOND) <= 0 and browser.ask(OVER) == [], page.name
