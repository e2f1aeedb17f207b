"""What a published cell says: a number, or a word with a meaning."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.foundation.vocabulary import AVAILABILITY_OF_WORD, Availability
from pipeline.sources.tabular.cells import is_scientific, parse_cell, parse_cells


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("58%", 58.0),
        ("50.20%", 50.2),
        (" 4.06 ", 4.06),
        ("-0.33", -0.33),
        ("+1", 1.0),
        ("−2.5", -2.5),
        ("1,234", 1234.0),
        ("12,345,678.5", 12345678.5),
        (".5", 0.5),
        ("0", 0.0),
        ("100.", 100.0),
    ],
)
def test_numbers(text, value):
    cell = parse_cell(text)
    assert (cell.value, cell.availability, cell.word) == (value, Availability.AVAILABLE, "")


@pytest.mark.parametrize(("word", "meaning"), [one for one in AVAILABILITY_OF_WORD.items() if one[0]])
def test_every_published_word_keeps_its_meaning_and_its_spelling(word, meaning):
    for spelling in (word, word.lower(), f" {word} "):
        cell = parse_cell(spelling)
        assert cell.availability is meaning
        assert cell.word == spelling.strip()
        assert np.isnan(cell.value)


@pytest.mark.parametrize(
    "text", ["1,23", "12,3456", "1.2.3", "%", "-", ".", "4-11", "1.37E+05", "n/a", "SUPPRESSED", "٣"]
)
def test_anything_else_is_unknown_and_kept(text):
    cell = parse_cell(text)
    assert cell.availability is Availability.UNKNOWN
    assert cell.word == text


def test_blanks_are_an_empty_cell():
    parsed = parse_cells(pd.Series(["", " ", "\t"]))
    assert parsed.availability.tolist() == ["not available"] * 3
    assert parsed.word.tolist() == [""] * 3


@pytest.mark.parametrize(
    ("column", "step"),
    [
        (["58%", "47%", "61%"], 1.0),
        (["50.20%", "47.00%", "61.40%"], 0.1),  # zeros at the end pad
        (["4.06", "4.1", "5"], 0.01),  # zeros at the end are dropped
        (["50.20%"], 0.01),  # too few to tell padding from figures
        (["SUPP", "46.5"], 0.1),
    ],
)
def test_rounding_is_that_of_the_column(column, step):
    steps = parse_cells(pd.Series(column)).step.dropna().unique()
    assert steps.tolist() == pytest.approx([step])


def test_rounding_is_told_apart_for_rows_printed_differently():
    text = pd.Series(["58%", "61%", "44%", "64.35%"])
    steps = parse_cells(text, pd.Series(["school", "school", "school", "england"])).step
    assert steps.tolist() == pytest.approx([1, 1, 1, 0.01])


def test_an_england_figure_whose_zero_is_dropped_is_rounded_as_its_column_is():
    """9 for 9.0 among averages of one decimal is no whole number: its own cell said so, and a rating hung on it."""
    text = pd.Series(["8.7", "9.4", "10.2", "9"])
    steps = parse_cells(text, pd.Series(["school", "school", "school", "england"])).step
    assert steps.tolist() == pytest.approx([0.1, 0.1, 0.1, 0.1])


@pytest.mark.parametrize(
    ("column", "england"),
    [
        (["8.7", "9.4", "9"], 0.1),  # it was taken for a whole number
        (["8.7%", "9.4%", "9.25%"], 0.01),
        (["58%", "61%", "64.35%"], 0.01),
        (["50.20%", "47.00%", "61%"], 0.1),
        (["58%", "61%", "64%"], 1),
        (["58.1%", "61%"], 1),  # one beside one tells nothing
    ],
)
def test_englands_one_figure_beside_two_schools_is_no_coarser_than_theirs(column, england):
    alike = pd.Series(["school"] * (len(column) - 1) + ["england"])
    steps = parse_cells(pd.Series(column), alike).step
    assert steps.iloc[-1] == pytest.approx(england)
    alone = parse_cells(pd.Series(column[:-1])).step
    assert steps.iloc[:-1].tolist() == pytest.approx(alone.tolist())


def test_rows_too_few_to_tell_padding_from_figures_are_rounded_as_their_column_is():
    text = pd.Series(["50.2%", "47%", "61.4%", "45.40%"])
    steps = parse_cells(text, pd.Series(["school", "school", "school", "authority"])).step
    assert steps.tolist() == pytest.approx([0.1, 0.1, 0.1, 0.1])


def test_one_cell_written_finer_does_not_make_the_rounding_of_a_long_column():
    text = pd.Series([f"{value}%" for value in range(30, 60)] + ["0.67"])
    assert parse_cells(text).step.unique().tolist() == [1.0]


def test_results_stand_on_the_index_they_came_from():
    parsed = parse_cells(pd.Series(["1", "SUPP"], index=[7, 3]))
    assert parsed.value.loc[7] == 1
    assert parsed.word.loc[3] == "SUPP"


def test_an_empty_column_is_no_trouble():
    assert len(parse_cells(pd.Series([], dtype="str")).value) == 0


def test_powers_of_ten_are_known_for_a_spreadsheets():
    assert is_scientific("1.37E+05")
    assert is_scientific("1e5")
    assert not is_scientific("13E")


@pytest.mark.slow
@given(st.lists(st.text(max_size=8), max_size=20))
def test_a_cell_has_a_number_exactly_where_it_is_available(texts):
    parsed = parse_cells(pd.Series(texts, dtype="str"))
    available = parsed.availability == "available"
    assert (parsed.value.notna() == available).all()
    assert (parsed.step.notna() == available).all()
    assert (parsed.word[available] == "").all()
    kept = parsed.word.astype(str)[~available]
    assert kept.tolist() == [text.strip() for text, found in zip(texts, available, strict=True) if not found]


def test_noughts_do_not_tell_to_how_many_places_a_column_is_published():
    """Permanent exclusions: most schools have none, the others 0.49 and the like."""
    cells = parse_cells(pd.Series(["0"] * 1500 + ["0.49", "0.2", "0.08"]))
    assert cells.step.unique().tolist() == [0.01]
    assert parse_cells(pd.Series(["0", "0", "0.5"])).step.unique().tolist() == [0.1]
