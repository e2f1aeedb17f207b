"""School workforce: the wide file of sentences and pounds, and the tidy one of ratios."""

from __future__ import annotations

import pytest
from wide_files import read_file, save

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise, settle_year
from pipeline.sources.tabular.tables import read_table

HEADER = (
    "LA Number,Establishment Number,URN,School Phase,Total Number of Teachers (Headcount),Total Number of Teaching "
    'Assistants (Headcount),"Total Number of Non Classroom-based School Support Staff, Excluding Auxiliary Staff '
    '(Headcount)",Total Number of Teachers (Full-Time Equivalent),Total Number of Teaching Assistants (Full-time '
    'Equivalent),"Total Number of Non Classroom-based School Support Staff, Excluding Auxiliary Staff (Full-Time '
    'Equivalent)",Pupil:     Teacher Ratio,Mean Gross FTE Salary of All Teachers (£s)'
)
WIDE = f"""\
{HEADER}
885,3614,900001,Primary,24,18,30,19.1,13.4,15.9,15.0,"£45,421"
885,2000,900002,Primary,6,6,2,5.2,3.8,1.4,18.7,SUPP
885,2001,900003,Primary,NA,NA,NA,NA,NA,NA,NA,NA
"""
#: The headings of workforce_ptrs_2010_2024_sch, and the service's own figures of 2024/25 for two schools.
TIDY = """\
time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,\
new_la_code,la_name,school_laestab,school_urn,school_name,school_type,number_schools,pupils_fte,\
qualified_teachers_fte,teachers_fte,adults_fte,pupil_to_qual_teacher_ratio,pupil_to_qual_unqual_teacher_ratio,\
pupil_to_adult_ratio
202425,Academic year,School,E92000001,England,E12000005,West Midlands,885,E10000034,Worcestershire,8852034,116959,\
Ash,State-funded primary,1,603,33.5,34.2,60.1,18,17.6,10
202324,Academic year,School,E92000001,England,E12000005,West Midlands,885,E10000034,Worcestershire,8852034,116959,\
Ash,State-funded primary,1,610,x,x,x,x,u,x
202425,Academic year,School,E92000001,England,E12000005,West Midlands,885,E10000034,Worcestershire,885/4501,135061,\
Oak,State-funded secondary,1,960,59.6,60.2,90,16.1,15.9,10.7
202425,Academic year,National,E92000001,England,,,,,,,,,State-funded primary,16700,4600000,220000,222000,500000,\
20.9,20.7,9
"""


def chart(reading) -> dict:
    frame = reading.observations.astype(object)
    return {
        (row.urn if row.level == "school" else row.level, row.measure, row.year): (row.value, row.availability)
        for row in frame.itertuples()
    }


@pytest.mark.slow
def test_sentences_pounds_and_runs_of_blanks_are_read(tmp_path):
    table, reading = read_file(save(tmp_path, "2019-2020/a.csv", "\ufeff" + WIDE))
    found = chart(reading)
    assert found[900001, "teachers", 2020] == (24, "available")
    assert found[900001, "teachers_fte", 2020] == (19.1, "available")
    assert found[900001, "pupil_teacher_ratio", 2020] == (15.0, "available")
    assert found[900001, "teachers_mean_salary", 2020] == (45421, "available")
    assert found[900002, "teachers_mean_salary", 2020][1] == "suppressed"
    assert found[900003, "pupil_teacher_ratio", 2020][1] == "not applicable"
    assert reading.rows_by_kind == {"school": 3} and reading.faults == ()
    assert set(reading.columns_used) | set(reading.columns_unused) == set(table.header)
    assert reading.schools.set_index("urn")["laestab"].to_dict() == {900001: 8853614, 900002: 8852000, 900003: 8852001}


def test_a_year_must_be_said_for_nothing_in_the_file_tells_it(tmp_path):
    file = save(tmp_path, "a.csv", WIDE)
    table = read_table(file)
    with pytest.raises(FaultyInput, match=r"nothing tells which academic year.*\n?.*`year: 2018/19` in edition.yaml"):
        settle_year(table, recognise(table))
    said = read_table(PublishedFile(file.path, file.name, year=2020))
    assert settle_year(said, recognise(said)) == 2020


@pytest.mark.slow
def test_tidy_ratios_are_read_with_their_words(tmp_path):
    _, reading = read_file(save(tmp_path, "a.csv", TIDY))
    found = chart(reading)
    assert found[116959, "pupil_qualified_teacher_ratio", 2025] == (18, "available")
    assert found[116959, "pupil_teacher_ratio", 2025] == (17.6, "available")
    assert found[135061, "pupil_qualified_teacher_ratio", 2025] == (16.1, "available")
    assert found[116959, "pupil_qualified_teacher_ratio", 2024][1] == "not available"
    assert found[116959, "pupil_teacher_ratio", 2024][1] == "unreliable"
    assert found["england, state-funded primary", "pupil_teacher_ratio", 2025] == (20.7, "available")
    assert reading.faults == () and reading.rows_by_kind["school"] == 3
    assert reading.schools.set_index("urn")["laestab"].to_dict() == {116959: 8852034, 135061: 8854501}


NAME = "unknown-year/england_swf.csv"


@pytest.mark.published
def test_the_real_file_is_a_truncated_download_and_its_last_row_is_named(published):
    with pytest.raises(FaultyInput, match="line 8179: the last row stops after 10 of 12 cells: the file is cut short"):
        read_table(PublishedFile(published.parent / "dfe-more" / NAME, NAME))


@pytest.mark.published
def test_the_whole_rows_of_the_real_file_are_read_right(published, tmp_path):
    content = (published.parent / "dfe-more" / NAME).read_bytes()
    table, reading = read_file(save(tmp_path, "2019-2020/a.csv", content[: content.rindex(b"\n") + 1]))
    assert (len(table.cells), reading.rows_by_kind, reading.faults) == (8177, {"school": 8177}, ())
    found = chart(reading)
    names = ("teachers", "teachers_fte", "pupil_teacher_ratio", "teachers_mean_salary")
    assert [found[100000, name, 2020][0] for name in names] == [24, 19.1, 15.0, 45421]
    assert set(reading.observations["availability"].unique()) == {"available", "suppressed", "not applicable"}
