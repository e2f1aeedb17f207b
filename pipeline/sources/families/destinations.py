"""Destinations after key stage 4, the wide download: who stayed in education, an apprenticeship or work."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.vocabulary import name_academic_year
from pipeline.sources.families.wide import WideFile, read_wide
from pipeline.sources.reading import RawTable, Reading
from pipeline.sources.tabular.columns import load_aliases
from pipeline.sources.tabular.rows import place_by_record

#: A file tells of the pupils who finished key stage 4 this many years before the year it is published in.
YEARS_BEHIND = 2


class Destinations(WideFile):
    """Files known by the percentage of pupils in a sustained destination."""

    family = "destinations"
    title = "key stage 4 destinations"

    def recognises(self, header: tuple[str, ...]) -> bool:
        return {"overall_destper", "cohort"} <= {name.lower() for name in header}

    def find_year(self, table: RawTable) -> int | None:
        """None: the marks of earlier years mean years of publication in 2018/19 and of leaving school in 2024/25."""
        return None

    def read(self, table: RawTable, year: int) -> Reading:
        """Observations bear the year in which the pupils finished key stage 4: two before ``year``."""
        aliases = load_aliases(self.family)
        marks = find_marks(table.header)
        refuse_other_years(table, marks, year)
        leavers = year - YEARS_BEHIND
        past = {mark: leavers - 1 - rank for rank, mark in enumerate(marks)}
        reading, _, _ = read_wide(table, leavers, aliases, lambda found: place_by_record(found, aliases), past)
        note = f"tells of pupils who finished key stage 4 in {name_academic_year(leavers)}"
        return replace(reading, year=year, notes=(*reading.notes, note))


def find_marks(header: tuple[str, ...]) -> list[str]:
    """The marks of earlier years, latest first: ``["_18", "_17"]``."""
    found = {match[1] for name in header if (match := re.fullmatch(r"OVERALL_DESTPER(_\d\d)", name, re.IGNORECASE))}
    return sorted(found, reverse=True)


def refuse_other_years(table: RawTable, marks: list[str], year: int) -> None:
    """Refuse a file whose latest mark is neither last year's (2018/19) nor that of last year's leavers (2024/25)."""
    if not marks:
        return
    latest = 2000 + int(marks[0][1:])
    if year in (latest + 1, latest + 1 + YEARS_BEHIND):
        return
    likely = f"{name_academic_year(latest + 1)} or {name_academic_year(latest + 1 + YEARS_BEHIND)}"
    what = f"the file is taken for {name_academic_year(year)}, but its columns end in {marks[0]}"
    remedy = f"Such a file is of {likely}: move it to that year's folder, or say `year:` in edition.yaml."
    raise FaultyInput([Fault(table.file.name, 1, f"OVERALL_DESTPER{marks[0]}", what, remedy)])


SOURCES = (Destinations(),)
