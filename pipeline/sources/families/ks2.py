"""Key stage 2 results by school, the wide download: one row a school, authorities and England by record type."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from pipeline.foundation.vocabulary import Availability, Level, PupilGroup
from pipeline.sources.families.wide import WideFile, read_successors, read_urns, read_wide
from pipeline.sources.frames import LINKS, shape_frame
from pipeline.sources.reading import RawTable, Reading
from pipeline.sources.tabular.columns import Columns, find_year_by_marks, load_aliases
from pipeline.sources.tabular.identifiers import read_dates
from pipeline.sources.tabular.rows import Rows, place_by_record

PROGRESS = ("ks2_reading_progress", "ks2_writing_progress", "ks2_maths_progress")


class KeyStage2(WideFile):
    """Files known by the combined reading, writing and maths percentage beside the count of eligible pupils."""

    family = "ks2"
    title = "key stage 2 results"

    def recognises(self, header: tuple[str, ...]) -> bool:
        return {"ptrwm_exp", "telig"} <= {name.lower() for name in header}

    def find_year(self, table: RawTable) -> int | None:
        """The year after the latest earlier year in the file: PTRWM_EXP_18 makes it 2018/19."""
        return find_year_by_marks(table, load_aliases(self.family).year_marks)

    def read(self, table: RawTable, year: int) -> Reading:
        aliases = load_aliases(self.family)
        reading, rows, columns = read_wide(table, year, aliases, lambda found: place_by_record(found, aliases))
        assert reading.observations is not None  # a wide file has figures
        observations, filled = fill_national_progress(reading.observations)
        notes = reading.notes
        if filled:
            notes += (f"progress for England, left blank in {filled} cells, is 0 by definition",)
        reading = replace(reading, links=read_conversions(columns, rows), names=read_successors(columns, aliases, rows))
        used = tuple(name for name in table.header if name in columns.used)
        return replace(
            reading, observations=observations, notes=notes, columns_used=used, columns_unused=columns.unused
        )


def fill_national_progress(observations: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Give England's state-funded schools progress 0 where the file leaves it blank, and how often that was done.

    Progress is the difference from pupils nationally with the same start, so England's own is 0 by definition
    (primary accountability guidance); years in which no school has a figure stay blank.
    """
    about = observations["measure"].isin(PROGRESS) & (observations["group"] == PupilGroup.ALL)
    schools = about & (observations["level"] == Level.SCHOOL) & observations["value"].notna()
    published = observations.loc[schools, ["measure", "year"]].drop_duplicates()
    blank = about & (observations["level"] == Level.ENGLAND_STATE) & observations["value"].isna()
    blank &= (observations["word"] == "") & observations["year"].isin(published["year"])
    if not blank.any():
        return observations, 0
    observations = observations.copy(deep=False)
    observations.loc[blank, "value"] = 0.0
    observations.loc[blank, "availability"] = str(Availability.AVAILABLE)
    return observations, int(blank.sum())


def read_conversions(columns: Columns, rows: Rows) -> pd.DataFrame | None:
    """LINKS of schools that became academies after the tests: URN_AC succeeds the row's URN; 0 means none.

    It may be a plan: ``links.settle_links`` decides whether it came about.
    """
    keys = load_aliases("ks2").keys
    text = columns.text(keys["next_urn"])
    if text is None:
        return None
    opened = columns.text(keys["next_opened"])
    following = read_urns(text, text.index)
    found = following.notna() & rows.urn.notna() & (following != rows.urn).fillna(False)
    links = pd.DataFrame(
        {
            "urn": following[found].astype("int32"),
            "predecessor": rows.urn[found].astype("int32"),
            "kind": "succession",
            "chained": True,
            "date": "" if opened is None else read_dates(opened[found]),
        }
    )
    return shape_frame(links.reset_index(drop=True), LINKS)


SOURCES = (KeyStage2(),)
