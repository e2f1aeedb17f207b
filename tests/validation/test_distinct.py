"""What a frame's different rows answer is what all of them answer."""

import numpy as np
import pandas as pd
import pytest
from correct_frames import PARAMETERS, break_frame, break_nearly_all, make_frame
from hypothesis import given
from hypothesis import strategies as st

from pipeline.validation import check_frame, distinct
from pipeline.validation.distinct import find_different_rows, find_like_rows, part_by_columns
from pipeline.validation.suites import read_suite


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 5)), max_size=40))
def test_different_rows_are_the_first_of_their_kind(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "c"], dtype="int64")
    expected = np.flatnonzero(~frame.duplicated())
    assert find_different_rows([frame[name].to_numpy() for name in frame]).tolist() == expected.tolist()


VALUES = {
    "a": st.sampled_from([None, "x", "y"]),
    "b": st.sampled_from([None, -(2**31), 0, 1, 2**31 - 1]),
    "c": st.sampled_from([None, 0.1, 0.2]),
    "d": st.integers(-(2**62), 2**62),
    "e": st.integers(0, 2),
}


@pytest.mark.slow
@given(st.lists(st.fixed_dictionaries(VALUES), max_size=40).flatmap(lambda rows: st.permutations(rows + rows[:3])))
def test_like_rows_are_those_that_pandas_calls_duplicated(rows):
    kinds = {"a": "category", "b": "Int32", "c": "float64", "d": "int64", "e": "int16"}
    frame = pd.DataFrame(rows, columns=list(VALUES)).astype(kinds)
    expected = np.flatnonzero(frame.duplicated(keep=False))
    assert find_like_rows([frame[name] for name in frame]).tolist() == expected.tolist()


def test_missing_values_and_categories_count_as_values(monkeypatch):
    monkeypatch.setattr(distinct, "FEW_ROWS", 0)
    frame = pd.DataFrame({"a": pd.Categorical(["x", None, "x", None]), "b": [1.0, np.nan, 1.0, np.nan]})
    entry = ("expect_column_values_to_not_be_null", {"column": "b"}, frozenset({"a", "b"}))
    ((places, rows),) = part_by_columns([entry], frame)
    assert places == (0,)
    assert rows.isna().to_numpy().tolist() == [[False, False], [True, True]]


def test_what_is_about_all_rows_is_asked_of_all_rows(monkeypatch):
    monkeypatch.setattr(distinct, "FEW_ROWS", 0)
    frame = pd.DataFrame({"a": [1, 1, 1]})
    column = frozenset({"a"})
    entries = [
        ("expect_column_values_to_be_unique", {"column": "a"}, column),
        ("expect_column_values_to_be_between", {"column": "a", "mostly": 0.9}, column),
        ("expect_column_values_to_be_between", {"column": "a"}, column),
    ]
    assert [(places, len(rows)) for places, rows in part_by_columns(entries, frame)] == [((0, 1), 3), ((2,), 1)]


@pytest.mark.kernel
@pytest.mark.parametrize("suite", ["ks2", "schools"])
def test_a_suite_finds_the_same_in_different_rows(suite, monkeypatch):
    right, parameters = make_frame(suite), PARAMETERS.get(suite, {})
    entries = read_suite(suite)["expectations"]
    wrong = break_nearly_all(right, entries, parameters)
    some = [break_frame(right, entry, parameters) for entry in entries[::6]]
    frames = [right, pd.concat([right, right]), wrong, pd.concat([wrong, right]), *some]
    told = [check_frame(suite, frame, **parameters) for frame in frames]
    assert told[0].success and not any(report.success for report in told[1:])
    monkeypatch.setattr(distinct, "FEW_ROWS", 0)
    assert [check_frame(suite, frame, **parameters) for frame in frames] == told
