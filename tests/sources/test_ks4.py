"""Key stage 4, the wide download: record types of its own, renames, files that do not say their year."""

import pytest
from wide_files import find_one, read_file, save

from pipeline.foundation.vocabulary import Level

HEADER = (
    "RECTYPE,LEA,ESTAB,URN,SCHNAME,NFTYPE,AGERANGE,TPUP,TFSM6CLA1A,TNOTFSM6CLA1A,ATT8SCR,"
    "P8PUP,P8MEA,P8CILOW,P8CIUPP,PTL2BASICS_95"
)
OAK = "1,885,4001,900101,Oak High,ACC,11-16,100,30,70,46.5,95,-0.33,-0.5,-0.16,43.00%"
AUTHORITY = "4,885, , ,,,,5900,1300,4600,44.2,5700,0.06,0.03,0.09,40.90%"
ENGLAND = "7,,,,,,,540000,,,46.5,513055,-0.03,0,0,43.40%"


def _read(folder, header, *rows, name="2018-2019/a.csv"):
    return read_file(save(folder, name, "\n".join([header, *rows]) + "\n"))[1]


@pytest.mark.slow
def test_record_types_are_those_of_key_stage_4(tmp_path):
    reading = _read(tmp_path, HEADER, OAK, AUTHORITY, ENGLAND)
    assert reading.rows_by_kind == {
        "mainstream school": 1,
        "local authority": 1,
        "England, state-funded schools": 1,
    }
    assert find_one(reading, level=Level.AUTHORITY, measure="ks4_attainment8")["value"] == 44.2


@pytest.mark.slow
def test_progress_8_has_its_own_cohort_and_england_no_interval(tmp_path):
    reading = _read(tmp_path, HEADER, OAK, AUTHORITY, ENGLAND)
    oak = find_one(reading, urn=900101, measure="ks4_progress8")
    assert (oak["value"], oak["lower"], oak["upper"], oak["cohort"]) == (-0.33, -0.5, -0.16, 95)
    england = find_one(reading, level=Level.ENGLAND_STATE, measure="ks4_progress8")
    assert england["value"] == -0.03
    assert england[["lower", "upper"]].isna().all()


@pytest.mark.slow
def test_a_file_of_few_columns_says_that_it_is_provisional(tmp_path):
    assert any("provisional" in note for note in _read(tmp_path, HEADER, OAK).notes)


@pytest.mark.slow
def test_renamed_columns_give_one_measure(tmp_path):
    for old, new in (("KS2APS", "KS2ASS"), ("PSENSE4", "PSENE4"), ("PSENAPK4", "PSENK4")):
        values = [
            _read(tmp_path, f"{HEADER},{name}", f"{OAK},99").observations.query("column == @name")
            for name in (old, new)
        ]
        assert values[0]["measure"].tolist() == values[1]["measure"].tolist() != []


@pytest.mark.slow
def test_prior_attainment_is_in_points_or_scaled_scores_as_its_column_says(tmp_path):
    about = {"urn": 900101, "measure": "ks4_prior_attainment"}
    points = find_one(_read(tmp_path, f"{HEADER},KS2APS", f"{OAK},28.3"), **about)
    assert (points["value"], points["unit"]) == (28.3, "points")
    scores = find_one(_read(tmp_path, f"{HEADER},KS2ASS", f"{OAK},104.2"), **about)
    assert (scores["value"], scores["unit"]) == (104.2, "scaled score")
    # pupils below the tests have nominal scores down to 59; nothing lower is a score
    assert find_one(_read(tmp_path, f"{HEADER},KS2ASS", f"{OAK},62"), **about)["value"] == 62
    assert find_one(_read(tmp_path, f"{HEADER},KS2ASS", f"{OAK},28.3"), **about)["availability"] == "unknown"


@pytest.mark.slow
def test_marks_of_earlier_years_may_be_years_or_prev(tmp_path):
    header = f"{HEADER},ATT8SCR_PREV,ATT8SCR_PREV2,TFSM6CLA1A_PREV,TNOTFSM6CLA1A_PREV"
    reading = _read(tmp_path, header, f"{OAK},45.1,44.9,31,66", name="2024-2025/a.csv")
    last = find_one(reading, urn=900101, measure="ks4_attainment8", year=2024)
    assert (last["value"], last["cohort"]) == (45.1, 97)
    assert find_one(reading, urn=900101, measure="ks4_attainment8", year=2023)["value"] == 44.9
    header = f"{HEADER},ATT8SCR_18,ATT8SCR_17"
    reading = _read(tmp_path, header, f"{OAK},45.1,44.9")
    assert find_one(reading, urn=900101, measure="ks4_attainment8", year=2018)["value"] == 45.1
    assert find_one(reading, urn=900101, measure="ks4_attainment8", year=2017)["value"] == 44.9


@pytest.mark.slow
def test_grades_in_column_names_are_not_taken_for_years(tmp_path):
    years = _read(tmp_path, HEADER, OAK).observations["year"].unique().tolist()
    assert years == [2019]
