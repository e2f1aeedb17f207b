"""Bad published files: each named with file, line, column and remedy; the others still loaded; nothing half-written."""

from __future__ import annotations

import csv
import io
import itertools
import re

import pytest

from pipeline.sources.prepared import open_prepared

KS2 = "2024-2025/england_ks2final.csv"
ABSENCE = "2023-2024/absence_2023-2024.csv"
LISTED = "gias/edubasealldata20251001.csv"

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("no_data_docs")]


@pytest.fixture
def edition(desk):
    """The sample with three good files and none of its own, to which a test adds bad ones."""
    folder = desk.copy_edition(only=(KS2, ABSENCE, LISTED))
    for path in (folder / "local").glob("*.csv"):
        path.unlink()
    return folder


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


def add_spoilt_copies(edition):
    """Files of the year whose cells a spreadsheet or a person has spoilt; give the line of the spoilt URN."""
    rows, columns = read_rows(edition)
    line, place = next(find_schools(rows, columns)), columns["PTMAT_EXP"]
    spoilt = [list(row) for row in rows]
    spoilt[line][columns["URN"]] = "9.00E+05"
    write_rows(edition, spoilt, "2024-2025/spoilt.csv")
    for row in rows[1:]:
        if len(row) > place and row[place].endswith("%"):
            row[place] = f"{int(row[place][:-1]) / 100:g}"
    write_rows(edition, rows, "2024-2025/fractions.csv")
    return line + 1


def test_bad_files_are_each_named_and_the_others_loaded(desk, edition):
    """What is no table, what a spreadsheet spoilt, fractions for percentages, another family, another year."""
    published = edition / "published" / "2024-2025"
    good = (published / "england_ks2final.csv").read_bytes()
    (published / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (published / "page.csv").write_text("<!DOCTYPE html><html><body>Sign in</body></html>")
    (published / "empty.csv").write_bytes(b"")
    (published / "workbook.csv").write_bytes(b"PK\x03\x04\x14\x00\x06\x00" + b"\x00" * 200)
    (published / "cut.csv").write_bytes(good[: len(good) * 2 // 3])
    (published / "nokey.csv").write_bytes(good.replace(b"URN,", b"UNR,", 1))
    line = add_spoilt_copies(edition)
    (published / "older.csv").write_bytes(good)
    (published / "other.csv").write_bytes((edition / "published" / ABSENCE).read_bytes())
    (edition / "edition.yaml").open("a").write(
        "published:\n  - path: published/2024-2025/older.csv\n    year: 2018/19\n"
        "  - path: published/2024-2025/other.csv\n    family: census\n"
    )
    code, said = desk.say("check", "sample")
    assert code == 3
    for name in ("picture", "page", "empty", "workbook", "cut", "nokey"):
        assert f"2024-2025/{name}.csv" in said, name
    assert "save" in said.lower() and "CSV" in said  # what to do with a workbook
    assert f"2024-2025/spoilt.csv, line {line}, column URN" in said
    assert "spreadsheet" in said or "Excel" in said
    assert said.count("2024-2025/fractions.csv, line 1, column PTMAT_EXP: the whole column holds fractions of 1") == 1
    assert re.search(r"2024-2025/older\.csv.*2024/25.*2018/19|2024-2025/older\.csv.*2018/19.*2024/25", said)
    assert re.search(r"2024-2025/other\.csv.*absence.*census|2024-2025/other\.csv.*census.*absence", said)
    tables = open_prepared(edition / "prepared")
    assert {one.file for one in tables.reconciliation() if one.loaded} == {KS2, ABSENCE, LISTED}
    assert not list(edition.glob(".making*")) and not list(edition.glob(".old*"))
    assert "Traceback" not in said


def test_bad_rows_are_each_named_with_their_place_and_stop_no_edition(desk, edition):
    """A school twice with different figures, a word that nobody knows, a percentage over 100 and one as a fraction."""
    rows, columns = read_rows(edition)
    twice, pending, beyond, fraction = itertools.islice(find_schools(rows, columns), 4)
    again = list(rows[twice])
    again[columns["PTRWM_EXP"]] = "1%"
    rows.append(again)
    rows[pending][columns["PTREAD_EXP"]] = "PENDING"
    rows[beyond][columns["PTMAT_EXP"]] = "104%"
    rows[fraction][columns["PTMAT_EXP"]] = "0.67"
    write_rows(edition, rows, KS2)
    code, said = desk.say("check", "sample")
    assert code == 6, said  # a few rows stop no edition: they are left out, and said
    tables = open_prepared(edition / "prepared")
    (account,) = (one for one in tables.reconciliation() if one.file == KS2)
    assert account.loaded
    assert f"{KS2}, line {len(rows)}, column URN" in said and "neither row is used" in said

    (found,) = [word for word in account.unknown_words if word.word == "PENDING"]
    assert found.column == "PTREAD_EXP" and pending + 1 in found.lines
    assert f"{KS2}, line {pending + 1}, column PTREAD_EXP: the word 'PENDING'" in said

    assert "104" in said and f"{KS2}, line {beyond + 1}, column PTMAT_EXP" in said
    assert read_maths(tables, rows[beyond][columns["URN"]])["value"].isna().all()
    urn = rows[fraction][columns["URN"]]
    assert f"{KS2}, line {fraction + 1}, column PTMAT_EXP (URN {urn}): 0.67 is not believed and left out" in said
    maths = read_maths(tables, urn)
    assert maths["value"].isna().all() and set(maths["availability"]) == {"questioned"}


def read_maths(tables, urn):
    """The school's figures of maths in the year of the file."""
    observations = tables.load_school(int(urn)).observations
    return observations.query("measure == 'ks2_maths_expected' and year == 2025 and group == 'all'")


ACCENTED = "École Marlé’s School"
HOSTILE = (
    "<script>alert(1)</script>\n#panic() $x$ *b* [l](u) \\ @cite `raw`",
    '=HYPERLINK("http://example.org","x")',
    "../../etc/passwd",
)


def test_a_hostile_name_is_text_everywhere_and_one_in_windows_encoding_is_kept(desk, edition):
    """Through the real notebook, page and PDF: the name is printed as it stands and does nothing."""
    (edition / "published" / LISTED).unlink()
    rows, columns = read_rows(edition)
    names = {}
    for name, line in zip((*HOSTILE, ACCENTED), find_schools(rows, columns), strict=False):
        rows[line][columns["SCHNAME"]] = name
        names[rows[line][columns["URN"]]] = name
    write_rows(edition, rows, KS2, encoding="cp1252")
    *hostile, accented = names
    assert len(hostile) == len(HOSTILE)
    code, said = desk.say("reports", "sample", *(word for urn in hostile for word in ("--urn", urn)))
    assert code == 0, said
    for urn in hostile:
        assert_is_text(desk.root / "reports" / "sample" / "schools" / urn, names[urn])
    assert open_prepared(edition / "prepared").load_school(int(accented)).school.name == ACCENTED


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
