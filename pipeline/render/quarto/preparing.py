"""A private folder with all that Quarto needs to render one notebook.

The copy of the notebook holds no code cell, so nothing can be executed, whatever a setting says. What code cells
showed stands beside it in files of its own, for Typst and for Word, and the copy marks the place of each; for the page
the same HTML is put in afterwards. For Quarto looks for its own commands even inside raw blocks, and a name read from
a file must never be one.
"""

from __future__ import annotations

import base64
import binascii
import copy
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pipeline.foundation.errors import FailedReport
from pipeline.render.content.callouts import CODE_FENCE, mark_callouts
from pipeline.render.content.document import Document
from pipeline.render.html import NEW_PAGE, LaidOut, lay_out, render_page
from pipeline.render.pdf import (
    IMAGE_KINDS,
    TEMPLATE,
    compose_images,
    compose_source,
    list_inputs,
    list_printable,
    read_page,
)
from pipeline.render.quarto.settings import FILES, FILTER, PARTIALS, compose_front_matter

if TYPE_CHECKING:
    from bs4.element import PageElement, Tag
    from nbformat import NotebookNode

STEM = "document"  # Quarto writes <stem>.typ beside it, so it must not be called as our report.typ is
MARK = "data-exhibits"
_RESOURCES = Path(__file__).resolve().parent / "resources"
_PLACE = "<!--body-->"  # no name can hold it: the page escapes them
_HEADING = re.compile("h[1-6]")
_CODE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1|\Z)|(`+)[^`].*?\2", re.S | re.M)
_HTML = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>")
_HELD_IMAGE = re.compile(r"data:(image/[\w.+-]+);base64,([A-Za-z0-9+/=]+)")


@dataclass(frozen=True)
class Prepared:
    """``parts`` are the HTML of what is marked in the copy, by number from 1; ``headings`` the words and id of each
    heading in its prose; ``links`` where the links of the notebook lead; ``formats`` what Quarto is to make."""

    document: Document
    heading: str
    folder: Path
    parts: tuple[str, ...]
    headings: tuple[tuple[str, str], ...]
    links: frozenset[str]
    formats: tuple[str, ...]

    @property
    def input(self) -> str:
        """The copy's path below the batch's folder."""
        return f"{self.folder.name}/{STEM}.ipynb"

    def find_output(self, ending: str) -> Path:
        return self.folder / f"{STEM}.{ending}"


def prepare(
    notebook: NotebookNode, folder: Path, settings: dict[str, Any], settings_folder: Path | None, *, word: bool
) -> Prepared:
    """Fill the new ``folder`` for ``notebook``. Raises FailedReport where the built-in engine would refuse it."""
    laid = lay_out(notebook, sets_itself=_is_for_quarto)
    links = frozenset(str(link["href"]) for link in laid.body.find_all("a", href=True))
    if settings_folder:
        shutil.copytree(settings_folder, folder, ignore=shutil.ignore_patterns(*FILES, ".*"))
    folder.mkdir(parents=True, exist_ok=True)
    page = _compose_page(laid)
    pieces = _list_pieces(laid, notebook, folder)
    prose = [piece for piece in pieces if isinstance(piece, _Prose)]
    exhibits = [piece for piece in pieces if isinstance(piece, _Exhibits)]
    formats = ("html", "typst", "docx") if word else ("html", "typst")
    _write_resources(laid, folder, prose, page)
    _write_exhibits(exhibits, folder, laid.document, word=word)
    if word:
        _write(folder / "word.json", _describe_for_word(laid))
        for drawing in sorted(folder.glob("in-prose-*.svg")):
            _draw_png(drawing)
    _write_copy(pieces, folder, compose_front_matter(settings, laid.document, formats))
    parts = tuple(piece.section.decode_contents() for piece in exhibits)
    headings = tuple(heading for piece in prose for heading in piece.headings)
    return Prepared(laid.document, laid.heading, folder, parts, headings, links, formats)


# Which cells Quarto reads, and which are laid out already


@dataclass(frozen=True)
class _Prose:
    """A cell's words for Quarto to read; the words and id of each of its headings; whether it ends in one, and whether
    it begins a page on paper."""

    text: str
    headings: tuple[tuple[str, str], ...]
    ends_in_heading: bool
    begins_page: bool


@dataclass(frozen=True)
class _Exhibits:
    """Neighbouring cells as they are laid out."""

    section: Tag
    after_heading: bool


def _list_pieces(laid: LaidOut, notebook: NotebookNode, folder: Path) -> list[_Prose | _Exhibits]:
    pieces: list[_Prose | _Exhibits] = []
    for node in list(laid.body.contents):
        if _is_prose(node, notebook):
            prose = _read_prose(node, laid, notebook, folder)  # type: ignore[arg-type]
            pieces += [prose] if prose.text.strip() else []
        elif _holds_something(node):
            last = pieces[-1] if pieces else None
            if not isinstance(last, _Exhibits):
                last = _Exhibits(laid.body.new_tag("section"), after_heading=bool(last and last.ends_in_heading))
                pieces.append(last)
            last.section.append(node)
    for held in [tag for piece in pieces if isinstance(piece, _Exhibits) for tag in piece.section.find_all(_is_cell)]:
        held.unwrap()
    return pieces


def _is_prose(node: PageElement, notebook: NotebookNode) -> bool:
    """Whether Quarto is given the cell that ``node`` shows as it is. It would leave HTML in prose out of the PDF.

    What an output's own HTML has put outside its cell, and what it has drawn into it, is no prose.
    """
    from bs4 import Tag

    if not isinstance(node, Tag) or not _is_cell(node) or node.find(_is_cell):
        return False
    return _is_for_quarto(notebook.cells[int(str(node["data-cell"])) - 1])


def _is_for_quarto(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and not _HTML.search(_CODE.sub("", cell.source))


def _is_cell(tag: Tag) -> bool:
    return tag.name == "div" and tag.has_attr("data-cell")


def read_plainly(tag: Tag) -> str:
    """The words of ``tag`` with straight quotes and dashes, which one engine curls and the other does not."""
    straight = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "."})
    return re.sub(r"-+", "-", re.sub(r"\.+", ".", " ".join(tag.get_text().split()).translate(straight)))


def _holds_something(node: PageElement) -> bool:
    from bs4 import Tag

    return bool(node.get_text(strip=True)) or (isinstance(node, Tag) and node.find(["img", "hr"]) is not None)


def _read_prose(shown: Tag, laid: LaidOut, notebook: NotebookNode, folder: Path) -> _Prose:
    """The words of a cell, its images in files; without the page's title, which stands above everything."""
    from bs4 import Tag

    number = int(str(shown["data-cell"]))
    cell = notebook.cells[number - 1]
    text = mark_callouts(cell.source)
    text = _drop_title(text) if number == laid.title_cell else text
    try:
        text = _compose_images_of_prose(text, cell.get("attachments", {}), folder, number)
    except binascii.Error:
        what = f"an image in the prose of cell {number} is not readable"
        raise FailedReport(laid.document.urn, what, where="notebook", remedy="Attach it to the cell again.") from None
    tags = [tag for tag in shown.children if isinstance(tag, Tag)]
    headings = tuple((read_plainly(tag), str(tag["id"])) for tag in shown.find_all(_HEADING))
    ends_in_heading = bool(tags) and _HEADING.fullmatch(tags[-1].name) is not None
    return _Prose(text, headings, ends_in_heading, shown.find(class_=NEW_PAGE) is not None)


def _compose_images_of_prose(text: str, attachments: Mapping[str, Any], folder: Path, number: int) -> str:
    """``text`` with the images that are attached to its cell, or held in it, as files in ``folder``."""
    written = count(1)

    def write(kind: str, content: str) -> str:
        file = folder / f"in-prose-{number}-{next(written)}.{IMAGE_KINDS.get(kind, 'png')}"
        file.write_bytes(content.encode() if "<svg" in content else _decode(content))
        return file.name

    for name, kinds in attachments.items():
        kind, content = next(iter(kinds.items()))
        file = write(kind, "".join(content))
        for spelt in (name, quote(name)):
            text = text.replace(f"attachment:{spelt}", file)
    return _HELD_IMAGE.sub(lambda held: write(held[1], held[2]), text)


def _decode(content: str) -> bytes:
    return base64.b64decode("".join(content.split()), validate=True)


def _drop_title(text: str) -> str:
    """``text`` without its first first-level heading, in either of Markdown's ways to write one."""
    lines, fence = text.splitlines(), ""
    for at, line in enumerate(lines):
        opened = CODE_FENCE.match(line)
        if opened and not fence:
            fence = opened[1]
        elif opened and opened[1].startswith(fence):
            fence = ""
        elif not fence and re.match(r" {0,3}#(\s|$)", line):
            return "\n".join(lines[:at] + lines[at + 1 :])
        elif not fence and line.strip() and at + 1 < len(lines) and re.fullmatch(r" {0,3}=+\s*", lines[at + 1]):
            return "\n".join(lines[:at] + lines[at + 2 :])
    return text


# What stands in the folder


def _write_resources(laid: LaidOut, folder: Path, prose: Sequence[_Prose], page: str) -> None:
    shutil.copyfile(TEMPLATE, folder / TEMPLATE.name)
    for name in (*PARTIALS, FILTER, "quarto.typ"):
        shutil.copyfile(_RESOURCES / name, folder / name)
    _write(folder / "about.json", json.dumps(list_inputs(laid.document), ensure_ascii=False, indent=1))
    words = {char for piece in prose for char in piece.text}
    unprintable = {char for char in words if char.isprintable() and ord(char) not in list_printable()}
    _write(folder / "unprintable.json", json.dumps(sorted(unprintable), ensure_ascii=False))
    _write(folder / "page.html", _make_template(page))
    main = read_page(page).main
    assert main is not None  # it is our own page, and holds the title block alone
    _write(folder / "title.typ", _compose_part(main, {}, laid.document))


def _compose_page(laid: LaidOut) -> str:
    from markupsafe import Markup

    return render_page(laid.document, Markup(_PLACE), heading=laid.heading, content=laid.body)


def _make_template(page: str) -> str:
    """The page as Pandoc's template: its style sheet follows later, so that a theme's can be told from it."""
    before, _, rest = page.partition("<style>")
    page = before + rest.partition("</style>\n")[2]
    page = page.replace("$", "$$")
    head = '$for(css)$\n<link rel="stylesheet" href="$css$">\n$endfor$\n' + _list_variable("header-includes")
    body = f"{_list_variable('include-before')}$body$\n{_list_variable('include-after')}"
    return page.replace("</head>", f"{head}</head>", 1).replace(_PLACE, body)


def _list_variable(name: str) -> str:
    return f"$for({name})$\n${name}$\n$endfor$\n"


def _compose_part(content: Tag, images: dict[int, str], document: Document, *, after_heading: bool = False) -> str:
    source = compose_source(content, images, document, after_heading=after_heading)
    return f'#import "report.typ": *\n{source.text}'


def _write_exhibits(exhibits: Sequence[_Exhibits], folder: Path, document: Document, *, word: bool) -> None:
    from bs4 import BeautifulSoup

    whole = BeautifulSoup("", "html.parser")
    whole.extend([piece.section for piece in exhibits])
    images = compose_images(whole, folder, document)
    for number, piece in enumerate(exhibits, start=1):
        source = _compose_part(piece.section, images, document, after_heading=piece.after_heading)
        _write(folder / f"exhibits-{number}.typ", source)
        if word:
            _write(folder / f"exhibits-{number}.html", _compose_for_word(piece.section, images, folder))


def _compose_for_word(section: Tag, images: dict[int, str], folder: Path) -> str:
    """The section's HTML with its images in files of a kind that Word shows, and tables without drawings in cells."""
    named = [(image, images[id(image)]) for image in section.find_all("img")]
    content = _leave_out_drawings(section) if section.find("svg") else section.decode_contents()
    for image, name in named:
        if name.endswith(".svg"):
            name = _draw_png(folder / name)
        content = content.replace(str(image["src"]), name)
    return content


def _leave_out_drawings(section: Tag) -> str:
    """The section's HTML without the figures drawn in tables' cells, whose rows say the same in numbers."""
    section = copy.copy(section)
    for table in section.find_all("table"):
        drawn = table.select("td.plotted")
        if not drawn:
            continue
        place = len(drawn[0].find_previous_siblings(["th", "td"]))
        for cell in drawn:
            row, is_axis = cell.find_parent("tr"), cell.find("text") is not None
            (row if is_axis and row is not None else cell).decompose()
        for head in table.select("thead tr"):
            head.find_all(["th", "td"], recursive=False)[place].decompose()
        for group in table.select("tr.group > th"):
            group["colspan"] = str(int(str(group["colspan"])) - 1)
    return section.decode_contents()


def _draw_png(drawing: Path) -> str:
    import typst

    source = f'#set page(width: auto, height: auto, margin: 0pt)\n#image("{drawing.name}")'
    page = drawing.with_suffix(".page.typ")
    _write(page, source)
    drawn = typst.compile(page, format="png", ppi=200, ignore_system_fonts=True)
    drawing.with_suffix(".png").write_bytes(drawn if isinstance(drawn, bytes) else drawn[0])
    return drawing.with_suffix(".png").name


def _describe_for_word(laid: LaidOut) -> str:
    document = laid.document
    about = (f"URN {document.urn}" if document.urn else "", document.edition, document.printed_date)
    told = {
        "title": laid.heading,
        "subtitle": "" if document.subject in (laid.heading, document.title) else document.subject,
        "author": document.organisation,
        "date": " · ".join(word for word in about if word),
        "keywords": document.keywords,
        "description": document.subject,
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def _write_copy(pieces: Sequence[_Prose | _Exhibits], folder: Path, front_matter: str) -> None:
    cells: list[dict[str, Any]] = [{"cell_type": "raw", "source": _list_lines(front_matter)}]
    cells += [{"cell_type": "markdown", "source": _list_lines(source)} for source in _list_cells(pieces)]
    for number, cell in enumerate(cells):
        cell.update(id=f"cell-{number}", metadata={})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    _write(folder / f"{STEM}.ipynb", json.dumps(notebook, ensure_ascii=False, indent=1))


def _list_lines(source: str) -> list[str]:
    """A cell's source as a list of lines: Quarto joins one that is a single string without its line ends."""
    return re.findall(r"[^\n]*\n|[^\n]+", source)


def _list_cells(pieces: Sequence[_Prose | _Exhibits]) -> Iterator[str]:
    yield '```{=typst}\n#include "title.typ"\n```\n'
    number = 0
    for piece in pieces:
        if isinstance(piece, _Prose):
            turned = "```{=typst}\n#new-page()\n```\n\n" if piece.begins_page else ""
            yield f"{turned}{piece.text.rstrip()}\n"
        else:
            number += 1
            page, paper = f'<div {MARK}="{number}"></div>', f'#include "exhibits-{number}.typ"'
            yield f"```{{=html}}\n{page}\n```\n\n```{{=typst}}\n{paper}\n```\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
