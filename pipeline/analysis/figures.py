"""Observations as plain records, found by measure, pupil group and year: what the method computes with.

A frame is walked once; everything after is arithmetic on small frozen objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.vocabulary import Availability, Level


@dataclass(frozen=True)
class Figure:
    """One published figure of one year. ``value`` is None unless ``availability`` is available."""

    year: int
    value: float | None
    lower: float | None = None  # the published 95% interval, where there is one
    upper: float | None = None
    cohort: float | None = None
    step: float | None = None  # the published rounding
    availability: Availability = Availability.AVAILABLE
    word: str = ""
    predecessor: bool = False
    file: str = ""
    line: int = 0

    @property
    def number(self) -> float:
        """The value, for callers who have made sure that there is one."""
        if self.value is None:
            raise ValueError(f"the figure of {self.year} is {self.availability}, not a number")
        return self.value

    @property
    def pupils(self) -> float:
        """The cohort in whole pupils, for callers who have made sure that it is known."""
        if self.cohort is None:
            raise ValueError(f"the figure of {self.year} has no cohort")
        return float(round(self.cohort))


#: year → figure, of one measure and group
Figures = Mapping[int, Figure]


class FigureTable:
    """The figures of one frame of OBSERVATIONS, by level, measure and pupil group."""

    def __init__(self, observations: pd.DataFrame | None = None) -> None:
        self._found: dict[tuple[str, str, str], dict[int, Figure]] = {}
        if observations is not None:
            for _, level, measure, group, figure in _walk(observations):
                self._add(level, measure, group, figure)

    def _add(self, level: str, measure: str, group: str, figure: Figure) -> None:
        years = self._found.setdefault((level, measure, group), {})
        known = years.get(figure.year)
        if known is None or _preference(figure) > _preference(known):
            years[figure.year] = figure

    def find(self, level: str, measure: str, group: str) -> Figures:
        """The figures by year, empty where there is none; of several for a year the preferred one."""
        return self._found.get((str(level), measure, str(group)), {})


def tabulate_schools(observations: pd.DataFrame) -> dict[int, FigureTable]:
    """The figures of every school in a frame of OBSERVATIONS, by URN in rising order."""
    schools: dict[int, FigureTable] = {}
    rows = observations[(observations["level"] == Level.SCHOOL) & observations["urn"].notna()]
    for urn, level, measure, group, figure in _walk(rows):
        schools.setdefault(int(urn), FigureTable())._add(level, measure, group, figure)
    return dict(sorted(schools.items()))


def _preference(figure: Figure) -> tuple[bool, bool]:
    """A number before none; the school's own before its predecessor's."""
    return figure.value is not None, not figure.predecessor


_COLUMNS = (
    "level", "measure", "group", "year", "value", "lower", "upper", "cohort", "step",
    "availability", "word", "urn", "published_urn", "file", "line",
)  # fmt: skip


def _walk(observations: pd.DataFrame) -> Iterable[tuple[Any, str, str, str, Figure]]:
    columns = (observations[name].tolist() for name in _COLUMNS)
    for level, measure, group, year, value, low, high, cohort, step, state, word, urn, published, file, line in zip(
        *columns, strict=True
    ):
        availability = Availability(state)
        number = _number(value) if availability is Availability.AVAILABLE else None
        if availability is Availability.AVAILABLE and number is None:
            availability = Availability.NOT_AVAILABLE
        yield (
            urn,
            str(level),
            str(measure),
            str(group),
            Figure(
                year=int(year),
                value=number,
                lower=_number(low) if number is not None else None,
                upper=_number(high) if number is not None else None,
                cohort=_number(cohort),
                step=_number(step),
                availability=availability,
                word=_text(word),
                predecessor=_differ(urn, published),
                file=_text(file),
                line=0 if pd.isna(line) else int(line),
            ),
        )


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _differ(urn: Any, published: Any) -> bool:
    return not (pd.isna(urn) or pd.isna(published)) and urn != published
