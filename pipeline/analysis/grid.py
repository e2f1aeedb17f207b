"""The published figures of many schools at once, as arrays: what is done for all schools of an edition, or a thousand
times for one, is done here without a loop over schools.

Rows are schools (or resamples of one); then indicators; then the three academic years of the window, oldest first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.analysis.indicators import Indicator


@dataclass(frozen=True)
class Grid:
    """Figures as published; NaN where there is no number that can be used."""

    indicators: tuple[Indicator, ...]
    year: int  # the last of the three
    value: np.ndarray  # (rows, indicators, 3), in each indicator's unit
    pupils: np.ndarray  # the cohort in whole pupils
    step: np.ndarray  # the published rounding
    lower: np.ndarray  # published 95% intervals; NaN elsewhere
    upper: np.ndarray


@dataclass(frozen=True)
class Baselines:
    """What the rows of a grid are compared with. Every array has as many rows as the grid, or one for all rows."""

    comparator: str
    value: np.ndarray  # (rows, indicators, 3); NaN where there is none
    rounding: np.ndarray  # half the published step
    pupils: np.ndarray  # on whom a value rests; infinity where chance is not at issue (England)
    error: np.ndarray  # published intervals: the value's standard error; else 0
    fits: np.ndarray  # (rows, indicators): whether the comparison is fair at all
