"""What a notebook cell can show: text, notices, tables and figures, each as HTML and as plain text.

A figure without alternative text, or a table without a caption or row headers, cannot be made. Every text is taken
as untrusted: it is cleaned of control characters and escaped where it is printed. No script lives here, and no look but
how a notebook aligns words and numbers: JupyterLab, and nbconvert's own pages, set every cell of a table to the right.
"""

from __future__ import annotations

import base64
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from markupsafe import Markup

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.vocabulary import Rating
from pipeline.report.plotted import Plotted, Trend

#: Alternative text longer than this is a page, not a description; the table beside the figure holds the numbers.
LONGEST_ALT = 600
TEXT_WIDTH = 100
_TABLE = re.compile(r'<table id="([a-z][a-z0-9-]*)"')
_FACTS_ALIGNED = (
    "dl.facts { display: grid; grid-template-columns: max-content auto; gap: 0.2em 1.5em; }\n"
    "dl.facts dt, dl.facts dd { float: none; width: auto; margin: 0; }"
)
_UNPRINTED = ("Cc", "Cf", "Cs", "Co", "Cn")  # control, direction, lone halves, private and unassigned characters


class UndescribedExhibit(PipelineError):
    """A figure or table that some readers could not use."""


def clean_text(text: object) -> str:
    """Put ``text`` on one line without control or text-direction characters; it is still to be escaped."""
    text = str(text)
    if text.isprintable():  # nearly all text: no character to drop, and no space but " "
        return " ".join(text.split())
    spaced = (" " if char.isspace() else char for char in text)
    return " ".join("".join(char for char in spaced if unicodedata.category(char) not in _UNPRINTED).split())


#: A telephone number of this country: a nought, then groups of figures with blanks between.
_TELEPHONE = re.compile(r"(?<![\w.,])0\d{2,4}(?: \d{3,6}){1,2}(?![\w.,]\d)")


def keep_together(text: str) -> str:
    """``text`` whose telephone numbers no line breaks: their blanks are no-break spaces."""
    return _TELEPHONE.sub(lambda number: number[0].replace(" ", "\u00a0"), text)


class Exhibit:
    """Something a cell shows, as ``text/html`` and ``text/plain``."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": _align(str(self.html())), "text/plain": self.text()}

    def __repr__(self) -> str:
        return self.text()

    def html(self) -> Markup:
        """The exhibit as an HTML fragment, every text in it escaped."""
        return _render(self)

    def text(self) -> str:
        """The exhibit for a terminal, without a trailing newline."""
        raise NotImplementedError


def _align(html: str) -> str:
    """``html`` with how its tables and facts are aligned where it stands alone. Our own page drops every style."""
    tables = _TABLE.findall(html)
    rules = [f"#{id} caption, #{id} th, #{id} td {{ text-align: left; }}" for id in tables]
    rules += [f"#{id} .figure-number {{ text-align: right; }}" for id in tables]
    rules += [_FACTS_ALIGNED] if '<dl class="facts">' in html else []
    return f"<style>\n{chr(10).join(rules)}\n</style>\n{html}" if rules else html


@dataclass(frozen=True, repr=False)
class Heading(Exhibit):
    words: str
    level: Literal[1, 2, 3] = 3

    def text(self) -> str:
        words = clean_text(self.words)
        return f"{words}\n{'=' * len(words)}" if self.level == 1 else words.upper() if self.level == 2 else words


@dataclass(frozen=True, repr=False)
class Paragraph(Exhibit):
    """One paragraph; ``lead`` is printed in bold before it."""

    words: str
    lead: str = ""

    def text(self) -> str:
        return _wrap(f"{self.lead} {self.words}")


@dataclass(frozen=True, repr=False)
class Bullets(Exhibit):
    """A list; an item may be a pair, whose first words are printed in bold before the second."""

    items: tuple[str | tuple[str, str], ...]

    def text(self) -> str:
        return "\n".join(_wrap(words, first="- ", rest="  ") for words in map(_join_lead, self.items))


@dataclass(frozen=True, repr=False)
class Numbered(Exhibit):
    """A list in an order."""

    items: tuple[str, ...]

    def text(self) -> str:
        return "\n".join(_wrap(words, first=f"{place}. ", rest="   ") for place, words in enumerate(self.items, 1))


def _join_lead(item: str | tuple[str, str]) -> str:
    return item if isinstance(item, str) else " ".join(item)


@dataclass(frozen=True, repr=False)
class Facts(Exhibit):
    """Names and what they are: a description list."""

    pairs: tuple[tuple[str, str], ...]

    def text(self) -> str:
        return "\n".join(_wrap(f"{name}: {value}") for name, value in self.pairs)


@dataclass(frozen=True, repr=False)
class Notice(Exhibit):
    """A paragraph set apart."""

    words: str
    kind: Literal["info", "warning", "defaults"] = "info"

    def text(self) -> str:
        return _wrap(f"[{self.kind}] {self.words}")


@dataclass(frozen=True, repr=False)
class Section(Exhibit):
    """Exhibits kept together under one class of the stylesheet."""

    content: tuple[Exhibit, ...]
    css_class: Literal["", "category-panel", "entitlement", "pair", "half", "next-steps", "note"] = ""
    tier: str = ""

    def text(self) -> str:
        return "\n\n".join(exhibit.text() for exhibit in self.content)


@dataclass(frozen=True)
class Step:
    """One of the steps of a ladder; ``note`` says in a word or two what it is to the reader."""

    words: str
    note: str = ""
    current: bool = False


@dataclass(frozen=True, repr=False)
class Ladder(Exhibit):
    """Steps in their order, side by side, of which one is the reader's."""

    steps: tuple[Step, ...]

    def text(self) -> str:
        told = (f"{one.words} ({one.note})" if one.note else one.words for one in self.steps)
        return _wrap(" | ".join(told))


@dataclass(frozen=True, repr=False)
class Exhibits(Exhibit):
    """Several exhibits that one cell shows, in order."""

    content: tuple[Exhibit, ...]

    def html(self) -> Markup:
        return Markup("\n").join(exhibit.html() for exhibit in self.content)

    def text(self) -> str:
        return "\n\n".join(exhibit.text() for exhibit in self.content)


@dataclass(frozen=True)
class Rated:
    """A rating as a table cell. It is always said in words; the stylesheet may add a shape and a colour.

    ``before`` leads to it and ``after`` follows it as plain text.
    """

    rating: Rating
    words: str = ""
    after: str = ""
    before: str = ""

    def __str__(self) -> str:
        return " ".join(word for word in (self.before, self.said, self.after) if word)

    @property
    def said(self) -> str:
        return self.words or str(self.rating)

    @property
    def key(self) -> str:
        return str(self.rating).replace(" ", "-")


@dataclass(frozen=True)
class Group:
    """The only cell of a row that names the rows below it."""

    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Remainder:
    """The last cell of a row, over all columns that are left."""

    words: str

    def __str__(self) -> str:
        return self.words


Cell = str | Rated | Plotted | Trend | Group | Remainder


@dataclass(frozen=True)
class Column:
    """A table column. ``numeric`` aligns figures; the first column of a table names its rows."""

    heading: str
    numeric: bool = False


@dataclass(frozen=True, repr=False)
class Table(Exhibit):
    """A table with a caption, column headers and a row header in every row.

    ``rows`` hold one cell a column; the first cell is the row's header. A row may be one ``Group`` alone, or end in a
    ``Remainder``.
    Raises UndescribedExhibit where the caption,
    a column heading or a row header is empty, a row has too few or too many cells, or there are no rows at all.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        where = f"table {self.id!r}"
        _check_id(self.id, where)
        if not clean_text(self.caption):
            raise UndescribedExhibit("it has no caption", where=where, remedy="Say what the rows and columns are.")
        if not self.columns or not all(clean_text(column.heading) for column in self.columns):
            raise UndescribedExhibit("a column has no heading", where=where, remedy="Give every column a heading.")
        if not self.rows:
            raise UndescribedExhibit(
                "it has no rows", where=where, remedy="Show a sentence that says so instead: Paragraph('None.')."
            )
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns) and not isinstance(row[-1] if row else None, Group | Remainder):
                raise UndescribedExhibit(
                    f"row {number} has {len(row)} cells for {len(self.columns)} columns",
                    where=where,
                    remedy="Give every row one cell a column.",
                )
            if not clean_text(row[0]):
                raise UndescribedExhibit(
                    f"row {number} has no row header", where=where, remedy="Name the row in its first cell."
                )

    @property
    def drawn(self) -> frozenset[int]:
        """The places of the columns that draw."""
        cells = ((place, cell) for row in self.rows for place, cell in enumerate(row))
        return frozenset(place for place, cell in cells if isinstance(cell, Plotted | Trend))

    def text(self) -> str:
        lines = [_wrap(self.caption), *_lay_out(self.columns, self.rows)]
        return "\n".join([*lines, _wrap(self.note)] if self.note else lines)


@dataclass(frozen=True, repr=False)
class Chart(Exhibit):
    """A picture that says the same in words.

    ``alt`` tells what a sighted reader sees, from the numbers, in a sentence or three; ``caption`` says what the
    picture is. Raises UndescribedExhibit where either is empty, both are the same, or ``alt`` is over-long.
    """

    id: str
    caption: str
    alt: str
    svg: bytes = field(repr=False)

    def __post_init__(self) -> None:
        where = f"figure {self.id!r}"
        _check_id(self.id, where)
        caption, alt = clean_text(self.caption), clean_text(self.alt)
        remedy = "Say in a sentence or three what a sighted reader sees in it."
        if not caption:
            raise UndescribedExhibit("it has no caption", where=where, remedy="Say what the picture shows.")
        if not alt:
            raise UndescribedExhibit("it has no alternative text", where=where, remedy=remedy)
        if alt.casefold().rstrip(".") == caption.casefold().rstrip("."):
            raise UndescribedExhibit("its alternative text repeats the caption", where=where, remedy=remedy)
        if len(alt) > LONGEST_ALT:
            raise UndescribedExhibit(
                f"its alternative text has {len(alt)} characters; {LONGEST_ALT} is the most",
                where=where,
                remedy="Say what stands out and put the numbers into a table beside it.",
            )

    @property
    def source(self) -> Markup:
        """The picture as a data address, so that a report is one file; base64 holds nothing to escape."""
        return Markup("data:image/svg+xml;base64," + base64.b64encode(self.svg).decode("ascii"))

    def text(self) -> str:
        return _wrap(f"[Chart: {self.caption}] {self.alt}")


def _check_id(id: str, where: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", id):
        raise UndescribedExhibit(
            "its id is not small letters, digits and hyphens", where=where, remedy="Name it like trends-ks2."
        )


def _wrap(words: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        clean_text(words),
        TEXT_WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _lay_out(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Lay a table out in columns of plain text; long texts take more lines, never more than ``TEXT_WIDTH``."""
    grid = [[clean_text(column.heading) for column in columns], *([clean_text(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in grid if len(row) == len(columns)) for place in range(len(columns))]
    room = TEXT_WIDTH - 2 * (len(columns) - 1)
    while sum(widths) > room and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    lines: list[str] = []
    for number, row in enumerate(grid):
        if len(row) < len(columns):
            lines.append("  ".join(row).rstrip())
            continue
        cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
        for line in range(max(len(cell) for cell in cells)):
            parts = [
                part.rjust(width) if column.numeric else part.ljust(width)
                for part, width, column in zip(
                    (cell[line] if line < len(cell) else "" for cell in cells), widths, columns, strict=True
                )
            ]
            lines.append("  ".join(parts).rstrip())
        if number == 0:
            lines.append("  ".join("-" * width for width in widths))
    return lines


@cache
def _templates() -> Any:
    """The one template that turns exhibits into HTML; every expression in it is cleaned and escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else keep_together(clean_text(value)),
    )
    return environment.get_template("exhibits.html.j2")


def _render(exhibit: Exhibit) -> Markup:
    macro = getattr(_templates().module, type(exhibit).__name__.lower())
    return Markup(str(macro(exhibit)).strip())
