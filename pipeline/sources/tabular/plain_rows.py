"""The rows of a well-formed CSV, split all at once.

A country's file is mostly plain: its quotation marks stand where they should and no row is longer than the headings.
Such a file is cut into rows by counting commas and quotation marks, and into cells by Arrow. What is not as plain is
left to be read row by row, where every fault is found and told.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

_TAB, _NEWLINE, _RETURN, _BLANK, _QUOTE, _COMMA, _ASCII = (ord(mark) for mark in '\t\n\r ",\x7f')
#: Bytes that Arrow splits at a time.
_BLOCK = 4 << 20
#: The longest row that is taken as plain, in bytes: a longer one is most often a quotation mark never closed.
_LONGEST_ROW = 100_000


@dataclass(frozen=True)
class PlainRows:
    """The rows below the headings, as ``RawTable`` has them."""

    columns: list[pd.Series]
    lines: np.ndarray  # int32
    widths: np.ndarray  # int32


@dataclass(frozen=True)
class _Bounds:
    """Where rows lie in a file's bytes, blank rows among them, and what is known without splitting them."""

    starts: np.ndarray
    ends: np.ndarray  # without the line end
    lines: np.ndarray
    widths: np.ndarray
    spans_lines: bool  # whether a cell holds a line end

    def take(self, rows: np.ndarray) -> _Bounds:
        return _Bounds(self.starts[rows], self.ends[rows], self.lines[rows], self.widths[rows], self.spans_lines)


def read_plain_rows(text: str, width: int) -> PlainRows | None:
    """The rows of ``text`` below its headings, ``width`` columns wide; None where they are not plain."""
    content = text.encode()
    bounds = _find_rows(np.frombuffer(content, dtype=np.uint8))
    if bounds is None:
        return None
    bounds = bounds.take(_find_filled(content, bounds)[1:])
    if bounds.widths.max(initial=0) > width or (bounds.ends - bounds.starts).max(initial=0) > _LONGEST_ROW:
        return None
    padded = b"\n".join(
        content[start:end] + b"," * missing
        for start, end, missing in zip(
            bounds.starts.tolist(), bounds.ends.tolist(), (width - bounds.widths).tolist(), strict=True
        )
    )
    columns = _split_cells(padded, width, bounds.spans_lines)
    if columns is None:
        return None
    return PlainRows(columns, bounds.lines.astype("int32"), bounds.widths.astype("int32"))


def _find_rows(content: np.ndarray) -> _Bounds | None:
    """Every row's place; None where a quotation mark or a carriage return stands where it should not."""
    newlines, quotes = np.flatnonzero(content == _NEWLINE), np.flatnonzero(content == _QUOTE)
    returns = np.flatnonzero(content == _RETURN)
    framed = np.r_[np.uint8(_NEWLINE), content, np.uint8(_NEWLINE)]  # framed[i] is the byte before content[i]
    if (framed[returns + 2] != _NEWLINE).any() or not _are_quotes_plain(framed, quotes):
        return None
    within = (np.searchsorted(quotes, newlines) & 1).astype(bool)
    breaks = newlines[~within]
    starts, ends = np.r_[0, breaks + 1], np.r_[breaks, len(content)]
    ends = ends - ((framed[ends] == _RETURN) & (ends > starts))
    return _Bounds(
        starts,
        ends,
        np.asarray(np.searchsorted(newlines, starts) + 1),
        1 + _count_commas(framed, quotes, starts),
        bool(within.any()),
    )


def _are_quotes_plain(framed: np.ndarray, quotes: np.ndarray) -> bool:
    """Whether quotation marks stand around whole cells only, or doubled within them."""
    if len(quotes) % 2:
        return False
    before, after = framed[quotes[::2]], framed[quotes[1::2] + 2]
    opens = np.isin(before, (_COMMA, _NEWLINE, _QUOTE))
    closes = np.isin(after, (_COMMA, _NEWLINE, _RETURN, _QUOTE))
    return bool(opens.all() and closes.all())


def _count_commas(framed: np.ndarray, quotes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """How many commas part the cells of each row: those between quotation marks do not."""
    commas = framed == _COMMA
    count: np.ndarray = np.add.reduceat(commas, starts + 1, dtype="int32")
    if len(quotes):
        opens, quoted = quotes[::2], np.add.reduceat(commas, quotes + 1, dtype="int32")[::2]
        count = count - np.bincount(np.searchsorted(starts, opens, side="right") - 1, quoted, len(starts)).astype(int)
    return count


def _find_filled(content: bytes, bounds: _Bounds) -> np.ndarray:
    """The rows in which anything stands: only one that begins blank need be looked at."""
    filled = bounds.ends > bounds.starts
    first = np.frombuffer(content + b"\0\0", dtype=np.uint8)
    begins, second = first[bounds.starts], first[bounds.starts + 1]
    begins = np.where(begins == _QUOTE, second, begins)
    doubtful = filled & ((begins <= _BLANK) | (begins == _COMMA) | (begins == _QUOTE) | (begins > _ASCII))
    for row in np.flatnonzero(doubtful):
        cells = content[bounds.starts[row] : bounds.ends[row]].decode()
        filled[row] = any(cell.strip() for found in csv.reader(cells.splitlines(keepends=True)) for cell in found)
    return np.flatnonzero(filled)


def _split_cells(content: bytes, width: int, spans_lines: bool) -> list[pd.Series] | None:
    """Columns of text; None where Arrow does not split the rows."""
    names = [str(number) for number in range(width)]
    if not content:
        return [pd.Series([], dtype="str") for _ in names]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(content),
            pyarrow.csv.ReadOptions(column_names=names, block_size=_BLOCK, use_threads=False),
            pyarrow.csv.ParseOptions(newlines_in_values=spans_lines),
            pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), check_utf8=False),
        )
    except pa.ArrowInvalid:
        return None
    return [table.column(number).combine_chunks().to_pandas() for number in range(width)]
