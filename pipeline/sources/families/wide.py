"""Wide published files, one row a school and one column a figure, turned into observations by an alias table.

The wide families (key stage 2, key stage 4, 16 to 18, absence, census, workforce, destinations) share this code; what
differs stands in ``aliases/<family>.yaml`` and in the family's own module: how it marks a row's kind, what a blank
means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.vocabulary import Availability, Level, PupilGroup, Unit
from pipeline.sources.families.schools import complete_schools
from pipeline.sources.frames import NAMES, OBSERVATIONS, SCHOOLS, shape_frame
from pipeline.sources.plausibility import compare_with_authorities, question_blocks
from pipeline.sources.plausibility.relations import load_relations
from pipeline.sources.reading import RawTable, Reading
from pipeline.sources.tabular.blocks import Block, Doubt
from pipeline.sources.tabular.cells import (
    AVAILABILITIES,
    ENOUGH_TO_JUDGE_PLACES,
    CodedCells,
    find_common_places,
    is_scientific,
    parse_cell,
)
from pipeline.sources.tabular.columns import (
    AliasTable,
    Cohort,
    Columns,
    Figure,
    Measure,
    choose_figure,
    find_past_marks,
    load_aliases,
    want_table,
)
from pipeline.sources.tabular.headings import WantedColumn
from pipeline.sources.tabular.rows import (
    SAVED_BY_EXCEL,
    Rows,
    count_kinds,
    drop_repeated_rows,
    drop_rows,
    read_rows,
    read_whole,
    shorten,
)

_AVAILABILITIES = [str(kind) for kind in Availability]
_BLANK = AVAILABILITIES.index(Availability.NOT_AVAILABLE)


class WideFile:
    """What the wide families share as sources. One whose files tell their year says how."""

    family: str

    def find_year(self, table: RawTable) -> int | None:
        """None: nothing in these files tells their year."""
        return None

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        return want_table(load_aliases(self.family), header, year)


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
            name, cells = columns.find(figure.value), columns.numbers(figure.value, rows.level_code)
            if name is None or cells is None:
                continue
            if not cells.word.any() and (cells.availability == _BLANK).all():
                blank.append(name)
                continue
            unit = figure.unit or about.unit
            block = _read_block(columns, rows, (measure, group, unit, figure_year, name), figure, cells, cohort)
            blocks.append(block)
    return settle_steps(blocks, rows), blank


#: As many numbers of one unit in rows of one level tell to which place a file prints them.
_ENOUGH_PLACES = 5


def settle_steps(blocks: Sequence[Block], rows: Rows) -> list[Block]:
    """The blocks with the rounding of columns of few numbers as the file's other columns of their unit have it.

    A level may be printed coarser than schools (one decimal where they have two), or padded (a second decimal that
    is always 0), and one cell of a short column may be written otherwise than all others: a single column of few
    numbers does not tell, all columns of one unit together do.
    """
    settled = list(blocks)
    for code in np.unique(rows.level_code[rows.level_code >= 0]):
        at_level = rows.level_code == code
        for unit in {block.unit: None for block in blocks}:
            _settle_steps_of(settled, [place for place, block in enumerate(blocks) if block.unit is unit], at_level)
    return settled


def _settle_steps_of(blocks: list[Block], places: Sequence[int], at_level: np.ndarray) -> None:
    """Settle the steps of ``blocks`` in ``places``, which are of one unit, in the rows ``at_level``."""
    if at_level.sum() >= ENOUGH_TO_JUDGE_PLACES:
        return
    used = [blocks[place].cells.decimals[at_level & ~np.isnan(blocks[place].cells.value)] for place in places]
    together = np.concatenate(used) if used else np.empty(0, dtype="int8")
    if len(together) < _ENOUGH_PLACES:
        return
    common = find_common_places(together)
    for place, own in zip(places, used, strict=True):
        cells = blocks[place].cells
        step = cells.step[at_level]
        if not len(own) or not np.nanmin(step) > 0:
            continue
        finest = int(np.rint(-np.log10(np.nanmin(step))))
        using = int((own >= finest).sum())
        if finest > common and (using == 0 or (using == 1 and len(own) > 1)):
            changed = cells.step.copy()
            changed[at_level] = np.where(np.isnan(step), np.nan, 10.0**-common)
            blocks[place] = replace(blocks[place], cells=replace(cells, step=changed))


def _list_figures(
    columns: Columns, aliases: AliasTable, about: Measure, year: int, past: Mapping[str, int]
) -> Iterator[tuple[PupilGroup, Figure, Cohort | str | None, int]]:
    """(group, figure, cohort, year) for this year's columns and for earlier years' that the file has."""
    for group, choice in about.columns.items():
        figure = choose_figure(columns, choice)
        yield group, figure, figure.cohort or (None if about.own_cohorts else aliases.cohorts.get(group)), year
    for group, past_choice in about.past.items():
        figure = choose_figure(columns, past_choice)
        for mark, past_year in past.items():
            cohort = figure.cohort or (None if about.own_cohorts else aliases.past_cohorts.get(group))
            yield group, _set_past(figure, mark), _set_past_cohort(cohort, mark), past_year


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


def _read_block(
    columns: Columns, rows: Rows, about: tuple, figure: Figure, cells: CodedCells, cohort: Cohort | str | None
) -> Block:
    measure, group, unit, year, name = about
    count = columns.numbers(figure.counted_by, rows.level_code) if figure.counted_by else None
    if figure.counted_by:
        cells = _need_count(cells, count)
    if figure.whole:
        cells = _share_of(cells, columns.numbers(figure.whole, rows.level_code), 100)
    if figure.per:
        cells = _share_of(cells, columns.numbers(figure.per, rows.level_code), 1)
    lowest, highest = load_relations().limits.get(measure, (None, None))
    lowest = figure.lowest if figure.lowest is not None else lowest
    cells = exclude_impossible(cells, columns.table.cells[name], unit, lowest, highest)
    lower, upper, bounds = _read_interval(columns, rows, figure)
    pupils, parts = _read_cohort(columns, rows, cohort)
    shares = 1 if isinstance(cohort, Cohort) and cohort.share else 0
    doubts = find_doubts(cells, {**bounds, **parts}, rows, list(parts)[: len(parts) - shares])
    return Block(
        measure, group, unit, year, name, cells, lower, upper, pupils,
        bound_columns=tuple(bounds), cohort_columns=tuple(parts),
        is_counted=bool(parts) and not (isinstance(cohort, Cohort) and cohort.share),
        made_of=tuple(columns.find(name) or "" for name in (figure.whole, figure.per) if name),
        count=None if count is None else count.value,
        count_column=(figure.counted_by and columns.find(figure.counted_by)) or "",
        doubts=doubts,
    )  # fmt: skip


#: A blank beside a figure is in doubt where at least this share of the file's figures of its kind have a number there.
_MOSTLY_THERE = 0.5


def find_doubts(
    cells: CodedCells, beside: Mapping[str, CodedCells], rows: Rows, counts: Sequence[str] = ()
) -> tuple[Doubt, ...]:
    """Where a bound or a number of pupils ``beside`` a figure (columns by name) is none that can be used.

    ``counts`` are those of them that hold whole numbers of pupils. Words that say why there is none (SUPP) do not come
    into it, nor England, whose intervals are often left out.
    """
    available = ~np.isnan(cells.value) & ~rows.is_england
    doubts = []
    for column, found in beside.items():
        unknown = found.availability == AVAILABILITIES.index(Availability.UNKNOWN)
        blank = found.availability == AVAILABILITIES.index(Availability.NOT_AVAILABLE)
        there = available & ~np.isnan(found.value)
        if there.sum() < _MOSTLY_THERE * available.sum():
            blank = np.zeros(len(blank), dtype=bool)
        wrong = available & (unknown | blank | _is_no_count(column, found, counts))
        if wrong.any():
            doubts.append(Doubt(column, wrong, "stands where a number is needed"))
    return tuple(doubts)


def _need_count(share: CodedCells, count: CodedCells | None) -> CodedCells:
    """The percentages whose count is a number; the others take the count's word for why there is none."""
    if count is None:
        return share
    lost = ~np.isnan(share.value) & np.isnan(count.value)
    for code in np.unique(count.availability[lost]):
        rows = lost & (count.availability == code)
        share = share.set_aside(rows, AVAILABILITIES[code], [count.words[word] for word in count.word[rows]])
    return share


def _share_of(count: CodedCells, whole: CodedCells | None, times: int) -> CodedCells:
    """The counts (or totals) by ``whole``, ``times`` 100 as percentages: exact, so with a rounding of 0."""
    if whole is None:
        return count
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where((whole.value > 0) & (whole.value % 1 == 0), times * count.value / whole.value, np.nan)
    lost = ~np.isnan(count.value) & np.isnan(share)
    shares = replace(count, value=share, step=count.step * 0)
    return shares.set_aside(lost, Availability.NOT_AVAILABLE, [""] * int(lost.sum()))


def _is_no_count(column: str, cells: CodedCells, counts: Sequence[str]) -> np.ndarray:
    if column not in counts:
        return np.zeros(len(cells.value), dtype=bool)
    return (cells.value < 0) | (cells.value % 1 > 0)


def exclude_impossible(
    cells: CodedCells, text: pd.Series, unit: Unit, lowest: float | None = None, highest: float | None = None
) -> CodedCells:
    """``cells`` with values their unit cannot have set aside: no value, availability unknown, the text kept as word.

    ``lowest`` and ``highest`` are given where less or more than the unit's own is possible, or not all of it.
    """
    wrong = find_impossible(cells.value, unit, lowest, highest)
    if not wrong.any():
        return cells
    return cells.set_aside(wrong, Availability.UNKNOWN, text[wrong].str.strip().tolist())


def find_impossible(
    value: np.ndarray, unit: Unit, lowest: float | None = None, highest: float | None = None
) -> np.ndarray:
    """Where ``value`` cannot be true.

    That is percentages outside 0 to 100, scaled scores outside 80 to 120, points outside 0 to 90 (ten slots of 9), and
    counts below 0 or of parts of a pupil.
    """
    least, most = {
        Unit.PERCENT: (0, 100),
        Unit.SCALED_SCORE: (80, 120),
        Unit.PUPILS: (0, np.inf),
        Unit.POINTS: (0, 90),
        Unit.BAND: (1, 5),
        Unit.DIFFERENCE: (-100, 100),
    }.get(unit, (-np.inf, np.inf))
    wrong = (value < (least if lowest is None else lowest)) | (value > (most if highest is None else highest))
    if unit in (Unit.PUPILS, Unit.BAND):
        wrong |= value % 1 > 0
    return wrong


def _read_interval(
    columns: Columns, rows: Rows, figure: Figure
) -> tuple[np.ndarray, np.ndarray, dict[str, CodedCells]]:
    """The published interval, and the cells of its two columns.

    England rows hold a literal 0 at both ends where there is none: not an interval.
    """
    empty = np.broadcast_to(np.nan, len(rows.line))  # most figures have none: of all of them no room is taken
    if not (figure.lower and figure.upper):
        return empty, empty, {}
    lower, upper = columns.numbers(figure.lower, rows.level_code), columns.numbers(figure.upper, rows.level_code)
    if lower is None or upper is None:
        return empty, empty, {}
    none = (rows.is_england & (lower.value == upper.value)) | np.isnan(lower.value) | np.isnan(upper.value)
    bounds = {columns.find(figure.lower) or "": lower, columns.find(figure.upper) or "": upper}
    return np.where(none, np.nan, lower.value), np.where(none, np.nan, upper.value), bounds


def _read_cohort(columns: Columns, rows: Rows, cohort: Cohort | str | None) -> tuple[np.ndarray, dict[str, CodedCells]]:
    """The pupils a figure covers, and the cells of the columns that say so; none where a column is missing.

    Many figures are of the same pupils: they are read once.
    """
    cohort = Cohort(count=cohort) if isinstance(cohort, str) else cohort
    key = repr(cohort)
    if key not in columns.pupils:
        columns.pupils[key] = _count_cohort(columns, rows, cohort)
    return columns.pupils[key]


def _count_cohort(columns: Columns, rows: Rows, cohort: Cohort | None) -> tuple[np.ndarray, dict[str, CodedCells]]:
    missing = np.broadcast_to(np.nan, len(rows.line))
    if cohort is None:
        return missing, {}
    names = [*(cohort.sum or (cohort.count or "",)), *([cohort.share] if cohort.share else [])]
    found = {columns.find(name) or name: columns.numbers(name, rows.level_code) for name in names}
    parts = {name: part for name, part in found.items() if part is not None}
    if len(parts) < len(found):
        return missing, {}
    values = [part.value for part in parts.values()]
    share = values.pop() if cohort.share else None
    whole = np.all([(value >= 0) & (value % 1 == 0) for value in values], axis=0)
    pupils = np.where(whole, np.sum(values, axis=0), np.nan)
    return pupils if share is None else np.rint(pupils * share / 100), parts


def mark_new_schools(blocks: list[Block], table: RawTable) -> list[Block]:
    """Say of every blank cell in a row that stops at the word NEW that the school is new, not the cell empty."""
    new = np.zeros(len(table.widths), dtype=bool)
    for width in np.unique(table.widths[table.widths < len(table.header)]):
        rows = np.flatnonzero(table.widths == width)
        new[rows] = table.cells.iloc[rows, int(width) - 1].str.strip().str.upper() == "NEW"
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
            np.concatenate([block.cells.availability for block in blocks]), pd.Index(_AVAILABILITIES)
        ),
        "word": _join_words([block.cells for block in blocks], words),
        "file": _repeat_blocks([name], count * each),
        "line": np.tile(rows.line, count),
        "column": _repeat_blocks([block.column for block in blocks], each),
    }
    return pd.DataFrame(columns, copy=False)


def _tile(column: pd.Series, times: int):
    return column.array.take(np.tile(np.arange(len(column)), times))


def _repeat_rows(column: pd.Series, times: int) -> pd.Categorical:
    return pd.Categorical.from_codes(np.tile(column.cat.codes.to_numpy(), times), column.cat.categories)


def _repeat_blocks(names: Sequence[str], each: int) -> pd.Categorical[str]:
    found = list(dict.fromkeys(names))
    codes = np.array([found.index(name) for name in names], dtype="int16")
    return pd.Categorical.from_codes(np.repeat(codes, each), pd.Index(found))


def _join_words(columns: Sequence[CodedCells], words: Sequence[str]) -> pd.Categorical[str]:
    place = {word: number for number, word in enumerate(words)}
    codes = [np.array([place[word] for word in column.words], dtype="int32")[column.word] for column in columns]
    return pd.Categorical.from_codes(np.concatenate(codes), pd.Index(words))


def read_schools(columns: Columns, aliases: AliasTable, rows: Rows) -> tuple[pd.DataFrame, list[Fault]]:
    """The SCHOOLS frame of a wide file: what its rows say of each school; and faults in the ages given."""
    keys = {key: columns.text(name) for key, name in aliases.keys.items()}
    at_school = rows.level == Level.SCHOOL
    index, name = rows.urn.index, columns.table.file.name
    frame = pd.DataFrame({"urn": rows.urn, "la": rows.la, "file": name, "line": rows.line})
    estab = read_whole(keys.get("estab"), "Int32", index)
    frame["laestab"] = (rows.la.astype("Int32") * 10_000 + estab).where((estab >= 1000) & (estab <= 9999))
    for key in ("name", "town", "telephone", "gender"):
        if keys.get(key) is not None:
            frame[key] = keys[key]
    if keys.get("religious_character") is not None:
        frame["religious_character"] = keys["religious_character"]
    faults: list[Fault] = []
    if (ages := keys.get("ages")) is not None:
        low, high, damaged = read_ages(ages)
        frame["low_age"], frame["high_age"] = low, high
        faults = _describe_ages(columns, aliases, rows, damaged & at_school)
    if keys.get("type") is not None:
        frame["type"] = keys["type"]
    if (closed := keys.get("closed")) is not None:
        frame["status"] = closed.map({"0": "open", "1": "closed", "2": "open"}).fillna("")
    if (names := keys.get("name")) is not None:
        authorities = pd.Series(names[rows.level == Level.AUTHORITY].to_numpy(), index=_authorities(rows))
        la_names = rows.la.map(authorities[~authorities.index.duplicated()].to_dict())
        frame["la_name"] = la_names.astype("string").fillna("")
    return complete_schools(shape_frame(frame[at_school].reset_index(drop=True), SCHOOLS)), faults


def read_successors(columns: Columns, aliases: AliasTable, rows: Rows) -> pd.DataFrame:
    """NAMES of the academies that followed the rows' schools; key stage 4 files give their URN no column."""
    text = columns.text(aliases.keys["next_name"])
    if text is None:
        return shape_frame(pd.DataFrame(index=pd.RangeIndex(0)), NAMES)
    urn = columns.text(aliases.keys["next_urn"]) if "next_urn" in aliases.keys else None
    named = pd.DataFrame(
        {"urn": read_urns(urn, text.index), "predecessor": rows.urn, "name": text.where(~text.str.isdigit(), "")}
    )
    chosen = named["predecessor"].notna() & (named["name"] != "")
    return shape_frame(named[chosen].reset_index(drop=True), NAMES)


def read_urns(text: pd.Series | None, index: pd.Index) -> pd.Series:
    """Six-figure URNs from ``text``; missing where it holds anything else, such as 0, or is no column."""
    return read_whole(None if text is None else text.where(text.str.fullmatch(r"[1-9]\d{5}"), ""), "Int32", index)


def _find_state_funded(rows: Rows, schools: pd.DataFrame) -> np.ndarray:
    """Which rows are of schools that are not known to be independent; ``schools`` are those of ``rows``, in order."""
    found = np.zeros(len(rows.line), dtype=bool)
    found[(rows.level == Level.SCHOOL).to_numpy()] = schools["state_funded"].fillna(True).to_numpy(dtype=bool)
    return found


def _authorities(rows: Rows) -> pd.Index:
    return pd.Index(rows.la[rows.level == Level.AUTHORITY])


_MONTHS = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6}
_MONTHS |= {"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}


def read_ages(text: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Lowest and highest age (Int16) from an age range such as 4-11, and where a spreadsheet made a date of it.

    04-Nov was 4-11 and Nov-16 was 11-16: read back as such.
    """
    codes, spellings = pd.factorize(text)
    low, high, damaged = (found.take(codes).set_axis(text.index) for found in _read_age_ranges(pd.Series(spellings)))
    return low, high, damaged


def _read_age_ranges(text: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
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
    return [Fault(columns.table.file.name, line, name, what, SAVED_BY_EXCEL)]


def find_faulty_cells(blocks: Sequence[Block], rows: Rows, name: str, shifted: np.ndarray | None = None) -> list[Fault]:
    """A fault for every value set aside as impossible, and every number a spreadsheet made powers of ten.

    Rows that are ``shifted`` are not told of: nothing of them is believed.
    """
    faults = []
    told = np.ones(len(rows.line), dtype=bool) if shifted is None else ~shifted
    unknown = AVAILABILITIES.index(Availability.UNKNOWN)
    for block in blocks:
        for code, word in enumerate(block.cells.words):
            what, remedy = _describe_faulty_word(word, block.unit, block.measure)
            if what:
                lines = rows.line[told & (block.cells.word == code) & (block.cells.availability == unknown)]
                faults += [Fault(name, int(line), block.column, what, remedy) for line in lines]
    return faults


@cache
def _describe_faulty_word(word: str, unit: Unit, measure: str) -> tuple[str, str]:
    """What is wrong with a cell that is no number, and its remedy; two empty texts where it is one of the words."""
    if is_scientific(word):
        return f"{word} is no published figure: it is left out", SAVED_BY_EXCEL
    limits = load_relations().limits.get(measure, (None, None))
    if find_impossible(np.array([parse_cell(word).value]), unit, *limits)[0]:
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
    where a key column is missing or a column cannot be right. A row of no known kind, a school without a URN, or many
    with two different rows keep the file out too: they are ``Reading.refused``, and the other rows are read, to tell
    what else is wrong. Of a few schools with two rows the figures stand apart, in ``Reading.clashing``.
    """
    table, repeated, clashes, refused = drop_repeated_rows(table, Columns(table, aliases.renames), aliases)
    columns = Columns(table, aliases.renames)
    rows, unplaced = read_rows(table, columns, aliases, place_rows(columns))
    refused += unplaced
    lost = {fault.line for fault in refused}
    if lost:
        table = drop_rows(table, lost)
        if table.cells.empty:
            raise FaultyInput(shorten(refused))
        columns = Columns(table, aliases.renames)
        rows, _ = read_rows(table, columns, aliases, place_rows(columns))
    past = find_past_marks(table.header, year) if past is None else past
    blocks, blank = read_blocks(columns, aliases, rows, year, past)
    blocks = mark_new_schools(blocks, table)
    schools, faults = read_schools(columns, aliases, rows)
    try:
        questions = question_blocks(blocks, rows, table)
    except FaultyInput as error:
        raise FaultyInput([*shorten(refused), *error.faults] if refused else error.faults) from None
    blocks = questions.blocks
    faults += find_faulty_cells(blocks, rows, table.file.name, questions.shifted) + questions.faults
    faults += compare_with_authorities(blocks, rows, _find_state_funded(rows, schools), table)
    notes = []
    if repeated:
        notes.append(f"{repeated} rows repeat an earlier row cell for cell; each is read once")
    if blank:
        notes.append(f"{len(blank)} columns are blank throughout: {', '.join(blank)}")
    kinds = count_kinds(rows.kind)
    if repeated:
        kinds["repeated row"] = repeated
    if lost:
        kinds["row that keeps the file out"] = len(lost)
    observations = make_observations(blocks, rows, table.file.name)
    if rows.level.isna().any():
        observations = observations[observations["level"].notna()].reset_index(drop=True)
        notes.append(f"{int(rows.level.isna().sum())} rows give an authority's schools of one phase: not used")
    lines = [clash.line for clash in clashes]
    clashing, apart = observations["line"].isin(lines), schools["line"].isin(lines)
    reading = Reading(
        observations=observations[~clashing].reset_index(drop=True) if clashes else observations,
        schools=schools[~apart].reset_index(drop=True) if clashes else schools,
        clashing=Reading(observations[clashing], schools[apart], faults=tuple(clashes)) if clashes else None,
        rows_by_kind=kinds,
        columns_used=tuple(name for name in table.header if name in columns.used),
        columns_unused=columns.unused,
        faults=tuple(faults),
        refused=tuple(shorten(refused)),
        notes=tuple(notes),
        year=year,
    )
    return reading, rows, columns
