"""A probability that is not a number decides nothing: what cannot be tested is refused, never taken for in line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from pipeline.analysis.grids.figures import Figure
from pipeline.analysis.grids.pooling import find_usable
from pipeline.analysis.ratings.judging import judge
from pipeline.analysis.ratings.trend import find_sides
from pipeline.analysis.ratings.writing import find_usual_counts
from pipeline.analysis.statistics.intervals import wilson_interval, wilson_intervals
from pipeline.analysis.statistics.significance import (
    control_by_row,
    find_p_of_distance,
    find_p_of_share,
    find_p_of_two_shares,
)
from tests.analysis.grids import blank_grid, england_of, similar_like
from tests.analysis.one_row import Claim, lay_out, pool_years, rate_claims
from tests.analysis.slices import indicator
from tests.conftest import count_examples

NAN, INF = float("nan"), float("inf")
RWM = indicator("ks2_rwm_expected")


def test_scipys_tails_of_a_count_that_is_not_whole_are_no_number():
    assert np.isnan(hypergeom.sf(30, 300, 50.5, 100))  # what the refusals below are for: no warning comes with it


@pytest.mark.parametrize(
    "case",
    [
        (30, 30, 100, 20.5, 200),  # was nan, read as in line
        (30, 30, 100, 20 - 1e-9, 200),
        (30.5, 31, 100, 20, 200),
        (30, 30, 100.2, 20, 200),
        (30, 30, 100, 20, 200.5),
        (30, 30, 100, 201, 200),
        (31, 30, 100, 20, 200),
        (-1, 30, 100, 20, 200),
        (30, 101, 100, 20, 200),
        (0, 0, 0, 20, 200),
        (30, 30, 100, 0, 0),
        (NAN, 30, 100, 20, 200),
        (30, 30, 100, NAN, 200),
        (30, 30, 100, 20, INF),
    ],
)
def test_two_shares_that_cannot_be_are_refused(case):
    with pytest.raises(ValueError, match="cannot be tested"):
        find_p_of_two_shares(*case)
    with pytest.raises(ValueError, match="cannot be tested"):  # one among many is not lost in an array
        find_p_of_two_shares(*zip((30, 30, 100, 20, 200), case, strict=True))


@pytest.mark.parametrize(
    "case",
    [(30.5, 31, 100, 0.6, 0.6), (0, 0, 0, 0.6, 0.6), (30, 30, NAN, 0.6, 0.6), (30, 30, 20, 0.6, 0.6)],
)
def test_a_share_that_cannot_be_is_refused(case):
    with pytest.raises(ValueError, match="cannot be tested"):
        find_p_of_share(*case)


@pytest.mark.parametrize("shares", [(NAN, 0.6), (0.6, NAN), (-0.1, 0.5), (0.5, 1.1), (0.7, 0.6)])
def test_a_national_share_that_cannot_be_is_refused(shares):
    with pytest.raises(ValueError, match="a national share"):
        find_p_of_share(30, 30, 100, *shares)


@pytest.mark.parametrize("case", [(NAN, 1), (1, NAN), (INF, 1), (1, INF), (1, 0), (0, 0), (1, -1)])
def test_a_distance_without_a_number_is_refused(case):
    with pytest.raises(ValueError, match="a distance and its standard error"):
        find_p_of_distance(*case)


@pytest.mark.slow
@settings(max_examples=count_examples(60))
@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_whatever_can_be_tested_has_a_probability(pupils, other_pupils, data):
    low, high = sorted(data.draw(st.tuples(st.integers(0, pupils), st.integers(0, pupils))))
    others = data.draw(st.integers(0, other_pupils))
    share = data.draw(st.floats(0, 1) | st.sampled_from([5e-324, 1e-308, 1e-13, 1 - 1e-13]))
    for found in (
        find_p_of_two_shares(low, high, pupils, others, other_pupils),
        find_p_of_share(low, high, pupils, share, share),
    ):
        assert 0 <= float(found) <= 1


@pytest.mark.parametrize("wrong", [-0.01, 1.01, INF])  # NaN says that nothing was tested
def test_the_control_refuses_what_is_no_probability(wrong):
    with pytest.raises(ValueError, match="decides nothing"):
        control_by_row(np.array([[0.01, wrong]]))


def test_what_is_not_tested_neither_counts_nor_hides_a_finding():
    np.testing.assert_array_equal(control_by_row(np.array([[0.01, NAN, 0.03]])), [[0.02, NAN, 0.03]])
    # statsmodels makes findings and says that every adjusted p is missing: it is never asked where one is missing
    found, adjusted, *_ = multipletests([0.01, NAN, 0.03], method="fdr_bh")
    assert np.isnan(adjusted).all() and found.any()


def test_a_comparison_whose_probability_is_no_number_is_never_rated(monkeypatch):
    half = {year: Figure(year, 30.0, cohort=50, step=1.0) for year in (2018, 2019)}
    monkeypatch.setattr("pipeline.analysis.ratings.judging.find_p_of_share", lambda *case: np.full(len(case[0]), NAN))
    with pytest.raises(ValueError, match="decides nothing"):
        rate_claims([Claim(RWM, half, 62.0)])


def test_many_schools_at_once_are_not_judged_by_what_is_no_number():
    grid = blank_grid(("ks2_maths_progress", "ks2_rwm_expected"), np.array([40.0, 60.0]))
    beside = similar_like(grid.value, pupils=400.5)  # shares beside half a pupil
    with pytest.raises(ValueError, match="cannot be tested"):
        judge(replace(grid, value=grid.value - 30), [england_of(grid), beside])
    unsure = replace(similar_like(grid.value), error=np.full(grid.value.shape, NAN))
    with pytest.raises(ValueError, match="a distance and its standard error"):
        judge(grid, [england_of(grid), unsure])


def test_a_share_of_nothing_has_no_interval():
    with np.errstate(all="ignore"):
        assert np.isnan(proportion_confint(0, 0.0, method="wilson")).all()  # what a library says of it
    for counts in ((0, 0, 0), (0, 0, NAN), (5, 4, 10), (0, 11, 10)):
        with pytest.raises(ValueError, match="is no share"):
            wilson_interval(*counts)
    with np.errstate(all="raise"):
        lower, upper = wilson_intervals(np.array([0.0, 5.0]), np.array([0.0, 5.0]), np.array([0.0, 10.0]))
    assert np.isnan([lower[0], upper[0]]).all() and lower[1] < 50 < upper[1]


def test_a_year_of_less_than_one_pupil_is_not_pooled():
    half = Figure(2019, 0.0, cohort=0.5, step=1.0)  # a count rebuilt from a rounded share; to a whole pupil it is none
    assert not find_usable(lay_out([Claim(RWM, {2019: half})], 2019)).any()
    pool = pool_years(RWM, {2018: Figure(2018, 50.0, cohort=40, step=1.0), 2019: half}, 2019)
    assert pool.years == (2018,)


@pytest.mark.parametrize("limits", [(NAN, NAN), (NAN, 3.0), (-INF, INF)])
def test_a_change_without_an_interval_is_put_into_no_words(limits):
    with pytest.raises(ValueError, match="a change without an interval"):
        find_sides(
            np.array([1.0]), *(np.array([limit]) for limit in limits)
        )  # was "declined since 2016/17": not a number is on neither side of 0


@pytest.mark.parametrize("case", [(NAN, 5.0, 30.0), (60.0, NAN, 30.0), (60.0, 5.0, -1.0)])
def test_writing_is_not_called_usual_where_what_is_usual_is_no_number(case):
    with pytest.raises(ValueError):
        find_usual_counts(*case)
