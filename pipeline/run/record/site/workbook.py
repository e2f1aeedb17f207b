"""The downloads of the area's site as one Excel workbook, where the lock has the library that writes it.

The same tables give the same bytes: a workbook is a ZIP archive, and what writes it puts the time into it.
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from pipeline.run.record.site.downloads import FOLDER
from pipeline.run.stamps.made import find_version

WORKBOOK = "schools.xlsx"
#: Rows that a sheet can hold, its headings among them.
MOST_ROWS = 1_048_576
_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that an archive can hold
_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")


def can_write_workbook(counts: Mapping[str, int]) -> bool:
    """Whether openpyxl is installed, and every table fits a sheet; ``counts`` are the rows of each."""
    return bool(find_version("openpyxl")) and all(rows < MOST_ROWS for rows in counts.values())


def write_workbook(folder: Path, names: Mapping[str, int], date: str) -> None:
    """Write the CSV files ``names`` of ``folder`` as sheets of one workbook beside them, dated ``date`` (ISO).

    Numbers are numbers, with the same digits; everything else is text, and nothing is a formula.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    for name in names:
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        with (folder / FOLDER / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(csv.reader(stream)):
                cells = []
                for text in row:
                    value = json.loads(text) if number and _NUMBER.fullmatch(text) else text or None
                    cell = WriteOnlyCell(sheet, value)
                    if isinstance(value, str):
                        cell.data_type = "s"
                    if not number:
                        cell.font = Font(bold=True)
                    cells.append(cell)
                sheet.append(cells)
    place = folder / FOLDER / WORKBOOK
    book.save(place)
    _settle(place, date)


def _settle(place: Path, date: str) -> None:
    """Write the archive anew with no time in it but ``date``."""
    said = f"{date}T12:00:00Z".encode()
    with zipfile.ZipFile(place) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(parts.items()):
            written = _MODIFIED.sub(rb"\g<1>" + said, content) if name == "docProps/core.xml" else content
            archive.writestr(zipfile.ZipInfo(name, _TIME), written, zipfile.ZIP_DEFLATED)
