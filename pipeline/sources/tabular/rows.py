"""Whom each row of a wide file is about: a school, an authority or England; and rows that cannot be placed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from pandas.api.types import pandas_dtype

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.vocabulary import Level
from pipeline.sources.reading import RawTable
from pipeline.sources.tabular.cells import is_scientific
from pipeline.sources.tabular.columns import AliasTable, Columns
from pipeline.sources.tabular.folding import shorten_faults
from pipeline.sources.tabular.headings import ALIKE, measure_likeness

#: What a row can be about, in words, and the level its figures belong to.
LEVEL_OF_KIND: dict[str, Level | None] = {
    "school": Level.SCHOOL,
    "mainstream school": Level.SCHOOL,
    "special school": Level.SCHOOL,
    "sixth-form consortium": Level.SCHOOL,
    "local authority": Level.AUTHORITY,
    "local authority, one phase": None,  # two rows an authority: no single figure for it
    "England, all schools": Level.ENGLAND_ALL,
    "England, state-funded schools": Level.ENGLAND_STATE,
    "England, state-funded primary schools": Level.ENGLAND_PRIMARY,
    "England, state-funded secondary schools": Level.ENGLAND_SECONDARY,
    "England, special schools": Level.ENGLAND_SPECIAL,
}


_FAULTS_LISTED = 20
#: Rows that clash are few up to this many, or this part of a file: more, and the file is not the publisher's.
_FEW_ROWS, _FEW = 6, 0.02


_ENGLAND = [level for level in Level if level.startswith("england")]
_PHASES = {"PRI": "primary schools", "SEC": "secondary schools", "SPE": "special schools"}


#: The remedy for what a spreadsheet does to a file that is opened and saved.
SAVED_BY_EXCEL = "A spreadsheet has rewritten it. Put the downloaded file back, and open a copy to look at it."


@dataclass(frozen=True)
class Rows:
    """Whom each row is about, on the table's index."""

    kind: pd.Series  # a key of LEVEL_OF_KIND
    level: pd.Series  # category of vocabulary.Level
    urn: pd.Series  # Int32
    la: pd.Series  # Int16
    line: np.ndarray

    @cached_property
    def level_code(self) -> np.ndarray:
        """The level as a number: rows of one level were rounded together."""
        return self.level.cat.codes.to_numpy()

    @cached_property
    def is_england(self) -> np.ndarray:
        return self.are_of(_ENGLAND)

    def are_of(self, levels: Collection[Level]) -> np.ndarray:
        """Which rows are of one of ``levels``, as a mask."""
        named = self.level.cat.categories
        return np.isin(self.level_code, [code for code, level in enumerate(named) if level in levels])


def read_rows(
    table: RawTable, columns: Columns, aliases: AliasTable, kinds: pd.Series | None
) -> tuple[Rows, list[Fault]]:
    """Say whom each row is about. ``kinds`` holds a key of LEVEL_OF_KIND, or None where the row cannot be placed.

    With them comes a fault for each row of unknown kind and each school without a usable URN. Raises FaultyInput where
    a key column is missing.
    """
    missing = [name for name in aliases.required if columns.find(aliases.keys[name]) is None]
    if missing or kinds is None:
        names = [aliases.keys[name] for name in missing] or [aliases.keys["record"]]
        raise FaultyInput([_describe_missing(table, name, aliases) for name in names])
    faults = _find_unplaced(table, kinds, aliases)
    levels = {kind: level and str(level) for kind, level in LEVEL_OF_KIND.items()}
    level = kinds.map(levels).astype(pd.CategoricalDtype([str(one) for one in Level]))
    at_school = (level == Level.SCHOOL).to_numpy()
    urn_column, urn_text = columns.require(aliases.keys["urn"])
    urn = pd.to_numeric(urn_text.where(urn_text.str.fullmatch(r"\d{5,6}") & at_school), errors="coerce").astype("Int32")
    faults += _find_bad_urns(table, urn_column, urn_text, urn, at_school)
    return Rows(kinds, level, urn, read_whole(columns.text(aliases.keys["la"]), "Int16"), table.lines), faults


def _describe_missing(table: RawTable, name: str, aliases: AliasTable) -> Fault:
    alike = max(table.header, key=lambda heading: measure_likeness(heading, name))
    likely = f" (`{alike}` is very like it)" if measure_likeness(alike, name) >= ALIKE else ""
    what = f"the key column is missing{likely}: without it no row of a {aliases.title} file can be placed"
    remedy = "Restore the heading in line 1, or download the file again."
    return Fault(table.file.name, 1, name, what, remedy)


def _find_unplaced(table: RawTable, kinds: pd.Series, aliases: AliasTable) -> list[Fault]:
    column = aliases.keys.get("record") or aliases.keys["la"]
    expected = ", ".join(aliases.records) or "see the department's description of the file"
    return [
        Fault(table.file.name, int(table.lines[row]), column, "the row is of no known kind", f"Expected: {expected}.")
        for row in np.flatnonzero(kinds.isna())
    ]


def _find_bad_urns(table: RawTable, column: str, text: pd.Series, urn: pd.Series, at_school: np.ndarray) -> list[Fault]:
    faults = []
    for row in np.flatnonzero(at_school & urn.isna().to_numpy()):
        said = text.iloc[row]
        if is_scientific(said):
            what, remedy = f"{said} is no URN: its last figures are lost", SAVED_BY_EXCEL
        else:
            what = f"{said!r} is no URN" if said else "the school has no URN"
            remedy = "Restore the six-figure URN from the publisher's file or from Get Information about Schools."
        faults.append(Fault(table.file.name, int(table.lines[row]), column, what, remedy))
    return faults


def read_whole(text: pd.Series | None, kind: str, index: pd.Index | None = None) -> pd.Series:
    """Whole numbers from ``text``; missing where it holds anything else or the column is not there."""
    if text is None:
        return pd.Series(pd.NA, index=index, dtype=kind)
    return pd.to_numeric(text.where(text.str.fullmatch(r"\d{1,9}")), errors="coerce").astype(pandas_dtype(kind))


def shorten(faults: Sequence[Fault]) -> list[Fault]:
    """The weightiest faults of a long list, alike ones as one, and one that counts the rest."""
    return shorten_faults(faults, _FAULTS_LISTED)


def drop_rows(table: RawTable, lines: Collection[int | None]) -> RawTable:
    """``table`` without the rows that stand in ``lines``."""
    keep = ~np.isin(table.lines, [line for line in lines if line is not None])
    cells = table.cells[keep].reset_index(drop=True)
    return replace(table, cells=cells, lines=table.lines[keep], widths=table.widths[keep])


def drop_repeated_rows(
    table: RawTable, columns: Columns, aliases: AliasTable
) -> tuple[RawTable, int, list[Fault], list[Fault]]:
    """``table`` without rows that repeat an earlier row cell for cell, how many there were, and what rows clash.

    Two different rows that bear one URN clash: there is a fault for each. Where many do, they keep the file out, and
    their faults are the second list.
    """
    urn = columns.text(aliases.keys["urn"])
    if urn is None:
        return table, 0, [], []
    twice = urn.str.fullmatch(r"\d{5,6}") & urn.duplicated(keep=False)
    if not twice.any():
        return table, 0, [], []
    again = table.cells[twice].duplicated()
    repeats = again[again].index
    rest = urn[twice].drop(repeats)
    clashing = rest[rest.duplicated(keep=False)]
    faults = [
        Fault(
            table.file.name,
            int(table.lines[row]),
            columns.find(aliases.keys["urn"]),
            f"the school also stands in line {_find_other_line(table, clashing, row)}, with other figures: "
            "neither row is used",
            "Delete the row that is not the publisher's, or download the file again.",
            urn=int(said),
        )
        for row, said in zip(clashing.index.to_numpy(), clashing, strict=True)
    ]
    many = len(faults) > max(_FEW_ROWS, _FEW * len(urn))
    table = drop_rows(table, table.lines[repeats].tolist())
    return table, len(repeats), [] if many else faults, faults if many else []


def _find_other_line(table: RawTable, clashing: pd.Series, row: int) -> int:
    others = clashing.index[(clashing == clashing[row]) & (clashing.index != row)]
    return int(table.lines[others[0]])


def place_by_record(columns: Columns, aliases: AliasTable) -> pd.Series | None:
    """Each row's kind by its record type; None where the column is missing."""
    text = columns.text(aliases.keys["record"])
    return None if text is None else text.map(aliases.records)


def place_by_markers(columns: Columns, aliases: AliasTable) -> pd.Series | None:
    """Each row's kind by the words NAT, LA, PRI, SEC and SPE in its key columns, whichever column they stand in."""
    texts = [columns.text(aliases.keys[key]) for key in ("la", "estab", "urn")]
    found = [text.str.upper() for text in texts if text is not None]
    if not found:
        return None
    words = pd.concat(found, axis=1)
    national, phase = (words == "NAT").any(axis=1), words.isin(list(_PHASES)).any(axis=1)
    kinds = pd.Series("school", index=words.index)
    kinds[phase] = "local authority, one phase"
    kinds[(words == "LA").any(axis=1) & ~phase] = "local authority"
    for marker, schools in _PHASES.items():
        kind = "England, special schools" if marker == "SPE" else f"England, state-funded {schools}"
        kinds[national & (words == marker).any(axis=1)] = kind
    return kinds.mask(national & ~phase)


def count_kinds(kinds: pd.Series) -> dict[str, int]:
    """How many rows of each kind, in the order of LEVEL_OF_KIND."""
    counts = kinds.value_counts()
    return {kind: int(counts[kind]) for kind in LEVEL_OF_KIND if kind in counts}
