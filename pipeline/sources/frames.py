"""The tables that published files become, and the slice of them that one school's report needs.

Every column is named and typed here once; readers produce these, everything above consumes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from operator import eq

import numpy as np
import pandas as pd
from pandas.api.types import pandas_dtype

#: One row = one school (or authority, or England) × measure × pupil group × academic year.
OBSERVATIONS: dict[str, str] = {
    "level": "category",  # vocabulary.Level
    "urn": "Int32",  # the school as it is today; missing above school level
    "published_urn": "Int32",  # the URN in the file; differs where the figure is a predecessor's
    "la": "Int16",  # authority number; missing for England and trusts
    "trust": "Int32",  # trust UID, trust rows only
    "measure": "category",  # e.g. ks2_rwm_expected (sources/aliases/ names them all)
    "group": "category",  # vocabulary.PupilGroup
    "year": "int16",  # the calendar year in which the academic year ends: 2018/19 is 2019
    "value": "float64",  # in ``unit``; missing unless available
    "lower": "float64",  # the published 95% interval, where there is one
    "upper": "float64",
    "cohort": "float64",  # pupils in the denominator; missing where the file does not say
    "step": "float64",  # the published rounding: 1 for whole per cents, 0.1 for one decimal
    "unit": "category",  # vocabulary.Unit
    "availability": "category",  # vocabulary.Availability
    "word": "category",  # the cell's own text where it is not a number ("SUPP"), else ""
    "file": "category",  # relative to the edition, as a user knows it
    "line": "int32",  # of that file, the header being line 1
    "column": "category",  # the published header
}

#: One row = one school (or England) × academic year × subject of a qualification at key stage 4.
SUBJECTS: dict[str, str] = {
    "level": "category",  # vocabulary.Level
    "urn": "Int32",  # the school as it is today; missing for England
    "published_urn": "Int32",  # the URN in the file
    "la": "Int16",
    "year": "int16",
    "qualification": "string",  # "GCSE (9-1) Full Course"
    "subject": "string",
    "subject_group": "string",  # the department's discount group: tells subjects of one name apart
    "detail": "string",  # a finer name, in files of 2023/24
    "discount_code": "string",
    "scale": "category",  # 9-1; 9-1, double award; other
    "entries": "float64",  # exam entries; missing unless available
    "at_7": "float64",  # entries at grade 7 and above (of a double award: both grades); missing where withheld
    "at_5": "float64",
    "at_4": "float64",
    "availability": "category",  # of the entries: vocabulary.Availability
    "grades": "category",  # of the numbers at grades: available where none is missing
    "summed": "boolean",  # England's row is the sum of the schools in the file
    "version": "int16",  # 0 provisional, 1 revised, 2 final, 3 where the file does not say
    "file": "category",
    "line": "int32",  # of the subject's first row
}

#: One row = one authority × measure × pupil group × academic year in one file that tells of a country's authorities.
AUTHORITIES: dict[str, str] = {
    "source": "category",  # what files of its family are called
    **{
        name: OBSERVATIONS[name]
        for name in ("la", "measure", "group", "year", "value", "step", "unit", "availability", "word")
    },
    "provisional": "boolean",  # as the file says
    **{name: OBSERVATIONS[name] for name in ("file", "line", "column")},
}

#: The status of a school of which every row was left out, as its URN, LAESTAB and name are not one school's.
IN_DOUBT = "in doubt"

#: One row = one school of any authority that the files name.
SCHOOLS: dict[str, str] = {
    "urn": "int32",
    "laestab": "Int32",
    "la": "Int16",
    "la_name": "string",
    "name": "string",
    "former_name": "string",
    "town": "string",
    "telephone": "string",  # figures alone, with the leading nought; "" where no file gives it
    "district": "string",  # the register's: a lower-tier council's name, "" where no file gives it
    "easting": "Int32",  # the register's: metres on the National Grid; both missing where no file gives them
    "northing": "Int32",
    "phase": "category",  # vocabulary.Phase
    "census_phase": "category",  # primary, secondary, special or "": which England row compares
    "type": "string",  # in words: "Community school", "Academy converter"
    "state_funded": "boolean",
    "low_age": "Int16",
    "high_age": "Int16",
    "gender": "string",
    "religious_character": "string",
    "status": "category",  # open, closed, new, in doubt, "" where no file says
    "opened": "string",  # ISO dates, "" where not known
    "closed": "string",
    "trust": "Int32",  # trust UID
    "trust_name": "string",
    "file": "string",
    "line": "int32",
}

#: One row = one judgement of one inspection, in the words of its own framework.
INSPECTIONS: dict[str, str] = {
    "urn": "int32",  # the school as it is today
    "inspected_urn": "Int32",  # the URN that was inspected
    "framework": "category",  # vocabulary.Framework
    "kind": "category",  # "graded", "ungraded", "previous graded", "report card"
    "area": "string",  # "Overall effectiveness", "Achievement", "Category of concern", "Safeguarding"
    "outcome": "string",  # "Good", "Not judged", "Needs attention", "Special measures", "Met"
    "date": "string",  # ISO date the inspection started
    "published": "string",  # ISO date of publication
    "about_predecessor": "boolean",
    "file": "string",
    "line": "int32",
}

#: One row = one predecessor of a school.
LINKS: dict[str, str] = {
    "urn": "int32",
    "predecessor": "int32",
    "kind": "category",  # succession, merger, amalgamation, split
    "chained": "boolean",  # true only for a single predecessor by succession: histories join
    "date": "string",
}

#: One row = the name a file gives of a school that is not its row's: the school that follows the row's, or is linked.
NAMES: dict[str, str] = {
    "urn": "Int32",  # the school named; missing where the file says only whom it follows
    "predecessor": "Int32",
    "name": "string",
}

#: Where schools stand nationally; only measures whose national file was read. One row per measure, group, year.
DISTRIBUTIONS: dict[str, str] = {
    "measure": "string",
    "group": "string",
    "census_phase": "string",  # "" where all mainstream schools are one population
    "year": "int16",
    "schools": "int32",  # mainstream state-funded schools with a figure
    **{f"d{tenth}": "float64" for tenth in range(1, 10)},  # cut points of tenths, lowest value first
}

#: One row = one school and one school whose pupils are like its own. Nearest first.
SIMILAR: dict[str, str] = {
    "urn": "int32",
    "similar": "int32",
    "name": "string",  # of the similar school
    "la_name": "string",
    "telephone": "string",  # of the similar school, as SCHOOLS has it
    "rank": "int16",  # 1 the nearest
    "distance": "float64",  # root mean square difference over the variables used, in standard deviations
    "better": "string",  # of the nearest: keys of indicators in which it does clearly better, divided by blanks
}

#: One row = one school for which similar schools were sought: how, and why there are none.
SIMILAR_NOTES: dict[str, str] = {
    "urn": "int32",
    "kind": "string",  # among which schools of its phase; "" where not among the tiny ones
    "schools": "int16",  # how many were found; fewer than the least needed: no comparison
    "candidates": "int32",  # schools of the same phase and kind that could have been chosen
    "used": "string",  # titles of the variables compared, "; " between
    "missing": "string",  # titles of those left out, each with its reason in brackets
    "reason": "string",  # why there is no comparison; "" where there is one
}

#: One row = one school × measure × pupil group × year: the figure of its similar schools taken together.
SIMILAR_FIGURES: dict[str, str] = {
    "urn": "int32",
    "measure": "string",
    "group": "string",
    "year": "int16",
    "value": "float64",  # weighted by pupils, and moved to the school's own context
    "schools": "int16",  # similar schools with a figure
    "pupils": "float64",  # as many as would leave as much to chance
    "error": "float64",  # published intervals only: the value's standard error; else missing
}

#: One row = one indicator: how far schools truly differ, as all schools of the edition's files show it.
SPREADS: dict[str, str] = {
    "indicator": "string",
    "centre": "float64",  # schools' average distance from England, on the working scale (ratings/distance.py)
    "spread": "float64",  # standard deviation of schools' true distances around their similar schools'
    "spread_all": "float64",  # the same around the centre, for schools without similar schools
    "drift": "float64",  # variance of one year's figure over what chance alone gives; 1 where chance explains it all
    "schools": "int32",  # schools it was estimated from
}

#: One row = two indicators (both orders, and each with itself): how their figures move together.
CORRELATIONS: dict[str, str] = {
    "indicator": "string",
    "other": "string",
    "between": "float64",  # of schools' true distances
    "within": "float64",  # of chance, within a school
}

#: One row: what writing assessment the reading and maths tests suggest, as all schools of the files show it.
WRITING_PATTERN: dict[str, str] = {
    "constant": "float64",  # of the regression of writing on reading and maths, all in per cent
    "reading": "float64",
    "maths": "float64",
    "spread": "float64",  # standard deviation between schools of what the tests do not explain, chance apart
    "schools": "int32",
    "first_year": "int16",
    "last_year": "int16",
}

#: One row = one school's own summary of how it stands (local/self_evaluation.csv).
SELF_EVALUATION: dict[str, str] = {
    "urn": "int32",
    "date": "string",  # ISO
    "summary_grade": "string",  # the school's own word; "" where it gave none
    "self_referral": "boolean",  # the school asks for support
    "file": "string",
    "line": "int32",
}

#: One row = one thing the authority or trust has heard of a school (local/soft_intelligence.csv).
SOFT_INTELLIGENCE: dict[str, str] = {
    "urn": "int32",
    "date": "string",  # ISO
    "kind": "category",  # vocabulary.LocalConcern
    "source": "string",  # who said so
    "note": "string",
    "file": "string",
    "line": "int32",
}

#: One row = one decision of a panel (local/moderation.csv).
MODERATION: dict[str, str] = {
    "urn": "int32",
    "category": "string",  # the category's title or key, as written
    "reason": "string",
    "person": "string",
    "date": "string",  # ISO
    "file": "string",
    "line": "int32",
}

#: One row = one early figure of a school for which the published one has come: the two beside each other.
EARLY_COMPARED: dict[str, str] = {
    **{name: OBSERVATIONS[name] for name in ("urn", "measure", "group", "year", "unit")},
    "early": "float64",  # missing where either of the two is withheld
    "early_pupils": "float64",
    "value": "float64",  # as published; missing where it is no number
    "pupils": "float64",
    "availability": "category",  # of the published figure
    "moved": "boolean",  # they differ by more than the rounding, or in their number of pupils
}

#: One row = the category a school had in last year's edition.
LAST_YEAR: dict[str, str] = {
    "urn": "int32",
    "category": "string",  # title or key
    "source": "string",  # where that is written, as a reader is told
    # JSON: {"inspected": [ISO dates], "ratings": [[comparator, measure, rating]], "lasting": [measures], "policy": key,
    # "indicated": key of the category that the figures gave}; or missing
    "findings": "string",
}


def shape_frame(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Give ``frame`` exactly ``columns``, in order and type.

    A column it lacks is added as missing, or as 0 where its type (a line number, a count) has no missing value.
    """
    if list(frame) == list(columns) and all(map(eq, frame.dtypes, columns.values())):
        return frame.copy(deep=False)
    shaped = {}
    for name, kind in columns.items():
        if name in frame:
            shaped[name] = frame[name] if frame[name].dtype == kind else frame[name].astype(pandas_dtype(kind))
        elif kind == "float64":
            shaped[name] = pd.Series(float("nan"), index=frame.index)
        else:
            empty = 0 if kind.startswith("int") else {"string": "", "category": ""}.get(kind, pd.NA)
            shaped[name] = pd.Series(empty, index=frame.index, dtype=pandas_dtype(kind))
    return pd.DataFrame(shaped, index=frame.index)


def none_of(columns: dict[str, str]) -> Callable[[], pd.DataFrame]:
    """What gives a table of ``columns`` without a row: each time one of its own, of columns that are made once."""
    made = cache(lambda: shape_frame(pd.DataFrame(), columns))
    return lambda: made().copy(deep=False)


@dataclass(frozen=True)
class School:
    """Who a school is. Texts come from files: untrusted in HTML, Typst, CSV and paths."""

    urn: int
    name: str
    laestab: int | None = None
    la: int | None = None
    la_name: str = ""
    town: str = ""
    phase: str = "unknown"
    census_phase: str = ""
    type: str = ""
    state_funded: bool | None = None
    low_age: int | None = None
    high_age: int | None = None
    gender: str = ""
    religious_character: str = ""
    status: str = ""
    opened: str = ""
    closed: str = ""
    trust: int | None = None
    trust_name: str = ""
    former_name: str = ""


@dataclass(frozen=True)
class SchoolSlice:
    """All that one school's report may know; holds no other school's figures."""

    school: School
    observations: pd.DataFrame  # OBSERVATIONS of this school, chained predecessors' included
    baselines: pd.DataFrame  # OBSERVATIONS at England level and of this school's authority
    distributions: pd.DataFrame  # DISTRIBUTIONS
    inspections: pd.DataFrame  # INSPECTIONS of this school
    links: pd.DataFrame  # LINKS of this school
    subjects: pd.DataFrame = field(default_factory=none_of(SUBJECTS))  # and of England
    study: StudySlice = field(default_factory=lambda: StudySlice())
    local: LocalSlice = field(default_factory=lambda: LocalSlice())
    #: Whose figures are those of the year before, held against early results: comparator, measure, group, year.
    stand_ins: frozenset[tuple[str, str, str, int]] = frozenset()


@dataclass(frozen=True)
class StudySlice:
    """What the study of all schools of an edition says that one school's report needs; empty where none was made."""

    similar: pd.DataFrame = field(default_factory=none_of(SIMILAR))  # of this school, nearest first
    notes: pd.DataFrame = field(default_factory=none_of(SIMILAR_NOTES))  # one row at most
    figures: pd.DataFrame = field(default_factory=none_of(SIMILAR_FIGURES))  # of this school
    spreads: pd.DataFrame = field(default_factory=none_of(SPREADS))  # of the edition
    correlations: pd.DataFrame = field(default_factory=none_of(CORRELATIONS))  # of the edition
    writing_pattern: pd.DataFrame = field(default_factory=none_of(WRITING_PATTERN))  # one row at most


@dataclass(frozen=True, repr=False)
class LocalSlice:
    """What the authority or trust itself knows of one school; empty where it has written nothing down."""

    def __repr__(self) -> str:
        return "what is known locally: for officers"

    self_evaluation: pd.DataFrame = field(default_factory=none_of(SELF_EVALUATION))
    soft_intelligence: pd.DataFrame = field(default_factory=none_of(SOFT_INTELLIGENCE))
    moderation: pd.DataFrame = field(default_factory=none_of(MODERATION))
    last_year: pd.DataFrame = field(default_factory=none_of(LAST_YEAR))
    early: pd.DataFrame = field(default_factory=none_of(OBSERVATIONS))  # early results that no published file tells
    early_compared: pd.DataFrame = field(default_factory=none_of(EARLY_COMPARED))


def split_rows(numbers: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """The places of each different one of ``numbers``, of which there are few, in order."""
    codes, found = pd.factorize(numbers)
    order = np.argsort(codes.astype(np.min_scalar_type(len(found))), kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(found)))
    yield from zip(found.tolist(), np.split(order, ends), strict=False)  # what lies behind the last end is nothing
