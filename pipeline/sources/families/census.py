"""The two censuses of schools, wide downloads: of pupils (roll and its make-up) and of the workforce."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from pipeline.sources.families.schools import name_phase_apart
from pipeline.sources.families.wide import WideFile, read_wide
from pipeline.sources.reading import RawTable, Reading
from pipeline.sources.tabular.columns import Columns, load_aliases
from pipeline.sources.tabular.headings import fold_heading
from pipeline.sources.tabular.rows import place_by_markers

#: The census's own kinds of school → which England row compares, and whether it is state-funded.
CENSUS_TYPES: dict[str, tuple[str, bool]] = {
    "state-funded nursery": ("", True),
    "state-funded primary": ("primary", True),
    "state-funded secondary": ("secondary", True),
    "state-funded special school": ("special", True),
    "state-funded ap school": ("", True),
    "pupil referral unit": ("", True),
    "non-maintained special school": ("special", False),
    "independent school": ("", False),
}


class Census(WideFile):
    """Files known by the roll beside the percentages of girls and of pupils with English as an additional language."""

    family = "census"
    title = "school census"

    def recognises(self, header: tuple[str, ...]) -> bool:
        return {"nor", "pnorg", "pnumeal"} <= {name.lower() for name in header}

    def read(self, table: RawTable, year: int) -> Reading:
        aliases = load_aliases(self.family)
        reading, rows, columns = read_wide(table, year, aliases, lambda found: place_by_markers(found, aliases))
        kinds = columns.text(aliases.keys["census_type"])
        if kinds is None or reading.schools is None:
            return reading
        known = kinds[(rows.kind == "school").to_numpy()].str.lower().map(CENSUS_TYPES).reset_index(drop=True)
        schools = reading.schools.assign(
            census_phase=known.map(lambda found: found[0], na_action="ignore").fillna("").astype("category"),
            state_funded=known.map(lambda found: found[1], na_action="ignore").astype("boolean"),
            phase=kinds[(rows.kind == "school").to_numpy()].map(name_phase_apart).reset_index(drop=True),
        )
        used = tuple(name for name in table.header if name in columns.used)
        return replace(reading, schools=schools, columns_used=used, columns_unused=columns.unused)


class Workforce(WideFile):
    """Files known by the pupil to teacher ratio: schools alone, in a year that nothing in the file tells."""

    family = "workforce"
    title = "school workforce"

    def recognises(self, header: tuple[str, ...]) -> bool:
        return {"pupil: teacher ratio", "la number", "urn"} <= set(map(fold_heading, header))

    def read(self, table: RawTable, year: int) -> Reading:
        """OBSERVATIONS of schools; salaries are printed with a pound sign, which their column alone may have."""
        aliases = load_aliases(self.family)
        salary = Columns(table, {}).find("Mean Gross FTE Salary of All Teachers (£s)")
        if salary is not None:
            table = replace(table, cells=table.cells.assign(**{salary: table.cells[salary].str.removeprefix("£")}))
        return read_wide(table, year, aliases, lambda found: pd.Series("school", index=found.table.cells.index))[0]


SOURCES = (Census(), Workforce())
