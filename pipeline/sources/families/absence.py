"""Absence by school, the wide download: two percentages a school, England by phase in words inside key columns."""

from __future__ import annotations

from pipeline.sources.families.wide import WideFile, read_wide
from pipeline.sources.reading import RawTable, Reading
from pipeline.sources.tabular.columns import load_aliases
from pipeline.sources.tabular.rows import place_by_markers


class Absence(WideFile):
    """Files known by the overall absence percentage."""

    family = "absence"
    title = "absence"

    def recognises(self, header: tuple[str, ...]) -> bool:
        return "perctot" in {name.lower() for name in header}

    def read(self, table: RawTable, year: int) -> Reading:
        aliases = load_aliases(self.family)
        return read_wide(table, year, aliases, lambda found: place_by_markers(found, aliases))[0]


SOURCES = (Absence(),)
