"""Files as people really hand them in: each is refused, or read with a warning, with the place and the remedy."""

import io
import zipfile

import pytest
from wide_files import ABSENCE, KS2, KS2_ASH, KS2_BIRCH, KS2_HEADER, read_file, save

from pipeline.foundation.errors import FaultyInput


def _zip(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "x")
    return packed.getvalue()


CUT_SHORT = "\n".join([KS2_HEADER, KS2_ASH, KS2_BIRCH[:60]])
REFUSED = {
    "a workbook": (_zip("xl/workbook.xml"), "Excel workbook (.xlsx)", "save it as CSV"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 90, "Excel workbook (.xls)", "save it as CSV"),
    "a zip archive": (_zip("england_ks2final.csv"), "zip archive", "Unpack it"),
    "a web page": ("<!DOCTYPE html><html><body>Sign in</body></html>", "web page", "download the CSV"),
    "JSON": ('{"results": []}', "JSON", "choose CSV"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3", "PDF", "choose CSV"),
    "Unicode text": ("URN\tNAME\r\n1\tx\r\n".encode("utf-16"), "UTF-16", "CSV UTF-8"),
    "binary": (b"URN,NAME\n\0\0\0\1", "binary", "Download the file again"),
    "no text at all": (b"URN,NAME\n1,\x81\x8d\xff\n", "not text in UTF-8", "CSV UTF-8"),
    "nothing": (b"", "is empty", "Download the file again"),
    "blank lines": (b"\r\n \r\n", "is empty", "Download the file again"),
    "headings only": (KS2_HEADER + "\n", "headings but no rows", "Download the file again"),
    "semicolons": (KS2.replace(",", ";"), "separated by semicolons", "save it as CSV"),
    "tabs": (KS2.replace(",", "\t"), "separated by tabs", "save it as CSV"),
    "an open quotation mark": (
        KS2.replace("Birch Primary", '"Birch Primary'),
        "never closed",
        "Download the file again",
    ),
    "a row cut short": (CUT_SHORT, "the last row stops after 14 of 24 cells", "Download the file again"),
    "another table": ("Name,Colour\nx,y\n", "no published family", "as it was downloaded"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_published_csv_is_refused_with_its_remedy(tmp_path, case):
    content, what, remedy = REFUSED[case]
    with pytest.raises(FaultyInput) as caught:
        read_file(save(tmp_path, "2018-2019/england_ks2final.csv", content))
    (fault,) = caught.value.faults
    assert what in fault.what
    assert remedy in fault.remedy
    assert fault.file == "2018-2019/england_ks2final.csv"


def test_a_file_that_is_not_there_is_named(tmp_path):
    file = save(tmp_path, "a.csv", KS2)
    file.path.unlink()
    with pytest.raises(FaultyInput, match=r"a\.csv: the file is not there"):
        read_file(file)


@pytest.mark.slow
def test_a_row_of_a_new_school_at_the_end_is_not_taken_for_a_cut_file(tmp_path):
    lines = KS2.splitlines()
    content = "\n".join([*lines[:4], lines[5], lines[4]])  # no line end
    assert read_file(save(tmp_path, "2018-2019/a.csv", content))[1].rows_by_kind["mainstream school"] == 3


def test_a_key_column_that_is_missing_is_named(tmp_path):
    with pytest.raises(FaultyInput) as caught:
        read_file(save(tmp_path, "2018-2019/a.csv", KS2.replace("RECTYPE,", "KIND,").replace(",URN,", ",NUMBER,")))
    assert sorted(fault.column for fault in caught.value.faults) == ["RECTYPE", "URN"]


@pytest.mark.slow
def test_every_school_without_a_urn_is_reported(tmp_path):
    content = KS2.replace("900001", "").replace("900002", "90A")
    refused = read_file(save(tmp_path, "2018-2019/a.csv", content))[1].refused
    assert [(fault.line, fault.column) for fault in refused] == [(2, "URN"), (4, "URN")]


@pytest.mark.slow
def test_a_urn_that_a_spreadsheet_shortened_is_refused(tmp_path):
    [refused] = read_file(save(tmp_path, "2018-2019/a.csv", KS2.replace("900001", "9.00E+05")))[1].refused
    assert "its last figures are lost" in refused.what


@pytest.mark.slow
def test_a_figure_that_a_spreadsheet_shortened_is_left_out_and_reported(tmp_path):
    content = ABSENCE.replace("8.25", "8.25E+00")
    reading = read_file(save(tmp_path, "2018-2019/a.csv", content))[1]
    assert [(fault.line, fault.column) for fault in reading.faults] == [(2, "PPERSABS10")]
    assert reading.observations.set_index("word").loc["8.25E+00", "availability"] == "unknown"


@pytest.mark.slow
def test_an_unknown_word_is_kept(tmp_path):
    reading = read_file(save(tmp_path, "2018-2019/a.csv", ABSENCE.replace("8.25", "HIDDEN")))[1]
    assert reading.observations.set_index("word").loc["HIDDEN", "availability"] == "unknown"


@pytest.mark.slow
def test_an_unknown_record_type_is_refused(tmp_path):
    [refused] = read_file(save(tmp_path, "2018-2019/a.csv", KS2.replace(KS2_BIRCH, "9" + KS2_BIRCH[1:])))[1].refused
    assert "line 4, column RECTYPE: the row is of no known kind" in str(refused)


@pytest.mark.slow
def test_what_keeps_a_file_out_does_not_hide_what_else_is_wrong(tmp_path):
    """A row that cannot be placed, an impossible value and schools twice are told together."""
    twice = [KS2_ASH.replace("900001", str(900010 + number % 4)).replace("70%", f"{number}%") for number in range(8)]
    content = KS2.replace("900001", "90A").replace(",75%,", ",187%,") + "\n".join(twice) + "\n"
    reading = read_file(save(tmp_path, "2018-2019/a.csv", content))[1]
    assert ["is no URN" in fault.what for fault in reading.refused] == [False, True]
    assert "also stands in line" in reading.refused[0].what
    assert [(fault.line, fault.column) for fault in reading.faults if "impossible" in fault.what] == [(4, "PTRWM_EXP")]


def test_a_file_without_a_row_that_can_be_placed_is_refused(tmp_path):
    with pytest.raises(FaultyInput, match="is no URN"):
        read_file(save(tmp_path, "2018-2019/a.csv", f"{KS2_HEADER}\n{KS2_ASH.replace('900001', '90A')}\n"))


@pytest.mark.slow
def test_a_school_that_stands_twice_with_other_figures_stands_apart(tmp_path):
    """Before, two such rows kept a whole authority's file out."""
    reading = read_file(save(tmp_path, "2018-2019/a.csv", KS2 + KS2_ASH.replace("70%", "71%") + "\n"))[1]
    assert 900001 not in set(reading.schools["urn"]) | set(reading.observations["urn"].dropna())
    first, second = reading.clashing.faults
    assert [(fault.line, fault.urn) for fault in (first, second)] == [(2, 900001), (7, 900001)]
    assert "also stands in line 7" in first.what and "also stands in line 2" in second.what
    assert sum(reading.rows_by_kind.values()) == 6


@pytest.mark.slow
def test_a_file_with_many_schools_twice_is_refused(tmp_path):
    rows = [KS2_ASH.replace("900001", str(900010 + number % 4)).replace("70%", f"{number}%") for number in range(8)]
    (fault,) = read_file(save(tmp_path, "2018-2019/a.csv", KS2 + "\n".join(rows) + "\n"))[
        1
    ].refused  # what is alike is told once, with its lines
    assert "lines 7, 8, 9, 10, 11 and 3 more" in fault.what


@pytest.mark.slow
def test_a_row_that_is_repeated_cell_for_cell_is_read_once_and_counted(tmp_path):
    reading = read_file(save(tmp_path, "2018-2019/a.csv", KS2 + KS2_ASH + "\n"))[1]
    assert reading.rows_by_kind["repeated row"] == 1
    assert sum(reading.rows_by_kind.values()) == 6
    assert any("repeat an earlier row" in note for note in reading.notes)
