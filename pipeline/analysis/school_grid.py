"""One school laid out as a grid of one row, with what the study of all schools says of its indicators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from pipeline.analysis.grid import Baselines, Grid, lay_out, lay_out_england, lay_out_similar
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.spread import Spread, gather_spread
from pipeline.sources.frames import SchoolSlice


@dataclass(frozen=True)
class SchoolGrid:
    """One row of figures, what they are compared with, and how far schools truly differ in them."""

    grid: Grid
    england: Baselines
    similar: Baselines
    spread: Spread


def lay_out_school(slice: SchoolSlice, indicators: Sequence[Indicator], year: int) -> SchoolGrid:
    """Lay out the ``indicators`` of which ``slice`` has a figure in the three years that end in ``year``, in order."""
    urn = [slice.school.urn]
    whole = lay_out(slice.observations, urn, indicators, year)
    grid = whole.choose(np.flatnonzero(~np.isnan(whole.value).all(axis=(0, 2))))
    school = pd.DataFrame([asdict(slice.school)])
    return SchoolGrid(
        grid,
        lay_out_england(slice.baselines, school, grid.indicators, year),
        lay_out_similar(slice.study.figures, urn, grid.indicators, year),
        gather_spread(grid.indicators, slice.study.spreads, slice.study.correlations),
    )
