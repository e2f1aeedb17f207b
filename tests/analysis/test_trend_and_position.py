"""Change over the years shown, in words only where chance cannot explain it; and where a school stands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.grids.comparators import ENGLAND
from pipeline.analysis.grids.figures import Figure
from pipeline.analysis.grids.grid import Baselines
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.ratings.judging import judge
from pipeline.analysis.ratings.position import find_tenth
from tests.conftest import count_examples

from .one_row import Claim, find_interval, find_trend, lay_out
from .slices import indicator

RWM = indicator("ks2_rwm_expected")
SCORE = indicator("ks2_reading_score")
PROGRESS = indicator("ks4_progress8")
PERSISTENT = indicator("absence_persistent")


def years(*parts: tuple[int, float, float | None]) -> dict[int, Figure]:
    return {year: Figure(year, value, cohort=pupils, step=0.0) for year, value, pupils in parts}


def test_newcombe_decides_the_words_for_a_share():
    trend = find_trend(RWM, years((2017, 60.0, 80), (2018, 99.0, 80), (2019, 80.0, 70)))  # 48 of 80, then 56 of 70
    assert (trend.first_year, trend.latest_year) == (2017, 2019)
    assert (trend.change, trend.lower, trend.upper) == pytest.approx((20.0, 5.24, 33.39), abs=0.01)
    assert trend.words == "improved since 2016/17"


@pytest.mark.parametrize(
    ("key", "first", "latest", "pupils", "words"),
    [
        (RWM, 80.0, 50.0, 60, "declined since 2016/17"),
        (RWM, 60.0, 50.0, 60, "no clear change"),
        (PERSISTENT, 10.0, 25.0, 200, "rose since 2016/17 (worse)"),
        (PERSISTENT, 25.0, 10.0, 200, "fell since 2016/17 (better)"),
        (SCORE, 100.0, 106.0, 60, "improved since 2016/17"),
        (SCORE, 104.0, 106.0, 60, "no clear change"),
    ],
)
def test_words_of_a_change(key, first, latest, pupils, words):
    assert find_trend(key, years((2017, first, pupils), (2019, latest, pupils))).words == words


def test_an_averages_change_by_hand():
    trend = find_trend(SCORE, years((2017, 100.0, 64), (2019, 103.0, 64)))  # spread 8: each year's error is 1
    assert trend.upper - trend.lower == pytest.approx(2 * 1.959964 * 2**0.5)


def test_a_progress_change_from_its_published_intervals():
    figures = {
        2018: Figure(2018, -0.4, -0.7, -0.1, cohort=150, step=0.01),
        2019: Figure(2019, 0.2, -0.2, 0.6, cohort=150, step=0.01),
    }
    trend = find_trend(PROGRESS, figures)  # half-widths 0.3 and 0.4: of the change, 0.5
    assert (trend.change, trend.lower, trend.upper) == pytest.approx((0.6, 0.1, 1.1))
    assert trend.words == "improved since 2017/18"


def test_no_trend_from_one_year_or_without_pupils():
    assert find_trend(RWM, years((2019, 60.0, 30))) is None
    assert find_trend(RWM, years((2018, 60.0, None), (2019, 60.0, 30))) is None
    assert np.isnan(find_interval(RWM, Figure(2019, None, cohort=30))).all()


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.floats(0, 100), st.floats(0, 100), st.integers(1, 300), st.integers(1, 300))
def test_a_change_lies_in_its_interval_and_words_keep_to_it(first, latest, pupils, later_pupils):
    trend = find_trend(RWM, years((2018, first, pupils), (2019, latest, later_pupils)))
    assert trend.lower <= trend.change <= trend.upper
    assert (trend.words == "no clear change") == (trend.lower <= 0 <= trend.upper)


def is_persistent(indicator: Indicator, *pairs: tuple[float | None, float | None]) -> bool:
    """Whether figures, each beside England's of the year, lay on the gap side in all of them."""
    own, england = (
        {2017 + n: Figure(2017 + n, pair[side], cohort=30) for n, pair in enumerate(pairs)} for side in (0, 1)
    )
    beside = lay_out([Claim(indicator, england)], 2019).value
    nothing, fits = np.zeros(beside.shape), np.ones((1, 1), dtype=bool)
    baselines = Baselines(ENGLAND, beside, nothing, nothing + np.inf, nothing, fits)
    return bool(judge(lay_out([Claim(indicator, own)], 2019), [baselines]).persistent[0, 0])


def test_persistence_needs_all_three_years_on_the_gap_side():
    assert is_persistent(RWM, (50, 61), (60, 64), (64, 65))
    assert not is_persistent(RWM, (50, 61), (60, 64), (65, 65))
    assert not is_persistent(RWM, (50, 61), (None, 64), (60, 65))
    assert not is_persistent(RWM, (50, 61), (60, 64))
    assert is_persistent(PERSISTENT, (12, 8), (13, 8), (14, 8))


CUTS = [44.0, 51.0, 56.0, 60.0, 64.0, 68.0, 72.0, 77.0, 84.0]


@pytest.mark.parametrize(
    ("value", "tenth", "turned"),
    [(90, 1, 10), (84, 1, 9), (83.9, 2, 9), (64, 5, 5), (44, 9, 1), (43.9, 10, 1), (0, 10, 1)],
)
def test_a_figure_on_a_cut_point_stands_on_its_better_side(value, tenth, turned):
    assert find_tenth(value, CUTS) == tenth
    assert find_tenth(value, CUTS, lower_is_better=True) == turned


@settings(max_examples=count_examples(30))
@given(st.floats(0, 100))
def test_positions_turn_round_with_the_direction(value):
    assert find_tenth(value, CUTS) == find_tenth(-value, sorted(-cut for cut in CUTS), lower_is_better=True)
