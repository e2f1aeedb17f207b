"""Observations as plain records, found by measure, pupil group and year: what the method computes with.

A frame's columns are listed once and its rows found by what they are figures of; a record is made of those that are
asked for. Everything after is arithmetic on small frozen objects.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.foundation.vocabulary import Availability, Level
from pipeline.sources.joining.tellings import prefer_figure


@dataclass(frozen=True)
class Figure:
    """One published figure of one year. ``value`` is None unless ``availability`` is available."""

    year: int
    value: float | None
    lower: float | None = None  # the published 95% interval, where there is one
    upper: float | None = None
    cohort: float | None = None
    step: float | None = None  # the published rounding
    availability: Availability = Availability.AVAILABLE
    word: str = ""
    predecessor: bool = False
    file: str = ""
    line: int = 0

    @property
    def number(self) -> float:
        """The value, for callers who have made sure that there is one."""
        if self.value is None:
            raise ValueError(f"the figure of {self.year} is {self.availability}, not a number")
        return self.value

    @property
    def pupils(self) -> float:
        """The cohort in whole pupils, for callers who have made sure that it is known."""
        if self.cohort is None:
            raise ValueError(f"the figure of {self.year} has no cohort")
        return float(round(self.cohort))


#: year → figure, of one measure and group
Figures = Mapping[int, Figure]


class FigureTable:
    """The figures of one frame of OBSERVATIONS, by level, measure and pupil group."""

    def __init__(self, observations: pd.DataFrame | None = None) -> None:
        self._rows: dict[tuple[str, str, str], list[_Row]] = {}
        self._found: dict[tuple[str, str, str], dict[int, Figure]] = {}
        if observations is not None:
            add = self._rows.setdefault
            for row in _list_rows(observations):
                add(row[:3], []).append(row)

    def find(self, level: str, measure: str, group: str) -> Figures:
        """The figures by year, empty where there is none; of several for a year the one preferred."""
        key = (str(level), measure, str(group))
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = _prefer(_make_figure(row) for row in self._rows.get(key, ()))
        return found

    def list_charts(self, level: str) -> list[tuple[str, str]]:
        """The measures and pupil groups there are at a level."""
        return [(measure, group) for found, measure, group in self._rows if found == str(level)]


def tabulate_schools(observations: pd.DataFrame) -> dict[int, FigureTable]:
    """The figures of every school in a frame of OBSERVATIONS, by URN in rising order."""
    schools: dict[int, FigureTable] = {}
    rows = observations[(observations["level"] == Level.SCHOOL) & observations["urn"].notna()]
    for row in _list_rows(rows):
        own = schools.setdefault(int(row[_URN]), FigureTable())
        own._rows.setdefault(row[:3], []).append(row)
    return dict(sorted(schools.items()))


def _prefer(figures: Iterable[Figure]) -> dict[int, Figure]:
    years: dict[int, Figure] = {}
    for figure in figures:
        known = years.get(figure.year)
        if known is None or _place(figure) < _place(known):
            years[figure.year] = figure
    return years


def _place(figure: Figure) -> int:
    return prefer_figure(figure.availability, figure.cohort, not figure.predecessor)


_COLUMNS = (
    "level", "measure", "group", "year", "value", "lower", "upper", "cohort", "step",
    "availability", "word", "urn", "published_urn", "file", "line",
)  # fmt: skip
_URN = _COLUMNS.index("urn")

#: One row's cells, in the order of _COLUMNS.
_Row = tuple[Any, ...]


def _list_rows(observations: pd.DataFrame) -> Iterable[_Row]:
    return zip(*(_list_cells(observations[name]) for name in _COLUMNS), strict=True)


def _list_cells(column: pd.Series) -> list[Any]:
    """The cells as plain values: None, NaN or NA where there is none."""
    cells = column.array
    if isinstance(cells, pd.Categorical):
        words = [*cells.categories.tolist(), None]  # the code of a missing cell is -1
        return [words[code] for code in cells.codes.tolist()]
    if isinstance(cells, pd.arrays.IntegerArray):
        return cells.to_numpy(dtype=float, na_value=math.nan).tolist()
    return column.to_numpy().tolist()


def _make_figure(row: _Row) -> Figure:
    _, _, _, year, value, low, high, cohort, step, state, word, urn, published, file, line = row
    availability = Availability(state)
    number = _number(value) if availability is Availability.AVAILABLE else None
    if availability is Availability.AVAILABLE and number is None:
        availability = Availability.NOT_AVAILABLE
    return Figure(
        year=int(year),
        value=number,
        lower=_number(low) if number is not None else None,
        upper=_number(high) if number is not None else None,
        cohort=_number(cohort),
        step=_number(step),
        availability=availability,
        word=_text(word),
        predecessor=_differ(urn, published),
        file=_text(file),
        line=0 if pd.isna(line) else int(line),
    )


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _differ(urn: Any, published: Any) -> bool:
    return not (pd.isna(urn) or pd.isna(published)) and urn != published
