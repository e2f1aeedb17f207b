"""The results of all authorities: kept by the file that tells them, for two publications can differ by a point.

Elsewhere one telling of a figure stands and the others are set aside. Here none is: an authority's figure is compared
with those of the other authorities in the same file and with no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from pipeline.foundation.vocabulary import Level
from pipeline.sources.frames import AUTHORITIES, shape_frame
from pipeline.sources.joining.packing import AREAS, PackedObservations
from pipeline.sources.reading import AUTHORITIES_OF_A_COUNTRY

_ORDER = ["source", "file", "measure", "group", "year", "la"]


def gather_authorities(told: Iterable[tuple[str, PackedObservations, Collection[int]]]) -> pd.DataFrame:
    """AUTHORITIES of the files that tell of a country's authorities.

    ``told`` gives what each file's source is called, its rows, and which of its lines are provisional.

    Rows come sorted by source, file, measure, group, year and authority.
    """
    frames = []
    for source, rows, provisional in told:
        areas = rows.select(np.array([AREAS]))
        frame = areas[areas["level"] == str(Level.AUTHORITY)]
        if frame["la"].nunique() > AUTHORITIES_OF_A_COUNTRY:
            frames.append(frame.assign(source=source, provisional=frame["line"].isin(list(provisional))))
    if not frames:
        return shape_frame(pd.DataFrame(columns=list(AUTHORITIES)), AUTHORITIES)
    words = {name: "string" for name, kind in AUTHORITIES.items() if kind == "category"}
    found = pd.concat([frame[list(AUTHORITIES)].astype(words) for frame in frames], ignore_index=True)
    return shape_frame(found.sort_values(_ORDER, ignore_index=True, kind="stable"), AUTHORITIES)
