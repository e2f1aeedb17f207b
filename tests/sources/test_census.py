"""The school census, the wide download."""

import numpy as np
import pytest
from wide_files import CENSUS, CENSUS_HEADER, find_one, read_file, save

from pipeline.foundation.vocabulary import Level
from pipeline.sources.families.schools import merge_schools
from pipeline.sources.reading import PublishedFile


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    return read_file(save(tmp_path_factory.mktemp("published"), "2024-2025/england_census.csv", CENSUS))[1]


@pytest.mark.slow
def test_roll_and_shares(reading):
    assert find_one(reading, urn=900001, measure="roll")["value"] == 210
    eal = find_one(reading, urn=900001, measure="eal_percent")
    assert (eal["value"], eal["cohort"]) == (20, 210)
    assert find_one(reading, level=Level.ENGLAND_PRIMARY, measure="fsm6_percent")["value"] == 26.3


@pytest.mark.slow
def test_free_meals_over_six_years_are_a_share_of_the_pupils_that_count(reading):
    found = find_one(reading, urn=900001, measure="fsm6_percent")
    assert (found["value"], found["cohort"]) == (25, 176)


def test_free_meals_are_made_a_share_of_the_roll_where_only_the_count_is_published(reading):
    found = find_one(reading, urn=900001, measure="fsm_percent")
    assert (found["value"], found["column"]) == (10, "NUMFSM")


@pytest.mark.slow
def test_a_published_share_of_free_meals_stands(tmp_path):
    content = CENSUS.replace("NUMFSM,", "PNUMFSM,").replace(",21,44,", ",10.4%,44,")
    reading = read_file(save(tmp_path, "2017-2018/a.csv", content))[1]
    assert find_one(reading, urn=900001, measure="fsm_percent")["value"] == 10.4


def test_a_share_without_a_count_is_no_figure(reading):
    found = find_one(reading, urn=900009, measure="fsm6_percent")
    assert (found["availability"], found["word"]) == ("not applicable", "NA")
    assert np.isnan(found["value"])
    assert find_one(reading, urn=900009, measure="ehc_plan_percent")["value"] == 0


@pytest.mark.slow
def test_an_impossible_share_is_left_out_and_reported(tmp_path):
    content = CENSUS.replace(",1.90%,", ",104.17%,")
    reading = read_file(save(tmp_path, "2024-2025/a.csv", content))[1]
    found = find_one(reading, urn=900001, measure="ehc_plan_percent")
    assert (found["availability"], found["word"]) == ("unknown", "104.17%")
    assert np.isnan(found["value"])
    assert [(fault.line, fault.column) for fault in reading.faults] == [(2, "PSENELSE")]
    assert "104.17% is impossible" in reading.faults[0].what


def test_schools_are_of_the_censuss_own_phase(reading):
    schools = reading.schools.set_index("urn")
    assert schools.loc[900001, ["census_phase", "state_funded", "laestab"]].tolist() == ["primary", True, 8852001]
    assert not schools.loc[900009, "state_funded"]


@pytest.mark.slow
def test_a_pupil_referral_unit_that_only_the_census_knows_is_alternative_provision(tmp_path):
    """Its phase was unknown, so that its results were held against all state-funded schools'."""
    kinds = {
        "Pupil referral unit": "alternative provision",
        "State-funded AP school": "alternative provision",
        "State-funded nursery": "nursery",
        "Independent school": "independent",
        "State-funded special school": "special",
        "State-funded secondary": "secondary",
    }
    lines = [
        f"{900001 + place},885,{1101 + place},{kind},52,38.50%,0,0.00%,33,63.50%,11,21.20%,21,46,50,88.50%"
        for place, kind in enumerate(kinds)
    ]
    file = save(tmp_path, "2018-2019/england_census.csv", "\n".join([CENSUS_HEADER, *lines, ""]))
    _, reading = read_file(file)
    schools = merge_schools([("census", reading.schools, 2019)])
    assert schools["phase"].astype(str).tolist() == list(kinds.values())
    assert schools["census_phase"].astype(str).tolist() == ["", "", "", "", "special", "secondary"]


@pytest.mark.published
def test_the_pupil_referral_units_of_the_real_census_are_known(published):
    """All 352 of 2018/19 were of unknown phase."""
    _, reading = read_file(PublishedFile(published / "2018-2019/england_census.csv", "2018-2019/england_census.csv"))
    schools = merge_schools([("census", reading.schools, 2019)])
    units = schools[schools["phase"] == "alternative provision"]
    assert len(units) == 352 and set(units["census_phase"]) == {""}
    known = {"primary", "secondary", "special", "nursery", "independent", "alternative provision"}
    assert set(schools["phase"].astype(str)) == known
