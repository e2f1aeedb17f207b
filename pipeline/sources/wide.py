"""Wide published files, one row a school and one column a figure, turned into observations by an alias table.

The five wide families (key stage 2, key stage 4, absence, census, destinations) share this code; what differs
stands in ``aliases/<family>.yaml`` and in the family's own module: how it marks a row's kind, what a blank means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.errors import Fault, FaultyInput
from pipeline.sources.cells import AVAILABILITIES, CodedCells, code_cells, is_scientific, parse_cell
from pipeline.sources.frames import OBSERVATIONS, SCHOOLS, shape_frame
from pipeline.sources.reading import RawTable, Reading
from pipeline.sources.schools import complete_schools
from pipeline.vocabulary import Availability, Level, PupilGroup, Unit
from pipeline.yaml_files import Record, read_record

ALIASES = Path(__file__).parent / "aliases"

#: What a row can be about, in words, and the level its figures belong to.
LEVEL_OF_KIND: dict[str, Level | None] = {
    "school": Level.SCHOOL,
    "mainstream school": Level.SCHOOL,
    "special school": Level.SCHOOL,
    "local authority": Level.AUTHORITY,
    "local authority, one phase": None,  # two rows an authority: no single figure for it
    "England, all schools": Level.ENGLAND_ALL,
    "England, state-funded schools": Level.ENGLAND_STATE,
    "England, state-funded primary schools": Level.ENGLAND_PRIMARY,
    "England, state-funded secondary schools": Level.ENGLAND_SECONDARY,
    "England, special schools": Level.ENGLAND_SPECIAL,
}
_ENGLAND = [str(level) for level in Level if str(level).startswith("england")]
_AVAILABILITIES = [str(kind) for kind in Availability]
_FAULTS_LISTED = 20
_SAVED_BY_EXCEL = "A spreadsheet has rewritten it. Put the downloaded file back, and open a copy to look at it."


class Cohort(Record):
    """The pupils a figure covers: one count, a share of a count in per cent, or a sum of counts."""

    count: str | None = None
    share: str | None = None
    sum: tuple[str, ...] = ()


class Figure(Record):
    """The published columns of one figure.

    ``whole`` makes a percentage of a published count: 100 × value / whole. ``counted_by`` names the count behind a
    percentage: where that is no number, the percentage is none either, whatever stands there.
    """

    value: str
    lower: str | None = None
    upper: str | None = None
    cohort: Cohort | str | None = None
    whole: str | None = None
    counted_by: str | None = None


class Measure(Record):
    """A measure's unit and its columns by pupil group; ``past`` holds those of earlier years, ``{past}`` their mark.

    Of several figures for one group, the first whose columns the file all has is read, else the last.
    """

    unit: Unit
    columns: dict[PupilGroup, Figure | str | tuple[Figure, ...]] = Field(default_factory=dict)
    past: dict[PupilGroup, Figure | str] = Field(default_factory=dict)
    own_cohorts: bool = False  # the table's cohorts do not apply


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
    measures: dict[str, Measure]


@cache
def load_aliases(family: str) -> AliasTable:
    """The alias table of ``family``; raises FaultyInput naming every mistake in it."""
    return read_record(ALIASES / f"{family}.yaml", AliasTable)


@dataclass
class Columns:
    """Finds a table's columns by today's names, without regard to case, and remembers which were used."""

    table: RawTable
    renames: Mapping[str, Mapping[str, str]]
    used: set[str] = field(default_factory=set)
    parsed: dict[str, CodedCells] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._actual = {name.lower(): name for name in self.table.header}

    def find(self, name: str) -> str | None:
        """The header's own spelling of ``name`` or of what other years called it."""
        for candidate in (name, *self.renames.get(name, ())):
            if actual := self._actual.get(candidate.lower()):
                return actual
        return None

    def text(self, name: str) -> pd.Series | None:
        """The column's cells, blanks removed; None where the file has no such column."""
        actual = self.find(name)
        if actual is None:
            return None
        self.used.add(actual)
        return self.table.cells[actual].str.strip()

    def numbers(self, name: str, printed_alike: np.ndarray) -> CodedCells | None:
        """The column's cells parsed, once however often asked for."""
        actual = self.find(name)
        if actual is None:
            return None
        self.used.add(actual)
        if actual not in self.parsed:
            self.parsed[actual] = code_cells(self.table.cells[actual], printed_alike)
        return self.parsed[actual]

    @property
    def unused(self) -> tuple[str, ...]:
        return tuple(name for name in self.table.header if name not in self.used)


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
        return self.level.isin(_ENGLAND).to_numpy()


def read_rows(table: RawTable, columns: Columns, aliases: AliasTable, kinds: pd.Series | None) -> Rows:
    """Say whom each row is about. ``kinds`` holds a key of LEVEL_OF_KIND, or None where the row cannot be placed.

    Raises FaultyInput with every fault: a key column missing, a row of unknown kind, a school without a usable URN.
    """
    missing = [name for name in aliases.required if columns.find(aliases.keys[name]) is None]
    if missing or kinds is None:
        names = [aliases.keys[name] for name in missing] or [aliases.keys["record"]]
        raise FaultyInput([_describe_missing(table, name, aliases) for name in names])
    faults = _find_unplaced(table, kinds, aliases)
    levels = {kind: level and str(level) for kind, level in LEVEL_OF_KIND.items()}
    level = kinds.map(levels).astype(pd.CategoricalDtype([str(one) for one in Level]))
    at_school = (level == Level.SCHOOL).to_numpy()
    urn_text = columns.text(aliases.keys["urn"])
    urn = pd.to_numeric(urn_text.where(urn_text.str.fullmatch(r"\d{5,6}") & at_school), errors="coerce").astype("Int32")
    faults += _find_bad_urns(table, columns.find(aliases.keys["urn"]), urn_text, urn, at_school)
    if faults:
        raise FaultyInput(shorten(faults))
    return Rows(kinds, level, urn, read_whole(columns.text(aliases.keys["la"]), "Int16"), table.lines)


def read_whole(text: pd.Series | None, kind: str, index: pd.Index | None = None) -> pd.Series:
    """Whole numbers from ``text``; missing where it holds anything else or the column is not there."""
    if text is None:
        return pd.Series(pd.NA, index=index, dtype=kind)
    return pd.to_numeric(text.where(text.str.fullmatch(r"\d{1,9}")), errors="coerce").astype(kind)


def _describe_missing(table: RawTable, name: str, aliases: AliasTable) -> Fault:
    what = f"the key column is missing: without it no row of a {aliases.title} file can be placed"
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
            what, remedy = f"{said} is no URN: its last figures are lost", _SAVED_BY_EXCEL
        else:
            what = f"{said!r} is no URN" if said else "the school has no URN"
            remedy = "Restore the six-figure URN from the publisher's file or from Get Information about Schools."
        faults.append(Fault(table.file.name, int(table.lines[row]), column, what, remedy))
    return faults


def shorten(faults: Sequence[Fault]) -> list[Fault]:
    """The first faults of a long list, and one that counts the rest."""
    if len(faults) <= _FAULTS_LISTED:
        return list(faults)
    first = faults[0]
    rest = Fault(first.file, None, None, f"{len(faults) - _FAULTS_LISTED} more faults like these", first.remedy)
    return [*faults[:_FAULTS_LISTED], rest]


def drop_repeated_rows(table: RawTable, columns: Columns, aliases: AliasTable) -> tuple[RawTable, int]:
    """``table`` without rows that repeat an earlier row cell for cell, and how many there were.

    Raises FaultyInput where two different rows bear one URN.
    """
    urn = columns.text(aliases.keys["urn"]) if columns.find(aliases.keys["urn"]) else None
    if urn is None:
        return table, 0
    twice = urn.str.fullmatch(r"\d{5,6}") & urn.duplicated(keep=False)
    if not twice.any():
        return table, 0
    repeats = table.cells[twice].duplicated()
    repeats = repeats[repeats].index
    rest = urn[twice].drop(repeats)
    faults = [
        Fault(
            table.file.name,
            int(table.lines[row]),
            columns.find(aliases.keys["urn"]),
            f"the school also stands in line {table.lines[rest.index[rest == said][0]]}, with other figures",
            "Delete the row that is not the publisher's, or download the file again.",
            urn=int(said) if said.isdigit() else None,
        )
        for row, said in rest[rest.duplicated()].items()
    ]
    if faults:
        raise FaultyInput(shorten(faults))
    keep = ~table.cells.index.isin(repeats)
    cells = table.cells[keep].reset_index(drop=True)
    return replace(table, cells=cells, lines=table.lines[keep], widths=table.widths[keep]), len(repeats)


@dataclass(frozen=True)
class Block:
    """One figure of one measure and year, for all rows of the file."""

    measure: str
    group: PupilGroup
    unit: Unit
    year: int
    column: str
    cells: CodedCells
    lower: np.ndarray
    upper: np.ndarray
    cohort: np.ndarray


def read_blocks(
    columns: Columns, aliases: AliasTable, rows: Rows, year: int, past: Mapping[str, int]
) -> tuple[list[Block], list[str]]:
    """Every figure of the alias table that the file has, and the columns that are blank throughout.

    ``year`` is that of the unmarked columns; ``past`` gives the year of each mark (see ``find_past_marks``).
    """
    blocks: list[Block] = []
    blank: list[str] = []
    for measure, about in aliases.measures.items():
        for group, figure, cohort, figure_year in _list_figures(columns, aliases, about, year, past):
            cells = columns.numbers(figure.value, rows.level_code)
            if cells is None:
                continue
            name = columns.find(figure.value)
            if np.isnan(cells.value).all() and not cells.word.any():
                blank.append(name)
                continue
            blocks.append(_read_block(columns, rows, (measure, group, about.unit, figure_year, name), figure, cohort))
    return blocks, blank


def _list_figures(
    columns: Columns, aliases: AliasTable, about: Measure, year: int, past: Mapping[str, int]
) -> Iterator[tuple[PupilGroup, Figure, Cohort | str | None, int]]:
    """(group, figure, cohort, year) for this year's columns and for earlier years' that the file has."""
    for group, choice in about.columns.items():
        figure = _choose_figure(columns, choice)
        yield group, figure, figure.cohort or (None if about.own_cohorts else aliases.cohorts.get(group)), year
    for group, figure in about.past.items():
        figure = Figure(value=figure) if isinstance(figure, str) else figure
        for mark, past_year in past.items():
            cohort = figure.cohort or (None if about.own_cohorts else aliases.past_cohorts.get(group))
            yield group, _set_past(figure, mark), _set_past_cohort(cohort, mark), past_year


def _choose_figure(columns: Columns, choice: Figure | str | tuple[Figure, ...]) -> Figure:
    if isinstance(choice, str):
        return Figure(value=choice)
    if isinstance(choice, Figure):
        return choice
    for figure in choice:
        if all(columns.find(name) for name in figure.model_dump(exclude_none=True).values()):
            return figure
    return choice[-1]


def find_past_marks(header: Sequence[str], year: int) -> dict[str, int]:
    """The marks of earlier years in ``header`` (_18, _PREV2) and the years they mean in a file of ``year``."""
    marks = {match[0].upper() for name in header if (match := re.search(r"_(\d\d|PREV2?)(?=_|$)", name.upper()))}
    years = {"_PREV": year - 1, "_PREV2": year - 2}
    years |= {mark: 2000 + int(mark[1:]) for mark in marks if mark[1:].isdigit()}
    return {mark: years[mark] for mark in sorted(marks) if year - 5 <= years[mark] < year}


def _set_past(figure: Figure, mark: str) -> Figure:
    named = {key: text.replace("{past}", mark) for key in ("value", "lower", "upper") if (text := getattr(figure, key))}
    return figure.model_copy(update=named)


def _set_past_cohort(cohort: Cohort | str | None, mark: str) -> Cohort | None:
    cohort = Cohort(count=cohort) if isinstance(cohort, str) else cohort
    if cohort is None:
        return None
    return Cohort(
        count=cohort.count and cohort.count.replace("{past}", mark),
        share=cohort.share and cohort.share.replace("{past}", mark),
        sum=tuple(name.replace("{past}", mark) for name in cohort.sum),
    )


def _read_block(columns: Columns, rows: Rows, about: tuple, figure: Figure, cohort: Cohort | str | None) -> Block:
    measure, group, unit, year, name = about
    cells = columns.numbers(figure.value, rows.level_code)
    if figure.counted_by:
        cells = _need_count(cells, columns.numbers(figure.counted_by, rows.level_code))
    if figure.whole:
        cells = _share_of(cells, columns.numbers(figure.whole, rows.level_code))
    cells = exclude_impossible(cells, columns.table.cells[name], unit)
    lower, upper = _read_interval(columns, rows, figure)
    return Block(measure, group, unit, year, name, cells, lower, upper, _read_cohort(columns, rows, cohort))


def _need_count(share: CodedCells, count: CodedCells | None) -> CodedCells:
    """The percentages whose count is a number; the others take the count's word for why there is none."""
    if count is None:
        return share
    lost = ~np.isnan(share.value) & np.isnan(count.value)
    for code in np.unique(count.availability[lost]):
        rows = lost & (count.availability == code)
        share = share.set_aside(rows, AVAILABILITIES[code], [count.words[word] for word in count.word[rows]])
    return share


def _share_of(count: CodedCells, whole: CodedCells | None) -> CodedCells:
    """The counts as percentages of ``whole``: exact, so with a rounding of 0."""
    if whole is None:
        return count
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(whole.value > 0, 100 * count.value / whole.value, np.nan)
    lost = ~np.isnan(count.value) & np.isnan(share)
    shares = replace(count, value=share, step=count.step * 0)
    return shares.set_aside(lost, Availability.NOT_AVAILABLE, [""] * int(lost.sum()))


def exclude_impossible(cells: CodedCells, text: pd.Series, unit: Unit) -> CodedCells:
    """``cells`` with values their unit cannot have set aside: no value, availability unknown, the text kept as word."""
    wrong = find_impossible(cells.value, unit)
    if not wrong.any():
        return cells
    return cells.set_aside(wrong, Availability.UNKNOWN, text[wrong].str.strip().tolist())


def find_impossible(value: np.ndarray, unit: Unit) -> np.ndarray:
    """Where ``value`` cannot be true: percentages outside 0 to 100, scaled scores outside 80 to 120, counts below 0."""
    lowest, highest = {
        Unit.PERCENT: (0, 100),
        Unit.SCALED_SCORE: (80, 120),
        Unit.PUPILS: (0, np.inf),
        Unit.POINTS: (0, np.inf),
        Unit.BAND: (1, 5),
        Unit.DIFFERENCE: (-100, 100),
    }.get(unit, (-np.inf, np.inf))
    return (value < lowest) | (value > highest)


def _read_interval(columns: Columns, rows: Rows, figure: Figure) -> tuple[np.ndarray, np.ndarray]:
    """The published interval. England rows hold a literal 0 at both ends where there is none: not an interval."""
    empty = np.full(len(rows.line), np.nan)
    if not (figure.lower and figure.upper):
        return empty, empty
    lower, upper = columns.numbers(figure.lower, rows.level_code), columns.numbers(figure.upper, rows.level_code)
    if lower is None or upper is None:
        return empty, empty
    none = (rows.is_england & (lower.value == upper.value)) | np.isnan(lower.value) | np.isnan(upper.value)
    return np.where(none, np.nan, lower.value), np.where(none, np.nan, upper.value)


def _read_cohort(columns: Columns, rows: Rows, cohort: Cohort | str | None) -> np.ndarray:
    cohort = Cohort(count=cohort) if isinstance(cohort, str) else cohort
    missing = np.full(len(rows.line), np.nan)
    if cohort is None:
        return missing
    parts = [columns.numbers(name, rows.level_code) for name in cohort.sum or (cohort.count or "",)]
    if any(part is None for part in parts):
        return missing
    pupils = sum(part.value for part in parts)
    if cohort.share:
        share = columns.numbers(cohort.share, rows.level_code)
        if share is None:
            return missing
        pupils = np.rint(pupils * share.value / 100)
    return np.where(pupils < 0, np.nan, pupils)


def mark_new_schools(blocks: list[Block], table: RawTable) -> list[Block]:
    """Say of every blank cell in a row that stops at the word NEW that the school is new, not the cell empty."""
    short = np.flatnonzero(table.widths < len(table.header))
    ends = [table.cells.iat[row, table.widths[row] - 1].strip().upper() for row in short]
    new = np.zeros(len(table.widths), dtype=bool)
    new[[row for row, end in zip(short, ends, strict=True) if end == "NEW"]] = True
    if not new.any():
        return blocks
    return [_mark_new(block, new) for block in blocks]


def _mark_new(block: Block, new: np.ndarray) -> Block:
    blank = new & np.isnan(block.cells.value)
    return replace(block, cells=block.cells.set_aside(blank, Availability.NEW_SCHOOL, ["NEW"] * int(blank.sum())))


def make_observations(blocks: Sequence[Block], rows: Rows, name: str) -> pd.DataFrame:
    """The OBSERVATIONS frame of ``blocks``: one row per table row and block."""
    if not blocks:
        return shape_frame(pd.DataFrame(index=pd.RangeIndex(0)), OBSERVATIONS)
    count, each = len(blocks), len(rows.line)
    words = sorted({word for block in blocks for word in block.cells.words})
    columns = {
        "level": _repeat_rows(rows.level, count),
        "urn": _tile(rows.urn, count),
        "published_urn": _tile(rows.urn, count),
        "la": _tile(rows.la.where((rows.level == Level.SCHOOL) | (rows.level == Level.AUTHORITY)), count),
        "trust": pd.array([pd.NA], dtype="Int32").take(np.zeros(count * each, dtype="int64")),
        "measure": _repeat_blocks([block.measure for block in blocks], each),
        "group": _repeat_blocks([str(block.group) for block in blocks], each),
        "year": np.repeat(np.array([block.year for block in blocks], dtype="int16"), each),
        "value": np.concatenate([block.cells.value for block in blocks]),
        "lower": np.concatenate([block.lower for block in blocks]),
        "upper": np.concatenate([block.upper for block in blocks]),
        "cohort": np.concatenate([block.cohort for block in blocks]),
        "step": np.concatenate([block.cells.step for block in blocks]),
        "unit": _repeat_blocks([str(block.unit) for block in blocks], each),
        "availability": pd.Categorical.from_codes(
            np.concatenate([block.cells.availability for block in blocks]), categories=_AVAILABILITIES
        ),
        "word": _join_words([block.cells for block in blocks], words),
        "file": _repeat_blocks([name], count * each),
        "line": np.tile(rows.line, count),
        "column": _repeat_blocks([block.column for block in blocks], each),
    }
    return pd.DataFrame(columns)


def _tile(column: pd.Series, times: int):
    return column.array.take(np.tile(np.arange(len(column)), times))


def _repeat_rows(column: pd.Series, times: int) -> pd.Categorical:
    return pd.Categorical.from_codes(np.tile(column.cat.codes.to_numpy(), times), dtype=column.dtype)


def _repeat_blocks(names: Sequence[str], each: int) -> pd.Categorical:
    found = list(dict.fromkeys(names))
    codes = np.array([found.index(name) for name in names], dtype="int16")
    return pd.Categorical.from_codes(np.repeat(codes, each), categories=found)


def _join_words(columns: Sequence[CodedCells], words: Sequence[str]) -> pd.Categorical:
    place = {word: number for number, word in enumerate(words)}
    codes = [np.array([place[word] for word in column.words], dtype="int32")[column.word] for column in columns]
    return pd.Categorical.from_codes(np.concatenate(codes), categories=list(words))


def read_schools(columns: Columns, aliases: AliasTable, rows: Rows) -> tuple[pd.DataFrame, list[Fault]]:
    """The SCHOOLS frame of a wide file: what its rows say of each school; and faults in the ages given."""
    keys = {key: columns.text(name) for key, name in aliases.keys.items()}
    at_school = rows.level == Level.SCHOOL
    index, name = rows.urn.index, columns.table.file.name
    frame = pd.DataFrame({"urn": rows.urn, "la": rows.la, "file": name, "line": rows.line})
    estab = read_whole(keys.get("estab"), "Int32", index)
    frame["laestab"] = (rows.la.astype("Int32") * 10_000 + estab).where((estab >= 1000) & (estab <= 9999))
    for key in ("name", "town", "gender"):
        if keys.get(key) is not None:
            frame[key] = keys[key]
    if keys.get("religious_character") is not None:
        frame["religious_character"] = keys["religious_character"]
    faults: list[Fault] = []
    if keys.get("ages") is not None:
        low, high, damaged = read_ages(keys["ages"])
        frame["low_age"], frame["high_age"] = low, high
        faults = _describe_ages(columns, aliases, rows, damaged & at_school)
    if keys.get("type") is not None:
        frame["type"] = keys["type"]
    if keys.get("closed") is not None:
        frame["status"] = keys["closed"].map({"0": "open", "1": "closed", "2": "open"}).fillna("")
    if keys.get("name") is not None:
        authorities = pd.Series(keys["name"][rows.level == Level.AUTHORITY].to_numpy(), index=_authorities(rows))
        names = rows.la.map(authorities[~authorities.index.duplicated()].to_dict())
        frame["la_name"] = names.astype("string").fillna("")
    return complete_schools(shape_frame(frame[at_school].reset_index(drop=True), SCHOOLS)), faults


def _authorities(rows: Rows) -> pd.Index:
    return pd.Index(rows.la[rows.level == Level.AUTHORITY])


_MONTHS = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6}
_MONTHS |= {"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}


def read_ages(text: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Lowest and highest age (Int16) from an age range such as 4-11, and where a spreadsheet made a date of it.

    04-Nov was 4-11 and Nov-16 was 11-16: read back as such.
    """
    plain = text.str.lower().replace({rf"\b{name}\b": str(number) for name, number in _MONTHS.items()}, regex=True)
    ages = plain.str.extract(r"^(\d{1,2})\s*-\s*(\d{1,2})$")
    low, high = (pd.to_numeric(ages[side], errors="coerce").astype("Int16") for side in (0, 1))
    return low, high, text.str.contains("[A-Za-z]", regex=True) & low.notna()


def _describe_ages(columns: Columns, aliases: AliasTable, rows: Rows, damaged: pd.Series) -> list[Fault]:
    if not damaged.any():
        return []
    what = f"{int(damaged.sum())} age ranges have become dates (4-11 is shown as 04-Nov); they were read back"
    line = int(rows.line[np.flatnonzero(damaged)[0]])
    name = columns.find(aliases.keys["ages"])
    return [Fault(columns.table.file.name, line, name, what, _SAVED_BY_EXCEL)]


def count_kinds(kinds: pd.Series) -> dict[str, int]:
    """How many rows of each kind, in the order of LEVEL_OF_KIND."""
    counts = kinds.value_counts()
    return {kind: int(counts[kind]) for kind in LEVEL_OF_KIND if kind in counts}


def find_faulty_cells(blocks: Sequence[Block], rows: Rows, name: str) -> list[Fault]:
    """A fault for every value set aside as impossible, and every number a spreadsheet made powers of ten."""
    faults = []
    for block in blocks:
        for code, word in enumerate(block.cells.words):
            what, remedy = _describe_faulty_word(word, block.unit)
            if what:
                lines = rows.line[block.cells.word == code]
                faults += [Fault(name, int(line), block.column, what, remedy) for line in lines]
    return faults


@cache
def _describe_faulty_word(word: str, unit: Unit) -> tuple[str, str]:
    """What is wrong with a cell that is no number, and its remedy; two empty texts where it is one of the words."""
    if is_scientific(word):
        return f"{word} is no published figure: it is left out", _SAVED_BY_EXCEL
    if find_impossible(np.array([parse_cell(word).value]), unit)[0]:
        remedy = "Ask the publisher to correct it. Nothing else in the row is affected."
        return f"{word} is impossible for a figure in {unit}: it is left out", remedy
    return "", ""


def read_wide(
    table: RawTable,
    year: int,
    aliases: AliasTable,
    place_rows: Callable[[Columns], pd.Series | None],
    past: Mapping[str, int] | None = None,
) -> tuple[Reading, Rows, Columns]:
    """Read a wide ``table`` of ``year`` by ``aliases``; ``place_rows`` gives each row's kind (see ``read_rows``).

    ``past`` gives the years of the marks of earlier years where they are not what the marks say.

    Returns the Reading, the rows and the columns it came from, for families that add to it. Raises FaultyInput
    where a key column is missing, a row is of no known kind, or a school has no URN or two different rows.
    """
    table, repeated = drop_repeated_rows(table, Columns(table, aliases.renames), aliases)
    columns = Columns(table, aliases.renames)
    rows = read_rows(table, columns, aliases, place_rows(columns))
    past = find_past_marks(table.header, year) if past is None else past
    blocks, blank = read_blocks(columns, aliases, rows, year, past)
    blocks = mark_new_schools(blocks, table)
    schools, faults = read_schools(columns, aliases, rows)
    faults += find_faulty_cells(blocks, rows, table.file.name)
    notes = []
    if repeated:
        notes.append(f"{repeated} rows repeat an earlier row cell for cell; each is read once")
    if blank:
        notes.append(f"{len(blank)} columns are blank throughout: {', '.join(blank)}")
    kinds = count_kinds(rows.kind)
    if repeated:
        kinds["repeated row"] = repeated
    observations = make_observations(blocks, rows, table.file.name)
    if rows.level.isna().any():
        observations = observations[observations["level"].notna()].reset_index(drop=True)
        notes.append(f"{int(rows.level.isna().sum())} rows give an authority's schools of one phase: not used")
    reading = Reading(
        observations=observations,
        schools=schools,
        rows_by_kind=kinds,
        columns_used=tuple(name for name in table.header if name in columns.used),
        columns_unused=columns.unused,
        faults=tuple(faults),
        notes=tuple(notes),
        year=year,
    )
    return reading, rows, columns


_PHASES = {"PRI": "primary schools", "SEC": "secondary schools", "SPE": "special schools"}


def place_by_markers(columns: Columns, aliases: AliasTable) -> pd.Series | None:
    """Each row's kind by the words NAT, LA, PRI, SEC and SPE in its key columns, whichever column they stand in."""
    texts = [columns.text(aliases.keys[key]) for key in ("la", "estab", "urn") if columns.find(aliases.keys[key])]
    if not texts:
        return None
    words = pd.concat([text.str.upper() for text in texts], axis=1)
    national, phase = words.eq("NAT").any(axis=1), words.isin(list(_PHASES)).any(axis=1)
    kinds = pd.Series("school", index=words.index)
    kinds[phase] = "local authority, one phase"
    kinds[words.eq("LA").any(axis=1) & ~phase] = "local authority"
    for marker, schools in _PHASES.items():
        kind = "England, special schools" if marker == "SPE" else f"England, state-funded {schools}"
        kinds[national & words.eq(marker).any(axis=1)] = kind
    return kinds.mask(national & ~phase)


def place_by_record(columns: Columns, aliases: AliasTable) -> pd.Series | None:
    """Each row's kind by its record type; None where the column is missing."""
    text = columns.text(aliases.keys["record"])
    return None if text is None else text.map(aliases.records)


def find_year_by_marks(table: RawTable, marks: Sequence[str]) -> int | None:
    """The year after the latest that ``marks`` (columns such as TELIG) carry as a suffix: TELIG_18 says 2018/19.

    None where there is no such column, or where the year after had no published results by school.
    """
    pattern = re.compile(rf"(?:{'|'.join(map(re.escape, marks))})_(\d\d)", re.IGNORECASE)
    years = [2000 + int(match[1]) for name in table.header if (match := pattern.fullmatch(name))]
    latest = max(years, default=None)
    return None if latest is None or latest + 1 in (2020, 2021) else latest + 1
