"""The officers' pages at the width of a telephone: nothing of them has to be scrolled sideways.

Skipped, saying why, where no Chromium is. Before, the head of a message's preview and every table ran over the edge.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape

import pytest
from delivered_edition import make_row, write_recipients, write_settings
from test_readiness import put_on_hold
from test_verbs import approve

pytestmark = pytest.mark.kernel  # a browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
NARROW = 320  # pixels: what WCAG 1.4.10 asks for
MEASURE = """<!doctype html><body style="margin:0">
<iframe src="{page}" style="border:0;width:{width}px;height:900px"></iframe>
<pre id="found"></pre><script>
document.querySelector("iframe").onload = function () {{
  const page = this.contentDocument;
  const over = [...page.querySelectorAll("main *")].filter((one) => one.scrollWidth > one.clientWidth + 1
    && ["auto", "scroll"].includes(page.defaultView.getComputedStyle(one).overflowX));
  document.getElementById("found").textContent = JSON.stringify(
    {{ width: page.documentElement.scrollWidth, over: over.map((one) => one.className || one.tagName),
       words: page.body.innerText.length }});
}};
</script>"""


@pytest.fixture
def measure(tmp_path):
    """Give how wide a page is at a width, and what in it is to be scrolled sideways."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        pytest.skip(f"no browser is here: install Chromium so that one of {', '.join(BROWSERS)} is on PATH")

    def look(page, width=NARROW):
        frame = tmp_path / "frame.html"
        frame.write_text(MEASURE.format(page=page.as_uri(), width=width), encoding="utf-8")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
        command += [f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=10000", "--dump-dom"]
        done = subprocess.run(
            [*command, frame.as_uri()], capture_output=True, encoding="utf-8", timeout=120, check=True
        )
        found = json.loads(unescape(re.search(r'<pre id="found">(.*?)</pre>', done.stdout, flags=re.S)[1]))
        assert found["words"] > 100, "the page was not there"
        return found

    return look


def test_no_page_of_a_delivery_has_to_be_scrolled_sideways_on_a_telephone(edition, run, measure):
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
        found = measure(page)
        assert found["width"] <= NARROW and found["over"] == [], (page.name, found)
