"""16 to 18: results in two layouts, consortia, grades beside points, destinations and progression; by school."""

import pytest
from wide_files import find_one, read_file, save

from pipeline.foundation.vocabulary import Level
from pipeline.sources.reading import PublishedFile
from pipeline.sources.tabular.headings import find_drift

#: As the cells of 2015/16 are written; a row goes on where a line ends in a backslash.
OF_2016 = """\
RECTYPE,LEA,ESTAB,URN,SCHNAME,NFTYPE/FESITYPE,AGERANGE,FEEDER,ICLOSE,EXAMCONF,TPUP1618,TALLPUP_ALEV_1618,\
TALLPPE_ALEV_1618,TALLPPEGRD_ALEV_1618,TINCLUDE_B3,TB3PTSE,TB3PTSE_GRD,PTAAB_2FAC,PROGEX_E,PROGEX_M,\
T_InScope_ALEV_Ret,PT_Retained_ALEV_Ret,VA_INS_ALEV,UCI_INS_ALEV,LCI_INS_ALEV
1,885,4005,136927,Droitwich Spa High School,ACC,12-18,0,0,,232,131,28.13,C-,90,30.00,C,8.9%,0.4,0,130,92.3%,\
-0.23,-0.11,-0.34
1,885,8007,130713,Heart College,General Further Education College,16+,0,0,R,2502,18,10.24,E,NE,NE,NE,NE,\
-0.18,-0.38,10,70.0%,SUPP,SUPP,SUPP
3,310,4900,135469,Harrow Collegiate,3104027,,,,,1923,929,30.42,C,700,35.46,B-,15.0%,SUPP,SUPP,900,99.0%,\
0.16,0.20,0.12
1,815,4611,137139,St Aidan's,ACC,11-18,1,0,,660,531,32.87,C+,400,35.84,B-,17.0%,0.1,0.1,500,96.6%,0.02,0.07,-0.04
1,885,4014,144367,Baxter College,ACC,11-18,0,0,R,NEW,,,,,,,,,,,,NA,NA,NA
4,885,,,,,,,,,,,29.20,C,,33.00,C+,10.0%,0.1,0.1,,95.0%,NA,NA,NA
5,,,,,,,,,,,,31.79,C+,,35.10,B-,17.0%,0,0,,NA,0,NA,NA
7,,,,,,,,,,,,30.45,C,,34.00,C+,14.0%,0,0,,95.0%,-0.01,NA,NA
"""


def read_results(folder, content=OF_2016):
    return read_file(save(folder, "2015-2016/england_ks5final.csv", content))[1]


@pytest.mark.slow
def test_the_layout_of_2015_16_is_read_with_its_intervals_the_right_way_round(tmp_path):
    reading = read_results(tmp_path)
    assert not reading.faults
    for level, points in ((Level.ENGLAND_ALL, 31.79), (Level.ENGLAND_STATE, 30.45), (Level.AUTHORITY, 29.20)):
        assert find_one(reading, level=level, measure="ks5_alevel_points")["value"] == points
    own = {"urn": 136927, "year": 2016}
    points = find_one(reading, measure="ks5_alevel_points", **own)
    assert (points["value"], points["cohort"]) == (28.13, 131)
    assert find_one(reading, measure="ks5_students", **own)["value"] == 232
    added = find_one(reading, measure="ks5_alevel_value_added", **own)
    assert (added["value"], added["lower"], added["upper"]) == (-0.23, -0.34, -0.11)


@pytest.mark.slow
def test_words_are_reasons_and_a_new_school_is_new(tmp_path):
    reading = read_results(tmp_path)
    said = {
        measure: find_one(reading, urn=130713, measure=measure)["availability"]
        for measure in ("ks5_best_three_points", "ks5_alevel_value_added")
    }
    assert said == {"ks5_best_three_points": "no entries", "ks5_alevel_value_added": "suppressed"}
    assert find_one(reading, urn=144367, measure="ks5_students")["availability"] == "new school"
    assert not (reading.observations["availability"] == "unknown").any()
    assert any("2 rows marked R" in note for note in reading.notes)


@pytest.mark.slow
def test_a_map_reference_is_no_type_and_a_consortium_is_no_school_of_the_review(tmp_path):
    reading = read_results(tmp_path, OF_2016.replace("Spa High School,ACC", "Spa High School,3066905"))
    schools = reading.schools.set_index("urn")
    assert schools.loc[136927, "type"] == "" and schools.loc[135469, "phase"] == "16 plus"
    assert schools.loc[130713, "phase"] == "16 plus"
    assert any("2 rows have a number for a type (line 2: 3066905)" in note for note in reading.notes)


@pytest.mark.slow
def test_a_school_that_shares_a_sixth_form_is_not_given_its_figures(tmp_path):
    reading = read_results(tmp_path)
    shared = find_one(reading, urn=137139, measure="ks5_alevel_points")
    assert shared["availability"] == "not published" and shared["value"] != shared["value"]
    assert find_one(reading, urn=137139, measure="ks5_students")["value"] == 660
    assert find_one(reading, urn=135469, measure="ks5_alevel_points")["value"] == 30.42


@pytest.mark.slow
@pytest.mark.parametrize("now", [",82.13,C-", ",28.13,B", ",28.13,Z9"])
def test_points_that_are_not_the_grade_beside_them_are_questioned(tmp_path, now):
    reading = read_results(tmp_path, OF_2016.replace(",28.13,C-", now))
    points = find_one(reading, urn=136927, measure="ks5_alevel_points")
    assert points["availability"] in ("questioned", "unknown") and points["word"] in now
    assert [(fault.line, fault.column) for fault in reading.faults] == [(2, "TALLPPE_ALEV_1618")]


DESTINATIONS = """\
RECTYPE,LEA,ESTAB,URN,SCHNAME,NFTYPE,FEEDER,ICLOSE,TOT_COHORT,TOT_OVERALLPER,TOT_HEPER,TOT_APPRENPER,TOT_COHORT_DIS,\
TOT_OVERALLPER_DIS
1,885,4005,136927,Oak High,ACC,0,0,95,89%,49%,8%,10,SUPP
3,931,4900,132916,Didcot,,NA,0,165,94%,63%,2%,5,SN
LA,885,,,,,,,3954,82%,34%,9%,685,71%
NAT,,,,,,,,541441,79%,37%,7%,125300,67%
"""
PROGRESSION = """\
RECTYPE,LEA,ESTAB,URN,SCHNAME,NFTYPE,FEEDER,ICLOSE,ALL_COHORT,ALL_PROGRESSED,ALL_HE,ALL_TOP3RD,DIS_PROGRESSED
1,885,4005,136927,Oak High,ACC,0,0,74,73%,69%,27%,SUPP
NAT,,,,,,,,393413,65%,60%,19%,67%
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "measure", "cohort", "value", "year"),
    [
        (DESTINATIONS, "ks5_destinations_sustained", 95, 89, 2023),
        (PROGRESSION, "ks5_progressed", 74, 73, 2022),
    ],
)
def test_leavers_are_of_the_year_in_which_they_ended(tmp_path, content, measure, cohort, value, year):
    reading = read_file(save(tmp_path, "2024-2025/england_ks5-studest.csv", content))[1]
    found = find_one(reading, urn=136927, measure=measure, group="all")
    assert (found["value"], found["cohort"], found["year"], reading.year) == (value, cohort, year, 2025)


RESULTS, AFTER, ON = (
    "2016-2017/england_ks5final.csv",
    "2024-2025/england_ks5-studest.csv",
    "2024-2025/england_ks5-studest-he.csv",
)
#: (file, whose, measure, group, value, lower, upper): published figures, each also in its cell.
PUBLISHED = [
    (RESULTS, Level.ENGLAND_ALL, "ks5_alevel_points", "all", 32.39),
    (RESULTS, Level.ENGLAND_ALL, "ks5_alevel_value_added", "all", 0),
    (RESULTS, Level.ENGLAND_STATE, "ks5_alevel_value_added", "all", -0.01),
    (RESULTS, Level.ENGLAND_STATE, "ks5_alevel_points", "all", 31.14),
    (RESULTS, Level.ENGLAND_STATE, "ks5_alevel_points", "disadvantaged", 27.07),
    (RESULTS, Level.ENGLAND_STATE, "ks5_alevel_points", "other", 31.79),
    (RESULTS, Level.ENGLAND_STATE, "ks5_best_three_points", "all", 34.09),
    (RESULTS, Level.ENGLAND_STATE, "ks5_aab", "all", 14.3),
    (RESULTS, Level.ENGLAND_STATE, "ks5_alevel_retained", "all", 95.3),
    (RESULTS, 885, "ks5_alevel_points", "all", 28.95),
    (RESULTS, 885, "ks5_alevel_points", "disadvantaged", 24.86),
    (RESULTS, 885, "ks5_alevel_points", "other", 29.34),
    (RESULTS, 885, "ks5_aab", "all", 10.6),
    (RESULTS, 885, "ks5_best_three_points", "all", 32.62),
    (AFTER, Level.ENGLAND_STATE, "ks5_destinations_sustained", "all", 79),
    (AFTER, Level.ENGLAND_STATE, "ks5_destinations_higher_education", "all", 37),
    (AFTER, Level.ENGLAND_STATE, "ks5_destinations_apprenticeships", "all", 7),
    (AFTER, 885, "ks5_destinations_sustained", "all", 82),
    (AFTER, 885, "ks5_destinations_higher_education", "all", 34),
    (ON, Level.ENGLAND_STATE, "ks5_progressed", "all", 65),
    (ON, Level.ENGLAND_STATE, "ks5_progressed_higher_education", "all", 60),
    (ON, Level.ENGLAND_STATE, "ks5_progressed_top_third", "all", 19),
    (ON, 885, "ks5_progressed", "all", 64),
    (ON, 885, "ks5_progressed_higher_education", "all", 58),
    (ON, 885, "ks5_progressed_top_third", "all", 16),
]
ROWS = {
    RESULTS: ("ks5", {"school": 118, "sixth-form consortium": 16, "local authority": 152}),
    AFTER: ("destinations_after_18", {"school": 78, "sixth-form consortium": 12, "local authority": 151}),
    ON: ("progression_after_18", {"school": 78, "sixth-form consortium": 11, "local authority": 149}),
}


@pytest.fixture(scope="module")
def read(published):
    """Each real file read once: name → (table, reading)."""
    folder = published.parent / "dfe-more"
    return {name: read_file(PublishedFile(folder / name, name)) for name in ROWS}


@pytest.mark.published
@pytest.mark.parametrize(("name", "who", "measure", "group", "value"), PUBLISHED)
def test_published_figures_are_read_right(read, name, who, measure, group, value):
    about = {"level": who} if isinstance(who, Level) else {"level": Level.AUTHORITY, "la": who}
    assert find_one(read[name][1], measure=measure, group=group, **about)["value"] == value


@pytest.mark.published
def test_the_cohorts_of_the_real_files_are_read_right(read):
    for who, cohort in (({"level": Level.ENGLAND_STATE}, 541_441), ({"level": Level.AUTHORITY, "la": 885}, 3_954)):
        found = find_one(read[AFTER][1], measure="ks5_destinations_sustained", group="all", **who)
        assert found["cohort"] == cohort
    assert find_one(read[RESULTS][1], urn=144367, measure="ks5_students")["word"] == "NEW"
    shared = [find_one(read[RESULTS][1], urn=urn, measure="ks5_best_three_points") for urn in (137139, 121717, 132913)]
    assert [one["availability"] for one in shared] == ["not published", "not published", "available"]


@pytest.mark.published
@pytest.mark.parametrize("name", ROWS)
def test_of_the_real_files_every_row_column_and_word_is_accounted_for(read, name):
    table, reading = read[name]
    family, kinds = ROWS[name]
    assert sum(reading.rows_by_kind.values()) == len(table.cells)
    assert {kind: reading.rows_by_kind[kind] for kind in kinds} == kinds
    assert sorted([*reading.columns_used, *reading.columns_unused]) == sorted(table.header)
    assert not reading.faults
    assert not reading.observations["availability"].isin(["unknown", "questioned"]).any()
    from pipeline.sources.recognise import recognise

    source = recognise(table)
    assert source.family == family
    drift = find_drift(name, table.header, reading.columns_used, source.list_wanted(table.header, reading.year))
    assert not drift.faults


SCHOOLS = (
    "time_period,time_identifier,geographic_level,country_code,country_name,version,old_la_code,new_la_code,la_name,"
    "school_name,school_urn,school_laestab,disadvantage_status,exam_cohort,"
)
AREAS = (
    "time_period,time_identifier,geographic_level,country_code,country_name,version,old_la_code,new_la_code,la_name,"
    "region_code,region_name,establishment_type,disadvantage_status,exam_cohort,"
)
FIGURES = (
    "end1618_student_count,aps_per_entry,aps_per_entry_grade,aps_per_entry_student_count,retained_percent,"
    "retained_assessed_percent,retained_student_count,retained_2nd_year_percent,retained_2nd_year_student_count,"
    "value_added,value_added_upper_ci,value_added_lower_ci,progress_banding,best_three_alevels_aps,"
    "best_three_alevels_grade,best_three_alevels_student_count,aab_percent,aab_student_count,level_3_maths_percent,"
    "level_3_maths_student_count,vocational_percent,vocational_student_count,maths_progress,"
    "maths_progress_entries_percent,maths_progress_inscope_count,english_progress,english_progress_entries_percent,"
    "english_progress_inscope_count"
)
OAK = ",Academic year,School,E92000001,England,Final,885,E10000034,Worcestershire,Oak High,900101,8854001,"
COHORTS = ("Academic", "A level", "Applied general", "Tech level", "Technical certificate", "E/M measures")
NONE = ",".join("z" * 28)
A_LEVEL = "104,31.52,C,98,96.1,95.0,103,90.1,80,0.12,0.24,0.01,Above average,34.10,C+,77,13.0,77,z,z,z,z,z,z,z,z,z,z"
RESITS = "104" + ",z" * 21 + ",-0.21,88.0,14,0.35,90.0,12"


def write_tidy(folder):
    """A school of twelve rows a year, and England: A levels of all students, and resits, have figures."""
    rows = [SCHOOLS + FIGURES]
    for period in ("202324", "202425"):
        for status in ("Total", "Disadvantaged"):
            for cohort in COHORTS:
                found = {("Total", "A level"): A_LEVEL, ("Total", "E/M measures"): RESITS}.get((status, cohort), NONE)
                rows.append(f"{period}{OAK}{status},{cohort},{found}")
    rows = [row.replace(",31.52,", ",29.00,") if row.startswith("202324") else row for row in rows]
    areas = [AREAS + FIGURES]
    for kind, points in (
        ("All state-funded schools and colleges", "34.9"),
        ("Total", "35.8"),
        ("Independent schools", "40.1"),
    ):
        area = f"202425,Academic year,National,E92000001,England,Final,,,,,,{kind},Total,A level,"
        areas.append(area + A_LEVEL.replace("31.52,C", f"{points},C+"))
    for name, lines in (("inst.csv", rows), ("nat.csv", areas)):
        yield read_file(save(folder, f"2024-2025/{name}", "\n".join(lines) + "\n"))[1]


@pytest.mark.slow
def test_of_a_schools_twelve_rows_each_is_read_as_its_own_cohort_and_students(tmp_path):
    reading, areas = write_tidy(tmp_path)
    assert not reading.faults and reading.year == 2025 and reading.rows_by_kind["school"] == 12
    own = {"urn": 900101, "year": 2025, "group": "all"}
    points = find_one(reading, measure="ks5_alevel_points", **own)
    assert (points["value"], points["cohort"]) == (31.52, 98)
    assert find_one(reading, measure="ks5_alevel_points", **{**own, "year": 2024})["value"] == 29.0
    assert find_one(reading, measure="ks5_alevel_points", **{**own, "group": "disadvantaged"})["word"] == "z"
    added = find_one(reading, measure="ks5_alevel_value_added", **own)
    assert (added["value"], added["lower"], added["upper"]) == (0.12, 0.01, 0.24)
    assert find_one(reading, measure="ks5_alevel_value_added_band", **own)["value"] == 2
    assert find_one(reading, measure="ks5_academic_points", **own)["availability"] == "not applicable"
    resits = [find_one(reading, measure=f"ks5_{subject}_progress", **own) for subject in ("english", "maths")]
    assert [(one["value"], one["cohort"]) for one in resits] == [(0.35, 12), (-0.21, 14)]
    assert find_one(areas, level=Level.ENGLAND_STATE, measure="ks5_alevel_points")["value"] == 34.9
    assert areas.rows_by_kind["other kind of school, not read"] == 2
