"""The study of all schools of an edition: kept for the area, read by school, made once, and true to the files."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from pipeline.analysis.country.similar import LEAST
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.school import analyse_school
from pipeline.edition.editions import load_edition
from pipeline.foundation.paths import Workspace
from pipeline.foundation.vocabulary import Level, Rating
from pipeline.run.preparing.preparation import prepare
from pipeline.run.preparing.study import prepare_study, round_estimates, study_edition
from pipeline.sources.frames import (
    AUTHORITIES,
    DISTRIBUTIONS,
    INSPECTIONS,
    LINKS,
    OBSERVATIONS,
    SCHOOLS,
    SUBJECTS,
    shape_frame,
)
from pipeline.sources.prepared import STUDY_TABLES, Prepared, open_prepared, write_tables

INDICATORS = load_indicators()
YEAR = 2019
MEASURES = ("ks2_rwm_expected", "ks2_reading_expected", "ks2_maths_expected", "ks2_writing_expected")
CONTEXT = {"fsm6_percent": 15, "eal_percent": 10, "sen_support_percent": 12, "ehc_plan_percent": 2, "roll": 240}
FIRST, SCHOOL_COUNT = 100_001, 160


def list_schools() -> pd.DataFrame:
    about = {
        "phase": "primary",
        "census_phase": "primary",
        "state_funded": True,
        "status": "open",
        "la_name": "Westshire",
    }
    urns = np.arange(FIRST, FIRST + SCHOOL_COUNT)
    places = np.arange(SCHOOL_COUNT)
    frame = pd.DataFrame(
        {"urn": urns, "name": [f"School {place}" for place in places], "la": 800 + places % 2, **about}
    )
    frame.loc[places == 3, "phase"] = "special"
    frame.loc[places == 5, "state_funded"] = False
    return shape_frame(frame, SCHOOLS)


def observe_schools() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    rows = []
    for place in range(SCHOOL_COUNT):
        poverty = rng.normal()
        common = {"level": Level.SCHOOL, "urn": FIRST + place, "published_urn": FIRST + place, "group": "all"}
        common |= {"availability": "available", "step": 1.0, "file": "made.csv", "line": place + 2}
        for measure, centre in CONTEXT.items():
            value = centre * np.exp(0.3 * poverty + rng.normal(0, 0.2))
            rows.append({**common, "measure": measure, "year": YEAR, "value": round(value, 1), "cohort": 200})
        for measure in MEASURES:
            for year in (YEAR - 2, YEAR - 1, YEAR):
                value = np.clip(round(70 - 6 * poverty + rng.normal(0, 7)), 0, 100)
                rows.append(
                    {**common, "measure": measure, "year": year, "value": value, "cohort": 40, "unit": "percent"}
                )
    return shape_frame(pd.DataFrame(rows), OBSERVATIONS)


def observe_england() -> pd.DataFrame:
    rows = [
        {"level": Level.ENGLAND_STATE, "measure": measure, "group": "all", "year": year, "value": 70, "cohort": 600_000}
        for measure in MEASURES
        for year in (YEAR - 2, YEAR - 1, YEAR)
    ]
    return shape_frame(pd.DataFrame(rows).assign(availability="available", unit="percent", step=1.0), OBSERVATIONS)


def write_made(folder) -> Prepared:
    empty = {name: shape_frame(pd.DataFrame(), columns) for name, columns in NO_ROWS.items()}
    made = {"observations": observe_schools(), "areas": observe_england(), "schools": list_schools(), **empty}
    write_tables(folder, made, [])
    return open_prepared(folder)


NO_ROWS = {
    "authorities": AUTHORITIES,
    "inspections": INSPECTIONS,
    "links": LINKS,
    "distributions": DISTRIBUTIONS,
    "subjects": SUBJECTS,
}
AREA = [FIRST + place for place in range(0, SCHOOL_COUNT, 2)]


@pytest.fixture
def made(tmp_path) -> Prepared:
    return write_made(tmp_path / "prepared")


def read_bytes(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.slow
def test_only_the_areas_schools_are_kept_but_all_are_candidates(made):
    study = study_edition(made, AREA, INDICATORS, YEAR)
    assert study.notes["urn"].tolist() == AREA
    assert set(study.similar["urn"]) <= set(AREA) and set(study.figures["urn"]) <= set(AREA)
    others = set(study.similar["similar"])
    assert others - set(AREA)
    assert not others & {FIRST + 3, FIRST + 5}  # special; not state-funded
    assert (study.notes["reason"] == "").mean() > 0.5
    assert {"ks2_rwm_expected"} <= set(study.spreads["indicator"]) <= {one.key for one in INDICATORS}
    assert study.writing_pattern["schools"].item() == SCHOOL_COUNT - 2


@pytest.mark.slow
def test_a_country_studied_in_parts_is_studied_as_a_whole(made, monkeypatch):
    """Few schools and indicators lie in memory at a time; how few changes nothing."""
    whole = study_edition(made, AREA, INDICATORS, YEAR)
    monkeypatch.setattr(f"{study_edition.__module__}._AT_A_TIME", 7)
    monkeypatch.setattr(f"{study_edition.__module__}._INDICATORS", 2)
    parts = study_edition(made, AREA, INDICATORS, YEAR)
    for name in STUDY_TABLES:
        pd.testing.assert_frame_equal(getattr(parts, name), getattr(whole, name), check_exact=True)


@pytest.mark.slow
def test_of_years_without_any_figure_nothing_is_said(made):
    nothing = study_edition(made, [FIRST], INDICATORS, 1990)
    assert nothing.figures.empty and nothing.spreads.empty and nothing.correlations.empty


@pytest.mark.slow
def test_figures_are_those_of_the_schools_named_at_the_schools_own_context(made):
    study = study_edition(made, AREA, INDICATORS, YEAR)
    urn = int(study.similar["urn"].iloc[0])
    named = study.similar.loc[study.similar["urn"] == urn, "similar"].tolist()
    figures = study.figures[(study.figures["urn"] == urn) & (study.figures["measure"] == MEASURES[0])]
    theirs = made.observations(urn=named, measure=MEASURES[0])
    average = theirs.groupby("year")["value"].mean()  # every cohort is 40
    moved = figures.set_index("year")["value"] - average
    # poverty costs 6 points a standard deviation, and the nearest are less poor, or less rich, than the school itself
    meals = made.observations(measure="fsm6_percent").set_index("urn")["value"]
    assert (np.sign(moved) == -np.sign(meals[urn] - meals[named].mean())).all() and moved.abs().max() < 8
    assert (figures["schools"] == len(named)).all() and (figures["pupils"] < 40 * len(named)).all()


@pytest.mark.slow
def test_a_school_is_loaded_with_its_part_of_the_study(made):
    assert made.load_school(AREA[0]).study.notes.empty and made.study().similar.empty
    prepare_study(made.folder, AREA, YEAR, "published")
    tables = open_prepared(made.folder)
    study = study_edition(tables, AREA, INDICATORS, YEAR)
    part = tables.load_school(AREA[0]).study
    for name, columns in STUDY_TABLES.items():
        found, whole = getattr(part, name), getattr(study, name)
        assert list(found.columns) == list(columns)
        mine = whole[whole["urn"] == AREA[0]].reset_index(drop=True) if "urn" in columns else whole
        pd.testing.assert_frame_equal(found, mine, check_dtype=False)
        assert len(getattr(tables.study(), name)) == len(whole)
    assert tables.load_school(FIRST + 1).study.notes.empty  # not of the area


@pytest.mark.slow
def test_the_analysis_of_a_school_uses_what_was_studied(made):
    prepare_study(made.folder, AREA, YEAR, "published")
    tables = open_prepared(made.folder)
    analysis = analyse_school(tables.load_school(AREA[0]), INDICATORS, YEAR)
    assert analysis.similar.reason == "" and len(analysis.similar.schools) >= LEAST
    assert set(analysis.tested) == {"england", "similar schools"}
    assert analysis.tested["england"] == analysis.tested["similar schools"] == len(MEASURES)
    found = analysis.results[0]
    assert [one.comparator for one in found.comparisons] == ["england", "similar schools"]
    assert found.shrunk.towards_whom == "similar schools" and 0 <= found.shrunk.reliability < 1
    assert analysis.writing_check is not None
    tested = [one for each in analysis.results for one in each.comparisons if one.p_value is not None]
    p_values, least = sorted(one.p_value for one in tested), min(one.adjusted_p for one in tested)
    assert least == pytest.approx(min(1, min(p * len(p_values) / rank for rank, p in enumerate(p_values, 1))))


@pytest.mark.slow
def test_a_school_that_is_compared_with_none_says_why_of_each_indicator(made):
    urn = FIRST + 3  # a special school
    prepare_study(made.folder, [urn], YEAR, "published")
    analysis = analyse_school(open_prepared(made.folder).load_school(urn), INDICATORS, YEAR)
    comparisons = [one.against("similar schools") for one in analysis.results if one.value is not None]
    assert analysis.similar.schools == () and "special schools" in analysis.similar.reason
    assert len(comparisons) == len(MEASURES) and {one.rating for one in comparisons} == {Rating.NOT_RATED}
    assert all("special schools" in one.reason for one in comparisons)
    assert analysis.writing_check is None


@pytest.mark.slow
def test_the_same_tables_give_the_same_bytes(made, tmp_path):
    prepare_study(made.folder, AREA, YEAR, "published")
    again = write_made(tmp_path / "again")
    prepare_study(again.folder, list(reversed(AREA)), YEAR, "published")
    assert read_bytes(made.folder / "study") == read_bytes(again.folder / "study")


@pytest.mark.slow
def test_a_study_is_made_again_only_where_something_changed(made):
    told: list[str] = []
    prepare_study(made.folder, AREA, YEAR, "published", told.append)
    assert told
    told.clear()
    prepare_study(made.folder, AREA, YEAR, "published", told.append)
    assert told == []
    prepare_study(made.folder, AREA[1:], YEAR, "published", told.append)
    assert told and open_prepared(made.folder).load_school(AREA[0]).study.notes.empty
    told.clear()
    prepare_study(made.folder, AREA[1:], YEAR, "other files", told.append)
    assert told and not list(made.folder.glob(".*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("stamp.json", b"{", "nothing says what it was made from"),
        ("stamp.json", None, "nothing says what it was made from"),
        ("similar.parquet", None, "similar.parquet is gone"),
        ("notes.parquet", b"cut off", "notes.parquet was changed"),
    ],
)
def test_a_study_that_is_not_whole_is_made_again_and_the_reason_is_told(made, name, content, reason):
    prepare_study(made.folder, AREA, YEAR, "published")
    before, path = read_bytes(made.folder / "study"), made.folder / "study" / name
    path.unlink() if content is None else path.write_bytes(content)
    told: list[str] = []
    prepare_study(made.folder, AREA, YEAR, "published", told.append)
    assert told[0] == f"all schools together, again: {reason}"
    assert read_bytes(made.folder / "study") == before


@pytest.mark.kernel
def test_the_sample_edition_is_studied_when_it_is_prepared(prepared_sample, tmp_path):
    shutil.copytree(prepared_sample, tmp_path, dirs_exist_ok=True)
    told: list[str] = []
    edition = load_edition(Workspace(tmp_path), "sample")
    notes = open_prepared(edition.paths.prepared).study().notes
    assert (notes["reason"] == "").sum() >= 5
    special = notes[notes["reason"].str.contains("special schools")]
    assert len(special) == 2
    prepare(edition, progress=told.append)
    assert told == []
    shutil.rmtree(edition.paths.prepared / "study")
    prepare(edition, progress=told.append)
    assert told and not any(one.endswith(".csv") for one in told)


# Real files


SHARED = ("2018-2019/england_abs.csv", "2018-2019/england_census.csv")


@pytest.mark.published
@pytest.mark.kernel
def test_hampshire_primaries_and_juniors(prepare_published):
    years = [f"{year}/850_ks2final.csv" for year in ("2016-2017", "2017-2018", "2018-2019")]
    tables = prepare_published([*years, *SHARED], YEAR)
    schools = tables.schools().set_index("urn")
    area = schools.index[schools["la"] == 850].tolist()
    study = study_edition(tables, area, INDICATORS, YEAR)
    results = tables.observations(measure="ks2_rwm_expected", year=YEAR).dropna(subset="value")["urn"]
    with_results = study.notes[study.notes["urn"].isin(results) & study.notes["used"].str.contains("Prior attainment")]
    phases = with_results["urn"].map(schools["phase"])
    compared = (with_results["reason"] == "").groupby(phases.astype(str)).mean()
    assert compared["primary"] > 0.85 and compared["junior"] > 0.6
    pairs = study.similar[study.similar["urn"].isin(with_results["urn"])]
    assert set(pairs["la_name"]) == {"Hampshire"}  # only these have prior attainment and results in the files
    assert (pairs["urn"].map(schools["phase"]).astype(str) == pairs["similar"].map(schools["phase"]).astype(str)).all()
    meals = tables.observations(measure="fsm6_percent").set_index("urn")["value"]
    own = pairs.groupby("urn").first().index.map(meals)
    theirs = pairs.assign(meals=pairs["similar"].map(meals)).groupby("urn")["meals"].mean()
    assert np.corrcoef(own, theirs)[0, 1] > 0.85  # poor schools stand beside poor schools
    pattern = study.writing_pattern.iloc[0]
    assert pattern["schools"] > 300 and pattern["reading"] > 0.2 and pattern["maths"] > 0.2
    assert 1 < pattern["spread"] < 6


@pytest.mark.published
@pytest.mark.kernel
def test_the_secondaries_of_two_counties_among_all_of_the_country(prepare_published):
    files = ("2018-2019/england_ks4provisional.csv", "ofsted/ofsted_31Aug2025_five_authorities.csv", *SHARED)
    tables = prepare_published(files, YEAR)
    urns = (137158, 137981, 142725, 142741, 144391, 145109, 145966)
    study = study_edition(tables, urns, INDICATORS, YEAR)
    assert study.notes["urn"].tolist() == list(urns)
    assert (study.notes["schools"] == 50).all() and (study.notes["candidates"] > 3000).all()
    assert (study.notes["missing"] == "Prior attainment (no file given holds it)").all()
    assert study.similar["distance"].median() < 0.5
    attainment = study.figures[study.figures["measure"] == "ks4_attainment8"]
    assert len(attainment) == len(urns) and attainment["value"].between(35, 60).all()
    assert (attainment["pupils"] > 4000).all()
    spread = study.spreads.set_index("indicator").loc["ks4_attainment8"]
    assert 0.3 < spread["spread"] / spread["spread_all"] < 0.8  # context explains much of how schools differ, not all
    assert study.writing_pattern.empty


def test_estimates_keep_the_digits_that_mean_something_and_do_not_move_by_a_hair():
    spreads = pd.DataFrame({"indicator": ["a"], "centre": [0.123456], "spread": [12.3456], "drift": [1.23456]})
    kept = round_estimates(spreads)
    assert kept.iloc[0].tolist() == ["a", 0.123, 12.3, 1.23]
    assert round_estimates(spreads.assign(spread=12.3449)).equals(kept)
    assert spreads["spread"].tolist() == [12.3456]
