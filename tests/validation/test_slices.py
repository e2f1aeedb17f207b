"""The columns that one school's figures are given before they are checked."""

from __future__ import annotations

import pandas as pd
from correct_frames import make_slice, observe

from pipeline.sources.frames import OBSERVATIONS, shape_frame
from pipeline.validation import describe_slice


def describe(*rows: dict) -> pd.DataFrame:
    return describe_slice(shape_frame(pd.DataFrame([{**row, "line": 2} for row in rows]), OBSERVATIONS), year=2019)


def test_a_roll_is_compared_with_the_year_before():
    roll = {"measure": "roll", "unit": "pupils"}
    frame = describe(observe(**roll, year=2018, value=200), observe(**roll, year=2019, value=150))
    assert frame["roll_change_percent"].tolist()[1] == -25
    assert frame["roll_change_percent"].isna().tolist() == [True, False]


def test_a_roll_without_the_year_before_is_not_compared():
    roll = {"measure": "roll", "unit": "pupils"}
    frame = describe(observe(**roll, year=2017, value=200), observe(**roll, year=2019, value=150))
    assert frame["roll_change_percent"].isna().all()


def test_pupils_of_small_groups_do_not_count_as_a_small_cohort():
    frame = describe(observe(cohort=30), observe(group="disadvantaged", cohort=4), observe(cohort=4, year=2018))
    assert frame["pupils_under_review"].dropna().tolist() == [30]


def test_context_is_no_result():
    frame = describe(observe(year=2018), observe(measure="ks2_sen_support_percent"), observe(measure="absence_overall"))
    assert frame["year_with_results"].dropna().tolist() == [2018]


def test_a_school_without_key_stages_is_asked_for_its_absence():
    frame = describe(observe(measure="absence_overall"), observe(measure="roll", unit="pupils"))
    assert frame["year_with_results"].dropna().tolist() == [2019]


def test_a_withheld_figure_is_neither_published_nor_held():
    frame = describe_slice(make_slice(), year=2019)
    withheld = frame[frame["word"] == "SUPP"]
    assert not withheld[["was_published", "has_value"]].any(axis=None)


def test_the_given_frame_is_left_as_it_was():
    given = make_slice()
    describe_slice(given, year=2019)
    pd.testing.assert_frame_equal(given, make_slice())
