"""What a figure is rated: cases a statistician can check line by line, and rules for all input."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from pipeline.analysis.grids.figures import Figure
from pipeline.analysis.statistics.intervals import wilson_interval
from pipeline.foundation.vocabulary import Direction, Rating
from tests.conftest import count_examples

from .one_row import Claim, judge_claims, rate_claims, read
from .slices import indicator

RWM = indicator("ks2_rwm_expected")
SCORE = indicator("ks2_reading_score")
PROGRESS = indicator("ks4_progress8")
PERSISTENT = indicator("absence_persistent")

# One indicator alone against England at 62%, known exactly. Each year: pupils at the standard / pupils.
# p: exact binomial, mid-P, two-sided, of the pooled count.
SHARES = """
    years                  pooled   p        rating      why
    20/30 18/30 17/30      61.1%    0.863    no clear difference   55 of 90 where 55.8 are expected
    15/30 14/30 16/30      50.0%    0.022    gap         45 of 90; ten whole pupils short
    16/30 16/30 16/30      53.3%    0.094    no clear difference   eight short: chance makes that one time in eleven
    25/30 24/30 22/30      78.9%    0.00065   strength    71 of 90
    4/6 1/6 1/6            33.3%    0.016    gap         6 of 18: few pupils, a great difference
    0/5 0/5                0.0%     -        not rated   10 pupils
    15/30                  50.0%    0.20     no clear difference   one year: 0.19 by the normal
    10/30                  33.3%    0.0053   gap         one year: 0.0018 by the normal
"""


def share_claim(years: str, baseline: float = 62.0, rounding: float = 0.0, key=RWM) -> Claim:
    parts = [tuple(map(int, part.split("/"))) for part in years.split()]
    first = 2019 - len(parts) + 1
    figures = {
        year: Figure(year, 100 * done / pupils, cohort=pupils, step=0.0)
        for year, (done, pupils) in enumerate(parts, start=first)
    }
    return Claim(key, figures, baseline, rounding)


def share_cases() -> list[list[str]]:
    return [re.split(r"\s{3,}", line.strip())[:4] for line in SHARES.strip().splitlines()[1:]]


@pytest.mark.parametrize(("years", "pooled", "p", "rating"), share_cases())
def test_shares_against_62_per_cent(years, pooled, p, rating):
    claim = share_claim(years)
    (found,) = rate_claims([claim])
    assert f"{read(judge_claims([claim]), 0, claim, 2019).value:.1f}%" == pooled
    assert found.rating == rating
    if p == "-":
        assert (found.p_value, found.adjusted_p) == (None, None)
    else:
        assert found.p_value == pytest.approx(float(p), rel=0.05)


def test_less_than_one_whole_pupil_is_no_finding():
    # one pupil of 400 where 0.02 are expected: beyond chance, but 0.98 of a pupil
    (found,) = rate_claims([share_claim("1/200 0/200", baseline=0.005)])
    assert found.adjusted_p < 0.05
    assert (found.rating, found.pupils) == (Rating.IN_LINE, 0)
    (found,) = rate_claims([share_claim("1/200 0/200", baseline=0.005, key=RWM.model_copy(update={"margin": 0.1}))])
    assert found.reason == "The difference is less than one whole pupil."


def test_significant_but_small_is_in_line_where_all_of_its_range_is_near():
    figures = {year: Figure(year, 104.4, cohort=2000, step=0.0) for year in (2018, 2019)}
    (found,) = rate_claims([Claim(SCORE, figures, 104.0)])
    assert found.adjusted_p < 0.05
    assert found.rating is Rating.IN_LINE
    assert found.reason == "The whole range lies within 2 points of England's figure."
    narrow = SCORE.model_copy(update={"margin": 0.5})
    (found,) = rate_claims([Claim(narrow, figures, 104.0)])
    assert found.rating is Rating.NO_CLEAR_DIFFERENCE
    assert found.reason == "The difference is under 1, the least that counts here."


def test_in_line_is_claimed_only_where_it_is_shown():
    few, many = share_claim("19/30 18/30"), share_claim("1240/2000 1250/2000")
    assert rate_claims([few])[0].rating is Rating.NO_CLEAR_DIFFERENCE
    (found,) = rate_claims([many])
    assert found.rating is Rating.IN_LINE
    assert found.reason == "The whole range lies within 8 percentage points of England's figure."
    boundless = RWM.model_copy(update={"margin": None})
    assert rate_claims([replace(many, indicator=boundless)])[0].rating is Rating.NO_CLEAR_DIFFERENCE


def test_years_that_vary_more_than_chance_widen_ranges_and_tests():
    claim = share_claim("15/30 14/30 16/30")  # p = 0.022, z = 2.29, by chance alone
    calm, restless = (rate_claims([claim], drift=drift)[0] for drift in (1.0, 1.5))
    assert restless.p_value == pytest.approx(2 * norm.sf(norm.isf(calm.p_value / 2) / 1.5**0.5))
    assert (calm.rating, restless.rating) == (Rating.GAP, Rating.NO_CLEAR_DIFFERENCE)
    ranges = [read(judge_claims([claim], drift=drift), 0, claim, 2019) for drift in (1.0, 1.5)]
    # 45 of 90 with a variance half as large again is 30 of 60
    assert (ranges[1].lower, ranges[1].upper) == pytest.approx(wilson_interval(30, 30, 60))
    assert ranges[0].lower > ranges[1].lower and ranges[0].upper < ranges[1].upper


def test_progress_is_rated_from_its_published_interval():
    def rate(value, half):
        figure = Figure(2019, value, value - half, value + half, cohort=170, step=0.01)
        return rate_claims([Claim(PROGRESS, {2019: figure}, 0.0)])[0]

    assert rate(-0.30, 0.20).p_value == pytest.approx(0.0090, abs=2e-4)  # t = 0.295 ÷ (0.20 ÷ 1.96) = 2.89
    assert rate(-0.30, 0.20).rating is Rating.GAP
    assert rate(0.30, 0.20).rating is Rating.STRENGTH
    assert rate(-0.18, 0.20).rating is Rating.NO_CLEAR_DIFFERENCE
    assert rate(-0.05, 0.02).reason == "The whole range lies within 0.3 points of England's figure."


def test_more_absence_is_a_gap():
    (found,) = rate_claims([share_claim("60/200 60/200", baseline=11.0, key=PERSISTENT)])
    assert (found.rating, found.difference > 0) == (Rating.GAP, True)
    (found,) = rate_claims([share_claim("2/200 2/200", baseline=11.0, key=PERSISTENT)])
    assert found.rating is Rating.STRENGTH


def test_one_finding_among_many_must_be_stronger():
    doubtful = share_claim("15/30 14/30 16/30")  # p = 0.022 alone
    ordinary = share_claim("20/30 18/30 17/30")
    alone, among = rate_claims([doubtful])[0], rate_claims([doubtful, *[ordinary] * 11])[0]
    assert (alone.rating, among.rating) == (Rating.GAP, Rating.NO_CLEAR_DIFFERENCE)
    assert among.adjusted_p > alone.adjusted_p == alone.p_value


def test_what_cannot_be_rated_is_not_counted_among_the_tests():
    doubtful = share_claim("15/30 14/30 16/30")
    unrated = [share_claim("1/10")] * 20
    assert rate_claims([doubtful, *unrated])[0].rating is Rating.GAP


def test_a_missing_baseline_is_the_reason():
    claim = replace(share_claim("15/30 14/30 16/30"), baseline=None)
    (found,) = rate_claims([claim], missing="6 schools found, 10 needed.")
    assert (found.rating, found.reason, found.difference) == (Rating.NOT_RATED, "6 schools found, 10 needed.", None)


def test_englands_rounding_is_carried():
    sharp, rounded = (share_claim("15/30 14/30 16/30", rounding=half) for half in (0.0, 0.5))
    assert rate_claims([rounded])[0].p_value > rate_claims([sharp])[0].p_value
    assert rate_claims([share_claim("31/50 31/50", baseline=62.4, rounding=0.5)])[0].p_value == 1.0


ORDER = {Rating.GAP: 0, Rating.IN_LINE: 1, Rating.NO_CLEAR_DIFFERENCE: 1, Rating.STRENGTH: 2}


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.integers(11, 150), st.floats(5, 95), st.data())
def test_a_lower_count_never_gives_a_better_rating(pupils, baseline, data):
    high = data.draw(st.integers(0, pupils))
    low = data.draw(st.integers(0, high))
    better, worse = (rate_claims([share_claim(f"{n}/{pupils} {n}/{pupils}", baseline)])[0] for n in (high, low))
    assert ORDER[worse.rating] <= ORDER[better.rating]


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(st.integers(6, 150), st.integers(5, 95), st.data())
def test_turning_the_direction_round_swaps_strength_and_gap(pupils, baseline, data):
    count = data.draw(st.integers(0, pupils))
    turned = RWM.model_copy(update={"direction": Direction.LOWER_IS_BETTER})
    (one,) = rate_claims([share_claim(f"{count}/{pupils} {count}/{pupils}", baseline)])
    (other,) = rate_claims([share_claim(f"{count}/{pupils} {count}/{pupils}", baseline, key=turned)])
    swapped = {Rating.GAP: Rating.STRENGTH, Rating.STRENGTH: Rating.GAP}
    assert other.rating is swapped.get(one.rating, one.rating)
    assert other.p_value == one.p_value


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(40, 60)), min_size=1, max_size=15))
def test_the_control_never_rates_more_than_each_alone(schools):
    claims = [share_claim(f"{count}/{pupils} {count}/{pupils}") for count, pupils in schools]
    together = rate_claims(claims)
    for claim, found in zip(claims, together, strict=True):
        alone = rate_claims([claim])[0]
        assert found.rating in (alone.rating, Rating.IN_LINE, Rating.NO_CLEAR_DIFFERENCE)
