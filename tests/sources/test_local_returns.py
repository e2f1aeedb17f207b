"""Local returns become observations like any published figure, and every slip in them is named."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from local_folder import list_faults, write

from pipeline.sources.local import RETURNS_FILE, compose_template, holds_rows
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise
from pipeline.sources.tabular.tables import read_table
from tests.conftest import count_examples

HEADER = "urn,year,measure,pupils,value\n"


def read(folder, rows, smallest=1):
    path = write(folder, local_returns=HEADER + rows) / "local_returns.csv"
    table = read_table(PublishedFile(path, "local/local_returns.csv", 2025, "local_returns", smallest), by_hand=True)
    source = recognise(table)
    assert source.family == "local_returns"
    return source.read(table, 2025)


def test_a_return_is_an_observation_of_a_school_or_of_england(tmp_path):
    reading = read(
        tmp_path,
        "england,2024/25,phonics_expected,,80.1\n# 900001,2024/25,phonics_expected,31,0\n"
        "900001,2024-25,Phonics expected,30,83%\n900001,2023/24,phonics_expected,4,SUPP\n"
        "900002,2024/25,multiplication_check_score,28,20.4\n900002,2024/25,early_years_good_level,,\n",
    )
    columns = ["level", "published_urn", "measure", "year", "value", "cohort", "step", "unit", "availability", "word"]
    rows = reading.observations[columns].astype(object)
    assert rows.where(rows.notna(), None).values.tolist() == [
        ["england, state-funded", None, "phonics_expected", 2025, 80.1, None, 0.1, "percent", "available", ""],
        ["school", 900001, "phonics_expected", 2025, 83.0, 30.0, 1.0, "percent", "available", ""],
        ["school", 900001, "phonics_expected", 2024, None, 4.0, None, "percent", "suppressed", "SUPP"],
        ["school", 900002, "multiplication_check_score", 2025, 20.4, 28.0, 0.1, "points", "available", ""],
        ["school", 900002, "early_years_good_level", 2025, None, None, None, "percent", "not available", ""],
    ]
    assert reading.observations["line"].tolist() == [2, 4, 5, 6, 7]
    assert reading.rows_by_kind == {"school": 4, "England, state-funded schools": 1}


def test_every_slip_is_named(tmp_path):
    assert list_faults(
        tmp_path,
        local_returns=HEADER + "900001,2024/25,phonics,30,abc\n900001,2025,phonics_expected,3.5,101\n"
        "900021,2025/26,multiplication_check_score,-2,25.5\n900001,2023/24,early_years_good_level,30,70\n"
        "900001,2023-24,early_years_good_level,30,71\n,,,,\nEngland,,,,7\n12,2023/24,phonics_expected,x,70\n",
    ) == [
        "local/local_returns.csv, line 2, column measure (URN 900001): 'phonics' is no measure of local returns",
        "local/local_returns.csv, line 2, column value (URN 900001): "
        "'abc' is neither a number nor a word for why there is none",
        "local/local_returns.csv, line 3, column year (URN 900001): '2025' is not an academic year",
        "local/local_returns.csv, line 3, column value (URN 900001): "
        "101 is impossible: phonics_expected lies between 0 and 100",
        "local/local_returns.csv, line 3, column pupils (URN 900001): '3.5' is no number of pupils",
        "local/local_returns.csv, line 4, column urn (URN 900021): no file of this edition names URN 900021",
        "local/local_returns.csv, line 4, column year (URN 900021): "
        "2025/26 is later than the year under review, 2024/25",
        "local/local_returns.csv, line 4, column value (URN 900021): "
        "25.5 is impossible: multiplication_check_score lies between 0 and 25",
        "local/local_returns.csv, line 4, column pupils (URN 900021): '-2' is no number of pupils",
        "local/local_returns.csv, line 6 (URN 900001): line 5 holds the same measure of the same school and year",
        "local/local_returns.csv, line 8, column measure: the measure of local returns is missing",
        "local/local_returns.csv, line 8, column year: the academic year is missing",
        "local/local_returns.csv, line 9, column urn: '12' is no URN: a URN has six digits",
    ]


@pytest.mark.slow
def test_an_unknown_word_for_pupils_is_no_number_but_a_withheld_one_is_missing(tmp_path):
    assert read(tmp_path, "900001,2024/25,phonics_expected,c,c\n").observations["cohort"].isna().all()
    assert list_faults(tmp_path, local_returns=HEADER + "900001,2024/25,phonics_expected,many,70\n") == [
        "local/local_returns.csv, line 2, column pupils (URN 900001): 'many' is no number of pupils"
    ]


def test_a_template_holds_no_rows_and_a_file_nobody_can_read_is_looked_at(tmp_path):
    def holds(text):
        return holds_rows(
            PublishedFile(write(tmp_path, local_returns=text) / "local_returns.csv", "local/local_returns.csv")
        )

    assert not holds(compose_template(RETURNS_FILE))
    assert holds(HEADER + "900001,2024/25,phonics_expected,30,83\n")
    assert holds("")


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(share=st.floats(0, 1), pupils=st.integers(6, 500), places=st.integers(0, 2))
@example(share=1 / 7, pupils=7, places=0)
def test_any_share_of_whole_pupils_is_read_as_it_is_written(tmp_path_factory, share, pupils, places):
    text = f"{100 * round(share * pupils) / pupils:.{places}f}"
    rows = f"900001,2024/25,phonics_expected,{pupils},{text}\n900002,2024/25,phonics_expected,30,83.33\n"
    row = read(tmp_path_factory.mktemp("returns"), rows).observations.iloc[0]
    assert (row["value"], row["cohort"], row["availability"]) == (float(text), pupils, "available")


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(score=st.integers(0, 250), pupils=st.integers(6, 500))
def test_any_possible_score_is_read_as_it_is_written(tmp_path_factory, score, pupils):
    text = f"{score / 10}"
    reading = read(tmp_path_factory.mktemp("returns"), f"900001,2024/25,multiplication_check_score,{pupils},{text}\n")
    (row,) = reading.observations.itertuples()
    assert (row.value, row.cohort, row.availability) == (float(text), pupils, "available")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pupils", "value", "believable"),
    [(30, "72", "70% or 73.33%"), (30, "83.0", "80% or 83.33%"), (12, "99%", "91.67% or 100%")],
)
def test_a_share_that_no_whole_number_of_the_pupils_gives_is_questioned(tmp_path, pupils, value, believable):
    reading = read(
        tmp_path,
        f"900001,2024/25,phonics_expected,{pupils},{value}\n900002,2024/25,phonics_expected,30,83\n",
    )
    doubtful, other = reading.observations.itertuples()
    assert (doubtful.availability, doubtful.word, doubtful.cohort) == ("questioned", value, pupils)
    assert doubtful.value != doubtful.value and doubtful.step != doubtful.step
    assert (other.availability, other.value) == ("available", 83)
    (fault,) = reading.faults
    assert (fault.line, fault.column, fault.urn) == (2, "value", 900001)
    assert f"no whole number of {pupils} pupils (believable: {believable})" in fault.what
    assert not list_faults(tmp_path, local_returns=HEADER + f"900001,2024/25,phonics_expected,{pupils},{value}\n")


def test_of_too_few_pupils_not_even_a_doubtful_share_is_told(tmp_path):
    reading = read(tmp_path, "900001,2024/25,phonics_expected,4,60\n", smallest=6)
    (row,) = reading.observations.itertuples()
    assert (row.availability, row.word) == ("suppressed", "") and row.cohort != row.cohort
    assert all("60" not in fault.what for fault in reading.faults)
