"""The page on how far to trust an edition, made by the real engine in a whole run, and missed where it fails."""

from __future__ import annotations

import json

import pytest

from pipeline.render.checks import check_html, check_pdf
from pipeline.run.jobs import ReportOutcome


@pytest.mark.kernel
def test_a_run_makes_the_page_and_leads_to_it(made_sample):
    reports = made_sample / "reports" / "sample"
    page = reports / "how-far-to-trust"
    assert sorted(path.name for path in page.iterdir()) == [
        "facts.json",
        "made.json",
        "notebook.ipynb",
        "report.html",
        "report.pdf",
    ]
    html = (page / "report.html").read_text(encoding="utf-8")
    assert check_html(html) == []
    assert check_pdf((page / "report.pdf").read_bytes(), urn=None) == []
    facts = json.loads((page / "facts.json").read_text(encoding="utf-8"))
    assert facts["document"]["kind"] == "reliance"
    assert facts["agreeing"] == facts["schools"] == 2
    assert facts["simulations"]["no_differences"]["any_finding"]["share"] <= 0.05
    assert abs(facts["simulations"]["no_differences"]["coverage"][0]["share"] - 0.95) <= 0.015
    assert 'href="how-far-to-trust/report.html"' in (reports / "index.html").read_text(encoding="utf-8")
    assert 'href="../how-far-to-trust/report.html"' in (reports / "area" / "report.html").read_text(encoding="utf-8")
    outputs = json.loads((reports / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    assert "how-far-to-trust/report.pdf" in outputs


def test_a_page_that_could_not_be_made_is_an_exit_code_and_said_on_the_index(tmp_path):
    from types import SimpleNamespace

    from pipeline.run.record.index import find_links, phrase_notices
    from pipeline.run.reports import RunSummary

    pages = (
        ReportOutcome(None, "the area report"),
        ReportOutcome(None, "how far to trust this", "no such column"),
    )
    summary = RunSummary(SimpleNamespace(), (), (), (), pages, (), None)
    assert summary.exit_code == 5
    paths = SimpleNamespace(
        data_docs=tmp_path, area_site=tmp_path / "area-site", delivery_settings=tmp_path / "delivery.yaml"
    )
    for trust, title in ((None, "The area's report"), (16093, "The trust's report")):
        area = SimpleNamespace(trust=trust)
        edition = SimpleNamespace(paths=paths, description=SimpleNamespace(area=area))
        links = [(link.address, link.words) for link in find_links(edition, pages)]
        assert links == [("area/report.html", title), ("area/report.pdf", f"{title} as PDF")]
    assert [notice.words for notice in phrase_notices(pages, (), "area")] == [
        "The page “How far to trust this” could not be made: no such column"
    ]
