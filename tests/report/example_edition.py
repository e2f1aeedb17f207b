"""A small edition that needs no files: schools as slices, and prepared tables that hold them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.policy import load_policy
from pipeline.report.facts import EditionNote, build_school_facts
from pipeline.report.school.notebook import study_school
from pipeline.sources.frames import School, SchoolSlice, StudySlice
from tests.analysis.slices import england, make_slice, row

YEARS = (2017, 2018, 2019)
NOTE = EditionNote("example", "Marlshire, autumn 2019", 2019, "worcestershire", "2019-11-01", "Marlshire")
POLICY = load_policy("worcestershire")
ENGLAND = {"ks2_rwm_expected": 65.0, "ks2_reading_expected": 74.0, "ks2_maths_expected": 78.0}


def build_school(urn: int, moved: float, pupils: int, **other) -> SchoolSlice:
    """A primary school ``moved`` percentage points from England; fewer than 11 pupils have no figure published."""
    shown = {measure: round(value + moved) if pupils > 10 else None for measure, value in ENGLAND.items()}
    own = [
        row(measure, year, value, pupils, urn=urn, published_urn=urn)
        for measure, value in shown.items()
        for year in YEARS
    ]
    own.append(row("fsm6_percent", 2019, 40.0 - moved, urn=urn, published_urn=urn, step=0.1))
    country = [england(measure, year, value) for measure, value in ENGLAND.items() for year in YEARS]
    slice = make_slice(own, country)
    return replace(slice, school=School(urn, f"School {urn}", phase="primary", census_phase="primary"), **other)


@dataclass
class ExamplePrepared:
    """What the page asks of prepared tables."""

    slices: dict[int, SchoolSlice]

    def schools(self) -> pd.DataFrame:
        return pd.DataFrame([vars(slice.school) for slice in self.slices.values()])

    def observations(self, urn) -> pd.DataFrame:
        return pd.concat([self.slices[one].observations for one in urn])

    def area_observations(self) -> pd.DataFrame:
        return next(iter(self.slices.values())).baselines

    def study(self) -> StudySlice:
        return StudySlice()

    def early(self, urns=None) -> pd.DataFrame:
        """None: every result is published."""
        return next(iter(self.slices.values())).observations.iloc[:0]


def build_edition(schools: int = 14) -> ExamplePrepared:
    """Schools from 24 points under England to 15 over it; the first too small for any figure."""
    moved = np.linspace(-24, 15, schools).round()
    pupils = [8, 12, 20, 31, 45, 62, 90] * schools
    return ExamplePrepared(
        {100000 + place: build_school(100000 + place, moved[place], pupils[place]) for place in range(schools)}
    )


def study_facts(prepared: ExamplePrepared) -> list[dict]:
    """The facts of every school of the edition."""
    return [build_school_facts(study_school(slice, NOTE, POLICY)) for slice in prepared.slices.values()]
