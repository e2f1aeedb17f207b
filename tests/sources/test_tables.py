"""A CSV as it lies on disk: text, true line numbers, ragged rows."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wide_files import save

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.reading import PublishedFile
from pipeline.sources.tabular.tables import ROWS_AT_A_TIME, read_table
from tests.conftest import count_examples


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


CUT = (
    # rows of ten cells, each by its width; how many the last has; whether the file is cut short
    ((10, 10), 8, True),
    ((10, 9), 9, False),  # the publisher drops trailing blanks
    ((10, 4), 9, False),
    ((10, 4), 6, True),  # no other row stops there, and it lacks much
    ((10, 4), 4, False),
    ((10, 10), 10, False),
)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize(("widths", "last", "is_cut"), CUT)
def test_a_file_cut_in_mid_row_is_refused_by_its_line_with_a_line_end_or_without(tmp_path, widths, last, is_cut, end):
    """With a line end put after what was left of the row, nothing was said."""
    rows = [",".join(f"H{place}" for place in range(10)), *(",".join("1" * width) for width in (*widths, last))]
    file = save(tmp_path, "a.csv", "\n".join(rows) + end)
    if not is_cut:
        assert read_table(file).widths.tolist() == [*widths, last]
        return
    with pytest.raises(FaultyInput) as refused:
        read_table(file)
    (fault,) = refused.value.faults
    assert (fault.line, fault.what) == (4, f"the last row stops after {last} of 10 cells: the file is cut short")


def test_a_last_row_without_one_cell_and_its_line_end_is_cut_and_with_it_lacks_a_blank(tmp_path):
    row = ",".join("1" * 10)
    text = ",".join(f"H{place}" for place in range(10)) + f"\n{row}\n{row[:-2]}"
    with pytest.raises(FaultyInput, match="line 3: the last row stops after 9 of 10 cells"):
        read_table(save(tmp_path, "a.csv", text))
    assert read_table(save(tmp_path, "b.csv", text + "\n")).widths.tolist() == [10, 9]


@pytest.mark.published
def test_no_real_file_is_taken_for_cut_but_one_that_is(published):
    refused = []
    for root in (published, published.parent / "dfe-more"):
        for path in sorted(root.rglob("*.csv")):
            try:
                read_table(PublishedFile(path, path.name))
            except FaultyInput as error:
                refused += [(fault.file, fault.line) for fault in error.faults if "cut short" in fault.what]
    assert refused == [("england_swf.csv", 8179)]


@pytest.mark.published
@pytest.mark.parametrize(
    ("name", "cut_after"),
    [("2018-2019/850_ks2final.csv", 0.9), ("2016-2017/850_ks2final.csv", 0.5), ("2017-2018/815_ks4final.csv", 0.3)],
)
def test_a_real_file_cut_in_mid_row_is_said_by_its_line(published, tmp_path, name, cut_after):
    content = (published / name).read_bytes()
    start = content.rindex(b"\n", 0, int(len(content) * cut_after)) + 1
    end = content.index(b"\n", start)
    for share in (0.3, 0.5, 0.8):
        cut = content[: start + int((end - start) * share)]
        line = cut.count(b"\n") + 1
        with pytest.raises(FaultyInput, match=f"line {line}: the last row stops after"):
            read_table(save(tmp_path, "a.csv", cut + b"\n"))


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
@settings(max_examples=count_examples(60))
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
