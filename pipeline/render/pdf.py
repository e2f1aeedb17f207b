"""The same page on paper: our HTML as Typst source under our Typst template, as tagged PDF/UA-1."""

from __future__ import annotations

import base64
import binascii
import datetime
import io
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.foundation.errors import FailedReport
from pipeline.render.content.document import Document, read_document
from pipeline.render.content.finding import find_marked
from pipeline.render.typst_source import TypstSource, UndescribedDrawing, compose_typst

if TYPE_CHECKING:
    import pikepdf
    from bs4 import BeautifulSoup, Tag
    from typst import Fonts

_HERE = Path(__file__).resolve().parent
TEMPLATE = _HERE / "typst" / "report.typ"
IMAGE_KINDS = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
_UNDATED = datetime.date(1980, 1, 1)  # a report without a date must not take today's


def render_pdf(html: str) -> bytes:
    """Render a page made by ``render_html`` as PDF/UA-1, with the same headings, words, tables and descriptions.

    The bytes depend on ``html`` alone: fonts come from the packages, time from the document's date.
    Raises FailedReport where an image has no description or the page cannot be set.
    """
    page = read_page(html)
    document = read_metadata(page)
    with tempfile.TemporaryDirectory(prefix="report-") as name:
        folder = Path(name)
        images = compose_images(page, folder, document)
        body = compose_source(page.find("main") or page.body or page, images, document)
        shutil.copyfile(TEMPLATE, folder / "report.typ")
        source = folder / "main.typ"
        source.write_text(f'#import "report.typ": *\n#show: report\n{body.text}', encoding="utf-8")
        pdf = _compile(source, document)
    return _name_row_headers(pdf, body.row_headers)


def compose_source(
    content: Tag, images: Mapping[int, str], document: Document, *, after_heading: bool = False
) -> TypstSource:
    """Write ``content`` as ``compose_typst`` does, in characters that a report's fonts hold. Raises FailedReport."""
    try:
        source = compose_typst(content, images, after_heading=after_heading)
    except UndescribedDrawing:
        what = "a drawing (<svg>) has no description"
        raise _refuse(document, what, "Display the figure itself, with its alt text.") from None
    return replace(source, text=_replace_unprintable(source.text))


def _compile(source: Path, document: Document) -> bytes:
    import typst

    try:
        return typst.compile(
            source,
            root=source.parent,
            format="pdf",
            font_paths=load_fonts(),
            ignore_system_fonts=True,
            sys_inputs=list_inputs(document),
            pdf_standards="ua-1",
            timestamp=find_timestamp(document),
        )
    except typst.TypstError as error:
        remedy = " ".join(error.hints) or "Look for what is unusual in the report's page, report.html."
        raise _refuse(document, f"the PDF cannot be set: {error.message}", remedy) from error


def load_typesetting() -> None:
    """Load what every PDF needs, fonts above all. It starts no thread, so a process may be forked after it.

    After ``render_pdf`` it may not: Typst keeps threads, and a fork without them waits for them for ever.
    """
    import pikepdf  # noqa: F401
    import pypdfium2  # noqa: F401

    load_fonts()
    list_printable()


def keep_page(html: str, page: BeautifulSoup) -> None:
    """Let ``page``, the tree from which ``html`` was written, be what the next ``read_page(html)`` gives.

    To read a report's page takes as long as to lay it out.
    """
    _kept.clear()
    _kept[html] = page


_kept: dict[str, BeautifulSoup] = {}  # one page: what a process renders it puts on paper next


def read_page(html: str) -> BeautifulSoup:
    """The page as a tree, which nobody may change: what works on the same page one after another reads it once."""
    from bs4 import BeautifulSoup

    if html not in _kept:
        keep_page(html, BeautifulSoup(html, "html.parser"))
    return _kept[html]


def read_metadata(page: BeautifulSoup) -> Document:
    """Read back from a rendered page what it says of itself."""
    named = {str(tag["name"]): str(tag.get("content", "")) for tag in find_marked(page, "name", "meta")}
    urn = named.get("urn", "")
    return read_document(
        {
            "title": page.title.get_text() if page.title else "",
            "subject": named.get("description", ""),
            "organisation": named.get("author", ""),
            "language": str(page.html.get("lang", "en-GB")) if page.html else "en-GB",
            "date": named.get("date", ""),
            "urn": int(urn) if urn.isdigit() else None,
            "school": named.get("school", ""),
            "edition": named.get("edition", ""),
            "kind": named.get("kind", "school"),
            "colour": named.get("theme-color", ""),
            "page_numbers": named.get("page-numbers", ""),
        }
    )


def _refuse(document: Document, what: str, remedy: str) -> FailedReport:
    return FailedReport(document.urn, what, where=document.school or document.title, remedy=remedy)


def list_inputs(document: Document) -> dict[str, str]:
    """What ``report.typ`` prints and writes into the file about the ``document``."""
    language, _, region = document.language.partition("-")
    return {
        "language": language,
        "region": region,
        "page-numbers": document.page_numbers or "Page {} of {}",
        "title": document.title,
        "description": document.subject,
        "organisation": document.organisation,
        "keywords": document.keywords,
        "date": document.date,
        "urn": str(document.urn or ""),
        "school": document.school,
        "edition": document.edition,
        "colour": document.colour,
        "kind": document.kind,
    }


def find_timestamp(document: Document) -> datetime.datetime:
    """The time that stands in the file: noon on the report's date, never now."""
    day = datetime.date.fromisoformat(document.date) if document.date else _UNDATED
    return datetime.datetime.combine(day, datetime.time(12), tzinfo=datetime.UTC)


def compose_images(page: Tag, folder: Path, document: Document) -> dict[int, str]:
    """Write each embedded image as a file beside the source and give the files' names by the tags' ``id()``.

    They are numbered in order, so names are the same every time.
    """
    names: dict[int, str] = {}
    for number, image in enumerate(page.find_all("img"), start=1):
        if not str(image.get("alt", "")).strip():
            raise _refuse(document, f"image {number} has no description", "Give it an alt text where it is made.")
        held = re.fullmatch(r"data:([\w/+.-]+);base64,(.*)", str(image.get("src", "")), flags=re.S)
        if held is None or held[1] not in IMAGE_KINDS:
            what = f"image {number} is not held in the page as SVG, PNG or JPEG"
            raise _refuse(document, what, "Display the figure itself, not a link to it.")
        name = f"figure-{number}.{IMAGE_KINDS[held[1]]}"
        try:
            (folder / name).write_bytes(base64.b64decode(held[2], validate=True))
        except binascii.Error:
            raise _refuse(document, f"image {number} is not readable", "Display the figure itself again.") from None
        names[id(image)] = name
    return names


def _name_row_headers(pdf: bytes, row_headers: Sequence[int]) -> bytes:
    """Tag the first cells of rows as headers of their row, which Typst tags as plain cells.

    Typst's own ``pdf.header-cell`` does this once the Python package can switch its feature on; then this goes.
    """
    if not any(row_headers):
        return pdf
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        rows = [tag for tag in walk_tags(document.Root) if tag["/S"] == "/TR"]
        for row, count in zip(rows, row_headers, strict=True):
            _name_headers_of(row, count)
        return _write(document)


def name_known_row_headers(pdf: bytes, tables: Sequence[Sequence[int]]) -> bytes:
    """Tag row headers in a PDF that may hold further tables, of which nothing is known and which are left.

    ``tables`` gives for each known table, in their order, how many cells at the start of each row are headers.
    """
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        printed = [_list_table_rows(tag) for tag in walk_tags(document.Root) if tag["/S"] == "/Table"]
        pairs = SequenceMatcher(None, [len(rows) for rows in printed], [len(counts) for counts in tables], False)
        for at, known, length in pairs.get_matching_blocks():
            for rows, counts in zip(printed[at : at + length], tables[known : known + length], strict=True):
                for row, count in zip(rows, counts, strict=True):
                    _name_headers_of(row, count)
        return _write(document)


def _list_table_rows(tag: pikepdf.Object) -> list[pikepdf.Object]:
    """The rows of a table, those in its head, body and foot included; not those of a table in one of its cells."""
    rows = []
    for held in _list_held(tag):
        kind = str(held.get("/S", "")) if hasattr(held, "get") else ""
        if kind == "/TR":
            rows.append(held)
        elif kind in ("/THead", "/TBody", "/TFoot"):
            rows += _list_table_rows(held)
    return rows


def _name_headers_of(row: pikepdf.Object, count: int) -> None:
    import pikepdf

    for cell in _list_held(row)[:count]:
        cell["/S"] = pikepdf.Name.TH
        for attributes in _list_held(cell, "/A"):
            if attributes.get("/O") == "/Table":
                attributes["/Scope"] = pikepdf.Name.Row


def _write(document: pikepdf.Pdf) -> bytes:
    import pikepdf

    written = io.BytesIO()
    document.save(
        written,
        deterministic_id=True,  # else the time and chance go into it
        fix_metadata_version=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    return written.getvalue()


def walk_tags(root: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    """Every tag of a tagged PDF in reading order, from the document's ``root`` dictionary.

    Raises ValueError where a tag holds itself.
    """
    import pikepdf

    seen: set[tuple[int, int]] = set()
    waiting = _list_held(root["/StructTreeRoot"])[::-1]
    while waiting:
        tag = waiting.pop()
        if not isinstance(tag, pikepdf.Dictionary) or "/S" not in tag:
            continue
        if tag.is_indirect and tag.objgen in seen:
            raise ValueError("a tag stands in several places")
        seen.add(tag.objgen)
        yield tag
        waiting.extend(_list_held(tag)[::-1])


def _list_held(tag: pikepdf.Object, name: str = "/K") -> list[pikepdf.Object]:
    """What a tag holds under ``name``: one thing, or an array of them."""
    import pikepdf

    held = tag.get(name)
    return [] if held is None else list(held) if isinstance(held, pikepdf.Array) else [held]


@cache
def find_font_folder() -> Path:
    """The folder with matplotlib's fonts, of which DejaVu Sans is the reports'."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


@cache
def load_fonts() -> Fonts:
    """The fonts inside the typst and matplotlib packages, so that paper looks the same on every machine."""
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[find_font_folder()])


@cache
def list_printable() -> frozenset[int]:
    """The code points for which the reports' fonts hold a glyph."""
    from matplotlib.ft2font import FT2Font

    names = ("DejaVuSans.ttf", "STIXGeneral.ttf")
    return frozenset(code for name in names for code in FT2Font(find_font_folder() / name).get_charmap())


def _replace_unprintable(text: str) -> str:
    """Stand in U+FFFD for characters no bundled font holds: PDF/UA forbids a missing glyph, and one odd name
    must not cost a school its report."""
    printable = list_printable()
    if printable.issuperset(map(ord, set(text) - {"\n"})):
        return text
    return "".join(char if char == "\n" or ord(char) in printable else "\N{REPLACEMENT CHARACTER}" for char in text)
