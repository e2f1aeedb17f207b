"""What is split all at once is what reading row by row gives, whatever stands in the file."""

from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wide_files import save

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.tabular import plain_rows, tables
from pipeline.sources.tabular.plain_rows import read_plain_rows
from tests.conftest import count_examples


def read(path):
    try:
        table = tables.read_table(path)
    except FaultyInput as error:
        return error.faults
    return table.header, table.cells.to_numpy().tolist(), table.lines.tolist(), table.widths.tolist()


@pytest.mark.slow
@settings(max_examples=count_examples(400))
@given(st.text(alphabet='a, "\n\r\u00a0', max_size=30))
@example('1,"a""b"\r\n"c\n",2')
@example('1,a"b"\n"a"b,2')
@example(' ,"\u00a0"\n1,2\n,""\n')
@example("1\n2,3")
@example('1,"2\n3,4')
def test_any_rows_are_read_alike(tmp_path_factory, rows):
    file = save(tmp_path_factory.mktemp("any"), "a.csv", f"A,B\n{rows}")
    told = read(file)
    with patch.object(plain_rows, "read_plain_rows", lambda text, width: None):
        assert read(file) == told


def test_a_published_file_is_plain():
    rows = read_plain_rows('URN,NAME\r\n100001,"Ash, St Zoë\'s ""Old"" School"\r\n\r\n100002\r\n', 2)
    assert rows is not None
    assert [column.tolist() for column in rows.columns] == [["100001", "100002"], ['Ash, St Zoë\'s "Old" School', ""]]
    assert (rows.lines.tolist(), rows.widths.tolist()) == ([2, 4], [2, 1])


@pytest.mark.parametrize("text", ["A,B\n1,2,3\n", 'A,B\n1,"2\n', 'A,B\n1,2"3"\n', "A,B\r1,2\r"])
def test_what_is_not_plain_is_left_to_be_read_row_by_row(text):
    assert read_plain_rows(text, 2) is None
