"""The school census, the wide download."""

import numpy as np
import pytest
from wide_files import CENSUS, find_one, read_file, save

from pipeline.vocabulary import Level


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    return read_file(save(tmp_path_factory.mktemp("published"), "2024-2025/england_census.csv", CENSUS))[1]


def test_roll_and_shares(reading):
    assert find_one(reading, urn=900001, measure="roll")["value"] == 210
    eal = find_one(reading, urn=900001, measure="eal_percent")
    assert (eal["value"], eal["cohort"]) == (20, 210)
    assert find_one(reading, level=Level.ENGLAND_PRIMARY, measure="fsm6_percent")["value"] == 26.3


def test_free_meals_over_six_years_are_a_share_of_the_pupils_that_count(reading):
    found = find_one(reading, urn=900001, measure="fsm6_percent")
    assert (found["value"], found["cohort"]) == (25, 176)


def test_free_meals_are_made_a_share_of_the_roll_where_only_the_count_is_published(reading):
    found = find_one(reading, urn=900001, measure="fsm_percent")
    assert (found["value"], found["column"]) == (10, "NUMFSM")


def test_a_published_share_of_free_meals_stands(tmp_path):
    content = CENSUS.replace("NUMFSM,", "PNUMFSM,").replace(",21,44,", ",10.4%,44,")
    reading = read_file(save(tmp_path, "2017-2018/a.csv", content))[1]
    assert find_one(reading, urn=900001, measure="fsm_percent")["value"] == 10.4


def test_a_share_without_a_count_is_no_figure(reading):
    found = find_one(reading, urn=900009, measure="fsm6_percent")
    assert (found["availability"], found["word"]) == ("not applicable", "NA")
    assert np.isnan(found["value"])
    assert find_one(reading, urn=900009, measure="ehc_plan_percent")["value"] == 0


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
