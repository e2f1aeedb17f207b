"""The department's own figures, worked out again by this package: the proof that it reads and counts as they do.

Each function takes a frame of OBSERVATIONS as the readers give it and compares, school by school, what the department
published with what the method makes of the parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from pipeline.analysis.bands import band_key_stage_2, band_progress_8
from pipeline.analysis.figures import Figure, FigureTable, tabulate_schools
from pipeline.analysis.indicators.telling import find_usual_scale
from pipeline.analysis.pooling import add_counts, count_pupils, is_usable
from pipeline.analysis.windows import WINDOW
from pipeline.vocabulary import Level, PupilGroup, Unit


@dataclass(frozen=True)
class Reproduction:
    """How many published figures were compared, and the schools whose figure we do not get."""

    what: str
    compared: int
    unlike: tuple[str, ...]  # "URN 115908: published 31, found 31.6"

    @property
    def reproduced(self) -> int:
        return self.compared - len(self.unlike)


#: urn, published, found
_Pair = tuple[int, float, float | None]


def reproduce_progress_8_bands(observations: pd.DataFrame, year: int) -> Reproduction:
    """Progress 8 bands from score and interval, for every school with a published band."""

    def band(figure: Figure) -> int | None:
        return band_progress_8(figure.value, figure.lower, figure.upper)

    pairs = _pair_bands(observations, "ks4_progress8", year, band)
    return _compare("Progress 8 band", pairs, tolerance=0)


def reproduce_key_stage_2_bands(observations: pd.DataFrame, subject: str, year: int) -> Reproduction:
    """Key stage 2 progress bands of ``subject`` from score, interval and the year's thresholds."""

    def band(figure: Figure) -> int | None:
        return band_key_stage_2(subject, year, figure.value, figure.lower, figure.upper)

    pairs = _pair_bands(observations, f"ks2_{subject}_progress", year, band)
    return _compare(f"{subject} progress band", pairs, tolerance=0)


def reproduce_disadvantaged_difference(observations: pd.DataFrame, year: int, *, tolerance: float = 1) -> Reproduction:
    """The published difference of disadvantaged pupils: the school's own minus England's *other* pupils.

    Both parts are published in whole per cents, so rounding allows one point; every school that has both.
    """
    england = FigureTable(observations[observations["level"] == Level.ENGLAND_STATE])
    other = england.find(Level.ENGLAND_STATE, "ks2_rwm_expected", PupilGroup.OTHER)[year].number

    def pairs() -> Iterator[_Pair]:
        for urn, own in _schools_with(observations, "ks2_rwm_expected"):
            value = _number_in(own, "ks2_rwm_expected", PupilGroup.DISADVANTAGED, year)
            printed = _number_in(own, "ks2_rwm_expected_difference", PupilGroup.DISADVANTAGED, year)
            if value is not None and printed is not None:
                yield urn, printed, value - other

    return _compare("disadvantaged pupils minus England's other pupils", pairs(), tolerance=tolerance)


def reproduce_three_year_share(observations: pd.DataFrame, year: int, *, tolerance: float = 0.7) -> Reproduction:
    """The published three-year share at the expected standard, by our pooling of the three single years.

    Only schools whose three years are all published: the department also adds up years it withholds.
    """

    shares = find_usual_scale(Unit.PERCENT)

    def pairs() -> Iterator[_Pair]:
        for urn, own in _schools_with(observations, "ks2_rwm_expected"):
            printed = _number_in(own, "ks2_rwm_expected_3yr", PupilGroup.ALL, year)
            years = own.find(Level.SCHOOL, "ks2_rwm_expected", PupilGroup.ALL)
            figures = [years[past] for past in range(year - WINDOW + 1, year + 1) if past in years]
            whole = len(figures) == WINDOW and all(is_usable(figure, shares) for figure in figures)
            if printed is not None and whole:
                total = add_counts([count_pupils(figure) for figure in figures])
                yield urn, printed, 100 * total.count / total.pupils

    return _compare("three-year share at the expected standard", pairs(), tolerance=tolerance)


def _pair_bands(
    observations: pd.DataFrame, measure: str, year: int, band: Callable[[Figure], int | None]
) -> Iterator[_Pair]:
    for urn, own in _schools_with(observations, measure):
        printed = _number_in(own, f"{measure}_band", PupilGroup.ALL, year)
        figure = own.find(Level.SCHOOL, measure, PupilGroup.ALL).get(year)
        if printed is not None:
            yield urn, printed, band(figure) if figure is not None else None


def _schools_with(observations: pd.DataFrame, measure: str) -> Iterator[tuple[int, FigureTable]]:
    related = observations["measure"].astype(str).str.startswith(measure)
    yield from tabulate_schools(observations[related]).items()


def _number_in(own: FigureTable, measure: str, group: str, year: int) -> float | None:
    figure = own.find(Level.SCHOOL, measure, group).get(year)
    return figure.value if figure is not None else None


def _compare(what: str, pairs: Iterator[_Pair], *, tolerance: float) -> Reproduction:
    compared, unlike = 0, []
    for urn, printed, found in pairs:
        compared += 1
        if found is None or abs(found - printed) > tolerance + 1e-9:
            shown = "nothing" if found is None else f"{found:.4g}"
            unlike.append(f"URN {urn}: published {printed:g}, found {shown}")
    return Reproduction(what, compared, tuple(unlike))
