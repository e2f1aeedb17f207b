"""Published figures that are not believed: found, named, and set aside before anything is made of them.

Between what is impossible and what is fine lies what cannot be, given the figures beside it: a share that no whole
number of the school's pupils gives, an interval that is not around its score, groups that do not add up. A few such
cells are questioned one by one; a row with many has its cells under other headings, and nothing of it is believed; a
column that is wrong in many rows stops its file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.vocabulary import Availability, Level, PupilGroup, Unit
from pipeline.sources.plausibility.blame import find_culprits
from pipeline.sources.plausibility.checks import FAILS, HOLDS, NOT_ASKED, Check, find_shares, list_checks
from pipeline.sources.plausibility.relations import load_relations
from pipeline.sources.plausibility.witnesses import list_witnesses
from pipeline.sources.reading import RawTable
from pipeline.sources.tabular.blocks import Block
from pipeline.sources.tabular.cells import AVAILABILITIES, parse_cell
from pipeline.sources.tabular.rows import Rows, shorten

#: A check that fails in as many rows, and in more than this share of those it is asked of, is a column's fault. In
#: real files no check fails in more than one row in a hundred.
ROWS_OF_A_COLUMN = 3
SHARE_OF_A_COLUMN = 0.2
#: The same where it fails in as many rows, each of which fails few other checks: headings of much the same columns are
#: exchanged.
MANY_ROWS_OF_A_COLUMN = 8
SHARE_OF_MANY = 0.05
#: A row with as many cells that cannot be has its cells under other headings; of a row of few figures, a third of them.
CELLS_OF_A_ROW = 5
FEWEST_CELLS_OF_A_ROW = 3
SHARE_OF_A_ROW = 0.1
SHARE_OF_A_SHORT_ROW = 1 / 3
#: A blank is a hole where fewer of a column's cells, of as many schools, are blank.
SHARE_OF_BLANKS = 0.01
ENOUGH_ROWS = 20
#: Percentages of other pupils than the file counts lie as many points or fewer from those of all (the middle of them).
POINTS_NEAR = 5
#: As many wrong columns are not one column's fault but the headings'.
COLUMNS_OF_HEADINGS = 4
#: Percentages that are all below 1 tell a column of fractions where there are as many.
ENOUGH_FRACTIONS = 3
#: Columns named of figures that one cell keeps from being judged.
FIGURES_NAMED = 3
#: A column is of another scale where its largest number, as many times, is below the middle of another of its measure.
SCALE = 10

_UNKNOWN = AVAILABILITIES.index(Availability.UNKNOWN)
_AGAIN = "Compare the file with the publisher's, or download it again; a copy saved by a spreadsheet may differ."
_CELL = (
    "Compare the cell with the publisher's website, or download the file again. Nothing else of the row is affected."
)
_PUPILS = (
    "Compare the cell with the publisher's website, or download the file again. "
    "The figures of these pupils are shown but not judged."
)
_BOUND = (
    "Compare the cell with the publisher's website, or download the file again. The figure is shown but not judged."
)


@dataclass(frozen=True)
class Questions:
    """Blocks without what is not believed, a fault for each thing questioned, and the rows of which nothing is."""

    blocks: list[Block]
    faults: list[Fault]
    shifted: np.ndarray  # mask of rows


def question_blocks(blocks: Sequence[Block], rows: Rows, table: RawTable) -> Questions:
    """Set aside what is not believed of ``blocks``.

    Raises FaultyInput where a column is wrong throughout, or stands under another's heading.
    """
    relations = load_relations()
    scales = _find_other_scales(blocks, table, relations.never_all_below_one)
    scales = scales or _find_exchanged(blocks, table, relations.middles_below)
    checks = [*list_checks(blocks, rows, relations), *list_witnesses(table, relations, rows)]
    checks = [check for check in checks if (check.state != NOT_ASKED).any()]
    checks = _allow_pupils_left_out(checks, max((block.year for block in blocks), default=0))
    checks, others = _leave_other_pupils(checks, table)
    _refuse_wrong_columns(checks, blocks, table, scales)
    blamed = _find_questioned(checks, blocks)
    shifted = _find_shifted(blamed, blocks, rows) | _find_holes(blamed, rows, table)
    faults = others + _describe_cells(blamed, shifted, blocks, rows, table) + _describe_rows(shifted, rows, table)
    faults += _describe_doubts(blocks, shifted, rows, table)
    return Questions(_set_aside(blocks, blamed, shifted, table), faults, shifted)


# Columns.


def _find_exchanged(blocks: Sequence[Block], table: RawTable, pairs: Sequence[tuple[str, str]]) -> list[Fault]:
    """A fault where the middle school's figure of one measure is above that of one it is always below."""
    faults = []
    found = {block.measure: block for block in blocks if block.group is PupilGroup.ALL}
    for pair in pairs:
        both = [found[name] for name in pair if name in found]
        numbers = [block.cells.value[~np.isnan(block.cells.value)] for block in both]
        if len(both) == len(pair) and min(map(len, numbers)) >= ENOUGH_FRACTIONS:
            low, high = (float(np.median(values)) for values in numbers)
            if low > high:
                what = f"its middle is {low:g}, above that of {both[1].column}, {high:g}: their headings are exchanged"
                faults.append(Fault(table.file.name, 1, both[0].column, what, _AGAIN))
    return faults


def _find_other_scales(blocks: Sequence[Block], table: RawTable, never_low: Sequence[str]) -> list[Fault]:
    middles = _find_middles(blocks)
    return [fault for block in blocks for fault in _find_other_scale(block, middles[block.measure], never_low, table)]


def _find_other_scale(block: Block, middle: float, never_low: Sequence[str], table: RawTable) -> Iterator[Fault]:
    numbers = block.cells.value[block.cells.value > 0]
    if block.unit not in (Unit.PERCENT, Unit.POINTS) or len(numbers) < ENOUGH_FRACTIONS:
        return
    example, is_low = f"{numbers[0]:.6g}", SCALE * numbers.max() < middle
    if block.unit is Unit.POINTS and is_low:
        what = f"the whole column ({example}) is of another scale than the measure's other columns"
        yield Fault(table.file.name, 1, block.column, what, _AGAIN)
    fractions = block.unit is Unit.PERCENT and numbers.max() <= 1 and bool((numbers % 1).any())
    if fractions and (is_low or block.measure in never_low or _fits_as_fraction(block)):
        what = f"the whole column holds fractions of 1 ({example}) where percentages are published"
        yield Fault(table.file.name, 1, block.column, what, f"{example} would be {100 * numbers[0]:.6g}%. {_AGAIN}")


def _find_middles(blocks: Sequence[Block]) -> dict[str, float]:
    """Of each measure the largest middle of the numbers above 0 of any of its columns (groups, years)."""
    middles: dict[str, float] = {}
    for block in blocks:
        numbers = block.cells.value[block.cells.value > 0]
        middle = float(np.median(numbers)) if len(numbers) >= ENOUGH_FRACTIONS else 0.0
        middles[block.measure] = max(middle, middles.get(block.measure, 0.0))
    return middles


def _fits_as_fraction(block: Block) -> bool:
    """Whether the figures are shares of their pupils as fractions but not as percentages."""
    value, pupils = block.cells.value, block.cohort
    asked = (value > 0) & (pupils > 0)
    if not block.is_counted or asked.sum() < ENOUGH_FRACTIONS:
        return False
    value, pupils = value[asked], pupils[asked]
    step = np.full(len(value), np.nanmin(block.cells.step))
    as_printed, as_fraction = (find_shares(scale * value, scale * step, pupils).mean() for scale in (1, 100))
    return bool(as_printed < 1 - SHARE_OF_A_COLUMN and as_fraction > as_printed)


def _is_of_column(check: Check, shifted: np.ndarray | None = None) -> bool:
    """Whether the check fails in so many rows that not they but a column is wrong.

    Of rows that are not ``shifted`` fewer tell: no slip of a pen befalls as many in the same way. That is said of
    columns that do not agree with each other; areas and schools apart may well be unlike the rest by themselves.
    """
    if shifted is not None and len(check.columns) > 1:
        asked = int(np.count_nonzero((check.state != NOT_ASKED) & ~shifted))
        fails = int(np.count_nonzero((check.state == FAILS) & ~shifted))
        if fails >= MANY_ROWS_OF_A_COLUMN and fails > asked * SHARE_OF_MANY:
            return True
    asked, fails = int(np.count_nonzero(check.state != NOT_ASKED)), int(np.count_nonzero(check.state == FAILS))
    return fails >= ROWS_OF_A_COLUMN and fails > asked * SHARE_OF_A_COLUMN


def _leave_other_pupils(checks: Sequence[Check], table: RawTable) -> tuple[list[Check], list[Fault]]:
    """The checks without those of percentages that are of other pupils in this file, and a fault that says so of each.

    A percentage of some pupils only (those whose need is known) lies near that of all of them in every row; one that
    lies far off stands under another's heading.
    """
    kept, faults = [], []
    for check in checks:
        fails = check.state == FAILS
        near = check.apart is None or float(np.median(check.apart[fails])) <= POINTS_NEAR if fails.any() else False
        if not (check.is_of_pupils and near and _is_of_column(check)):
            kept.append(check)
            continue
        column, *pupils = check.columns
        row = int(np.flatnonzero(fails)[0])
        what = (
            f"the column is of other pupils than {' and '.join(pupils)} (in line {table.lines[row]}, {check.say(row)})"
        )
        faults.append(Fault(table.file.name, 1, column, f"{what}: it is used, and not judged by them", _AGAIN))
    return kept, faults


def _refuse_wrong_columns(
    checks: Sequence[Check], blocks: Sequence[Block], table: RawTable, scales: Sequence[Fault]
) -> None:
    """Refuse a file with a wrong column; ``scales`` are those that are of another scale or stand under another heading.

    What they fail besides is no other column's fault. The faults stand in order of their weight.
    """
    apart = {fault.column for fault in scales}
    faults = [fault for fault in _describe_impossible_columns(blocks, table) if fault.column not in apart]
    wrong, clearing, weights = [], Counter[str](), set[str]()
    shifted = _find_failing_rows(checks)
    for check in checks:
        asked, fails = np.count_nonzero(check.state != NOT_ASKED), np.count_nonzero(check.state == FAILS)
        if _is_of_column(check, shifted):
            wrong += [] if apart & set(check.columns) else [(check, int(fails), int(asked))]
        elif asked >= ROWS_OF_A_COLUMN and check.is_exact:
            clearing.update(check.clears or check.columns)
            weights.update(set(check.columns) - set(check.clears or check.columns))
    named = {fault.column for fault in faults}
    if wrong:
        exact = {place for place, (check, *_) in enumerate(wrong) if check.is_exact}
        # pupils whose numbers hold as weights of one measure throughout are not what is wrong with another
        failing = [[name for name in check.columns if name not in weights] or check.columns for check, *_ in wrong]
        culprits = find_culprits(failing, exact, clearing, _list_counts(blocks))
        by_check: dict[int, list[str]] = {}
        for column, place in culprits.items():
            by_check.setdefault(place, []).append(column)
        named |= set(culprits)
        heaviest = sorted(by_check.items(), key=lambda one: (-wrong[one[0]][1] / wrong[one[0]][2], one[0]))
        faults += [_describe_wrong(columns, *wrong[place], table) for place, columns in heaviest]
    if len(faults) + len(scales) >= COLUMNS_OF_HEADINGS and len(faults) >= (2 if scales else COLUMNS_OF_HEADINGS):
        first, both = (faults or scales)[0], sorted(map(str, named | apart))
        what = f"the headings do not stand over their own cells: {len(both)} columns are not believed"
        what += f" ({', '.join(both[:COLUMNS_OF_HEADINGS])}, …)"
        raise FaultyInput([Fault(first.file, 1, None, what, f"{_AGAIN} For one: column {first.column}: {first.what}.")])
    if found := [*scales, *faults]:
        raise FaultyInput(shorten(found))


def _find_failing_rows(checks: Sequence[Check]) -> np.ndarray:
    """The rows that fail so many checks that not columns but they are wrong."""
    fails = np.zeros(len(checks[0].state) if checks else 0, dtype="int32")
    for check in checks:
        fails += check.state == FAILS
    return fails >= CELLS_OF_A_ROW


def _describe_wrong(columns: Sequence[str], check: Check, fails: int, asked: int, table: RawTable) -> Fault:
    """The fault of the column that a check shows to be wrong, or of several of which nothing tells which it is."""
    row = int(np.flatnonzero(check.state == FAILS)[0])
    example = f" (in line {table.lines[row]}, {check.say(row)})"
    if len(columns) == 1:
        what = (
            f"the column is not believed: {fails} of {asked} rows do not agree with {_name_others(check, columns[0])}"
        )
        return Fault(table.file.name, 1, columns[0], what + example, _AGAIN)
    named = " and ".join(columns)
    what = (
        f"{named} do not agree in {fails} of {asked} rows: one of the columns is not believed, and nothing tells which"
    )
    return Fault(table.file.name, 1, columns[0], what + example, _AGAIN)


def _name_others(check: Check, column: str) -> str:
    return " and ".join(name for name in check.columns if name != column) or "the column's other figures"


def _describe_impossible_columns(blocks: Sequence[Block], table: RawTable) -> list[Fault]:
    """A fault for each column in which many numbers are impossible."""
    faults = []
    for block in blocks:
        cells = block.cells
        impossible = np.array([not np.isnan(parse_cell(word).value) for word in cells.words])
        wrong = impossible[cells.word] & (cells.availability == _UNKNOWN)
        fails, asked = np.count_nonzero(wrong), np.count_nonzero(wrong | ~np.isnan(cells.value))
        if fails >= ROWS_OF_A_COLUMN and fails > asked * SHARE_OF_A_COLUMN:
            row = int(np.flatnonzero(wrong)[0])
            example = f"{cells.words[cells.word[row]]} in line {table.lines[row]}"
            what = f"{fails} of {asked} numbers of the column are impossible for a figure in {block.unit} ({example})"
            faults.append(Fault(table.file.name, 1, block.column, what, _AGAIN))
    return faults


# Rows and cells.


def _allow_pupils_left_out(checks: Sequence[Check], year: int) -> list[Check]:
    """Forgive shares that hold with a pupil or two fewer, where the row says so more than once.

    A pupil without a result is now and then left out of the percentages and not of the count. Of earlier years too
    few figures stand in a file for that.
    """
    near: dict[int, np.ndarray] = {}
    for check in checks:
        if check.nearly is not None:
            failing = near.setdefault(check.year, np.zeros((2, len(check.state)), dtype="int16"))
            failing[0] += check.state == FAILS
            failing[1] += check.nearly
    allowed = {
        when: (failing[0] == failing[1]) & (failing[1] >= (1 if when < year else 2)) for when, failing in near.items()
    }
    return [
        check
        if check.nearly is None
        else replace(check, state=np.where(check.nearly & allowed[check.year], NOT_ASKED, check.state).astype("int8"))
        for check in checks
    ]


def _find_questioned(checks: Sequence[Check], blocks: Sequence[Block]) -> dict[int, dict[str, str]]:
    """Row → column to blame → why, for every row in which a check fails."""
    failing = np.zeros(len(checks[0].state) if checks else 0, dtype=bool)
    for check in checks:
        failing |= check.state == FAILS
    counts = _list_counts(blocks)
    return {int(row): _blame_in_row(int(row), checks, counts) for row in np.flatnonzero(failing)}


def _blame_in_row(row: int, checks: Sequence[Check], counts: frozenset[str]) -> dict[str, str]:
    failing = [check for check in checks if check.state[row] == FAILS]
    holding = [check for check in checks if check.state[row] == HOLDS]
    clearing = Counter(column for check in holding if check.is_exact for column in check.clears or check.columns)
    exact = {place for place, check in enumerate(failing) if check.is_exact}
    culprits = find_culprits([check.columns for check in failing], exact, clearing, counts)
    return {column: failing[place].say(row) for column, place in culprits.items()}


def _list_counts(blocks: Sequence[Block]) -> frozenset[str]:
    return frozenset(column for block in blocks for column in block.cohort_columns)


def _find_shifted(blamed: Mapping[int, Mapping[str, str]], blocks: Sequence[Block], rows: Rows) -> np.ndarray:
    """The rows of which nothing is believed: too many of their cells cannot be what the headings say."""
    wrong, signs = np.zeros((2, len(rows.line)), dtype="int32")
    for row, columns in blamed.items():
        wrong[row] += len(columns)
    numbers = np.zeros(len(rows.line), dtype="int32")
    school = (rows.level == Level.SCHOOL).to_numpy()
    for block in blocks:
        numbers += ~np.isnan(block.cells.value)
        signs += _find_other_signs(block, school)
    for row, words in _find_odd_words(blocks).items():
        wrong[row] += len(words)
        numbers[row] += len(words)
    few = (wrong >= FEWEST_CELLS_OF_A_ROW) & (wrong > SHARE_OF_A_SHORT_ROW * numbers)
    return few | (wrong + signs >= np.maximum(CELLS_OF_A_ROW, SHARE_OF_A_ROW * numbers))


def _find_odd_words(blocks: Sequence[Block]) -> dict[int, set[str]]:
    """The different words of unknown meaning in each row that has any; one that many rows have is a new symbol."""
    odd: dict[int, set[str]] = {}
    for block in blocks:
        cells = block.cells
        unknown = cells.availability == _UNKNOWN
        if not unknown.any():
            continue
        often = np.bincount(cells.word[unknown], minlength=len(cells.words)) > max(1, SHARE_OF_BLANKS * len(unknown))
        for row in np.flatnonzero(unknown & ~often[cells.word]).tolist():
            odd.setdefault(row, set()).add(cells.words[cells.word[row]])
    return odd


def _find_holes(blamed: Mapping[int, Mapping[str, str]], rows: Rows, table: RawTable) -> np.ndarray:
    """Of the rows in which something is not believed, those with a blank where hardly any other school has one.

    A cell that is put in leaves a blank, one that is taken out leaves one at the end: that, and not a slip in the
    cell that is not believed, is what went wrong.
    """
    found = np.zeros(len(rows.line), dtype=bool)
    school = (rows.level == Level.SCHOOL).to_numpy() & (table.widths == len(table.header))
    if school.sum() < ENOUGH_ROWS:
        return found
    suspects = [row for row in blamed if school[row]]
    if not suspects:
        return found
    for name in table.header:
        cells = table.cells[name]
        holes = [row for row in suspects if not cells.iloc[row].strip()]
        if holes and np.count_nonzero((cells.str.strip() == "").to_numpy() & school) <= max(
            len(holes), SHARE_OF_BLANKS * school.sum()
        ):
            found[holes] = True
    return found


def _find_other_signs(block: Block, school: np.ndarray) -> np.ndarray:
    """Where a number has a per cent sign and the column's others have none, or the other way round."""
    numbers = school & ~np.isnan(block.cells.value)
    signed = block.cells.signed & numbers
    share = signed.sum() / max(numbers.sum(), 1)
    if share > 1 - SHARE_OF_A_COLUMN:
        return numbers & ~signed
    return signed if share < SHARE_OF_A_COLUMN else np.zeros(len(school), dtype=bool)


def _set_aside(
    blocks: Sequence[Block], blamed: Mapping[int, Mapping[str, str]], shifted: np.ndarray, table: RawTable
) -> list[Block]:
    by_column: dict[str, list[int]] = {}
    for row, columns in blamed.items():
        for column in columns:
            by_column.setdefault(column, []).append(row)
    if not by_column and not shifted.any():
        return list(blocks)
    return [_set_aside_in(block, by_column, shifted, table) for block in blocks]


def _set_aside_in(block: Block, by_column: Mapping[str, Sequence[int]], shifted: np.ndarray, table: RawTable) -> Block:
    def choose(names: Iterable[str]) -> np.ndarray:
        chosen = shifted.copy()
        for name in names:
            chosen[list(by_column.get(name, ()))] = True
        return chosen

    values = choose([block.column, *block.made_of]) & ~np.isnan(block.cells.value)
    words = table.cells[block.column][values].str.strip().tolist()
    bounds, pupils = choose(block.bound_columns), choose(block.cohort_columns)
    return replace(
        block,
        cells=block.cells.set_aside(values, Availability.QUESTIONED, words) if values.any() else block.cells,
        lower=np.where(bounds, np.nan, block.lower),
        upper=np.where(bounds, np.nan, block.upper),
        cohort=np.where(pupils, np.nan, block.cohort),
    )


# Words.


def _describe_cells(
    blamed: Mapping[int, Mapping[str, str]],
    shifted: np.ndarray,
    blocks: Sequence[Block],
    rows: Rows,
    table: RawTable,
) -> list[Fault]:
    values = {column for block in blocks for column in (block.column, *block.made_of)}
    counts = _list_counts(blocks)
    bounds = {column for block in blocks for column in block.bound_columns}
    faults = []
    for row, columns in blamed.items():
        if shifted[row]:
            continue
        for column, why in columns.items():
            if column not in values | counts | bounds:
                continue
            remedy = _PUPILS if column in counts else _CELL if column in values else _BOUND
            what = f"{_show(table, row, column)} is not believed and left out: {why}"
            faults.append(_fault(table, rows, row, column, what, remedy))
    return faults


def _describe_rows(shifted: np.ndarray, rows: Rows, table: RawTable) -> list[Fault]:
    what = (
        "too many cells of the row cannot be what their headings say, as if it were shifted: nothing of it is believed"
    )
    return [_fault(table, rows, int(row), None, what, _AGAIN) for row in np.flatnonzero(shifted)]


def _describe_doubts(blocks: Sequence[Block], shifted: np.ndarray, rows: Rows, table: RawTable) -> list[Fault]:
    """A fault for each cell that is needed beside figures and cannot be used, with all the figures it stands beside."""
    beside: dict[tuple[int, str, str], list[str]] = {}
    for block in blocks:
        for doubt in block.doubts:
            for place in np.flatnonzero(doubt.rows & ~shifted).tolist():
                beside.setdefault((place, doubt.column, doubt.remark), []).append(block.column)
    faults = []
    for (place, column, remark), figures in beside.items():
        named = ", ".join(figures[:FIGURES_NAMED])
        more = f" and {len(figures) - FIGURES_NAMED} more" if len(figures) > FIGURES_NAMED else ""
        judged = f"{named}{more} {'is' if len(figures) == 1 else 'are'} not judged"
        what = f"{_show(table, place, column) or 'nothing'} {remark}: {judged}"
        faults.append(_fault(table, rows, place, column, what, _BOUND))
    return faults


def _show(table: RawTable, row: int, column: str) -> str:
    return str(table.cells[column].iloc[row]).strip()


def _fault(table: RawTable, rows: Rows, row: int, column: str | None, what: str, remedy: str) -> Fault:
    urn = rows.urn.iloc[row]
    return Fault(table.file.name, int(table.lines[row]), column, what, remedy, None if pd.isna(urn) else int(urn))
