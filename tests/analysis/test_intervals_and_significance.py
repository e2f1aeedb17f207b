"""Intervals and tests against published examples and independent functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, norm, t
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from pipeline.analysis.statistics.intervals import (
    T_ONE_YEAR,
    newcombe_intervals,
    normal_interval,
    standard_error_of_average,
    standard_error_of_interval,
    wilson_interval,
)
from pipeline.analysis.statistics.significance import (
    ONE_YEAR_FREEDOM,
    control_by_row,
    find_p_of_distance,
    find_p_of_share,
    widen_chance,
)
from tests.conftest import count_examples


@pytest.mark.parametrize(
    ("count", "pupils", "lower", "upper"),
    [(81, 263, 25.53, 36.62), (15, 148, 6.24, 16.05), (0, 20, 0.0, 16.11), (1, 29, 0.61, 17.18)],
)
def test_wilson_gives_the_published_examples(count, pupils, lower, upper):
    # Newcombe (1998), Statistics in Medicine 17: 857-872, table I, method 3
    assert wilson_interval(count, count, pupils) == pytest.approx((lower, upper), abs=0.005)


@pytest.mark.slow
def test_intervals_of_shares_are_those_of_statsmodels_to_the_last_digit():
    draw = np.random.default_rng(5)
    pupils = draw.integers(1, 900, 300)
    counts = np.floor(draw.random(300) * (pupils + 1)).astype(int)
    for place in range(0, 300, 2):
        (count, other), (all_, all_others) = counts[place : place + 2].tolist(), pupils[place : place + 2].tolist()
        lower, upper = proportion_confint(count, all_, method="wilson")
        assert wilson_interval(count, count, all_) == (
            min(100 * lower, 100 * (count / all_)),
            max(100 * upper, 100 * (count / all_)),
        )
        theirs = confint_proportions_2indep(count, all_, other, all_others, method="newcomb", compare="diff")
        assert newcombe_intervals((count, count, all_), (other, other, all_others)) == tuple(100 * x for x in theirs)


@pytest.mark.parametrize(
    ("latest", "first", "lower", "upper"),
    [((56, 70), (48, 80), 5.24, 33.39), ((9, 10), (3, 10), 17.05, 80.90), ((10, 10), (0, 20), 67.91, 100.0)],
)
def test_newcombe_gives_the_published_examples(latest, first, lower, upper):
    # Newcombe (1998), Statistics in Medicine 17: 873-890, table II, method 10
    found = newcombe_intervals((latest[0], *latest), (first[0], *first))
    assert found == pytest.approx((lower, upper), abs=0.01)


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.integers(1, 400), st.data())
def test_wilson_contains_every_share_the_count_allows(pupils, data):
    low = data.draw(st.integers(0, pupils))
    high = data.draw(st.integers(low, pupils))
    lower, upper = wilson_interval(low, high, pupils)
    assert 0 <= lower <= 100 * low / pupils <= 100 * high / pupils <= upper <= 100 + 1e-9


def test_published_rounding_widens_intervals():
    exact, wide = wilson_interval(100, 100, 200), wilson_interval(99, 101, 200)
    assert wide[0] < exact[0] < exact[1] < wide[1]
    assert newcombe_intervals((99, 101, 200), (79, 81, 200))[0] < newcombe_intervals((100, 100, 200), (80, 80, 200))[0]


def test_an_average_of_36_pupils_with_a_spread_of_19():
    error = standard_error_of_average(19, 36)
    assert error == pytest.approx(19 / 6)
    assert normal_interval(46.0, error) == pytest.approx((46 - 6.2066, 46 + 6.2066), abs=1e-3)
    assert standard_error_of_average(19, 36, 1 / 12) == pytest.approx(np.sqrt((19 / 6) ** 2 + 1 / 12))


def test_a_published_interval_gives_its_standard_error_back():
    assert standard_error_of_interval(-0.30, 0.14) == pytest.approx(0.22 / norm.ppf(0.975))


@pytest.mark.parametrize(
    ("count", "pupils", "share", "p"),
    [
        (0, 4, 0.5, 1 / 16),  # 2 × ½ × 1/16
        (1, 4, 0.5, 6 / 16),  # 2 × (1/16 + ½ × 4/16)
        (4, 4, 0.5, 1 / 16),
        (2, 4, 0.5, 1.0),
    ],
)
def test_mid_p_by_hand(count, pupils, share, p):
    assert find_p_of_share(count, count, pupils, share, share) == pytest.approx(p)


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.integers(1, 300), st.floats(0.01, 0.99), st.data())
def test_mid_p_lies_between_the_exact_tail_with_and_without_the_count(pupils, share, data):
    count = data.draw(st.integers(0, pupils))
    found = float(find_p_of_share(count, count, pupils, share, share))
    tails = [binomtest(count, pupils, share, alternative=side).pvalue for side in ("less", "greater")]
    side = int(np.argmin(tails)) if count != pupils * share else 0
    with_count, without = tails[side], tails[side] - binom.pmf(count, pupils, share)
    assert min(1, 2 * without) - 1e-9 <= found <= min(1, 2 * with_count) + 1e-9 or found == 1.0


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.integers(5, 200), st.floats(0.05, 0.95), st.data())
def test_uncertain_counts_never_make_a_finding_likelier(pupils, share, data):
    low = data.draw(st.integers(0, pupils))
    high = data.draw(st.integers(low, pupils))
    doubtful = float(find_p_of_share(low, high, pupils, share - 0.005, share + 0.005))
    for count in {low, high}:
        assert doubtful >= float(find_p_of_share(count, count, pupils, share, share)) - 1e-9


def test_the_test_takes_whole_arrays():
    counts = np.arange(0, 31)
    found = find_p_of_share(counts, counts, 30, 0.62, 0.62)
    assert found.shape == (31,)
    assert [float(find_p_of_share(c, c, 30, 0.62, 0.62)) for c in counts] == pytest.approx(found.tolist())


@pytest.mark.slow
def test_a_truly_average_school_is_found_one_time_in_twenty():
    # mid-P aims at 5% over cohort sizes, not at or under 5% for each: counts are whole, so single sizes lie about it
    rates = []
    for pupils in range(11, 181):
        counts = np.arange(pupils + 1)
        found = find_p_of_share(counts, counts, pupils, 0.62, 0.62) <= 0.05
        rates.append(binom.pmf(counts, pupils, 0.62)[found].sum())
    assert max(rates) < 0.07
    assert np.mean(rates) == pytest.approx(0.05, abs=0.002)


def test_the_false_discovery_control_gives_the_authors_own_example():
    # Benjamini & Hochberg (1995), section 4.1: fifteen tests, four found at 5%, where Bonferroni finds three
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p_values += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert sum(q <= 0.05 for q in control_by_row(np.array([p_values]))[0]) == 4


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=30))
def test_the_control_agrees_with_statsmodels_and_never_lowers_a_p(p_values):
    adjusted = control_by_row(np.array([p_values], dtype=float))[0].tolist()
    assert [np.isnan(q) for q in adjusted] == [p is None for p in p_values]
    tested = [(p, q) for p, q in zip(p_values, adjusted, strict=True) if p is not None]
    assert all(q >= p - 1e-12 for p, q in tested)
    if tested:
        expected = multipletests([p for p, _ in tested], method="fdr_bh")[1]
        assert [q for _, q in tested] == pytest.approx(expected.tolist())


def test_a_normal_distance_of_196_hundredths_is_one_in_twenty():
    assert find_p_of_distance(-1.959964, 1.0) == pytest.approx(0.05, abs=1e-6)


def test_a_figure_of_one_year_is_judged_by_students_t_and_of_several_by_the_normal():
    p = np.array([1.0, 0.3, 0.01, 1e-6, 0.0])
    deviates = norm.isf(p / 2) / 1.5**0.5
    assert widen_chance(p, 1.5) == pytest.approx(2 * norm.sf(deviates), rel=1e-12)
    assert widen_chance(p, 1.5, True) == pytest.approx(2 * t.sf(deviates, ONE_YEAR_FREEDOM), rel=1e-9)
    assert (widen_chance(p, 1.0) == p).all()
    assert (widen_chance(p, 1.0, True) >= p).all()
    assert pytest.approx(t.isf(0.025, ONE_YEAR_FREEDOM), rel=1e-12) == T_ONE_YEAR
