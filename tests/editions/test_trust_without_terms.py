"""A trust's first edition: its analyst has written no terms and no people yet, so no year of support is planned."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.kernel

#: What the year of support rests on.
PLANNED = ("terms.csv", "people.csv", "support_plan.csv", "support_log.csv", "programmes.csv", "partners.csv")
MOST_SUPPORTED = (900507, 900508, 900509)


def test_a_trusts_report_has_four_pages_where_its_support_is_told_in_words(desk, area_alone):
    from pypdfium2 import PdfDocument

    folder = desk.copy_edition("sample-trust")
    for name in PLANNED:
        (folder / "local" / name).unlink()
    code, said = desk.say("reports", "sample-trust", *(f"--urn={urn}" for urn in MOST_SUPPORTED))
    assert code == 0, said
    for urn in MOST_SUPPORTED:
        report = PdfDocument(desk.root / "reports/sample-trust/schools" / str(urn) / "report.pdf")
        words = " ".join(report[3].get_textpage().get_text_range().split())
        assert "What it brings: Days a year: " in words and "Consultants report to the school" in words
        assert len(report) == 4, f"{urn}: {len(report)} pages"
