"""What may be told of a school's subjects at key stage 4, and what a country's schools make together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.foundation.vocabulary import Availability, Level
from pipeline.sources.reading import AUTHORITIES_OF_A_COUNTRY

#: The grades from 9 to 1 of which it is told how many entries reached them, the highest first.
THRESHOLDS = (7, 5, 4)
#: A file that names no authorities tells of a country where it has more schools than this (England has some 4,800).
SCHOOLS_OF_A_COUNTRY = 2_000
#: What a subject is known by in a school and a year.
KEY = ("qualification", "discount_code", "subject_group", "subject", "detail")
_REACHED = [f"at_{threshold}" for threshold in THRESHOLDS]


def withhold_small(subjects: pd.DataFrame, fewest: int) -> tuple[pd.DataFrame, int]:
    """SUBJECTS without any number of a school's entries that is under ``fewest`` or gives one back; how many rows.

    None at all is no small number. The shares told of a subject part its entries: those at grade 7 and above, from one
    threshold to the next, and below the last. Each part must be none or enough. Where one is not, a threshold is left
    out, grade 7 first and grade 4 last, until all are.
    """
    entries = subjects["entries"].to_numpy("float64")
    at_7, at_5, at_4 = (subjects[name].to_numpy("float64") for name in _REACHED)
    of_school = (subjects["level"] == str(Level.SCHOOL)).to_numpy()

    def enough(number: np.ndarray) -> np.ndarray:
        return (number == 0) | (number >= fewest)

    few = of_school & ~enough(entries) & ~np.isnan(entries)
    told_4 = enough(at_4) & enough(entries - at_4)
    under = np.where(told_4, at_4, entries)  # what the next threshold parts
    told_5 = enough(at_5) & enough(under - at_5)
    under = np.where(told_5, at_5, under)
    told_7 = enough(at_7) & enough(under - at_7)
    kept = subjects.copy()
    withheld = few.copy()
    for name, reached, told in zip(_REACHED, (at_7, at_5, at_4), (told_7, told_5, told_4), strict=True):
        hides = of_school & ~np.isnan(reached) & (few | ~told)
        kept[name] = np.where(hides, np.nan, reached)
        withheld |= hides
    kept["entries"] = np.where(few, np.nan, entries)
    kept["availability"] = np.where(few, str(Availability.SUPPRESSED), subjects["availability"])
    small = withheld & (subjects["grades"] == str(Availability.AVAILABLE)).to_numpy()
    kept["grades"] = np.where(small, str(Availability.SUPPRESSED), subjects["grades"])
    return kept, int(withheld.sum())


def sum_country(subjects: pd.DataFrame) -> pd.DataFrame:
    """SUBJECTS of England for the years in which a country's schools are told of and England is not.

    Each is the sum of the state-funded schools whose entries and grades are told to the last: of the others nobody
    knows how many of their entries reached a grade.
    """
    of_school = subjects["level"] == str(Level.SCHOOL)
    schools = subjects[of_school & ~subjects["independent"].astype(bool)]
    printed = set(subjects.loc[~of_school, "year"])
    years = [year for year, rows in schools.groupby("year") if year not in printed and _is_country(rows)]
    whole = schools[schools["year"].isin(years) & schools[["entries", *_REACHED]].notna().all(axis=1)]
    if whole.empty:
        return subjects.iloc[:0]
    keys = ["year", *KEY]
    sums = whole.groupby(keys, as_index=False, sort=True).agg(
        {"entries": "sum", **dict.fromkeys(_REACHED, "sum"), "scale": "first", "version": "max", "file": "first"}
    )
    available = str(Availability.AVAILABLE)
    return sums.assign(
        level=str(Level.ENGLAND_STATE), summed=True, availability=available, grades=available, line=0, independent=False
    )


def _is_country(schools: pd.DataFrame) -> bool:
    if schools["la"].notna().any():
        return schools["la"].nunique() > AUTHORITIES_OF_A_COUNTRY
    return schools["urn"].nunique() > SCHOOLS_OF_A_COUNTRY
