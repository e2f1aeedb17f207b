"""The department's local authority interactive tool: one long file of many measures, years and places.

A row is made to say what a tidy file's row says (year, level, authority's number, version), and read as one.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import name_academic_year, read_academic_year
from pipeline.sources.families.tidy.ees import TidyFile, load_row_words, load_tidy_aliases, require_text
from pipeline.sources.reading import RawTable, Reading, Source
from pipeline.sources.tabular.columns import Columns
from pipeline.sources.tabular.headings import WantedColumn
from pipeline.sources.tabular.identifiers import list_faults, read_whole_numbers

#: England's number and those of regions; authorities have lower ones.
ENGLAND, FIRST_REGION = 970, 980
#: Authorities that went into others, under the numbers they had: ``Dorset (Pre LG)``.
_BEFORE_REORGANISATION = "(pre lg)"
#: ``2025``, ``2015/16``, ``2025 (prov)``, ``2018 (Rev)``.
_YEAR = re.compile(r"(?P<year>20\d\d)(?P<second>/\d\d)?\s*(?:\((?P<version>prov|rev|final)\))?", re.IGNORECASE)
_VERSIONS = {"prov": "provisional", "rev": "revised", "final": "final"}
#: What a computer makes of 67.6 and of -0.07: more places than any publisher prints, and small powers of ten.
_BINARY_TAIL = re.compile(r"[+-]?\d+(?:\.\d{9,}|(?:\.\d+)?E-\d+)", re.ASCII)
_VERSION = "version"  # the column that is added


class LaitFile(TidyFile):
    """The long file of LAIT. Its measures are of different years, so that no year is the file's own."""

    needs_year = False

    def __init__(self) -> None:
        super().__init__("lait")

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        """Its own headings, which are none of a tidy file's."""
        aliases = load_tidy_aliases(self.family)
        return tuple(WantedColumn(name, tuple(aliases.renames[name])) for name in aliases.recognised_by)

    def find_year(self, table: RawTable) -> int | None:
        """The latest academic year that any measure has."""
        return super().find_year(turn_into_tidy(table))

    def read(self, table: RawTable, year: int | None) -> Reading:
        """OBSERVATIONS of the measures in ``aliases/lait.yaml``; notes name the others, and what is provisional."""
        tidy = turn_into_tidy(table)
        reading = super().read(tidy, year or 0)
        return replace(
            reading,
            columns_used=tuple(name for name in table.header if name in reading.columns_used),
            columns_unused=tuple(name for name in table.header if name not in reading.columns_used),
            faults=(*reading.faults, *_list_nowhere(table)),
            notes=(*reading.notes, *_note_measures(tidy, set(load_tidy_aliases(self.family).parts))),
        )


def turn_into_tidy(table: RawTable) -> RawTable:
    """The table with its years, places, numbers and values written as tidy files write them, and with versions.

    A year that is none is left as it stands.
    """
    columns = Columns(table, load_tidy_aliases("lait").renames)
    cells = table.cells.copy()
    versions = {}
    for name, rewrite in (("time_period", _format_year), ("value", _format_value)):
        text = require_text(columns, name)
        cells[columns.find(name)] = text.map({word: rewrite(word) for word in text.unique()})
        if name == "time_period":
            versions = {word: _read_version(word) for word in text.unique()}
            cells[_VERSION] = text.map(versions)
    place, number = require_text(columns, "geographic_level"), read_whole_numbers(require_text(columns, "old_la_code"))
    cells[columns.find("old_la_code")] = number.astype("string").fillna("")
    cells[columns.find("geographic_level")] = _name_levels(place, number)
    return replace(table, header=(*table.header, _VERSION), cells=cells)


def _name_levels(place: pd.Series, number: pd.Series) -> pd.Series:
    """What tidy files call each place: LAIT has England, regions and authorities in one column, told by number."""
    level = pd.Series("local authority", index=place.index)
    level = level.mask((number >= FIRST_REGION).fillna(False), "regional")
    level = level.mask((number == ENGLAND).fillna(False), "national")
    level = level.mask(place.str.lower().str.endswith(_BEFORE_REORGANISATION), "authority before reorganisation")
    return level.mask(number.isna(), "no number")


def _format_year(word: str) -> str:
    """``2025 (prov)`` and ``2024/25`` as ``202425``: a single year is that in which the academic year ends."""
    match = _YEAR.fullmatch(word)
    if match is None:
        return word
    try:
        year = read_academic_year(f"{match['year']}{match['second']}") if match["second"] else int(match["year"])
    except ValueError:
        return word
    return name_academic_year(year).replace("/", "")


def _read_version(word: str) -> str:
    match = _YEAR.fullmatch(word)
    return _VERSIONS[match["version"].lower()] if match and match["version"] else ""


def _format_value(word: str) -> str:
    """A value as it was published: ``67.599999999999994`` was 67.6; ``-`` is no figure."""
    if word == "-":
        return ""
    return f"{float(word):.10g}" if _BINARY_TAIL.fullmatch(word) else word


def _list_nowhere(table: RawTable) -> list[Fault]:
    """A fault for each row whose place has no number: it is read for nobody."""
    columns = Columns(table, load_tidy_aliases("lait").renames)
    name, text = columns.require("old_la_code")
    remedy = "Restore the number from the publisher's file."
    return list_faults(table, read_whole_numbers(text).isna(), name, "{cell} is not the number of a place", remedy)


def _note_measures(table: RawTable, read: set[str]) -> tuple[str, ...]:
    columns = Columns(table, load_tidy_aliases("lait").renames)
    measure, time = require_text(columns, "subject"), require_text(columns, "time_period")
    is_read = measure.str.lower().isin(read)
    others = sorted(measure[~is_read].unique())
    early = (table.cells[_VERSION] == load_row_words().versions[0]) & is_read
    provisional = sorted({f"{one} {year}" for one, year in zip(measure[early], time[early], strict=True)})
    notes = []
    if others:
        notes.append(f"measures that are not read: {', '.join(others)}")
    if provisional:
        notes.append(f"provisional: {', '.join(provisional)}")
    return tuple(notes)


SOURCES: tuple[Source, ...] = (LaitFile(),)
