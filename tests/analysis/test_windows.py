"""Which years an indicator speaks of: behind where it is published behind, and none from before a break."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.country.similar import average_similar, link_similar
from pipeline.analysis.country.spread import estimate_spreads, measure_deviations
from pipeline.analysis.grids.figures import Figure
from pipeline.analysis.grids.grid import lay_out, lay_out_england
from pipeline.analysis.grids.pooling import pool_grid
from pipeline.analysis.indicators import FOLDER, load_indicators
from pipeline.analysis.indicators.windows import explain_window, list_comparable, list_window
from pipeline.analysis.ratings.judging import judge
from pipeline.analysis.school import analyse_school
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.vocabulary import Availability, Rating
from pipeline.report.sentences.wording import explain_missing_year
from pipeline.sources.frames import SCHOOLS, SIMILAR, shape_frame
from tests.analysis.grids import similar_like
from tests.analysis.one_row import pool_years
from tests.analysis.slices import URN, england, indicator, make_slice, observe, row
from tests.conftest import count_examples

ATTAINMENT = indicator("ks4_attainment8")
DESTINATIONS = indicator("ks4_destinations")
PROGRESS8 = indicator("ks4_progress8")
EBACC = indicator("ks4_ebacc_points")
POOR = indicator("ks2_rwm_expected_disadvantaged")
RWM = indicator("ks2_rwm_expected")
KS2_PROGRESS = indicator("ks2_reading_progress")


def points(year: int, value: float | None, cohort: float | None = 100, **more) -> dict:
    return row("ks4_attainment8", year, value, cohort, **{"unit": "points", "step": 0.1, **more})


def national(year: int, value: float) -> dict:
    return england("ks4_attainment8", year, value, unit="points", step=0.1)


def leavers(year: int, value: float, cohort: float = 80) -> dict:
    return row("ks4_destinations_sustained", year, value, cohort, file="england_ks4-pupdest.csv")


ENGLAND_FELL = [national(2016, 49.9), national(2017, 46.3), national(2018, 46.5)]


def analyse(own: list[dict], baselines: list[dict], year: int, key: str):
    slice = make_slice(own, baselines, phase="secondary", census_phase="secondary")
    return next(result for result in analyse_school(slice, load_indicators(), year).results if result.indicator == key)


def test_the_window_ends_with_the_year_under_review_or_so_many_years_before():
    assert list_window(RWM, 2025) == (2023, 2024, 2025)
    assert list_window(DESTINATIONS, 2025) == (2021, 2022, 2023)


@pytest.mark.slow
@settings(max_examples=count_examples(60))
@given(st.sampled_from(load_indicators()), st.integers(2010, 2035))
def test_no_window_spans_a_break_and_each_holds_the_latest_year(each, year):
    years = list_comparable(each, year)
    assert years == list_window(each, year)[-len(years) :] and years[-1] == year - each.years_behind
    for one in each.breaks:
        assert years[0] >= one.since or years[-1] < one.since


def test_destinations_are_pooled_and_rated_over_the_leavers_of_their_own_three_years():
    own = [leavers(2021, 91, 86), leavers(2022, 89, 87), leavers(2023, 87, 70), leavers(2020, 10), leavers(2024, 10)]
    baselines = [
        england("ks4_destinations_sustained", year, value) for year, value in ((2021, 93), (2022, 92), (2023, 91))
    ]
    result = analyse(own, baselines, 2025, "ks4_destinations")
    # was: one year of the three that end with the review, never rated
    assert (result.years, result.cohort, round(result.value, 1)) == ((2021, 2022, 2023), 243, 88.9)
    beside = result.against("england")
    assert beside.rating is not Rating.NOT_RATED
    assert beside.baseline == pytest.approx((93 * 86 + 92 * 87 + 91 * 70) / 243)
    assert [figure.year for figure in result.by_year] == [2021, 2022, 2023]
    assert result.window_note == "Published 2 years behind: the newest are the leavers of 2022/23."
    assert result.persistent and "latest figure is of" not in result.note
    assert explain_missing_year(result, 2024) == "not yet published"


@pytest.mark.slow
def test_a_destination_year_that_is_missing_at_the_end_is_said():
    result = analyse([leavers(2021, 91), leavers(2022, 89)], [], 2025, "ks4_destinations")
    assert result.note == "The latest figure is of 2021/22."


def test_nothing_is_pooled_trended_or_compared_across_the_new_points_of_2017():
    own = [points(2016, 48.0), points(2017, 44.0), points(2018, 44.5)]
    result = analyse(own, ENGLAND_FELL, 2018, "ks4_attainment8")
    assert (result.years, result.value) == ((2017, 2018), 44.25)
    assert result.against("england").baseline == pytest.approx(46.4)
    assert (result.trend.first_year, result.trend.words) == (2017, "no clear change")  # was: declined since 2015/16
    assert [figure.year for figure in result.by_year] == [2017, 2018]
    assert not result.persistent  # two comparable years are not three
    assert result.window_note.startswith("Figures from before 2016/17 are left out: points were put on the scale of ")
    assert explain_missing_year(result, 2016) == "not comparable"


@pytest.mark.slow
def test_one_year_since_a_break_is_rated_provisionally_and_the_note_names_the_break():
    result = analyse([points(2016, 48.0), points(2017, 44.0)], ENGLAND_FELL, 2017, "ks4_attainment8")
    assert result.trend is None
    assert (result.years, result.provisional) == ((2017,), True)
    assert result.against("england").rating is Rating.NO_CLEAR_DIFFERENCE
    assert result.window_note.startswith("Figures from before 2016/17 are left out: ")


def test_before_the_break_the_old_points_are_pooled_among_themselves():
    figures = {year: Figure(year, 50.0, cohort=90, step=0.1) for year in (2014, 2015, 2016)}
    assert pool_years(ATTAINMENT, figures, 2016).years == (2014, 2015, 2016)


def test_the_wider_free_meals_of_2026_part_disadvantaged_pupils_and_nobody_else():
    parted = {each.key for each in load_indicators() if any(one.since == 2027 for one in each.breaks)}
    assert parted == {"ks2_rwm_expected_disadvantaged", "ks4_attainment8_disadvantaged"}
    assert list_comparable(POOR, 2026) == (2024, 2025, 2026)
    assert list_comparable(POOR, 2028) == (2027, 2028)
    assert list_comparable(POOR, 2029) == (2027, 2028, 2029)


def test_position_is_that_of_a_comparable_year_or_none():
    cuts = {f"d{tenth}": 38.0 + tenth for tenth in range(1, 10)}
    at = {"measure": "ks4_attainment8", "group": "all", "census_phase": "", "schools": 3000}
    distributions = [{**at, **cuts, "year": year} for year in (2016, 2017)]
    slice = make_slice(
        [points(2016, 48.0), points(2017, None)],
        ENGLAND_FELL,
        phase="secondary",
        census_phase="secondary",
        distributions=distributions,
    )
    (result,) = (one for one in analyse_school(slice, [ATTAINMENT], 2018).results)
    assert (result.position, result.value) == (None, None)


@pytest.mark.parametrize(
    ("each", "year", "published", "said"),
    [
        (RWM, 2025, (2023, 2024, 2025), ""),
        (ATTAINMENT, 2019, (), ""),
        (PROGRESS8, 2024, (2022, 2023, 2024), ""),
        (
            PROGRESS8,
            2025,
            (2023, 2024),
            "Not published for 2024/25 and 2025/26; expected again for 2026/27: these pupils took no tests at the end "
            "of primary school, in 2020 and 2021.",
        ),
        (
            PROGRESS8,
            2027,
            (2027,),
            "Not published for 2024/25 and 2025/26: these pupils took no tests at the end of primary school, in 2020 "
            "and 2021.",
        ),
        (EBACC, 2025, (2023, 2024, 2025), ""),
        (
            EBACC,
            2027,
            (2025,),
            "Not published since 2025/26: the English Baccalaureate measures leave the performance tables.",
        ),
        (
            KS2_PROGRESS,
            2025,
            (2023,),
            "Not published since 2023/24: these pupils took no assessments at the end of key stage 1, in 2020 and "
            "2021.",
        ),
        (
            KS2_PROGRESS,  # of 2025/26 the department says both: where a file has it, it is there
            2026,
            (2026,),
            "Not published for 2023/24 and 2024/25: these pupils took no assessments at the end of key stage 1, in "
            "2020 and 2021.",
        ),
    ],
)
def test_why_years_are_missing_is_said_in_words(each, year, published, said):
    assert explain_window(each, year, published) == said


def test_what_a_file_holds_of_a_year_without_is_believed():
    progress = {2026: Figure(2026, 1.0, 0.2, 1.8, cohort=60, step=0.1)}
    assert pool_years(KS2_PROGRESS, progress, 2026).years == (2026,)


def test_nothing_is_said_of_key_stage_2_progress_after_2025():
    for subject in ("reading", "writing", "maths"):
        pauses = indicator(f"ks2_{subject}_progress").ends
        assert [(pause.since, pause.again) for pause in pauses] == [(2020, 2023), (2024, None)]


def test_every_break_and_pause_names_its_source_on_the_page_of_indicators():
    page = (FOLDER.parents[2] / "docs" / "indicators.md").read_text(encoding="utf-8")
    told = [one for each in load_indicators() for one in (*each.breaks, *each.ends)]
    assert len(told) > 15
    assert all(one.source in page and one.why in page for one in told)


@pytest.mark.slow
def test_what_is_not_shown_is_said_with_the_years_looked_at_and_why_there_is_none():
    own = [row("ks2_rwm_expected", year, 60, 30) for year in (2024, 2025, 2026)]
    primary = analyse_school(make_slice(own), load_indicators(), 2026)
    (progress,) = (note for note in primary.notes if "Reading progress" in note)
    assert progress == (
        "Not shown, because the files given hold no figure from 2023/24 to 2025/26: Reading progress; "
        "Writing progress; Maths progress. Not published since 2023/24: these pupils took no assessments at the end of "
        "key stage 1, in 2020 and 2021."
    )
    secondary = analyse_school(make_slice([], phase="secondary"), load_indicators(), 2025)
    assert any("from 2020/21 to 2022/23: Destinations after 16." in note for note in secondary.notes)


# Many schools at once


def lay_out_schools(values: dict[int, list[float]], key: str, year: int, **more):
    """Schools with the same cohort a year: URN → the values of 2016 onwards."""
    each = indicator(key)
    rows = [
        points(2016 + n, value, urn=urn, published_urn=urn, **more)
        for urn, own in values.items()
        for n, value in enumerate(own)
    ]
    return lay_out(observe(rows), list(values), [each], year)


@pytest.mark.slow
def test_many_schools_keep_nothing_from_before_a_break():
    grid = lay_out_schools({URN: [48.0, 44.0, 44.5], URN + 1: [50.0, 47.0, 46.0]}, "ks4_attainment8", 2018)
    np.testing.assert_array_equal(grid.years, [[2016, 2017, 2018]])
    np.testing.assert_array_equal(grid.value[:, 0], [[np.nan, 44.0, 44.5], [np.nan, 47.0, 46.0]])
    schools = shape_frame(pd.DataFrame([{"urn": URN + n, "phase": "secondary"} for n in range(2)]), SCHOOLS)
    baselines = lay_out_england(observe(ENGLAND_FELL), schools, [ATTAINMENT], 2018)
    np.testing.assert_array_equal(baselines.value[0, 0], [np.nan, 46.3, 46.5])
    assert pool_grid(grid).value[:, 0].tolist() == [44.25, 46.5]
    assert not judge(grid, [baselines]).persistent.any()


@pytest.mark.slow
def test_the_years_of_schools_do_not_drift_because_the_points_changed():
    draw = np.random.default_rng(4)
    fell = {URN + n: [round(float(value), 1) for value in draw.normal((52, 46, 46), 1.9)] for n in range(400)}
    schools = shape_frame(pd.DataFrame([{"urn": urn, "phase": "secondary"} for urn in fell]), SCHOOLS)
    grid = lay_out_schools(fell, "ks4_attainment8", 2018)
    baselines = lay_out_england(
        observe([national(year, 46.0) for year in (2016, 2017, 2018)]), schools, [ATTAINMENT], 2018
    )
    spreads, _ = estimate_spreads(measure_deviations(grid, baselines, similar_like(np.full(grid.value.shape, np.nan))))
    assert spreads["drift"].item() == pytest.approx(1.0, abs=0.15)  # 2016 counted in: the largest there is


def test_similar_schools_have_no_figure_from_before_a_break():
    values = {URN + n: [50.0 + n, 46.0, 47.0] for n in range(12)}
    grid = lay_out_schools(values, "ks4_attainment8", 2018)
    pairs = pd.DataFrame(
        {"urn": URN, "similar": [URN + n for n in range(1, 12)], "rank": range(1, 12), "distance": 0.1}
    )
    found = average_similar(grid, list(values), link_similar(list(values), shape_frame(pairs, SIMILAR)))
    assert found["year"].tolist() == [2017, 2018]


def test_similar_schools_of_leavers_are_those_of_the_same_three_years():
    rows = [
        row("ks4_destinations_sustained", year, 90.0 + year - 2021, 50, urn=URN + n, published_urn=URN + n)
        for n in range(12)
        for year in range(2020, 2026)
    ]
    urns = [URN + n for n in range(12)]
    grid = lay_out(observe(rows), urns, [DESTINATIONS], 2025)
    pairs = pd.DataFrame(
        {"urn": URN, "similar": [URN + n for n in range(1, 12)], "rank": range(1, 12), "distance": 0.1}
    )
    found = average_similar(grid, urns, link_similar(urns, shape_frame(pairs, SIMILAR)))
    assert found.set_index("year")["value"].to_dict() == {2021: 90.0, 2022: 91.0, 2023: 92.0}


def test_two_indicators_of_one_measure_may_look_at_different_years():
    later = DESTINATIONS.model_copy(update={"key": "other", "years_behind": 1})
    rows = [row("ks4_destinations_sustained", year, 70.0 + year - 2020, 50) for year in range(2020, 2026)]
    grid = lay_out(observe(rows), [URN], [DESTINATIONS, later], 2025)
    assert grid.value[0].tolist() == [[71.0, 72.0, 73.0], [72.0, 73.0, 74.0]]


# Files


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (
            "breaks:\n  - {since: 2017, why: points changed, source: a guide of the department}\n",
            "not an academic year",
        ),
        ("breaks:\n  - {since: 2016/18, why: points changed, source: a guide of the department}\n", "academic year"),
        ("breaks:\n  - {since: 2016/17, why: points changed}\n", "the field 'breaks.0.source' is missing"),
        (
            "ends:\n  - {since: 2016/17, again: 2015/16, why: no tests held, source: a guide of theirs}\n",
            "a later year",
        ),
        ("years_behind: -1\n", "years_behind: -1 is too small"),
    ],
)
def test_a_mistake_in_the_years_is_located(tmp_path, lines, what):
    text = (FOLDER / "ks2_rwm_expected.yaml").read_text(encoding="utf-8")
    (tmp_path / "ks2_rwm_expected.yaml").write_text(text + lines, encoding="utf-8")
    with pytest.raises(FaultyInput) as caught:
        load_indicators(tmp_path)
    assert what in caught.value.faults[0].what
    assert caught.value.faults[0].line > text.count("\n")


@pytest.mark.slow
def test_a_suppressed_year_behind_a_break_is_not_given_as_the_reason():
    withheld = points(2016, None, availability=Availability.SUPPRESSED)
    result = analyse([withheld, points(2018, 44.0)], ENGLAND_FELL, 2018, "ks4_attainment8")
    assert [figure.year for figure in result.by_year] == [2018]
    assert "2015/16" not in result.against("england").reason
