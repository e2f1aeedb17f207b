"""What every source shares: a raw table as it lies in the file, and what reading it gives.

A *source* is one published family. It recognises its files by their headers, never by their names, and turns a
raw table into tidy frames plus an account of every row and column: nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.foundation.errors import Fault

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from pipeline.sources.tabular.headings import WantedColumn

#: The tables of columns, one a family.
ALIASES = Path(__file__).parent / "aliases"
#: Schools that lie in more authorities than this are a country's (England has some 150).
AUTHORITIES_OF_A_COUNTRY = 100


@dataclass(frozen=True)
class PublishedFile:
    """A file the user gave. ``name`` stands for it in every message and output (relative, never absolute)."""

    path: Path
    name: str
    year: int | None = None  # where the user said it
    family: str | None = None
    smallest_number: int = 0  # fewer pupils than these are withheld where the file is the edition's own


@dataclass(frozen=True)
class RawTable:
    """A file's cells as text. ``cells`` has the header's columns in order, "" where a ragged row stops short."""

    file: PublishedFile
    encoding: str
    header: tuple[str, ...]
    cells: pd.DataFrame
    lines: np.ndarray  # int32, the physical line each row starts on; the header is line 1
    widths: np.ndarray  # int32, how many fields each row really has
    sheet: str = ""  # of the workbook it was read from


@dataclass(frozen=True)
class Reading:
    """What one file gave. Frames are shaped by ``sources.frames``; None where the family has nothing of the kind."""

    observations: pd.DataFrame | None = None
    schools: pd.DataFrame | None = None
    inspections: pd.DataFrame | None = None
    links: pd.DataFrame | None = None
    subjects: pd.DataFrame | None = None
    names: pd.DataFrame | None = None  # of schools other than those the rows are about
    rows_by_kind: Mapping[str, int] = field(default_factory=dict)  # "mainstream school" → 315; sums to all rows
    columns_used: tuple[str, ...] = ()
    columns_unused: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    refused: tuple[Fault, ...] = ()  # what keeps the file out; what is read beside tells what else is wrong with it
    notes: tuple[str, ...] = ()
    year: int | None = None
    provisional: frozenset[int] = frozenset()  # lines that the file says are so
    by_laestab: bool = False  # the observations' schools bear their LAESTAB as URN until joining/laestabs.py joins them
    clashing: Reading | None = None  # rows that bear another row's URN, not used unless another file tells them apart


class Source(Protocol):
    """One family of published files."""

    family: str  # "ks2", "ks4", "absence", …

    @property
    def title(self) -> str:
        """What its files are called, in words, for messages."""

    def recognises(self, header: tuple[str, ...]) -> bool:
        """Whether a file with this header is of the family."""

    def find_year(self, table: RawTable) -> int | None:
        """The academic year the content itself states; None where only the path or the user can tell."""

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        """The columns the family reads, and which of them a whole file of ``year`` with this layout has."""

    def read(self, table: RawTable, year: int) -> Reading:
        """Turn the table into frames. ``year`` is the calendar year in which the file's academic year ends.

        A source with ``needs_year = False`` (lists of schools, inspections) is read without one: None.
        """
