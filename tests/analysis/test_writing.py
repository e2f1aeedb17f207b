"""The teacher-assessment check: the pattern is found where it was planted, and few are asked who need not be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, binom
from statsmodels.regression.linear_model import WLS

from pipeline.analysis.grids.grid import Grid
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.ratings.writing import check_writing, estimate_writing_pattern, find_usual_counts
from pipeline.analysis.school_grid import lay_out_school
from pipeline.sources.frames import StudySlice
from tests.conftest import count_examples

from .slices import indicator, make_slice, row

MEASURES = ("ks2_writing_expected", "ks2_reading_expected", "ks2_maths_expected")
THREE = tuple(indicator(key) for key in MEASURES)
WRITING, READING, MATHS = MEASURES
PLANTED = (25.0, 0.3, 0.4)
SPREAD = 4.0


def plant(schools: int = 3000, seed: int = 5) -> Grid:
    """Schools whose writing follows the planted pattern, with pupils' chance on top and every share rounded."""
    rng = np.random.default_rng(seed)
    pupils = np.repeat(rng.integers(12, 90, schools)[:, None], 3, axis=1)
    ability = rng.normal(0, 8, schools)
    reading, maths = (np.clip(75 + ability + rng.normal(0, 4, schools), 5, 99) for _ in range(2))
    value = np.empty((schools, 3, 3))
    for place, share in ((1, reading), (2, maths)):
        value[:, place] = 100 * np.round(share[:, None] * pupils / 100) / pupils
    tested = (value[:, 1:] * pupils[:, None]).sum(axis=2) / pupils.sum(axis=1)[:, None]
    true = PLANTED[0] + tested @ np.array(PLANTED[1:]) + rng.normal(0, SPREAD, schools)
    value[:, 0] = 100 * rng.binomial(pupils, np.clip(true, 0, 100)[:, None] / 100) / pupils
    pupils = np.repeat(pupils[:, None].astype(float), 3, axis=1)
    return Grid(
        THREE, 2019, np.round(value), pupils, np.ones_like(value), *(np.full_like(value, np.nan),) * 2, np.ones(3)
    )


def test_a_planted_pattern_is_found():
    (found,) = estimate_writing_pattern(plant()).itertuples()
    assert (found.constant, found.reading, found.maths) == pytest.approx(PLANTED, abs=2.5)
    assert found.reading + found.maths == pytest.approx(0.7, abs=0.03)
    assert found.spread == pytest.approx(SPREAD, abs=0.4)
    assert (found.schools, found.first_year, found.last_year) == (3000, 2017, 2019)


def test_the_line_is_that_of_weighted_least_squares():
    """Against statsmodels, on one year without rounding of counts in doubt."""
    grid = plant(150)
    only = replace(grid, value=np.where(np.arange(3) == 2, grid.value, np.nan))
    (found,) = estimate_writing_pattern(only).itertuples()
    pupils = grid.pupils[:, 0, 2]
    counts = np.round(grid.value[:, :, 2] * pupils[:, None] / 100)
    shares = 100 * counts / pupils[:, None]
    fitted = WLS(shares[:, 0], np.column_stack([np.ones(150), shares[:, 1:]]), weights=pupils).fit()
    assert (found.constant, found.reading, found.maths) == pytest.approx(tuple(fitted.params))
    assert (found.first_year, found.last_year) == (2019, 2019)
    chance = np.clip(fitted.fittedvalues, 1, 99) * (100 - np.clip(fitted.fittedvalues, 1, 99)) / pupils
    left = np.average(fitted.resid**2, weights=pupils) * 150 / 147 - np.average(chance, weights=pupils)
    assert found.spread == pytest.approx(np.sqrt(max(0, left)))


def test_fewer_than_a_hundred_schools_make_no_pattern():
    assert estimate_writing_pattern(plant(99)).empty
    assert len(estimate_writing_pattern(plant(100))) == 1


def test_years_without_all_three_do_not_count():
    grid = plant(200)
    value = grid.value.copy()
    value[:, 1, 0] = np.nan  # reading is missing in the first year: writing and maths of that year are left out too
    value[:, 0, 0] = 0
    kept, whole = (estimate_writing_pattern(replace(grid, value=one)) for one in (value, grid.value))
    assert kept["first_year"].item() == 2018
    assert kept["constant"].item() == pytest.approx(whole["constant"].item(), abs=8)


@pytest.mark.slow
def test_schools_that_follow_the_pattern_are_seldom_asked():
    """Of schools with no more than the usual spread at most 2% lie outside the range, on both sides."""
    rng = np.random.default_rng(8)
    pattern = estimate_writing_pattern(plant())
    constant, reading, maths, spread = pattern.iloc[0][["constant", "reading", "maths", "spread"]]
    asked = 0
    for _ in range(600):
        suggested = constant + (reading + maths) * rng.uniform(55, 90)
        pupils = int(rng.integers(15, 120))
        count = rng.binomial(pupils, np.clip(suggested + rng.normal(0, spread), 0, 100) / 100)
        least, most = find_usual_counts(suggested, spread, pupils)
        asked += count < least or count > most
    assert 0 < asked / 600 < 0.03


@pytest.mark.slow
@settings(max_examples=count_examples(60))
@given(suggested=st.floats(1, 99), spread=st.floats(0, 15), pupils=st.integers(11, 400))
def test_the_range_holds_98_in_100_and_what_is_suggested(suggested, spread, pupils):
    least, most = find_usual_counts(suggested, spread, pupils)
    assert 0 <= least <= most <= pupils
    assert least - 1 <= suggested * pupils / 100 <= most + 1
    between = min(0.5, max(1e-6, spread**2 / (suggested * (100 - suggested))))
    size = 1 / between - 1
    shares = (suggested / 100 * size, (1 - suggested / 100) * size)
    for limit, chance in ((least, 0.01), (most, 0.99)):
        assert betabinom.cdf(limit - 1, pupils, *shares) - 1e-9 < chance < betabinom.cdf(limit, pupils, *shares) + 1e-9
    assert betabinom.cdf(most, pupils, *shares) - betabinom.cdf(least - 1, pupils, *shares) >= 0.98 - 1e-6


def test_without_spread_the_range_is_that_of_chance_alone():
    assert find_usual_counts(70, 0, 100) == pytest.approx(binom.ppf((0.01, 0.99), 100, 0.7), abs=1)


# One school


def school(writing: float, cohort: int = 40, years=(2017, 2018, 2019), **about):
    rows = [row(READING, year, 70, cohort) for year in years] + [row(MATHS, year, 80, cohort) for year in years]
    slice = make_slice([*rows, *(row(WRITING, year, writing, cohort) for year in years)], **about)
    return replace(slice, study=StudySlice(writing_pattern=estimate_writing_pattern(plant())))


def check(slice, indicators=None):
    laid = lay_out_school(slice, load_indicators() if indicators is None else indicators, 2019)
    return check_writing(slice, laid.grid)


@pytest.mark.slow
def test_a_school_far_from_the_pattern_is_asked_and_one_near_it_is_not():
    usual = check(school(78))
    assert (usual.years, usual.pupils, usual.schools, usual.asks) == ((2017, 2018, 2019), 120, 3000, False)
    assert usual.writing == pytest.approx(77.5)  # 31 of 40
    assert usual.suggested == pytest.approx(25 + 0.3 * 70 + 0.4 * 80, abs=1)
    assert usual.lower < 70 < 86 < usual.upper
    assert check(school(98)).asks and check(school(50)).asks


@pytest.mark.slow
def test_one_whole_pupil_outside_is_asked_and_the_limit_itself_is_not():
    found = check(school(78, cohort=40, years=(2019,)))
    least = round(found.lower * 40 / 100)
    at, below = (check(school(round(100 * count / 40, 1), years=(2019,))) for count in (least, least - 1))
    assert at.writing == pytest.approx(at.lower) and not at.asks
    assert below.asks


@pytest.mark.slow
def test_what_cannot_be_checked_is_not():
    assert check(school(78, phase="special")) is None
    assert check(school(78, cohort=3)) is None  # nine pupils in three years
    assert check(make_slice([row(WRITING, 2019, 50, 40)])) is None  # no pattern
    slice = school(78)
    assert check(slice, [indicator("ks2_rwm_expected")]) is None
    withheld = slice.observations.assign(value=slice.observations["value"].mask(slice.observations["measure"] == MATHS))
    assert check(replace(slice, observations=withheld)) is None


@pytest.mark.slow
def test_only_years_with_all_three_are_pooled():
    slice = school(78)
    gone = (slice.observations["measure"] == MATHS) & (slice.observations["year"] == 2017)
    assert check(replace(slice, observations=slice.observations[~gone])).years == (2018, 2019)
