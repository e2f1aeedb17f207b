"""Where a figure stands among England's mainstream state-funded schools: a statement, never a rating or a rank."""

from __future__ import annotations

import pandas as pd

from pipeline.analysis.figures import Figure
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.results import Position

_CUTS = [f"d{tenth}" for tenth in range(1, 10)]


def find_position(
    indicator: Indicator, latest: Figure | None, distributions: pd.DataFrame, census_phase: str
) -> Position | None:
    """The fifth and tenth of the latest figure, from the national cut points of its own year.

    None where that year's national file was not read. A figure on a cut point stands on its better side.
    """
    if latest is None or latest.value is None or distributions.empty:
        return None
    rows = distributions[
        (distributions["measure"] == indicator.measure)
        & (distributions["group"] == str(indicator.group))
        & (distributions["year"] == latest.year)
        & distributions["census_phase"].isin(["", census_phase])
    ].sort_values("census_phase", ascending=False)
    if rows.empty:
        return None
    row = rows.iloc[0]
    tenth = find_tenth(latest.value, [float(row[cut]) for cut in _CUTS], lower_is_better=indicator.lower_is_better)
    words = {1: "top tenth", 10: "bottom tenth"}.get(tenth, "")
    return Position(year=latest.year, schools=int(row["schools"]), fifth=(tenth + 1) // 2, tenth=words)


def find_tenth(value: float, cuts: list[float], *, lower_is_better: bool = False) -> int:
    """The tenth in which ``value`` lies, 1 the best, from nine ``cuts`` in rising order."""
    if lower_is_better:
        return 1 + sum(value > cut for cut in cuts)
    return 1 + sum(value < cut for cut in cuts)
