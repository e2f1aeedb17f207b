"""How figures are drawn together and drawn anew, against textbook formulas, statsmodels' meta-analysis, cases worked
by hand, and invented schools whose true spread is known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.correlation_tools import corr_clipped
from statsmodels.stats.meta_analysis import combine_effects

from pipeline.analysis.country.resampling import form_belief, resample, sample_figures, shrink_figures
from pipeline.analysis.country.spread import Spread, estimate_spreads, find_spread, gather_spread, measure_deviations
from pipeline.analysis.grids.grid import Baselines, Grid
from pipeline.analysis.ratings.distance import find_angle, from_scale, measure_distances, to_scale
from pipeline.sources.frames import CORRELATIONS, SPREADS, shape_frame
from tests.conftest import count_examples

from .slices import indicator

RWM = indicator("ks2_rwm_expected")
SCORE = indicator("ks2_reading_score")
MATHS = indicator("ks2_maths_score")
PROGRESS = indicator("ks4_progress8")
PERSISTENT = indicator("absence_persistent")


def make_grid(indicators, value, pupils, *, step=0.0, half=np.nan) -> Grid:
    """A grid of ``value`` (rows, indicators, 3); numbers in place of arrays stand for all cells."""
    value = np.asarray(value, float)
    pupils, step, half = (np.broadcast_to(np.asarray(each, float), value.shape).copy() for each in (pupils, step, half))
    return Grid(tuple(indicators), 2019, value, pupils, step, value - half, value + half, np.ones(len(indicators)))


def make_baselines(value, shape, *, comparator="england", pupils=np.inf) -> Baselines:
    """Baselines of ``value`` (indicators) in every year and row."""
    whole = np.broadcast_to(np.asarray(value, float)[None, :, None], shape).copy()
    nothing, all_of_them = np.zeros(shape), np.full(shape, float(pupils))
    return Baselines(comparator, whole, nothing, all_of_them, nothing, np.ones(shape[:2], dtype=bool))


def make_spread(centre, spread, *, drift=1.0, between=None, within=None) -> Spread:
    size = len(centre)
    return Spread(
        np.array(centre, float),
        np.full(size, np.nan),
        np.array(spread, float),
        np.full(size, float(drift)),
        np.eye(size) if between is None else np.array(between, float),
        np.eye(size) if within is None else np.array(within, float),
    )


# The working scale


@pytest.mark.parametrize("pupils", [20, 60, 200])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.62, 0.9])
def test_the_angle_of_a_share_has_the_variance_claimed_of_it(share, pupils):
    # Anscombe (1948): 2·arcsin √((x + 3/8) / (n + 3/4)) varies by 1 / (n + ½); summed here over every count there is
    counts = np.arange(pupils + 1)
    chance, angle = binom.pmf(counts, pupils, share), find_angle(counts, np.full(pupils + 1, pupils))
    mean = (chance * angle).sum()
    assert (chance * (angle - mean) ** 2).sum() == pytest.approx(1 / (pupils + 0.5), rel=0.06)
    assert mean == pytest.approx(2 * math.asin(math.sqrt(share)), abs=0.02)  # under a per cent point


@settings(max_examples=count_examples(15))
@given(st.floats(0, 100), st.floats(80, 120))
def test_the_scale_is_left_as_it_was_entered(percent, score):
    figures = np.array([[percent, score]])
    back = from_scale((RWM, SCORE), to_scale((RWM, SCORE), figures))
    assert back.tolist()[0] == pytest.approx([percent, score], abs=1e-6)


# How far schools truly differ


def find_by_search(distance: np.ndarray, variance: np.ndarray, freedom: int) -> float:
    """Paule & Mandel's equation solved by halving: Σ d² / (v + τ²) = freedom."""
    low, high = 0.0, 1e3
    if (distance**2 / variance).sum() <= freedom:
        return 0.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if (distance**2 / (variance + middle**2)).sum() > freedom else (low, middle)
    return low


@pytest.mark.slow
@settings(max_examples=count_examples(12))
@given(st.integers(0, 10**6), st.floats(0, 0.5), st.integers(20, 120))
def test_the_spread_solves_the_equation_of_paule_and_mandel(seed, true, schools):
    draw = np.random.default_rng(seed)
    variance = 1 / draw.integers(11, 200, schools)
    distance = draw.normal(0, np.sqrt(variance + true**2))
    for fitted in (0, 1):
        expected = find_by_search(distance, variance, schools - fitted)
        assert find_spread(distance, variance, fitted=fitted) == pytest.approx(expected, abs=1e-6)
    missing = np.concatenate([distance, [np.nan] * 3])
    assert find_spread(missing, np.concatenate([variance, [0.1] * 3])) == find_spread(distance, variance)


@pytest.mark.parametrize("seed", range(5))
def test_among_schools_of_one_size_the_spread_is_that_of_dersimonian_and_laird(seed):
    # with equal variances Paule & Mandel, DerSimonian & Laird and the plain difference of variances are one
    draw = np.random.default_rng(seed)
    found, variance = draw.normal(0.3, 0.25, 80), np.full(80, 1 / 60)
    theirs = combine_effects(found, variance, method_re="dl")
    plain = max(0.0, found.var(ddof=1) - 1 / 60)
    assert find_spread(found - found.mean(), variance, fitted=1) ** 2 == pytest.approx(theirs.tau2)
    assert theirs.tau2 == pytest.approx(plain)


def test_among_schools_of_many_sizes_the_spread_is_near_statsmodels_paule_mandel():
    draw = np.random.default_rng(3)
    variance = 1 / draw.integers(11, 200, 400)
    found = draw.normal(0.2, np.sqrt(variance + 0.2**2))
    centre = np.average(found, weights=1 / variance)
    theirs = combine_effects(found, variance, method_re="iterated")  # it moves the centre too, and so differs a little
    assert find_spread(found - centre, variance, fitted=1) ** 2 == pytest.approx(theirs.tau2, rel=0.02)


def test_of_too_few_schools_no_spread_is_known():
    assert math.isnan(find_spread(np.ones(19), np.ones(19)))


def invent_country(schools: int, *, seed: int = 1, drift: float = 1.0):
    """Reading and maths averages of ``schools`` whose true spreads are 1.5 and 2, correlated 0.6 between schools and
    0.8 within, and whose years vary ``drift`` times as much as chance alone would let them."""
    draw = np.random.default_rng(seed)
    pupils = np.repeat(draw.integers(20, 90, schools)[:, None, None], 3, axis=2) * np.ones((1, 2, 1))
    spreads = np.array([1.5, 2.0])
    truth = draw.multivariate_normal([0, 0], np.outer(spreads, spreads) * np.array([[1, 0.6], [0.6, 1]]), schools)
    noise = draw.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], (schools, 3)).transpose(0, 2, 1)
    value = 104 + truth[:, :, None] + noise * 8 / np.sqrt(pupils) * math.sqrt(drift)
    grid = make_grid((SCORE, MATHS), value, pupils)
    shape = value.shape
    return grid, make_baselines([104, 104], shape), make_baselines([np.nan, np.nan], shape, pupils=1000)


@pytest.mark.parametrize("drift", [1.0, 1.7])
def test_what_was_put_into_an_invented_country_is_found_again(drift):
    spreads, correlations = estimate_spreads(measure_deviations(*invent_country(1500, drift=drift)))
    table = spreads.set_index("indicator")
    assert table["spread_all"].tolist() == pytest.approx([1.5, 2.0], rel=0.08)
    assert table["drift"].tolist() == pytest.approx([drift, drift], rel=0.06)
    assert table["centre"].tolist() == pytest.approx([0, 0], abs=0.12)
    pair = correlations.set_index(["indicator", "other"]).loc[(SCORE.key, MATHS.key)]
    assert (pair["between"], pair["within"]) == pytest.approx((0.6, 0.8), abs=0.08)


def test_correlations_gathered_can_always_belong_together():
    _, correlations = estimate_spreads(measure_deviations(*invent_country(60, seed=2)))
    spread = gather_spread((SCORE, MATHS, RWM), *estimate_spreads(measure_deviations(*invent_country(60, seed=2))))
    for matrix in (spread.between, spread.within):
        assert np.linalg.eigvalsh(matrix).min() > 0
        assert np.diag(matrix).tolist() == [1, 1, 1]
    assert set(correlations["indicator"]) == {SCORE.key, MATHS.key}
    assert math.isnan(spread.spread_all[2])  # no figure, nothing known


# Drawing together: normal theory


def test_one_average_drawn_together_by_hand():
    # 16 pupils a year for three years, spread 8: error 8/√48 = 1.1547, variance 1.3333. Schools truly differ by 2: 4.
    # The school's own figure weighs 4 / (4 + 1.3333) = 0.75.
    grid = make_grid([SCORE], [[[108, 108, 108]]], 16)
    spread = make_spread([1.0], [2.0])
    england = make_baselines([103], grid.value.shape)
    found = shrink_figures(grid, measure_distances(grid, england), spread)[0]
    assert found.reliability == pytest.approx(0.75)
    assert found.towards == pytest.approx(104)  # England's 103 and the average school's distance, 1
    assert found.value == pytest.approx(0.75 * 108 + 0.25 * 104)
    assert (found.lower, found.upper) == pytest.approx((107 - 1.96, 107 + 1.96), abs=1e-3)  # √(0.75 × 1.3333) = 1
    assert found.towards_whom == "all schools of the files"


def test_one_share_drawn_together_towards_similar_schools_by_hand():
    grid = make_grid([RWM], [[[np.nan, 50, 50]]], 20)
    shape = grid.value.shape
    distances = measure_distances(grid, make_baselines([62], shape), make_baselines([60], shape, pupils=900))
    spread = Spread(*(np.array([each]) for each in (0.0, 0.2, 0.5, 1.0)), np.eye(1), np.eye(1))
    found = shrink_figures(grid, distances, spread)[0]
    chance = 1 / 40.5
    weight = 0.04 / (0.04 + chance)
    own, expected = 2 * math.asin(math.sqrt(20.375 / 40.75)), 2 * math.asin(math.sqrt(0.60))
    angle = expected + weight * (own - expected)
    error = 1.959963984540054 * math.sqrt(weight * chance)
    limits = [100 * math.sin(each / 2) ** 2 for each in (angle, angle - error, angle + error)]
    assert (found.value, found.lower, found.upper) == pytest.approx(tuple(limits))
    assert (found.towards, found.reliability) == (pytest.approx(60), pytest.approx(weight))
    assert found.towards_whom == "similar schools"


@settings(max_examples=count_examples(12))
@given(st.integers(0, 10**6))
def test_what_is_believed_of_several_figures_errs_as_truth_and_luck_go_together(seed):
    draw = np.random.default_rng(seed)
    keys = (SCORE, MATHS, RWM)
    value = np.array([[draw.normal(104, 3, 3), draw.normal(104, 3, 3), draw.integers(20, 90, 3)]])
    grid = make_grid(keys, value, draw.integers(11, 80, (1, 1, 3)))
    roots = [draw.normal(size=(3, 6)) for _ in range(2)]
    between, within = (np.corrcoef(root) for root in roots)
    spread = make_spread(draw.normal(0, 1, 3), [1.5, 2.0, 0.3], between=between, within=within)
    distances = measure_distances(grid, make_baselines([104, 104, 62], grid.value.shape))
    belief = form_belief(grid, distances, spread)
    prior = between * np.outer(spread.spread_all, spread.spread_all)
    noise = within * np.sqrt(np.outer(distances.variance[0], distances.variance[0]))
    weight = np.diag(np.diag(prior) / (np.diag(prior) + np.diag(noise)))
    rest = np.eye(3) - weight  # an error is the part of the truth not drawn to, less the luck drawn with
    mean = spread.centre + weight @ (distances.found[0] - spread.centre)
    covariance = rest @ prior @ rest.T + weight @ noise @ weight.T
    assert belief.places.tolist() == [0, 1, 2]
    np.testing.assert_allclose(belief.mean, mean, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(belief.covariance, covariance, rtol=1e-6, atol=1e-9)


# Drawing anew


def draw_again(grid: Grid, truth, spread: Spread, england: Baselines, *, draws=12_000) -> Grid:
    template = grid.take(np.zeros(draws, dtype=int))
    reference = measure_distances(grid, england).reference
    levels = np.broadcast_to(np.asarray(truth, float), (draws, len(grid.indicators)))
    return sample_figures(template, reference, levels, spread, np.random.default_rng(7))


def test_shares_drawn_anew_are_binomial():
    grid = make_grid([RWM], [[[50, 50, 50]]], 30)
    drawn = draw_again(grid, [0.0], make_spread([0.0], [0.1]), make_baselines([62], grid.value.shape))
    counts = drawn.value[:, 0] * 30 / 100
    assert np.allclose(counts, np.round(counts))
    for year in range(3):
        seen = np.bincount(counts[:, year].round().astype(int), minlength=31) / len(counts)
        assert np.abs(seen - binom.pmf(np.arange(31), 30, 0.62)).max() < 0.01
    assert np.corrcoef(counts.T)[0, 1] == pytest.approx(0, abs=0.03)  # years are independent


def test_the_same_pupils_seen_again_have_the_same_luck():
    grid = make_grid([PERSISTENT], [[[10, 10, 10]]], 200)
    drawn = draw_again(grid, [0.0], make_spread([0.0], [0.1]), make_baselines([12], grid.value.shape)).value[:, 0]
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert drawn[:, 0].mean() == pytest.approx(12, abs=0.1)


def test_averages_drawn_anew_vary_as_chance_drift_and_correlation_say():
    grid = make_grid([SCORE, MATHS], [[[104] * 3, [104] * 3]], 64)
    within = [[1, 0.8], [0.8, 1]]
    spread = make_spread([0, 0], [1, 1], drift=1.5, within=within)
    drawn = draw_again(grid, [2.0, -1.0], spread, make_baselines([104, 105], grid.value.shape)).value
    assert drawn.mean(axis=(0, 2)).tolist() == pytest.approx([106, 104], abs=0.03)
    assert drawn[:, :, 1].var(axis=0).tolist() == pytest.approx([1.5, 1.5], rel=0.05)  # 8² / 64 × drift
    assert np.corrcoef(drawn[:, 0, 2], drawn[:, 1, 2])[0, 1] == pytest.approx(0.8, abs=0.02)


def test_figures_drawn_anew_are_rounded_as_published():
    grid = make_grid(
        [RWM, SCORE, PROGRESS], [[[50] * 3, [104] * 3, [0.2] * 3]], 30, step=[[[1], [1], [0.01]]], half=0.3
    )
    drawn = draw_again(grid, [0, 0, 0], make_spread([0] * 3, [1] * 3), make_baselines([62, 104, 0], grid.value.shape))
    for place, step in enumerate((1, 1, 0.01)):
        steps = drawn.value[:, place] / step
        assert np.allclose(steps, np.round(steps), atol=1e-6)
    widths = drawn.upper[:, 2] - drawn.lower[:, 2]
    assert np.allclose(widths, 0.6)  # a published interval moves with its figure
    assert drawn.value[:, 2, 0].std() == pytest.approx(0.3 / 1.96, rel=0.05)


def test_a_school_drawn_anew_varies_by_what_is_not_known_of_it_and_by_chance():
    # the true level is known to √(0.75 × 4/3) = 1; a year of 16 pupils varies by 8/√16 = 2 around it: √5 in all
    grid = make_grid([SCORE], [[[108, 108, 108]]], 16)
    spread = make_spread([1.0], [2.0])
    england = make_baselines([103], grid.value.shape)
    drawn = resample(grid, england, None, spread, resamples=12_000, rng=np.random.default_rng(5)).value[:, 0]
    assert drawn.mean() == pytest.approx(107, abs=0.05)
    assert drawn[:, 0].std() == pytest.approx(math.sqrt(5), rel=0.02)
    assert drawn.mean(axis=1).std() == pytest.approx(math.sqrt(1 + 4 / 3), rel=0.02)


@pytest.mark.slow
@settings(max_examples=count_examples(50))
@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_correlations_that_cannot_stand_together_become_the_near_ones_that_statsmodels_finds(found):
    indicators = (RWM, SCORE, MATHS)
    keys = [one.key for one in indicators]
    asked = np.eye(3)
    rows = [(keys[place], keys[place], 1.0) for place in range(3)]
    for (one, other), correlation in zip(((0, 1), (0, 2), (1, 2)), found, strict=True):
        asked[one, other] = asked[other, one] = np.clip(correlation, -0.98, 0.98)
        rows += [(keys[one], keys[other], correlation), (keys[other], keys[one], correlation)]
    correlations = pd.DataFrame(rows, columns=["indicator", "other", "between"]).assign(within=lambda all: all.between)
    spread = gather_spread(indicators, shape_frame(pd.DataFrame(), SPREADS), shape_frame(correlations, CORRELATIONS))
    stands = np.linalg.eigvalsh(asked).min() > 1e-6
    assert np.array_equal(spread.between, asked if stands else corr_clipped(asked, threshold=1e-3))
    assert np.linalg.eigvalsh(spread.between).min() > 0
