"""A page of the area's site as one HTML document: plain tables, and one small script that narrows and sorts them.

Without the script every page is whole. What the script looks at stands in the page as JSON; the page allows this one
script by its hash, and fetches nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pipeline.render.content.document import Document
from pipeline.render.html import render_page
from pipeline.report.area.site.pieces import SitePage, SiteTable
from pipeline.report.exhibits import clean_text

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).resolve().parent / "templates"
#: Pieces of the page joined at a time: a row is many small ones, and a table may have thousands of rows.
_PIECES = 500


@dataclass(frozen=True)
class SiteFrame:
    """What all pages of one site share. ``pages`` are the address and name of each that the navigation leads to."""

    title: str  # of the edition
    organisation: str
    date: str  # ISO
    colour: str
    pages: tuple[tuple[str, str], ...]


def render_site_page(page: SitePage, frame: SiteFrame, *, kind: str = "site") -> str:
    """Render a page of the site as a whole HTML document; one of another ``kind`` stands by itself."""
    up = "../" * page.place.count("/")
    document = Document(
        title=f"{page.heading}: {frame.title}" if page.heading != frame.title else frame.title,
        subject=page.about,
        organisation=frame.organisation,
        edition=frame.title,
        date=frame.date,
        urn=page.urn,
        school=page.school,
        kind=kind,
        colour=frame.colour,
    )
    tables = [piece for piece in page.pieces if isinstance(piece, SiteTable) and piece.search and piece.rows]
    narrowing = Markup(escape_json(_describe_table(tables[0]))) if tables else ""
    templates = _load_templates()
    body = templates.get_template("body.html.j2").stream(
        page=page, up=up, clean=clean_text, narrowed=tables[0].id if tables else "", narrowing=narrowing
    )
    body.enable_buffering(_PIECES)
    navigation = templates.get_template("navigation.html.j2").render(page=page, frame=frame, up=up)
    return render_page(
        document,
        Markup("".join(body)),
        heading=clean_text(page.heading),
        further_style="\n" + _read("site.css"),
        navigation=Markup(navigation),
        script=_read("site.js") if tables else "",
    )


@cache
def _load_templates() -> Environment:
    """The site's own templates; every text put into them is escaped unless it says it is markup."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


@cache
def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()


def _describe_table(table: SiteTable) -> dict[str, Any]:
    """What the script narrows and sorts a table by: each row's words as numbers of the filters' options."""
    options = {one.key: {word: place for place, word in enumerate(one.options)} for one in table.filters}
    return {
        "table": table.id,
        "filters": [{"key": one.key, "options": [clean_text(word) for word in one.options]} for one in table.filters],
        "columns": [
            {
                "name": clean_text(column.heading),
                "numeric": column.numeric,
                "dated": column.dated,
                "order": [clean_text(word) for word in column.order],
            }
            for column in table.columns
        ],
        "rows": [
            [[known[word] for word in row.words.get(key, ()) if word in known] for key, known in options.items()]
            for row in table.rows
        ],
    }


#: What could end a script, or begin a comment in one, wherever JSON holds it.
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def escape_json(content: object) -> str:
    """``content`` as JSON that can stand in a page: no text in it can end the script that holds it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for sign, written in _UNSAFE.items():
        text = text.replace(sign, written)
    return text


def list_addresses(pages: Sequence[SitePage]) -> tuple[tuple[str, str], ...]:
    """What the navigation leads to: address and name of each page that is not a school's."""
    return tuple((page.place, page.name) for page in pages if page.urn is None)
