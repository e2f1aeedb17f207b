"""Workbooks as publishers offer them: the sheet that holds the table, as the CSV that it would be."""

from __future__ import annotations

import pytest
from wide_files import ABSENCE, KS2, read_file, save
from workbook_files import write_workbook

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import open_prepared
from pipeline.sources.recognise import is_known, recognise
from pipeline.sources.tabular.tables import read_table

ROWS = [line.split(",") for line in ABSENCE.splitlines()]


def _read(folder, content: bytes):
    return read_table(save(folder, "2018-2019/a.xlsx", content), knows=is_known)


def test_a_workbook_reads_as_its_csv_would(tmp_path):
    """It was refused with the advice to save it as CSV, which the publisher does not always offer."""
    table = _read(tmp_path, write_workbook({"data": ROWS}))
    plain = read_table(save(tmp_path, "2018-2019/a.csv", ABSENCE))
    assert (table.sheet, table.encoding) == ("data", "xlsx")
    assert table.header == plain.header
    assert table.cells.equals(plain.cells)
    assert list(table.lines) == list(plain.lines)


def test_numbers_percentages_and_days_are_written_as_their_cells_show_them(tmp_path):
    cells = [
        ["<c><v>100000</v></c>", "<c><v>0.57999999999999996</v></c>", '<c s="2"><v>0.58</v></c>'],
        ['<c s="1"><v>43465</v></c>', '<c s="3"><v>43466.5</v></c>', '<c s="2"><v>0.28999999999999998</v></c>'],
        [
            '<c t="b"><v>1</v></c>',
            '<c t="str"><f>A1</f><v>text</v></c>',
            '<c t="inlineStr"><is><t>in line</t></is></c>',
        ],
        ['<c t="e"><v>#N/A</v></c>', "<c><v>1.37E5</v></c>", "<c><v>-0.25</v></c>"],
    ]
    table = _read(tmp_path, write_workbook({"data": [["A", "B", "C"], *cells]}))
    assert table.cells.to_numpy().tolist() == [
        ["100000", "0.58", "58%"],
        ["2018-12-31", "2019-01-01 12:00:00", "29%"],
        ["TRUE", "text", "in line"],
        ["#N/A", "137000", "-0.25"],
    ]
    table = _read(tmp_path, write_workbook({"data": [["A", "B"], ['<c s="1"><v>42003</v></c>', "x"]]}, date1904=True))
    assert table.cells.iloc[0, 0] == "2018-12-31"


def test_hours_and_times_are_no_days_of_1900(tmp_path):
    hours = [f'<c s="{style}"><v>1.1041666666666667</v></c>' for style in (4, 5)]
    times = [f'<c s="{style}"><v>0.39583333333333331</v></c>' for style in (6, 7)]
    table = _read(tmp_path, write_workbook({"data": [["A", "B", "C", "D"], [*hours, *times]]}))
    assert table.cells.to_numpy().tolist() == [["26:30", "26:30", "09:30", "09:30"]]


def test_titles_above_the_headings_are_passed_over_and_lines_stay_the_sheets_rows(tmp_path):
    rows = [["Pupil absence"], [], ["Source: the department"], *ROWS]
    table = _read(tmp_path, write_workbook({"Notes": [["About"], ["this"]], "data": rows}))
    assert table.header == tuple(ROWS[0])
    assert table.lines.tolist() == [5, 6, 7, 8]


def test_of_several_sheets_the_one_with_a_familys_headings_is_read(tmp_path):
    notes = [["Column", "Meaning", "More"], ["PERCTOT", "overall absence", ""]]
    assert _read(tmp_path, write_workbook({"Metadata": notes, "england_abs": ROWS})).sheet == "england_abs"
    hidden = write_workbook({"old": ROWS, "england_abs": ROWS}, hidden=["old"])
    assert _read(tmp_path, hidden).sheet == "england_abs"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (write_workbook({"one": ROWS, "two": ROWS}), "2 sheets with such headings: 'one', 'two'"),
        (write_workbook({"one": [["A", "B"], ["1", "2"]], "two": [["C", "D"]]}), "none of the workbook's 2 sheets"),
        (write_workbook({"one": [[]]}), "no sheet of the workbook holds a table"),
        (
            write_workbook({"one": [["A", "B"], ["<c><f>1+1</f></c>", "x"]]}),
            "cell A2 holds a formula without its value",
        ),
        (write_workbook({"one": [["A", "B"], ['<c t="s"><v>99</v></c>', "x"]]}), "a damaged one"),
        (
            write_workbook({"one": ROWS}, declared='<!DOCTYPE a [<!ENTITY b "c">]>'),
            "declares its own XML entities",
        ),
        (write_workbook({"one": ROWS})[:-80], "the file is an Excel workbook"),
    ],
)
def test_a_workbook_that_cannot_be_read_says_why(tmp_path, content, said):
    with pytest.raises(FaultyInput, match=said):
        _read(tmp_path, content)


@pytest.mark.slow
def test_a_workbook_in_an_edition_is_read_noted_and_its_faults_name_its_rows(tmp_path):
    rows = [line.split(",") for line in KS2.replace("70%,56%", "104.17%,56%").splitlines()]
    file = save(tmp_path, "2018-2019/ks2.xlsx", write_workbook({"ks2": [["Key stage 2"], *rows]}))
    preparation = prepare_edition([file], tmp_path / "prepared", year=2019)
    assert preparation.faults == ()
    assert any((fault.line, fault.column) == (3, "PTRWM_EXP") for fault in preparation.warnings)
    [account] = preparation.reconciliations
    assert "an Excel workbook: its sheet 'ks2' is read; a line is a row of it" in account.notes
    assert set(open_prepared(tmp_path / "prepared").schools()["urn"]) == {900001, 900002, 900003}


@pytest.mark.published
def test_the_departments_spine_is_read_from_the_workbook_it_offers(tabulate_published):
    table = tabulate_published("../dfe-more/2017-2018/england_spine.xlsx")
    reading = recognise(table).read(table, None)
    assert (table.sheet, len(table.cells)) == ("england", 26_078)
    schools = reading.schools.set_index("urn")
    assert schools.loc[100088, "closed"] == "2018-12-31"
    assert reading.faults == ()
    assert not reading.links["predecessor"].eq(999_999).any()


GIAS = """\
"URN","LA (code)","LA (name)","EstablishmentNumber","EstablishmentName","TypeOfEstablishment (name)",\
"EstablishmentStatus (name)","OpenDate","CloseDate","PhaseOfEducation (name)","StatutoryLowAge","StatutoryHighAge",\
"Gender (name)","Trusts (name)","Town","Linked establishments"
"900101","885","Worcestershire","2001","Ash Academy","Academy converter","Open","01-11-2018","","Primary","4","11",\
"Mixed","A Trust","Ashton","900001 Predecessor"
"900001","885","Worcestershire","2001","Ash Primary","Community school","Closed","","31-10-2018","Primary","4","11",\
"Mixed","","Ashton","900101 Successor"
"900102","885","Worcestershire","2009","Elm Primary","Community school","Open","","","Primary","4","11",\
"Mixed","","Elmley","900003 Predecessor - merged","900004 Predecessor - merged","900077 Sixth Form Centre School"
"900005","885","Worcestershire","2010","Fir Primary","Community school","Open","","","Primary","4","11",\
"Mixed","","Firs","Does not have links"
"20115","885","Worcestershire","","A children's centre","Children's centre","Open","","","","","","","","",\
"Does not have links"
"""


@pytest.mark.slow
def test_the_registers_search_download_is_read_with_its_links(tmp_path):
    """It was refused: no "(code)" columns, and a cell more for each further link."""
    _, reading = read_file(save(tmp_path, "search.csv", GIAS))
    assert reading.rows_by_kind == {"school": 4, "not a school in England": 1}
    schools = reading.schools.set_index("urn")
    assert (schools.loc[900101, "type"], schools.loc[900001, "status"]) == ("Academy converter", "closed")
    links = reading.links.set_index(["urn", "predecessor"])
    assert dict(links["kind"]) == {
        (900101, 900001): "succession",
        (900102, 900003): "merger",
        (900102, 900004): "merger",
    }
    assert links.loc[(900101, 900001), "date"] == "2018-11-01"
    assert reading.faults == ()
    assert reading.notes == (
        "trusts are named without their UID: which schools a trust has cannot be told from this file",
    )


@pytest.mark.published
def test_real_search_downloads_are_read(read_published):
    for name, schools, links in (
        ("gias_search_download_2021_936.csv", 516, None),
        ("gias_search_download_20220420_850_936_with_links.csv", 1096, 304),
    ):
        _, reading = read_published(f"../dfe-more/gias/{name}")
        assert (len(reading.schools), None if reading.links is None else len(reading.links)) == (schools, links)
        assert reading.faults == ()
