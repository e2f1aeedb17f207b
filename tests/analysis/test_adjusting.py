"""Similar schools set to a school's own context: by hand, by brute force, and what it leaves of poverty."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from pipeline.analysis.country.adjusting import Pool, adjust_averages
from tests.conftest import count_examples

NO_RIDGE = 1e-9


def make_pool(points) -> Pool:
    rows = np.arange(len(points))
    return Pool(rows, rows, rows, np.asarray(points, float).reshape(len(rows), -1))


def choose_nearest(points, most: int) -> csr_array:
    """1 where a school is among the ``most`` nearest of another."""
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    near = np.zeros(apart.shape)
    np.put_along_axis(near, np.argsort(apart, axis=1, kind="stable")[:, :most], 1.0, axis=1)
    return csr_array(near)


def test_five_schools_on_a_line_by_hand():
    """Each step of poverty costs 10 points; the poorest's two nearest lie 1½ steps better off: 15 points come off."""
    points = np.array([[0.0], [1], [2], [3], [4]])
    value = np.array([[80.0], [70], [60], [50], [99]])  # the poorest does far better than poverty suggests
    pool, sizes = make_pool(points), np.full((5, 1), 30.0)
    found = adjust_averages(pool, choose_nearest(points, 2), value, sizes, np.array([NO_RIDGE]))
    assert found.added[4, 0] == pytest.approx(-15)  # the slope is the others': its own 99 has no part in it
    assert 55 + found.added[4, 0] == pytest.approx(40)


def test_few_schools_for_so_many_variables_are_not_adjusted():
    points = np.random.default_rng(1).normal(size=(11, 4))
    pool = make_pool(points)
    found = adjust_averages(pool, choose_nearest(points, 5), points[:, :1], np.ones((11, 1)), np.array([0.0]))
    assert not found.added.any() and not found.variance.any()


def adjust_by_brute_force(points, near, value, sizes, ridge) -> np.ndarray:
    """The regression run anew without each school in turn."""
    added = np.zeros(len(points))
    for own in range(len(points)):
        others = np.array([place for place in range(len(points)) if place != own and sizes[place] > 0])
        design = np.column_stack([np.ones(len(others)), points[others]])
        penalty = np.diag([0.0, *np.full(points.shape[1], ridge)])
        slopes = np.linalg.solve(
            (design.T * sizes[others]) @ design + penalty, design.T @ (sizes[others] * value[others])
        )
        weights = near[own] * sizes
        added[own] = (points[own] - weights @ points / weights.sum()) @ slopes[1:]
    return added


@pytest.mark.slow
@settings(max_examples=count_examples(25))
@given(st.integers(0, 10**6), st.integers(20, 60), st.floats(0, 500))
def test_leaving_each_school_out_is_what_it_says(seed, schools, ridge):
    draw = np.random.default_rng(seed)
    points = draw.normal(size=(schools, 3))
    value = 60 + points @ draw.normal(0, 5, 3) + draw.normal(0, 8, schools)
    sizes = draw.integers(0, 60, schools).astype(float)
    sizes[:5] = 30
    near = choose_nearest(points, 15)
    found = adjust_averages(make_pool(points), near, value[:, None], sizes[:, None], np.array([ridge]))
    expected = adjust_by_brute_force(points, near.toarray(), value, sizes, ridge)
    np.testing.assert_allclose(found.added[:, 0], expected, rtol=1e-6, atol=1e-6)


def test_poverty_that_explains_results_is_taken_out_and_what_schools_add_is_left():
    draw = np.random.default_rng(3)
    points = draw.normal(size=(300, 5))
    adds = draw.normal(0, 4, 300)
    value = (65 - 6 * points[:, 0] + adds + draw.normal(0, 3, 300))[:, None]
    sizes, near = np.full((300, 1), 100.0), choose_nearest(points, 50)
    average = (near @ (sizes * value)) / (near @ sizes)
    found = adjust_averages(make_pool(points), near, value, sizes, np.array([100.0]))
    plain, adjusted = (value - average)[:, 0], (value - average - found.added)[:, 0]
    assert np.corrcoef(plain, points[:, 0])[0, 1] < -0.3
    assert abs(np.corrcoef(adjusted, points[:, 0])[0, 1]) < 0.1
    assert np.corrcoef(adjusted, adds)[0, 1] > 0.75
    assert adjusted.std() < plain.std()


@pytest.mark.slow
def test_the_variance_of_the_move_is_that_of_the_slopes():
    """Schools whose results poverty does not explain: over many countries the move varies as much as it says."""
    draw = np.random.default_rng(4)
    points = draw.normal(size=(80, 2))
    near, sizes = choose_nearest(points, 20), np.full((80, 1), 50.0)
    value = draw.normal(60, 8, (80, 400))
    found = adjust_averages(make_pool(points), near, value, np.repeat(sizes, 400, axis=1), np.full(400, NO_RIDGE))
    np.testing.assert_allclose(found.added.var(axis=1), found.variance.mean(axis=1), rtol=0.25)
