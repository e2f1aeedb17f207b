"""All rows of a grid pooled, compared and rated by the rules that ``rating`` applies to one school."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.analysis.indicators import Indicator

#: Ratings as numbers: an array of them can be counted.
STRENGTH, IN_LINE, GAP, NOT_RATED = 1, 0, -1, -2


@dataclass(frozen=True)
class Judged:
    """The ratings of many rows (schools, or resamples of one)."""

    indicators: tuple[Indicator, ...]
    comparators: tuple[str, ...]
    rating: np.ndarray  # int8 (rows, comparators, indicators)
    persistent: np.ndarray  # bool (rows, indicators): on the gap side of England in each of three years
    value: np.ndarray  # float (rows, indicators): pooled
    lower: np.ndarray  # 95% interval of the pooled value
    upper: np.ndarray
    pupils: np.ndarray  # pooled, as they count for chance
    tested: np.ndarray  # int (rows,): comparisons under the false-discovery control
