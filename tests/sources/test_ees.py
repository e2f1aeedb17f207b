"""Explore Education Statistics files: what a row is about stands in its cells."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.sources.families.tidy.ees import SOURCES, fill_ks2_cohorts
from pipeline.sources.reading import PublishedFile, RawTable, Reading
from pipeline.sources.tabular.tables import read_table

KS2 = """\
time_period,time_identifier,geographic_level,country_code,country_name,version,school_urn,school_laestab,school_name,\
breakdown_topic,breakdown,subject,expected_standard_pupil_percent,higher_standard_pupil_percent,average_scaled_score,\
progress_measure_score,progress_measure_lower_conf_interval,progress_measure_upper_conf_interval,\
progress_measure_description
202425,Academic year,School,E92000001,England,Revised,900001,8854001,Elm School,All pupils,Total,\
"Reading, writing and maths",62,8,z,z,z,z,z
202425,Academic year,School,E92000001,England,Revised,900001,8854001,Elm School,Disadvantaged status,Disadvantaged,\
"Reading, writing and maths",c,c,z,z,z,z,z
202425,Academic year,School,E92000001,England,Revised,900001,8854001,Elm School,Disadvantaged status,\
Not known to be disadvantaged,"Reading, writing and maths",69,low,z,z,z,z,z
202425,Academic year,School,E92000001,England,Revised,900001,8854001,Elm School,All pupils,Total,Reading,\
75,30,104,z,z,z,z
202425,Academic year,School,E92000001,England,Revised,900001,8854001,Elm School,All pupils,Total,\
"Grammar, punctuation and spelling",72,25,105,z,z,z,z
202425,Academic year,School,E92000001,England,Revised,900001,8854001,Elm School,Average (2023 to 2025),\
3 year average,"Reading, writing and maths",60,7,z,z,z,z,z
202223,Academic year,School,E92000001,England,Revised,900001,8854001,Elm First School,All pupils,Total,Maths,70,20,103,\
-1.5,-3.2,0.2,Average
202425,Academic year,School,E92000001,England,Revised,900001,8854001,Elm School,First language,\
Known or believed to be English,Reading,74,29,104,z,z,z,z
202425,Academic year,School,E92000001,England,Revised,900001,8854001,Elm School,All pupils,Total,Juggling,1,1,z,z,z,z,z
"""

KS4 = """\
time_period,time_identifier,geographic_level,old_la_code,la_name,version,establishment_type_group,school_laestab,\
school_urn,school_name,breakdown_topic,breakdown,sex,disadvantage_status,pupil_count,attainment8_average,\
engmath_95_percent,progress8_pupil_count,progress8_average,progress8_lower_95_ci,progress8_upper_95_ci
202425,Academic year,School,885,Worcestershire,Provisional,Converter academies,8854002,900002,Oak School,Total,Total,\
Total,Total,121,44.0,40.0,z,z,z,z
202425,Academic year,School,885,Worcestershire,Final,Converter academies,8854002,900002,Oak School,Total,Total,\
Total,Total,120,45.4,38,z,z,z,z
202324,Academic year,School,885,Worcestershire,Final,Converter academies,8854002,900002,Oak School,Total,Total,\
Total,Total,118,44.9,41.5,110,-0.12,-0.35,0.11
202425,Academic year,School,885,Worcestershire,Final,Converter academies,8854002,900002,Oak School,Sex,Girls,\
Girls,Total,60,47.1,44,z,z,z,z
202425,Academic year,School,885,Worcestershire,Final,Converter academies,8854002,900002,Oak School,\
Sex and disadvantage,Disadvantaged,Girls,Disadvantaged,9,c,c,z,z,z,z
202425,Academic year,Local authority,885,Worcestershire,Final,All state-funded,,,,Total,Total,\
Total,Total,5943,44.2,40.9,z,z,z,z
202425,Academic year,Local authority,885,Worcestershire,Final,Special schools,,,,Total,Total,\
Total,Total,90,4.1,1.0,z,z,z,z
202425,Academic year,National,,,Final,All state-funded,,,,Total,Total,Total,Total,600000,46.1,45.4,z,z,z,z
202425,Academic year,National,,,Final,All schools,,,,Total,Total,Total,Total,640000,46.5,46.0,z,z,z,z
202425,Academic year,Regional,,,Final,All state-funded,,,,Total,Total,Total,Total,60000,45.1,44.0,z,z,z,z
"""

ABSENCE = """\
time_period,time_identifier,geographic_level,old_la_code,la_name,school_laestab,school_urn,school_name,\
education_phase,enrolments,sess_overall_percent,enrolments_pa_10_exact_percent
202425,Academic year,School,885,Worcestershire,8854001,900001,Elm School,State-funded primary,210,5.2,13.3
202425,Academic year,School,885,Worcestershire,8854003,oops,Ash School,State-funded primary,10,5.2,13.3
202425,Academic year,Local authority,885,Worcestershire,,,,State-funded primary,40000,5.1,13.0
202425,Academic year,Local authority,885,Worcestershire,,,,Total,90000,6.9,18.5
202425,Academic year,National,,,,,,State-funded secondary,3000000,8.5,23.1
202425,Academic year,National,,,,,,Special,150000,12.6,34.8
202425,Autumn term,National,,,,,,Total,7000000,6.4,17.8
20245,Academic year,National,,,,,,Total,7000000,6.8,18.1
"""


def read_file(folder: Path, text: str) -> RawTable:
    path = folder / "tidy.csv"
    path.write_text(text, encoding="utf-8-sig")
    return read_table(PublishedFile(path, "published/tidy.csv"))


def read_tidy(folder: Path, text: str) -> Reading:
    table = read_file(folder, text)
    [source] = [source for source in SOURCES if source.recognises(table.header)]
    reading = source.read(table, source.find_year(table))
    assert sum(reading.rows_by_kind.values()) == len(table.cells)
    assert set(reading.columns_used) | set(reading.columns_unused) == set(table.header)
    return reading


def list_charts(reading: Reading, *fields: str) -> dict[tuple, tuple]:
    """Chosen fields by (measure, group, year) of the one school or area in the frame."""
    frame = reading.observations.astype(object)
    keys = frame[["measure", "group", "year"]].itertuples(index=False, name=None)
    return dict(zip(keys, frame[list(fields)].itertuples(index=False, name=None), strict=True))


@pytest.mark.slow
def test_ks2_figures_stand_under_their_subject_group_and_year(tmp_path):
    reading = read_tidy(tmp_path, KS2)
    figures = list_charts(reading, "value", "availability", "unit")
    assert figures["ks2_rwm_expected", "all", 2025] == (62.0, "available", "percent")
    assert figures["ks2_rwm_expected", "disadvantaged", 2025][1] == "suppressed"
    assert figures["ks2_rwm_expected", "other", 2025][0] == 69.0
    assert figures["ks2_rwm_higher", "other", 2025][1] == "small"
    assert figures["ks2_reading_score", "all", 2025] == (104.0, "available", "scaled score")
    assert figures["ks2_gps_expected", "all", 2025][0] == 72.0
    assert figures["ks2_rwm_expected_3yr", "all", 2025][0] == 60.0
    assert figures["ks2_reading_progress", "all", 2025][1] == "not applicable"
    assert figures["ks2_maths_progress_band", "all", 2023] == (3.0, "available", "band")
    interval = list_charts(reading, "value", "lower", "upper")
    assert interval["ks2_maths_progress", "all", 2023] == (-1.5, -3.2, 0.2)


@pytest.mark.slow
def test_ks2_rows_that_are_not_read_are_counted(tmp_path):
    reading = read_tidy(tmp_path, KS2)
    assert reading.rows_by_kind == {"school": 7, "other pupils, not read": 1, "other subject, not read": 1}
    assert reading.notes == ("the file holds 2 years, those that end in 2023, 2025",)
    assert reading.year == 2025


@pytest.mark.slow
def test_a_school_is_described_by_its_latest_year(tmp_path):
    [school] = read_tidy(tmp_path, KS2).schools.to_dict("records")
    assert (school["urn"], school["name"], school["laestab"], school["la"]) == (900001, "Elm School", 8854001, 885)


@pytest.mark.slow
def test_ks4_levels_groups_and_versions(tmp_path):
    reading = read_tidy(tmp_path, KS4)
    frame = reading.observations
    attainment = frame[(frame["measure"] == "ks4_attainment8") & (frame["year"] == 2025)]
    found = {(row.level, row.group): (row.value, row.cohort) for row in attainment.astype(object).itertuples()}
    assert found == {
        ("school", "all"): (45.4, 120.0),
        ("school", "girls"): (47.1, 60.0),
        ("authority", "all"): (44.2, 5943.0),
        ("england, state-funded", "all"): (46.1, 600000.0),
        ("england, all schools", "all"): (46.5, 640000.0),
    }
    assert reading.rows_by_kind == {
        "England, all schools": 1,
        "England, state-funded schools": 1,
        "local authority": 1,
        "older version, not read": 1,
        "other area, not read": 1,
        "other kind of school, not read": 1,
        "other pupils, not read": 1,
        "school": 3,
    }


@pytest.mark.slow
def test_ks4_progress_has_its_own_cohort_and_interval(tmp_path):
    frame = read_tidy(tmp_path, KS4).observations
    [row] = frame[(frame["measure"] == "ks4_progress8") & (frame["year"] == 2024)].to_dict("records")
    assert (row["value"], row["lower"], row["upper"], row["cohort"], row["line"]) == (-0.12, -0.35, 0.11, 110.0, 4)
    latest = frame[(frame["measure"] == "ks4_progress8") & (frame["year"] == 2025)]
    assert set(latest["availability"]) == {"not applicable"} and latest["value"].isna().all()


@pytest.mark.slow
def test_ks4_names_of_2023_24_are_read_too(tmp_path):
    text = (
        "time_period,time_identifier,geographic_level,school_urn,school_name,breakdown_topic,breakdown,t_pupils,"
        "avg_att8,pt_l2basics_95,avg_p8score,p8score_ci_low,p8score_ci_upp,t_inp8calc\n"
        "202324,Academic year,School,900002,Oak,Total,Total,118,44.9,41.5,-0.12,-0.35,0.11,110\n"
    )
    figures = list_charts(read_tidy(tmp_path, text), "value", "cohort")
    assert figures["ks4_attainment8", "all", 2024] == (44.9, 118.0)
    assert figures["ks4_english_maths_95", "all", 2024] == (41.5, 118.0)
    assert figures["ks4_progress8", "all", 2024] == (-0.12, 110.0)


@pytest.mark.slow
def test_absence_levels_and_cohorts(tmp_path):
    reading = read_tidy(tmp_path, ABSENCE)
    frame = reading.observations
    persistent = frame[frame["measure"] == "absence_persistent"].astype(object)
    assert {row.level: (row.value, row.cohort) for row in persistent.itertuples()} == {
        "school": (13.3, 210.0),
        "authority": (18.5, 90000.0),
        "england, state-funded secondary": (23.1, 3000000.0),
        "england, special": (34.8, 150000.0),
    }
    assert set(persistent["group"]) == {"all"}
    assert reading.rows_by_kind["part of a year, not read"] == 1
    assert reading.rows_by_kind["other kind of school, not read"] == 1
    assert [(fault.line, fault.column) for fault in reading.faults] == [(9, "time_period"), (3, "school_urn")]
    assert list(reading.schools["census_phase"]) == ["primary"]


@pytest.mark.slow
def test_two_rows_that_differ_are_refused_and_repeats_are_counted(tmp_path):
    rows = ABSENCE.splitlines(keepends=True)
    repeated = read_tidy(tmp_path, "".join([*rows, rows[1]]))
    assert repeated.rows_by_kind["repeated row"] == 1
    [refused] = read_tidy(tmp_path, "".join([*rows, rows[1].replace("13.3", "14.4")])).refused
    assert (refused.line, refused.urn) == (10, 900001) and "line 2 gives other figures" in refused.what


@pytest.mark.slow
def test_ks2_cohorts_come_from_the_information_file(tmp_path):
    information = read_tidy(
        tmp_path,
        "time_period,time_identifier,geographic_level,school_urn,school_laestab,school_name,telig,tfsm6cla1a,telig_24\n"
        "202425,Academic year,School,900001,8854001,Elm School,29,c,31\n",
    )
    attainment = read_tidy(tmp_path, KS2)
    filled = fill_ks2_cohorts(pd.concat([attainment.observations, information.observations], ignore_index=True))
    of_2025 = filled[filled["year"] == 2025].astype(object)
    cohorts = {(row.measure, row.group): row.cohort for row in of_2025.itertuples()}
    assert cohorts["ks2_rwm_expected", "all"] == 29.0
    assert cohorts["ks2_reading_score", "all"] == 29.0
    assert pd.isna(cohorts["ks2_rwm_expected", "disadvantaged"])  # its count is suppressed
    assert pd.isna(cohorts["ks2_rwm_expected_3yr", "all"])
    earlier = filled[(filled["measure"] == "ks2_eligible_pupils") & (filled["year"] == 2024)]
    assert list(earlier["value"]) == [31.0]


@pytest.mark.slow
def test_school_information_describes_the_school(tmp_path):
    reading = read_tidy(
        tmp_path,
        "time_period,time_identifier,geographic_level,school_laestab,school_urn,school_name,old_la_code,la_name,"
        "establishment_type_group,iclose,reldenom,egender,agerange,t_pupils,avg_ks2_scaledscore,t_disadvantaged,"
        "pt_disadvantaged,diffn_att8,p8_banding\n"
        "202324,Academic year,School,8854002,900002,Oak School,885,Worcestershire,Sponsored academies,2,None,Mixed,"
        "13 to 18,120,104.5,c,u,-7.7,Well below average\n",
    )
    [school] = reading.schools.to_dict("records")
    assert (school["type"], school["phase"], school["status"]) == ("Academy sponsor led", "high", "open")
    figures = list_charts(reading, "value", "availability")
    assert figures["ks4_progress8_band", "all", 2024] == (5.0, "available")
    assert figures["ks4_pupils", "disadvantaged", 2024][1] == "suppressed"
    assert figures["ks4_disadvantaged_percent", "all", 2024][1] == "unreliable"
    assert figures["ks4_attainment8_difference", "disadvantaged", 2024][0] == -7.7


KS4_INFORMATION_2025 = """\
time_period,time_identifier,geographic_level,country_code,country_name,school_laestab,school_urn,school_name,old_la_code,\
new_la_code,la_name,version,establishment_type_group,contflag,iclose,reldenom,admpol_pt,egender,feeder,agerange,\
allks_pupil_count,allks_boys_count,allks_girls_count,endks4_pupil_count,ks2_scaledscore_average,\
sen_with_ehcp_pupil_count,sen_with_ehcp_pupil_percent,sen_pupil_count,sen_pupil_percent,sen_no_ehcp_pupil_count,\
sen_no_ehcp_pupil_percent,attainment8_diffn,progress8_diffn,progress8_banding
202425,Academic year,School,E92000001,England,8854002,900002,Oak School,885,E10000034,Worcestershire,Final,\
Converter academies,0,0,None,Non-selective,Mixed,0,11-16,600,300,300,120,104.2,3,2.5,21,17.5,18,15,-9.3,z,Above average
"""


@pytest.mark.slow
def test_the_ks4_information_file_of_2025_is_read_under_its_new_names(tmp_path):
    """It was refused, or its measures went without notice: the names of 2023/24 were looked for alone."""
    reading = read_tidy(tmp_path, KS4_INFORMATION_2025)
    figures = list_charts(reading, "value", "cohort")
    assert figures["ks4_pupils", "all", 2025] == (120.0, pytest.approx(float("nan"), nan_ok=True))
    assert figures["ks4_prior_attainment", "all", 2025] == (104.2, 120.0)
    assert figures["ks4_ehc_plan_percent", "all", 2025] == (2.5, 120.0)
    assert figures["ks4_sen_support_percent", "all", 2025] == (15.0, 120.0)
    assert figures["ks4_attainment8_difference", "disadvantaged", 2025][0] == -9.3
    assert figures["ks4_progress8_band", "all", 2025][0] == 2.0
    assert list_charts(reading, "availability")["ks4_progress8_difference", "disadvantaged", 2025] == (
        "not applicable",
    )
    assert reading.schools["gender"].tolist() == ["Mixed"]


KS4_SHARES = """\
time_period,time_identifier,geographic_level,old_la_code,establishment_type_group,school_laestab,school_urn,\
breakdown_topic,breakdown,pupil_count,pupil_percent,attainment8_average
202425,Academic year,School,885,Converter academies,8854002,900002,Total,Total,120,100,45.4
202425,Academic year,School,885,Converter academies,8854002,900002,Disadvantage status,Disadvantaged,30,{share},38
202425,Academic year,School,885,Converter academies,8854002,900002,Mobility,Non mobile,c,c,c
"""


@pytest.mark.slow
def test_a_groups_share_of_the_pupils_is_read_from_its_own_row(tmp_path):
    """The information file of 2024/25 no longer says it: the similar schools' measure of disadvantage was gone."""
    figures = list_charts(read_tidy(tmp_path, KS4_SHARES.format(share=25)), "value", "cohort", "availability")
    assert figures["ks4_disadvantaged_percent", "all", 2025] == (25.0, 120.0, "available")
    assert figures["ks4_non_mobile_percent", "all", 2025][2] == "suppressed"


@pytest.mark.slow
def test_a_share_of_something_else_is_not_read(tmp_path):
    reading = read_tidy(tmp_path, KS4_SHARES.format(share=4.1))
    assert "ks4_disadvantaged_percent" not in set(reading.observations["measure"].astype(str))
    assert reading.notes == ("pupil_percent is no share of the pupils counted beside it: it is not read",)


@pytest.mark.slow
def test_an_authoritys_key_stage_2_information_fills_the_cohorts_of_its_figures(tmp_path):
    information = (
        "time_period,time_identifier,geographic_level,version,la_name,old_la_code,establishment_type_group,telig,tsenelk\n"
        "202425,Academic year,Local authority,Revised,Worcestershire,885,All state funded,5943,900\n"
        "202425,Academic year,Local authority,Revised,Worcestershire,885,Academies,3000,400\n"
    )
    reading = read_tidy(tmp_path, information)
    assert reading.rows_by_kind == {"local authority": 1, "other kind of school, not read": 1}
    assert list_charts(reading, "value")["ks2_eligible_pupils", "all", 2025] == (5943.0,)


@pytest.mark.slow
def test_parts_of_a_year_in_the_new_column_of_absence_files_are_not_the_year(tmp_path):
    lines = ABSENCE.splitlines()
    rows = [line.split(",") for line in lines[:2]]
    split = "\n".join(
        [
            ",".join([*rows[0][:2], "year_breakdown", *rows[0][2:]]),
            *(",".join([*rows[1][:2], word, *rows[1][2:]]) for word in ("Total", "Autumn term")),
        ]
    )
    reading = read_tidy(tmp_path, split + "\n")
    assert reading.rows_by_kind == {"school": 1, "part of a year, not read": 1}
