"""Subjects at key stage 4: whose telling of a school's year stands, and what a school has of the one it followed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.sources.families.tidy.subject_numbers import KEY
from pipeline.sources.frames import SUBJECTS, shape_frame
from pipeline.sources.joining.histories import list_ancestors


def join_subjects(told: Sequence[tuple[int | None, pd.DataFrame]], links: pd.DataFrame, year: int) -> pd.DataFrame:
    """SUBJECTS of all files, each school's of a year from one: the latest version, then the later file.

    ``told`` gives each file's year and rows; none later than ``year`` is kept. A school that followed another singly
    has what was told of that one in the years of which nothing is told of itself.
    """
    frames = [frame.assign(of_file=of or 0) for of, frame in told if len(frame)]
    if not frames:
        return shape_frame(pd.DataFrame(columns=list(SUBJECTS)), SUBJECTS)
    words = {name: "string" for name, kind in SUBJECTS.items() if kind == "category"}
    every = pd.concat([frame.astype(words) for frame in frames], ignore_index=True)
    every = every[every["year"] <= year]
    ancestors = list_ancestors(links)
    inherited = every.merge(ancestors, left_on="urn", right_on="ancestor", suffixes=("", "_today"))
    inherited = inherited.assign(urn=inherited["urn_today"].astype("Int32"))
    every = pd.concat([every.assign(steps=0), inherited[[*every.columns, "steps"]]], ignore_index=True)
    every["steps"] = every["steps"].astype("int64")
    order = every.sort_values(
        ["level", "urn", "year", "steps", "summed", "version", "of_file", "file"],
        ascending=[True, True, True, True, True, False, False, True],
        kind="stable",
    )
    whose = ["level", "urn", "year"]
    first = order.drop_duplicates(whose)[[*whose, "published_urn", "file", "summed"]]
    kept = order.merge(first, on=[*whose, "published_urn", "file", "summed"])
    kept = kept.sort_values([*whose, *KEY], kind="stable", ignore_index=True)
    return shape_frame(kept, SUBJECTS)
