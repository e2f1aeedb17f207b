"""Schools whose pupils are unlike most are not held against them, and no figure goes beyond what is possible."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.country.resampling import sample_figures, shrink_figures
from pipeline.analysis.grids.comparators import ENGLAND, NOT_LIKE_ALL_SCHOOLS, find_census_level
from pipeline.analysis.grids.figures import Figure
from pipeline.analysis.grids.grid import lay_out_england
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.ratings.distance import measure_distances
from pipeline.analysis.ratings.judging import judge_in_full
from pipeline.analysis.ratings.rating import NO_RANGE
from pipeline.analysis.results import NOT_RATED
from pipeline.analysis.school import analyse_school
from pipeline.analysis.school_grid import lay_out_school
from pipeline.foundation.vocabulary import Level, Phase, Rating
from pipeline.sources.frames import CORRELATIONS, SPREADS, StudySlice, shape_frame
from tests.conftest import count_examples

from .grids import blank_grid, england_of, similar_like, spread_of
from .one_row import find_interval, find_trend, pool_years
from .slices import england, indicator, make_slice, row

INDICATORS = load_indicators()
YEARS = (2017, 2018, 2019)
UNLIKE = [Phase.ALTERNATIVE_PROVISION, Phase.NURSERY, Phase.INDEPENDENT, Phase.SIXTEEN_PLUS]
#: Persistent absence as a pupil referral unit published it, and England's secondary schools beside it.
ABSENT = dict(zip(YEARS, (70.8, 62.5, 54.2), strict=True))


def attend(phase, census_phase, *, spreads=False):
    own = [row("absence_persistent", year, value, 24, step=0.1) for year, value in ABSENT.items()]
    beside = [
        england("absence_persistent", year, value, level=level)
        for level, value in (
            (Level.ENGLAND_SECONDARY, 13.7),
            (Level.ENGLAND_PRIMARY, 8.2),
            (Level.ENGLAND_SPECIAL, 28.8),
        )
        for year in YEARS
    ]
    slice = make_slice(own, beside, phase=phase, census_phase=census_phase)
    return dataclasses.replace(slice, study=study()) if spreads else slice


def find(slice, key="absence_persistent"):
    return next(one for one in analyse_school(slice, INDICATORS, 2019).results if one.indicator == key)


def study():
    """What all of England's schools show: that absence differs little from school to school."""
    line = {"indicator": "absence_persistent", "centre": 0.0, "spread": 0.1, "spread_all": 0.1, "drift": 1.0}
    pair = {"indicator": "absence_persistent", "other": "absence_persistent", "between": 1.0, "within": 1.0}
    return dataclasses.replace(
        StudySlice(),
        spreads=shape_frame(pd.DataFrame([{**line, "schools": 20_000}]), SPREADS),
        correlations=shape_frame(pd.DataFrame([pair]), CORRELATIONS),
    )


@pytest.mark.slow
@pytest.mark.parametrize("phase", UNLIKE)
@pytest.mark.parametrize("counted_as", ["secondary", "primary", "special", ""])
def test_absence_of_schools_unlike_all_is_shown_and_never_a_gap(phase, counted_as):
    """A pupil referral unit that a file counted among secondary schools was rated a gap to them, and its figure drawn
    from 62% to 30%."""
    absence = find(attend(phase, counted_as, spreads=True))
    comparison = absence.against(ENGLAND)
    assert (comparison.rating, comparison.baseline, absence.shrunk) == (Rating.NOT_RATED, None, None)
    assert NOT_LIKE_ALL_SCHOOLS[phase] in comparison.reason
    assert absence.value == pytest.approx(62.5, abs=0.1)
    assert not absence.persistent and absence.position is None
    assert all(year.england is None for year in absence.by_year)


@pytest.mark.slow
def test_a_secondary_school_with_such_absence_is_a_gap_and_drawn_towards_others():
    absence = find(attend(Phase.SECONDARY, "secondary", spreads=True))
    assert absence.against(ENGLAND).rating == Rating.GAP
    assert absence.shrunk.value < absence.value


@pytest.mark.slow
def test_a_special_schools_absence_stands_beside_englands_special_schools_alone():
    absence = find(attend(Phase.SPECIAL, "special", spreads=True))
    assert absence.against(ENGLAND).baseline == pytest.approx(28.8)
    assert absence.against(ENGLAND).rating == Rating.GAP
    assert absence.shrunk is None  # how far mainstream schools differ says nothing of special ones
    miscounted = find(attend(Phase.SPECIAL, "secondary"))
    assert miscounted.against(ENGLAND).rating == Rating.NOT_RATED


@pytest.mark.slow
@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("census_phase", ["primary", "secondary", "special", ""])
def test_many_schools_and_one_have_the_same_england(phase, census_phase):
    slice = attend(phase, census_phase)
    laid = lay_out_school(slice, INDICATORS, 2019).known
    schools = pd.DataFrame([{"urn": slice.school.urn, "phase": phase, "census_phase": census_phase}])
    many = lay_out_england(slice.baselines, schools, laid.grid.indicators, 2019)
    np.testing.assert_array_equal(laid.england.value[many.fits], many.value[many.fits])
    np.testing.assert_array_equal(laid.england.fits, many.fits)
    absence = [place for place, one in enumerate(laid.grid.indicators) if one.baseline == "census_phase"]
    assert many.fits[:, absence].all() == (find_census_level(phase, census_phase) is not None)


@pytest.mark.slow
def test_special_schools_have_no_range_of_points_and_say_why():
    """Attainment 8 of 2 points among 8 pupils had a range from −11 to 15: a spread of all of England's pupils."""
    own = [
        row("ks4_attainment8", year, value, 12, unit="points", step=0.1)
        for year, value in zip(YEARS, (0.0, 1.9, 3.4), strict=True)
    ]
    beside = [england("ks4_attainment8", year, 46.5, unit="points") for year in YEARS]
    slice = make_slice(own, beside, phase=Phase.SPECIAL, census_phase="special")
    found = find(slice, "ks4_attainment8")
    assert found.value == pytest.approx(1.77, abs=0.01)
    assert (found.lower, found.upper, found.trend, found.shrunk) == (None, None, None, None)
    assert [(year.lower, year.upper) for year in found.by_year] == [(None, None)] * 3
    comparison = found.against(ENGLAND)
    assert comparison.rating == Rating.NOT_RATED and comparison.reason.endswith(NO_RANGE)
    laid = lay_out_school(slice, INDICATORS, 2019).known
    found = judge_in_full(laid.grid, [laid.england, laid.similar])
    assert np.isnan(found.lower).all() and np.isnan(found.upper).all() and (found.judged.rating == NOT_RATED).all()


@pytest.mark.slow
def test_a_range_that_is_cut_at_the_end_of_the_scale_says_so():
    own = [row("ks4_ebacc_points", year, 0.3, 12, unit="points", step=0.01) for year in YEARS]
    beside = [england("ks4_ebacc_points", year, 4.0, unit="points") for year in YEARS]
    found = find(make_slice(own, beside, phase="secondary", census_phase="secondary"), "ks4_ebacc_points")
    assert found.lower == 0 and "ends at 0" in found.note
    assert found.against(ENGLAND).rating == Rating.GAP  # the rating rests on the whole of chance, not on the cut range


KINDS = [one for one in INDICATORS if one.method != "published_interval"]
figures = st.tuples(st.floats(0, 1), st.integers(1, 400), st.sampled_from([0.1, 1.0]))


@pytest.mark.slow
@settings(max_examples=count_examples(60))
@given(st.sampled_from(KINDS), st.lists(figures, min_size=1, max_size=3))
def test_no_interval_leaves_the_scale_whatever_the_figures(one, years):
    low, high = one.scale.lowest, one.scale.highest
    window = {
        2019 - back: Figure(2019 - back, round(low + share * (high - low), 1), cohort=pupils, step=step)
        for back, (share, pupils, step) in enumerate(reversed(years))
    }
    window = dict(sorted(window.items()))
    pool = pool_years(one, window, 2019)
    limits = [pool.lower, pool.upper, *(limit for figure in window.values() for limit in find_interval(one, figure))]
    assert all(limit is None or np.isnan(limit) or low <= limit <= high for limit in limits)
    trend = find_trend(one, window)
    assert trend is None or low - high <= trend.lower <= trend.change <= trend.upper <= high - low


def test_figures_drawn_anew_and_estimates_stay_on_the_scale():
    keys = ("ks2_rwm_expected", "ks2_reading_score", "absence_persistent")
    grid = blank_grid(keys, np.array([2.0, 4.0]))
    spread = spread_of(keys, 30.0)
    distances_far = np.full((2, 3), 25.0) * np.array([[1.0], [-1.0]])
    drawn = sample_figures(grid, np.zeros((1, 3, 3)), distances_far, spread, np.random.default_rng(3))
    scales = [one.scale for one in grid.indicators]
    for place, scale in enumerate(scales):
        assert scale.lowest <= np.nanmin(drawn.value[:, place]) <= np.nanmax(drawn.value[:, place]) <= scale.highest
    england_row = england_of(grid)
    found = shrink_figures(drawn, measure_distances(drawn, england_row, similar_like(england_row.value)), spread)
    for scale, figure in zip(scales, found, strict=True):
        numbers = [figure.value, figure.lower, figure.upper, figure.towards]
        assert scale.lowest <= min(numbers) and max(numbers) <= scale.highest


def test_a_value_beyond_the_scale_is_left_aside_in_any_unit():
    for key, value in (("ks4_attainment8", 120.0), ("ks2_reading_score", 67.0), ("ks2_rwm_expected", 101.0)):
        pool = pool_years(indicator(key), {2019: Figure(2019, value, cohort=60)}, 2019)
        assert pool.value is None and "cannot be" in pool.reason
