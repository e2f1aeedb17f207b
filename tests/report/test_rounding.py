"""Numbers as readers see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.foundation.vocabulary import round_half_up
from pipeline.report.sentences.rounding import (
    format_difference,
    format_interval,
    format_number,
    format_pupils,
    format_value,
)


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (0.5, 0, "1"),
        (2.5, 0, "3"),  # half up, not half to even
        (-2.5, 0, "−3"),
        (61.349999999999994, 1, "61.4"),
        (0.285, 2, "0.29"),  # a float just under its half
        (1.005, 2, "1.01"),
        (-0.04, 1, "0.0"),  # never minus nought
        (1204.0, 0, "1,204"),
        (-0.334, 2, "−0.33"),
    ],
)
def test_numbers_are_rounded_half_up_and_carry_a_true_minus(value, decimals, written):
    assert format_number(value, decimals) == written


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "written"),
    [
        (62.0, "percent", None, "62%"),
        (50.25, "percent", 1, "50.3%"),
        (46.51, "points", None, "46.5"),
        (0.06, "progress", None, "+0.06"),
        (-0.334, "progress", None, "−0.33"),
        (0.0, "progress", 1, "0.0"),
        (104.4, "scaled score", 1, "104.4"),
    ],
)
def test_a_value_is_written_in_its_unit(value, unit, decimals, written):
    assert format_value(value, unit, decimals) == written


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "written"),
    [
        (-11.7, "percent", 0, "12 percentage points"),
        (1.2, "percent", 0, "1 percentage point"),
        (-5.28, "points", 1, "5.3 points"),
        (1.0, "points", 0, "1 point"),
        (0.45, "progress", 2, "0.45 points"),
    ],
)
def test_a_difference_between_percentages_is_in_percentage_points(value, unit, decimals, written):
    assert format_difference(value, unit, decimals) == written


def test_pupils_are_counted_in_good_english():
    assert [format_pupils(count) for count in (0, 1, 2, 1204)] == ["0 pupils", "1 pupil", "2 pupils", "1,204 pupils"]


def test_an_interval_of_negative_figures_can_be_read():
    assert format_interval(-0.86, -0.36, "progress", 2) == "−0.86 to −0.36"


@pytest.mark.slow
@given(st.floats(-1e6, 1e6), st.integers(0, 3))
def test_rounding_moves_a_number_by_at_most_half_a_step(value, decimals):
    assert abs(float(round_half_up(value, decimals)) - value) <= 0.5 * 10**-decimals + 1e-9


@pytest.mark.slow
@given(st.floats(0, 1e6), st.integers(0, 3))
def test_a_number_and_its_opposite_differ_in_the_sign_alone(value, decimals):
    written = format_number(value, decimals)
    assert format_number(-value, decimals) in (f"−{written}", written)
