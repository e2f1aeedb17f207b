"""What a page of the area's site is made of: paragraphs, and tables whose cells can lead to another page.

Every text is untrusted, and is escaped where it is printed. Addresses are those of pages, from the site's first page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.report.exhibits import Rated


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to another page, ``to`` as seen from the site's first page: ``schools/900001.html``."""

    words: str
    to: str


@dataclass(frozen=True, slots=True)
class Several:
    """Several things in one cell: a line each, or one after the other with ``between`` between them."""

    things: tuple[str | Link | Rated, ...]
    between: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of ``whole`` drawn as a bar, and the outline of ``before`` where that is known."""

    count: int
    whole: int
    before: int | None = None


Cell = str | Link | Rated | Several | Bar


@dataclass(frozen=True, slots=True)
class SiteColumn:
    """A column. ``order`` are its words in the order in which they are sorted, where that is not of the alphabet."""

    heading: str
    numeric: bool = False
    dated: bool = False  # its cells begin with a day: 14 June 2023
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Something by which a table is narrowed: the word of its rows that stands under ``key`` in their ``words``."""

    key: str  # in the page's address
    title: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A row; the first cell names it. ``words`` are what filters look at: key → the words that hold of it."""

    cells: tuple[Cell, ...]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteTable:
    """A table with a caption and a header in every row; with ``filters`` it can be searched, narrowed and sorted."""

    id: str
    caption: str
    columns: tuple[SiteColumn, ...]
    rows: tuple[SiteRow, ...]
    note: str = ""
    filters: tuple[Filter, ...] = ()
    search: str = ""  # the label of its search box; "" where it has none
    nothing: str = ""  # what is said instead of a table without rows


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph, some of it links, with a space between them; ``lead`` is printed in bold before it."""

    things: tuple[str | Link, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Title:
    """A heading of the second or third level; ``id`` is what a link on the page leads to, where one does."""

    words: str
    level: int = 2
    id: str = ""
    begins_page: bool = False  # on paper


@dataclass(frozen=True, slots=True)
class Bulleted:
    """A list, a line each; ``numbered`` where their order counts."""

    things: tuple[str | Link | Several, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """Names and what they are."""

    pairs: tuple[tuple[str, str | Link | Several], ...]


@dataclass(frozen=True, slots=True)
class ToFillIn:
    """Lines that are filled in by hand, on paper alone: each with its name."""

    title: str
    lines: tuple[str, ...]
    level: int = 2


@dataclass(frozen=True, slots=True)
class Contents:
    """What the page holds: its headings of the second level, each with where it leads to; on paper with its page."""

    entries: tuple[tuple[str, str], ...]  # words and the heading's id


Piece = SiteTable | Words | Title | Bulleted | Pairs | ToFillIn | Contents


@dataclass(frozen=True, slots=True)
class SitePage:
    """One page. ``place`` is its address from the site's first page, ``name`` what links to it are called."""

    place: str
    name: str
    heading: str
    about: str  # a sentence under the heading
    pieces: tuple[Piece, ...]
    urn: int | None = None
    school: str = ""


def list_options(rows: Sequence[SiteRow], key: str, order: Sequence[str] = ()) -> tuple[str, ...]:
    """The words that stand under ``key`` in any row: those of ``order`` first, in that order, then by alphabet."""
    found = {word for row in rows for word in row.words.get(key, ()) if word}
    listed = [word for word in order if word in found]
    return (*listed, *sorted(found - set(listed), key=str.casefold))
