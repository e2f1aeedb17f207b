"""What the schools most like a school do better than it: whom to ring, and about what.

It is no finding. Figures of all pupils alone are asked; both are as published, over the years that each has. What is
named lies apart by more than the indicator's margin, and the most of it comes first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.analysis.grids.grid import Grid
from pipeline.analysis.grids.pooling import pool_grid
from pipeline.foundation.vocabulary import PupilGroup

#: Of the similar schools those told about, and for each how many indicators.
NEAREST, MOST = 5, 2
_BEFORE_ALL = 1e6  # added to key priorities, so that they come before what lies further apart


def find_better(grid: Grid, urns: Sequence[int] | np.ndarray, similar: pd.DataFrame) -> pd.DataFrame:
    """SIMILAR with ``better`` filled in for each school's nearest: the keys of indicators, divided by blanks.

    ``urns`` name the grid's rows, in rising order. Key priorities come first, then what lies furthest apart.
    """
    better = np.full(len(similar), "", dtype=object)
    near = np.flatnonzero((similar["rank"] <= NEAREST).to_numpy())
    if not len(near) or not len(grid.indicators):
        return similar.assign(better=pd.array(better, dtype="string"))
    pairs = [pd.Index(np.asarray(urns)).get_indexer(similar[name].to_numpy()[near]) for name in ("urn", "similar")]
    rows, place = np.unique(np.concatenate(pairs), return_inverse=True)
    pooled = pool_grid(grid.take(rows))
    value = np.where(pooled.enough & (rows >= 0)[:, None], pooled.value, np.nan)  # -1: the grid does not hold it
    own, others = value[place[: len(near)]], value[place[len(near) :]]
    side = np.array([-1.0 if one.lower_is_better else 1.0 for one in grid.indicators])
    margin = np.array([one.margin or np.inf if one.group == PupilGroup.ALL else np.inf for one in grid.indicators])
    apart = np.nan_to_num(side * (others - own) / margin, nan=0.0)
    first = np.array([one.key_priority for one in grid.indicators])
    score = np.where(apart > 1.0, apart + np.where(first, _BEFORE_ALL, 0.0), 0.0)
    best = np.argsort(-score, axis=1, kind="stable")[:, :MOST]
    for number, places, scores in zip(near.tolist(), best.tolist(), score, strict=True):
        better[number] = " ".join(grid.indicators[one].key for one in places if scores[one] > 0)
    return similar.assign(better=pd.array(better, dtype="string"))
