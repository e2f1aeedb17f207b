"""The statistics of the method against independent implementations: formulas written out, exact fractions, brute-force
enumeration, and scipy's or statsmodels' own functions where ours do not already rest on them."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom, binomtest, fisher_exact, hypergeom, norm, spearmanr
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW
from statsmodels.tools.tools import add_constant

from pipeline.analysis.grids.figures import Figure
from pipeline.analysis.grids.grid import Grid
from pipeline.analysis.ratings.position import find_tenth
from pipeline.analysis.ratings.writing import estimate_writing_pattern, find_usual_counts
from pipeline.analysis.statistics.association import correlate_ranks
from pipeline.analysis.statistics.intervals import (
    Z,
    newcombe_intervals,
    normal_interval,
    standard_error_of_average,
    standard_error_of_interval,
    wilson_interval,
)
from pipeline.analysis.statistics.significance import (
    FALSE_DISCOVERY_RATE,
    control_by_row,
    find_p_of_distance,
    find_p_of_share,
    find_p_of_two_shares,
)
from tests.conftest import count_examples

from .one_row import count_of, pool_years
from .slices import indicator

RWM = indicator("ks2_rwm_expected")
SCORE = indicator("ks2_reading_score")


# Wilson (1927)


def wilson_by_formula(count: float, pupils: float) -> tuple[float, float]:
    """The closed formula in per cent, as Newcombe (1998) prints it for his method 3."""
    share, z = count / pupils, 1.959963984540054
    centre = 2 * pupils * share + z**2
    half = z * math.sqrt(z**2 + 4 * pupils * share * (1 - share))
    return 100 * (centre - half) / (2 * (pupils + z**2)), 100 * (centre + half) / (2 * (pupils + z**2))


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.integers(1, 400), st.data())
def test_wilson_is_the_closed_formula_and_scipys(pupils, data):
    count = data.draw(st.integers(0, pupils))
    found = wilson_interval(count, count, pupils)
    assert found == pytest.approx(wilson_by_formula(count, pupils), abs=1e-9)
    theirs = binomtest(count, pupils).proportion_ci(method="wilson")
    assert found == pytest.approx((100 * theirs.low, 100 * theirs.high), abs=1e-9)


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.integers(1, 400), st.data())
def test_wilsons_limits_are_the_shares_just_not_rejected_by_the_score_test(pupils, data):
    count = data.draw(st.integers(1, pupils - 1)) if pupils > 1 else 0
    for limit in wilson_interval(count, count, pupils):
        share = limit / 100
        if 0 < share < 1:
            score = (count / pupils - share) / math.sqrt(share * (1 - share) / pupils)
            assert abs(score) == pytest.approx(Z, abs=1e-6)


# The exact binomial test with mid-P (Lancaster 1961)


def mid_p_by_fractions(count: int, pupils: int, share: Fraction) -> Fraction:
    """Twice the tail on the side of the difference, the count itself at half weight; at most 1."""
    chances = [math.comb(pupils, k) * share**k * (1 - share) ** (pupils - k) for k in range(pupils + 1)]
    if count == pupils * share:
        return Fraction(1)
    beyond = chances[count + 1 :] if count > pupils * share else chances[:count]
    return min(Fraction(1), 2 * (sum(beyond) + chances[count] / 2))


@pytest.mark.slow
@pytest.mark.parametrize("share", [Fraction(1, 2), Fraction(13, 20), Fraction(2, 25)])
@pytest.mark.parametrize("pupils", [1, 2, 11, 24, 60])
def test_mid_p_is_the_sum_of_exact_fractions(pupils, share):
    counts = np.arange(pupils + 1)
    found = find_p_of_share(counts, counts, pupils, float(share), float(share))
    expected = [float(mid_p_by_fractions(count, pupils, share)) for count in range(pupils + 1)]
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-15)


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.integers(1, 400), st.floats(0.01, 0.99), st.data())
def test_mid_p_is_scipys_one_sided_test_less_half_the_point(pupils, share, data):
    count = data.draw(st.integers(0, pupils))
    assume(abs(count - pupils * share) > 1e-6)
    side = "greater" if count > pupils * share else "less"
    tail = binomtest(count, pupils, share, alternative=side).pvalue - binom.pmf(count, pupils, share) / 2
    assert float(find_p_of_share(count, count, pupils, share, share)) == pytest.approx(min(1, 2 * tail), abs=1e-9)


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(st.integers(2, 40), st.integers(2, 98), st.data())
def test_a_rounded_test_is_the_least_favourable_of_all_that_rounding_allows(pupils, percent, data):
    lowest = data.draw(st.integers(0, pupils))
    highest = data.draw(st.integers(lowest, min(pupils, lowest + 3)))
    # every count, and nine national shares within half a point, by exact fractions
    shares = [Fraction(percent, 100) + Fraction(step, 800) for step in range(-4, 5)]
    each = [mid_p_by_fractions(count, pupils, share) for count in range(lowest, highest + 1) for share in shares]
    found = float(find_p_of_share(lowest, highest, pupils, float(shares[0]), float(shares[-1])))
    if lowest <= pupils * shares[-1] and highest >= pupils * shares[0]:
        assert found == 1.0  # the school's range and England's meet: nothing can be found
    else:
        assert found == pytest.approx(float(max(each)), rel=1e-9)


# The share of a school beside the counted share of other schools (Fisher 1935, mid-P)


def mid_p_of_two_by_enumeration(count: int, pupils: int, others: int, other_pupils: int) -> Fraction:
    """All ways to spread those who did over all pupils, the school's being those that chance picks."""
    did, everyone = count + others, pupils + other_pupils
    ways = {k: math.comb(did, k) * math.comb(everyone - did, pupils - k) for k in range(min(did, pupils) + 1)}
    if count * other_pupils == others * pupils:
        return Fraction(1)
    above = count * other_pupils > others * pupils
    beyond = sum(number for k, number in ways.items() if (k > count if above else k < count))
    return min(Fraction(1), 2 * (beyond + Fraction(ways[count], 2)) / math.comb(everyone, pupils))


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.integers(1, 60), st.integers(1, 90), st.data())
def test_two_shares_are_tested_by_enumeration_of_all_ways_to_spread_them(pupils, other_pupils, data):
    count, others = data.draw(st.integers(0, pupils)), data.draw(st.integers(0, other_pupils))
    found = float(find_p_of_two_shares(count, count, pupils, others, other_pupils))
    assert found == pytest.approx(float(mid_p_of_two_by_enumeration(count, pupils, others, other_pupils)), rel=1e-9)


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.integers(11, 200), st.integers(200, 8000), st.floats(0.02, 0.98), st.data())
def test_two_shares_are_scipys_fisher_test_less_half_the_point(pupils, other_pupils, share, data):
    count = data.draw(st.integers(0, pupils))
    others = round(share * other_pupils)
    assume(count * other_pupils != others * pupils)
    side = "greater" if count * other_pupils > others * pupils else "less"
    table = [[count, pupils - count], [others, other_pupils - others]]
    point = hypergeom.pmf(count, pupils + other_pupils, count + others, pupils)
    tail = fisher_exact(table, alternative=side).pvalue - point / 2
    found = float(find_p_of_two_shares(count, count, pupils, others, other_pupils))
    assert found == pytest.approx(min(1, 2 * tail), abs=1e-8)


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.integers(5, 60), st.integers(20, 90), st.data())
def test_of_the_counts_that_rounding_allows_the_least_favourable_is_tested(pupils, other_pupils, data):
    lowest = data.draw(st.integers(0, pupils))
    highest = data.draw(st.integers(lowest, min(pupils, lowest + 3)))
    others = data.draw(st.integers(0, other_pupils))
    each = [mid_p_of_two_by_enumeration(n, pupils, others, other_pupils) for n in range(lowest, highest + 1)]
    found = float(find_p_of_two_shares(lowest, highest, pupils, others, other_pupils))
    if lowest * other_pupils <= others * pupils <= highest * other_pupils:
        assert found == 1.0
    else:
        assert found == pytest.approx(float(max(each)), rel=1e-9)


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(st.integers(11, 150), st.floats(0.1, 0.9), st.data())
def test_beside_very_many_others_the_test_of_two_shares_is_that_of_one(pupils, share, data):
    count = data.draw(st.integers(0, pupils))
    many = 10**8
    together = float(find_p_of_two_shares(count, count, pupils, round(share * many), many))
    assert together == pytest.approx(float(find_p_of_share(count, count, pupils, share, share)), rel=1e-3, abs=1e-9)


@pytest.mark.slow
def test_a_share_plainly_within_chance_could_not_have_been_a_finding():
    # judging passes over shares within 1.2 standard errors of the baseline: of none of these is p as low as 0.1
    lowest = 1.0
    for pupils in (*range(1, 61), 90, 240):
        counts = np.arange(pupils + 1)[:, None]
        shares = np.linspace(0.005, 0.995, 199)
        near = np.abs(counts - pupils * shares) <= 1.2 * np.sqrt(pupils * shares * (1 - shares))
        lowest = min(lowest, find_p_of_share(counts, counts, pupils, shares, shares)[near].min())
    assert lowest > 0.1


# Newcombe (1998, method 10)


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_newcombe_is_built_from_two_wilson_intervals(pupils, other_pupils, data):
    count, other = data.draw(st.integers(0, pupils)), data.draw(st.integers(0, other_pupils))
    share, other_share = 100 * count / pupils, 100 * other / other_pupils
    low, high = wilson_by_formula(count, pupils)
    other_low, other_high = wilson_by_formula(other, other_pupils)
    difference = share - other_share
    expected = (
        difference - math.hypot(share - low, other_high - other_share),
        difference + math.hypot(high - share, other_share - other_low),
    )
    found = newcombe_intervals((count, count, pupils), (other, other, other_pupils))
    assert found == pytest.approx(expected, abs=1e-6)


# Normal figures: averages and published intervals


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.floats(-30, 30), st.floats(0.05, 10))
def test_p_of_a_distance_is_twice_scipys_tail(distance, error):
    expected = 2 * norm.sf(abs(distance), scale=error)
    assert float(find_p_of_distance(distance, error)) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_the_normal_intervals_quantile_is_scipys():
    assert pytest.approx(norm.ppf(0.975), abs=1e-15) == Z
    assert normal_interval(3.0, 2.0) == pytest.approx(norm.interval(0.95, loc=3.0, scale=2.0))


@settings(max_examples=count_examples(20))
@given(st.floats(-5, 5), st.floats(0.01, 3))
def test_a_published_interval_and_its_standard_error_are_inverse(value, error):
    assert standard_error_of_interval(*normal_interval(value, error)) == pytest.approx(error)


@settings(max_examples=count_examples(15))
@given(st.lists(st.tuples(st.integers(11, 200), st.integers(85, 115)), min_size=2, max_size=3))
def test_a_pooled_average_is_statsmodels_weighted_mean(years):
    figures = {
        2019 - n: Figure(2019 - n, float(value), cohort=pupils, step=1.0) for n, (pupils, value) in enumerate(years)
    }
    pool = pool_years(SCORE, dict(sorted(figures.items())), 2019)
    theirs = DescrStatsW([value for _, value in years], weights=[pupils for pupils, _ in years])
    assert pool.value == pytest.approx(theirs.mean)


def test_rounding_adds_a_twelfth_of_the_squared_step_to_the_variance():
    # a thousand true averages evenly spread over one step, all published as 104
    true = 103.5 + (np.arange(1000) + 0.5) / 1000
    assert np.var(true - 104) == pytest.approx(1 / 12, rel=1e-5)
    assert standard_error_of_average(8, 64, np.var(true - 104)) ** 2 == pytest.approx(1 + 1 / 12, rel=1e-5)


# Benjamini & Hochberg (1995)


def find_by_definition(p_values: list[float], rate: float) -> set[int]:
    """The paper's procedure: the largest k whose kth smallest p is at most k/m × rate; reject those up to it."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    largest = max((k for k, place in enumerate(order, 1) if p_values[place] <= k / len(order) * rate), default=0)
    return set(order[:largest])


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.lists(st.floats(0, 1) | st.floats(0, 0.06), min_size=1, max_size=30))
def test_the_control_finds_what_the_papers_procedure_finds(p_values):
    adjusted = control_by_row(np.array([p_values]))[0].tolist()
    assume(all(abs(q - FALSE_DISCOVERY_RATE) > 1e-9 for q in adjusted))
    found = {place for place, q in enumerate(adjusted) if q <= FALSE_DISCOVERY_RATE}
    assert found == find_by_definition(p_values, FALSE_DISCOVERY_RATE)
    rejected, theirs, _, _ = multipletests(p_values, alpha=FALSE_DISCOVERY_RATE, method="fdr_bh")
    assert adjusted == pytest.approx(theirs.tolist())
    assert found == set(np.flatnonzero(rejected).tolist())


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(st.lists(st.lists(st.none() | st.floats(0, 1), min_size=6, max_size=6), min_size=1, max_size=5))
def test_the_control_of_many_rows_is_statsmodels_row_by_row(rows):
    found = control_by_row(np.array([[np.nan if p is None else p for p in each] for each in rows]))
    for each, adjusted in zip(rows, found, strict=True):
        tested = [p for p in each if p is not None]
        theirs = iter(multipletests(tested, method="fdr_bh")[1] if tested else ())
        expected = [math.nan if p is None else next(theirs) for p in each]
        assert adjusted.tolist() == pytest.approx(expected, nan_ok=True)


# Counts behind rounded percentages


def list_counts(value: Fraction, pupils: int, step: Fraction) -> list[int]:
    """Every whole number of pupils whose percentage lies within half a step of the published one, ends included."""
    return [c for c in range(pupils + 1) if abs(Fraction(100 * c, pupils) - value) <= step / 2]


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.integers(1, 1500), st.sampled_from([Fraction(1), Fraction(1, 10)]), st.data())
def test_counts_kept_are_all_that_give_the_published_percentage(pupils, step, data):
    value = data.draw(st.integers(0, int(100 / step))) * step
    _, lowest, highest = count_of(float(value), pupils, float(step))
    allowed = list_counts(value, pupils, step)
    if allowed:
        assert (lowest, highest) == (allowed[0], allowed[-1])
    else:  # no count of these pupils gives it: the two whole numbers on either side stay possible
        exact = value * pupils / 100
        assert (lowest, highest) == (math.floor(exact), math.ceil(exact))


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(st.lists(st.tuples(st.integers(5, 180), st.integers(0, 100)), min_size=2, max_size=3))
def test_a_pool_holds_every_sum_that_rounding_allows(years):
    figures = {2019 - n: Figure(2019 - n, float(v), cohort=pupils, step=1.0) for n, (pupils, v) in enumerate(years)}
    each = [list_counts(Fraction(value), pupils, Fraction(1)) for pupils, value in years]
    assume(all(each))
    pool = pool_years(RWM, dict(sorted(figures.items())), 2019)
    pupils = sum(number for number, _ in years)
    assert (pool.lowest, pool.highest, pool.pupils) == (
        sum(min(counts) for counts in each),
        sum(max(counts) for counts in each),
        pupils,
    )
    limits = [proportion_confint(count, pupils, method="wilson") for count in (pool.lowest, pool.highest)]
    assert (pool.lower, pool.upper) == pytest.approx((100 * limits[0][0], 100 * limits[1][1]))


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(st.lists(st.tuples(st.integers(20, 400), st.integers(0, 300)), min_size=2, max_size=3))
def test_the_same_pupils_seen_again_keep_the_share_and_every_count_it_allows(years):
    figures = {
        2019 - n: Figure(2019 - n, value / 10, cohort=pupils, step=0.1) for n, (pupils, value) in enumerate(years)
    }
    apart, once = (
        pool_years(RWM.model_copy(update={"same_pupils": same}), dict(sorted(figures.items())), 2019)
        for same in (False, True)
    )
    assert once.value == pytest.approx(apart.value)
    assert once.pupils == math.floor(sum(pupils for pupils, _ in years) / len(years) + 0.5)
    assert once.lowest / once.pupils <= apart.lowest / apart.pupils + 1e-9
    assert once.highest / once.pupils >= min(1, apart.highest / apart.pupils) - 1e-9


# Writing beside reading and maths, and ranks that go together


def invent_subjects(schools: int, seed: int) -> Grid:
    """Writing that follows reading and maths, with a spread of 6 points between schools and chance among pupils."""
    draw = np.random.default_rng(seed)
    pupils = draw.integers(15, 90, schools)
    reading, maths = np.clip(draw.normal(73, 9, (2, schools)), 5, 99)
    true = np.clip(8 + 0.5 * reading + 0.35 * maths + draw.normal(0, 6, schools), 1, 99)
    shares = [np.round(reading), 100 * draw.binomial(pupils, true / 100) / pupils, np.round(maths)]
    shape = (schools, 3, 1)
    value = np.concatenate([np.full((schools, 3, 2), np.nan), np.stack(shares, axis=1).reshape(shape)], axis=2)
    each = np.broadcast_to(pupils[:, None, None], value.shape).astype(float)
    nothing = np.full(value.shape, np.nan)
    keys = ("ks2_reading_expected", "ks2_writing_expected", "ks2_maths_expected")
    return Grid(
        tuple(indicator(key) for key in keys),
        2019,
        value,
        each,
        np.zeros(value.shape),
        nothing,
        nothing,
        np.ones(len(keys)),
    )


def test_the_pattern_of_writing_is_statsmodels_weighted_regression():
    grid = invent_subjects(2000, seed=4)
    found = estimate_writing_pattern(grid).iloc[0]
    reading, writing, maths = grid.value[:, :, 2].T
    pupils = grid.pupils[:, 0, 2]
    theirs = WLS(writing, add_constant(np.column_stack([reading, maths])), weights=pupils).fit()
    assert (found["constant"], found["reading"], found["maths"]) == pytest.approx(tuple(theirs.params), rel=1e-6)
    assert found["spread"] == pytest.approx(6, rel=0.06)  # what went in
    assert (found["schools"], found["first_year"], found["last_year"]) == (2000, 2019, 2019)


@pytest.mark.slow
@pytest.mark.parametrize(("suggested", "spread", "pupils"), [(70, 6, 40), (90, 4, 120), (50, 10, 15), (75, 0, 60)])
def test_the_usual_counts_are_those_of_beta_shares_and_binomial_pupils(suggested, spread, pupils):
    # shares spread evenly over the quantiles of the beta distribution with that mean and standard deviation
    mean, variance = suggested / 100, max((spread / 100) ** 2, 1e-6 * suggested / 100 * (1 - suggested / 100))
    size = mean * (1 - mean) / variance - 1
    shares = beta.ppf((np.arange(4_000) + 0.5) / 4_000, mean * size, (1 - mean) * size)
    chance = np.array([binom.pmf(count, pupils, shares).mean() for count in range(pupils + 1)]).cumsum()
    least, most = find_usual_counts(suggested, spread, pupils)
    assert (least, most) == (int((chance < 0.01).sum()), int((chance < 0.99).sum()))


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 100)), min_size=10, max_size=60), st.integers(0, 9))
def test_ranks_are_correlated_as_scipys_spearman_does(pairs, seed):
    one, other = (np.array(column, float) for column in zip(*pairs, strict=True))
    assume(len(set(one)) > 1 and len(set(other)) > 1)
    found = correlate_ranks(one, other, seed)
    assert found.value == pytest.approx(spearmanr(one, other).statistic)
    assert found.lower <= found.upper and found.lower >= -1 - 1e-9 and found.upper <= 1 + 1e-9
    assert correlate_ranks(one, other, seed) == found


# Position


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(st.lists(st.integers(0, 100), min_size=100, max_size=160), st.integers(0, 100))
def test_a_position_counts_the_cut_points_that_lie_above(schools, value):
    cuts = np.percentile(schools, np.arange(10, 100, 10)).tolist()
    assert find_tenth(value, cuts) == 10 - np.searchsorted(cuts, value, side="right")
    assert find_tenth(value, cuts, lower_is_better=True) == 1 + np.searchsorted(cuts, value, side="left")
