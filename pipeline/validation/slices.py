"""What one school's figures are asked about, as columns that a built-in expectation can check.

Great Expectations compares values within a row. "Fewer pupils than eleven *this year*" or "a roll that changed by a
fifth *since last year*" speak of several rows or of a parameter, so they become columns first.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.foundation.yaml_files import Record, read_record


class ResultNames(Record):
    """Which measures are results (``results.yaml``)."""

    results: tuple[str, ...]
    besides: tuple[str, ...]
    otherwise: tuple[str, ...]
    size: str


@cache
def load_result_names() -> ResultNames:
    """The content of ``results.yaml``; raises FaultyInput naming every mistake in it."""
    return read_record(Path(__file__).parent / "results.yaml", ResultNames)


def describe_slice(observations: pd.DataFrame, *, year: int) -> pd.DataFrame:
    """Add to one school's OBSERVATIONS the columns that the suite ``school_slice`` checks.

    ``year`` is the year under review (2019 is 2018/19). Added, each missing where the question does not arise:

    - ``was_published``, ``has_value``: whether the figure was published, whether a number is held
    - ``year_with_results``: the row's year where it holds a key stage result (absence, for a school without key stages)
    - ``pupils_under_review``: cohort of a result of the year under review, all pupils
    - ``availability_under_review``: availability of a result of the year under review
    - ``roll_change_percent``: change of the roll since the year before, on the roll's row of the year under review
    """
    frame = observations.reset_index(drop=True)
    columns = frame[["measure", "availability", "group", "year", "value", "cohort"]].astype(object)
    measure, availability, group, years, value, cohort = (columns[name].to_numpy() for name in columns)
    has_value, years = frame["value"].notna().to_numpy(), years.astype("int64")
    published, results = availability == "available", _find_results(measure)
    under_review = results & (years == year)
    small = under_review & (group == "all") & published
    return frame.assign(
        was_published=published,
        has_value=has_value,
        year_with_results=np.where(results & has_value, years, np.nan),
        pupils_under_review=np.where(small, cohort.astype(float), np.nan),
        availability_under_review=pd.Series(np.where(under_review, availability, np.nan), frame.index, dtype=object),
        roll_change_percent=_measure_roll_change(measure == load_result_names().size, years, value.astype(float), year),
    )


def _find_results(measure: np.ndarray) -> np.ndarray:
    names = load_result_names()
    kinds = {kind: _is_result(str(kind), names) for kind in set(measure)}
    results = np.array([kinds[kind] for kind in measure], dtype=bool)
    return results if results.any() else np.array([str(kind).startswith(names.otherwise) for kind in measure], bool)


def _is_result(measure: str, names: ResultNames) -> bool:
    return measure.startswith(names.results) and not any(word in measure for word in names.besides)


def _measure_roll_change(rolls: np.ndarray, years: np.ndarray, value: np.ndarray, year: int) -> np.ndarray:
    change = np.full(len(value), np.nan)
    held = rolls & ~np.isnan(value)
    now, before = (np.flatnonzero(held & (years == when)) for when in (year, year - 1))
    if len(now) == 1 and len(before) == 1 and value[before[0]] > 0:
        change[now[0]] = 100 * (value[now[0]] / value[before[0]] - 1)
    return change
