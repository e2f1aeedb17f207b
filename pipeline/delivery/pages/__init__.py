"""The officers' pages of a delivery: they look like every other page of the edition."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.foundation.paths import EditionPaths

if TYPE_CHECKING:
    from jinja2 import Environment, Template

    from pipeline.render.content.document import Document

FOLDER = Path(__file__).resolve().parent


def load_page(name: str) -> Template:
    """The body of a page; every text put into it is escaped."""
    return _load_templates().get_template(name)


@cache
def _load_templates() -> Environment:
    """What keeps each page's template once it was compiled."""
    from jinja2 import FileSystemLoader

    from pipeline.render.html import load_templates

    return load_templates().overlay(loader=FileSystemLoader(FOLDER))


def put_into_page(document: Document, body: str, *, heading: str) -> str:
    """Put the body that a template gave into the page, with the style of these pages."""
    from markupsafe import Markup

    from pipeline.render.html import render_page

    style = (FOLDER / "delivery.css").read_text(encoding="utf-8")
    return render_page(document, Markup(body), heading=heading, further_style=style)


def describe_page(paths: EditionPaths, title: str, subject: str) -> Document:
    """What a page about the delivery of an edition says of itself.

    Raises FaultyInput where ``edition.yaml`` is faulty.
    """
    from pipeline.edition.editions import EditionDescription
    from pipeline.foundation.yaml_files import read_record
    from pipeline.render.content.document import Document

    said = read_record(paths.description, EditionDescription)
    return Document(
        title=f"{title}: {said.title}",
        subject=subject,
        organisation=said.organisation,
        edition=said.title,
        kind="delivery",
        colour=said.colour,
    )


def print_date(at: datetime) -> str:
    """``1 November 2025``."""
    from pipeline.foundation.vocabulary import format_date

    return format_date(at.date().isoformat())


def print_time(at: datetime) -> str:
    """``1 November 2025, 14:05 UTC``."""
    return f"{print_date(at)}, {at:%H:%M} UTC"
