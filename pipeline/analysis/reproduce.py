"""The department's own figures, worked out again by this package: the proof that it reads and counts as they do.

Each function takes a frame of OBSERVATIONS as the readers give it and compares, school by school, what the department
published with what the method makes of the parts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from pipeline.analysis.grids.figures import Figure, Figures, FigureTable, tabulate_schools
from pipeline.analysis.grids.grid import Grid, stack
from pipeline.analysis.grids.pooling import SLACK, Pooled, pool_grid
from pipeline.analysis.indicators import Indicator, load_indicators
from pipeline.analysis.indicators.telling import find_usual_scale
from pipeline.analysis.indicators.windows import WINDOW, list_comparable, list_window
from pipeline.analysis.ratings.bands import band_key_stage_2, band_progress_8
from pipeline.analysis.school_grid import lay_out_windows, pick_window
from pipeline.foundation.vocabulary import Level, PupilGroup, Unit, count_noun, name_academic_year
from pipeline.sources.joining.tellings import WITHHELD

_SHARES = find_usual_scale(Unit.PERCENT)


@dataclass(frozen=True)
class Reproduction:
    """How many published figures were compared, and the schools whose figure we do not get: without a reason, and with.

    A withheld year is named, never worked out: what is printed of it is what single years give without it.
    """

    what: str
    compared: int
    unlike: tuple[str, ...]  # "URN 115908: published 31, found 31.6"
    explained: tuple[str, ...] = ()  # the same with the reason

    @property
    def reproduced(self) -> int:
        return self.compared - len(self.unlike) - len(self.explained)


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


#: The department's three-year figures: our indicator, and the published measure.
THREE_YEARS = {
    "ks2_rwm_expected": "ks2_rwm_expected_3yr",
    "ks2_rwm_higher": "ks2_rwm_higher_3yr",
    "ks2_reading_score": "ks2_reading_score_3yr",
    "ks2_maths_score": "ks2_maths_score_3yr",
}
#: Shares by which it is seen that a year's percentages are of fewer pupils than the file counts.
_OF_ELIGIBLE = re.compile(r"ks2_\w+_(expected|higher)")
#: A score is an average of the pupils who have one: of those counted at least this part.
_LEAST_WITH_A_SCORE = 0.8


def reproduce_three_years(
    observations: pd.DataFrame, year: int, links: pd.DataFrame | None = None
) -> tuple[Reproduction, ...]:
    """The published three-year shares, scores and pupils of every school that has them, by our pooling.

    A share agrees where a count that the single years' rounding allows gives the printed whole per cent; pupils agree
    where they are equal; a score where it lies within the rounding of the printed one and of its years (half a step
    each). What does not agree is explained where the files show the reason: a year whose own figure is withheld or
    told by no file (``links`` say where that is a merger's), which the department adds in; a year whose percentages
    are of fewer pupils than the file counts; years weighed by pupils with a score.
    """
    merged = set() if links is None else {int(urn) for urn in links.loc[~links["chained"].astype(bool), "urn"]}
    schools = list(_schools_with(observations, "ks2_"))
    indicators = {one.key: one for one in load_indicators()}
    found = []
    for key, published in THREE_YEARS.items():
        about = [
            _ThreeYears(urn, own, indicators[key], published, year, urn in merged, pooled)
            for (urn, own), pooled in zip(schools, _pool_schools(schools, indicators[key], year), strict=True)
        ]
        printed = [one for one in about if one.printed is not None and one.printed.value is not None]
        found.append(_settle(f"three years: {indicators[key].title}", printed, _ThreeYears.settle_value))
        if key == "ks2_rwm_expected":
            counted = [one for one in about if one.printed is not None and one.printed.cohort is not None]
            found.append(_settle("three years: pupils", counted, _ThreeYears.settle_pupils))
    return tuple(found)


def _pool_schools(schools: Sequence[tuple[int, FigureTable]], indicator: Indicator, year: int) -> list[Pooled]:
    """One indicator of every school pooled; one row each."""
    windows = [
        pick_window(indicator, own.find(Level.SCHOOL, indicator.measure, PupilGroup.ALL), year) for _, own in schools
    ]
    if not windows:
        return []
    pooled = pool_grid(stack((lay_out_windows([indicator], [window], year) for window in windows), len(windows)))
    return [Pooled(**{name: array[row] for name, array in vars(pooled).items()}) for row in range(len(windows))]


@dataclass(frozen=True)
class _ThreeYears:
    """One published three-year figure of one school, and what our pooling makes of its years."""

    urn: int
    own: FigureTable
    indicator: Indicator
    published: str
    year: int
    is_merged: bool
    pooled: Pooled  # of one row; (indicators,)

    @cached_property
    def printed(self) -> Figure | None:
        return self.own.find(Level.SCHOOL, self.published, PupilGroup.ALL).get(self.year)

    @cached_property
    def figures(self) -> Figures:
        return self.own.find(Level.SCHOOL, self.indicator.measure, PupilGroup.ALL)

    @property
    def years(self) -> list[int]:
        """The years pooled."""
        window = list_window(self.indicator, self.year)
        return [past for past, used in zip(window, self.pooled.used[0], strict=True) if used]

    @property
    def weights(self) -> list[float]:
        return self.pooled.weights[0][self.pooled.used[0]].tolist()

    @property
    def value(self) -> float | None:
        return float(self.pooled.value[0]) if self.years else None

    @property
    def pupils(self) -> float:
        return sum(self.weights)

    @property
    def is_withheld_in_a_year(self) -> bool:
        window = [self.figures.get(past) for past in list_comparable(self.indicator, self.year)]
        return any(figure is not None and figure.availability in WITHHELD for figure in window)

    def settle_pupils(self) -> tuple[bool, str, str]:
        """Whether ours are the department's, the reason where not, and both in words."""
        theirs = self._printed.pupils
        words = f"published {theirs:g} pupils, found {self.pupils:g}"
        return self.pupils == theirs, "" if self.pupils == theirs else self._explain_missing(), words

    def settle_value(self) -> tuple[bool, str, str]:
        printed, value = self._printed, self.value
        shown = "nothing" if value is None else f"{value:.4g}"
        words = f"published {printed.number:g}, found {shown}"
        if missing := self._explain_missing():
            return False, missing, words
        if value is None:
            return False, "", words
        if self.indicator.unit == Unit.PERCENT:
            return self._settle_share(words)
        rounding = (
            self._half
            + sum(w * (self.figures[y].step or 1) / 2 for y, w in zip(self.years, self.weights, strict=True))
            / self.pupils
        )
        if abs(value - printed.number) <= rounding + SLACK:
            return True, "", words
        low, high = self._weigh_fewer()
        possible = low - rounding - SLACK <= printed.number <= high + rounding + SLACK
        return (
            False,
            "the department weighs years by pupils with a score, which no file counts" if possible else "",
            words,
        )

    @property
    def _printed(self) -> Figure:
        assert self.printed is not None
        return self.printed

    @property
    def _half(self) -> float:
        return (self._printed.step or 1) / 2

    def _settle_share(self, words: str) -> tuple[bool, str, str]:
        pupils = self._printed.cohort or self.pupils
        if self._gives_printed(float(self.pooled.lowest[0]), float(self.pooled.highest[0]), pupils):
            return True, "", words
        fewer = {past: self._find_fewer(past) for past in self.years}
        if not any(fewer.values()):
            return False, "", words
        recounted = {
            past: replace(self.figures[past], cohort=self.figures[past].pupils - without)
            for past, without in fewer.items()
        }
        again = pool_grid(self._lay_out(recounted))
        if not self._gives_printed(float(again.lowest[0, 0]), float(again.highest[0, 0]), pupils):
            return False, "", words
        named = " and ".join(
            f"{name_academic_year(past)} is of {count_noun(without, 'pupil')} fewer than counted"
            for past, without in fewer.items()
            if without
        )
        return False, f"by its other shares, {named}", words

    def _lay_out(self, figures: Figures) -> Grid:
        return lay_out_windows([self.indicator], [pick_window(self.indicator, figures, self.year)], self.year)

    def _gives_printed(self, lowest: float, highest: float, pupils: float) -> bool:
        """Whether some whole number of pupils gives the printed share; halves are rounded up."""
        least = math.ceil((self._printed.number - self._half) * pupils / 100 - SLACK)
        most = math.ceil((self._printed.number + self._half) * pupils / 100 - SLACK) - 1
        return max(least, math.ceil(lowest - SLACK)) <= min(most, math.floor(highest + SLACK))

    def _find_fewer(self, past: int) -> int:
        """How many pupils fewer than counted the year's shares must be of: 0 where all are possible as they are."""
        needed = 0
        for measure, group in self.own.list_charts(Level.SCHOOL):
            figure = self.own.find(Level.SCHOOL, measure, group).get(past)
            if _OF_ELIGIBLE.fullmatch(measure) and figure is not None and _is_share(figure):
                sizes = range(int(figure.pupils), max(int(figure.pupils) - 4, 0), -1)
                fits = [
                    place for place, size in enumerate(sizes) if _is_share_of(figure.number, size, figure.step or 1)
                ]
                needed = max(needed, fits[0] if fits else 0)
        return needed

    def _weigh_fewer(self) -> tuple[float, float]:
        """The lowest and highest average where each year weighs by any part of its pupils that may have a score."""
        values = np.array([self.figures[past].number for past in self.years])
        parts = product((_LEAST_WITH_A_SCORE, 1.0), repeat=len(values))
        averages = [float(np.average(values, weights=np.multiply(part, self.weights))) for part in parts]
        return min(averages), max(averages)

    def _explain_missing(self) -> str:
        """Which years the department has and our pool has not, and why; "" where none, or where that is not why."""
        window = range(self.year - WINDOW + 1, self.year + 1)
        missing = [past for past in window if past not in self.years]
        theirs = self._printed.cohort
        if not missing or theirs is None or theirs <= self.pupils:
            return ""
        eligible = self.own.find(Level.SCHOOL, "ks2_eligible_pupils", PupilGroup.ALL)
        counts = [eligible[past].value for past in missing if past in eligible and eligible[past].value is not None]
        if len(counts) == len(missing) and self.pupils + sum(filter(None, counts)) != theirs:
            return ""
        return "the department adds in " + " and ".join(self._describe_missing(past) for past in missing)

    def _describe_missing(self, past: int) -> str:
        figure, named = self.figures.get(past), name_academic_year(past)
        if figure is not None and figure.availability in WITHHELD:
            return f"{named}, whose own figure is withheld"
        if figure is not None and figure.value is not None:
            return f"{named}, whose pupils no file counts"
        return f"{named}, of which no file tells a figure of its own" + (
            " (a merger or split)" if self.is_merged else ""
        )


def _is_share(figure: Figure) -> bool:
    """Whether a figure is a percentage of a known number of pupils."""
    return figure.value is not None and _SHARES.reaches(figure.value) and bool(figure.cohort) and figure.pupils > 0


def _is_share_of(value: float, pupils: int, step: float) -> bool:
    """Whether a whole number of ``pupils`` gives the percentage ``value``, halves rounded up."""
    return math.ceil((value - step / 2) * pupils / 100 - SLACK) < math.ceil((value + step / 2) * pupils / 100 - SLACK)


def _settle(
    what: str, figures: list[_ThreeYears], settle: Callable[[_ThreeYears], tuple[bool, str, str]]
) -> Reproduction:
    unlike: list[str] = []
    explained: list[str] = []
    for one in figures:
        agrees, reason, words = settle(one)
        if reason:
            shown = "" if one.is_withheld_in_a_year else f"{words}: "  # the two together would tell what is withheld
            explained.append(f"URN {one.urn}: {shown}{reason}")
        elif not agrees:
            unlike.append(f"URN {one.urn}: {words}")
    return Reproduction(what, len(figures), tuple(unlike), tuple(explained))


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
        if found is None or abs(found - printed) > tolerance + SLACK:
            shown = "nothing" if found is None else f"{found:.4g}"
            unlike.append(f"URN {urn}: published {printed:g}, found {shown}")
    return Reproduction(what, compared, tuple(unlike))
