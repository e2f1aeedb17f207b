"""A plan as an Excel workbook whose cells are what they are: text stays text and is never a formula."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.foundation.writing import write_bytes_beside

#: The first moment that a zip archive can tell.
_NEVER = (1980, 1, 1, 0, 0, 0)
_WIDEST = 60
#: What a cell cannot hold: control characters but for tabs and line ends.
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")

Cell = str | int | float | datetime.date | None


def write_workbook(
    path: Path, sheets: Mapping[str, tuple[Sequence[str], Sequence[Sequence[Cell]]]], day: datetime.date
) -> None:
    """Write ``sheets``, name → headings and rows, with ``day`` as the day on which it was made.

    The same sheets give the same bytes. Numbers and days are such cells, whatever is text is text: nine digits with a
    nought before them keep it, and ``=1+1`` is not worked out.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.active)
    for name, (headings, rows) in sheets.items():
        sheet = book.create_sheet(name)
        for place, heading in enumerate(headings, start=1):
            _fill(sheet.cell(1, place), heading).font = Font(bold=True)
        for number, row in enumerate(rows, start=2):
            for place, value in enumerate(row, start=1):
                _fill(sheet.cell(number, place), value)
        sheet.freeze_panes = "A2"
        if rows:
            sheet.auto_filter.ref = sheet.dimensions
        for place, heading in enumerate(headings):
            longest = max([len(heading), *(len(str(row[place])) for row in rows if row[place] is not None)])
            sheet.column_dimensions[get_column_letter(place + 1)].width = min(longest + 2, _WIDEST)
    book.properties.creator = ""
    book.properties.created = book.properties.modified = datetime.datetime.combine(day, datetime.time())
    content = io.BytesIO()
    book.save(content)
    write_bytes_beside(path, _settle(content.getvalue(), day))


def _fill(cell: Any, value: Cell) -> Any:
    if isinstance(value, str):
        cell.value = _NO_XML.sub("", value)
        cell.data_type = "s"  # a text that begins with = would be a formula
        cell.number_format = "@"
    elif value is not None:
        cell.value = value
        if isinstance(value, datetime.date):
            cell.number_format = "dd/mm/yyyy"
    return cell


def _settle(content: bytes, day: datetime.date) -> bytes:
    """The workbook without the moment of writing, which openpyxl puts into every part."""
    settled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(settled, "w") as kept:
        for name in given.namelist():
            part = given.read(name)
            if name == "docProps/core.xml":
                modified = f"{day.isoformat()}T00:00:00Z".encode()
                part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + modified, part)
            entry = zipfile.ZipInfo(name, _NEVER)
            entry.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(entry, part)
    return settled.getvalue()
