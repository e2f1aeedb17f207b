"""Early results among a school's figures: a further year, beside England's of the year before until its own is there.

Everything else reads published figures alone. Whoever shows early results adds them here, to one school's slice or to
the rows of many; what is laid out from the published figures is not touched by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from pipeline.analysis.grids.comparators import ENGLAND, SIMILAR_SCHOOLS
from pipeline.analysis.indicators import Indicator
from pipeline.foundation.vocabulary import Availability
from pipeline.sources.frames import SIMILAR_FIGURES, SchoolSlice, shape_frame
from pipeline.sources.local.early import stack_early
from pipeline.sources.local.files import EARLY_NAMES

#: Comparator, measure, group of pupils, year.
StandIn = tuple[str, str, str, int]


def is_early(file: str) -> bool:
    """Whether a figure is an early one, by the file it is from."""
    return file in EARLY_NAMES


def add_early_results(slice: SchoolSlice, indicators: Sequence[Indicator]) -> SchoolSlice:
    """The slice with its early results among its observations, and beside them the figures that stand in.

    The same slice where the school has none. What stands in is noted in ``stand_ins``.
    """
    early = slice.local.early
    if early.empty:
        return slice
    baselines, england = stand_in_england(slice.baselines, early, indicators)
    similar, alike = stand_in_similar(slice.study.figures, early, indicators)
    return replace(
        slice,
        observations=stack_early([slice.observations, early]),
        baselines=baselines,
        study=replace(slice.study, figures=similar),
        stand_ins=england | alike,
    )


def stand_in_england(
    areas: pd.DataFrame, early: pd.DataFrame, indicators: Sequence[Indicator]
) -> tuple[pd.DataFrame, frozenset[StandIn]]:
    """OBSERVATIONS of ``areas`` with England's figures of the year before in the years of which only ``early`` tells.

    A figure stands in for the same measure, group and level where England's own has no number yet, and never over a
    year in which an indicator's figures changed: they would be different things.
    """
    england = areas[areas["level"].astype(str).str.startswith("england")]
    numbers = england[(england["availability"] == Availability.AVAILABLE) & england["value"].notna()]
    stood = _lend_years(numbers, early, indicators, ["level", "group"])
    if stood.empty:
        return areas, frozenset()
    return stack_early([areas, stood]), _name_lent(ENGLAND, stood)


def stand_in_similar(
    figures: pd.DataFrame, early: pd.DataFrame, indicators: Sequence[Indicator]
) -> tuple[pd.DataFrame, frozenset[StandIn]]:
    """SIMILAR_FIGURES with similar schools' of the year before, as ``stand_in_england`` has England's."""
    stood = _lend_years(figures[figures["value"].notna()], early, indicators, ["urn", "group"])
    if stood.empty:
        return figures, frozenset()
    together = shape_frame(pd.concat([figures, stood], ignore_index=True), SIMILAR_FIGURES)
    return together, _name_lent(SIMILAR_SCHOOLS, stood)


def _lend_years(
    numbers: pd.DataFrame, early: pd.DataFrame, indicators: Iterable[Indicator], whose: list[str]
) -> pd.DataFrame:
    """The rows of ``numbers`` of the year before each that ``early`` tells of, as of that year, where it has none.

    ``whose`` are the columns that say, beside measure and year, which figure a row is.
    """
    changed = {(one.measure, each.since) for one in indicators for each in one.breaks}
    years = {(str(measure), int(year)) for measure, year in zip(early["measure"], early["year"], strict=True)}
    added = [numbers.iloc[:0]]
    for measure, year in sorted(years - changed):
        of_measure = numbers[numbers["measure"] == measure]
        before, now = (of_measure[of_measure["year"] == when] for when in (year - 1, year))
        known = {tuple(row) for row in now[whose].astype(str).to_numpy()}
        lacking = [tuple(row) not in known for row in before[whose].astype(str).to_numpy()]
        added.append(before[lacking].assign(year=year))
    filled = [frame for frame in added if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else added[0]


def _name_lent(whose: str, stood: pd.DataFrame) -> frozenset[StandIn]:
    columns = (stood["measure"].astype(str), stood["group"].astype(str), stood["year"].astype(int))
    return frozenset((whose, *one) for one in zip(*columns, strict=True))
