"""Rank correlation and its interval, beside scipy's own."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from pipeline.analysis.statistics.association import correlate_ranks


@pytest.mark.slow
def test_the_correlation_is_scipys_and_the_interval_holds_it():
    draws = np.random.default_rng(5)
    shares = draws.uniform(2, 60, 120)
    tiers = np.clip(np.round(shares / 15 + draws.normal(0, 1.5, 120)), 1, 5)  # many schools share a category
    found = correlate_ranks(tiers, shares, 2019)
    assert found.value == pytest.approx(spearmanr(tiers, shares).statistic)
    assert found.lower < found.value < found.upper
    assert found.upper - found.lower < 0.35
    assert found == correlate_ranks(tiers, shares, 2019)


def test_no_relation_leaves_zero_inside():
    draws = np.random.default_rng(6)
    found = correlate_ranks(draws.integers(1, 6, 80), draws.uniform(0, 50, 80), 2019)
    assert found.lower < 0 < found.upper


def test_too_few_schools_or_one_category_say_nothing():
    assert correlate_ranks(np.arange(9), np.arange(9), 2019) is None
    assert correlate_ranks(np.full(30, 2), np.arange(30), 2019) is None
