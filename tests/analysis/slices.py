"""Small true slices for tests: a school's and England's figures written as short rows."""

from __future__ import annotations

import pandas as pd

from pipeline.analysis.indicators import Indicator, load_indicators
from pipeline.foundation.vocabulary import Availability, Level
from pipeline.sources.frames import (
    DISTRIBUTIONS,
    INSPECTIONS,
    LINKS,
    OBSERVATIONS,
    School,
    SchoolSlice,
    shape_frame,
)

URN = 100001


def indicator(key: str) -> Indicator:
    return next(each for each in load_indicators() if each.key == key)


def row(measure: str, year: int, value: float | None, cohort: float | None = None, **more) -> dict:
    """One observation; a missing value is suppressed unless ``availability`` says otherwise."""
    state = Availability.AVAILABLE if value is not None else Availability.SUPPRESSED
    return {
        "level": Level.SCHOOL,
        "urn": URN,
        "published_urn": URN,
        "measure": measure,
        "group": "all",
        "year": year,
        "value": value,
        "cohort": cohort,
        "step": 1.0,
        "unit": "percent",
        "availability": state,
        "file": "ks2.csv",
        "line": 2,
        **more,
    }


def england(measure: str, year: int, value: float, **more) -> dict:
    about = {"level": Level.ENGLAND_STATE, "urn": None, "published_urn": None, "step": 0.0}
    return row(measure, year, value, 600_000, **{**about, **more})


NO_DISTRIBUTIONS = shape_frame(pd.DataFrame([], columns=list(DISTRIBUTIONS)), DISTRIBUTIONS)
NO_INSPECTIONS = shape_frame(pd.DataFrame([], columns=list(INSPECTIONS)), INSPECTIONS)
NO_LINKS = shape_frame(pd.DataFrame([], columns=list(LINKS)), LINKS)


def observe(rows: list[dict]) -> pd.DataFrame:
    return shape_frame(pd.DataFrame(rows, columns=list(OBSERVATIONS)), OBSERVATIONS)


def make_slice(
    own: list[dict],
    baselines: list[dict] = (),
    *,
    phase: str = "primary",
    census_phase: str = "primary",
    distributions: list[dict] = (),
    inspections: list[dict] = (),
) -> SchoolSlice:
    return SchoolSlice(
        school=School(URN, "Elm Bank", phase=phase, census_phase=census_phase),
        observations=observe(own),
        baselines=observe(list(baselines)),
        distributions=shape_frame(pd.DataFrame(distributions), DISTRIBUTIONS) if distributions else NO_DISTRIBUTIONS,
        inspections=shape_frame(pd.DataFrame(inspections), INSPECTIONS) if inspections else NO_INSPECTIONS,
        links=NO_LINKS,
    )
