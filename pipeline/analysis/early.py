"""Early results among a school's figures: a further year, beside England's of the year before until its own is there.

Everything else reads published figures alone. Whoever shows early results adds them here, to one school's slice or to
the rows of many; what is laid out from the published figures is not touched by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from pipeline.analysis.indicators import Indicator
from pipeline.foundation.vocabulary import Availability
from pipeline.sources.frames import SchoolSlice
from pipeline.sources.local.early import stack_early
from pipeline.sources.local.files import EARLY_NAMES

#: Measure, group of pupils, year.
StandIn = tuple[str, str, int]


def is_early(file: str) -> bool:
    """Whether a figure is an early one, by the file it is from."""
    return file in EARLY_NAMES


def add_early_results(slice: SchoolSlice, indicators: Sequence[Indicator]) -> SchoolSlice:
    """The slice with its early results among its observations, and England's figures that stand in beside them.

    The same slice where the school has none. What stands in is noted in ``stand_ins``.
    """
    early = slice.local.early
    if early.empty:
        return slice
    baselines, stand_ins = stand_in_england(slice.baselines, early, indicators)
    return replace(
        slice,
        observations=stack_early([slice.observations, early]),
        baselines=baselines,
        stand_ins=stand_ins,
    )


def stand_in_england(
    areas: pd.DataFrame, early: pd.DataFrame, indicators: Sequence[Indicator]
) -> tuple[pd.DataFrame, frozenset[StandIn]]:
    """OBSERVATIONS of ``areas`` with England's figures of the year before in the years of which only ``early`` tells.

    A figure stands in for the same measure, group and level where England's own has no number yet, and never over a
    year in which an indicator's figures changed: they would be different things.
    """
    years = {(str(measure), int(year)) for measure, year in zip(early["measure"], early["year"], strict=True)}
    wanted = sorted(one for one in years if one not in _list_breaks(indicators))
    england = areas[areas["level"].astype(str).str.startswith("england")]
    numbers = england[(england["availability"] == Availability.AVAILABLE) & england["value"].notna()]
    added = []
    for measure, year in wanted:
        of_measure = numbers[numbers["measure"] == measure]
        before = of_measure[of_measure["year"] == year - 1]
        there = set(_name_places(of_measure[of_measure["year"] == year]))
        lacking = [place not in there for place in _name_places(before)]
        added.append(before[lacking].assign(year=year))
    stood = stack_early(added) if added else areas.iloc[:0]
    if stood.empty:
        return areas, frozenset()
    names = zip(stood["measure"].astype(str), stood["group"].astype(str), stood["year"].astype(int), strict=True)
    return stack_early([areas, stood]), frozenset(names)


def _list_breaks(indicators: Iterable[Indicator]) -> set[tuple[str, int]]:
    return {(one.measure, each.since) for one in indicators for each in one.breaks}


def _name_places(figures: pd.DataFrame) -> Iterable[tuple[str, str]]:
    return zip(figures["level"].astype(str), figures["group"].astype(str), strict=True)
