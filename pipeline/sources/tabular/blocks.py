"""One figure of one measure and year for all rows of a file: what readers make and what plausibility judges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.foundation.vocabulary import PupilGroup, Unit
from pipeline.sources.tabular.cells import CodedCells


@dataclass(frozen=True)
class Doubt:
    """Cells beside a figure (a bound, a number of pupils) that cannot be used although there is a figure."""

    column: str
    rows: np.ndarray  # mask
    remark: str  # why, after the cell's text


@dataclass(frozen=True)
class Block:
    """One figure of one measure and year, for all rows of the file.

    ``cohort_columns`` are those the cohort was taken from; it ``is_counted`` where it is a published count, not one
    rebuilt from a rounded share. A figure that is no published cell is ``made_of`` others beside ``column``. ``count``
    is the published number behind a percentage, where the file has it.
    """

    measure: str
    group: PupilGroup
    unit: Unit
    year: int
    column: str
    cells: CodedCells
    lower: np.ndarray
    upper: np.ndarray
    cohort: np.ndarray
    bound_columns: tuple[str, ...] = ()  # lower, upper
    cohort_columns: tuple[str, ...] = ()
    is_counted: bool = False
    made_of: tuple[str, ...] = ()
    count: np.ndarray | None = None
    count_column: str = ""
    doubts: tuple[Doubt, ...] = ()
