"""Bad published files: each named with file, line, column and remedy; the others still loaded; nothing half-written."""

from __future__ import annotations

import csv
import io

import pytest

from pipeline.sources.prepared import open_prepared

KS2 = "2024-2025/england_ks2final.csv"
ABSENCE = "2023-2024/absence_2023-2024.csv"
LISTED = "gias/edubasealldata20251001.csv"

pytestmark = pytest.mark.kernel


@pytest.fixture
def edition(desk):
    """The sample with three good files, to which a test adds bad ones."""
    return desk.copy_edition(only=(KS2, ABSENCE, LISTED))


def read_rows(edition, name=KS2):
    text = (edition / "published" / name).read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    return rows, {column.upper(): place for place, column in enumerate(rows[0])}


def write_rows(edition, rows, name="2024-2025/bad.csv", encoding="utf-8"):
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    (edition / "published" / name).write_bytes(text.getvalue().encode(encoding))


def find_schools(rows, columns):
    """The lines (from 0) of mainstream schools with full results."""
    place = columns["PTRWM_EXP"]
    mainstream = (line for line, row in enumerate(rows) if row[0] == "1" and len(row) > place)
    return (line for line in mainstream if rows[line][place].endswith("%"))


def replace_good_file(edition, change):
    """Put a changed copy of the KS2 file in the place of the good one; give the changed row's line, as people count."""
    rows, columns = read_rows(edition)
    line = next(find_schools(rows, columns))
    change(rows, columns, line)
    write_rows(edition, rows, KS2)
    return line + 1


def test_files_that_are_no_tables_are_each_named_and_the_others_loaded(desk, edition):
    published = edition / "published" / "2024-2025"
    good = (published / "england_ks2final.csv").read_bytes()
    (published / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (published / "page.csv").write_text("<!DOCTYPE html><html><body>Sign in</body></html>")
    (published / "empty.csv").write_bytes(b"")
    (published / "workbook.csv").write_bytes(b"PK\x03\x04\x14\x00\x06\x00" + b"\x00" * 200)
    (published / "cut.csv").write_bytes(good[: len(good) * 2 // 3])
    (published / "nokey.csv").write_bytes(good.replace(b"URN,", b"UNR,", 1))
    code, said = desk.say("check", "sample")
    assert code == 3
    for name in ("picture", "page", "empty", "workbook", "cut", "nokey"):
        assert f"2024-2025/{name}.csv" in said, name
    assert "save" in said.lower() and "CSV" in said  # what to do with a workbook
    tables = open_prepared(edition / "prepared")
    loaded = {one.file for one in tables.reconciliation() if one.loaded}
    assert {KS2, ABSENCE, LISTED} <= loaded
    assert not list(edition.glob(".making*")) and not list(edition.glob(".old*"))
    assert "Traceback" not in said


def test_another_family_than_expected(desk, edition):
    (edition / "edition.yaml").open("a").write(f"published:\n  - path: published/{ABSENCE}\n    family: census\n")
    code, said = desk.say("check", "sample")
    assert code == 3
    assert "absence" in said and "census" in said


def test_another_year_than_the_content_says(desk, edition):
    (edition / "edition.yaml").open("a").write(f"published:\n  - path: published/{KS2}\n    year: 2018/19\n")
    code, said = desk.say("check", "sample")
    assert code == 3
    assert "2024/25" in said and "2018/19" in said


def test_a_school_twice_with_different_figures(desk, edition):
    def change(rows, columns, line):
        again = list(rows[line])
        again[columns["PTRWM_EXP"]] = "1%"
        rows.append(again)

    replace_good_file(edition, change)
    rows, _ = read_rows(edition)
    code, said = desk.say("check", "sample")
    assert code == 6  # a few rows stop no edition: they are left out, and said
    assert f"{KS2}, line {len(rows)}, column URN" in said and "neither row is used" in said
    assert KS2 in {one.file for one in open_prepared(edition / "prepared").reconciliation() if one.loaded}


def test_an_unknown_word_is_kept_and_shown_with_its_place(desk, edition):
    def change(rows, columns, line):
        rows[line][columns["PTREAD_EXP"]] = "PENDING"

    line = replace_good_file(edition, change)
    code, said = desk.say("check", "sample")
    assert code == 6, said
    account = next(one for one in open_prepared(edition / "prepared").reconciliation() if one.file == KS2)
    (found,) = [word for word in account.unknown_words if word.word == "PENDING"]
    assert found.column == "PTREAD_EXP" and line in found.lines
    assert f"{KS2}, line {line}, column PTREAD_EXP: the word 'PENDING'" in said


def test_a_percentage_over_100_is_left_out_and_reported(desk, edition):
    def change(rows, columns, line):
        rows[line][columns["PTMAT_EXP"]] = "104%"

    line = replace_good_file(edition, change)
    code, said = desk.say("check", "sample")
    assert code == 6
    assert "104" in said and f"{KS2}, line {line}, column PTMAT_EXP" in said
    rows, columns = read_rows(edition)
    urn = int(rows[line - 1][columns["URN"]])
    slice = open_prepared(edition / "prepared").load_school(urn)
    maths = slice.observations.query("measure == 'ks2_maths_expected' and year == 2025 and group == 'all'")
    assert maths["value"].isna().all()


def test_a_percentage_written_as_a_fraction_is_named_with_its_school_and_left_out(desk, edition):
    def change(rows, columns, line):
        rows[line][columns["PTMAT_EXP"]] = "0.67"

    line = replace_good_file(edition, change)
    rows, columns = read_rows(edition)
    urn = rows[line - 1][columns["URN"]]
    code, said = desk.say("check", "sample")
    assert code == 6, said
    assert f"{KS2}, line {line}, column PTMAT_EXP (URN {urn}): 0.67 is not believed and left out" in said
    slice = open_prepared(edition / "prepared").load_school(int(urn))
    maths = slice.observations.query("measure == 'ks2_maths_expected' and year == 2025 and group == 'all'")
    assert maths["value"].isna().all() and set(maths["availability"]) == {"questioned"}


def test_a_column_of_fractions_stops_its_file_with_one_fault_and_no_other(desk, edition):
    def change(rows, columns, line):
        place = columns["PTMAT_EXP"]
        for row in rows[1:]:
            if len(row) > place and row[place].endswith("%"):
                row[place] = f"{int(row[place][:-1]) / 100:g}"

    replace_good_file(edition, change)
    code, said = desk.say("check", "sample")
    assert code == 3
    assert said.count(f"{KS2}, line 1, column PTMAT_EXP: the whole column holds fractions of 1") == 1
    loaded = {one.file for one in open_prepared(edition / "prepared").reconciliation() if one.loaded}
    assert KS2 not in loaded and ABSENCE in loaded


def test_a_file_in_windows_encoding_keeps_its_names(desk, edition):
    def change(rows, columns, line):
        rows[line][columns["SCHNAME"]] = "École Marlé’s School"

    rows, columns = read_rows(edition)
    line = next(find_schools(rows, columns))
    change(rows, columns, line)
    write_rows(edition, rows, KS2, encoding="cp1252")
    (edition / "published" / LISTED).unlink()
    code, said = desk.say("check", "sample")
    assert code == 0, said
    urn = int(rows[line][columns["URN"]])
    assert open_prepared(edition / "prepared").load_school(urn).school.name == "École Marlé’s School"


def test_what_a_spreadsheet_spoils_is_recognised(desk, edition):
    def change(rows, columns, line):
        rows[line][columns["URN"]] = "9.00E+05"

    line = replace_good_file(edition, change)
    code, said = desk.say("check", "sample")
    assert code == 3
    assert f"{KS2}, line {line}, column URN" in said
    assert "spreadsheet" in said or "Excel" in said


HOSTILE = (
    "<script>alert(1)</script> #panic() $x$ *b* [l](u) \\ @cite `raw`",
    '=HYPERLINK("http://example.org","x")',
    "Line one\nLine two",
    "../../etc/passwd",
)


def test_a_hostile_name_is_text_everywhere(desk, edition):
    """Through the real notebook, page and PDF: the name is printed as it stands and does nothing."""
    (edition / "published" / LISTED).unlink()
    rows, columns = read_rows(edition)
    names = {}
    for name, line in zip(HOSTILE, find_schools(rows, columns), strict=False):
        rows[line][columns["SCHNAME"]] = name
        names[rows[line][columns["URN"]]] = name
    assert len(names) == len(HOSTILE)
    write_rows(edition, rows, KS2)
    code, said = desk.say("reports", "sample", *(word for urn in names for word in ("--urn", urn)))
    assert code == 0, said
    for urn, name in names.items():
        assert_is_text(desk.root / "reports" / "sample" / "schools" / urn, name)


def assert_is_text(folder, name):
    assert sorted(path.name for path in folder.iterdir()) == [
        "facts.json",
        "made.json",
        "notebook.ipynb",
        "report.html",
        "report.pdf",
    ]
    from bs4 import BeautifulSoup

    from pipeline.render.checks import read_pdf

    page = BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "html.parser")
    flat = " ".join(name.split())
    assert " ".join(page.h1.get_text().split()) == flat
    assert page.script is None
    squeezed = "".join(name.split())
    assert squeezed in "".join(read_pdf((folder / "report.pdf").read_bytes()).text.split())
