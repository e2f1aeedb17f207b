"""The index of an edition: every school's report, the ones not made and the ones not due, on one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.foundation.vocabulary import count_noun, place_by_name
from pipeline.render.content.document import Document

#: Pieces of the page joined at a time: a row is many small ones, and an edition may have thousands of rows.
_PIECES = 500


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One school's report. ``page`` and ``pdf`` are relative to the index; ``pdf`` is empty where there is none."""

    urn: int
    school: str
    phase: str
    category: str  # as printed: "Focus support"
    page: str
    pdf: str = ""


@dataclass(frozen=True)
class WithoutReport:
    """A school of the area without a report, and why, in a sentence for an adviser."""

    urn: int
    school: str
    reason: str


@dataclass(frozen=True)
class Link:
    words: str
    address: str  # relative to the index


@dataclass(frozen=True)
class IndexNotice:
    words: str
    kind: str = "info"  # info, warning or defaults


@dataclass(frozen=True)
class EditionIndex:
    """All an index shows. ``categories`` are the policy's titles from least support to most, for the summary."""

    title: str
    organisation: str = ""
    edition: str = ""
    date: str = ""  # ISO
    colour: str = ""  # the organisation's own
    categories: tuple[str, ...] = ()
    entries: tuple[IndexEntry, ...] = ()
    not_due: tuple[WithoutReport, ...] = ()
    failed: tuple[WithoutReport, ...] = ()
    links: tuple[Link, ...] = ()  # the area report, the checks of the published files
    notices: tuple[IndexNotice, ...] = ()


def render_index(index: EditionIndex) -> str:
    """Render the index as a whole HTML document. Schools stand by name; order of input does not matter."""
    from markupsafe import Markup

    from pipeline.render.html import load_templates, render_page

    entries = sorted(index.entries, key=_by_name)
    phases = sorted({entry.phase for entry in entries})
    categories = _name_categories(entries, index.categories)
    pieces = (
        load_templates()
        .get_template("index_body.html.j2")
        .stream(
            standing=_count_in_words(index),
            links=index.links,
            notices=index.notices,
            entries=entries,
            not_due=sorted(index.not_due, key=_by_name),
            failed=sorted(index.failed, key=_by_name),
            categories=categories,
            counts=_count_categories(entries, categories, phases),
        )
    )
    pieces.enable_buffering(_PIECES)
    body = "".join(pieces)
    document = Document(
        title=index.title,
        subject="Reports of this edition, school by school",
        organisation=index.organisation,
        edition=index.edition,
        date=index.date,
        kind="index",
        colour=index.colour,
    )
    return render_page(document, Markup(body), heading=index.title)


def _by_name(entry: IndexEntry | WithoutReport) -> tuple[str, str, int]:
    return place_by_name(entry.school, entry.urn)


def _count_in_words(index: EditionIndex) -> str:
    made, failed, not_due = len(index.entries), len(index.failed), len(index.not_due)
    words = [f"{count_noun(made, 'report')} made"]
    if failed:
        words.append(f"{failed} not made")
    if not_due:
        words.append(f"{count_noun(not_due, 'school')} with no report due")
    return ", ".join(words) + "."


def _name_categories(entries: Sequence[IndexEntry], categories: Sequence[str]) -> list[str]:
    """The policy's categories from least to most support, then those it does not list (insufficient evidence)."""
    return [*categories, *sorted({entry.category for entry in entries} - set(categories))]


def _count_categories(
    entries: Sequence[IndexEntry], categories: Sequence[str], phases: Sequence[str]
) -> list[tuple[str, list[int]]]:
    """For each phase, the number of schools in each category and in all; then the same for all phases."""
    if not entries:
        return []
    counted = Counter((entry.phase, entry.category) for entry in entries)
    lines = [(phase, [counted[phase, category] for category in categories]) for phase in phases]
    lines.append(("all", [sum(numbers[place] for _, numbers in lines) for place in range(len(categories))]))
    return [(name, [*numbers, sum(numbers)]) for name, numbers in lines]
