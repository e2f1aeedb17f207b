"""The published figures of many schools at once, as arrays: what is done for all schools of an edition, or a thousand
times for one, is done here without a loop over schools.

Rows are schools (or resamples of one); then indicators; then the three academic years of each indicator's own window,
oldest first. A year from before a break holds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.analysis.grids.comparators import (
    CENSUS_LEVELS,
    ENGLAND,
    NOT_LIKE_ALL_SCHOOLS,
    SIMILAR_SCHOOLS,
    find_census_level,
    is_like_england,
)
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.indicators.windows import WINDOW, find_places
from pipeline.foundation.vocabulary import Availability, Level
from pipeline.sources.joining.tellings import NOT_TOLD, prefer_rows

#: The columns of OBSERVATIONS that are looked at.
COLUMNS = (
    *("level", "urn", "published_urn", "measure", "group", "year"),
    *("value", "lower", "upper", "cohort", "step", "availability"),
)


_ARRAYS = ("value", "pupils", "step", "lower", "upper")
_BASELINE_ARRAYS = ("value", "rounding", "pupils", "error", "fits")


@dataclass(frozen=True)
class Grid:
    """Figures as published; NaN where there is no number that can be used."""

    indicators: tuple[Indicator, ...]
    year: int  # the year under review: the last of the three, but for what is published years behind
    value: np.ndarray  # (rows, indicators, 3), in each indicator's unit
    pupils: np.ndarray  # the cohort in whole pupils
    step: np.ndarray  # the published rounding
    lower: np.ndarray  # published 95% intervals; NaN elsewhere
    upper: np.ndarray
    drift: np.ndarray  # (indicators,): how many times the variance of chance single years have; 1 where chance is all

    @property
    def years(self) -> np.ndarray:
        """The academic years of every indicator (indicators, 3)."""
        return find_places(self.indicators, self.year)[0]

    def take(self, rows: np.ndarray | slice) -> Grid:
        """The grid of the ``rows`` chosen, by place or mask."""
        parts = {name: getattr(self, name)[rows] for name in _ARRAYS}
        return replace(self, **parts)

    def choose(self, places: Sequence[int] | np.ndarray | slice) -> Grid:
        """The grid of the indicators at ``places`` alone."""
        parts = {name: getattr(self, name)[:, places] for name in _ARRAYS}
        chosen = tuple(self.indicators[place] for place in np.arange(len(self.indicators))[places])
        return replace(self, indicators=chosen, drift=self.drift[places], **parts)

    def allow_for(self, drift: np.ndarray | float) -> Grid:
        """The same figures, whose years are known to vary ``drift`` times as much as chance alone would let them."""
        return replace(self, drift=np.broadcast_to(np.asarray(drift, float), (len(self.indicators),)))


@dataclass(frozen=True)
class Baselines:
    """What the rows of a grid are compared with. Every array has as many rows as the grid, or one for all rows."""

    comparator: str
    value: np.ndarray  # (rows, indicators, 3); NaN where there is none
    rounding: np.ndarray  # half the published step
    pupils: np.ndarray  # on whom a value rests; infinity where chance is not at issue (England)
    error: np.ndarray  # published intervals: the value's standard error; else 0
    fits: np.ndarray  # (rows, indicators): whether the comparison is fair at all

    def take(self, rows: np.ndarray | slice) -> Baselines:
        """The baselines of the ``rows`` chosen, by place or mask."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _BASELINE_ARRAYS})

    def choose(self, places: Sequence[int] | np.ndarray) -> Baselines:
        """The baselines of the indicators at ``places`` alone."""
        return replace(self, **{name: getattr(self, name)[:, places] for name in _BASELINE_ARRAYS})


def find_ends(indicators: Sequence[Indicator]) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest value each indicator can have (indicators,); infinite where its scale has no end."""
    scales = [one.scale for one in indicators]
    return np.array([scale.lowest for scale in scales]), np.array([scale.highest for scale in scales])


def find_directions(indicators: Sequence[Indicator]) -> np.ndarray:
    """1 where more is better, -1 where less is (indicators,): what a difference is multiplied by to be good news."""
    return np.array([-1.0 if one.lower_is_better else 1.0 for one in indicators])


def find_pupil_spreads(indicators: Sequence[Indicator]) -> np.ndarray:
    """How far single pupils lie apart in each average, as it states (indicators,); NaN for what is no average."""
    return np.array([np.nan if one.pupil_sd is None else one.pupil_sd.value for one in indicators])


def keep_possible(indicators: Sequence[Indicator], value: np.ndarray) -> np.ndarray:
    """``value`` (rows, indicators, 3) with NaN for what the indicators' scales do not reach."""
    least, most = (ends[:, None] for ends in find_ends(indicators))
    return np.where((value >= least) & (value <= most), value, np.nan)


def lay_out(
    observations: pd.DataFrame, urns: Sequence[int] | np.ndarray, indicators: Sequence[Indicator], year: int
) -> Grid:
    """Lay out the figures of the schools ``urns`` (a row each, in this order) from OBSERVATIONS.

    Of several figures for one place that which ``sources.tellings`` prefers stands, as in one school's analysis. The
    grid allows for chance alone until ``allow_for`` says how years vary.
    """
    named = observations["urn"].fillna(-1).to_numpy(dtype="int64")
    places = pd.Index(np.asarray(urns, dtype="int64")).get_indexer(named)
    places[(observations["level"] != Level.SCHOOL).to_numpy() | (named < 0)] = -1
    wanted = _want(indicators, [str(indicator.group) for indicator in indicators], year)
    figures = _keep_figures(observations, places, wanted)
    arrays = _scatter(figures, len(urns), wanted, ("value", "cohort", "step", "lower", "upper"))
    pupils = np.round(arrays.pop("cohort"))
    return Grid(tuple(indicators), year, pupils=pupils, drift=np.ones(len(indicators)), **arrays)


def stack(grids: Iterable[Grid], rows: int) -> Grid:
    """One grid of the ``rows`` of all, at least one, which are of the same indicators and year.

    Each is let go once its rows are copied: a country's figures need not lie in memory twice.
    """
    joined: dict[str, Any] = {}
    filled = 0
    for grid in grids:
        if not joined:
            shape = (
                rows,
                *grid.value.shape[1:],
            )  # laid out as each is: in another order sums differ in their last digit
            joined = {name: np.empty_like(getattr(grid, name), shape=shape) for name in _ARRAYS}
        for name in _ARRAYS:
            joined[name][filled : filled + len(grid.value)] = getattr(grid, name)
        filled += len(grid.value)
    return replace(grid, **joined)


def lay_out_england(
    areas: pd.DataFrame, schools: pd.DataFrame, indicators: Sequence[Indicator], year: int
) -> Baselines:
    """England's figures for each school of ``schools`` (SCHOOLS, a row each): state-funded, or of its census phase."""
    shape = (len(schools), len(indicators), WINDOW)
    value, step = np.full(shape, np.nan), np.zeros(shape)
    fits = np.ones(shape[:2], dtype=bool)
    phases, census = schools["phase"].astype(str).to_numpy(), schools["census_phase"].astype(str).to_numpy()
    kinds, kind_of = np.unique(phases, return_inverse=True)
    unlike = np.isin(phases, list(NOT_LIKE_ALL_SCHOOLS))
    counted = np.array([find_census_level(*pair) is not None for pair in zip(phases, census, strict=True)], dtype=bool)
    wanted = _want(indicators, [str(indicator.group) for indicator in indicators], year)
    levels = [Level.ENGLAND_STATE, *CENSUS_LEVELS.values()]
    rows = areas[areas["level"].isin(levels)]
    row_of_level = np.array([levels.index(Level(level)) for level in rows["level"]], dtype=int)
    national = _scatter(_keep_figures(rows, row_of_level, wanted), len(levels), wanted, ("value", "step"))
    for place, indicator in enumerate(indicators):
        by_phase = indicator.baseline == "census_phase"
        like = np.array([is_like_england(indicator, phase) for phase in kinds], dtype=bool)[kind_of]
        fits[:, place] = like & (counted if by_phase else ~unlike)
        if indicator.method == "published_interval":
            value[:, place] = 0.0  # progress is measured from England's average: 0 by definition
        elif by_phase:
            for level, phase in enumerate(CENSUS_LEVELS, start=1):
                value[counted & (census == phase), place] = national["value"][level, place]
                step[counted & (census == phase), place] = np.nan_to_num(national["step"][level, place])
        else:
            value[:, place] = national["value"][0, place]
            step[:, place] = np.nan_to_num(national["step"][0, place])
    value = keep_possible(indicators, value)
    nothing, endless = np.broadcast_to(0.0, shape), np.broadcast_to(np.inf, shape)
    return Baselines(ENGLAND, value, step / 2, endless, nothing, fits)


def lay_out_similar(
    figures: pd.DataFrame, urns: Sequence[int] | np.ndarray, indicators: Sequence[Indicator], year: int
) -> Baselines:
    """The figures of each school's similar schools (SIMILAR_FIGURES) for the schools ``urns``, a row each."""
    wanted = _want(indicators, [str(indicator.group) for indicator in indicators], year)
    row = pd.Index(np.asarray(urns, dtype="int64")).get_indexer(figures["urn"].astype("int64"))
    when = wanted.place_years(figures["year"])
    inside = (row >= 0) & (when >= 0)
    laid = figures.assign(row=row, when=when)[inside]
    arrays = _scatter(laid, len(urns), wanted, ("value", "pupils", "error"))
    fits = ~np.isnan(arrays["value"]).all(axis=2)
    error = np.nan_to_num(arrays["error"])
    rounding = np.zeros(error.shape)  # averaged over many schools it is of no account
    return Baselines(SIMILAR_SCHOOLS, arrays["value"], rounding, arrays["pupils"], error, fits)


@dataclass(frozen=True)
class _Wanted:
    """What is looked for: the measure and pupil group of every indicator, and the years of its window."""

    pairs: tuple[tuple[str, str], ...]  # of each indicator
    years: np.ndarray  # (indicators, 3)
    comparable: np.ndarray  # (indicators, 3): not from before a break

    @property
    def distinct(self) -> list[tuple[str, str]]:
        """Every pair once."""
        return list(dict.fromkeys(self.pairs))

    @property
    def first(self) -> int:
        """The earliest year looked at for any indicator."""
        return int(self.years.min(initial=_NO_YEAR))

    @property
    def span(self) -> int:
        """How many years lie between the earliest and the latest, both included."""
        return max(0, int(self.years.max(initial=0)) - self.first + 1)

    def place_years(self, years: pd.Series) -> np.ndarray:
        """How long after the earliest year each lies; -1 where it is not looked at for any indicator."""
        when = years.to_numpy(dtype="int64") - self.first
        return np.where((when >= 0) & (when < self.span), when, -1)


_NO_YEAR = 9999


def _want(indicators: Sequence[Indicator], groups: Sequence[str], year: int) -> _Wanted:
    pairs = tuple((indicator.measure, group) for indicator, group in zip(indicators, groups, strict=True))
    return _Wanted(pairs, *find_places(indicators, year))


def _keep_figures(rows: pd.DataFrame, places: np.ndarray, wanted: _Wanted) -> pd.DataFrame:
    """The figures that are ``wanted``, with ``row`` and ``when`` (0 the earliest year of any window).

    Rows whose place is -1 are left out, and cells that tell nothing. Of several for one place that which
    ``sources.tellings`` prefers stands last. A whole country has millions of rows: they are copied once.
    """
    when = wanted.place_years(rows["year"])
    chosen = ~rows["availability"].isin([str(kind) for kind in NOT_TOLD]).to_numpy()
    chosen &= (places >= 0) & (when >= 0) & (_find_places(rows, wanted.distinct) >= 0)
    kept = np.flatnonzero(chosen)
    figures = rows[list(COLUMNS)].take(kept)
    order = np.argsort(prefer_rows(figures), kind="stable")[::-1]
    kept, figures = kept[order], figures.take(order)
    number = (figures["availability"] == Availability.AVAILABLE).to_numpy() & figures["value"].notna().to_numpy()
    numbers = {name: figures[name].where(number) for name in ("value", "lower", "upper", "cohort", "step")}
    figures = figures[["urn", "measure", "group", "year"]]
    return figures.assign(row=places[kept], when=when[kept], **numbers)


def _find_places(figures: pd.DataFrame, distinct: Sequence[tuple[str, str]]) -> np.ndarray:
    """The place of each row's measure and pupil group among the pairs of ``distinct``; -1 where in none."""
    measure, group = (figures[name].astype("category").cat for name in ("measure", "group"))
    pairs = pd.MultiIndex.from_product([measure.categories.astype(str), group.categories.astype(str)])
    place = np.append(pd.MultiIndex.from_tuples(distinct, names=["measure", "group"]).get_indexer(pairs), -1)
    known = (measure.codes >= 0) & (group.codes >= 0)
    pair = measure.codes.to_numpy(dtype="int64") * len(group.categories) + group.codes.to_numpy()
    return place[np.where(known, pair, -1)]


def _scatter(figures: pd.DataFrame, rows: int, wanted: _Wanted, columns: Sequence[str]) -> dict[str, np.ndarray]:
    """``columns`` of ``figures`` as arrays (rows, indicators, 3), each indicator's years those of its own window.

    Of several figures for one place the last stands; a year that is not comparable stays empty.
    """
    distinct = wanted.distinct
    place = _find_places(figures, distinct)
    chosen = place >= 0
    at = (figures["row"].to_numpy()[chosen], place[chosen], figures["when"].to_numpy()[chosen])
    back = np.array([distinct.index(pair) for pair in wanted.pairs], dtype=int)[:, None]
    found = {}
    for name in columns:
        array = np.full((rows, len(distinct), wanted.span), np.nan)
        array[at] = figures[name].to_numpy(dtype=float, na_value=np.nan)[chosen]
        found[name] = np.where(wanted.comparable, array[:, back, wanted.years - wanted.first], np.nan)
    return found
