"""Reports of ten kinds of school, on paper and on screen: four questions, each on its page, in plain short words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

pytestmark = pytest.mark.kernel

QUESTIONS = ["Where the school stands", "Every measure", "Pupils and years", "Talk about it"]
#: What no head should have to look up.
STOPPED = (
    *("indicator", "benjamini", "standard deviation", "interval", "resampl", "variable", "variance", "percentile"),
    *("drawn towards", "confidence level", "statistically significant"),
)
FIRST_PAGE, SENTENCE = 230, 25
#: All-through schools tell of two key stages, special schools of what cannot be rated in either; the subjects of a
#: secondary or high school may take a page of their own.
WHOLE, BRIEF = {"secondary": 5, "high": 5, "all-through": 6}, {"special": 3}
BODY, TABLE, NOTE = 10.5, 9.0, 8.5


def read_pages(folder: Path) -> list[str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(folder / "report.pdf")
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def read_page(folder: Path) -> Tag:
    page = BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "html.parser").find("main")
    assert isinstance(page, Tag)
    for drawn in page.find_all("svg"):
        drawn.decompose()
    return page


def read_phase(folder: Path) -> str:
    return read_page(folder).find_all("p")[1].get_text().split(",")[0].strip().lower()


def is_brief(folder: Path) -> bool:
    return json.loads((folder / "facts.json").read_text(encoding="utf-8"))["document"]["brief"]


def test_a_whole_report_has_four_pages_and_each_begins_with_its_question(reports):
    whole = [folder for folder in reports if not is_brief(folder)]
    assert len(whole) == 5
    for folder in whole:
        pages, most = read_pages(folder), WHOLE.get(read_phase(folder), 4)
        assert len(pages) <= most, f"{folder.name}: {len(pages)} pages"
        asked = [next((one for one in QUESTIONS if one in page[:160]), "") for page in pages]
        assert [one for one in asked if one] == QUESTIONS, folder.name
        if most == 4:
            assert asked == QUESTIONS, folder.name


def test_a_school_of_which_little_is_published_has_a_page_or_two(reports):
    brief = [folder for folder in reports if is_brief(folder)]
    assert len(brief) == 5
    for folder in brief:
        assert len(read_pages(folder)) <= BRIEF.get(read_phase(folder), 2), folder.name


def test_no_table_is_split_between_pages(reports):
    for folder in reports:
        pages = read_pages(folder)
        for table in read_page(folder).find_all("table"):
            caption, last = table.find("caption"), table.find_all("tr")[-1].find("th")
            words = [" ".join(part.get_text().split()) for part in (caption, last) if part is not None]
            held = [{number for number, page in enumerate(pages) if one in page} for one in words]
            assert not all(held) or set.intersection(*held), f"{folder.name}: {words}"


def test_the_first_page_is_read_in_a_minute(reports):
    """Its words without those of the drawn table: 230 at most."""
    for folder in reports:
        first = read_page(folder).find("h2")
        assert isinstance(first, Tag)
        words: list[str] = []
        for part in first.find_all_next(["h2", "h3", "p", "li"]):
            if part.name == "h2":
                break
            if part.find_parent("table") is None and part.find_parent(class_="note") is None:
                words += part.get_text(" ").split()
        assert len(words) <= FIRST_PAGE, f"{folder.name}: {len(words)} words"


def test_no_word_needs_a_course_in_statistics(reports):
    for folder in reports:
        words = read_page(folder).get_text(" ").casefold()
        found = [one for one in STOPPED if one in words]
        assert not found, f"{folder.name}: {found}"


def list_sentences(page: Tag) -> list[str]:
    """The sentences of a page's prose. A list of things is told by its semicolons, and each of them by itself."""
    told = (part.get_text(" ") for part in page.find_all(["p", "li"]) if part.find_parent("table") is None)
    pieces = (piece for words in told for piece in re.split(r"[.!?:;]\s+(?=\S)", words))
    return [piece for piece in pieces if piece.strip()]


def test_sentences_are_short(reports):
    long = {
        " ".join(sentence.split())
        for folder in reports
        for sentence in list_sentences(read_page(folder))
        if len(sentence.split()) > SENTENCE and " of a predecessor" not in sentence
    }
    assert not long, "\n".join(sorted(long))


def test_letters_are_large_enough_to_read(reports):
    """Body 10.5 points, tables and charts 9, notes 8.5: nothing that is printed is smaller."""
    import pypdfium2.raw as raw
    from pypdfium2 import PdfDocument

    sizes: dict[float, int] = {}
    for folder in reports[:4]:
        for page in PdfDocument(folder / "report.pdf"):
            text = page.get_textpage()
            for place in range(text.count_chars()):
                if not chr(raw.FPDFText_GetUnicode(text, place)).isspace():
                    size = round(raw.FPDFText_GetFontSize(text, place), 2)
                    sizes[size] = sizes.get(size, 0) + 1
    assert min(sizes) >= NOTE, sizes
    assert sum(count for size, count in sizes.items() if size >= BODY) > 0.25 * sum(sizes.values())
    assert {BODY, TABLE, NOTE} <= set(sizes)
