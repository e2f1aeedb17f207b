"""One school laid out as a grid of one row, with what the study of all schools says of its indicators."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.analysis.country.spread import Spread, gather_spread
from pipeline.analysis.grids.comparators import (
    ENGLAND,
    NOT_LIKE_ALL_SCHOOLS,
    SIMILAR_SCHOOLS,
    find_census_level,
    find_fits,
)
from pipeline.analysis.grids.figures import Figure, Figures, FigureTable
from pipeline.analysis.grids.grid import Baselines, Grid, keep_possible
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.indicators.windows import WINDOW, list_comparable, list_window
from pipeline.foundation.vocabulary import Level, PupilGroup
from pipeline.sources.frames import School, SchoolSlice


@dataclass(frozen=True)
class Known:
    """The indicators of which a school has a number: what its figures are drawn from, anew or together."""

    grid: Grid
    england: Baselines
    similar: Baselines
    spread: Spread  # how far schools truly differ in them


@dataclass(frozen=True)
class SchoolGrid:
    """One row of figures and what they stand beside, of every indicator."""

    grid: Grid
    england: Baselines
    similar: Baselines
    others: Grid  # the school's own pupils of the group to which an indicator's gap is measured
    england_others: Baselines  # and England's
    authority: np.ndarray  # (1, indicators, 3): for reference
    known: Known


def lay_out_school(
    slice: SchoolSlice,
    indicators: Sequence[Indicator],
    year: int,
    own: FigureTable | None = None,
    areas: FigureTable | None = None,
) -> SchoolGrid:
    """Lay out every one of ``indicators``, in order, with what ``slice`` has of it in its window as seen from ``year``.

    ``own`` and ``areas`` are the figures of the slice's observations and baselines, where they are tabulated already.
    The same arrays as ``grid`` lays out for many schools, without its cost for one. What was laid out last is kept, as
    a school's analysis and the certainty of its category ask for the same of one slice, which nobody changes.
    """
    for last in _LAST:
        if last.slice() is slice and last.indicators is indicators and last.year == year:
            return last.laid
    laid = _lay_out(
        slice, indicators, year, own or FigureTable(slice.observations), areas or FigureTable(slice.baselines)
    )
    _LAST.append(_Last(weakref.ref(slice), indicators, year, laid))
    return laid


@dataclass(frozen=True)
class _Last:
    slice: weakref.ref[SchoolSlice]
    indicators: Sequence[Indicator]
    year: int
    laid: SchoolGrid


_LAST: deque[_Last] = deque(maxlen=1)


def _lay_out(
    slice: SchoolSlice, indicators: Sequence[Indicator], year: int, own: FigureTable, areas: FigureTable
) -> SchoolGrid:
    found = [own.find(Level.SCHOOL, one.measure, one.group) for one in indicators]
    windows = [pick_window(one, figures, year) for one, figures in zip(indicators, found, strict=True)]
    # of what the school is told nothing of, nothing is sought to stand beside it
    told = [
        any(past in figures for past in list_window(one, year)) for one, figures in zip(indicators, found, strict=True)
    ]
    beside, authority = [], []
    for one, is_told in zip(indicators, told, strict=True):
        others = own.find(Level.SCHOOL, one.measure, one.gap_to) if is_told and one.gap_to else {}
        beside.append(pick_window(one, others, year))
        around = areas.find(Level.AUTHORITY, one.measure, one.group) if is_told else {}
        authority.append(pick_window(one, around, year))
    grid = lay_out_windows(indicators, windows, year)
    groups = [one.group if is_told else None for one, is_told in zip(indicators, told, strict=True)]
    england = _lay_out_england(areas, slice.school, indicators, groups, year)
    groups = [one.gap_to if is_told else None for one, is_told in zip(indicators, told, strict=True)]
    england_others = _lay_out_england(areas, slice.school, indicators, groups, year)
    similar = _lay_out_similar(slice, indicators, year)
    spread = _gather_spread(slice, indicators)
    grid = grid.allow_for(spread.drift)
    return SchoolGrid(
        grid,
        england,
        similar,
        lay_out_windows(indicators, beside, year),
        england_others,
        keep_possible(indicators, _array(authority, lambda figure: figure.value)),
        _keep_known(grid, england, similar, spread),
    )


def _keep_known(grid: Grid, england: Baselines, similar: Baselines, spread: Spread) -> Known:
    places = np.flatnonzero(~np.isnan(grid.value[0]).all(axis=1))
    return Known(grid.choose(places), england.choose(places), similar.choose(places), spread.choose(places))


def lay_out_windows(indicators: Sequence[Indicator], windows: Sequence[Window], year: int) -> Grid:
    """A grid of one row from the figures of each indicator's window, allowing for chance alone."""
    return Grid(
        tuple(indicators),
        year,
        value=_array(windows, lambda figure: figure.value),
        pupils=np.round(_array(windows, lambda figure: figure.cohort)),
        step=_array(windows, lambda figure: figure.step),
        lower=_array(windows, lambda figure: figure.lower),
        upper=_array(windows, lambda figure: figure.upper),
        drift=np.ones(len(indicators)),
    )


def _gather_spread(slice: SchoolSlice, indicators: Sequence[Indicator]) -> Spread:
    """What all schools show, for schools like them: of a school unlike most, only how years vary."""
    found = gather_spread(indicators, slice.study.spreads, slice.study.correlations)
    return found.keep_drift_alone() if slice.school.phase in NOT_LIKE_ALL_SCHOOLS else found


#: What one indicator has in the three years of the window: figures that are numbers, else None.
Window = list[Figure | None]


def pick_window(indicator: Indicator, figures: Figures, year: int) -> Window:
    """The figures of the indicator's window as seen from ``year``; None where there is no number that may be used."""
    comparable = set(list_comparable(indicator, year))
    found = [figures.get(past) if past in comparable else None for past in list_window(indicator, year)]
    return [None if figure is None or figure.value is None else figure for figure in found]


def _array(windows: Sequence[Window], take: Callable[[Figure], float | None]) -> np.ndarray:
    """(1, indicators, 3); NaN where there is no figure, or it has no such number."""
    cells = [[None if figure is None else take(figure) for figure in window] for window in windows]
    return np.array(cells, dtype=float).reshape(1, len(windows), WINDOW)


def _lay_out_england(
    areas: FigureTable,
    school: School,
    indicators: Sequence[Indicator],
    groups: Sequence[PupilGroup | None],
    year: int,
) -> Baselines:
    """England's figures of the ``groups`` of pupils, one an indicator; nothing is sought where there is none."""
    census = find_census_level(school.phase, school.census_phase)
    windows, fits = [], []
    for one, group in zip(indicators, groups, strict=True):
        level = census if one.baseline == "census_phase" else Level.ENGLAND_STATE
        is_sought = group is not None and one.method != "published_interval"
        figures = areas.find(level, one.measure, str(group)) if level and is_sought else {}
        windows.append(pick_window(one, figures, year))
        fits.append(find_fits(one, school))
    value = _array(windows, lambda figure: figure.value)
    progress = np.array([one.method == "published_interval" for one in indicators], dtype=bool)
    value[:, progress] = 0.0  # progress is measured from England's average: 0 by definition
    value = keep_possible(indicators, value)
    step = np.nan_to_num(_array(windows, lambda figure: figure.step))
    unbounded, none = np.full(value.shape, np.inf), np.zeros(value.shape)
    return Baselines(ENGLAND, value, step / 2, unbounded, none, np.array([fits], dtype=bool).reshape(value.shape[:2]))


def _lay_out_similar(slice: SchoolSlice, indicators: Sequence[Indicator], year: int) -> Baselines:
    figures = slice.study.figures
    value, pupils, error = (np.full((1, len(indicators), WINDOW), np.nan) for _ in range(3))
    places: dict[tuple[str, str, int], list[tuple[int, int]]] = {}
    for place, one in enumerate(indicators):
        window = list_window(one, year)
        for past in list_comparable(one, year):
            places.setdefault((one.measure, str(one.group), past), []).append((place, window.index(past)))
    columns = (figures[name].tolist() for name in ("urn", "measure", "group", "year", "value", "pupils", "error"))
    for urn, measure, group, past, *numbers in zip(*columns, strict=True):
        for place, when in places.get((measure, group, past), ()) if urn == slice.school.urn else ():
            for array, number in zip((value, pupils, error), numbers, strict=True):
                array[0, place, when] = number
    rounding = np.zeros(value.shape)  # averaged over many schools it is of no account
    return Baselines(SIMILAR_SCHOOLS, value, rounding, pupils, np.nan_to_num(error), ~np.isnan(value).all(axis=2))
