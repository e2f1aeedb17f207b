"""What one school's figures are asked about, as columns that a built-in expectation can check.

Great Expectations compares values within a row. "Fewer pupils than eleven *this year*" or "a roll that changed by a
fifth *since last year*" speak of several rows or of a parameter, so they become columns first.
"""

from __future__ import annotations

import pandas as pd

RESULTS = ("ks2_", "ks4_")
#: Not what pupils achieved but who they are, or how the publisher groups a score.
NOT_RESULTS = ("percent", "_pupils", "prior_attainment", "_band", "_coverage")


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
    measure = frame["measure"].astype(str)
    published = frame["availability"].astype(str) == "available"
    results = _find_results(measure)
    under_review = results & (frame["year"] == year)
    all_pupils = frame["group"].astype(str) == "all"
    return frame.assign(
        was_published=published,
        has_value=frame["value"].notna(),
        year_with_results=frame["year"].astype("float64").where(results & frame["value"].notna()),
        pupils_under_review=frame["cohort"].where(under_review & all_pupils & published),
        availability_under_review=frame["availability"].astype(object).where(under_review),
        roll_change_percent=_measure_roll_change(frame, measure, year),
    )


def _find_results(measure: pd.Series) -> pd.Series:
    key_stages = measure.str.startswith(RESULTS) & ~measure.str.contains("|".join(NOT_RESULTS))
    return key_stages if key_stages.any() else measure.str.startswith("absence_")


def _measure_roll_change(frame: pd.DataFrame, measure: pd.Series, year: int) -> pd.Series:
    change = pd.Series(float("nan"), index=frame.index)
    rolls = frame[(measure == "roll") & frame["value"].notna()]
    now, before = rolls[rolls["year"] == year], rolls[rolls["year"] == year - 1]
    if len(now) == 1 and len(before) == 1 and before["value"].iloc[0] > 0:
        change[now.index[0]] = 100 * (now["value"].iloc[0] / before["value"].iloc[0] - 1)
    return change
