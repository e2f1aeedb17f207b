"""Numbers that name and dates, as publishers write them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.reading import PublishedFile, RawTable
from pipeline.sources.tabular.identifiers import FAULTS_LISTED, clear_words, list_faults, read_dates, read_whole_numbers


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("112469", 112469),
        ("112469.0", 112469),
        (" 885 ", 885),
        ("16752X", None),
        ("", None),
        ("1.5", None),
        ("-1", None),
        ("1,234", 1234),
        ("1234567890", None),
    ],
)
def test_whole_numbers(cell, number):
    [found] = read_whole_numbers(pd.Series([cell]))
    assert (None if pd.isna(found) else found) == number


def test_whole_numbers_written_otherwise_stand_among_plain_ones():
    found = read_whole_numbers(pd.Series(["112469", "112470.0", None, "112469", "none"], index=[4, 3, 2, 1, 0]))
    assert found.fillna(0).to_dict() == {4: 112469, 3: 112470, 2: 0, 1: 112469, 0: 0}


@pytest.mark.parametrize("cell", ["", "NULL", "31-02-2015", "2015", "soon", "01/01/1900", "32/01/2015"])
def test_cells_without_a_date(cell):
    assert list(read_dates(pd.Series([cell]))) == [""]


@pytest.mark.slow
@given(st.dates(min_value=date(1901, 1, 1)))
def test_a_date_is_read_however_it_is_written(day):
    written = [day.strftime(form) for form in ("%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d", "%Y%m%d", "%d/%m/%Y 00:00")]
    assert set(read_dates(pd.Series(written))) == {day.isoformat()}


def test_null_is_an_empty_cell_and_other_words_stand():
    assert list(clear_words(pd.Series([" NULL", "-", " Elm ", "None", ""]))) == ["", "", "Elm", "None", ""]


def test_many_faults_are_counted_after_the_first():
    rows = FAULTS_LISTED + 5
    cells = pd.DataFrame({"URN": ["x"] * rows})
    lines = np.arange(2, rows + 2, dtype="int32")
    table = RawTable(PublishedFile(None, "published/a.csv"), "utf-8", ("URN",), cells, lines, np.ones(rows, "int32"))
    faults = list_faults(table, pd.Series([True] * rows), "URN", "{cell} is not a URN", "Mend it.")
    assert len(faults) == FAULTS_LISTED + 1
    assert (faults[0].line, faults[0].what) == (2, "'x' is not a URN")
    assert (faults[-1].line, faults[-1].what) == (None, "5 more rows have the same fault")
