"""Data Docs: the same bytes each time, nothing from the network, untrusted text shown as text."""

from __future__ import annotations

import errno
import re
from datetime import date
from pathlib import Path

import pytest
from correct_frames import make_frame, make_slice
from lxml import html

from pipeline.validation import check_frame, write_data_docs
from tests.chromium import BEYOND, show

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def reports():
    wrong = make_frame("ks2").assign(word="<script>alert(1)</script>", column="$value <b>", level="authority")
    return [
        check_frame("ks2", wrong, name="2018-2019/<i>885</i>_ks2final_of_a_long_name_that_breaks_nowhere.csv"),
        check_frame("school_slice", make_slice(), name="URN 100001", urn=100001, year=2019),
    ]


@pytest.fixture(scope="module")
def site(reports, tmp_path_factory) -> Path:
    return write_data_docs(
        reports, tmp_path_factory.mktemp("docs") / "data-docs", title="Ash & Elm <2019>", on=date(2019, 11, 1)
    ).parent


def read_pages(site: Path) -> dict[str, str]:
    return {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in sorted(site.rglob("*.html"))}


def test_the_same_reports_give_the_same_bytes(reports, site, tmp_path):
    again = write_data_docs(reports, tmp_path / "elsewhere", title="Ash & Elm <2019>", on=date(2019, 11, 1)).parent
    assert read_pages(again) == read_pages(site)


def test_no_page_asks_the_network_for_anything(site):
    for name, page in read_pages(site).items():
        assert not re.search(r"https?://|<script|<link|<img|@import|url\(", page), name
    assert {path.suffix for path in site.rglob("*") if path.is_file()} == {".html"}


def test_every_link_leads_to_a_page(site):
    for name, page in read_pages(site).items():
        for link in html.fromstring(page).xpath("//a/@href"):
            assert (site / name).parent.joinpath(link).resolve().is_file(), (name, link)


def test_texts_from_files_are_shown_as_texts(site):
    pages = "".join(read_pages(site).values())
    assert "<script>alert" not in pages and "<i>885" not in pages and "$value <b>" not in pages
    assert "$value &lt;b&gt;" in pages
    assert "Ash &amp; Elm &lt;2019&gt;" in pages


def test_pages_have_a_language_a_title_and_one_heading_of_the_first_level(site):
    for name, page in read_pages(site).items():
        tree = html.fromstring(page)
        assert tree.get("lang") == "en-GB", name
        assert tree.findtext(".//title").strip(), name
        assert len(tree.findall(".//h1")) == 1, name
        for cell in tree.iter("th"):
            assert cell.get("scope") in ("col", "row"), name


def test_outcomes_are_said_in_words(site):
    index = html.fromstring(read_pages(site)["index.html"])
    assert [row.text_content() for row in index.xpath("//tbody/tr/td[1]")] == ["Critical failure", "Nothing critical"]
    (results,) = [page for name, page in read_pages(site).items() if name.startswith("validations/ks2")]
    words = set(html.fromstring(results).xpath("//td/span/text()")) & {"Holds", "Does not hold"}
    assert words == {"Holds", "Does not hold"}


def test_the_reasons_stand_beside_the_expectations(site):
    page = read_pages(site)["expectations/school_slice.html"]
    assert "must never reach this report" in page


def test_no_page_prints_a_character_as_its_code_nor_an_empty_bullet_or_cell(site):
    pages = read_pages(site)
    assert any("authority's file" in html.fromstring(page).text_content() for page in pages.values())
    for name, page in pages.items():
        tree = html.fromstring(page)
        assert not re.search(r"&#\w+;|&(amp|lt|gt|quot);|\\[.'(\-]", tree.text_content()), name
        for tag in (*tree.iter("li"), *tree.iter("td"), *tree.iter("p")):
            assert tag.text_content().strip(), (name, html.tostring(tag))


@pytest.mark.parametrize("note", ["A *star*, an _under_score, `code`, [a](b), <i>, 1. one # two & 'three' \\ -"])
def test_a_note_is_printed_as_it_is_though_great_expectations_takes_it_for_markdown(note):
    import mistune

    from pipeline.validation.data_docs import _compose_as_markdown

    assert html.fromstring(str(mistune.html(_compose_as_markdown(note)))).text_content().strip() == note


def test_no_page_scrolls_sideways_on_a_narrow_telephone(site, browser):
    for page in sorted(site.rglob("*.html")):
        show(browser, page.as_uri(), width=320)
        assert browser.ask(BEYOND) <= 0, page.relative_to(site)


def test_an_earlier_site_is_replaced_whole(reports, tmp_path):
    (tmp_path / "data-docs").mkdir()
    (tmp_path / "data-docs" / "old.html").write_text("old")
    write_data_docs(reports[:1], tmp_path / "data-docs", title="Ash", on=date(2019, 11, 1))
    assert not (tmp_path / "data-docs" / "old.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["data-docs"]


def test_checks_go_on_after_the_site_was_built(site):
    assert check_frame("school_slice", make_slice(), urn=100001, year=2019).success


def test_a_page_that_could_not_be_written_is_not_left_out(reports, tmp_path, monkeypatch):
    """Great Expectations logged a traceback and went on: what was checked was not on the page, and nobody knew."""
    from great_expectations.data_context.store.tuple_store_backend import TupleFilesystemStoreBackend

    write, full = TupleFilesystemStoreBackend._set, [True]

    def write_but_once(*given, **named):
        if full and full.pop():
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(*given, **named)

    monkeypatch.setattr(TupleFilesystemStoreBackend, "_set", write_but_once)
    with pytest.raises(OSError, match="No space left"):
        write_data_docs(reports[:1], tmp_path / "data-docs", title="Ash", on=date(2019, 11, 1))
    assert not list(tmp_path.iterdir())
