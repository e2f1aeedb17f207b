"""Rows that a file has lost are missed: the authority's own row counts more than its schools, or is gone itself."""

from __future__ import annotations

import pytest
from wide_files import KS2_ASH, KS2_BIRCH, KS2_ENGLAND, KS2_HEADER, read_file, save

from pipeline.sources.joining.completeness import find_lost_rows
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise, settle_year
from pipeline.sources.tabular.tables import read_table

WHOLE = "3,885, , ,Westshire,,,,,,38,9,24%,71%,56%,-0.2,-2.2,1.8,96%,104,34,24%,71%,38%"  # Ash 30 and Birch 8


def _find(folder, *rows):
    file = save(folder, "2018-2019/ks2.csv", "\n".join([KS2_HEADER, *rows]) + "\n")
    _, reading = read_file(file)
    return find_lost_rows("ks2", file.name, reading.observations, reading.schools)


@pytest.mark.slow
def test_schools_that_add_up_to_their_authority_are_all_there(tmp_path):
    assert _find(tmp_path, KS2_ASH, KS2_BIRCH, WHOLE, KS2_ENGLAND) == []


@pytest.mark.slow
def test_a_file_that_has_lost_schools_is_said_to_have(tmp_path):
    """It passed in silence, with fewer schools in every comparison."""
    [fault] = _find(tmp_path, KS2_BIRCH, WHOLE, KS2_ENGLAND)
    assert (fault.line, fault.column) == (3, "TELIG")
    assert fault.what == (
        "the row of authority 885 counts 38 pupils, its 1 schools in this file 8: rows of schools are missing"
    )


@pytest.mark.slow
def test_a_school_whose_count_is_withheld_is_not_missing(tmp_path):
    withheld = KS2_BIRCH.replace(",60,8,1,", ",60,SUPP,1,")
    assert _find(tmp_path, KS2_ASH, withheld, WHOLE, KS2_ENGLAND) == []


@pytest.mark.slow
def test_a_file_without_its_authoritys_row_says_what_cannot_be_compared(tmp_path):
    [fault] = _find(tmp_path, KS2_ASH, KS2_BIRCH, KS2_ENGLAND)
    assert fault.what == (
        "the file has schools of authority 885, but no row of the authority itself: they cannot be shown beside its "
        "own figures, nor counted against them"
    )


@pytest.mark.slow
def test_families_without_such_rows_are_not_asked(tmp_path):
    file = save(tmp_path, "2018-2019/ks2.csv", "\n".join([KS2_HEADER, KS2_ASH]) + "\n")
    _, reading = read_file(file)
    assert find_lost_rows("census", file.name, reading.observations, reading.schools) == []


@pytest.mark.slow
def test_preparing_an_edition_warns_of_it(tmp_path):
    file = save(tmp_path, "2018-2019/ks2.csv", "\n".join([KS2_HEADER, KS2_BIRCH, WHOLE, KS2_ENGLAND]) + "\n")
    preparation = prepare_edition([file], tmp_path / "prepared", year=2019)
    assert any("rows of schools are missing" in warning.what for warning in preparation.warnings)


@pytest.mark.published
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("2016-2017/850_ks2final.csv", 0),
        ("2017-2018/850_ks2final.csv", 0),
        ("2018-2019/850_ks2final.csv", 0),
        ("2016-2017/815_ks4final.csv", 0),
        ("2017-2018/815_ks4final.csv", 0),
        ("2018-2019/england_ks4provisional.csv", 0),
        ("2018-2019/england_ks4-pupdest.csv", 1),  # 838 and 839 were new that year and have no row yet
        ("2024-2025/england_ks4-pupdest.csv", 0),
    ],
)
def test_real_files_are_complete_but_where_they_are_not(published, name, told):
    table = read_table(PublishedFile(published / name, name))
    source = recognise(table)
    reading = source.read(table, settle_year(table, source))
    faults = find_lost_rows(
        source.family, name, reading.observations, reading.schools, is_provisional=len(table.header) < 200
    )
    assert [fault.what for fault in faults if told == 0] == []
    assert len(faults) == told


@pytest.mark.published
def test_a_real_file_cut_at_a_lines_end_is_told(published, tmp_path):
    lines = (published / "2018-2019/850_ks2final.csv").read_bytes().splitlines(keepends=True)
    kept = [line for place, line in enumerate(lines) if not 40 <= place < 60]
    _, reading = read_file(save(tmp_path, "2018-2019/850_ks2final.csv", b"".join(kept)))
    [fault] = find_lost_rows("ks2", "850_ks2final.csv", reading.observations, reading.schools)
    assert "rows of schools are missing" in fault.what
