"""Alias tables: which columns of a published file hold which measure, and finding them in a table's header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.foundation.vocabulary import Availability, PupilGroup, Unit
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.reading import ALIASES, RawTable
from pipeline.sources.tabular.cells import CodedCells, code_cells
from pipeline.sources.tabular.headings import ColumnYears, WantedColumn, fold_heading, want_columns


class Cohort(Record):
    """The pupils a figure covers: one count, a share of a count in per cent, or a sum of counts."""

    count: str | None = None
    share: str | None = None
    sum: tuple[str, ...] = ()


class Figure(Record):
    """The published columns of one figure.

    ``whole`` makes a percentage of a published count: 100 × value / whole; ``per`` an average of a published total:
    value / per. ``counted_by`` names the count behind a
    percentage: where that is no number, the percentage is none either, whatever stands there. ``unit`` is given where
    it is not the measure's, ``lowest`` where less than the unit's own lowest is possible.
    """

    value: str
    lower: str | None = None
    upper: str | None = None
    cohort: Cohort | str | None = None
    whole: str | None = None
    per: str | None = None
    counted_by: str | None = None
    unit: Unit | None = None
    lowest: float | None = None


class Measure(Record):
    """A measure's unit and its columns by pupil group; ``past`` holds those of earlier years, ``{past}`` their mark.

    Of several figures for one group, the first whose columns the file all has is read, else the last.
    """

    unit: Unit
    columns: dict[PupilGroup, Figure | str | tuple[Figure, ...]] = Field(default_factory=dict)
    past: dict[PupilGroup, Figure | str] = Field(default_factory=dict)
    own_cohorts: bool = False  # the table's cohorts do not apply


class SmallNumbers(Record):
    """Columns of counts of which one above 0 and below ``fewest`` is told nowhere, whoever prints it in clear."""

    fewest: int = Field(ge=2)
    columns: tuple[str, ...] = Field(min_length=1)

    def find(self, value: np.ndarray) -> np.ndarray:
        """Where a count is too small to be told."""
        found: np.ndarray = (value > 0) & (value < self.fewest)
        return found

    def withhold(self, cells: CodedCells) -> CodedCells:
        """The cells of such a column without its small counts: suppressed, and no word left that tells their size.

        What is ``counted_by`` the column is withheld with it (see ``Figure``).
        """
        small = self.find(cells.value)
        return cells.set_aside(small, Availability.SUPPRESSED, [""] * int(small.sum())) if small.any() else cells


class AliasTable(Record):
    """One family's column names. ``renames``: today's name → names of other years and when they were used."""

    family: str
    title: str
    keys: dict[str, str]
    required: tuple[str, ...]
    records: dict[str, str] = Field(default_factory=dict)
    renames: dict[str, dict[str, str]] = Field(default_factory=dict)
    cohorts: dict[PupilGroup, Cohort | str] = Field(default_factory=dict)
    past_cohorts: dict[PupilGroup, Cohort | str] = Field(default_factory=dict)
    year_marks: tuple[str, ...] = ()  # columns whose suffix _18 tells the file's year
    years: tuple[ColumnYears, ...] = ()  # columns that not every year's files have
    others: tuple[str, ...] = ()  # headings that look like one that is read, of columns that are not
    grades: dict[str, str] = Field(default_factory=dict)  # columns of grades in words, and that of their points
    provisional: tuple[str, ...] = ()  # all that the family's short, provisional file has
    measures: dict[str, Measure]


@cache
def load_aliases(family: str) -> AliasTable:
    """The alias table of ``family``; raises FaultyInput naming every mistake in it."""
    return read_record(ALIASES / f"{family}.yaml", AliasTable)


class Completion(Record):
    """What is done with figures once all files are read (``aliases/completion.yaml``), by family."""

    by_phase: tuple[str, ...]
    cohort_from: dict[str, str]


@cache
def load_completion() -> Completion:
    """The content of ``completion.yaml``; raises FaultyInput naming every mistake in it."""
    return read_record(ALIASES / "completion.yaml", Completion)


def list_measures_by_phase() -> set[str]:
    """The measures that are ranked among the schools of one census phase."""
    return {measure for family in load_completion().by_phase for measure in load_aliases(family).measures}


@dataclass
class Columns:
    """Finds a table's columns by today's names, without regard to case or blanks, and remembers which were used.

    ``words`` are those that mean something else in this file than elsewhere; ``small`` the columns of small numbers.
    """

    table: RawTable
    renames: Mapping[str, Mapping[str, str]]
    used: set[str] = field(default_factory=set)
    parsed: dict[str, CodedCells] = field(default_factory=dict)
    pupils: dict[str, tuple[np.ndarray, dict[str, CodedCells]]] = field(default_factory=dict)  # by cohort
    words: Mapping[str, Availability] = field(default_factory=dict)
    small: SmallNumbers | None = None

    def __post_init__(self) -> None:
        self._actual = {fold_heading(name): name for name in self.table.header}

    def find(self, name: str) -> str | None:
        """The header's own spelling of ``name`` or of what other years called it."""
        for candidate in (name, *self.renames.get(name, ())):
            if actual := self._actual.get(fold_heading(candidate)):
                return actual
        return None

    def text(self, name: str) -> pd.Series | None:
        """The column's cells, blanks removed; None where the file has no such column."""
        actual = self.find(name)
        if actual is None:
            return None
        self.used.add(actual)
        return self.table.cells[actual].str.strip()

    def require(self, name: str) -> tuple[str, pd.Series]:
        """The header's own spelling and the cells of a column known to be there; raises KeyError where it is not."""
        actual, text = self.find(name), self.text(name)
        if actual is None or text is None:
            raise KeyError(name)
        return actual, text

    def numbers(self, name: str, printed_alike: np.ndarray) -> CodedCells | None:
        """The column's cells parsed, once however often asked for."""
        actual = self.find(name)
        if actual is None:
            return None
        self.used.add(actual)
        if actual not in self.parsed:
            cells = code_cells(self.table.cells[actual], printed_alike)
            for word, availability in self.words.items():
                rows = np.array([one.upper() == word.upper() for one in cells.words], dtype=bool)[cells.word]
                cells = cells.set_aside(rows, availability, [cells.words[code] for code in cells.word[rows]])
            if self.small is not None and name in self.small.columns:
                cells = self.small.withhold(cells)
            self.parsed[actual] = cells
        return self.parsed[actual]

    @property
    def unused(self) -> tuple[str, ...]:
        return tuple(name for name in self.table.header if name not in self.used)


def choose_figure(columns: Columns, choice: Figure | str | tuple[Figure, ...]) -> Figure:
    """The figure to read: of several, the first whose columns the file all has, else the last."""
    if isinstance(choice, str):
        return Figure(value=choice)
    if isinstance(choice, Figure):
        return choice
    for figure in choice:
        names = figure.model_dump(exclude_none=True, exclude={"unit", "lowest"})
        if all(columns.find(name) for name in names.values()):
            return figure
    return choice[-1]


def want_table(aliases: AliasTable, header: Sequence[str], year: int | None) -> tuple[WantedColumn, ...]:
    """Every column that a table of ``year`` with this ``header`` is searched for (see ``headings.want_columns``).

    Columns of earlier years are those of the marks that the header has; no file need have them.
    """
    figures = [choice for about in aliases.measures.values() for choice in about.columns.values()]
    now = [*aliases.keys.values(), *list_names(figures), *list_names(list(aliases.cohorts.values()))]
    past = [choice for about in aliases.measures.values() for choice in about.past.values()]
    before = [*list_names(past), *list_names(list(aliases.past_cohorts.values()))]
    wanted = {name: aliases.renames.get(name, ()) for name in now}
    return (
        *want_columns(wanted, aliases.years, header, year, aliases.others),
        *want_past_columns(before, aliases.renames, header, year),
    )


def want_past_columns(
    names: Sequence[str], renames: Mapping[str, Mapping[str, str]], header: Sequence[str], year: int | None
) -> tuple[WantedColumn, ...]:
    """Columns of earlier years, for the marks that the header has: searched for, but no file need have them."""
    marks = find_past_marks(header, year) if year else {}
    found = {name.replace("{past}", mark): mark for mark in marks for name in names if "{past}" in name}
    return tuple(WantedColumn(name, tuple(renames.get(name, ())), False, mark) for name, mark in found.items())


def list_names(choices: Figure | Cohort | str | Sequence | None) -> Iterator[str]:
    """The columns that figures and cohorts name, ``{past}`` still in them."""
    if isinstance(choices, str):
        yield choices
    elif isinstance(choices, Figure):
        yield from list_names([choices.value, choices.lower, choices.upper, choices.whole, choices.per])
        yield from list_names(choices.counted_by)
        yield from list_names(choices.cohort)
    elif isinstance(choices, Cohort):
        yield from list_names([choices.count, choices.share, *choices.sum])
    else:
        for choice in choices or ():
            yield from list_names(choice)


def find_past_marks(header: Sequence[str], year: int) -> dict[str, int]:
    """The marks of earlier years in ``header`` (_18, _PREV2) and the years they mean in a file of ``year``."""
    marks = {match[0].upper() for name in header if (match := re.search(r"_(\d\d|PREV2?)(?=_|$)", name.upper()))}
    years = {"_PREV": year - 1, "_PREV2": year - 2}
    years |= {mark: 2000 + int(mark[1:]) for mark in marks if mark[1:].isdigit()}
    return {mark: years[mark] for mark in sorted(marks) if year - 5 <= years[mark] < year}


def find_year_by_marks(table: RawTable, marks: Sequence[str]) -> int | None:
    """The year after the latest that ``marks`` (columns such as TELIG) carry as a suffix: TELIG_18 says 2018/19.

    None where there is no such column, or where the year after had no published results by school.
    """
    pattern = re.compile(rf"(?:{'|'.join(map(re.escape, marks))})_(\d\d)", re.IGNORECASE)
    years = [2000 + int(match[1]) for name in table.header if (match := pattern.fullmatch(name))]
    latest = max(years, default=None)
    return None if latest is None or latest + 1 in (2020, 2021) else latest + 1
