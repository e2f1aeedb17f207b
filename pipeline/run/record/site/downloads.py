"""The files of the area's site that spreadsheets open: CSV, and a workbook of the same tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pipeline.report.area.site.downloads import DOWNLOADED, Value, guard_formula
from pipeline.report.area.site.schools import SiteSchool

FOLDER = "downloads"


class Downloads:
    """The files being written, a school after the other. ``counts`` are the rows so far, by the file's name."""

    def __init__(self, writers: Mapping[str, Any]) -> None:
        self._writers = writers
        self.counts = dict.fromkeys(writers, 0)

    def add(self, school: SiteSchool, facts: Mapping[str, Any]) -> None:
        """Write the rows of one school."""
        for one in DOWNLOADED:
            for row in one.list_rows(school, facts):
                self._writers[one.name].writerow([format_cell(value) for value in row])
                self.counts[one.name] += 1


@contextmanager
def open_downloads(folder: Path) -> Iterator[Downloads]:
    """Begin every file below ``folder``, with its headings; they are whole when this ends."""
    place = folder / FOLDER
    place.mkdir()
    with ExitStack() as held:
        writers = {}
        for one in DOWNLOADED:
            # The mark by which Excel knows UTF-8, and its ends of lines.
            stream = held.enter_context((place / f"{one.name}.csv").open("w", encoding="utf-8-sig", newline=""))
            writers[one.name] = csv.writer(stream, lineterminator="\r\n")
            writers[one.name].writerow(one.columns)
        yield Downloads(writers)


def format_cell(value: Value) -> str:
    """A value as a cell of CSV: numbers in the digits of ``facts.json``, yes and no, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return guard_formula(value) if isinstance(value, str) else json.dumps(value)
