"""Quantiles of the binomial distribution beside scipy's, which finds each by a search of its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from pipeline.analysis.quantiles import draw_counts


@pytest.mark.parametrize("most", [5, 60, 250, 1_600])
def test_counts_drawn_are_scipys_quantiles(most):
    draw = np.random.default_rng(most)
    pupils = draw.integers(1, most, 2_000).astype(float)
    share = np.clip(draw.normal(0.6, 0.3, 2_000), 0, 1)  # none and all of the pupils among them
    probability = draw.random(2_000)
    assert np.array_equal(draw_counts(probability, pupils, share), binom.ppf(probability, pupils, share))


def test_the_far_ends_of_the_distribution_are_reached():
    pupils, share = np.array([30.0, 30.0, 200.0, 200.0]), np.array([0.3, 0.7, 0.45, 0.55])
    for probability in (1e-10, 1 - 1e-10):
        sought = np.full(4, probability)
        assert np.array_equal(draw_counts(sought, pupils, share), binom.ppf(sought, pupils, share))


def test_nothing_drawn_from_nothing():
    assert draw_counts(np.array([]), np.array([]), np.array([])).tolist() == []
