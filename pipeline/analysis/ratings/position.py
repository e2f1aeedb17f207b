"""Where a figure stands among England's mainstream state-funded schools: a statement, never a rating or a rank."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.analysis.grids.figures import Figure
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.results import Position
from pipeline.foundation.vocabulary import PupilGroup

_CUTS = [f"d{tenth}" for tenth in range(1, 10)]


#: Cut points by measure, pupil group, year and census phase: the schools behind them, and the nine cuts.
Distributions = Mapping[tuple[str, str, int, str], tuple[int, list[float]]]


def tabulate_distributions(distributions: pd.DataFrame) -> Distributions:
    """The national cut points of a frame of DISTRIBUTIONS, to be looked up."""
    names = ("measure", "group", "year", "census_phase", "schools")
    columns = (distributions[name].tolist() for name in names)
    cuts = distributions[_CUTS].to_numpy(dtype=float).tolist()
    return {
        (measure, group, int(year), phase): (int(schools), own)
        for measure, group, year, phase, schools, own in zip(*columns, cuts, strict=True)
    }


def find_middle(distributions: Distributions, measure: str, year: int, census_phase: str) -> float | None:
    """The middle school's figure of all pupils among England's schools of a phase; None where it is not known."""
    found = distributions.get((measure, str(PupilGroup.ALL), year, census_phase))
    return None if found is None else found[1][len(_CUTS) // 2]


def find_cuts(
    distributions: Distributions, measure: str, group: PupilGroup, year: int, census_phase: str
) -> tuple[int, list[float]] | None:
    """The schools behind a figure's national cut points, and these; None where that year's national file was not read.

    Cut points of the school's own phase come before those of all mainstream schools together.
    """
    places = ((measure, str(group), year, phase) for phase in (census_phase, ""))
    return next((distributions[place] for place in places if place in distributions), None)


def find_position(
    indicator: Indicator, latest: Figure | None, distributions: Distributions, census_phase: str
) -> Position | None:
    """The fifth and tenth of the latest figure, from the national cut points of its own year.

    None where that year's national file was not read. A figure on a cut point stands on its better side.
    """
    if latest is None or latest.value is None:
        return None
    found = find_cuts(distributions, indicator.measure, indicator.group, latest.year, census_phase)
    if found is None:
        return None
    schools, cuts = found
    tenth = find_tenth(latest.value, cuts, lower_is_better=indicator.lower_is_better)
    words = {1: "top tenth", 10: "bottom tenth"}.get(tenth, "")
    return Position(year=latest.year, schools=schools, fifth=(tenth + 1) // 2, tenth=words)


def find_tenth(value: float, cuts: list[float], *, lower_is_better: bool = False) -> int:
    """The tenth in which ``value`` lies, 1 the best, from nine ``cuts`` in rising order."""
    if lower_is_better:
        return 1 + sum(value > cut for cut in cuts)
    return 1 + sum(value < cut for cut in cuts)
