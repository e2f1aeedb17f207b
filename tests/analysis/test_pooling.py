"""Counts rebuilt from percentages, and years pooled by pupils."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.grids.figures import Figure
from pipeline.analysis.statistics.intervals import T_ONE_YEAR, Z
from pipeline.foundation.vocabulary import Availability
from tests.conftest import count_examples

from .one_row import count_of, pool_years
from .slices import indicator

RWM = indicator("ks2_rwm_expected")
SCORE = indicator("ks2_reading_score")
PROGRESS = indicator("ks4_progress8")
ABSENCE = indicator("absence_persistent")


def share(year: int, value: float, cohort: float | None, step: float = 1.0) -> Figure:
    return Figure(year, value, cohort=cohort, step=step)


def suppressed(year: int) -> Figure:
    return Figure(year, None, cohort=4, availability=Availability.SUPPRESSED, word="SUPP")


@pytest.mark.parametrize(
    ("percent", "pupils", "step", "count", "lowest", "highest"),
    [
        (58, 12, 1.0, 7, 7, 7),  # 7 of 12 is 58.33%, printed 58%
        (100, 30, 1.0, 30, 30, 30),
        (0, 30, 1.0, 0, 0, 0),
        (65, 150, 1.0, 97.5, 97, 98),  # 96.75 to 98.25 pupils: 97 or 98
        (64.4, 150, 0.1, 97, 97, 97),  # 97 of 150 is 64.67%: no whole count gives 64.4%, see below
        (50, 11, 1.0, 5.5, 5, 6),  # neither 5 nor 6 of 11 is 50%: the denominator is not quite 11
    ],
)
def test_counts_rebuilt_from_percentages(percent, pupils, step, count, lowest, highest):
    if step == 0.1:
        count, lowest, highest = pytest.approx(96.6), 96, 97
    assert count_of(percent, pupils, step) == (count, lowest, highest)


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.integers(1, 2000), st.sampled_from([1.0, 0.1]), st.data())
def test_the_true_count_is_always_among_those_kept(pupils, step, data):
    true = data.draw(st.integers(0, pupils))
    printed = round(round(100 * true / pupils / step) * step, 1)
    _, lowest, highest = count_of(printed, pupils, step)
    assert lowest <= true <= highest
    assert 0 <= lowest <= highest <= pupils
    if pupils < 100:
        assert lowest == highest == true


def test_a_big_year_weighs_more_than_a_small_one():
    pool = pool_years(RWM, {2018: share(2018, 90, 10), 2019: share(2019, 50, 40)}, 2019)
    assert pool.value == pytest.approx(100 * (9 + 20) / 50)  # not the mean of percentages, 70
    assert (pool.years, pool.pupils, pool.weights, pool.reason) == ((2018, 2019), 50, (10, 40), "")


def test_years_outside_the_window_and_later_ones_are_left_aside():
    figures = {year: share(year, 60, 20) for year in (2015, 2016, 2018, 2019)}
    assert pool_years(RWM, figures, 2018).years == (2016, 2018)


def test_averages_are_weighted_by_pupils_and_their_rounding_is_carried():
    pool = pool_years(SCORE, {2018: share(2018, 104, 10), 2019: share(2019, 109, 40)}, 2019)
    assert pool.value == pytest.approx(108)
    assert pool.error == pytest.approx((64 / 50 + (0.2**2 + 0.8**2) / 12) ** 0.5)


def test_the_same_pupils_seen_again_add_no_pupils():
    pool = pool_years(ABSENCE, {year: share(year, 10, 200, 0.1) for year in (2017, 2018, 2019)}, 2019)
    assert (pool.value, pool.pupils) == (pytest.approx(10), 200)
    assert pool.lowest <= 20 <= pool.highest


def progress(year: int, value: float, half: float, cohort: float | None = 100, step: float = 0.01) -> Figure:
    return Figure(year, value, value - half, value + half, cohort=cohort, step=step)


def test_one_year_of_progress_reaches_as_much_farther_than_published_as_one_year_deserves():
    pool = pool_years(PROGRESS, {2019: Figure(2019, -0.2, -0.41, 0.0, cohort=110, step=0.01)}, 2019)
    assert (pool.years, pool.pupils, pool.reason) == ((2019,), 110, "")
    wider = T_ONE_YEAR / Z
    assert (pool.value, pool.lower, pool.upper) == pytest.approx((-0.2, -0.2 - 0.21 * wider, -0.2 + 0.2 * wider))


def test_years_of_progress_are_pooled_by_their_precision_and_not_the_latest_alone():
    figures = {2017: progress(2017, 0.6, 0.4), 2018: progress(2018, -0.5, 0.2), 2019: progress(2019, -0.2, 0.2)}
    pool = pool_years(PROGRESS, figures, 2019)
    assert (pool.years, pool.pupils) == ((2017, 2018, 2019), 300)
    assert pool.value == pytest.approx((0.6 * 1 + (-0.5) * 4 + (-0.2) * 4) / 9)  # half the width, four times the weight
    assert pool.error == pytest.approx(0.4 / Z / 9**0.5)
    assert (pool.lower, pool.upper) == (pytest.approx(pool.value - 0.4 / 3), pytest.approx(pool.value + 0.4 / 3))
    assert pool.rounding == pytest.approx(0.005)


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.lists(st.tuples(st.integers(5, 300), st.floats(-3, 3)), min_size=1, max_size=3))
def test_where_pupils_differ_alike_every_year_precision_weighs_as_pupils_do(years):
    spread = 1.28
    figures = {
        2019 - n: progress(2019 - n, value, Z * spread / size**0.5, size) for n, (size, value) in enumerate(years)
    }
    pool = pool_years(PROGRESS, dict(sorted(figures.items())), 2019)
    pupils = sum(size for size, _ in years)
    assert pool.value == pytest.approx(sum(size * value for size, value in years) / pupils)
    assert pool.error == pytest.approx(spread / pupils**0.5)


def test_a_year_of_progress_without_an_interval_is_left_aside_and_alone_it_is_only_shown():
    bare = Figure(2019, -0.2, cohort=90, step=0.01)
    pool = pool_years(PROGRESS, {2018: progress(2018, -0.5, 0.2), 2019: bare}, 2019)
    assert (pool.years, pool.value) == ((2018,), pytest.approx(-0.5))
    alone = pool_years(PROGRESS, {2019: bare}, 2019)
    assert (alone.value, alone.error) == (-0.2, None)
    reason = "no interval that can be used is published with this figure, so chance cannot be judged."
    assert alone.reason == f"2018/19: {reason}"


def test_of_how_many_pupils_pooled_progress_is_is_known_where_every_year_says_so():
    figures = {2018: progress(2018, 0.1, 0.2, cohort=None), 2019: progress(2019, 0.1, 0.2, cohort=60)}
    pool = pool_years(PROGRESS, figures, 2019)
    assert (pool.pupils, pool.reason) == (None, "")


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ({}, "No figure is in the files given."),
        ({2019: suppressed(2019)}, "2018/19: Withheld by the publisher because so few pupils are covered."),
        (
            {2018: share(2018, 60, 5), 2019: share(2019, 50, 4)},
            "Shown but not rated: 9 pupils in 2017/18 and 2018/19; at least 11 are needed.",
        ),
        (
            {2019: share(2019, 60, None)},
            "2018/19: no number of pupils that can be used is published, so chance cannot be judged.",
        ),
        ({2019: share(2019, 104.17, 24)}, "2018/19: the published figure, 104.17%, cannot be: it is left aside."),
    ],
)
def test_too_little_is_said_in_words(figures, reason):
    assert pool_years(RWM, figures, 2019).reason == reason


def test_one_year_is_rated_unless_the_indicator_asks_for_more():
    figures = {2018: suppressed(2018), 2019: share(2019, 60, 20)}
    assert pool_years(RWM, figures, 2019).reason == ""
    asks_more = RWM.model_copy(update={"minimum_years": 2})
    said = "Shown but not rated: 1 year of figures (2018/19); at least 2 are needed."
    assert pool_years(asks_more, figures, 2019).reason == said


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.lists(st.sampled_from([a for a in Availability if a != Availability.AVAILABLE]), min_size=1, max_size=3))
def test_what_is_withheld_never_yields_a_number(states):
    figures = {2019 - n: Figure(2019 - n, None, cohort=30, availability=state) for n, state in enumerate(states)}
    for each in (RWM, SCORE, PROGRESS, ABSENCE):
        pool = pool_years(each, dict(sorted(figures.items())), 2019)
        assert (pool.value, pool.lower, pool.upper, pool.pupils) == (None, None, None, None)
        assert pool.reason


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.lists(st.tuples(st.integers(1, 300), st.floats(0, 1)), min_size=1, max_size=3))
def test_pooled_values_lie_in_their_interval_and_between_their_years(years):
    figures = {
        2019 - n: share(2019 - n, float(round(100 * round(part * pupils) / pupils)), pupils)
        for n, (pupils, part) in enumerate(years)
    }
    pool = pool_years(RWM, dict(sorted(figures.items())), 2019)
    assert 0 <= pool.lower <= pool.value + 1e-9 and pool.value - 1e-9 <= pool.upper <= 100 + 1e-9
    values = [figure.value for figure in figures.values()]
    assert min(values) - 0.5 <= pool.value + 1e-9 and pool.value - 1e-9 <= max(values) + 0.5


def test_sums_of_counts_carry_the_doubt_of_each_year():
    pool = pool_years(RWM, {2018: share(2018, 65, 150), 2019: share(2019, 58, 12)}, 2019)
    assert (pool.value, pool.lowest, pool.highest, pool.pupils) == (pytest.approx(100 * 104.5 / 162), 104, 105, 162)
