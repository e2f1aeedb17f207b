"""An executed notebook as one accessible HTML page that needs nothing but itself.

The template turns cells into plain semantic HTML; ``_tidy`` then gives headings ids, tables header scopes and a
scrolling region, and refuses what a reader could not perceive or what would reach outside the page.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pipeline.foundation.errors import FailedReport
from pipeline.render.content.document import (
    FACTS_TYPE,
    Document,
    is_for_officers,
    number_cell,
    read_document,
    read_written_line,
)
from pipeline.render.content.finding import HEADINGS, find_marked, find_named
from pipeline.render.content.footnotes import find_footnote_marks, number_footnotes
from pipeline.render.content.outputs import choose_outputs, settle_drawing
from pipeline.render.content.prose import compose_latex, compose_prose, find_unset
from pipeline.render.measure import WIDE, measure_width
from pipeline.render.pdf import IMAGE_KINDS, keep_page

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from jinja2 import Environment
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

TEMPLATES = Path(__file__).resolve().parent / "templates"
CONTENTS_FROM = 6  # sections; fewer are seen at a glance
STAMPED = "No description has been provided"  # what nbconvert writes where an image has no description
PAPER = "report.pdf"  # what a report's PDF is called, in the folder of its page
NEW_PAGE = "new-page"  # a cell's tag, and the class of its heading
CELL = "data-cell"  # on each cell while a page is laid out: its number, counted from 1
_OFFICERS = "data-officers"  # on an officers' cell while a page is laid out: its number
_OF_THE_PAGE = frozenset({"", "main", "contents"})  # ids that the page around the cells has; "" is its top
_PLACE = "<slot></slot>"  # of the cells, while the page around them is read
_REACHING_OUT = ("script", "iframe", "object", "embed", "link", "base", "form", "video", "audio")


@dataclass(frozen=True)
class LaidOut:
    """A notebook's cells as tidied HTML: ``body`` holds each cell in a ``<div data-cell="1">``, counted from 1.

    The page's ``heading`` is not in ``body``; ``title_cell`` is the cell it was taken from, None where none has one.
    """

    document: Document
    heading: str
    title_cell: int | None
    body: BeautifulSoup


def render_html(notebook: NotebookNode, *, officer: bool = False) -> str:
    """Render an executed ``notebook`` as a whole HTML document.

    Left out: code (unless its cell is tagged ``show-input``), log lines, the facts, and cells tagged
    ``officer-only`` unless ``officer``. Looks come from our style sheet alone: styles in outputs are dropped.
    Raises FailedReport naming each cell at fault where an image has no description, a cell failed, an output holds
    a script or fetches something, or headings are not in order.
    """
    from bs4 import BeautifulSoup
    from markupsafe import Markup

    laid = lay_out(notebook, officer=officer)
    for cell in find_marked(laid.body, CELL, "div"):
        cell.unwrap()
    contents, body = list_contents(laid.body), str(laid.body)
    around = render_page(
        laid.document, Markup(_PLACE), heading=laid.heading, contents=contents, content=body, paper=PAPER
    )
    html = around.replace(_PLACE, body, 1)
    page = BeautifulSoup(around, "html.parser")
    page.find("slot").replace_with(*laid.body.contents)  # type: ignore[union-attr]
    page.smooth()  # as it would be read: words that stand side by side are one text
    keep_page(html, page)
    return html


def lay_out(
    notebook: NotebookNode, *, officer: bool = False, sets_itself: Callable[[NotebookNode], bool] = lambda cell: False
) -> LaidOut:
    """Lay the cells of an executed ``notebook`` out as ``render_html`` shows them, and raises what it raises.

    ``sets_itself`` says of which cells another engine sets the equations: there they may be ones that this one cannot.
    """
    from bs4 import BeautifulSoup

    document = find_document(notebook)
    faults = _find_failed_cells(notebook)
    if faults:
        raise _refuse(document, faults)
    outputs, faults = _choose_all_outputs(notebook, officer)
    # The template is asked itself: the exporter would copy the notebook twice and parse and print the page once more.
    cells = _load_exporter().template.render(nb=notebook, resources={"officer": officer, "outputs": outputs})
    body = BeautifulSoup(cells.lstrip("\n"), "html.parser")
    faults += _tidy(body, notebook, sets_itself)
    heading, title_cell = _take_title(body, document, faults)
    faults += _lead_links(body, notebook, heading, sets_itself)
    if not document.brief:
        _begin_pages(body, notebook)
    for cell in find_marked(body, _OFFICERS, "div"):
        del cell[_OFFICERS]
    faults += find_skipped_levels(body)
    if faults:
        raise _refuse(document, faults)
    document = document if document.title else read_document({**document.__dict__, "title": heading})
    return LaidOut(document, heading, title_cell, body)


def find_document(notebook: NotebookNode) -> Document:
    """Read the ``document`` block of the notebook's facts; a document without words where there are no facts."""
    facts = find_facts(notebook)
    return read_document(facts.get("document", {})) if facts else Document(title="", kind="notebook")


def find_facts(notebook: NotebookNode) -> Mapping[str, Any]:
    """The facts that the notebook published; none where it published none."""
    published = (
        output.get("data", {}).get(FACTS_TYPE) for cell in notebook.cells for output in cell.get("outputs", ())
    )
    return next((facts for facts in published if facts), {})


def render_page(
    document: Document,
    body: Any,
    *,
    heading: str,
    contents: list[tuple[str, str]] | None = None,
    further_style: str = "",
    content: Any = None,
    navigation: Any = "",
    script: str = "",
    paper: str = "",
) -> str:
    """Put ``body`` (markup) into the page that every document of an edition shares; ``further_style`` is more CSS.

    ``content`` is what the page will hold, where ``body`` only marks its place. ``navigation`` is markup that stands
    before the page's main part. ``script`` is a script of the product's own, which the page then allows by its hash,
    and no other. ``paper`` is the file beside the page that says the same on paper.
    """
    from markupsafe import Markup

    metadata = [
        ("description", document.subject),
        ("author", document.organisation),
        ("keywords", document.keywords),
        ("urn", str(document.urn) if document.urn else ""),
        ("school", document.school),
        ("edition", document.edition),
        ("date", document.date),
        ("kind", document.kind),
        ("theme-color", document.colour),
    ]
    about = [f"URN {document.urn}" if document.urn else "", document.edition, document.printed_date]
    return (
        load_templates()
        .get_template("page.html.j2")
        .render(
            document=document,
            heading=heading,
            subject_is_repeated=document.subject in (heading, document.title)
            or _begins_with(content or body, document.subject),
            metadata=[(name, content) for name, content in metadata if content],
            about=" · ".join(word for word in about if word),
            contents=contents or [],
            style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8").strip() + further_style),
            navigation=navigation,
            script=Markup(script),
            script_hash=hash_script(script) if script else "",
            paper=paper,
            body=body,
        )
    )


def hash_script(script: str) -> str:
    """How a page's content policy names a script that stands in it: the hash of all between its tags."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode('utf-8')).digest()).decode('ascii')}"


def _begins_with(body: Any, subject: str) -> bool:
    """Whether the page's first heading says what its subject does, but for the year."""
    first = re.search(r"<h2\b[^>]*>([^<]+)</h2>", str(body))
    return first is not None and bool(subject) and subject.startswith(first[1])


@cache
def load_templates() -> Environment:
    """The page templates; every text put into them is escaped unless it says it is markup."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    # Only the first letter: "all-through" keeps its hyphen, an acronym its capitals.
    templates.filters["capitalise"] = lambda text: text[:1].upper() + text[1:]
    return templates


@cache
def _load_exporter() -> HTMLExporter:
    """nbconvert with our template, built once a process: building takes ten times as long as one report."""
    from nbconvert import HTMLExporter

    filters = {
        "encode_image": _encode_image,
        "compose_latex": compose_latex,
        "compose_prose": compose_prose,
    }
    return HTMLExporter(template_name="cells", extra_template_basedirs=[str(TEMPLATES)], filters=filters)


# Cells and outputs


def _find_failed_cells(notebook: NotebookNode) -> list[str]:
    return [
        f"{_name_cell(notebook, number)}: it stopped with {output.ename}: {output.evalue}"
        for number, cell in enumerate(notebook.cells, start=1)
        for output in cell.get("outputs", ())
        if output.output_type == "error"
    ]


def _name_cell(notebook: NotebookNode, number: int) -> str:
    cell = notebook.cells[number - 1]
    first = "officer-only" if is_for_officers(cell) else read_written_line(cell) or "empty"
    return f"cell {number_cell(notebook.cells, number - 1)} ({first[:60]})"


def _choose_all_outputs(notebook: NotebookNode, officer: bool) -> tuple[dict[int, list[dict[str, Any]]], list[str]]:
    """What each code cell of this copy shows, by its number from 1, and what cannot be shown, each with its cell."""
    outputs: dict[int, list[dict[str, Any]]] = {}
    faults: list[str] = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and (officer or not is_for_officers(cell)):
            outputs[number], found = choose_outputs(cell)
            faults += [f"{_name_cell(notebook, number)}: {fault}" for fault in found]
    return outputs, faults


def _encode_image(content: str, kind: str) -> str:
    """Base64 of an image as a notebook holds it: SVG is text there, other kinds are base64 with line breaks."""
    if kind == "image/svg+xml":
        return base64.b64encode(settle_drawing(content).encode("utf-8")).decode("ascii")
    return "".join(content.split())


# From cells to a page


def _tidy(body: BeautifulSoup, notebook: NotebookNode, sets_itself: Callable[[NotebookNode], bool]) -> list[str]:
    """Mend ``body`` in place and give what cannot be mended, each with its cell."""
    faults: list[str] = []
    _drop_empty_sections(body, notebook)
    for cell in find_marked(body, CELL, "div"):
        number = int(str(cell[CELL]))
        found = [*find_unfit(cell), *([] if sets_itself(notebook.cells[number - 1]) else find_unset(cell))]
        if any("plotted" not in svg.get_attribute_list("class") for svg in cell.find_all("svg")):
            found.append("its output holds a drawing (<svg>), which cannot carry a description. Show it as a figure")
        faults += [f"{_name_cell(notebook, number)}: {fault}" for fault in found]
        if is_for_officers(notebook.cells[number - 1]):
            _mark_officer_only(body, cell)
    drop_styles(body)
    number_footnotes(body)
    _tell_ids_apart(body)
    name_headings(body)
    _mark_addresses(body)
    for shown in find_named(body, ("table", "img", "math")):
        tidy_shown(body, shown)
    return faults


def _begin_pages(body: BeautifulSoup, notebook: NotebookNode) -> None:
    """Mark the headings that begin a page on paper: the first of each cell that is tagged so."""
    for number, cell in _list_cells(body):
        if NEW_PAGE not in notebook.cells[number - 1].metadata.get("tags", ()):
            continue
        if (heading := cell.find(["h2", "h3"])) is not None:
            _class(heading, NEW_PAGE)


def _lead_links(
    body: BeautifulSoup, notebook: NotebookNode, heading: str, sets_itself: Callable[[NotebookNode], bool]
) -> list[str]:
    """Let links lead to the page's own headings as JupyterLab names them; give each that leads nowhere, in words.

    JupyterLab keeps a heading's capitals and signs (``#What-is-known``); the title stands at the page's head.
    """
    places = {str(tag["id"]) for tag in find_marked(body, "id")}
    faults = []
    for number, cell in _list_cells(body):
        links = [] if sets_itself(notebook.cells[number - 1]) else find_marked(cell, "href", "a")
        for link in (link for link in links if str(link["href"]).startswith("#")):
            target = str(link["href"])[1:]
            slug = _make_slug(unquote(target))
            if target in places or target in _OF_THE_PAGE:
                continue
            if slug in places or slug == _make_slug(heading):
                link["href"] = f"#{slug}" if slug in places else "#main"
                continue
            near = get_close_matches(slug, sorted(places), n=1)
            hint = f"Did you mean '#{near[0]}'" if near else "Name a heading or a figure of this copy"
            faults.append(
                f"{_name_cell(notebook, number)}: the link {link.get_text()!r} leads to {f'#{target}'!r}, which is not "
                f"on the page. {hint}"
            )
    return faults


def _list_cells(body: BeautifulSoup) -> list[tuple[int, Tag]]:
    """Each cell on the page with its number, counted from 1."""
    return [(int(str(cell[name])), cell) for name in (CELL, _OFFICERS) for cell in find_marked(body, name, "div")]


def _drop_empty_sections(body: BeautifulSoup, notebook: NotebookNode) -> None:
    """Leave out a heading, and the words in its cell, where the code below it shows nothing for this school.

    A section with further prose of its own stays, and so does one without code.
    """
    sections: list[list[Tag]] = []
    for cell in find_marked(body, CELL, "div"):
        if find_named(cell, ("h1", "h2")) or not sections:
            sections.append([])
        sections[-1].append(cell)
    for heading, *rest in sections:
        is_prose = [notebook.cells[int(str(cell[CELL])) - 1].cell_type == "markdown" for cell in (heading, *rest)]
        if is_prose[0] and rest and not any(is_prose[1:]) and not any(_shows_something(cell) for cell in rest):
            heading.decompose()


def _shows_something(cell: Tag) -> bool:
    return bool(cell.get_text(strip=True)) or cell.find("img") is not None


def find_unfit(cell: Tag) -> list[str]:
    """Give what a reader could not perceive in ``cell``, and what would reach outside the page, in words."""
    faults = []
    for image in cell.find_all("img"):
        alt = str(image.get("alt") or "").strip()
        if not alt or STAMPED in alt:
            faults.append(
                "an image has no description. Give it one: describe('…', figure) from pipeline.report.pictures, "
                "display(figure, metadata={'image/png': {'alt': '…'}}), chart.properties(description='…'), or "
                "![description](…) in prose"
            )
        source = str(image.get("src", ""))
        held = re.match(r"data:([\w/+.-]+);base64,", source)
        if not source.startswith("data:"):
            faults.append(
                f"the image {source!r} is not part of the notebook. Put it beside the notebook, as PNG, JPEG or SVG, "
                "or attach it to the cell"
            )
        elif held is None or held[1] not in IMAGE_KINDS:
            faults.append(f"an image is {source[5:30]!r}, which a PDF cannot hold. Save it as PNG, JPEG or SVG")
    reaching = sorted({tag.name for tag in find_named(cell, _REACHING_OUT)})
    faults += [f"its output holds <{name}>. Show a figure or a table instead" for name in reaching]
    acting = [name for tag in cell.find_all(True) for name in tag.attrs if name.lower().startswith("on")]
    faults += [f"its output holds a script ({name}). Show a figure or a table instead" for name in sorted(set(acting))]
    return faults


def _mark_officer_only(body: BeautifulSoup, cell: Tag) -> None:
    cell[_OFFICERS] = cell.attrs.pop(CELL)
    _class(cell, "officer-only")
    label = _class(body.new_tag("p"), "officer-label")
    label.string = "For officers. Not in the school's copy."
    cell.insert(0, label)


def _class(tag: Tag, *names: str) -> Tag:
    """Give ``tag`` these classes, as a tag has them that was read."""
    from bs4.element import AttributeValueList

    tag["class"] = AttributeValueList(names)
    return tag


def _mark_addresses(body: Tag) -> None:
    """Mark links whose words are their address: on paper the others' is printed after them."""
    for link in find_marked(body, "href", "a"):
        if _shorten(link.get_text(strip=True)) == _shorten(str(link["href"])):
            _class(link, "address")


def _shorten(address: str) -> str:
    return re.sub(r"^(?:https?://|mailto:)", "", address.lower()).rstrip("/")


def drop_styles(body: Tag) -> None:
    """Take out what would give a part of the page a look of its own."""
    for style in body.find_all("style"):
        style.decompose()
    for tag in body.find_all(True):
        for name in ("style", "border", "align", "bgcolor"):
            del tag[name]


_REFERRING = ("headers", "for", "aria-labelledby", "aria-describedby", "aria-controls")


def _tell_ids_apart(body: Tag) -> None:
    """Number an id that stands on the page already, as of a second table with a column of the same name.

    What refers to it in its table, or else in its cell, follows.
    """
    taken: set[str] = set()
    for tag in find_marked(body, "id"):
        name, own, count = str(tag["id"]), str(tag["id"]), 2
        while own in taken:
            own, count = f"{name}-{count}", count + 1
        taken.add(own)
        if own == name:
            continue
        tag["id"] = own
        table = tag if tag.name == "table" else tag.find_parent("table")
        scope = table or tag.find_parent("div", attrs={CELL: True}) or tag
        for other in scope.find_all(True):
            _refer_to(other, name, own)


def _refer_to(tag: Tag, name: str, own: str) -> None:
    for attribute in _REFERRING:
        if tag.has_attr(attribute):
            tag[attribute] = " ".join(
                own if one == name else one for one in " ".join(tag.get_attribute_list(attribute)).split()
            )
    if tag.get("href") == f"#{name}":
        tag["href"] = f"#{own}"


def name_headings(body: Tag) -> None:
    """Give each heading an id of its own; exhibits keep the ids they came with."""
    taken = {str(tag["id"]) for tag in find_marked(body, "id")} | {"main", "contents"}
    for heading in find_named(body, HEADINGS):
        if heading.get("id"):
            continue
        slug = _make_slug(heading.get_text())
        name, count = slug, 2
        while name in taken:
            name, count = f"{slug}-{count}", count + 1
        heading["id"] = name
        taken.add(name)


def _make_slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words if words[:1].isalpha() else f"section-{words}".rstrip("-")


def tidy_shown(body: BeautifulSoup, shown: Tag) -> None:
    """Give a table its header scopes, and a region to scroll in to it, a figure's image or an equation set apart."""
    if shown.name == "table":
        _tidy_table(body, shown)
    elif shown.name == "math":
        _set_apart(body, shown)
    elif shown.parent and shown.parent.name == "figure":
        if (width := measure_width(str(shown.get("src", "")))) is None or width >= WIDE:
            _class(shown, "wide")
        _let_scroll(body, shown, "Figure", shown.find_next_sibling("figcaption"))


def _set_apart(body: BeautifulSoup, equation: Tag) -> None:
    """Let an equation scroll that has a line of its own; the words around it become paragraphs."""
    paragraph = equation.parent
    if equation.get("display") != "block" or paragraph is None or paragraph.name != "p":
        return
    after = body.new_tag("p")
    for node in list(equation.next_siblings):
        after.append(node.extract())
    paragraph.insert_after(equation.extract(), after)
    _let_scroll(body, equation, "Equation", None)
    for part in (paragraph, after):
        if not part.get_text(strip=True) and not part.find(["img", "math"]):
            part.decompose()


def _tidy_table(body: BeautifulSoup, table: Tag) -> None:
    """Header scopes, numerals aligned, and a region to scroll where the screen is narrow."""
    naming = _find_names_of_head_rows(table)
    for head in table.find_all("th"):
        if not head.get_text(strip=True) and not head.find("img"):
            head.name = "td"  # an empty header would be announced as a header without a name
            del head["scope"]
        elif not head.get("scope"):
            in_head = head.find_parent("thead") is not None and head not in naming
            span = _read_span(head, "colspan" if in_head else "rowspan")
            head["scope"] = ("col" if in_head else "row") + ("group" if span > 1 else "")
    _align_numbers(table)
    _let_scroll(body, table, "Table", table.find("caption"))


def _find_names_of_head_rows(table: Tag) -> list[Tag]:
    """The cells that name a row of headings, as in a pandas table whose columns have names.

    The names of its index stand in a last row of the head by themselves; so what stands above them names its own row.
    """
    head = table.find("thead", recursive=False)
    rows = [row.find_all(["th", "td"], recursive=False) for row in head.find_all("tr")] if head else []
    if len(rows) < 2:
        return []
    named = [bool(cell.get_text(strip=True)) for cell in rows[-1]]
    is_of_index = any(named) and not named[-1]
    return [row[named[: len(row)].count(True) - 1] for row in rows[:-1] if row] if is_of_index else []


def _let_scroll(body: BeautifulSoup, shown: Tag, kind: str, caption: Tag | None) -> None:
    """Put ``shown`` into a region that scrolls by keyboard too, named by its caption, else by where it stands."""
    if caption:
        label = f"{kind}: {_read_words(caption)}"
    else:
        before = shown.find_previous(["h1", "h2", "h3", "h4"])
        number = len(shown.find_all_previous(shown.name)) + 1
        label = f"{kind} {number}" + (f", {_read_words(before)}" if before else "")
    region = body.new_tag("div", attrs={"class": "scroll", "role": "region", "tabindex": "0", "aria-label": label})
    shown.wrap(_class(region, "scroll"))


def _read_words(tag: Tag) -> str:
    """The words of a heading or caption, without the marks of its footnotes."""
    marks = {id(text) for mark in find_footnote_marks(tag) for text in mark.strings}
    return " ".join("".join(text for text in tag.strings if id(text) not in marks).split())


# With a sign or a pound before, a per cent or a footnote mark after.
_NUMBER = re.compile(r"[+\-−–]?[£]?\d[\d,. ]*%?")


def _align_numbers(table: Tag) -> None:
    """Mark the columns that hold mostly numbers, so that numerals line up; an exhibit that marked its own is left."""
    if table.find(class_="figure-number"):
        return
    columns: dict[int, list[Tag]] = {}
    for cell, column in _place_cells(table):
        columns.setdefault(column, []).append(cell)
    for column, cells in columns.items():
        texts = [cell.get_text(strip=True) for cell in cells if cell.find_parent("thead") is None]
        numbers = [text for text in texts if _NUMBER.fullmatch(text)]
        if column and numbers and 2 * len(numbers) >= len([text for text in texts if text]):
            for cell in cells:
                _class(cell, *(cell.get("class") or ()), "figure-number")


def _place_cells(table: Tag) -> Iterator[tuple[Tag, int]]:
    """The cells of one column each, with that column, counted from 0: those beside cells that reach down too."""
    reaching: dict[int, int] = {}  # column, and how many rows it is still taken
    for row in table.find_all("tr"):
        column = 0
        for cell in row.find_all(["th", "td"], recursive=False):
            while reaching.get(column):
                column += 1
            wide, deep = _read_span(cell, "colspan"), _read_span(cell, "rowspan")
            if wide == 1 and cell.get_text(strip=True):
                yield cell, column
            reaching |= dict.fromkeys(range(column, column + wide), deep)
            column += wide
        reaching = {column: left - 1 for column, left in reaching.items() if left > 1}


def _read_span(cell: Tag, name: str) -> int:
    said = str(cell.get(name, "1"))
    return max(1, int(said)) if said.isdecimal() else 1


def _take_title(body: BeautifulSoup, document: Document, faults: list[str]) -> tuple[str, int | None]:
    """The page's one h1, and its cell: the notebook's own where it has one, else the document's title."""
    own = body.find_all("h1")
    if len(own) > 1:
        faults.append(
            "there are several first-level headings: "
            + "; ".join(repr(heading.get_text()) for heading in own)
            + ". Keep one '# …' and write the others as '## …'"
        )
    if own and own[0].find("a", class_="footnote-mark"):
        faults.append("a footnote stands in the title, which is printed where no note is. Put it into the words below")
    if not own and not document.title:
        faults.append("the report has no title. Start the notebook with '# …'")
    if not own:
        return document.title, None
    cell = own[0].find_parent("div", attrs={CELL: True})
    return _read_words(own[0].extract()), int(str(cell[CELL])) if cell else None


def find_skipped_levels(body: Tag) -> list[str]:
    """Give each heading that stands more than one level below the one before it, in words."""
    faults, last = [], 1
    for heading in find_named(body, HEADINGS[1:]):
        level = int(heading.name[1])
        if level > last + 1:
            faults.append(
                f"the heading {heading.get_text()!r} is of level {level} right after one of level {last}. "
                f"Write it with {'#' * (last + 1)}"
            )
        last = level
    return faults


def list_contents(body: Tag) -> list[tuple[str, str]]:
    """The ids and words of the sections, for the list of contents; none where there are few."""
    sections = [(str(heading["id"]), _read_words(heading)) for heading in body.find_all("h2")]
    return sections if len(sections) >= CONTENTS_FROM else []


def _refuse(document: Document, faults: list[str]) -> FailedReport:
    return FailedReport(
        document.urn,
        "\n".join(faults),
        where="notebook",
        remedy="Mend the notebook where it says, then make the report again.",
    )
