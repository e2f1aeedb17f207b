"""Explore Education Statistics files: tidy, one row per school or area, year, pupil group and (key stage 2) subject.

What a row is about stands in its cells, not in its headings: ``aliases/ees_rows.yaml`` holds those words for all
publications, ``aliases/ees_<publication>.yaml`` the columns of each. The codes z x c low k u are read as words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from pandas.api.typing import NAType
from pydantic import Field

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.vocabulary import Availability, Level, PupilGroup, Unit, read_academic_year
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.families.schools import ALIASES, complete_schools, fold_word, split_age_ranges
from pipeline.sources.families.wide import find_faulty_cells, make_observations, read_blocks
from pipeline.sources.frames import OBSERVATIONS, SCHOOLS, shape_frame
from pipeline.sources.plausibility import question_blocks
from pipeline.sources.reading import RawTable, Reading, Source
from pipeline.sources.tabular.cells import code_cells
from pipeline.sources.tabular.columns import (
    AliasTable,
    Columns,
    Measure,
    SmallNumbers,
    find_past_marks,
    list_names,
    want_past_columns,
)
from pipeline.sources.tabular.headings import ColumnYears, WantedColumn, want_columns
from pipeline.sources.tabular.identifiers import clear_words, list_faults, read_whole_numbers
from pipeline.sources.tabular.rows import LEVEL_OF_KIND, Rows, shorten

_ROW_WORDS = "ees_rows.yaml"
_PHASE = "education_phase"
_NO_FILTER = ("total", "all", "z", "")
_LAESTAB = re.compile(r"(\d{3})/(\d{4})")  # as old copies write 8854001
_THREE_YEARS = re.compile(r"average \(\d{4} to \d{4}\)|3[ -]year average")


class RowWords(Record):
    """All of ``aliases/ees_rows.yaml``: what the words in key columns mean."""

    areas: dict[str, str]
    whole_years: tuple[str, ...]
    sectors: dict[str, str]
    groups: dict[str, PupilGroup]
    topics: tuple[str, ...]
    filters: tuple[str, ...]
    groups_alone: tuple[str, ...]
    bands: dict[str, str]
    versions: tuple[str, ...]
    keys: tuple[str, ...]
    years: tuple[ColumnYears, ...]


class GroupShares(Record):
    """The column in which a group's row says what share of all pupils it is, and the measure that is by group."""

    column: str
    measures: dict[PupilGroup, str]


class SchoolsOf(Record):
    """Of which schools a measure is, by the file's own word for their kind: ``only`` those, or all ``but`` those."""

    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    def find(self, sector: pd.Series) -> pd.Series:
        """Where a school's (folded) word is one of them."""
        return sector.isin(self.only) if self.only else ~sector.isin(self.but)


class TidyAliases(Record):
    """One publication's columns. ``parts`` has the measures by subject ("" where a file has no subjects)."""

    title: str  # what its files are called in the midst of a sentence
    recognised_by: tuple[str, ...]
    unless: tuple[str, ...] = ()  # headings of other kinds of files that have these too
    of_authorities: bool = False  # it is read for the comparison of all authorities alone (joining/authorities.py)
    part_by: str = "subject"  # the column of subjects, or of what else divides a school's figures
    group_by: str = "breakdown"  # the column of pupil groups
    sector: str | None = None
    sectors: dict[str, str] = Field(default_factory=dict)  # its words, where they are not those of all publications
    renames: dict[str, dict[str, str]] = Field(default_factory=dict)
    cohort: str | None = None
    bands: tuple[str, ...] = ()
    shares: GroupShares | None = None
    years: tuple[ColumnYears, ...] = ()  # columns that not every year's files have
    others: tuple[str, ...] = ()  # headings that look like one that is read, of columns that are not
    words: dict[str, Availability] = Field(default_factory=dict)  # that mean something else here than elsewhere
    small: SmallNumbers | None = None
    schools_of: dict[str, SchoolsOf] = Field(default_factory=dict)  # measures that are not of all schools
    parts: dict[str, dict[str, Measure]]
    three_year_parts: dict[str, dict[str, Measure]] = Field(default_factory=dict)


@cache
def load_row_words() -> RowWords:
    """The words of ``aliases/ees_rows.yaml``; raises FaultyInput naming every mistake in it."""
    return read_record(ALIASES / _ROW_WORDS, RowWords)


@cache
def load_tidy_aliases(family: str) -> TidyAliases:
    """The columns of the publication ``family``; raises FaultyInput naming every mistake in its table."""
    return read_record(ALIASES / f"{family}.yaml", TidyAliases)


@dataclass(frozen=True)
class TidyRows:
    """What each row is about, on the table's index; ``kind`` is a key of LEVEL_OF_KIND or says why it is not read."""

    kind: pd.Series
    urn: pd.Series  # Int64
    la: pd.Series  # Int64
    group: pd.Series  # vocabulary.PupilGroup
    year: pd.Series  # Int64
    part: pd.Series  # the subject, folded
    three_years: pd.Series  # bool
    sector: pd.Series  # the file's word for the kind of schools, folded; "" where it has none

    @property
    def read(self) -> pd.Series:
        return self.kind.isin([kind for kind, level in LEVEL_OF_KIND.items() if level])


class TidyFile:
    """One publication of Explore Education Statistics."""

    def __init__(self, family: str) -> None:
        self.family = family

    @property
    def title(self) -> str:
        return self._aliases.title

    @property
    def of_authorities(self) -> bool:
        """Whether the files are read for the comparison of all authorities alone."""
        return self._aliases.of_authorities

    @property
    def _aliases(self) -> TidyAliases:
        return load_tidy_aliases(self.family)

    def recognises(self, header: tuple[str, ...]) -> bool:
        present = {name.lower() for name in header}
        aliases = self._aliases
        found = all({name, *aliases.renames.get(name, ())} & present for name in aliases.recognised_by)
        return found and not present.intersection(aliases.unless)

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        aliases, words = self._aliases, load_row_words()
        parts = [*aliases.parts.values(), *aliases.three_year_parts.values()]
        measures = [measure for part in parts for measure in part.values()]
        columns = list(list_names([choice for measure in measures for choice in measure.columns.values()]))
        past = list(list_names([choice for measure in measures for choice in measure.past.values()]))
        keys = [*words.keys, *words.filters, *_SCHOOL_WORDS.values(), aliases.sector or "", aliases.cohort or ""]
        names = [*aliases.recognised_by, *columns, aliases.shares.column if aliases.shares else ""]
        optional = ColumnYears(years="", columns=tuple({*keys} - {*names}))
        wanted = {name: aliases.renames.get(name, ()) for name in [*names, *keys] if name}
        return (
            *want_columns(wanted, (optional, *words.years, *aliases.years), header, year, aliases.others),
            *want_past_columns(past, aliases.renames, header, year),
        )

    def find_year(self, table: RawTable) -> int | None:
        """The latest academic year among the rows."""
        years = read_years(require_text(Columns(table, self._aliases.renames), "time_period"))
        return None if years.isna().all() else int(years.max())

    def read(self, table: RawTable, year: int) -> Reading:
        """OBSERVATIONS of every year in the table, and SCHOOLS as their latest rows describe them.

        Where two rows of one version give different figures for the same school and group, or a column cannot be
        right, that keeps the file out (``Reading.refused``).
        """
        aliases = self._aliases
        table = number_bands(table, aliases.bands)
        columns = Columns(table, aliases.renames, small=aliases.small)
        rows, faults = _place_rows(columns, aliases)
        faults += _list_unknown_groups(columns)
        rows, refused = _drop_repeated_rows(table, columns, aliases, rows)
        frames, used = [], set(columns.used)
        for part in _list_parts(rows, aliases):
            try:
                frame, part_faults, part_used = _read_part(table, rows, aliases, *part)
            except FaultyInput as error:  # a column that cannot be right; the other parts may have faults too
                refused += error.faults
                continue
            frames.append(frame)
            faults += part_faults
            used |= part_used
        shares, share_faults, notes = _read_shares(columns, aliases, rows)
        frames += shares
        faults += share_faults
        schools = _read_schools(columns, aliases, rows)
        used |= columns.used
        return Reading(
            observations=_stack(frames),
            schools=schools,
            rows_by_kind={str(kind): int(count) for kind, count in rows.kind.value_counts().sort_index().items()},
            columns_used=tuple(name for name in table.header if name in used),
            columns_unused=tuple(name for name in table.header if name not in used),
            faults=tuple(faults),
            refused=tuple(shorten(refused)),
            by_laestab=_is_by_laestab(columns),
            notes=(*_note_years(rows), *_note_small(columns, rows), *notes),
            year=None if rows.year.isna().all() else int(rows.year.max()),
            provisional=_find_provisional(columns),
        )


def number_bands(table: RawTable, columns: tuple[str, ...]) -> RawTable:
    """The table with the department's bands in ``columns`` (lower case) as its wide files number them, not in words."""
    numbers = load_row_words().bands
    named = [name for name in table.header if name.lower() in columns]
    if not named:
        return table
    cells = table.cells.copy()
    for name in named:
        cells[name] = cells[name].map(lambda word: numbers.get(fold_word(str(word)), word))
    return replace(table, cells=cells)


def require_text(columns: Columns, name: str) -> pd.Series:
    """The cells of a column that the family is recognised by; raises FaultyInput where a file has lost it."""
    text = columns.text(name)
    if text is None:
        what, remedy = "the column is missing", "Restore the heading in line 1, or download the file again."
        raise FaultyInput([Fault(columns.table.file.name, 1, name, what, remedy)])
    return text


def read_years(text: pd.Series) -> pd.Series:
    """Int64 calendar years in which the academic years ``202324`` end; missing where it is none."""
    years: dict[str, int | NAType] = {}
    for word in text.unique():
        try:
            years[word] = read_academic_year(word)
        except ValueError:
            years[word] = pd.NA
    return text.map(years).astype("Int64")


def _fold(columns: Columns, name: str | None) -> pd.Series | None:
    """A key column's words as the rules compare them; None where the file has no such column."""
    text = columns.text(name) if name else None
    return None if text is None else _fold_words(text)


def _fold_words(text: pd.Series) -> pd.Series:
    return text.map({word: fold_word(str(word)) for word in text.unique()})


def _place_rows(columns: Columns, aliases: TidyAliases) -> tuple[TidyRows, list[Fault]]:
    """Say what each row is about, and name the rows whose year or URN cannot be read."""
    words, table = load_row_words(), columns.table
    area = _fold_words(require_text(columns, "geographic_level"))
    kind = area.map(words.areas).fillna("other area, not read")
    spans = [span for name in ("time_identifier", "year_breakdown") if (span := _fold(columns, name)) is not None]
    years = read_years(require_text(columns, "time_period"))
    faults = list_faults(
        table, years.isna(), columns.find("time_period"), "{cell} is not an academic year", "Write it like 202324."
    )

    sector = _fold(columns, aliases.sector)
    if sector is not None:
        covered = sector.map(aliases.sectors or words.sectors).fillna("other kind of school, not read")
        kind = kind.mask(kind == "national", covered)
        kind = kind.mask(
            (kind == "local authority") & (covered != "England, state-funded schools"), "other kind of school, not read"
        )
    kind = kind.replace("national", "England, state-funded schools")

    number, named = ("school_laestab", "LAESTAB") if _is_by_laestab(columns) else ("school_urn", "URN")
    urn = _read_optional(columns, number)
    no_urn = (kind == "school") & urn.isna()
    if no_urn.any() and (name := columns.find(number)):
        remedy = f"Restore the {named} from the published file."
        faults += list_faults(table, no_urn, name, f"{{cell}} is not a {named}", remedy)
    kind = kind.mask(no_urn, f"school without a {named}, not read")

    group, three_years, unread = _find_groups(columns, aliases)
    subject = _fold(columns, aliases.part_by) if "" not in aliases.parts else None
    part = pd.Series("", index=kind.index) if subject is None else subject
    known = part.isin(aliases.parts.keys()).where(~three_years, part.isin(aliases.three_year_parts.keys()))
    kind = kind.mask(unread, "other pupils, not read")
    kind = kind.mask(three_years & ~known, "average of three years, not read").mask(
        ~known & ~three_years, "other subject, not read"
    )
    for span in spans:
        kind = kind.mask(~span.isin(words.whole_years), "part of a year, not read")
    kind = kind.mask(years.isna(), "no academic year, not read")

    la = _read_optional(columns, "old_la_code")
    la = la.fillna(_read_optional(columns, "school_laestab") // 10_000)
    told = pd.Series("", index=kind.index) if sector is None else sector
    return TidyRows(kind, urn, la, group, years, part, three_years, told), faults


def _is_by_laestab(columns: Columns) -> bool:
    """Whether the file has no column of URNs: its schools are known by their LAESTAB alone."""
    return columns.find("school_urn") is None and columns.find("school_laestab") is not None


def _read_optional(columns: Columns, name: str) -> pd.Series:
    text = columns.text(name)
    if text is None:
        return pd.Series(pd.NA, index=columns.table.cells.index, dtype="Int64")
    parted = text.str.contains("/", regex=False)
    if parted.any():
        text = text.mask(parted, text[parted].str.replace(_LAESTAB, r"\1\2", regex=True))
    return read_whole_numbers(text)


def _find_groups(columns: Columns, aliases: TidyAliases) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Each row's pupil group, whether it averages three years, and whether its pupils are none of our groups.

    ``breakdown`` names the group. Files of areas have no such column, or it names the topic there ("Disadvantage"):
    then the one filter that is set names it.
    """
    index, words = columns.table.cells.index, load_row_words()
    breakdown, topic = _fold(columns, aliases.group_by), _fold(columns, "breakdown_topic")
    three_years = pd.Series(False, index=index)
    for told in (breakdown, topic):
        if told is not None:
            three_years |= told.isin([word for word in told.unique() if _THREE_YEARS.fullmatch(word)])
    set_filters, filtered = pd.Series(0, index=index), pd.Series("", index=index)
    for name in words.filters:
        if name != aliases.group_by and (text := _fold(columns, name)) is not None:
            is_set = ~text.isin(_NO_FILTER)
            set_filters += is_set
            filtered = filtered.mask(is_set, text)
    by_filter = filtered.map(words.groups)
    if breakdown is None:
        of_all = (set_filters == 0) & (topic is None or topic.map(words.groups).eq(PupilGroup.ALL))
        group = by_filter.mask(of_all, PupilGroup.ALL)
    else:
        group = breakdown.map(words.groups).where(~breakdown.isin(words.topics), by_filter)
    group = group.mask(three_years, PupilGroup.ALL)
    unread = group.isna() | (set_filters > 1) | ((group == PupilGroup.ALL) & (set_filters > 0))
    return group, three_years, unread


def _list_unknown_groups(columns: Columns) -> list[Fault]:
    """A fault for each word that stands where only groups of pupils do and is none of them: its rows are not read."""
    words, found = load_row_words(), []
    for name in words.groups_alone:
        if (text := _fold(columns, name)) is None:
            continue
        known = text.isin([*words.groups, *_NO_FILTER])
        first = ~known & ~text.duplicated()
        what, remedy = "{cell} is no group of pupils that is known: its rows are not read", _UNKNOWN_GROUP
        found += list_faults(columns.table, first, columns.find(name), what, remedy)
    return found


#: The remedy for a word that the publisher may have changed.
_UNKNOWN_GROUP = "If the publisher uses a new word, add it to `groups` in pipeline/sources/aliases/ees_rows.yaml."


def _drop_repeated_rows(
    table: RawTable, columns: Columns, aliases: TidyAliases, rows: TidyRows
) -> tuple[TidyRows, list[Fault]]:
    """The rows with older versions and repeats set aside, and a fault for each that is no exact repeat."""
    key = pd.DataFrame({"kind": rows.kind, "urn": rows.urn, "group": rows.group, "year": rows.year})
    key = key.assign(part=rows.part, three=rows.three_years, la=rows.la.where(rows.kind == "local authority"))
    key = key[rows.read]
    version = _fold(columns, "version")
    ranks = {word: rank for rank, word in enumerate(load_row_words().versions)}
    key["version"] = 0 if version is None else version.map(ranks).fillna(len(ranks)).astype(int)
    columns_of_key = [name for name in key if name != "version"]
    twice = key[key.duplicated(columns_of_key, keep=False)]
    if twice.empty:
        return rows, []
    newest = twice.groupby(columns_of_key, dropna=False)["version"].transform("max")
    older = twice.index[twice["version"] < newest]
    rest = twice.drop(index=older)
    repeats = table.cells.loc[rest.index].duplicated()
    repeated = repeats.index[repeats]
    rest = rest.drop(index=repeated)
    rest = rest[rest.duplicated(columns_of_key, keep=False)]
    groups = rest.groupby(columns_of_key, dropna=False, sort=False).ngroup()
    first = rest.index.to_series().groupby(groups).transform("first")
    first = first[first != first.index]
    column = columns.find(aliases.group_by) or columns.find("geographic_level")
    is_urn = not _is_by_laestab(columns)
    faults = [
        Fault(
            table.file.name,
            int(table.lines[row]),
            column,
            f"line {table.lines[earlier]} gives other figures for the same pupils",
            "Keep the publisher's row, or download again.",
            urn=int(rows.urn[row]) if is_urn and rows.urn[row] is not pd.NA else None,
        )
        for row, earlier in zip(first.index.tolist(), first.tolist(), strict=True)
    ]
    kind = rows.kind.copy()
    kind.loc[older] = "older version, not read"
    kind.loc[repeated] = "repeated row"
    kind.loc[first.index] = "contradicts an earlier row, not read"
    return replace(rows, kind=kind), faults


def _find_provisional(columns: Columns) -> frozenset[int]:
    """The lines that their version calls provisional."""
    version = _fold(columns, "version")
    if version is None:
        return frozenset()
    return frozenset(columns.table.lines[version == load_row_words().versions[0]].tolist())


def _list_parts(rows: TidyRows, aliases: TidyAliases) -> list[tuple[str, bool, int]]:
    """Every subject, kind of figure and year that the rows to read hold, in a fixed order."""
    found = pd.DataFrame({"part": rows.part, "three": rows.three_years, "year": rows.year})[rows.read]
    present = set(found.drop_duplicates().itertuples(index=False, name=None))
    order = [(part, False) for part in aliases.parts] + [(part, True) for part in aliases.three_year_parts]
    years = sorted({int(year) for *_, year in present})
    return [(part, three, year) for part, three in order for year in years if (part, three, year) in present]


def _read_part(
    table: RawTable, rows: TidyRows, aliases: TidyAliases, part: str, three_years: bool, year: int
) -> tuple[pd.DataFrame, list[Fault], set[str]]:
    """OBSERVATIONS of one subject and year, the faults in its cells, and the columns it used."""
    chosen = np.flatnonzero(
        rows.read & (rows.part == part) & (rows.three_years == three_years) & (rows.year == year).fillna(False)
    )
    columns, about = _choose_rows(table, rows, aliases, chosen)
    measures = (aliases.three_year_parts if three_years else aliases.parts)[part]
    alias_table = AliasTable(
        family="", title="", keys={}, required=(), renames=aliases.renames, measures=measures,
        cohorts={PupilGroup.ALL: aliases.cohort} if aliases.cohort and not three_years else {},
    )  # fmt: skip
    blocks, _ = read_blocks(columns, alias_table, about, year, find_past_marks(table.header, year))
    questions = question_blocks(blocks, about, columns.table)
    blocks = questions.blocks
    frame = make_observations(blocks, about, table.file.name)
    if {name.lower() for name in table.header}.intersection(("breakdown", *load_row_words().filters)):
        group = rows.group.iloc[chosen].astype(str).to_numpy()
        frame["group"] = pd.Categorical(np.tile(group, len(blocks)), categories=sorted(set(group)))
    faults = find_faulty_cells(blocks, about, table.file.name, questions.shifted) + questions.faults
    return _leave_other_schools(frame, aliases, rows.sector.iloc[chosen]), faults, columns.used


def _leave_other_schools(frame: pd.DataFrame, aliases: TidyAliases, sector: pd.Series) -> pd.DataFrame:
    """OBSERVATIONS of as many blocks over the rows of ``sector``, without schools that a measure is not of."""
    kept = np.ones(len(frame), dtype=bool)
    at_school = (frame["level"] == str(Level.SCHOOL)).to_numpy()
    for measure, schools in aliases.schools_of.items():
        concerned = at_school & (frame["measure"] == measure).to_numpy()
        kept &= ~concerned | np.tile(schools.find(sector).to_numpy(), len(frame) // max(len(sector), 1))
    return frame if kept.all() else frame[kept].reset_index(drop=True)


def _choose_rows(table: RawTable, rows: TidyRows, aliases: TidyAliases, chosen: np.ndarray) -> tuple[Columns, Rows]:
    """The chosen rows (their places) as a table of their own, and whom each is about."""
    some = RawTable(
        table.file, table.encoding, table.header, table.cells.iloc[chosen].reset_index(drop=True),
        table.lines[chosen], table.widths[chosen],
    )  # fmt: skip
    kind = rows.kind.iloc[chosen].reset_index(drop=True)
    levels = {name: str(level) for name, level in LEVEL_OF_KIND.items() if level}
    level = kind.map(levels).astype(pd.CategoricalDtype([str(one) for one in Level]))
    urn, la = (one.iloc[chosen].reset_index(drop=True) for one in (rows.urn, rows.la))
    about = Rows(kind, level, urn.where(kind == "school").astype("Int32"), la.astype("Int16"), some.lines)
    return Columns(some, aliases.renames, words=aliases.words, small=aliases.small), about


#: Shares that are mostly further than this from those of the counts beside them (points) are shares of something else.
SHARE_TOLERANCE = 1.0


def _read_shares(
    columns: Columns, aliases: TidyAliases, rows: TidyRows
) -> tuple[list[pd.DataFrame], list[Fault], tuple[str, ...]]:
    """OBSERVATIONS of what share of a school's or area's pupils each group is, as its row prints it; faults; a note.

    The pupils of all groups together are the cohort. Shares that are not those of the counts beside them are not read.
    """
    about = aliases.shares
    if about is None or aliases.cohort is None or columns.find(about.column) is None:
        return [], [], ()
    is_one_year = (rows.read & ~rows.three_years).to_numpy()
    whole = _count_all_pupils(columns, aliases.cohort, rows, is_one_year & (rows.group == PupilGroup.ALL).to_numpy())
    is_share = is_one_year & rows.group.isin(list(about.measures)).to_numpy()
    counted, printed = (
        code_cells(columns.table.cells[columns.require(name)[0]]).value for name in (aliases.cohort, about.column)
    )
    apart = np.abs(printed - 100 * counted / np.where(whole > 0, whole, np.nan))[is_share]
    if np.isfinite(apart).any() and np.nanmedian(apart) > SHARE_TOLERANCE:
        return [], [], (f"{about.column} is no share of the pupils counted beside it: it is not read",)
    frames, faults = [], []
    present = pd.DataFrame({"group": rows.group, "year": rows.year})[is_share]
    for group, year in sorted(set(present.dropna().itertuples(index=False, name=None))):
        chosen = np.flatnonzero(is_share & ((rows.group == group) & (rows.year == year)).fillna(False).to_numpy())
        share = Measure(unit=Unit.PERCENT, columns={PupilGroup.ALL: about.column}, own_cohorts=True)
        table = AliasTable(family="", title="", keys={}, required=(), measures={about.measures[group]: share})
        some, whose = _choose_rows(columns.table, rows, aliases, chosen)
        blocks = [replace(block, cohort=whole[chosen]) for block in read_blocks(some, table, whose, int(year), {})[0]]
        frames.append(make_observations(blocks, whose, columns.table.file.name))
        faults += find_faulty_cells(blocks, whose, columns.table.file.name)
    return frames, faults, ()


def _count_all_pupils(columns: Columns, name: str, rows: TidyRows, is_total: np.ndarray) -> np.ndarray:
    """For each row, how many pupils the row of all pupils of the same school or area and year counts."""
    keys = pd.MultiIndex.from_arrays([rows.kind, rows.urn.fillna(0), rows.la.fillna(0), rows.year.fillna(0)])
    pupils = pd.Series(code_cells(columns.table.cells[columns.require(name)[0]]).value, index=keys)[is_total]
    return pupils[~pupils.index.duplicated()].reindex(keys).to_numpy()


def _stack(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """The frames under each other, categories joined."""
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return shape_frame(pd.DataFrame(index=pd.RangeIndex(0)), OBSERVATIONS)
    joined = {
        name: pd.api.types.union_categoricals([frame[name] for frame in frames])
        if kind == "category"
        else pd.concat([frame[name] for frame in frames], ignore_index=True)
        for name, kind in OBSERVATIONS.items()
    }
    return shape_frame(pd.DataFrame(joined), OBSERVATIONS)


def _note_small(columns: Columns, rows: TidyRows) -> tuple[str, ...]:
    """How many small numbers the file prints in clear that are withheld here."""
    small = columns.small
    if small is None:
        return ()
    cells = [columns.table.cells[name] for each in small.columns if (name := columns.find(each))]
    count = sum(int(small.find(code_cells(text[rows.read]).value).sum()) for text in cells)
    if not count:
        return ()
    stand = "number from 1" if count == 1 else "numbers from 1"
    return (f"{count:,} {stand} to {small.fewest - 1} stand here in clear; they and their rates are withheld",)


def _note_years(rows: TidyRows) -> tuple[str, ...]:
    years = sorted({int(year) for year in rows.year[rows.read].dropna()})
    if len(years) < 2:
        return ()
    return (f"the file holds {len(years)} years, those that end in {', '.join(map(str, years))}",)


#: SCHOOLS fields that tidy files hold as words, and their columns.
_SCHOOL_WORDS = {
    "name": "school_name",
    "la_name": "la_name",
    "telephone": "telnum",
    "type": "establishment_type_group",
    "gender": "egender",
    "religious_character": "reldenom",
}
_CLOSED = {"0": "open", "1": "closed", "2": "open"}  # iclose; 2 is open but proposed to close


def _read_schools(columns: Columns, aliases: TidyAliases, rows: TidyRows) -> pd.DataFrame:
    """SCHOOLS, one row per URN, from the school rows of its latest year; none of a file that has no URNs."""
    if _is_by_laestab(columns):
        return shape_frame(pd.DataFrame(), SCHOOLS)
    frame = pd.DataFrame({"urn": rows.urn, "la": rows.la, "laestab": _read_optional(columns, "school_laestab")})
    for field, name in _SCHOOL_WORDS.items():
        if (text := columns.text(name)) is not None:
            frame[field] = clear_words(text).where(~text.isin(["z", "x", "c"]), "")
    if "gender" in frame:
        frame["gender"] = frame["gender"].where(frame["gender"].isin(["Mixed", "Girls", "Boys"]), "")
    if (ranges := columns.text("agerange")) is not None:
        frame = frame.join(split_age_ranges(ranges))
    if (closed := columns.text("iclose")) is not None:
        frame["status"] = closed.map(_CLOSED).fillna("")
    phase = _fold(columns, _PHASE)
    frame = frame.assign(
        word="" if phase is None else phase, year=rows.year, file=columns.table.file.name, line=columns.table.lines
    )
    at_school = (_fold_words(require_text(columns, "geographic_level")) == "school") & rows.urn.notna()
    latest = frame[at_school].sort_values("year", ascending=False, kind="stable").drop_duplicates("urn")
    latest = latest.sort_values("line").reset_index(drop=True)
    if latest.empty:
        return shape_frame(latest, SCHOOLS)
    return complete_schools(latest, words=latest["word"])


#: How many pupils a school has at the end of key stage 2, in the information file.
ELIGIBLE = "ks2_eligible_pupils"


def fill_ks2_cohorts(observations: pd.DataFrame) -> pd.DataFrame:
    """OBSERVATIONS whose key stage 2 figures have the year's eligible pupils as cohort where none is given.

    The tidy attainment file counts no pupils; its companion information file does (``ks2_eligible_pupils``). Only a
    count of the same school, group and year is used.
    """
    counts = observations[(observations["measure"] == ELIGIBLE) & observations["value"].notna()]
    key = ["level", "published_urn", "la", "group", "year"]
    lacking = (
        observations["cohort"].isna()
        & observations["measure"].astype(str).str.match(r"ks2_(?!eligible).*_(?:expected|higher|score)$").to_numpy()
    )
    if counts.empty or not lacking.any():
        return observations
    known = counts[[*key, "value"]].astype({"level": str, "group": str}).drop_duplicates(key)
    wanted = observations.loc[lacking, key].astype({"level": str, "group": str})
    known["la"], wanted["la"] = (frame["la"].where(frame["published_urn"].isna()) for frame in (known, wanted))
    found = wanted.merge(known, on=key, how="left")["value"].to_numpy()
    filled = observations.copy()
    filled.loc[lacking, "cohort"] = found
    return filled


def list_publications() -> tuple[str, ...]:
    """The families of tidy files that are read: their tables are ``aliases/ees_<publication>.yaml``."""
    return tuple(path.stem for path in sorted(ALIASES.glob("ees_*.yaml")) if path.name != _ROW_WORDS)


def list_tidy_measures_by_phase() -> set[str]:
    """The measures of files that tell schools apart by phase: England's rows of them are of one phase each."""
    tables = [load_tidy_aliases(family) for family in list_publications()]
    parts = [part for table in tables if table.sector == _PHASE for part in table.parts.values()]
    return {measure for part in parts for measure in part}


SOURCES: tuple[Source, ...] = tuple(TidyFile(family) for family in list_publications())
