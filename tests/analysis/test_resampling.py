"""Figures drawn anew: as published, as uncertain as they should be, and the same for the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.analysis.country.resampling import form_belief, form_beliefs, resample, shrink_figures
from pipeline.analysis.ratings.distance import measure_distances, to_scale
from tests.analysis.grids import blank_grid, draw_country, england_of, similar_like, spread_of

KEYS = ("ks2_rwm_expected", "ks2_reading_score", "ks2_maths_progress", "absence_persistent")


def _school(pupils: int = 30, values: tuple[float, ...] = (45.0, 103.0, -2.0, 20.0)):
    grid = blank_grid(KEYS, np.array([pupils]))
    moved = np.array(values)[None, :, None] - grid.value
    return replace(grid, value=grid.value + moved, lower=grid.lower + moved, upper=grid.upper + moved)


def _draw(grid, spread, draws=4000, seed=1):
    return resample(grid, england_of(grid), None, spread, resamples=draws, rng=np.random.default_rng(seed))


def test_draws_are_published_like_figures():
    grid = _school()
    drawn = _draw(grid, spread_of(KEYS, 0.2), draws=200)
    assert drawn.value.shape == (200, 4, 3)
    for place, step in enumerate(grid.step[0, :, 0]):
        steps = drawn.value[:, place] / step
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
    share = drawn.value[:, 0]
    assert ((share >= 0) & (share <= 100)).all()
    width = drawn.upper[:, 2] - drawn.lower[:, 2]
    np.testing.assert_allclose(width, (grid.upper - grid.lower)[0, 2, 0])
    years = drawn.value[:, 3]
    np.testing.assert_array_equal(years[:, 0], years[:, 2])  # the years of absence count the same pupils


@pytest.mark.slow
def test_the_same_seed_gives_the_same_draws_and_another_does_not():
    grid, spread = _school(), spread_of(KEYS, 0.2)
    np.testing.assert_array_equal(_draw(grid, spread).value, _draw(grid, spread).value)
    assert (_draw(grid, spread).value != _draw(grid, spread, seed=2).value).any()


def test_missing_years_stay_missing():
    grid = _school()
    grid.value[0, 0, 1] = np.nan
    drawn = _draw(grid, spread_of(KEYS, 0.2), draws=50)
    assert np.isnan(drawn.value[:, 0, 1]).all() and not np.isnan(drawn.value[:, 0, 0]).any()


def test_belief_of_one_indicator_is_the_textbook_shrinkage():
    """By hand: weight τ²/(τ²+v), mean and variance of the normal posterior."""
    grid = _school(30).choose([0])
    tau, variance = 0.2, 1 / 90.5
    distances = measure_distances(grid, england_of(grid))
    belief = form_belief(grid, distances, spread_of(KEYS[:1], tau))
    found = 2 * np.arcsin(np.sqrt((40.5 + 0.375) / 90.75)) - 2 * np.arcsin(np.sqrt(0.65))
    # 45% of 30 pupils is 13.5: no whole number gives it, so the count stays as published
    weight = tau**2 / (tau**2 + variance)
    assert belief.mean[0] == pytest.approx(weight * found, abs=1e-9)
    assert belief.covariance[0, 0] == pytest.approx(weight * variance, abs=1e-9)


@pytest.mark.slow
def test_what_is_wrong_with_two_figures_goes_together_as_often_as_it_says():
    """Where schools' truth and luck run alike in two figures, so do the errors of what is believed of both."""
    rng, keys = np.random.default_rng(7), ("ks2_reading_score", "ks2_maths_progress")
    spread = spread_of(keys, 1.5, between=np.array([[1, 0.6], [0.6, 1]]), within=np.array([[1, 0.8], [0.8, 1]]))
    truth = 1.5 * rng.standard_normal((3000, 2)) @ np.linalg.cholesky(spread.between).T
    grid = draw_country(keys, np.full(3000, 30), truth, spread, seed=8)
    distances = measure_distances(grid, england_of(grid))
    mean, _, _ = form_beliefs(grid, distances, spread)
    said = form_belief(grid, distances, spread).covariance
    np.testing.assert_allclose(np.cov((truth - mean).T), said, rtol=0.08)


def test_where_nobody_knows_how_schools_differ_nothing_is_drawn_together():
    grid = _school().choose([0])
    distances = measure_distances(grid, england_of(grid))
    belief = form_belief(grid, distances, spread_of(KEYS[:1], np.nan))
    assert belief.mean[0] == pytest.approx(distances.found[0, 0], abs=1e-4)
    assert shrink_figures(grid, distances, spread_of(KEYS[:1], np.nan))[0] is None


def test_a_small_school_is_drawn_further_and_towards_similar_schools():
    spread = spread_of(KEYS, 0.2)
    near = similar_like(np.array([60.0, 104.0, 0.0, 16.0])[None, :, None] * np.ones((1, 1, 3)))
    shrunk = {}
    for pupils in (6, 60):
        grid = _school(pupils)
        shrunk[pupils] = shrink_figures(grid, measure_distances(grid, england_of(grid), near), spread)[0]
    assert 45 < shrunk[60].value < shrunk[6].value < 60
    assert shrunk[6].reliability < shrunk[60].reliability < 1
    assert shrunk[6].towards == pytest.approx(60) and shrunk[6].towards_whom == "similar schools"
    assert shrunk[6].lower < shrunk[6].value < shrunk[6].upper


def test_draws_spread_as_belief_and_chance_together():
    """The variance of one drawn year: what is not known of the school, and the chance of one year's pupils."""
    grid, spread = _school(40).choose([1]), spread_of(KEYS[1:2], 2.0)
    drawn = _draw(grid, spread, draws=20_000)
    sd = grid.indicators[0].spread
    pooled = sd**2 / 120
    believed = 4 * pooled / (4 + pooled)
    assert np.var(drawn.value[:, 0, 2]) == pytest.approx(believed + sd**2 / 40, rel=0.05)


@pytest.mark.slow
def test_the_belief_holds_the_truth_as_often_as_it_says():
    """In a country drawn from the spread, the truth lies below the believed mean + z standard errors Φ(z) of times."""
    rng = np.random.default_rng(5)
    spread = spread_of(KEYS, 0.2)
    truth = rng.normal(0, 0.2, (1500, 4))
    grid = draw_country(KEYS, rng.integers(8, 80, 1500), truth, spread, seed=6)
    distances = measure_distances(grid, england_of(grid))
    inside = np.zeros((1500, 4), dtype=bool)
    for row in range(1500):
        belief = form_belief(grid, distances, spread, row)
        inside[row, belief.places] = np.abs(truth[row] - belief.mean) <= 1.2816 * np.sqrt(np.diag(belief.covariance))
    np.testing.assert_allclose(inside.mean(axis=0), 0.8, atol=0.035)


def test_a_reference_is_the_zero_of_each_year():
    grid = _school()
    distances = measure_distances(grid, england_of(grid))
    np.testing.assert_allclose(distances.reference[0], to_scale(grid.indicators, england_of(grid).value)[0])
    assert distances.found[0, 0] < 0 < distances.found[0, 3]
