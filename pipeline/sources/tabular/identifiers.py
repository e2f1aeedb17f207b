"""Numbers that name (URN, LAESTAB, trust UID), ages and dates, as publishers write them.

These cells are not measures: they hold no availability, only a number, a date, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from pipeline.foundation.errors import Fault
from pipeline.sources.reading import RawTable

#: Faults listed one by one for a column; the rest are counted in a last one.
FAULTS_LISTED = 20

_NUMBER = re.compile(r"(\d{1,9})(?:\.0+)?")
_DATE_ORDERS = (
    (re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})(?: .*)?"), (3, 2, 1)),
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?"), (1, 2, 3)),
    (re.compile(r"(\d{4})(\d{2})(\d{2})"), (1, 2, 3)),
)
#: What a register holds where it never knew the date.
_NO_DATES = ("1900-01-01", "1800-01-01")


def clear_words(text: pd.Series) -> pd.Series:
    """Texts without blanks around them; ``NULL`` and a lone point or dash become ""."""
    return convert_each(text, lambda cell: "" if cell.upper() in ("NULL", ".", "-") else cell)


def read_whole_numbers(text: pd.Series) -> pd.Series:
    """Int64 numbers from ``112469``, ``112469.0``; missing where the cell holds no such number."""
    codes, found = pd.factorize(text.fillna(""))
    spellings = pd.Series(found, dtype="str")
    plain = spellings.str.fullmatch("[0-9]{1,9}").to_numpy(dtype=bool)  # most are: they are read all at once
    numbers = pd.array(np.zeros(len(spellings), dtype="int64"), dtype="Int64")
    numbers[plain] = spellings[plain].astype("int64").to_numpy()
    numbers[~plain] = [_read_whole_number(spelling.strip()) for spelling in spellings[~plain]]
    return pd.Series(numbers.take(codes), index=text.index)


def read_dates(text: pd.Series) -> pd.Series:
    """ISO dates from ``31-08-2014``, ``31/08/2014``, ``20140831`` or ``2014-08-31``; "" where there is none."""
    return convert_each(text, _read_date)


def list_faults(table: RawTable, rows: pd.Series, column: str | None, what: str, remedy: str) -> list[Fault]:
    """One fault for each of the marked ``rows``; ``what`` may name the cell as ``{cell}``."""
    marked = np.flatnonzero(rows.to_numpy())
    faults = []
    for row in marked[:FAULTS_LISTED]:
        cell = repr(table.cells[column].iloc[row]) if column else "the row"
        faults.append(Fault(table.file.name, int(table.lines[row]), column, what.format(cell=cell), remedy))
    if len(marked) > FAULTS_LISTED:
        rest = f"{len(marked) - FAULTS_LISTED} more rows have the same fault"
        faults.append(Fault(table.file.name, None, column, rest, remedy))
    return faults


def list_unreadable_dates(table: RawTable, columns: list[str]) -> list[Fault]:
    """A fault for each cell of ``columns`` that holds text but no date."""
    faults = []
    for column in columns:
        text = clear_words(table.cells[column])
        unreadable = (text != "") & (read_dates(text) == "") & ~text.map(_is_no_date)
        remedy = "Write the date as dd-mm-yyyy, or leave the cell empty."
        faults += list_faults(table, unreadable, column, "{cell} is not a date", remedy)
    return faults


def convert_each(text: pd.Series, convert: Callable[[str], Any]) -> pd.Series:
    """Convert every different spelling once."""
    codes, spellings = pd.factorize(text.fillna(""))
    each = np.asarray(spellings, dtype=object)
    converted = pd.array([convert(str(spelling).strip()) for spelling in each], dtype=object)
    return pd.Series(converted[codes], index=text.index).astype(object).infer_objects()


def _read_whole_number(cell: str) -> Any:
    match = _NUMBER.fullmatch(cell.replace(",", ""))
    return int(match[1]) if match else pd.NA


def _read_date(cell: str) -> str:
    iso = _find_date(cell)
    return "" if iso in _NO_DATES else iso


def _is_no_date(cell: str) -> bool:
    return _find_date(cell) in _NO_DATES


@lru_cache(maxsize=100_000)
def _find_date(cell: str) -> str:
    for pattern, order in _DATE_ORDERS:
        if match := pattern.fullmatch(cell):
            try:
                return date(*(int(match[part]) for part in order)).isoformat()
            except ValueError:
                return ""
    return ""
