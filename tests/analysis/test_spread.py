"""What is planted in a country is found again: how far schools differ, how years vary, what moves together."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.analysis.country.spread import (
    estimate_spreads,
    find_spread,
    gather_spread,
    load_year_variation,
    measure_deviations,
)
from pipeline.analysis.ratings.distance import find_angle, from_scale, measure_distances, to_scale
from pipeline.sources.frames import CORRELATIONS, SPREADS
from tests.analysis.grids import blank_grid, choose, draw_country, england_of, similar_like, spread_of

KEYS = ("ks2_reading_expected", "ks2_maths_expected", "ks2_reading_score")
UNITS = np.array([1.0, 1.0, 10.0])  # a spread of 0.2 on the angle's scale is like 2 points of a scaled score


def _alike(correlation: float) -> np.ndarray:
    matrix = np.full((3, 3), correlation)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _country(spread: float, *, drift: float = 1.0, between: float = 0.0, within: float = 0.0, schools: int = 4000):
    rng = np.random.default_rng(7)
    truth = rng.multivariate_normal(np.zeros(3), _alike(between), schools) * spread * UNITS
    model = spread_of(KEYS, spread, drift=drift, within=_alike(within))
    return draw_country(KEYS, rng.integers(15, 90, schools), truth, model, seed=8)


def test_a_share_and_its_angle_are_one_another():
    keys = choose(*KEYS)
    value = np.array([[[0.0, 50.0, 100.0], [33.0, 66.0, np.nan], [98.0, 105.0, 111.0]]])
    np.testing.assert_allclose(from_scale(keys, to_scale(keys, value)), value, atol=1e-9)


def _estimate(*given):
    return estimate_spreads(measure_deviations(*given))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_chance_on_the_angle_is_as_large_at_any_share(share):
    draws = np.random.default_rng(3).binomial(40, share, 200_000)
    assert np.var(find_angle(draws, np.array(40.0))) == pytest.approx(1 / 40.5, rel=0.06)


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.25])
def test_the_planted_spread_is_found(spread):
    grid = _country(spread)
    spreads, _ = _estimate(grid, england_of(grid), similar_like(np.full(grid.value.shape, np.nan)))
    assert list(spreads.columns) == list(SPREADS)
    np.testing.assert_allclose(spreads["spread_all"] / UNITS, spread, atol=0.02)
    np.testing.assert_allclose(spreads["centre"] / UNITS, 0, atol=0.02)
    np.testing.assert_allclose(spreads["drift"], 1, atol=0.05)
    assert spreads["spread"].isna().all()  # no similar schools are known


@pytest.mark.slow
def test_what_similar_schools_explain_is_no_spread():
    grid = _country(0.25)
    truth_on_scale = measure_distances(grid, england_of(grid)).found[:, :, None]
    near = from_scale(grid.indicators, truth_on_scale + to_scale(grid.indicators, england_of(grid).value))
    spreads, _ = _estimate(grid, england_of(grid), similar_like(near))
    assert (spreads["spread"] < spreads["spread_all"] / 5).all()


@pytest.mark.slow
def test_years_that_vary_more_than_chance_are_told():
    grid = _country(0.1, drift=1.8)
    spreads, _ = _estimate(grid, england_of(grid), similar_like(np.full(grid.value.shape, np.nan)))
    np.testing.assert_allclose(spreads["drift"], 1.8, atol=0.1)
    np.testing.assert_allclose(spreads["spread_all"] / UNITS, 0.1, atol=0.02)


@pytest.mark.slow
def test_what_moves_together_is_told_from_chance_that_does():
    grid = _country(0.25, between=0.9, within=0.4)
    _, correlations = _estimate(grid, england_of(grid), similar_like(np.full(grid.value.shape, np.nan)))
    assert list(correlations.columns) == list(CORRELATIONS)
    unlike = correlations[correlations["indicator"] != correlations["other"]]
    np.testing.assert_allclose(unlike["between"], 0.9, atol=0.06)
    np.testing.assert_allclose(unlike["within"], 0.4, atol=0.06)


def test_too_few_schools_show_no_spread():
    assert np.isnan(find_spread(np.ones(19), np.ones(19)))
    assert find_spread(np.full(40, 3.0), np.ones(40)) == pytest.approx(np.sqrt(8), abs=1e-6)  # 9 / (1 + spread²) = 1


def test_an_edition_without_a_study_knows_how_years_usually_vary():
    grid = blank_grid(KEYS, np.array([30]))
    nothing = _estimate(grid.take(np.array([], dtype=int)), england_of(grid), similar_like(np.empty((0, 3, 3))))
    spread = gather_spread(grid.indicators, *nothing)
    assert np.isnan(spread.spread).all() and np.isnan(spread.spread_all).all()
    usual = load_year_variation()
    np.testing.assert_array_equal(spread.drift, [usual.percent.drift, usual.percent.drift, usual.average.drift])
    np.testing.assert_array_equal(spread.within, np.eye(3))
