"""Reports of eleven kinds of school, on paper and on screen: four questions, each on its page, in plain short words."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections import Counter
from copy import copy
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests.chromium import LOOKS, find_faults_of_all, name_look, show

pytestmark = pytest.mark.kernel

QUESTIONS = ["Where the school stands", "Every measure", "Pupils and years", "Talk about it"]
#: What no head should have to look up.
STOPPED = (
    *("indicator", "benjamini", "standard deviation", "interval", "resampl", "variable", "variance", "percentile"),
    *("drawn towards", "confidence level", "statistically significant"),
)
FIRST_PAGE, SENTENCE = 230, 25
WHOLE, BRIEF = 4, 2
BODY, TABLE, NOTE = 10.5, 9.0, 8.5
MOST_HTML, MOST_PDF = 400_000, 250_000  # bytes
PRINTED = 5  # pages of the page itself, as a browser prints it


@cache
def read_pages(folder: Path) -> list[str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(folder / "report.pdf")
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


@cache
def read_whole(folder: Path) -> BeautifulSoup:
    return BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "html.parser")


@cache
def read_page(folder: Path) -> Tag:
    """What the page says, without its drawings."""
    page = copy(read_whole(folder).find("main"))
    assert isinstance(page, Tag)
    for drawn in page.find_all("svg"):
        drawn.decompose()
    return page


def is_brief(folder: Path) -> bool:
    return json.loads((folder / "facts.json").read_text(encoding="utf-8"))["document"]["brief"]


def test_a_whole_report_has_four_pages_and_each_begins_with_its_question(reports):
    whole = [folder for folder in reports if not is_brief(folder)]
    assert len(whole) == 6
    for folder in whole:
        pages = read_pages(folder)
        assert len(pages) == WHOLE, f"{folder.name}: {len(pages)} pages"
        assert [next((one for one in QUESTIONS if one in page[:160]), "") for page in pages] == QUESTIONS, folder.name


def test_a_school_of_which_little_is_published_has_a_page_or_two(reports):
    brief = [folder for folder in reports if is_brief(folder)]
    assert len(brief) == 5
    for folder in brief:
        assert len(read_pages(folder)) <= BRIEF, folder.name


def test_the_year_of_support_is_that_of_the_plan_and_names_no_person_but_the_contact(reports, tmp_path):
    from pipeline.foundation.paths import Workspace
    from pipeline.run.desk.support.planning import plan_edition_support

    others = (900002, 900015, 900033)  # of which people.csv tells, and no report is made here
    home = shutil.copytree(reports[0].parents[3], tmp_path / "home")
    statuses = [{"urn": int(folder.name), "name": "", "status": "done", "reason": ""} for folder in reports]
    statuses += [{"urn": urn, "name": "", "status": "failed", "reason": ""} for urn in others]
    (home / "reports/sample/schools.json").write_text(json.dumps(statuses), encoding="utf-8")
    for name in ("support_log.csv", "programmes.csv"):  # which tell of more schools
        (home / "data/editions/sample/local" / name).unlink()
    plan = plan_edition_support(Workspace(home), "sample", lambda _: None)
    planned = [visit.activity for visit in plan.visits]
    for folder in reports:
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        told = facts["support"]["activities"]
        assert [(one["activity"], one["number"], one["day"], one["status"]) for one in told] == [
            (one.key, one.number, one.day and one.day.isoformat(), one.status)
            for one in planned
            if str(one.urn) == folder.name
        ]
        page, paper = read_page(folder).get_text(" "), " ".join(read_pages(folder))
        for text in (page, paper):
            named = {person.name for person in plan.people if person.name in text}
            assert named == ({"Marek Dunn"} if folder.name == "900003" else set())
            assert "head is away" not in text and "governors meet." not in text
    visited = read_page(reports[0]).find("table", id="year-of-support").get_text(" ")
    assert "(14 Jan)" in visited and "Cancelled" in visited


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


def test_a_report_is_small_enough_to_be_sent(reports):
    for folder in reports:
        assert (folder / "report.html").stat().st_size < MOST_HTML, folder.name
        assert (folder / "report.pdf").stat().st_size < MOST_PDF, folder.name


def test_the_words_of_every_drawing_can_be_searched_on_the_page_and_on_paper(reports):
    for folder in reports:
        page = read_whole(folder)
        drawn = {text.get_text() for text in page.select("svg text")}
        assert not page.find("img"), f"{folder.name}: a picture, in which nothing can be searched"
        printed = " ".join(read_pages(folder))
        assert drawn or is_brief(folder)
        assert not [words for words in drawn if words not in printed], folder.name


def test_pdftotext_reads_what_stands_at_an_axis(reports):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not here: install poppler-utils")
    command = ["pdftotext", "-layout", str(reports[0] / "report.pdf"), "-"]
    told = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    assert re.search(r"Scale: per cent of pupils\s+0%\s+50%\s+100%", told)


def test_every_drawing_of_the_first_page_has_its_scale(reports):
    for folder in (one for one in reports if not is_brief(one)):
        page = read_whole(folder)
        rows = page.select("#key-figures tbody tr")
        scales = [row for row in rows if row.th.get_text().startswith("Scale: ")]
        assert scales and all(len(row.select("svg text")) >= 2 for row in scales), folder.name
        assert len(scales) < len(rows)


def test_a_number_is_said_twice_at_most_in_the_prose_of_the_first_page(reports):
    for folder in reports:
        first = read_page(folder).find("h2")
        assert isinstance(first, Tag)
        told = []
        for part in first.find_all_next(["h2", "p", "li"]):
            if part.name == "h2":
                break
            if part.find_parent("table") is None:
                told += re.findall(r"(?<![\w/])\d+(?:\.\d+)?%?(?![\w/])", part.get_text(" "))
        numbers = [one for one in told if one not in ("8", "100")]  # Attainment 8; times in 100
        assert not [one for one in set(numbers) if numbers.count(one) > 2], f"{folder.name}: {numbers}"


#: A figure in a sentence: a share, points, or so many pupils. Dates and names of measures hold whole numbers alone.
FIGURE = re.compile(r"(?<![\w/.,])[+−]?(?:\d+%|\d+\.\d+%?|\d+(?= (?:percentage )?(?:points?|pupils)\b))")
LISTED = ("Shown but not rated", "Files.")  # many measures, or files, each once


def count_figures(folder: Path) -> Counter[str]:
    parts = read_page(folder).find_all(["p", "li", "caption"])
    prose = [part.get_text(" ") for part in parts if part.name == "caption" or part.find_parent("table") is None]
    told = (words for words in prose if not words.strip().startswith(LISTED))
    return Counter(figure for words in told for figure in FIGURE.findall(words))


def test_no_figure_is_said_more_than_twice_in_the_prose_of_a_whole_report(reports):
    told = {folder.name: count_figures(folder) for folder in reports}
    assert sum(map(len, told.values())) > 50
    again = {urn: figure for urn, figures in told.items() for figure, times in figures.items() if times > 2}
    assert not again


def test_the_page_leads_to_its_pdf_and_no_link_of_it_is_dead(reports):
    for folder in reports:
        page = read_whole(folder)
        assert page.select_one(".banner a")["href"] == "report.pdf"
        led = {link["href"] for link in page.find_all("a", href=True)}
        within = {href[1:] for href in led if href.startswith("#")}
        assert not within - {tag["id"] for tag in page.find_all(id=True)}, folder.name
        beside = {href for href in led if not href.startswith(("#", "mailto:", "tel:", "https:"))}
        assert all((folder / href).is_file() for href in beside), f"{folder.name}: {beside}"


# In a browser


#: One of each length: four pages, most measures, least published, a special school.
LOOKED_AT = (900003, 900016, 900004, 900017)


def test_no_kind_of_report_has_a_fault_that_axe_can_find(browser, axe, reports):
    looked_at = [folder / "report.html" for folder in reports if int(folder.name) in LOOKED_AT]
    assert find_faults_of_all(browser, axe, looked_at) == {}


UNSEEN = """[...document.querySelectorAll('table.drawn')].flatMap(table => {
  const width = document.documentElement.clientWidth
  const scrolls = table.parentElement.scrollWidth > table.parentElement.clientWidth + 1 ? [table.id + ' scrolls'] : []
  const beyond = [...table.querySelectorAll('td, th[scope=row]')].filter(cell => {
    const box = cell.getBoundingClientRect()
    return box.width && (box.left < 0 || box.right > width)
  }).map(cell => table.id + ': ' + cell.textContent)
  const small = [...table.querySelectorAll('svg text')].filter(text => text.getBoundingClientRect().height < 10)
    .map(text => table.id + ': small ' + text.textContent)
  return [...scrolls, ...beyond, ...small]
})"""


def test_a_telephone_shows_every_drawn_figure_with_its_label(browser, reports):
    for folder in reports:
        show(browser, (folder / "report.html").as_uri(), width=320)
        assert browser.ask(UNSEEN) == [], folder.name
        labelled = "[...document.querySelectorAll('table.drawn td[data-label]:not(:empty)')]"
        seen = f"{labelled}.map(cell => getComputedStyle(cell, '::before').content)"
        assert all(one.strip('"') not in ("none", "normal", "") for one in browser.ask(seen)), folder.name


#: Marks that lie outside the frame they are drawn in, words outside their cell, and what is too pale without colour:
#: contrast is of lightness alone, so what it finds of colours it finds of greys.
UNTOLD = """[...document.querySelectorAll('table.drawn svg')].flatMap(svg => {
  const bright = colour => {
    const part = at => (at /= 255) <= 0.04045 ? at / 12.92 : ((at + 0.055) / 1.055) ** 2.4
    const [red, green, blue] = colour.match(/[0-9.]+/g).map(Number)
    return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
  }
  const paper = bright(getComputedStyle(document.body).backgroundColor)
  const apart = colour => (Math.max(paper, bright(colour)) + 0.05) / (Math.min(paper, bright(colour)) + 0.05)
  const {width, height} = svg.viewBox.baseVal
  const place = svg.closest('table').id + ': '
  const marks = [...svg.querySelectorAll('path:not(.tick)')].flatMap(mark => {
    const box = mark.getBBox()
    const outside = box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height
    const pale = apart(getComputedStyle(mark).stroke) < 3
    return [...outside ? [place + 'outside ' + mark.getAttribute('d')] : [],
            ...pale ? [place + 'pale ' + mark.getAttribute('class')] : []]
  })
  const cell = svg.closest('td').getBoundingClientRect()
  const words = [...svg.querySelectorAll('text')].filter(text => {
    const box = text.getBoundingClientRect()
    return box.width && (box.left < cell.left - 1 || box.right > cell.right + 1)
  }).map(text => place + 'words outside ' + text.textContent)
  return [...marks, ...words]
})"""


@pytest.mark.parametrize("look", LOOKS, ids=name_look)
def test_every_mark_lies_in_its_frame_and_is_seen_without_colour(browser, reports, look):
    drawn = 0
    for folder in (one for one in reports if int(one.name) in LOOKED_AT):
        show(browser, (folder / "report.html").as_uri(), **look)
        drawn += browser.ask("document.querySelectorAll('table.drawn svg path:not(.tick)').length")
        assert browser.ask(UNTOLD) == [], folder.name
    assert drawn > 100


def test_a_pale_mark_and_one_outside_its_frame_are_found(browser, reports):
    show(browser, (reports[0] / "report.html").as_uri())
    browser.ask("""(() => {
      const [pale, outside] = document.querySelectorAll('#measures svg .school')
      pale.style.stroke = '#ccc'
      outside.setAttribute('d', 'M-9 10h8')
    })()""")
    assert browser.ask(UNTOLD) == ["measures: pale school", "measures: outside M-9 10h8"]


def test_a_browser_prints_a_report_on_five_pages(browser, reports):
    from pypdfium2 import PdfDocument

    for folder in reports:
        show(browser, (folder / "report.html").as_uri(), media="print")
        printed = browser.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        pages = len(PdfDocument(base64.b64decode(printed["data"])))
        assert pages <= PRINTED, f"{folder.name}: {pages} pages"
