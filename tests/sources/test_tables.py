"""A CSV as it lies on disk: text, true line numbers, ragged rows."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wide_files import save

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.tabular.tables import ROWS_AT_A_TIME, read_table


def test_cells_are_text_and_never_missing(tmp_path):
    table = read_table(save(tmp_path, "a.csv", "URN,NOTE\n100001,NA\n100002,\n100003,NULL\n"))
    assert table.cells["NOTE"].tolist() == ["NA", "", "NULL"]
    assert table.cells["URN"].tolist() == ["100001", "100002", "100003"]


def test_byte_order_mark_is_no_part_of_the_first_heading(tmp_path):
    table = read_table(save(tmp_path, "a.csv", "\ufeffURN,NAME\n1,x\n"))
    assert table.header == ("URN", "NAME")
    assert table.encoding == "utf-8"


def test_windows_text_is_read_and_said(tmp_path):
    table = read_table(save(tmp_path, "a.csv", "URN,NAME\n1,St Zoë’s\n".encode("cp1252")))
    assert table.cells["NAME"].tolist() == ["St Zoë’s"]
    assert table.encoding == "cp1252"


def test_line_numbers_count_lines_inside_quotation_marks_and_blank_lines(tmp_path):
    table = read_table(save(tmp_path, "a.csv", 'URN,ADDRESS\r\n1,"The Lane\r\nAshton"\r\n\r\n2,"x"\r\n3,y\r\n'))
    assert table.cells["ADDRESS"].tolist() == ["The Lane\r\nAshton", "x", "y"]
    assert table.lines.tolist() == [2, 5, 6]


def test_short_rows_are_kept_with_their_widths(tmp_path):
    table = read_table(save(tmp_path, "a.csv", "A,B,C\n1,NEW\n1,2,3\n1,2,3,,\n"))
    assert table.widths.tolist() == [2, 3, 3]
    assert table.cells.loc[0].tolist() == ["1", "NEW", ""]


def test_every_row_with_too_many_cells_is_reported(tmp_path):
    with pytest.raises(FaultyInput) as caught:
        read_table(save(tmp_path, "a.csv", "A,B\n1,2,3\n1,2\n4,Ash, Birch\n"))
    assert [fault.line for fault in caught.value.faults] == [2, 4]
    assert "3 cells" in caught.value.faults[0].what


def test_a_heading_that_stands_twice_is_reported(tmp_path):
    with pytest.raises(FaultyInput, match="stands twice, as columns 1 and 3"):
        read_table(save(tmp_path, "a.csv", "URN,NAME,urn\n1,2,3\n"))


def test_empty_headings_at_the_end_are_no_columns(tmp_path):
    assert read_table(save(tmp_path, "a.csv", "A,B,,\n1,2,,\n")).header == ("A", "B")


def test_rows_beyond_one_batch_keep_their_order(tmp_path):
    rows = "".join(f"{number},x\n" for number in range(ROWS_AT_A_TIME + 5))
    table = read_table(save(tmp_path, "a.csv", "A,B\n" + rows))
    assert table.cells["A"].tolist() == [str(number) for number in range(ROWS_AT_A_TIME + 5)]
    assert table.lines[-1] == ROWS_AT_A_TIME + 6


_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_CELL, min_size=2, max_size=2), min_size=1, max_size=6))
def test_whatever_a_spreadsheet_writes_is_read_back(tmp_path_factory, rows):
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([["FIRST", "SECOND"], *rows])
    table = read_table(save(tmp_path_factory.mktemp("any"), "a.csv", written.getvalue()))
    assert table.cells.to_numpy().tolist() == rows
    lines = written.getvalue().splitlines(keepends=False)
    assert table.lines[0] == 2
    assert table.lines[-1] <= max(len(lines), 2)
