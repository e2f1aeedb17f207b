"""Preparing an edition: what stops it, what is said of files that are used, and what is left aside."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from pipeline.analysis.indicators import FOLDER
from pipeline.edition.editions import Area, write_new_edition
from pipeline.foundation.errors import FaultyInput, PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.run.due.digests import list_schools
from pipeline.run.preparing.checking import FrameChecks
from pipeline.run.preparing.preparation import (
    list_indicator_questions,
    list_late_inspections,
    list_warnings,
    prepare,
    refuse_faulty_indicators,
)
from pipeline.sources import frames

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("no_data_docs")]

HEADER = "RECTYPE,LEA,ESTAB,URN,SCHNAME,NFTYPE,ICLOSE,AGERANGE,TELIG,PTRWM_EXP\n"
SCHOOLS = "".join(f"1,998,20{n:02},9000{n:02},School {n},CY,0,4-11,30,{50 + n}%\n" for n in range(1, 9))
AUTHORITY, ENGLAND = "3,998,,,Westshire,,,,240,55%\n", "5,,,,,,,,640000,62%\n"
LINKS = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n900101,900001,School 1,Predecessor,01-11-2023\n"


def make_edition(folder, area, **files):
    edition = write_new_edition(
        Workspace(folder), "county", area=area, year="2023/24", policy="worcestershire", title="T", files=()
    )
    for name, text in files.items():
        path = edition.paths.published / name.replace("__", "/").replace("_csv", ".csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return edition


def test_a_trust_that_no_file_tells_of_is_said_with_what_would_tell(tmp_path):
    """It was said that at least one figure was expected, and 0 found."""
    edition = make_edition(
        tmp_path, Area(trust=16093), **{"2023-2024__ks2_csv": HEADER + SCHOOLS + AUTHORITY + ENGLAND}
    )
    with pytest.raises(PipelineError) as refused:
        prepare(edition)
    assert refused.value.what == "no file of this edition tells which schools the trust 16093 has"
    assert "Trusts (code)" in refused.value.remedy and "area: {schools:" in refused.value.remedy


@pytest.mark.parametrize(
    ("measure", "remedy"),
    [
        ("ks2_mats_higher", "Did you mean 'ks2_maths_higher'?"),
        ("handwriting", "its family's table in sources/aliases/"),
    ],
)
def test_an_indicator_of_a_measure_that_nobody_publishes_is_told_of(tmp_path, monkeypatch, measure, remedy):
    """It gave no figure of any school, and nothing said why."""
    assert list_indicator_questions() == []
    told = (FOLDER / "ks2_rwm_higher.yaml").read_text(encoding="utf-8").replace(": ks2_rwm_higher\n", f": {measure}\n")
    (tmp_path / f"{measure}.yaml").write_text(told, encoding="utf-8")
    monkeypatch.setattr("pipeline.analysis.indicators.FOLDER", tmp_path)
    (fault,) = list_indicator_questions()
    assert (fault.file.split("/")[-1], fault.line, fault.column) == (f"{measure}.yaml", 8, "measure")
    assert measure in fault.what and remedy in fault.remedy


def test_faults_of_an_indicator_are_told_with_what_is_else_a_warning(tmp_path, monkeypatch):
    """Whoever mended the fields was told of the measure in the next run."""
    told = (FOLDER / "ks2_rwm_higher.yaml").read_text(encoding="utf-8")
    told = told.replace(": ks2_rwm_higher\n", ": handwriting\n").replace("unit: percent", "unit: furlongs")
    (tmp_path / "handwriting.yaml").write_text(told, encoding="utf-8")
    monkeypatch.setattr("pipeline.analysis.indicators.FOLDER", tmp_path)
    with pytest.raises(FaultyInput) as caught:
        refuse_faulty_indicators()
    assert ["furlongs" in fault.what for fault in caught.value.faults] == [True, False]
    assert "'handwriting'" in caught.value.faults[1].what


def test_what_a_suite_warns_of_in_a_file_is_among_the_warnings(tmp_path):
    """It stood in the data docs alone: check said nothing of a file that had lost its England row."""
    edition = make_edition(tmp_path, Area(authority=998), **{"2023-2024__ks2_csv": HEADER + SCHOOLS + AUTHORITY})
    prepared = prepare(edition)
    [warning] = [one for one in list_warnings(prepared.tables) if "The file has the England row" in one.what]
    assert warning.file == "2023-2024/ks2.csv"
    assert "Without its row, the comparison must come from another file of the same year" in warning.what


def test_an_edition_with_later_years_is_prepared_without_them(tmp_path):
    """It was made without a word, and then everything in it was refused."""
    later = HEADER + SCHOOLS.replace("30,5", "30,6") + AUTHORITY + ENGLAND
    files = {"2023-2024__ks2_csv": HEADER + SCHOOLS + AUTHORITY + ENGLAND, "2024-2025__ks2_csv": later}
    prepared = prepare(make_edition(tmp_path, Area(authority=998), **files))
    assert prepared.faults == ()
    assert prepared.tables.observations()["year"].max() == 2024
    assert len([school for school in list_schools(prepared.edition, prepared.tables) if not school.not_due]) == 8


def test_a_listed_academy_is_due_with_its_predecessors_figures(tmp_path):
    files = {"2023-2024__ks2_csv": HEADER + SCHOOLS + AUTHORITY + ENGLAND, "links_csv": LINKS}
    prepared = prepare(make_edition(tmp_path, Area(schools=(900101,)), **files))
    [school] = list_schools(prepared.edition, prepared.tables)
    assert (school.urn, school.name, school.not_due) == (900101, "School 1", "")


def test_tables_that_are_not_whole_are_made_again_and_the_reason_is_told(tmp_path):
    edition = make_edition(
        tmp_path, Area(authority=998), **{"2023-2024__ks2_csv": HEADER + SCHOOLS + AUTHORITY + ENGLAND}
    )
    folder, told = edition.paths.prepared, []
    prepare(edition)
    kept = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    prepare(edition, progress=told.append)
    assert told == []
    for path, content, reason in (
        (folder / "edition.json", b"\xff", "nothing says what it was made from"),
        (folder / "edition.json", b'{"key": {}, "files": {}}', "changed: published files"),
        (folder / "schools.parquet", b"cut off", "schools.parquet was changed"),
        (folder / "reconciliation.json", None, "reconciliation.json is gone"),
        (edition.paths.data_docs / "index.html", None, "index.html is gone"),
    ):
        path.unlink() if content is None else path.write_bytes(content)
        told.clear()
        prepare(edition, progress=told.append)
        assert told[0].startswith(f"all files again: {reason}")
        assert {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == kept


REGISTER = (
    "URN,LA (code),LA (name),EstablishmentNumber,EstablishmentName,TypeOfEstablishment (code),"
    "TypeOfEstablishment (name),EstablishmentStatus (code),EstablishmentStatus (name),OpenDate,CloseDate\n"
    "900001,998,Westshire,2001,School 1,01,Community school,1,Open,,\n"
)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {},
            "there is no file of results: what is there (Get Information about Schools, all establishments) says who "
            "the schools are, not how they do",
        ),
        (
            {"2023-2024__ks2_csv": HEADER + SCHOOLS.replace(",998,", ",999,").replace("9000", "9001")},
            "the files have figures of 8 schools, and none of this edition's area",
        ),
        (
            {"2023-2024__ks2_csv": HEADER + SCHOOLS + "1,998"},
            "there is no file of results: what is there (Get Information about Schools, all establishments) says who "
            "the schools are, not how they do; 1 file had to be left out",
        ),
    ],
)
def test_an_edition_without_results_is_told_what_to_add(tmp_path, more, said):
    """It was said that no figure is later than the year under review, found: nothing."""
    with pytest.raises(FaultyInput) as refused:
        prepare(make_edition(tmp_path, Area(authority=998), gias_csv=REGISTER, **more))
    first, *others = refused.value.faults
    assert (first.file, first.what) == ("county", said)
    assert "…_ks2final.csv" in first.remedy and "for authority 998, for 2023/24" in first.remedy
    assert [fault.file for fault in others] == (["2023-2024/ks2.csv"] if "left out" in said else [])


def test_an_inspection_after_the_review_is_told_of_by_the_check(tmp_path):
    """It decided a category and nobody said that it was held after the review's date."""
    edition = make_edition(tmp_path, Area(authority=998))  # dated 1 November 2024
    rows = [
        {"urn": urn, "kind": kind, "date": date, "file": "ofsted/o.csv", "line": line}
        for line, (urn, kind, date) in enumerate(
            [
                (900001, "graded", "2024-11-02"),
                (900001, "graded", "2024-11-02"),
                (900002, "graded", "2024-11-01"),
                (900003, "ungraded", "2025-01-10"),
                (900004, "report card", "2025-12-02"),
                (900005, "graded", "2024-12-02"),
            ],
            start=2,
        )
    ]
    schools = pd.DataFrame({"urn": range(900001, 900006), "la": [998, 998, 998, 998, 999]})
    tables = SimpleNamespace(
        schools=lambda: frames.shape_frame(schools, frames.SCHOOLS),
        inspections=lambda: frames.shape_frame(pd.DataFrame(rows), frames.INSPECTIONS),
    )
    found = list_late_inspections(edition, tables)
    assert [(fault.urn, fault.line) for fault in found] == [(900001, 3), (900004, 6)]
    assert found[0].what == (
        "the inspection of 2 November 2024 is after the date of the review, 1 November 2024: "
        "it counts as the school's latest, and may decide its category"
    )


def test_many_inspections_after_the_review_are_told_of_as_one(tmp_path):
    """A county's 302 were told one by one."""
    edition = make_edition(tmp_path, Area(authority=998))
    rows = [
        {"urn": 900001 + n, "kind": "graded", "date": f"2024-{11 + n % 2}-{n + 2:02}", "file": "o.csv", "line": n + 2}
        for n in range(8)
    ]
    schools = pd.DataFrame({"urn": range(900001, 900009), "la": 998})
    tables = SimpleNamespace(
        schools=lambda: frames.shape_frame(schools, frames.SCHOOLS),
        inspections=lambda: frames.shape_frame(pd.DataFrame(rows), frames.INSPECTIONS),
    )
    (fault,) = list_late_inspections(edition, tables)
    assert fault.what.startswith("the inspection of 2 November 2024 is after") and "8 rows" in fault.what


@pytest.mark.parametrize(
    ("area", "told"),
    [({"authority": 998}, ["Found: nothing. As much in 1 more row."]), ({"authority": 997}, []), (None, ["5 more"])],
)
def test_of_nameless_schools_the_areas_own_are_counted(tmp_path, area, told):
    """The whole country's were: 2,140 more, of which not one was a school of the edition."""
    rows = {"urn": range(900001, 900009), "la": [999] * 4 + [998] * 4, "name": ["", ""] * 2 + ["", "", "A", "B"]}
    schools = pd.DataFrame(rows).assign(phase="primary", file="gias.csv", line=range(2, 10))
    with FrameChecks([], area) as checks:
        found = checks.check("gias", frames.shape_frame(schools, frames.SCHOOLS), "gias.csv")()
    named = [fault.what for fault in found if "Every school has a name" in fault.what]
    assert len(named) == len(told) and all(part in what for part, what in zip(told, named, strict=True))
