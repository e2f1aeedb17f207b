"""The gap to close: how far a school's pupils of a group are from England's others, and which way it moves."""

from __future__ import annotations

import pytest

from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.school import analyse_school
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.vocabulary import Level

from .slices import england, make_slice, row

RWM, KEY = "ks2_rwm_expected", "ks2_rwm_expected_disadvantaged"
YEARS = (2017, 2018, 2019)
INDICATORS = load_indicators()


def list_england(own=(48, 51, 51), others=(67, 70, 71)):
    return [
        england(RWM, year, value, step=1.0, group=group)
        for group, values in (("disadvantaged", own), ("other", others))
        for year, value in zip(YEARS, values, strict=True)
        if value is not None
    ]


def list_school(values, pupils=40, group="disadvantaged"):
    return [row(RWM, year, value, pupils, group=group) for year, value in zip(YEARS, values, strict=True)]


def find(own, beside=None, **about):
    analysis = analyse_school(make_slice(own, list_england() if beside is None else beside, **about), INDICATORS, 2019)
    return next(each for each in analysis.results if each.indicator == KEY)


def test_each_year_is_the_departments_difference_and_the_years_weigh_as_the_schools_pupils_do():
    found = find(list_school((33, 29, 45)))
    assert [(one.year, one.others, one.value) for one in found.gap.by_year] == [
        (2017, 67, -34),
        (2018, 70, -41),
        (2019, 71, -26),
    ]
    assert found.gap.others == pytest.approx((67 + 70 + 71) / 3)
    assert found.gap.value == pytest.approx(found.value - found.gap.others)
    assert (found.gap.lower, found.gap.upper) == pytest.approx(
        (found.lower - found.gap.others, found.upper - found.gap.others)
    )
    assert found.gap.group == "other" and found.against("england").baseline == pytest.approx((48 + 51 + 51) / 3)


@pytest.mark.parametrize(
    ("values", "others", "words"),
    [
        ((20, 40, 60), (67, 70, 71), "narrowing since 2016/17"),
        ((60, 40, 20), (67, 70, 71), "widening since 2016/17"),
        ((33, 29, 36), (67, 70, 71), "no clear change"),
        ((30, 50, 90), (40, 40, 40), "narrowing since 2016/17"),  # and now ahead
        ((60, 80, 99), (40, 40, 40), "further ahead since 2016/17"),
        ((99, 80, 60), (40, 40, 40), "less far ahead since 2016/17"),
        ((40, 40, 40), (40, 55, 95), "widening since 2016/17"),  # the others moved, the school did not
    ],
)
def test_the_gap_moves_in_words_only_where_its_change_leaves_out_zero(values, others, words):
    trend = find(list_school(values, 120), list_england(others=others)).gap.trend
    assert trend.words == words
    assert trend.change == pytest.approx((values[2] - others[2]) - (values[0] - others[0]))
    assert (trend.lower <= 0 <= trend.upper) == (words == "no clear change")


def test_the_change_of_a_gap_allows_for_the_usual_change_of_years_and_for_englands_rounding():
    found = find(list_school((20, 40, 60), 60))
    moved = 71 - 67
    assert found.gap.trend.lower == pytest.approx(found.trend.lower - moved - 1)  # half a point of either year
    assert found.gap.trend.upper == pytest.approx(found.trend.upper - moved + 1)


def test_a_year_that_is_withheld_has_no_gap_and_counts_in_none():
    found = find([*list_school((33, None, 45)), *list_school((60, 60, 60), group="other")])
    assert [one.value for one in found.gap.by_year] == [-34, None, -26]
    assert found.gap.others == pytest.approx((67 + 71) / 2)
    assert find(list_school((None, None, None))).gap is None


@pytest.mark.slow
def test_without_englands_others_of_a_year_the_years_together_have_no_gap():
    found = find(list_school((33, 29, 45)), list_england(others=(67, None, 71)))
    assert found.gap.value is None and found.gap.others is None
    assert [(one.year, one.value) for one in found.gap.by_year] == [(2017, -34), (2019, -26)]
    assert (found.gap.trend.first_year, found.gap.trend.latest_year) == (2017, 2019)
    assert find(list_school((33, 29, 45)), list_england(others=(None, None, None))).gap is None


def test_a_school_whose_pupils_are_unlike_most_has_no_gap():
    assert find(list_school((33, 29, 45)), phase="special", census_phase="special").gap is None


def test_only_what_says_to_whom_has_a_gap():
    everyone = [row(RWM, year, 50, 40) for year in YEARS]
    progress = [row("ks2_maths_progress", 2019, -1.6, 37, lower=-3.2, upper=0.0, step=0.1, unit="progress")]
    beside = [*list_england(), *(england(RWM, year, 65, step=1.0, level=Level.ENGLAND_STATE) for year in YEARS)]
    results = analyse_school(make_slice([*everyone, *progress], beside), INDICATORS, 2019).results
    assert results and all(one.gap is None and not one.gap_to for one in results if one.indicator != KEY)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("gap_reason:", "# gap_reason:"), "`gap_to` and `gap_reason` go together"),
        (("gap_to: other", "gap_to: disadvantaged"), "`gap_to` names other pupils than `group`"),
    ],
)
def test_a_file_says_to_whom_the_gap_is_and_why(tmp_path, change, said):
    import pipeline.analysis.indicators as indicators

    text = (indicators.FOLDER / f"{KEY}.yaml").read_text(encoding="utf-8")
    (tmp_path / f"{KEY}.yaml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(FaultyInput, match=said):
        load_indicators(tmp_path)
