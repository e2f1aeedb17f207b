"""Many schools judged at once say what the analysis of each school by itself says: invented schools with everything a
file may hold, every school of the sample edition, and every school of a real county."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.country.spread import gather_spread, list_usual_drifts
from pipeline.analysis.grids.grid import Baselines, Grid, lay_out, lay_out_england, lay_out_similar
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.ratings.judging import Judgement, judge, judge_in_full
from pipeline.analysis.ratings.rating import take_number
from pipeline.analysis.results import AS_NUMBER, GAP, NO_FINDING, STRENGTH, SchoolAnalysis
from pipeline.analysis.school import analyse_school
from pipeline.analysis.school_grid import lay_out_school
from pipeline.foundation.vocabulary import Availability, Level, Phase, Rating
from pipeline.run.preparing.study import prepare_study
from pipeline.sources.frames import SCHOOLS, SIMILAR_FIGURES, SIMILAR_NOTES, SchoolSlice, StudySlice, shape_frame
from pipeline.sources.prepared import Prepared, open_prepared
from tests.conftest import count_examples

from .slices import URN, england, make_slice, observe, row

KEYS = (
    "ks2_rwm_expected",
    "ks2_rwm_expected_disadvantaged",
    "ks2_rwm_higher",
    "ks2_reading_score",
    "ks2_reading_progress",
    "ks4_attainment8",
    "ks4_progress8",
    "ks4_destinations",
    "absence_overall",
    "absence_persistent",
)
SOME = tuple(each for each in load_indicators() if each.key in KEYS)
YEARS = (2015, 2016, 2017, 2018, 2019)  # destinations lie two years back, and Attainment 8 breaks in 2017
STEPS = {"percent": (0.0, 0.1, 1.0, None), "average": (0.1, 1.0, None), "published_interval": (0.01, 0.1, None)}
COHORTS = ((0, 20), (20, 100), (100, 400))  # above 100 a whole per cent leaves several counts possible
CENTRES = {"percent": (40, 25), "average": (60, 20), "published_interval": (0, 1.5)}


def assert_as_one(many: Judgement, place: int, analysis: SchoolAnalysis) -> None:
    """Row ``place`` of the many says of every indicator what the analysis of the one school says, to the last digit."""
    found = {result.indicator: result for result in analysis.results}
    judged = many.judged
    assert judged.tested[place] == sum(analysis.tested.values())
    for column, each in enumerate(judged.indicators):
        result = found.get(each.key)
        for number, comparator in enumerate(judged.comparators):
            comparison = result.against(comparator) if result else None
            rating = comparison.rating if comparison else Rating.NOT_RATED
            assert judged.rating[place, number, column] == AS_NUMBER[rating], (analysis.urn, each.key, comparator)
        assert bool(judged.persistent[place, column]) == (result is not None and result.persistent), (
            analysis.urn,
            each.key,
        )
        if result is None or result.value is None:
            continue
        compared = [(told, one) for one in many.compared if (told := result.against(one.comparator)) is not None]
        pairs = [
            (result.value, many.pooled.value),
            (result.lower, many.lower),
            (result.upper, many.upper),
            (result.cohort, many.pooled.pupils),
            *((one.baseline, row.baseline) for one, row in compared),
            *((one.difference, row.difference) for one, row in compared),
            *((one.p_value, row.p_value) for one, row in compared),
            *((one.adjusted_p, row.adjusted) for one, row in compared),
        ]
        assert [one for one, _ in pairs] == [take_number(array, place, column) for _, array in pairs], each.key


def assert_laid_alike(slice: SchoolSlice, place: int, grid: Grid, *many: Baselines) -> None:
    """One school laid out by itself has the numbers of its row ``place`` of the many."""
    laid = lay_out_school(slice, grid.indicators, grid.year).known
    columns = [grid.indicators.index(each) for each in laid.grid.indicators]
    np.testing.assert_array_equal(laid.grid.drift, grid.drift[columns])
    assert columns == np.flatnonzero(~np.isnan(grid.value[place]).all(axis=1)).tolist()
    for name in ("value", "pupils", "step", "lower", "upper"):
        np.testing.assert_array_equal(getattr(laid.grid, name)[0], getattr(grid, name)[place, columns], name)
    for one, all_schools in zip((laid.england, laid.similar), many, strict=True):
        for name in ("value", "rounding", "pupils", "error", "fits"):
            np.testing.assert_array_equal(getattr(one, name)[0], getattr(all_schools, name)[place, columns], name)


def invent_year(draw: np.random.Generator, each, year: int, **about) -> dict:
    """One figure with anything a file may hold: a withheld cell, no cohort, an impossible percentage, any rounding."""
    centre, spread = CENTRES[each.method]
    step = draw.choice(np.array(STEPS[each.method], dtype=object))
    value = float(np.round((draw.normal(centre, spread)) / (step or 1.0)) * (step or 1.0))
    state = Availability.AVAILABLE if draw.random() < 0.9 else draw.choice(list(Availability))
    half = abs(draw.normal(1, 0.5))
    return row(
        each.measure,
        year,
        None if draw.random() < 0.05 else value,
        None if draw.random() < 0.1 else float(draw.integers(*draw.choice(COHORTS))),
        group=str(each.group),
        unit=str(each.unit),
        step=step,
        availability=str(state),
        lower=None if draw.random() < 0.1 else value - half,
        upper=value + half,
        **about,
    )


def invent_school(draw: np.random.Generator, urn: int) -> list[dict]:
    rows = [
        invent_year(draw, each, year, urn=urn, published_urn=urn if draw.random() < 0.9 else 99)
        for each in SOME
        for year in (*YEARS, 2014, 2020)
        if draw.random() < 0.85
    ]
    again = [{**one, "published_urn": 98, "value": 1.0} for one in rows if draw.random() < 0.1]
    return [rows[place] for place in draw.permutation(len(rows))] + again


def invent_england(draw: np.random.Generator) -> list[dict]:
    levels = (Level.ENGLAND_STATE, Level.ENGLAND_PRIMARY, Level.ENGLAND_SECONDARY)
    return [
        england(
            each.measure,
            year,
            round(float(CENTRES[each.method][0] + draw.normal(0, 3)), 1),
            level=level,
            group=str(each.group),
            step=draw.choice(np.array([0.0, 0.1, 1.0, None], dtype=object)),
        )
        for each in SOME
        for level in levels
        for year in YEARS
        if draw.random() < 0.97
    ]


def invent_similar(draw: np.random.Generator, urn: int) -> pd.DataFrame:
    """What a school's similar schools did: years missing here and there."""
    rows = []
    for each in SOME:
        centre, _ = CENTRES[each.method]
        for year in YEARS:
            if draw.random() < 0.93:
                value = float(np.clip(centre + draw.normal(0, 4), -100, 100))
                error = abs(draw.normal(0.1, 0.05)) if each.method == "published_interval" else np.nan
                row = {"urn": urn, "measure": each.measure, "group": str(each.group), "year": year}
                rows.append({**row, "value": value, "pupils": float(draw.integers(200, 3000)), "error": error})
    return shape_frame(pd.DataFrame(rows), SIMILAR_FIGURES)


def study(figures: pd.DataFrame, urn: int) -> StudySlice:
    notes = shape_frame(pd.DataFrame([{"urn": urn, "schools": 12, "candidates": 40}]), SIMILAR_NOTES)
    return StudySlice(notes=notes, figures=figures[figures["urn"] == urn])


def assert_invented_as_one(seed: int, year: int, size: int) -> Judgement:
    """Invent a country and ``size`` schools from ``seed`` and judge them at once and one by one."""
    draw = np.random.default_rng(seed)
    country = invent_england(draw)
    phases = (Phase.PRIMARY, Phase.SECONDARY, Phase.SPECIAL)
    schools = [
        (
            URN + n,
            str(draw.choice(phases)),
            str(draw.choice(("primary", "secondary", ""))),
            invent_school(draw, URN + n),
        )
        for n in range(size)
    ]
    frame = pd.DataFrame([{"urn": u, "phase": phase, "census_phase": census} for u, phase, census, _ in schools])
    urns = [urn for urn, *_ in schools]
    similar = pd.concat([invent_similar(draw, urn) for urn in urns[:-2]], ignore_index=True)
    grid = lay_out(observe([one for *_, rows in schools for one in rows]), urns, SOME, year)
    grid = grid.allow_for(list_usual_drifts(SOME))  # no study of these schools says anything else
    england_too = lay_out_england(observe(country), shape_frame(frame, SCHOOLS), SOME, year)
    similar_too = lay_out_similar(similar, urns, SOME, year)
    many = judge_in_full(grid, [england_too, similar_too])
    np.testing.assert_array_equal(judge(grid, [england_too, similar_too]).rating, many.judged.rating)
    for place, (urn, phase, census, rows) in enumerate(schools):
        own = replace(make_slice(rows, country, phase=phase, census_phase=census), study=study(similar, urn))
        own = replace(own, school=replace(own.school, urn=urn))
        assert_as_one(many, place, analyse_school(own, SOME, year))
        assert_laid_alike(own, place, grid, england_too, similar_too)
    return many


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "year"), [(0, 2019), (1, 2019), (2, 2018)])
def test_many_schools_at_once_are_judged_as_each_by_itself(seed, year):
    many = assert_invented_as_one(seed, year, 15)
    for rating in (GAP, STRENGTH, NO_FINDING):
        assert (many.judged.rating == rating).any(axis=(0, 2)).all()  # beside England and beside similar schools


@pytest.mark.slow
@settings(max_examples=count_examples(8))
@given(seed=st.integers(0, 2**32 - 1), year=st.integers(2017, 2020), size=st.integers(3, 6))
def test_a_schools_printed_result_is_its_row_among_many(seed, year, size):
    assert_invented_as_one(seed, year, size)


def assert_all_as_one(tables: Prepared, schools: pd.DataFrame, year: int) -> None:
    """Every school of ``schools`` judged at once and analysed by itself."""
    indicators, urns = load_indicators(), schools["urn"].tolist()
    slices = [tables.load_school(urn) for urn in urns]
    similar = pd.concat([slice.study.figures for slice in slices], ignore_index=True)
    grid = lay_out(tables.observations(urn=urns), urns, indicators, year)
    study = tables.study()
    grid = grid.allow_for(gather_spread(indicators, study.spreads, study.correlations).drift)
    england_too = lay_out_england(tables.area_observations(), schools, indicators, year)
    similar_too = lay_out_similar(similar, urns, indicators, year)
    many = judge_in_full(grid, [england_too, similar_too])
    for place, slice in enumerate(slices):
        assert_as_one(many, place, analyse_school(slice, indicators, year))
        assert_laid_alike(slice, place, grid, england_too, similar_too)


@pytest.mark.kernel
def test_every_school_of_the_sample_is_judged_as_by_itself(sample):
    assert_all_as_one(sample, sample.schools(), 2025)


@pytest.mark.kernel
@pytest.mark.published
def test_primaries_of_a_real_county_are_judged_as_by_themselves(prepare_published, tmp_path):
    names = [f"{year}/850_ks2final.csv" for year in ("2016-2017", "2017-2018", "2018-2019")]
    shutil.copytree(prepare_published(names, 2019).folder, tmp_path / "prepared")
    tables = open_prepared(tmp_path / "prepared")
    schools = tables.schools()
    schools = schools[schools["la"] == 850].reset_index(drop=True)
    assert len(schools) > 300
    prepare_study(tables.folder, schools["urn"].tolist(), 2019, "published")
    some = schools.iloc[::12].reset_index(drop=True)  # one by one takes its time
    assert_all_as_one(open_prepared(tmp_path / "prepared"), some, 2019)
