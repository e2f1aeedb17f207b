"""Key stage 4 results by school, the wide download: final files of some 500 columns, provisional ones of 25."""

from __future__ import annotations

from dataclasses import replace

from pipeline.sources.families.wide import read_successors, read_wide
from pipeline.sources.reading import RawTable, Reading
from pipeline.sources.tabular.columns import find_year_by_marks, load_aliases, want_table
from pipeline.sources.tabular.headings import WantedColumn
from pipeline.sources.tabular.rows import place_by_record

#: A file with fewer columns than this is the autumn's provisional one.
FULL_FILE = 200


class KeyStage4:
    """Files known by the Attainment 8 score beside the count of pupils."""

    family = "ks4"
    title = "key stage 4 results"

    def recognises(self, header: tuple[str, ...]) -> bool:
        return {"att8scr", "tpup"} <= {name.lower() for name in header}

    def find_year(self, table: RawTable) -> int | None:
        """The year after the latest earlier year in the file: ATT8SCR_18 makes it 2018/19.

        Files with _PREV instead of a year (2023/24 onwards) and provisional files do not say.
        """
        return find_year_by_marks(table, load_aliases(self.family).year_marks)

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        aliases = load_aliases(self.family)
        wanted = want_table(aliases, header, year)
        if len(header) >= FULL_FILE:
            return wanted
        return tuple(replace(one, expected=one.expected and one.name in aliases.provisional) for one in wanted)

    def read(self, table: RawTable, year: int) -> Reading:
        aliases = load_aliases(self.family)
        reading, rows, columns = read_wide(table, year, aliases, lambda found: place_by_record(found, aliases))
        reading = replace(reading, names=read_successors(columns, aliases, rows))
        used = tuple(name for name in table.header if name in columns.used)
        reading = replace(reading, columns_used=used, columns_unused=columns.unused)
        if len(table.header) < FULL_FILE:
            notes = (*reading.notes, f"provisional: {len(table.header)} columns; a final file of the same year wins")
            reading = replace(reading, notes=notes)
        return reading


SOURCES = (KeyStage4(),)
