"""Destinations after key stage 4: whose year is which."""

import pytest
from wide_files import find_one, read_file, save

from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.vocabulary import Level

HEADER = "RECTYPE,LEA,ESTAB,URN,ICLOSE,SCHNAME,NFTYPE,COHORT,OVERALL_DESTPER,COHORT_DIS,OVERALL_DESTPER_DIS"
OAK = "1,885,4001,900101,0,Oak High,ACC,100,94%,20,SUPP"
AUTHORITY = "LA,885, , ,,,,5800,93%,1200,88%"
ENGLAND = "NAT,,,,,,,528139,94%,142045,88%"


def _read(folder, name, marks):
    header = HEADER + "".join(f",COHORT_{mark},OVERALL_DESTPER_{mark}" for mark in marks)
    rows = [row + ",98,92%,97,91%" for row in (OAK, AUTHORITY, ENGLAND)]
    return read_file(save(folder, name, "\n".join([header, *rows]) + "\n"))[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "marks", "years"),
    [
        ("2018-2019/a.csv", ("18", "17"), [2017, 2016, 2015]),  # marks are years of publication
        ("2024-2025/a.csv", ("22", "21"), [2023, 2022, 2021]),  # marks are years of leaving
    ],
)
def test_figures_are_of_the_year_in_which_the_pupils_left(tmp_path, name, marks, years):
    reading = _read(tmp_path, name, marks)
    found = [find_one(reading, urn=900101, group="all", year=year) for year in years]
    assert [(row["value"], row["cohort"]) for row in found] == [(94, 100), (92, 98), (91, 97)]
    assert reading.year == int(name[5:9])


@pytest.mark.slow
def test_letters_mark_authorities_and_england(tmp_path):
    reading = _read(tmp_path, "2018-2019/a.csv", ("18", "17"))
    assert find_one(reading, level=Level.AUTHORITY, group="all", year=2017)["value"] == 93
    assert find_one(reading, level=Level.ENGLAND_STATE, group="disadvantaged", year=2017)["value"] == 88
    assert find_one(reading, urn=900101, group="disadvantaged", year=2017)["word"] == "SUPP"


def test_a_file_in_the_folder_of_another_year_is_refused(tmp_path):
    with pytest.raises(FaultyInput, match="taken for 2022/23, but its columns end in _18"):
        _read(tmp_path, "2022-2023/a.csv", ("18", "17"))
