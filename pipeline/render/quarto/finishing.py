"""From what Quarto wrote to what is published: the same page as the built-in engine's, and a PDF whose it is."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pipeline.foundation.errors import FailedReport
from pipeline.render.content.document import Document
from pipeline.render.content.finding import HEADINGS
from pipeline.render.engine import Rendered
from pipeline.render.html import (
    PAPER,
    drop_styles,
    find_skipped_levels,
    find_unfit,
    list_contents,
    name_headings,
    render_page,
    tidy_shown,
)
from pipeline.render.pdf import name_known_row_headers, read_metadata
from pipeline.render.quarto.preparing import MARK, Prepared, read_plainly
from pipeline.render.typst_source import list_row_headers

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_ENDINGS = {"html": "html", "typst": "pdf", "docx": "docx"}
_NO_MAIN = "Quarto's page has lost its main part"
_LEADS_ELSEWHERE = re.compile(r"#|//|[a-z][a-z0-9+.-]*:", re.I)  # on the page itself, or an address with its scheme
_FETCHED = re.compile(r"\s*(https?:)?//", re.I)
_FETCHED_BY_STYLE = re.compile(r"(?:url\(\s*|@import\s+)[\"']?\s*(?:https?:)?//[^\"')\s;]*", re.I)
_FETCHING = ("src", "srcset", "data", "poster", "background", "xlink:href")


def list_missing(prepared: Prepared) -> list[str]:
    """The files that Quarto should have written for a document and has not, or has left empty."""
    paths = [prepared.find_output(_ENDINGS[name]) for name in prepared.formats]
    return [path.name for path in paths if not path.is_file() or not path.stat().st_size]


def finish(prepared: Prepared) -> Rendered:
    """Check that what Quarto wrote is this document's, whole, and fetches nothing; then make it as ours look.

    Raises FailedReport with all that is wrong.
    """
    faults = [f"Quarto wrote no {name}" for name in list_missing(prepared)]
    if faults:
        raise refuse(prepared.document, faults)
    html = prepared.find_output("html").read_text(encoding="utf-8", errors="replace")
    pdf = prepared.find_output("pdf").read_bytes()
    page, tables = _finish_page(prepared, html, faults)
    faults += _find_strange_pdf(pdf, prepared.document)
    besides = {}
    if "docx" in prepared.formats:
        besides["report.docx"] = prepared.find_output("docx").read_bytes()
        faults += _find_strange_word(besides["report.docx"], prepared.document)
    if faults:
        raise refuse(prepared.document, faults)
    return Rendered(page, name_known_row_headers(pdf, tables), besides)


def refuse(document: Document, faults: list[str]) -> FailedReport:
    """One school's failure, in the words of ``faults``."""
    return FailedReport(
        document.urn,
        "\n".join(dict.fromkeys(faults)),
        where=f"Quarto, {document.school or document.title}",
        remedy="Mend the notebook or the Quarto settings where it says, or use the built-in engine.",
    )


# The page


def _finish_page(prepared: Prepared, html: str, faults: list[str]) -> tuple[str, list[tuple[int, ...]]]:
    """The page, and the row headers of its tables; what is wrong is added to ``faults``."""
    from bs4 import BeautifulSoup
    from markupsafe import Markup

    page = BeautifulSoup(html, "html.parser")
    mains = page.find_all("main")
    if len(mains) != 1:
        faults.append(f"Quarto's page has {len(mains)} main parts; it needs one" if mains else _NO_MAIN)
        return "", []
    main = mains[0]
    faults += [*_find_strange_page(page, prepared.document), *_find_fetched(page)]
    style = _take_styles(page)
    _plain(main)
    faults += [f"Quarto's page: {fault}" for fault in find_unfit(main)]
    drop_styles(main)
    prose = main.find_all(["table", "img"])
    moved = _take_ids(main, prepared.headings)
    links = main.find_all("a", href=True)
    faults += _find_dead_links(links, prepared.links)
    faults += _fill_in(main, prepared.parts)
    name_headings(main)
    _follow(links, moved)
    for shown in prose:
        tidy_shown(page, shown)
    faults += find_skipped_levels(main)
    if main.find("h1"):
        faults.append("the page has a first-level heading besides its title. Write it as '## …'")
    body, contents = Markup(main.decode_contents().strip()), list_contents(main)
    finished = render_page(
        prepared.document, body, heading=prepared.heading, contents=contents, further_style=style, paper=PAPER
    )
    return finished, list_row_headers(main)


def _find_strange_page(page: BeautifulSoup, document: Document) -> list[str]:
    said = read_metadata(page)
    faults = [
        f"Quarto's page is another document's: its {name} is {_squeeze(getattr(said, name))!r}"
        for name in ("urn", "school", "edition", "title")
        if _squeeze(getattr(said, name)) != _squeeze(getattr(document, name))
    ]
    text = page.main.get_text() if page.main else ""
    if document.urn and not re.search(rf"\bURN {document.urn}\b", text):
        faults.append(f"Quarto's page does not print URN {document.urn}")
    return faults


def _squeeze(text: object) -> str:
    return " ".join(str(text or "").split())


def _find_fetched(page: BeautifulSoup) -> list[str]:
    """What the page would fetch when it is read; links that a reader may follow are none of it."""
    fetched = []
    for tag in page.find_all(True):
        names = (*_FETCHING, "href") if tag.name in ("link", "use", "image", "script") else _FETCHING
        fetched += [str(tag[name]) for name in names if tag.has_attr(name) and _FETCHED.match(str(tag[name]))]
        styled = tag.get_text() if tag.name == "style" else str(tag.get("style", ""))
        fetched += _FETCHED_BY_STYLE.findall(styled)
    return [f"Quarto's page fetches {address[:200]}" for address in dict.fromkeys(fetched)]


def _find_dead_links(links: list[Tag], known: frozenset[str]) -> list[str]:
    """Links to files beside the page that the notebook does not have: Quarto adds some to files it has written."""
    targets = dict.fromkeys(str(link["href"]) for link in links)
    own = set(map(unquote, known))
    dead = [one for one in targets if not _LEADS_ELSEWHERE.match(one) and unquote(one) not in own]
    return [f"Quarto's page links to {one!r}, which the notebook does not" for one in dead]


def _take_styles(page: BeautifulSoup) -> str:
    """The style sheets of a theme; scripts go, for a page of ours runs none."""
    for script in page.find_all("script"):
        script.decompose()
    styles = [style.extract().get_text().strip() for style in page.find_all("style")]
    return "".join(f"\n{style}" for style in styles if style)


def _plain(main: Tag) -> None:
    """Take out what Quarto and Pandoc put around our words, the title block, and names for what we name ourselves."""
    for block in main.find_all(class_="title-block"):
        block.decompose()
    for section in main.find_all("section", class_=re.compile(r"^level\d$")):
        heading = section.find(HEADINGS)
        if heading and section.get("id") and not heading.get("id"):
            heading["id"] = section["id"]
        section.unwrap()
    for tag in main.find_all(["div", "img", *HEADINGS]):
        if tag.name == "img":
            for name in ("role", "aria-label"):
                del tag[name]
        elif tag.name in HEADINGS:
            for name in [name for name in tag.attrs if name != "id"]:
                del tag[name]
        elif "callout" in tag.get_attribute_list("class"):
            tag["class"] = " ".join([*tag.get_attribute_list("class"), "notice"])


def _take_ids(main: Tag, known: tuple[tuple[str, str], ...]) -> list[tuple[str, Tag]]:
    """Give headings the ids they have by the built-in engine, where it had them; else none yet. Gives the old ones."""
    waiting = list(known)
    moved = []
    for heading in main.find_all(HEADINGS):
        if old := heading.get("id"):
            moved.append((str(old), heading))
            del heading["id"]
        found = next((pair for pair in waiting if pair[0] == read_plainly(heading)), None)
        if found:
            heading["id"] = found[1]
            waiting.remove(found)
    return moved


def _fill_in(main: Tag, parts: tuple[str, ...]) -> list[str]:
    from bs4 import BeautifulSoup

    faults = []
    for number, part in enumerate(parts, start=1):
        places = main.find_all("div", attrs={MARK: str(number)})
        if len(places) != 1:
            faults.append(f"Quarto's page holds part {number} of {len(parts)} of the notebook {len(places)} times")
            continue
        places[0].replace_with(BeautifulSoup(part, "html.parser"))
    return faults


def _follow(links: list[Tag], moved: list[tuple[str, Tag]]) -> None:
    """Let links in prose lead to headings whose id has changed."""
    now = {old: str(heading["id"]) for old, heading in reversed(moved)}
    for link in links:
        target = str(link["href"]).removeprefix("#")
        if str(link["href"]).startswith("#") and target in now:
            link["href"] = f"#{now[target]}"


# The PDF and the Word document


def _find_strange_pdf(pdf: bytes, document: Document) -> list[str]:
    import pikepdf
    import pypdfium2

    try:
        with pikepdf.open(io.BytesIO(pdf), attempt_recovery=False, suppress_warnings=True) as printed:
            told = printed.trailer.get("/Info", pikepdf.Dictionary())
            title, keywords = str(told.get("/Title", "")), str(told.get("/Keywords", ""))
        with pypdfium2.PdfDocument(pdf) as printed:
            text = printed[0].get_textpage().get_text_range()
    except (pikepdf.PdfError, pypdfium2.PdfiumError, ValueError, IndexError, AttributeError) as error:
        return [f"Quarto's PDF cannot be read: {error}"]
    return list(_compare_pdf(title, keywords, text, document))


def _compare_pdf(title: str, keywords: str, text: str, document: Document) -> Iterator[str]:
    if _squeeze(title) != _squeeze(document.title):
        yield f"Quarto's PDF is another document's: its title is {_squeeze(title)!r}"
    if _squeeze(keywords) != _squeeze(document.keywords):
        yield f"Quarto's PDF is another document's: its keywords are {_squeeze(keywords)!r}"
    if document.urn and not re.search(rf"(?<!\d){document.urn}(?!\d)", text):
        yield f"the first page of Quarto's PDF does not print URN {document.urn}"


def _find_strange_word(word: bytes, document: Document) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(word)) as held:
            core = held.read("docProps/core.xml").decode("utf-8", "replace")
            held.read("word/document.xml")
    except (zipfile.BadZipFile, KeyError) as error:
        return [f"Quarto's Word document cannot be read: {error}"]
    if document.urn and not re.search(rf"\bURN {document.urn}\b", core):
        return [f"Quarto's Word document is another document's: its keywords do not hold URN {document.urn}"]
    return []
