"""The officer's list: probabilities that keep their word, and a list of which one entry in twenty is false."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from pipeline.analysis.country.worth_a_look import (
    FALSE_SHARE,
    choose_worth_a_look,
    find_gap_probabilities,
    measure_year_ahead,
)
from pipeline.analysis.ratings.distance import from_scale, to_scale
from tests.analysis.grids import blank_grid, draw_country, england_of, similar_like, spread_of
from tests.conftest import count_examples

KEYS = ("ks2_rwm_expected", "ks2_reading_score", "ks2_maths_progress", "absence_persistent")
SCHOOLS = 2000


def draw_edition(*, drift: float = 1.0, seed: int = 5):
    """Schools that truly differ, and each with similar schools of whom 3,000 pupils are known."""
    apart = np.array([0.2, 1.5, 1.5, 0.1])
    spread = replace(spread_of(KEYS, 0.2, drift=drift), spread=apart, spread_all=apart)
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(SCHOOLS, 4)) * spread.spread
    grid = draw_country(KEYS, rng.integers(10, 90, SCHOOLS), truth, spread, seed=seed + 1).allow_for(drift)
    return grid, truth, spread


def test_one_school_by_hand():
    """Average score 102 of 3 × 30 pupils beside England's 105, σ 8, schools 1.5 apart: two points under is a gap."""
    grid = blank_grid(KEYS[1:2], np.array([30]))
    grid = replace(grid, value=grid.value - 3)
    spread = spread_of(KEYS[1:2], 1.5)
    (found,) = find_gap_probabilities(grid, england_of(grid), None, spread)
    chance = 8**2 / 90 + 0.1**2 / 12 / 3
    weight = 1.5**2 / (1.5**2 + chance)
    least = 1.0  # as the indicator states
    assert found[0, 0] == pytest.approx(norm.cdf((3 * weight - least) / np.sqrt(weight * chance)), rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("drift", [1.0, 1.8])
def test_probabilities_keep_their_word_and_one_entry_in_twenty_is_false(drift):
    grid, truth, spread = draw_edition(drift=drift)
    (found,) = find_gap_probabilities(grid, england_of(grid), None, spread)
    sign = np.where([one.lower_is_better for one in grid.indicators], 1, -1)
    reference = to_scale(grid.indicators, england_of(grid).value)[:, :, 0]
    away = from_scale(grid.indicators, reference + truth) - from_scale(grid.indicators, reference)
    least = np.array([np.nan if one.minimum_difference is None else one.minimum_difference for one in grid.indicators])
    least = np.where(np.isnan(least), 100 / grid.pupils.sum(axis=2), least)
    least[:, 3] *= 3  # the years of absence count the same pupils, each once
    is_gap = sign * away >= least
    for tenth in range(10):
        said = (found >= tenth / 10) & (found < (tenth + 1) / 10)
        assert is_gap[said].mean() == pytest.approx(found[said].mean(), abs=0.07), tenth
    listed = choose_worth_a_look(found)
    assert listed.sum() > 500
    assert 1 - is_gap[listed].mean() == pytest.approx(FALSE_SHARE, abs=0.015)


@pytest.mark.slow
def test_similar_schools_that_are_few_make_a_gap_beside_them_less_sure():
    grid, _, spread = draw_edition()
    beside = np.broadcast_to(england_of(grid).value, grid.value.shape)
    few, many = (find_gap_probabilities(grid, england_of(grid), similar_like(beside, n), spread)[1] for n in (60, 1e6))
    certain = many[:, 0] > 0.9
    assert (few[certain, 0] <= many[certain, 0]).all() and (few[certain, 0] < many[certain, 0] - 0.01).any()


@pytest.mark.slow
@settings(max_examples=count_examples(60))
@given(arrays(float, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.floats(0, 1)), st.data())
def test_a_list_holds_the_likeliest_and_never_more_false_ones_than_it_says(probabilities, data):
    unknown = data.draw(arrays(bool, probabilities.shape))
    probabilities = np.where(unknown, np.nan, probabilities)
    listed = choose_worth_a_look(probabilities)
    assert not listed[unknown].any()
    if listed.any():
        assert (1 - probabilities[listed]).mean() <= FALSE_SHARE + 1e-12
        rest = probabilities[~listed & ~unknown]
        assert not len(rest) or rest.max() <= probabilities[listed].min()


@pytest.mark.slow
@pytest.mark.parametrize("drift", [1.0, 2.0])
def test_the_latest_year_lies_where_the_years_before_led_one_to_expect(drift):
    grid, _, spread = draw_edition(drift=drift)
    held = measure_year_ahead(grid, england_of(grid), None, spread)
    assert np.isnan(held[:, 3]).all()  # the years of absence count the same pupils
    np.testing.assert_allclose(np.nanmean(held[:, :3], axis=0), 0.95, atol=0.015)
    calm = measure_year_ahead(grid, england_of(grid), None, replace(spread, drift=np.ones(4)))
    assert drift == 1.0 or np.nanmean(calm[:, :3]) < 0.90


def test_a_school_whose_years_before_say_nothing_foretells_nothing():
    grid = blank_grid(KEYS, np.array([30]))
    value = grid.value.copy()
    value[:, :, :2] = np.nan
    assert np.isnan(measure_year_ahead(replace(grid, value=value), england_of(grid), None, spread_of(KEYS, 0.2))).all()
