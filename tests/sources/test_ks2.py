"""Key stage 2, the wide download, on a few rows with every oddity of the real files."""

import numpy as np
import pandas as pd
import pytest
from wide_files import KS2, KS2_ASH, KS2_AUTHORITY, KS2_ENGLAND, KS2_HEADER, find_one, read_file, save

from pipeline.foundation.vocabulary import Level


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    return read_file(save(tmp_path_factory.mktemp("published"), "2018-2019/england_ks2final.csv", KS2))[1]


@pytest.mark.slow
def test_rows_are_told_by_record_type_wherever_they_stand(reading):
    assert reading.rows_by_kind == {
        "mainstream school": 3,
        "local authority": 1,
        "England, state-funded schools": 1,
    }
    authority = find_one(reading, level=Level.AUTHORITY, measure="ks2_rwm_expected", group="all", year=2019)
    assert (authority["la"], authority["value"], authority["line"]) == (885, 61, 3)


@pytest.mark.slow
def test_headings_may_change_their_case_between_years(reading, tmp_path):
    header, rest = KS2.split("\n", 1)
    for number, drifted in enumerate((header.upper(), header.lower(), header.swapcase())):
        other = read_file(save(tmp_path, f"{number}/2018-2019/england_ks2final.csv", f"{drifted}\n{rest}"))[1]
        pd.testing.assert_frame_equal(
            other.observations.drop(columns=["file", "column"]), reading.observations.drop(columns=["file", "column"])
        )
        assert other.columns_unused == tuple(drifted.split(",")[header.split(",").index(name)] for name in ("TOTPUPS",))


@pytest.mark.slow
def test_a_figure_knows_its_cohort_interval_rounding_and_place(reading):
    ash = find_one(reading, urn=900001, measure="ks2_rwm_expected", group="all", year=2019)
    assert (ash["value"], ash["cohort"], ash["step"], ash["unit"]) == (70, 30, 1, "percent")
    assert (ash["file"], ash["line"], ash["column"]) == ("2018-2019/england_ks2final.csv", 2, "PTRWM_EXP")
    progress = find_one(reading, urn=900001, measure="ks2_reading_progress")
    assert (progress["value"], progress["lower"], progress["upper"]) == (1.2, -1, 3.4)
    assert progress["cohort"] == 27  # 90% of 30 pupils are covered
    poor = find_one(reading, urn=900001, measure="ks2_rwm_expected", group="disadvantaged", year=2019)
    assert (poor["value"], poor["cohort"]) == (56, 9)


@pytest.mark.slow
def test_words_are_kept_with_their_meaning(reading):
    poor = find_one(reading, urn=900002, measure="ks2_rwm_expected", group="disadvantaged", year=2019)
    assert (poor["availability"], poor["word"]) == ("suppressed", "SUPP")
    assert np.isnan(poor["value"])
    progress = find_one(reading, urn=900002, measure="ks2_reading_progress")
    assert (progress["availability"], progress["word"]) == ("low coverage", "LOWCOV")
    past = find_one(reading, urn=900002, measure="ks2_rwm_expected", group="all", year=2018)
    assert (past["availability"], past["word"]) == ("not applicable", "NA")
    blank = find_one(reading, urn=900002, measure="ks2_rwm_expected", group="disadvantaged", year=2018)
    assert (blank["availability"], blank["word"]) == ("not available", "")


@pytest.mark.slow
def test_the_row_of_a_new_school_says_new_in_every_cell(reading):
    cedar = reading.observations[reading.observations["urn"] == 900003]
    assert set(cedar["availability"]) == {"new school"}
    assert set(cedar["word"]) == {"NEW"}


def test_earlier_years_are_observations_of_those_years(reading):
    ash = find_one(reading, urn=900001, measure="ks2_rwm_expected", group="all", year=2018)
    assert (ash["value"], ash["cohort"], ash["column"]) == (60, 25, "PTRWM_EXP_18")
    poor = find_one(reading, urn=900001, measure="ks2_rwm_expected", group="disadvantaged", year=2018)
    assert (poor["value"], poor["cohort"]) == (50, 10)  # 40% of 25 pupils


def test_englands_zeros_are_no_interval_and_its_progress_is_nought(reading):
    england = find_one(reading, level=Level.ENGLAND_STATE, measure="ks2_reading_progress")
    assert england["value"] == 0
    assert pd.isna(england["lower"])
    assert any("0 by definition" in note for note in reading.notes)


@pytest.mark.slow
def test_progress_of_england_stays_blank_where_no_school_has_any(tmp_path):
    school = KS2_ASH.replace("1.2,-1,3.4,90%", ",,,")
    england = KS2_ENGLAND.replace(",,0,0,", ",NA,,,")
    content = "\n".join([KS2_HEADER, school, england]) + "\n"
    reading = read_file(save(tmp_path, "2018-2019/a.csv", content))[1]
    found = find_one(reading, level=Level.ENGLAND_STATE, measure="ks2_reading_progress")
    assert (found["availability"], found["word"]) == ("not applicable", "NA")


def test_schools_are_named_with_their_authority(reading):
    ash = reading.schools.set_index("urn").loc[900001]
    assert (ash["name"], ash["laestab"], ash["la_name"], ash["town"]) == ("Ash Primary", 8852001, "Westshire", "Ashton")
    assert (ash["low_age"], ash["high_age"], ash["status"], ash["type"]) == (4, 11, "open", "Community school")


@pytest.mark.slow
def test_every_column_is_used_or_listed_as_not_used(tmp_path):
    table, reading = read_file(save(tmp_path, "2018-2019/a.csv", KS2))
    assert sorted([*reading.columns_used, *reading.columns_unused]) == sorted(table.header)
    assert "TOTPUPS" in reading.columns_unused
    assert {"URN", "TELIG", "PTFSM6CLA1A_18"} <= set(reading.columns_used)


@pytest.mark.slow
def test_a_conversion_to_an_academy_is_a_link(tmp_path):
    header = KS2_HEADER + ",URN_AC,OPEN_AC"
    content = f"{header}\n{KS2_ASH},900101,20190601\n{KS2_AUTHORITY},,\n"
    links = read_file(save(tmp_path, "2018-2019/a.csv", content))[1].links
    assert links[["urn", "predecessor", "date"]].to_numpy().tolist() == [[900101, 900001, "2019-06-01"]]


@pytest.mark.slow
def test_ages_that_a_spreadsheet_made_dates_are_read_back_and_reported(tmp_path):
    content = KS2.replace("Ash Primary,Ashton,CY,0,4-11", "Ash Primary,Ashton,CY,0,04-Nov")
    reading = read_file(save(tmp_path, "2018-2019/a.csv", content))[1]
    ash = reading.schools.set_index("urn").loc[900001]
    assert (ash["low_age"], ash["high_age"]) == (4, 11)
    assert [(fault.line, fault.column) for fault in reading.faults] == [(2, "AGERANGE")]
