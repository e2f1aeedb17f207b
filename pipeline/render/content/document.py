"""What a report says of itself: the few words that go to its title block, its metadata and its running header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from pipeline.foundation.colours import read_colour

FACTS_TYPE = "application/vnd.school-report+json"


@dataclass(frozen=True)
class Document:
    """The ``document`` block of a notebook's facts.

    ``date`` is an ISO date (``2019-11-01``) or empty; ``urn`` is None where the report is not about one school.
    """

    title: str
    subject: str = ""
    organisation: str = ""
    language: str = "en-GB"
    date: str = ""
    urn: int | None = None
    school: str = ""
    edition: str = ""
    kind: str = "school"
    colour: str = ""  # of headings and panels: #14466b; "" for ours
    page_numbers: str = ""  # how paper numbers its pages, with {} for each of the two numbers; "" for "Page 1 of 2"
    brief: bool = False  # its sections follow one another; else those so marked begin a page

    @property
    def keywords(self) -> str:
        """``URN 116794, Worcestershire, autumn 2019``: what a search of a folder of PDFs should find."""
        about = (f"URN {self.urn}" if self.urn else "", self.edition)
        return ", ".join(word for word in about if word)

    @property
    def printed_date(self) -> str:
        """``1 November 2019``; empty where the report has no date."""
        if not self.date:
            return ""
        day = date.fromisoformat(self.date)
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


# Named here because the month names of strftime follow the machine's locale.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def read_document(block: Mapping[str, Any]) -> Document:
    """Take the ``document`` block of the facts; fields this floor does not know are left alone.

    Raises ValueError where the date is no ISO date, or the colour none that can be read.
    """
    known = {field.name for field in fields(Document)}
    given = {key: value for key, value in block.items() if key in known and value is not None}
    document = Document(**{"title": "", **given})
    if document.date:
        date.fromisoformat(document.date)
    if document.colour:
        read_colour(document.colour)
    return document


def is_for_officers(cell: Any) -> bool:
    """Whether a cell is left out of the school's copy."""
    return "officer-only" in cell.metadata.get("tags", ())


#: In a cell's metadata: how its analyst named each picture that a run took in, by the name it has as an attachment.
WRITTEN = "written"


def read_written_line(cell: Any) -> str:
    """The first line of a cell that says something, as its analyst wrote it; "" where there is none."""
    line = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    for name, address in cell.metadata.get(WRITTEN, {}).items():
        line = line.replace(f"attachment:{name}", address)
    return line


def number_cell(cells: Sequence[Any], index: int) -> int:
    """The number, from 1, that an analyst's own notebook gives the cell at ``index`` of an executed one.

    A run puts a cell of its own before it, with the school's parameters.
    """
    return index + 1 - sum("injected-parameters" in cell.metadata.get("tags", ()) for cell in cells[:index])
