"""The department's bands, by their rule."""

from __future__ import annotations

import pytest

from pipeline.analysis.ratings.bands import ProgressBand, band_key_stage_2, band_progress_8, load_progress_thresholds

PROGRESS_8 = """
    score  lower  upper   band
     0.50   0.10   0.90   well above average
     0.49   0.10   0.90   above average
     0.80   0.00   1.60   average
     0.20  -0.10   0.50   average
    -0.20  -0.40  -0.01   below average
    -0.50  -0.90  -0.10   below average
    -0.51  -0.90  -0.10   well below average
    -0.90  -1.90   0.00   average
"""

READING_2019 = """
    score  lower  upper   band
     3.2    0.1    6.3    well above average
     3.1    0.1    6.1    above average
     3.5    0.0    7.0    average
    -2.8   -5.0   -0.1    below average
    -2.9   -5.0   -0.1    well below average
"""


def cases(table: str) -> list[tuple[float, float, float, str]]:
    rows = [line.split(maxsplit=3) for line in table.strip().splitlines()[1:]]
    return [(float(score), float(lower), float(upper), band.strip()) for score, lower, upper, band in rows]


@pytest.mark.parametrize(("score", "lower", "upper", "band"), cases(PROGRESS_8))
def test_progress_8_bands(score, lower, upper, band):
    assert band_progress_8(score, lower, upper).words == band


@pytest.mark.parametrize(("score", "lower", "upper", "band"), cases(READING_2019))
def test_key_stage_2_bands(score, lower, upper, band):
    assert band_key_stage_2("reading", 2019, score, lower, upper).words == band


def test_no_band_without_score_interval_or_settled_threshold():
    assert band_progress_8(None, None, None) is None
    assert band_progress_8(0.4, float("nan"), 0.6) is None
    assert band_key_stage_2("reading", 2031, 5.0, 3.0, 7.0) is None
    assert band_key_stage_2("reading", 2017, 3.4, 0.5, 6.3) is None  # between 3.3, above, and 3.5, well above
    assert band_key_stage_2("reading", 2017, 3.5, 0.5, 6.3) is ProgressBand.WELL_ABOVE


def test_the_thresholds_of_the_years_checked_are_settled_to_a_tenth_of_a_point():
    years = load_progress_thresholds().years
    for year in (2018, 2019):
        for each in years[year].values():
            assert each.well_above_from - each.above_up_to == pytest.approx(0.1)
            assert each.below_down_to - each.well_below_from == pytest.approx(0.1)
