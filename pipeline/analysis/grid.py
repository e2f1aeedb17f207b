"""The published figures of many schools at once, as arrays: what is done for all schools of an edition, or a thousand
times for one, is done here without a loop over schools.

Rows are schools (or resamples of one); then indicators; then the three academic years of the window, oldest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.analysis.comparators import CENSUS_LEVELS, ENGLAND, NOT_LIKE_ALL_SCHOOLS, SIMILAR_SCHOOLS
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.pooling import WINDOW
from pipeline.sources.tellings import NOT_TOLD, prefer_rows
from pipeline.vocabulary import Availability, Level

#: The columns of OBSERVATIONS that are looked at.
COLUMNS = (
    *("level", "urn", "published_urn", "measure", "group", "year"),
    *("value", "lower", "upper", "cohort", "step", "availability"),
)


_ARRAYS = ("value", "pupils", "step", "lower", "upper")


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

    def take(self, rows: np.ndarray | slice) -> Grid:
        """The grid of the ``rows`` chosen, by place or mask."""
        parts = {name: getattr(self, name)[rows] for name in _ARRAYS}
        return replace(self, **parts)

    def choose(self, places: Sequence[int] | np.ndarray) -> Grid:
        """The grid of the indicators at ``places`` alone."""
        parts = {name: getattr(self, name)[:, places] for name in _ARRAYS}
        return replace(self, indicators=tuple(self.indicators[place] for place in places), **parts)


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
        return replace(
            self, **{name: getattr(self, name)[rows] for name in ("value", "rounding", "pupils", "error", "fits")}
        )


def list_years(year: int) -> list[int]:
    """The three academic years of the window that ends in ``year``, oldest first."""
    return list(range(year - WINDOW + 1, year + 1))


def lay_out(
    observations: pd.DataFrame, urns: Sequence[int] | np.ndarray, indicators: Sequence[Indicator], year: int
) -> Grid:
    """Lay out the figures of the schools ``urns`` (a row each, in this order) from OBSERVATIONS.

    Of several figures for one place that which ``sources.tellings`` prefers stands, as in one school's analysis.
    """
    named = observations["urn"].fillna(-1).to_numpy(dtype="int64")
    places = pd.Index(np.asarray(urns, dtype="int64")).get_indexer(named)
    places[(observations["level"] != Level.SCHOOL).to_numpy() | (named < 0)] = -1
    wanted = [(indicator.measure, str(indicator.group)) for indicator in indicators]
    figures = _keep_figures(observations, places, wanted, year)
    arrays = _scatter(figures, len(urns), wanted, ("value", "cohort", "step", "lower", "upper"))
    pupils = np.round(arrays.pop("cohort"))
    return Grid(tuple(indicators), year, pupils=pupils, **arrays)


def stack(grids: Sequence[Grid]) -> Grid:
    """One grid of the rows of all, which are of the same indicators and year."""
    joined: dict[str, Any] = {name: np.concatenate([getattr(grid, name) for grid in grids]) for name in _ARRAYS}
    return replace(grids[0], **joined)


def lay_out_england(
    areas: pd.DataFrame, schools: pd.DataFrame, indicators: Sequence[Indicator], year: int
) -> Baselines:
    """England's figures for each school of ``schools`` (SCHOOLS, a row each): state-funded, or of its census phase."""
    shape = (len(schools), len(indicators), WINDOW)
    value, step = np.full(shape, np.nan), np.zeros(shape)
    fits = np.ones(shape[:2], dtype=bool)
    phases, census = schools["phase"].astype(str).to_numpy(), schools["census_phase"].astype(str).to_numpy()
    unlike = np.isin(phases, list(NOT_LIKE_ALL_SCHOOLS))
    wanted = [(indicator.measure, str(indicator.england_group)) for indicator in indicators]
    levels = [Level.ENGLAND_STATE, *CENSUS_LEVELS.values()]
    rows = areas[areas["level"].isin(levels)]
    row_of_level = np.array([levels.index(Level(level)) for level in rows["level"]], dtype=int)
    national = _scatter(_keep_figures(rows, row_of_level, wanted, year), len(levels), wanted, ("value", "step"))
    for place, indicator in enumerate(indicators):
        by_phase = indicator.baseline == "census_phase"
        fits[:, place] = np.isin(census, list(CENSUS_LEVELS)) if by_phase else ~unlike
        if indicator.method == "published_interval":
            value[:, place] = 0.0  # progress is measured from England's average: 0 by definition
        elif by_phase:
            for level, phase in enumerate(CENSUS_LEVELS, start=1):
                value[census == phase, place] = national["value"][level, place]
                step[census == phase, place] = np.nan_to_num(national["step"][level, place])
        else:
            value[:, place] = national["value"][0, place]
            step[:, place] = np.nan_to_num(national["step"][0, place])
    return Baselines(ENGLAND, value, step / 2, np.full(shape, np.inf), np.zeros(shape), fits)


def lay_out_similar(
    figures: pd.DataFrame, urns: Sequence[int] | np.ndarray, indicators: Sequence[Indicator], year: int
) -> Baselines:
    """The figures of each school's similar schools (SIMILAR_FIGURES) for the schools ``urns``, a row each."""
    row = pd.Index(np.asarray(urns, dtype="int64")).get_indexer(figures["urn"].astype("int64"))
    when = figures["year"].to_numpy(dtype="int64") - list_years(year)[0]
    inside = (row >= 0) & (when >= 0) & (when < WINDOW)
    wanted = [(indicator.measure, str(indicator.group)) for indicator in indicators]
    laid = figures.assign(row=row, when=when)[inside]
    arrays = _scatter(laid, len(urns), wanted, ("value", "pupils", "error"))
    fits = ~np.isnan(arrays["value"]).all(axis=2)
    error = np.nan_to_num(arrays["error"])
    rounding = np.zeros(error.shape)  # averaged over many schools it is of no account
    return Baselines(SIMILAR_SCHOOLS, arrays["value"], rounding, arrays["pupils"], error, fits)


def _keep_figures(rows: pd.DataFrame, places: np.ndarray, wanted: Sequence[tuple[str, str]], year: int) -> pd.DataFrame:
    """The figures of the window that are ``wanted``, with ``row`` and ``when`` (0 the oldest); no number but published.

    Rows whose place is -1 are left out, and cells that tell nothing. Of several for one place that which
    ``sources.tellings`` prefers stands last. A whole country has millions of rows: they are copied once.
    """
    when = rows["year"].to_numpy(dtype="int64") - list_years(year)[0]
    chosen = ~rows["availability"].isin([str(kind) for kind in NOT_TOLD]).to_numpy()
    chosen &= (places >= 0) & (when >= 0) & (when < WINDOW) & (_find_places(rows, wanted) >= 0)
    kept = np.flatnonzero(chosen)
    figures = rows[list(COLUMNS)].take(kept)
    order = np.argsort(prefer_rows(figures), kind="stable")[::-1]
    kept, figures = kept[order], figures.take(order)
    number = (figures["availability"] == Availability.AVAILABLE).to_numpy() & figures["value"].notna().to_numpy()
    numbers = {name: figures[name].where(number) for name in ("value", "lower", "upper", "cohort", "step")}
    figures = figures[["urn", "measure", "group", "year"]]
    return figures.assign(row=places[kept], when=when[kept], **numbers)


def _find_places(figures: pd.DataFrame, wanted: Sequence[tuple[str, str]]) -> np.ndarray:
    """The place of each row's measure and pupil group among the distinct pairs of ``wanted``; -1 where in none."""
    distinct = list(dict.fromkeys(wanted))
    measure, group = (figures[name].astype("category").cat for name in ("measure", "group"))
    pairs = pd.MultiIndex.from_product([measure.categories.astype(str), group.categories.astype(str)])
    place = np.append(pd.MultiIndex.from_tuples(distinct, names=["measure", "group"]).get_indexer(pairs), -1)
    known = (measure.codes >= 0) & (group.codes >= 0)
    pair = measure.codes.to_numpy(dtype="int64") * len(group.categories) + group.codes.to_numpy()
    return place[np.where(known, pair, -1)]


def _scatter(
    figures: pd.DataFrame, rows: int, wanted: Sequence[tuple[str, str]], columns: Sequence[str]
) -> dict[str, np.ndarray]:
    """``columns`` of ``figures`` as arrays (rows, wanted, 3); ``wanted`` are measures and pupil groups.

    Of several figures for one place the last stands.
    """
    distinct = list(dict.fromkeys(wanted))
    place = _find_places(figures, wanted)
    chosen = place >= 0
    at = (figures["row"].to_numpy()[chosen], place[chosen], figures["when"].to_numpy()[chosen])
    back = [distinct.index(pair) for pair in wanted]
    found = {}
    for name in columns:
        array = np.full((rows, len(distinct), WINDOW), np.nan)
        array[at] = figures[name].to_numpy(dtype=float, na_value=np.nan)[chosen]
        found[name] = array[:, back]
    return found
