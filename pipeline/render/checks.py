"""What must hold of a finished page and of a finished PDF, said in words where it does not."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from pipeline.render.content.finding import HEADINGS
from pipeline.render.content.outputs import find_unshown
from pipeline.render.html import STAMPED, hash_script
from pipeline.render.pdf import walk_tags

if TYPE_CHECKING:
    import pikepdf
    import pypdfium2
    from lxml.html import HtmlElement

_REACHING = {"img": "src", "link": "href", "iframe": "src", "source": "src", "audio": "src", "video": "src"}
_UNPRINTED = ("script", "style", "template")
_TRACEBACK = "Traceback (most recent call last)"
_PDF_UA = re.compile(rb"pdfuaid:part(?:>|=[\"'])1")


def check_html(html: str) -> list[str]:
    """Give every fault of a rendered page: structure, descriptions, what it fetches, and whose report it is.

    The page is read as it was written, by another reader (libxml2's) than the one that made it.
    """
    from lxml.html import HTMLParser, document_fromstring

    if not html.strip() or "\0" in html:  # at which this reader would end
        return ["the page is empty, or holds a character that ends it"]
    page = document_fromstring(html, parser=HTMLParser(huge_tree=True))
    text = "".join(page.xpath(f"//text()[not({' or '.join(f'parent::{name}' for name in _UNPRINTED)})]"))
    return [
        *_check_page(page, html, text),
        *_check_headings(page),
        *_check_images_and_tables(page),
        *_check_links(page),
        *_check_self_contained(page),
        *_check_whose(page),
    ]


def _check_page(page: HtmlElement, html: str, text: str) -> list[str]:
    faults = []
    if not page.get("lang"):
        faults.append("the page does not say its language")
    if not _read_words(next(page.iter("title"), None)):
        faults.append("the page has no title")
    parts = ("header", "main", "footer")
    faults += [f"the page has no <{name}>" for name in parts if next(page.iter(name), None) is None]
    if (mains := len(list(page.iter("main")))) > 1:
        faults.append(f"the page has {mains} main parts (<main>); it needs one")
    if STAMPED in unescape(html) or STAMPED in text:
        faults.append(f"an image was stamped {STAMPED!r}")
    if _TRACEBACK in text:
        faults.append("the page prints a Python traceback")
    faults += [f"the page prints {words!r}, which is a program's name for something" for words in find_unshown(text)]
    return faults


def _read_words(tag: HtmlElement | None) -> str:
    return "" if tag is None else str(tag.text_content()).strip()


def _check_headings(page: HtmlElement) -> list[str]:
    headings = list(page.iter(*HEADINGS))
    faults = []
    firsts = sum(heading.tag == "h1" for heading in headings)
    if firsts != 1:
        faults.append(f"the page has {firsts} first-level headings; it needs one")
    last = 0
    for heading in headings:
        level = int(heading.tag[1])
        if level > last + 1:
            faults.append(f"the heading {heading.text_content()!r} skips from level {last} to {level}")
        if not _read_words(heading):
            faults.append(f"a heading of level {level} is empty")
        last = level
    return faults


def _check_images_and_tables(page: HtmlElement) -> list[str]:
    faults = [
        f"image {number} has no description (alt)"
        for number, image in enumerate(page.iter("img"), start=1)
        if not image.get("alt", "").strip()
    ]
    faults += [
        f"equation {number} has no words of its own (alttext or annotation)"
        for number, equation in enumerate(page.iter("math"), start=1)
        if not equation.get("alttext", "").strip() and next(equation.iter("annotation"), None) is None
    ]
    for number, table in enumerate(page.iter("table"), start=1):
        heads = list(table.iter("th"))
        if not heads:
            faults.append(f"table {number} has no header cells")
        unscoped = [_read_words(head) for head in heads if not head.get("scope")]
        faults += [f"table {number}: the header {text!r} has no scope" for text in unscoped]
    return faults


def _check_links(page: HtmlElement) -> list[str]:
    ids = Counter(page.xpath("//@id"))
    faults = [f"the id {name!r} is used {times} times" for name, times in ids.items() if times > 1]
    for link in page.xpath("//a[@href]"):
        target = link.get("href")
        if target.startswith("#") and target[1:] not in ids:
            faults.append(f"the link {link.text_content()!r} leads to {target!r}, which is not on the page")
        if target.lower().startswith(("javascript:", "data:")):
            faults.append(f"the link {link.text_content()!r} is a script")
    return faults


def _check_self_contained(page: HtmlElement) -> list[str]:
    faults = ["the page holds a script"] if _find_strange_scripts(page) else []
    for tag in page.iter(*_REACHING):
        address = tag.get(_REACHING[tag.tag], "")
        if not address.startswith("data:"):
            faults.append(f"the page fetches {address!r} for <{tag.tag}>")
    for style in [*(tag.text_content() for tag in page.iter("style")), *page.xpath("//@style")]:
        if "@import" in style or re.search(r"url\(\s*[\"']?(?!data:)", style):
            faults.append("a style on the page fetches something")
    acting = page.xpath("//@*[starts-with(name(), 'on')]")  # a page's names are read in small letters
    return faults + [f"<{said.getparent().tag}> holds a script ({said.attrname})" for said in acting]


def _find_strange_scripts(page: HtmlElement) -> list[HtmlElement]:
    """The scripts that the page's own content policy does not allow by their hash, and what they read with them."""
    policy = next(iter(page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")), "")
    allowed = re.findall(r"'(sha256-[\w+/=]+)'", policy)
    scripts = list(page.iter("script"))
    known = [one for one in scripts if hash_script(one.text_content()) in allowed and not one.get("src")]
    read = [one for one in scripts if known and one.get("type") == "application/json"]
    return [one for one in scripts if one not in known and one not in read]


def _check_whose(page: HtmlElement) -> list[str]:
    named = {tag.get("name"): tag.get("content", "") for tag in page.xpath("//meta[@name]")}
    if named.get("kind", "school") != "school":
        return []
    urn = named.get("urn", "")
    if not urn.isdigit():
        return ["the page's metadata has no URN"]
    if urn not in _read_words(next(page.iter("main"), None)):
        return [f"the page's text does not hold its URN, {urn}"]
    return []


@dataclass(frozen=True)
class PdfContent:
    """What a PDF says: ``text`` page by page joined by form feeds, descriptions of figures, counts of tags."""

    text: str
    descriptions: tuple[str, ...]
    tags: Counter[str]


def read_pdf(pdf: bytes) -> PdfContent:
    """Read a tagged PDF for comparison with the page it was made from."""
    import pikepdf
    import pypdfium2

    with pikepdf.open(io.BytesIO(pdf)) as document:
        tags = [(str(tag["/S"]), str(tag.get("/Alt", ""))) for tag in walk_tags(document.Root)]
    with pypdfium2.PdfDocument(pdf) as printed:
        text = "\f".join(_read_text(printed, number) for number in range(len(printed)))
    return PdfContent(
        text=text,
        descriptions=tuple(alt for kind, alt in tags if kind == "/Figure"),
        tags=Counter(kind.removeprefix("/") for kind, _ in tags),
    )


def _read_text(printed: pypdfium2.PdfDocument, number: int) -> str:
    """The words of a page, counted from 0, as a reader's program would copy them."""
    text = printed[number].get_textpage().get_text_range()
    return text.replace("\ufffe", "-")  # what PDFium makes of a hyphen at a line's end


def check_pdf(pdf: bytes, urn: int | None = None) -> list[str]:
    """Give every fault of a rendered PDF: tags, language, title, PDF/UA, descriptions; with ``urn``, whose it is.

    A file that is damaged is a fault too, even one that a reader could mend.
    """
    import pikepdf
    import pypdfium2

    try:
        with pikepdf.open(io.BytesIO(pdf), attempt_recovery=False, suppress_warnings=True) as document:
            faults = [*_check_accessible(document), *(_check_keywords(document, urn) if urn else [])]
            if document.get_warnings():
                faults.append("the file is damaged")
        return [*faults, *(_check_first_page(pdf, urn) if urn else [])]
    except _UNREADABLE as error:
        return [f"the file is not a readable PDF: {error}"]
    except (pikepdf.PdfError, pypdfium2.PdfiumError) as error:
        return [f"the file is not a readable PDF: {error}"]


# What pikepdf raises where an object is missing, or of another kind than it should be.
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, NotImplementedError)


def _check_accessible(document: pikepdf.Pdf) -> list[str]:
    root, faults = document.Root, []
    if not _read(root, "/MarkInfo", "/Marked"):
        faults.append("the PDF is not marked as tagged")
    if not str(_read(root, "/Lang") or ""):
        faults.append("the PDF does not say its language")
    if not str(_read(document.trailer, "/Info", "/Title") or ""):
        faults.append("the PDF has no title")
    if not _read(root, "/ViewerPreferences", "/DisplayDocTitle"):
        faults.append("the PDF does not ask for its title to be shown")
    xmp = root["/Metadata"].read_bytes() if "/Metadata" in root else b""
    if not _PDF_UA.search(xmp):
        faults.append("the PDF does not declare PDF/UA-1")
    if "/StructTreeRoot" not in root:
        return [*faults, "the PDF has no tags"]
    return [*faults, *_check_tags(root)]


def _check_tags(root: pikepdf.Object) -> list[str]:
    faults = []
    tags = [(str(tag["/S"]), tag) for tag in walk_tags(root)]
    figures = [tag for kind, tag in tags if kind == "/Figure"]
    undescribed = sum(not str(tag.get("/Alt", "")).strip() for tag in figures)
    if undescribed:
        faults.append(f"{undescribed} of {len(figures)} figures have no description (Alt)")
    equations = [tag for kind, tag in tags if kind == "/Formula"]
    unsaid = sum(not str(tag.get("/Alt", "")).strip() for tag in equations)
    if unsaid:
        faults.append(f"{unsaid} of {len(equations)} equations are not said in words (Alt)")
    firsts = sum(kind == "/H1" for kind, _ in tags)
    if firsts != 1:
        faults.append(f"the PDF has {firsts} first-level headings; it needs one")
    return faults


def _read(held: Any, *names: str) -> Any:
    """What stands under ``names``, one inside the other; None where one is missing."""
    for name in names:
        held = None if held is None else held.get(name)
    return held


def _check_keywords(document: pikepdf.Pdf, urn: int) -> list[str]:
    keywords = str(_read(document.trailer, "/Info", "/Keywords") or "")
    if re.search(rf"\bURN {urn}\b", keywords):
        return []
    return [f"the PDF's keywords do not hold URN {urn}; they are {keywords!r}"]


def _check_first_page(pdf: bytes, urn: int) -> list[str]:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as printed:
        if len(printed) and re.search(rf"(?<!\d){urn}(?!\d)", _read_text(printed, 0)):
            return []
    return [f"the first page does not print URN {urn}"]
