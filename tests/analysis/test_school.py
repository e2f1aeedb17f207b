"""One school, whole: what stands in the analysis, from a slice written out in full."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.school import analyse_school
from pipeline.foundation.vocabulary import Availability, Level, Rating
from pipeline.sources.frames import SIMILAR_FIGURES, SIMILAR_NOTES, StudySlice, shape_frame
from tests.conftest import count_examples

from .slices import URN, england, make_slice, row

INDICATORS = load_indicators()
RWM, DIFFERENCE = "ks2_rwm_expected", "ks2_rwm_expected_difference"

#: 18 of 42, 16 of 38 and 19 of 40 pupils.
ELM_BANK = [
    row(RWM, 2017, 43, 42),
    row(RWM, 2018, 42, 38),
    row(RWM, 2019, 48, 40),
    row(RWM, 2017, 33, 12, group="disadvantaged"),
    row(RWM, 2018, 29, 14, group="disadvantaged"),
    row(RWM, 2019, 45, 11, group="disadvantaged"),
    row(RWM, 2017, 47, 30, group="other"),
    row(RWM, 2018, 50, 24, group="other"),
    row(RWM, 2019, 48, 29, group="other"),
    row("ks2_reading_score", 2017, 102, 42, unit="scaled score"),
    row("ks2_reading_score", 2018, 103, 38, unit="scaled score"),
    row("ks2_reading_score", 2019, 104, 40, unit="scaled score"),
    row("ks2_maths_progress", 2019, -1.6, 37, lower=-3.2, upper=0.0, step=0.1, unit="progress"),
]
ENGLAND = [
    *(england(RWM, year, value, step=1.0) for year, value in ((2017, 61), (2018, 64), (2019, 65))),
    *(england(RWM, year, value, step=1.0, group="other") for year, value in ((2017, 67), (2018, 70), (2019, 71))),
    *(
        england(RWM, year, value, step=1.0, group="disadvantaged")
        for year, value in ((2017, 48), (2018, 51), (2019, 51))
    ),
    *(england("ks2_reading_score", year, value, step=1.0) for year, value in ((2017, 104), (2018, 105), (2019, 104))),
    *(
        england(RWM, year, value, step=1.0, level=Level.AUTHORITY, la=850)
        for year, value in ((2017, 66), (2018, 68), (2019, 68))
    ),
]


def analyse(own, baselines=ENGLAND, year=2019, **about):
    return analyse_school(make_slice(own, baselines, **about), INDICATORS, year)


def result(analysis, key):
    return next(each for each in analysis.results if each.indicator == key)


@pytest.mark.slow
def test_a_whole_school_by_hand():
    analysis = analyse(ELM_BANK)
    found = result(analysis, RWM)
    against = found.against("england")
    assert found.years == (2017, 2018, 2019)
    # 53 of 120, with years that vary 1.4 times as much as chance: the range of 37.86 of 85.71
    assert (found.value, found.lower, found.upper) == pytest.approx((44.17, 34.13, 54.70), abs=0.01)
    assert (found.cohort, found.authority) == (120, pytest.approx(67.30, abs=0.01))
    assert (against.baseline, against.difference) == pytest.approx((63.28, -19.12), abs=0.01)
    assert against.p_value == pytest.approx(0.000500, rel=0.01)  # 0.0000379 by chance alone, z = 4.12 ÷ √1.4
    assert (against.pupils, against.rating) == (-22, Rating.GAP)
    assert found.persistent
    assert (found.trend.change, found.trend.words) == (5, "no clear change")
    score = result(analysis, "ks2_reading_score")
    assert (score.value, score.lower, score.upper) == pytest.approx((102.98, 101.07, 104.90), abs=0.01)
    assert score.against("england").p_value == pytest.approx(0.183, abs=0.0005)  # 0.0823 by chance alone
    assert score.against("england").rating is Rating.NO_CLEAR_DIFFERENCE
    assert analysis.tested == {"england": 4}
    in_order = sorted(each.against("england").p_value for each in analysis.results if each.against("england").p_value)
    assert against.adjusted_p == pytest.approx(4 / (1 + in_order.index(against.p_value)) * against.p_value)


def test_disadvantaged_pupils_stand_beside_englands_disadvantaged_pupils():
    found = result(analyse(ELM_BANK), "ks2_rwm_expected_disadvantaged")
    weighted = (48 * 12 + 51 * 14 + 51 * 11) / 37
    assert found.against("england").baseline == pytest.approx(weighted)
    assert found.value == pytest.approx(100 * (4 + 4 + 5) / 37)
    assert found.own_gap == pytest.approx(100 * (14 + 12 + 14) / 83 - found.value)


@pytest.mark.slow
def test_progress_has_the_departments_band_beside_our_rating():
    found = result(analyse(ELM_BANK), "ks2_maths_progress")
    assert (found.band, found.against("england").rating) == ("average", Rating.NO_CLEAR_DIFFERENCE)
    published = [*ELM_BANK, row("ks2_maths_progress_band", 2019, 4, unit="band")]
    assert result(analyse(published), "ks2_maths_progress").band == "below average"


def test_progress_of_which_the_department_has_no_rule_has_no_band():
    unbanded = [each.model_copy(update={"band": None}) for each in INDICATORS]
    analysis = analyse_school(make_slice(ELM_BANK, ENGLAND), unbanded, 2019)
    assert result(analysis, "ks2_maths_progress").band == ""


def test_a_missing_national_year_is_named():
    found = result(analyse(ELM_BANK, [each for each in ENGLAND if each["year"] != 2018]), RWM)
    assert found.value is not None
    assert found.against("england").rating is Rating.NOT_RATED
    assert found.against("england").reason == "Not rated: England's figure in 2017/18 is not in the files given."


def test_results_of_a_special_school_are_shown_but_not_held_against_all_schools():
    found = result(analyse(ELM_BANK, phase="special", census_phase="special"), RWM)
    assert found.value == pytest.approx(44.17, abs=0.01)
    assert found.against("england").rating is Rating.NOT_RATED
    assert "special school" in found.against("england").reason
    assert found.position is None


@pytest.mark.slow
def test_absence_is_held_against_the_schools_own_phase():
    own = [row("absence_persistent", year, 11.0, 200, step=0.1) for year in (2018, 2019)]
    levels = ((Level.ENGLAND_PRIMARY, 8.5), (Level.ENGLAND_SECONDARY, 13.5), (Level.ENGLAND_STATE, 10.9))
    baselines = [england("absence_persistent", y, value, level=level) for level, value in levels for y in (2018, 2019)]
    primary = result(analyse(own, baselines), "absence_persistent").against("england")
    secondary = result(analyse(own, baselines, phase="middle", census_phase="secondary"), "absence_persistent").against(
        "england"
    )
    assert (primary.baseline, secondary.baseline) == (8.5, 13.5)
    unknown = result(analyse(own, baselines, census_phase=""), "absence_persistent").against("england")
    assert (unknown.rating, unknown.baseline) == (Rating.NOT_RATED, None)


def test_a_predecessors_figures_are_used_and_named():
    own = [{**each, "published_urn": 99} if each["year"] == 2017 else each for each in ELM_BANK]
    found = result(analyse(own), RWM)
    assert [year.predecessor for year in found.by_year] == [True, False, False]
    assert "predecessor" in found.note


def test_the_schools_own_figure_wins_over_its_predecessors():
    own = [row(RWM, 2019, 10, 50, published_urn=99), *ELM_BANK]
    assert result(analyse(own), RWM).by_year[-1].value == 48


def test_what_is_absent_is_named_and_key_priorities_are_never_missing():
    analysis = analyse(ELM_BANK)
    assert result(analysis, "absence_persistent").against("england").reason == "No figure is in the files given."
    assert "Overall absence" in analysis.notes[0] and "Attainment 8" not in analysis.notes[0]
    assert not any(each.indicator.startswith("ks4") for each in analysis.results)


def test_a_first_school_without_key_stage_2_is_not_blamed_for_it():
    analysis = analyse([], [], phase="first")
    assert [each.indicator for each in analysis.results] == ["absence_persistent"]


@pytest.mark.slow
def test_position_comes_from_the_national_cut_points_of_the_same_year():
    cuts = {f"d{n}": 40.0 + 5 * n for n in range(1, 10)}  # 45, 50, …, 85
    about = {"measure": RWM, "group": "all", "census_phase": "", "schools": 14_000}
    found = result(analyse(ELM_BANK, distributions=[{**about, "year": 2019, **cuts}]), RWM).position
    assert (found.year, found.schools, found.fifth, found.tenth) == (2019, 14_000, 5, "")
    assert result(analyse(ELM_BANK, distributions=[{**about, "year": 2018, **cuts}]), RWM).position is None


def test_context_is_shown_beside_englands_and_never_rated():
    own = [
        row("roll", 2019, 210, unit="pupils"),
        row("fsm6_percent", 2019, 31.4),
        row("ks2_non_mobile_percent", 2019, 93),
        row("eal_percent", 2019, None, word="SUPP"),
    ]
    baselines = [
        england("fsm6_percent", 2019, 23.0, level=Level.ENGLAND_PRIMARY),
        england("ks2_non_mobile_percent", 2019, 92),
        england("roll", 2019, 4_700_000, level=Level.ENGLAND_PRIMARY),
    ]
    shown = {each.measure: (each.value, each.england) for each in analyse(own, baselines).context}
    assert shown == {
        "roll": (210, None),
        "fsm6_percent": (31.4, 23.0),
        "eal_percent": (None, None),
        "ks2_non_mobile_percent": (7, 8),
    }


@pytest.mark.slow
def test_rates_and_ratios_are_context_beside_englands_of_the_phase():
    own = [
        row("suspensions_per_100", 2019, 118.97, 58, unit="points"),
        row("permanent_exclusions_per_100", 2019, None, 58, unit="points"),
        row("pupil_teacher_ratio", 2019, 18.7, unit="points"),
    ]
    baselines = [
        england("suspensions_per_100", 2019, 1.37, level=Level.ENGLAND_PRIMARY, unit="points"),
        england("suspensions_per_100", 2019, 9.40, level=Level.ENGLAND_SECONDARY, unit="points"),
    ]
    cuts = {f"d{n}": 15.0 + n for n in range(1, 10)}
    about = {"measure": "pupil_teacher_ratio", "group": "all", "schools": 14_000, "year": 2019}
    middles = [{**about, "census_phase": "primary", **cuts}, {**about, "census_phase": "secondary", **cuts, "d5": 16.0}]
    analysis = analyse(own, baselines, distributions=middles)
    shown = {each.measure: (each.value, each.england, each.title) for each in analysis.context}
    assert shown == {
        "suspensions_per_100": (118.97, 1.37, "Suspensions in the year, for every 100 pupils"),
        "permanent_exclusions_per_100": (None, None, "Permanent exclusions in the year, for every 100 pupils"),
        "pupil_teacher_ratio": (18.7, 20.0, "Pupils for each teacher (England: the middle school of its phase)"),
    }
    assert not [each for each in analysis.results if each.value is not None]
    published = [*baselines, england("pupil_teacher_ratio", 2019, 20.9, level=Level.ENGLAND_PRIMARY, unit="points")]
    (ratio,) = [
        each for each in analyse(own, published, distributions=middles).context if each.measure == "pupil_teacher_ratio"
    ]
    assert (ratio.england, ratio.title) == (20.9, "Pupils for each teacher")
    (alone,) = [each for each in analyse(own, baselines).context if each.measure == "pupil_teacher_ratio"]
    assert (alone.england, alone.title) == (None, "Pupils for each teacher")


@pytest.mark.slow
def test_inspections_keep_their_words_latest_first():
    about = {"urn": URN, "inspected_urn": URN, "about_predecessor": False, "line": 2}
    rows = [
        {**about, "framework": "graded judgements", "kind": "graded", "area": "Overall effectiveness",
         "outcome": "Good", "date": "2019-05-14"},
        {**about, "framework": "report card", "kind": "report card", "area": "Achievement",
         "outcome": "Needs attention", "date": "2025-12-02"},
    ]  # fmt: skip
    found = analyse(ELM_BANK, inspections=rows).inspections
    assert [(each.area, each.outcome) for each in found] == [
        ("Achievement", "Needs attention"),
        ("Overall effectiveness", "Good"),
    ]


@pytest.mark.slow
def test_similar_schools_are_controlled_for_together_with_england():
    figures = [
        {"urn": URN, "measure": RWM, "group": "all", "year": year, "value": 50.0, "pupils": 2000.0}
        for year in (2017, 2018, 2019)
    ]
    notes = shape_frame(pd.DataFrame([{"urn": URN, "schools": 12, "candidates": 40}]), SIMILAR_NOTES)
    study = StudySlice(notes=notes, figures=shape_frame(pd.DataFrame(figures), SIMILAR_FIGURES))
    analysis = analyse_school(replace(make_slice(ELM_BANK, ENGLAND), study=study), INDICATORS, 2019)
    assert analysis.tested == {"england": 4, "similar schools": 1}
    assert result(analysis, RWM).against("similar schools").rating is Rating.NO_CLEAR_DIFFERENCE
    assert result(analysis, RWM).against("england").rating is Rating.GAP
    alone = result(analyse(ELM_BANK), RWM).against("england")
    assert result(analysis, RWM).against("england").adjusted_p == pytest.approx(alone.adjusted_p * 5 / 4)


@pytest.mark.slow
@settings(max_examples=count_examples(5))
@given(st.permutations(range(len(ELM_BANK))))
def test_the_order_of_rows_changes_nothing(order):
    assert analyse([ELM_BANK[place] for place in order]) == analyse(ELM_BANK)


@pytest.mark.slow
@settings(max_examples=count_examples(6))
@given(st.sampled_from([state for state in Availability if state is not Availability.AVAILABLE]), st.booleans())
def test_a_withheld_year_changes_no_number_of_the_others(state, with_value):
    # a number left beside a word that withholds it is never used
    held = row(RWM, 2018, 99.0 if with_value else None, 38, availability=state)
    own = [held if (each["measure"], each["group"], each["year"]) == (RWM, "all", 2018) else each for each in ELM_BANK]
    found = result(analyse(own), RWM)
    assert found.years == (2017, 2019)
    assert found.value == pytest.approx(100 * (18 + 19) / 82)
    assert found.by_year[1].value is None
