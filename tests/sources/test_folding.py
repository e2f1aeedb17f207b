"""Faults that are alike are told once, a cell's fault in one place, and the weightiest first."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wide_files import save

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import MONTHS
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import open_prepared
from pipeline.sources.tabular.cells import guess_number, parse_cell
from pipeline.sources.tabular.folding import ALIKE_ENOUGH, fold_faults, list_account, shorten_faults


def read_account(folder, name, content):
    prepare_edition([save(folder, name, content)], folder / "prepared", year=2019)
    (account,) = open_prepared(folder / "prepared").reconciliation()
    return account


def change(path, change_cell):
    """The file's text with every cell below the headings as ``change_cell(column, cell)`` gives it."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows[1:]:
        writer.writerow([change_cell(name, cell) for name, cell in zip(rows[0], row, strict=False)])
    return text.getvalue()


@pytest.mark.published
@pytest.mark.parametrize("name", ["2018-2019/850_ks2final.csv", "2017-2018/815_ks4final.csv"])
def test_negatives_in_brackets_are_one_message_a_column(published, tmp_path, name):
    """They were some thousand messages, one for each number of each column."""
    columns = set()

    def bracket(column, cell):
        if not cell.startswith("-") or parse_cell(cell).value >= 0:
            return cell
        columns.add(column)
        return f"({cell[1:]})"

    account = read_account(tmp_path, name, change(published / name, bracket))
    told = list_account(account)
    about = [fault for fault in told if "in brackets for a minus" in fault.what]
    assert len(about) > 5 and {fault.column for fault in about} <= columns
    assert len({fault.column for fault in about}) == len(about)
    first = about[0]
    assert f"{first.what.split()[0]} numbers of the column are written in brackets for a minus, and not read: '(" in (
        first.what
    )
    assert first.what.split("would be ")[1].startswith("-") and first.line is not None
    assert len(told) < 3 * len(columns)


@pytest.mark.published
def test_a_column_with_a_decimal_comma_is_one_message(published, tmp_path):
    name = "2018-2019/850_ks2final.csv"
    text = change(published / name, lambda column, cell: cell.replace(".", ",") if column == "READPROG" else cell)
    told = [fault for fault in list_account(read_account(tmp_path, name, text)) if fault.column == "READPROG"]
    assert len(told) == 1
    assert "numbers of the column are written with a decimal comma, and not read: '" in told[0].what
    assert "would be " in told[0].what and "," not in told[0].what.split("would be ")[1]


@pytest.mark.published
def test_a_school_without_its_number_of_pupils_is_one_message(published, tmp_path):
    """A blank TELIG was told of once for every figure beside it: 25 times."""
    name = "2018-2019/850_ks2final.csv"
    seen = []

    def blank(column, cell):
        if column != "TELIG" or not cell.strip().isdigit():
            return cell
        seen.append(cell)
        return "" if len(seen) == 20 else cell

    (fault,) = [
        fault
        for fault in list_account(read_account(tmp_path, name, change(published / name, blank)))
        if fault.column == "TELIG"
    ]
    assert fault.what.startswith("nothing stands where a number is needed: ")
    assert fault.what.endswith(" more are not judged") and fault.urn is not None


@pytest.mark.slow
def test_an_impossible_value_is_told_once_and_is_no_cell_without_a_figure(tmp_path):
    header = "RECTYPE,LEA,ESTAB,URN,SCHNAME,NFTYPE,ICLOSE,AGERANGE,TELIG,PTRWM_EXP,PTMAT_EXP"
    rows = [f"1,885,{2000 + n},{900000 + n},School {n},CY,0,4-11,20,{5 * n}%,{5 * n}%" for n in range(1, 8)]
    rows[2] = rows[2].replace("15%,15%", "150%,17%")
    rows[3] = rows[3].replace("20%,20%", "SUPP,n.a.?")
    account = read_account(tmp_path, "2018-2019/ks2.csv", "\n".join([header, *rows]) + "\n")
    impossible = [fault for fault in list_account(account) if "150%" in fault.what]
    assert [(fault.line, fault.column) for fault in impossible] == [(4, "PTRWM_EXP")]
    assert "17%" in account.values["questioned"]
    assert account.summarise()[6] == "SUPP 1, n.a.? 1"


def alike(count, column="A", line=2, what="{0} is not believed: {0}% of 30"):
    return [Fault("f.csv", line + n, column, what.format(10 + n), "Look.", 900000 + n) for n in range(count)]


def test_alike_faults_of_a_column_are_one_with_its_first_place_its_number_and_an_example():
    folded = fold_faults(alike(7))
    assert [(fault.line, fault.urn) for fault in folded] == [(2, 900000)]
    assert folded[0].what == (
        "10 is not believed: 10% of 30. There is as much in 7 cells of the column (lines 2, 3, 4, 5, 6 and 2 more)"
    )


def test_faults_that_differ_in_a_date_are_alike():
    dated = [Fault("f.csv", 2 + n, None, f"held on {n + 1} {month} 2025", "Look.") for n, month in enumerate(MONTHS)]
    (fault,) = fold_faults(dated)
    assert fault.what == "held on 1 January 2025. There is as much in 12 rows (lines 2, 3, 4, 5, 6 and 7 more)"


@pytest.mark.slow
@given(counts=st.lists(st.integers(1, 30), min_size=1, max_size=5))
def test_no_column_is_lost_and_nothing_alike_is_told_often(counts):
    faults = [fault for place, count in enumerate(counts) for fault in alike(count, f"C{place}")]
    folded = fold_faults(faults)
    for place, count in enumerate(counts):
        told = [fault for fault in folded if fault.column == f"C{place}"]
        assert len(told) == (1 if count >= ALIKE_ENOUGH else count)
        assert str(count) in told[0].what or count < ALIKE_ENOUGH


def test_what_is_of_a_whole_column_stands_first_then_what_befell_most_and_the_rest_is_counted():
    column = Fault("f.csv", 1, "Z", "the column is not believed", "Look.")
    single = [Fault("f.csv", 3, f"B{n}", f"word {'x' * n}", "Look.") for n in range(30)]
    told = shorten_faults([*single, *alike(9), column], 20)
    assert [fault.column for fault in told[:3]] == ["Z", "A", "B0"]
    assert told[-1].what == "12 more faults, of less weight"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(0.4)", "-0.4"),
        ("(12%)", "-12%"),
        ("67,5", "67.5"),
        ("-0,4", "-0.4"),
        ("0.4-", "-0.4"),
        ("\u20130.4", "-0.4"),
        ("- 0.4", "-0.4"),
        ("1 234", "1234"),
        ("'67", "67"),
        ("4.9*", "4.9"),
        ("67 per cent", "67%"),
    ],
)
def test_a_number_that_is_written_otherwise_is_guessed(text, number):
    assert guess_number(text).number == number


@pytest.mark.parametrize("text", ["", "SUPP", "67.0.0", "<5", "n/a", "1.3E+05", "67", "-0.4", "5 or 6", "x", "(a)"])
def test_what_is_a_number_already_or_none_is_not_guessed(text):
    assert guess_number(text) is None
