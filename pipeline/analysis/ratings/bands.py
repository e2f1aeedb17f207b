"""The department's own bands of progress, reproduced from its rule. They stand beside our ratings, never in them.

A band looks at one school and one year alone, with no control for how many figures are looked at; so a school may be
"below average" here and "in line" in our rating.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from pipeline.foundation.yaml_files import Record, read_record

Subject = Literal["reading", "writing", "maths"]


class ProgressBand(IntEnum):
    """Numbered as the department publishes them."""

    WELL_ABOVE = 1
    ABOVE = 2
    AVERAGE = 3
    BELOW = 4
    WELL_BELOW = 5

    @property
    def words(self) -> str:
        """As the department writes it: ``well above average``."""
        return "average" if self is ProgressBand.AVERAGE else f"{self.name.lower().replace('_', ' ')} average"


class Thresholds(Record):
    """What one year's published bands settle of its thresholds, in progress points."""

    well_above_from: float
    above_up_to: float
    well_below_from: float
    below_down_to: float

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if not self.well_below_from < self.below_down_to < 0 < self.above_up_to < self.well_above_from:
            raise ValueError("well_below_from < below_down_to < 0 < above_up_to < well_above_from must hold")
        return self


class ProgressThresholds(Record):
    """The thresholds of key stage 2 progress by calendar year of the results and subject."""

    source: str
    reviewed: date
    years: dict[int, dict[Subject, Thresholds]]


@lru_cache(maxsize=1)
def load_progress_thresholds() -> ProgressThresholds:
    """The thresholds of ``progress_bands.yaml``; raises FaultyInput naming every mistake in it."""
    return read_record(Path(__file__).parent / "progress_bands.yaml", ProgressThresholds)


def band_progress_8(score: float | None, lower: float | None, upper: float | None) -> ProgressBand | None:
    """Band a Progress 8 score with its published 95% interval; None where any of the three is missing.

    Rule: Department for Education, Secondary accountability measures. The half-point marks are at or over 0.5, and
    under -0.5.
    """
    return _band(score, lower, upper, lambda value: value >= 0.5, lambda value: value < -0.5)


def band_key_stage_2(
    subject: str, year: int, score: float | None, lower: float | None, upper: float | None
) -> ProgressBand | None:
    """Band a key stage 2 progress score with its published 95% interval.

    None where a part is missing, the year's thresholds are not known, or the score lies where they are not settled.
    """
    subjects = load_progress_thresholds().years.get(year, {})
    thresholds = next((each for name, each in subjects.items() if name == subject), None)
    if thresholds is None or score is None:
        return None
    band = _band(
        score,
        lower,
        upper,
        lambda value: value > thresholds.above_up_to,
        lambda value: value < thresholds.below_down_to,
    )
    if band is ProgressBand.WELL_ABOVE and score < thresholds.well_above_from:
        return None
    if band is ProgressBand.WELL_BELOW and score > thresholds.well_below_from:
        return None
    return band


def _band(
    score: float | None,
    lower: float | None,
    upper: float | None,
    is_high: Callable[[float], bool],
    is_low: Callable[[float], bool],
) -> ProgressBand | None:
    if score is None or lower is None or upper is None or any(map(math.isnan, (score, lower, upper))):
        return None
    if lower > 0:
        return ProgressBand.WELL_ABOVE if is_high(score) else ProgressBand.ABOVE
    if upper < 0:
        return ProgressBand.WELL_BELOW if is_low(score) else ProgressBand.BELOW
    return ProgressBand.AVERAGE
