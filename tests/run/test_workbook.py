"""The downloads as one Excel workbook: numbers stay numbers, texts stay texts, the same tables give the same bytes."""

from __future__ import annotations

import re
import zipfile

import pytest

from pipeline.run.record.site import workbook
from pipeline.run.record.site.downloads import FOLDER
from pipeline.run.record.site.workbook import MOST_ROWS, WORKBOOK, can_write_workbook, write_workbook

ROWS = 'urn,school,value,held\r\n900001,"\'=1+1",-0.4632,yes\r\n900002,Béatrice & Söhne,,no\r\n900003,007,1e-05,\r\n'


@pytest.fixture
def written(tmp_path):
    pytest.importorskip("openpyxl", reason="openpyxl is not in the lock: workbooks are written once it is")
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "schools.csv").write_bytes(ROWS.encode("utf-8-sig"))
    write_workbook(tmp_path, {"schools": 3}, "2025-12-05")
    return tmp_path / FOLDER / WORKBOOK


def test_numbers_are_numbers_and_texts_are_texts(written):
    from openpyxl import load_workbook

    sheet = load_workbook(written)["schools"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["urn", "school", "value", "held"],
        [900001, "'=1+1", -0.4632, "yes"],
        [900002, "Béatrice & Söhne", None, "no"],
        [900003, "007", 1e-05, None],
    ]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_no_time_but_the_editions_is_in_it(written):
    with zipfile.ZipFile(written) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        properties = archive.read("docProps/core.xml").decode()
    assert re.findall(r">(20[^<]*)<", properties) == ["2025-12-05T12:00:00Z"] * 2


def test_what_no_sheet_can_hold_and_what_nothing_can_write_is_left_out(monkeypatch):
    monkeypatch.setattr(workbook, "find_version", lambda package: "3.1")
    assert can_write_workbook({"schools": MOST_ROWS - 1}) and not can_write_workbook({"schools": MOST_ROWS})
    monkeypatch.setattr(workbook, "find_version", lambda package: "")
    assert not can_write_workbook({"schools": 1})
