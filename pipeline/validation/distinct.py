"""The different rows of a frame: what one row answers, a million rows like it answer alike.

Most expectations judge each row by itself. Whether they hold for all rows of a country's file, its different rows tell,
and of the few columns that an expectation looks at there are few different rows. Whether rows repeat, those tell that
are like another. Expectations about the frame as a whole (how many rows there are) are asked of every row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

#: Frames with fewer rows are judged as they are.
FEW_ROWS = 20_000
#: Combined values are numbered anew where their numbers pass this: each number takes a place in an array.
_MOST_NUMBERS = 1 << 20
#: Expectations that hold for a frame exactly when they hold for its different rows. Others are asked of all rows.
OF_EACH_ROW = frozenset(
    {
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_not_be_in_set",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_null",
        "expect_column_values_to_not_be_null",
        "expect_column_value_lengths_to_be_between",
        "expect_column_pair_values_a_to_be_greater_than_b",
        "expect_column_pair_values_to_be_equal",
        "expect_column_max_to_be_between",
        "expect_column_distinct_values_to_contain_set",
    }
)
#: Expectations that hold for a frame exactly when they hold for those of its rows that are like another.
OF_LIKE_ROWS = frozenset({"expect_compound_columns_to_be_unique"})
_LARGEST = 1 << 62  # what a combined number may come to
_WIDEST = 1 << 31  # and the whole numbers of one column


class PackedRows(Protocol):
    """A frame that is put away, of which a column is given back when it is asked for."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def __getitem__(self, name: str) -> pd.Series: ...


#: What is checked: a frame, as it is or packed. A country's is looked at a column at a time.
Checked = pd.DataFrame | PackedRows


def lay_out(frame: Checked, names: Sequence[str], rows: np.ndarray | slice = slice(None)) -> pd.DataFrame:
    """The columns ``names`` of the ``rows``, by place."""
    columns = {name: frame[name].iloc[rows].reset_index(drop=True) for name in names}
    return pd.DataFrame(columns, index=None if columns else pd.RangeIndex(len(frame)), copy=False)


def part_by_columns(
    entries: Sequence[tuple[str, Mapping[str, Any], frozenset[str]]], frame: Checked
) -> list[tuple[tuple[int, ...], pd.DataFrame]]:
    """Which expectations to ask of which rows: places among ``entries`` and the frame for them.

    ``entries`` are each expectation's type, arguments and the columns it looks at. Together the frames answer what
    ``frame`` would. Those for all rows come first.
    """
    each, like = (
        [place for place, (what, how, _) in enumerate(entries) if len(frame) >= FEW_ROWS and _is_of(kinds, what, how)]
        for kinds in (OF_EACH_ROW, OF_LIKE_ROWS)
    )
    whole = sorted(set(range(len(entries))) - set(each) - set(like))
    looked_at_whole = frozenset[str]().union(*(entries[place][2] for place in whole))
    parts = [(tuple(whole), lay_out(frame, [name for name in frame if name in looked_at_whole]))] if whole else []
    for place in like:
        rows = find_like_rows([frame[name] for name in entries[place][1]["column_list"]])
        names = [name for name in frame if name in entries[place][2]]
        parts.append(((place,), lay_out(frame, names, rows if len(rows) else slice(1))))
    looked_at: dict[frozenset[str], list[int]] = {}
    for place in sorted(each, key=lambda place: -len(entries[place][2])):
        columns = entries[place][2]
        wider = next((known for known in looked_at if columns <= known), columns)
        looked_at.setdefault(wider, []).append(place)
    numbers: dict[str, np.ndarray] = {}
    for columns, places in looked_at.items():
        ordered = [name for name in frame if name in columns]
        for name in set(ordered) - set(numbers):
            numbers[name] = _number_values(frame[name])
        rows = find_different_rows([numbers[name] for name in ordered])
        parts.append((tuple(sorted(places)), lay_out(frame, ordered, rows)))
    return parts


def _is_of(kinds: frozenset[str], kind: str, kwargs: Mapping[str, Any]) -> bool:
    return kind in kinds and kwargs.get("mostly", 1) == 1


def _number_values(column: pd.Series) -> np.ndarray:
    """Each row's value as a number from 0, the same for the same value; of a type no wider than it needs."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        numbers = column.cat.codes.to_numpy() + np.int64(1)  # a missing one has the code -1
    else:
        numbers = pd.factorize(column, use_na_sentinel=False)[0]
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))


def find_different_rows(numbers: Sequence[np.ndarray]) -> np.ndarray:
    """The first place of each different row, in order, of columns whose values are numbered from 0."""
    together = numbers[0].astype("int64")
    for column in numbers[1:]:
        together *= int(column.max(initial=0)) + 1
        together += column
        if together.max(initial=0) > _MOST_NUMBERS:
            together = pd.factorize(together)[0]
    first = np.full(int(together.max(initial=-1)) + 1, len(together))
    first[together[::-1]] = np.arange(len(together))[::-1]  # of several, the one assigned last stands: the first row
    return np.sort(first[first < len(together)])


def find_like_rows(columns: Sequence[pd.Series]) -> np.ndarray:
    """The places of all rows that have the same values in all ``columns`` as another row; missing ones are alike."""
    together, size = np.zeros(len(columns[0]), dtype="int64"), 1
    for column in columns:
        numbers, most = _place_values(column)
        if size * most >= _LARGEST:
            together, known = pd.factorize(together)
            size = len(known)
        together *= most  # in place: a country's file has millions of rows
        together += numbers
        size *= most
    ordered = np.sort(together)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.flatnonzero(np.isin(together, repeated)) if len(repeated) else np.empty(0, dtype="int64")


def _place_values(column: pd.Series) -> tuple[np.ndarray, int]:
    """Each row's value as a number from 0, the same for the same value, and how many numbers there may be.

    Whole numbers count from the least: that costs less than to look each up.
    """
    known = column.dropna() if pd.api.types.is_integer_dtype(column.dtype) else column.iloc[:0]
    least, most = (0, 0) if known.empty else (int(known.min()), int(known.max()))
    if known.empty or most - least > _WIDEST:
        numbers = _number_values(column)
        return numbers, int(numbers.max(initial=0)) + 1
    return column.to_numpy(dtype="int64", na_value=least - 1) - (least - 1), most - least + 2
