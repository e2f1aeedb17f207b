"""The area's site as a run leaves it: of the run's own facts, not written again in vain, and never sent."""

from __future__ import annotations

import csv
import json
import re
import shutil

import pytest

from pipeline.foundation.paths import Workspace
from pipeline.render.checks import check_html
from pipeline.run.record.verification import verify_edition

pytestmark = pytest.mark.kernel

PRIMARY, SECONDARY = 900001, 900013  # the schools of ``made_sample``


@pytest.fixture(scope="module")
def site(made_sample):
    return made_sample / "reports" / "sample" / "area-site"


def read_csv(site, name):
    with (site / "downloads" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def read_facts(site, urn):
    return json.loads((site.parent / "schools" / str(urn) / "facts.json").read_text(encoding="utf-8"))


def test_every_page_is_sound_and_the_index_leads_to_the_first(site):
    pages = {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    assert {f"schools/{PRIMARY}.html", f"schools/{SECONDARY}.html", "index.html", "downloads.html"} <= set(pages)
    assert {name: check_html(html) for name, html in pages.items()} == {name: [] for name in pages}
    assert 'href="area-site/index.html"' in (site.parent / "index.html").read_text(encoding="utf-8")


def test_an_edition_of_listed_schools_tells_no_ambition_of_an_authority(site):
    told = (site / "index.html").read_text(encoding="utf-8")
    assert "beside England" in told and "The ambition." not in told


def test_no_link_of_it_is_dead(site):
    for path in site.rglob("*.html"):
        for link in re.findall(r'href="([^"#]+)', path.read_text(encoding="utf-8")):
            assert (path.parent / link).is_file(), (path.name, link)


def test_every_file_of_it_is_an_output_and_a_strange_one_is_told(site, made_sample, tmp_path):
    outputs = json.loads((site.parent / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    made = {path.relative_to(site.parent).as_posix() for path in site.rglob("*") if path.is_file()}
    assert made == {name for name in outputs if name.startswith("area-site/")}
    shutil.copytree(made_sample, tmp_path, dirs_exist_ok=True)
    (tmp_path / "reports" / "sample" / "area-site" / "schools" / "900099.html").write_text("x")
    found = verify_edition(Workspace(tmp_path), "sample").outputs
    assert [str(one) for one in found] == [
        "area-site/schools/900099.html: is no file of this run; take it away, or it could be sent by mistake"
    ]


def test_downloads_hold_the_numbers_of_the_facts_in_the_same_digits(site):
    figures, years = read_csv(site, "figures"), read_csv(site, "years")
    for urn in (PRIMARY, SECONDARY):
        own = [row for row in figures if row["urn"] == str(urn)]
        facts = read_facts(site, urn)["indicators"]
        assert [row["indicator"] for row in own] == [one["indicator"] for one in facts]
        for row, one in zip(own, facts, strict=True):
            for name in ("value", "lower", "upper", "pupils"):
                assert row[name] == ("" if one[name] is None else json.dumps(one[name])), (one["indicator"], name)
        told = [each for one in facts for each in one["by_year"]]
        by_year = [row for row in years if row["urn"] == str(urn)]
        assert [row["value"] for row in by_year] == ["" if e["value"] is None else json.dumps(e["value"]) for e in told]
        assert [row["availability"] for row in by_year] == [each["availability"] for each in told]


def test_a_changed_adviser_changes_the_site_and_nothing_else_is_made(desk, made_sample, monkeypatch):
    from pipeline.run.making import notebooks

    shutil.copytree(made_sample, desk.root, dirs_exist_ok=True)
    reports, book = desk.root / "reports" / "sample", desk.root / "data/editions/sample/local/recipients.csv"
    before = (reports / "area-site" / "schools.html").read_text(encoding="utf-8")
    with book.open("a", encoding="utf-8") as stream:
        stream.write(f"{PRIMARY},adviser,Ida Penn,ida.penn@marlshire.example,,\n")
    (found,) = verify_edition(Workspace(desk.root), "sample").inputs
    assert str(found) == "list of advisers local/recipients.csv: has changed since the reports were made"
    monkeypatch.setattr(notebooks, "execute_notebook", None)  # from here on no notebook is run
    code, said = desk.say("reports", "sample", "--executor", "serial")
    assert code == 0, said
    after = (reports / "area-site" / "schools.html").read_text(encoding="utf-8")
    assert "Ida Penn" not in before and "Ida Penn" in after
    assert verify_edition(Workspace(desk.root), "sample").exit_code == 0


def test_no_message_holds_a_page_of_the_site(made_sample):
    from pipeline.delivery.composing.messages import compose
    from pipeline.delivery.mail.message import Recipient
    from pipeline.delivery.settings import read_settings
    from pipeline.edition.editions import load_edition, read_policy_of

    edition = load_edition(Workspace(made_sample), "sample")
    settings, policy = read_settings(edition.paths), read_policy_of(edition)
    settings = settings.model_copy(update={"files": ("pdf", "html")})
    for urn in (PRIMARY, SECONDARY):
        to = Recipient(urn, "head", "A. Head", "head@schools.marlshire.example", "", 2)
        message = compose(edition.paths, settings, policy, to, "2024/25")
        assert {one.source for one in message.attachments} == {
            f"schools/{urn}/report.pdf",
            f"schools/{urn}/report.html",
        }
        held = [message.text, message.html, *(one.content.decode("latin-1") for one in message.attachments)]
        assert not any("area-site" in each or "officer's record" in each for each in held)
