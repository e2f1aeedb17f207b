"""Local returns are rated by the ordinary rules where a school has them, and not missed where it has none."""

from __future__ import annotations

import pytest

from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.school import analyse_school

from .slices import england, indicator, make_slice, row

YEARS = (2023, 2024, 2025)
OPTIONAL = [each for each in load_indicators() if each.optional]


def analyse(own, baselines=(), phase="primary"):
    return analyse_school(make_slice(own, list(baselines), phase=phase), load_indicators(), 2025)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "rating"), [(60, "gap"), (80, "in line"), (97, "strength")], ids=["gap", "in line", "strength"]
)
def test_a_return_is_pooled_and_rated_beside_englands_row(value, rating):
    own = [row("phonics_expected", year, value, 60) for year in YEARS]
    analysis = analyse(own, [england("phonics_expected", year, 80) for year in YEARS])
    (result,) = [each for each in analysis.results if each.indicator == "local_phonics"]
    assert (result.value, result.cohort) == (pytest.approx(value, abs=1), 180)
    assert result.comparisons[0].rating == rating
    assert not result.key_priority


def test_an_average_score_is_rated_by_its_stated_spread():
    own = [row("multiplication_check_score", year, 17.9, 58, unit="points", step=0.1) for year in YEARS]
    shared = [england("multiplication_check_score", year, 20.6, unit="points") for year in YEARS]
    (result,) = [each for each in analyse(own, shared).results if each.indicator == "local_multiplication_check"]
    assert result.comparisons[0].rating == "gap"


def test_without_englands_row_a_return_is_shown_and_not_rated():
    (result,) = [
        each
        for each in analyse([row("early_years_good_level", year, 70, 30) for year in YEARS]).results
        if each.by_year
    ]
    assert result.comparisons[0].rating == "not rated"
    assert "England's figure" in result.comparisons[0].reason


def test_a_withheld_return_is_shown_with_its_reason_and_never_as_a_number():
    withheld = [row("phonics_expected", year, None, 4, word="SUPP") for year in YEARS]
    (result,) = [each for each in analyse(withheld).results if each.by_year]
    assert result.value is None and result.comparisons[0].rating == "not rated"


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["infant", "first", "primary", "secondary"])
def test_a_school_without_returns_is_not_told_of_them(phase):
    analysis = analyse([row("absence_overall", year, 5.0, 200) for year in YEARS], phase=phase)
    titles = {each.short_title for each in OPTIONAL}
    assert len(titles) == 11  # three returns, suspended pupils, seven figures of sixth forms
    assert not titles & {result.short_title for result in analysis.results}
    assert not any(title in note for title in titles for note in analysis.notes)


def test_no_category_rests_on_what_only_some_schools_send_in():
    assert not any(each.key_priority for each in OPTIONAL)
    assert indicator("local_phonics").applies_to == indicator("local_early_years").applies_to
