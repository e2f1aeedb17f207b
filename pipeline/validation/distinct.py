"""The different rows of a frame: what one row answers, a million rows like it answer alike.

Most expectations judge each row by itself. Whether they hold for all rows of a country's file, its different rows tell,
and of the few columns that an expectation looks at there are few different rows. Expectations about the frame as a
whole (how many rows there are, whether rows repeat) are asked of every row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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


def part_by_columns(
    entries: Sequence[tuple[str, Mapping[str, Any], frozenset[str]]], frame: pd.DataFrame
) -> list[tuple[tuple[int, ...], pd.DataFrame]]:
    """Which expectations to ask of which rows: places among ``entries`` and the frame for them.

    ``entries`` are each expectation's type, arguments and the columns it looks at. Together the frames answer what
    ``frame`` would. Those for all rows come first.
    """
    whole = [place for place, entry in enumerate(entries) if len(frame) < FEW_ROWS or not _is_of_each_row(*entry[:2])]
    parts = [(tuple(whole), frame)] if whole else []
    looked_at: dict[frozenset[str], list[int]] = {}
    for place in sorted(set(range(len(entries))) - set(whole), key=lambda place: -len(entries[place][2])):
        columns = entries[place][2]
        wider = next((known for known in looked_at if columns <= known), columns)
        looked_at.setdefault(wider, []).append(place)
    numbers: dict[str, np.ndarray] = {}
    for columns, places in looked_at.items():
        ordered = [name for name in frame if name in columns]
        for name in set(ordered) - set(numbers):
            numbers[name] = _number_values(frame[name])
        rows = find_different_rows([numbers[name] for name in ordered])
        parts.append((tuple(sorted(places)), frame[ordered].iloc[rows].reset_index(drop=True)))
    return parts


def _is_of_each_row(kind: str, kwargs: Mapping[str, Any]) -> bool:
    return kind in OF_EACH_ROW and kwargs.get("mostly", 1) == 1


def _number_values(column: pd.Series) -> np.ndarray:
    """Each row's value as a number from 0, the same for the same value."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy() + np.int64(1)  # a missing one has the code -1
    return pd.factorize(column, use_na_sentinel=False)[0]


def find_different_rows(numbers: Sequence[np.ndarray]) -> np.ndarray:
    """The first place of each different row, in order, of columns whose values are numbered from 0."""
    together = numbers[0]
    for column in numbers[1:]:
        together = together * (int(column.max(initial=0)) + 1) + column
        if together.max(initial=0) > _MOST_NUMBERS:
            together = pd.factorize(together)[0]
    first = np.full(int(together.max(initial=-1)) + 1, len(together))
    first[together[::-1]] = np.arange(len(together))[::-1]  # of several, the one assigned last stands: the first row
    return np.sort(first[first < len(together)])
