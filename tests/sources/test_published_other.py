"""School lists, links, inspections, tidy files and trusts as really published."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.sources.families import links, ofsted, schools, trusts
from pipeline.sources.families.tidy import ees
from pipeline.sources.frames import OBSERVATIONS, shape_frame
from pipeline.sources.joining import histories
from pipeline.sources.reading import PublishedFile, Reading
from pipeline.sources.tabular.tables import read_table

pytestmark = pytest.mark.published

SOURCES = (*ees.SOURCES, *links.SOURCES, *ofsted.SOURCES, *schools.SOURCES, *trusts.SOURCES)
FILES = {
    "2018-2019/815_spine.csv": "spine",
    "2023-2024/202324_information_about_schools_final.csv": "ees_ks4_information",
    "2023-2024/england_ks2-mats-performance.csv": "trusts_ks2",
    "2023-2024/england_ks4-mats-performance.csv": "trusts_ks4",
    "2024-2025/england_ks2-mats-performance.csv": "trusts_ks2",
    "gias/links_edubasealldata20250422.csv": "gias_links",
    "ofsted/leeds_ofsted_data_from_MI_28Feb2026.csv": "ofsted",
    "ofsted/ofsted_31Aug2025_five_authorities.csv": "ofsted",
}


@pytest.fixture(scope="module")
def readings(published: Path) -> dict[str, tuple[str, int, tuple[str, ...], Reading]]:
    """Every file read once: its family, number of rows, header and reading."""
    found = {}
    for name in FILES:
        table = read_table(PublishedFile(published / name, name))
        [source] = [source for source in SOURCES if source.recognises(table.header)]
        reading = source.read(table, source.find_year(table))
        found[name] = (source.family, len(table.cells), table.header, reading)
    return found


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_known_by_its_headings_and_accounted_for(readings, name):
    family, rows, header, reading = readings[name]
    assert family == FILES[name]
    assert sum(reading.rows_by_kind.values()) == rows
    assert sorted(reading.columns_used + reading.columns_unused) == sorted(header)
    assert reading.faults == ()


def test_the_spine_knows_closed_schools_and_new_academies(readings):
    *_, reading = readings["2018-2019/815_spine.csv"]
    found = reading.schools.set_index("urn")
    assert found["status"].value_counts().to_dict() == {"open": 359, "new": 28, "closed": 26}
    assert (found.loc[121664, "status"], found.loc[121664, "closed"], found.loc[121664, "former_name"]) == (
        "closed",
        "2018-03-31",
        "",
    )
    assert (found.loc[144976, "name"], found.loc[144976, "former_name"], found.loc[144976, "opened"]) == (
        "Outwood Academy Easingwold",
        "Easingwold School",
        "2018-04-01",
    )
    assert len(reading.links) == 24
    assert (reading.links.set_index("urn").loc[144976, "predecessor"]) == 121664
    assert set(found["la"]) == {815}


def test_every_school_of_these_lists_has_one_known_phase(readings):
    for name in ("2018-2019/815_spine.csv", "ofsted/ofsted_31Aug2025_five_authorities.csv"):
        *_, reading = readings[name]
        unknown = reading.schools[reading.schools["phase"] == "unknown"]
        assert len(unknown) <= 1, unknown  # a free school that the spine lists with ages 0 to 0


def test_worcestershires_three_tiers_are_named_and_counted_as_the_census_counts_them(readings, published):
    *_, reading = readings["ofsted/ofsted_31Aug2025_five_authorities.csv"]
    worcestershire = reading.schools[reading.schools["la"] == 885]
    assert set(worcestershire["la_name"]) == {"Worcestershire"}
    tiers = worcestershire["phase"].value_counts()
    assert tiers["first"] > 50 and tiers["middle"] >= 15 and tiers["high"] >= 5
    assert worcestershire.set_index("urn").loc[148338, ["phase", "census_phase"]].tolist() == [
        "all-through",
        "secondary",
    ]
    census = pd.read_csv(published / "2024-2025/england_census.csv", dtype=str, usecols=["URN", "SCHOOLTYPE"])
    census = census[census["URN"].str.isdigit().fillna(False)].astype({"URN": "int64"}).set_index("URN")["SCHOOLTYPE"]
    counted = reading.schools.assign(census=reading.schools["urn"].map(census)).dropna(subset=["census"])
    for phase, word in (("primary", "State-funded primary"), ("secondary", "State-funded secondary")):
        ours, theirs = counted["census_phase"] == phase, counted["census"] == word
        assert theirs.sum() > 200 and (ours & theirs).sum() >= 0.995 * max(ours.sum(), theirs.sum())


def test_eight_worcestershire_schools_with_two_predecessors_are_not_chained(readings, published):
    found = readings["gias/links_edubasealldata20250422.csv"][-1].links
    census = pd.read_csv(published / "2024-2025/england_census.csv", dtype=str, usecols=["URN", "LA"])
    here = census.loc[(census["LA"] == "885") & census["URN"].str.isdigit().fillna(False), "URN"].astype("int64")
    followed = found[found["urn"].isin(here) & (found["kind"] == "succession")]
    followed = followed[followed["urn"].duplicated(keep=False)]
    assert followed["urn"].nunique() == 8
    assert not followed["chained"].any()


def test_most_links_are_single_successions(readings):
    found = readings["gias/links_edubasealldata20250422.csv"][-1].links
    assert len(found) == 16995 and found["chained"].sum() == 11891
    assert not found.duplicated(["urn", "predecessor"]).any()
    lines = histories.list_ancestors(found)
    assert lines["steps"].value_counts().to_dict() == {1: 11891, 2: 721, 3: 28}
    tadcaster = found[found["urn"] == 145777].iloc[0]
    assert (tadcaster["predecessor"], tadcaster["date"]) == (121693, "2018-04-30")  # the other direction says 1 May


def test_each_academy_gets_its_predecessors_figure_once(readings):
    found = readings["gias/links_edubasealldata20250422.csv"][-1].links
    before = found["predecessor"].drop_duplicates()
    rows = pd.DataFrame({"urn": before, "published_urn": before, "level": "school", "measure": "ks2_rwm_expected"})
    rows = rows.assign(group="all", year=2015, value=50.0, availability="available")
    chained, _ = histories.chain_histories(shape_frame(rows, OBSERVATIONS), found, found[["urn"]])
    lent = chained[chained["urn"] != chained["published_urn"]]
    without_own = found.loc[found["chained"].astype(bool) & ~found["urn"].isin(before), "urn"]
    assert sorted(lent["urn"]) == sorted(without_own)


def test_graded_judgements_of_august_2025(readings):
    *_, reading = readings["ofsted/ofsted_31Aug2025_five_authorities.csv"]
    graded = reading.inspections[reading.inspections["kind"] == "graded"]
    overall = graded.loc[graded["area"] == "Overall effectiveness", "outcome"].value_counts().to_dict()
    assert overall == {"Good": 1363, "Not judged": 320, "Outstanding": 95, "Requires improvement": 85, "Inadequate": 24}
    of_predecessors = graded.drop_duplicates("urn")["about_predecessor"].sum()
    assert of_predecessors == 259
    concerns = graded.loc[graded["area"] == "Category of concern", "outcome"].value_counts().to_dict()
    assert concerns == {"Serious weaknesses": 14, "Special measures": 13}
    assert (reading.inspections["inspected_urn"] != reading.inspections["urn"]).sum() > 0


def test_report_cards_of_february_2026(readings):
    *_, reading = readings["ofsted/leeds_ofsted_data_from_MI_28Feb2026.csv"]
    cards = reading.inspections[reading.inspections["framework"] == "report card"]
    assert set(cards["urn"]) == {107848, 141883}
    assert set(cards["outcome"]) == {"Met", "Needs attention", "Expected standard", "Not applicable"}
    assert set(cards["date"]) == {"2026-01-06", "2025-11-25"}
    graded = reading.inspections[reading.inspections["kind"] == "graded"]
    assert graded["urn"].nunique() == 170
    assert not set(graded["outcome"]) & {"Met", "Needs attention", "Expected standard"}


def test_information_about_schools_of_2023_24(readings):
    *_, reading = readings["2023-2024/202324_information_about_schools_final.csv"]
    assert len(reading.schools) == 5709 and reading.year == 2024
    assert set(reading.schools["phase"]) == {"secondary", "special", "independent", "all-through", "high", "16 plus"}
    manor = reading.observations[reading.observations["urn"] == 137158].astype(object)
    figures = {(row.measure, row.group): (row.value, row.cohort) for row in manor.itertuples()}
    assert figures["ks4_disadvantaged_percent", "all"] == (26.8, 235.0)
    assert figures["ks4_prior_attainment", "all"] == (102.9, 235.0)
    prior = reading.observations[reading.observations["measure"] == "ks4_prior_attainment"]
    assert set(prior["unit"]) == {"scaled score"} and (prior["value"].min(), prior["value"].max()) == (62, 117)
    assert figures["ks4_attainment8_difference", "disadvantaged"] == (-21.4, 63.0)
    assert figures["ks4_progress8_band", "all"][0] == 5.0
    first = reading.observations[reading.observations["urn"] == 100544]
    assert (first.loc[first["measure"] == "ks4_prior_attainment", "availability"] == "not applicable").all()


def test_the_two_counties_trust_in_2023_24(readings):
    *_, reading = readings["2023-2024/england_ks4-mats-performance.csv"]
    assert (reading.schools["trust"] == 16093).sum() == 9
    rows = reading.observations[reading.observations["trust"] == 16093].astype(object)
    found = {(row.measure, row.group): (row.value, row.lower, row.upper) for row in rows.itertuples()}
    assert found["ks4_progress8", "all"] == (-0.33, -0.39, -0.26)
    assert found["ks4_attainment8", "all"][0] == 42.0
    assert found["ks4_attainment8", "disadvantaged"][0] == 31.3
    assert found["ks4_english_maths_95", "all"][0] == 39.0
    assert found["ks4_progress8_band", "all"][0] == 4.0
    assert set(rows["year"]) == {2024}


def test_trusts_key_stage_2_results_of_two_years(readings):
    for name, value in (("2023-2024", 72.0), ("2024-2025", 74.0)):
        *_, reading = readings[f"{name}/england_ks2-mats-performance.csv"]
        rows = reading.observations[(reading.observations["trust"] == 2044)].astype(object)
        found = {(row.measure, row.group): row for row in rows.itertuples()}
        assert found["ks2_rwm_expected", "all"].value == value
        assert found["ks2_rwm_expected", "disadvantaged"].availability == "suppressed"
