"""Results of all authorities: the files that hold them, as really published and as only their headings are known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from wide_files import read_file

from pipeline.sources.frames import AUTHORITIES
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import open_prepared
from pipeline.sources.reading import PublishedFile, RawTable, Reading
from pipeline.sources.recognise import SOURCES, recognise
from pipeline.sources.tabular.headings import find_drift
from pipeline.sources.tabular.tables import read_table

FILES = {
    "2022-2023/2223_la_data_revised.csv": "ees_authority_ks4",
    "2021-2022/1_eyfsp_headline_measures_2022.csv": "ees_authority_early_years",
    "2017-2018/EYFSP_APS_GLD_ELG_underlying_data_2013_2018.csv": "ees_authority_early_years",
    "2017-2018/KS4_2018_LA_Char_Testdata.csv": "ees_authority_ks4_totals",
    "2024-2025/lait_bds_long_subset.csv": "lait",
}
LA_DATA, EARLY_2022, EARLY_2018, TOTALS, LAIT = FILES


def describe_file(table: RawTable, reading: Reading) -> tuple[str, tuple[str, ...], int, Reading]:
    """The family of a file, its headings, how many rows it has, and its reading."""
    return recognise(table).family, table.header, len(table.cells), reading


def find_value(reading: Reading, la: int | None, measure: str, year: int, group: str = "all") -> float:
    """The one figure of an authority, or of England where ``la`` is None; missing where there is none."""
    rows = reading.observations
    whose = rows["la"] == la if la else rows["level"].astype(str) == "england, state-funded"
    found = rows[whose & (rows["measure"] == measure) & (rows["year"] == year) & (rows["group"] == group)]
    [value] = found["value"]
    return value


@pytest.fixture(scope="module")
def readings(read_published) -> dict[str, tuple[str, tuple[str, ...], int, Reading]]:
    return {name: describe_file(*read_published(f"../dfe-more/{name}")) for name in FILES}


@pytest.mark.published
@pytest.mark.parametrize("name", FILES)
def test_each_file_is_known_by_its_headings_and_accounted_for(readings, name):
    family, header, rows, reading = readings[name]
    assert family == FILES[name]
    assert sum(reading.rows_by_kind.values()) == rows
    assert sorted(reading.columns_used + reading.columns_unused) == sorted(header)
    assert reading.faults == ()
    assert not (reading.observations["availability"] == "unknown").any()
    assert set(reading.observations["level"].astype(str)) <= {"authority", "england, state-funded"}


@pytest.mark.published
@pytest.mark.parametrize("name", FILES)
def test_no_file_lacks_a_column_that_is_read(readings, name):
    family, header, _, reading = readings[name]
    [source] = [source for source in SOURCES if source.family == family]
    wanted = source.list_wanted(header, reading.year)
    assert find_drift(name, header, reading.columns_used, wanted).faults == ()


@pytest.mark.published
@pytest.mark.parametrize(
    ("la", "year", "attainment", "english_maths", "progress"),
    [
        (None, 2023, 46.4, 45.5, -0.03),
        (885, 2023, 44.8, 43.6, -0.04),
        (815, 2023, 46.8, 46.0, 0.01),
        (916, 2023, 50.0, 52.0, 0.18),
        (None, 2019, 46.8, 43.4, -0.03),
        (885, 2019, 46.6, 42.5, 0.06),
    ],
)
def test_key_stage_4_of_authorities(readings, la, year, attainment, english_maths, progress):
    *_, reading = readings[LA_DATA]
    measures = ("ks4_attainment8", "ks4_english_maths_95", "ks4_progress8")
    found = [find_value(reading, la, measure, year) for measure in measures]
    assert found == [attainment, english_maths, progress]


@pytest.mark.published
def test_what_is_not_published_of_authorities_is_a_word_and_no_number(readings):
    rows = readings[LA_DATA][-1].observations
    scilly = rows[(rows["la"] == 420) & (rows["measure"] == "ks4_attainment8") & (rows["group"] == "all")]
    assert dict(zip(scilly["year"], scilly["availability"].astype(str), strict=True))[2020] == "suppressed"
    progress = rows[(rows["measure"] == "ks4_progress8") & rows["year"].isin([2020, 2021])]
    assert set(progress["availability"].astype(str)) == {"not applicable"} and progress["value"].isna().all()


@pytest.mark.published
@pytest.mark.parametrize(
    ("name", "la", "year", "children", "level"),
    [
        (EARLY_2022, None, 2022, 622_583, 65.2),
        (EARLY_2022, 885, 2022, 6_094, 65.0),  # and not those of its six districts
        (EARLY_2022, 815, 2022, 5_870, 68.3),
        (EARLY_2022, 916, 2022, 6_580, 67.4),
        (EARLY_2018, None, 2018, 652_400, 71.5),
        (EARLY_2018, 885, 2018, 6_465, 71.2),
    ],
)
def test_early_years_of_authorities(readings, name, la, year, children, level):
    *_, reading = readings[name]
    assert find_value(reading, la, "early_years_good_level", year) == level
    rows = reading.observations[(reading.observations["year"] == year) & (reading.observations["group"] == "all")]
    rows = rows[rows["la"] == la] if la else rows[rows["la"].isna()]
    assert rows["cohort"].tolist() == [children]


@pytest.mark.published
def test_early_years_count_152_authorities_and_the_first_year_of_england(readings):
    rows = readings[EARLY_2022][-1].observations
    assert rows.loc[(rows["level"] == "authority") & (rows["group"] == "all"), "la"].nunique() == 152
    assert find_value(readings[EARLY_2018][-1], None, "early_years_good_level", 2013) == 51.7


@pytest.mark.published
def test_averages_are_made_of_totals_where_a_file_holds_only_these(readings):
    *_, reading = readings[TOTALS]
    assert round(find_value(reading, 885, "ks4_attainment8", 2018, "disadvantaged"), 1) == 34.2
    assert round(find_value(reading, 885, "ks4_attainment8", 2018, "other"), 1) == 49.7
    rows = reading.observations[reading.observations["measure"] == "ks4_attainment8"]
    assert round((rows["value"] * rows["cohort"]).sum() / rows["cohort"].sum(), 1) == 46.6  # England's, 2018
    *_, lait = readings[LAIT]
    assert find_value(lait, 885, "ks4_attainment8", 2018, "disadvantaged") == 34.2


@pytest.mark.published
@pytest.mark.parametrize(
    ("la", "measure", "year", "group", "value"),
    [
        (None, "ks2_rwm_expected", 2025, "all", 63),
        (None, "ks2_rwm_expected", 2025, "disadvantaged", 48),
        (None, "ks2_rwm_expected", 2025, "other", 70),
        (885, "ks2_rwm_expected", 2025, "all", 59),
        (None, "ks4_attainment8", 2025, "all", 46.0),
        (885, "ks4_attainment8", 2025, "all", 44.2),
        (885, "ks4_attainment8", 2025, "disadvantaged", 30.8),
        (885, "ks4_attainment8", 2025, "other", 48),
        (815, "ks4_attainment8", 2025, "all", 46.5),
        (815, "ks4_attainment8", 2025, "disadvantaged", 31.2),
        (815, "ks4_attainment8", 2025, "other", 50.1),
        (850, "ks4_attainment8", 2025, "all", 45.5),
        (916, "ks4_attainment8", 2025, "all", 50.3),
        (916, "ks4_attainment8", 2025, "disadvantaged", 34.6),
        (916, "ks4_attainment8", 2025, "other", 54),
        (None, "phonics_expected", 2024, "all", 80),
        (885, "phonics_expected", 2024, "all", 81),
        (None, "phonics_expected", 2023, "all", 79),
        (885, "phonics_expected", 2023, "all", 79),
        (None, "phonics_expected", 2025, "all", 80),
        (885, "phonics_expected", 2025, "all", 81),
    ],
)
def test_the_interactive_tool(readings, la, measure, year, group, value):
    assert find_value(readings[LAIT][-1], la, measure, year, group) == value


@pytest.mark.published
def test_the_interactive_tool_mixes_places_and_writes_as_a_computer_does(readings):
    *_, reading = readings[LAIT]
    rows = reading.observations
    authorities = rows.loc[rows["level"] == "authority", "la"]
    assert authorities.max() < 970 and not authorities.isin([835, 836, 837]).any()  # regions, England, Pre LG
    assert set(rows["step"].dropna()) <= {1, 0.1, 0.01}
    assert "-0.07" in {f"{value:g}" for value in rows["value"].dropna()}  # -7.0000000000000007E-2
    assert reading.notes[-2:] == (
        "measures that are not read: APSE_Alevel, APSE_Best_3ALevels, FSP_Gooddev_FSM, KS1P_FSM, TotFixedEx",
        "provisional: KS1P_all 202425",
    )


@pytest.mark.published
@pytest.mark.parametrize("stage", ["ks2", "ks4"])
def test_children_known_to_social_care_are_not_the_authority(read_published, stage):
    family, _, _, reading = describe_file(*read_published(f"../dfe-more/2024-2025/{stage}_la_social_care_groups.csv"))
    assert family == "social_care_groups" and reading.columns_used == () and reading.faults == ()
    assert "no row is of all pupils" in reading.notes[0]


PLACE = "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,"
PLACE += "new_la_code,la_name"
ENGLAND = "{year},Academic year,National,E92000001,England,,,,,"
WORCESTERSHIRE = (
    "{year},Academic year,Local authority,E92000001,England,E12000005,West Midlands,885,E10000034,Worcestershire"
)
REGION = "{year},Academic year,Regional,E92000001,England,E12000005,West Midlands,,,"
FLAGS = "version,education_investment_area_flag,priority_area_flag"
KS4_2025 = (
    f"{PLACE},{FLAGS},establishment_type_group,breakdown_topic,{{breakdown}}sex,ethnicity_major,fsm_status,"
    "disadvantage_status,first_language,mobility,young_carer,pupil_count,attainment8_average,engmath_95_percent,"
    "engmath_94_percent,progress8_pupil_count,progress8_average,progress8_lower_95_ci,progress8_upper_95_ci"
)


def read_text(folder: Path, lines: list[str]) -> tuple[str, Reading]:
    """The family and the reading of a file made here."""
    path = folder / "file.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    family, _, rows, reading = describe_file(*read_file(PublishedFile(path, "file.csv")))
    assert sum(reading.rows_by_kind.values()) == rows
    return family, reading


def chart(reading: Reading, measure: str) -> dict[tuple, float]:
    rows = reading.observations[reading.observations["measure"] == measure]
    keys = ((0 if pd.isna(la) else int(la), int(year), group) for la, year, group in zip(
        rows["la"], rows["year"], rows["group"].astype(str), strict=True
    ))  # fmt: skip
    return dict(zip(keys, rows["value"], strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("with_breakdown", [False, True], ids=["provisional and revised", "final"])
def test_key_stage_4_of_2025_tells_groups_by_the_filter_that_is_set(tmp_path, with_breakdown):
    def row(place: str, topic: str, named: str, filters: str, value: str) -> str:
        named = f"{named}," if with_breakdown else ""
        figures = f"100,{value},40.1,60.2,z,z,z,z"
        return f"{place.format(year=202425)},Final,0,0,All state-funded,{topic},{named}{filters},{figures}"

    family, reading = read_text(
        tmp_path,
        [
            KS4_2025.format(breakdown="breakdown," if with_breakdown else ""),
            row(ENGLAND, "Total", "Total", "Total,Total,Total,Total,Total,Total,Total", "46.1"),
            row(REGION, "Total", "Total", "Total,Total,Total,Total,Total,Total,Total", "45.0"),
            row(WORCESTERSHIRE, "Total", "Total", "Total,Total,Total,Total,Total,Total,Total", "44.2"),
            row(WORCESTERSHIRE, "Sex", "Girls", "Girls,Total,Total,Total,Total,Total,Total", "47"),
            row(
                WORCESTERSHIRE, "Disadvantage status", "Disadvantaged",
                "Total,Total,Total,Disadvantaged,Total,Total,Total", "30.8",
            ),
            row(
                WORCESTERSHIRE, "Disadvantage status", "Not known to be disadvantaged",
                "Total,Total,Total,Not known to be disadvantaged,Total,Total,Total", "48",
            ),
            row(WORCESTERSHIRE, "FSM status", "FSM eligible", "Total,Total,FSM eligible,Total,Total,Total,Total", "29"),
            row(WORCESTERSHIRE, "Young carer", "Young carer", "Total,Total,Total,Total,Total,Total,Young carer", "33"),
            row(
                WORCESTERSHIRE, "Sex and disadvantage status", "Disadvantaged girls",
                "Girls,Total,Total,Disadvantaged,Total,Total,Total", "32",
            ),
        ],
    )  # fmt: skip
    assert family == ("ees_ks4" if with_breakdown else "ees_authority_ks4")
    assert chart(reading, "ks4_attainment8") == {
        (0, 2025, "all"): 46.1,
        (885, 2025, "all"): 44.2,
        (885, 2025, "girls"): 47,
        (885, 2025, "disadvantaged"): 30.8,
        (885, 2025, "other"): 48,
    }


@pytest.mark.slow
@pytest.mark.parametrize(("year", "sex"), [(202324, "sex"), (202223, "gender")])
def test_characteristics_of_2023_and_2024_name_the_topic_where_the_group_is_expected(tmp_path, year, sex):
    header = f"{PLACE},{FLAGS},establishment_type,breakdown,{sex},free_school_meals,disadvantage,t_pupils,avg_att8"
    header += ",pt_l2basics_95,pt_l2basics_94"
    kind = "Revised,0,0,State-funded schools (LA)"

    def row(breakdown: str, filters: str, value: str) -> str:
        return f"{WORCESTERSHIRE.format(year=year)},{kind},{breakdown},{filters},100,{value},40,60"

    family, reading = read_text(
        tmp_path,
        [
            header,
            row("Total", "Total,Total,Total", "44.8"),
            row("Disadvantage", "Total,Total,Disadvantaged", "31.4"),
            row("Disadvantage", "Girls,Total,Disadvantaged", "33.4"),
            row("Free school meals", "Total,FSM,Total", "30.1"),
        ],
    )
    assert family == "ees_ks4"
    end = year // 100 + 1
    assert chart(reading, "ks4_attainment8") == {(885, end, "all"): 44.8, (885, end, "disadvantaged"): 31.4}


@pytest.mark.slow
def test_key_stage_2_of_authorities_to_2023(tmp_path):
    header = f"{PLACE},version,establishment_type,gender,t_rwm_eligible_pupils,pt_rwm_met_expected_standard"
    kind = "Revised,State-funded schools (LA)"
    family, reading = read_text(
        tmp_path,
        [
            header,
            f"{ENGLAND.format(year=202223)},{kind},Total,650000,60",
            f"{WORCESTERSHIRE.format(year=202223)},{kind},Total,6000,57",
            f"{WORCESTERSHIRE.format(year=202223)},{kind},Girls,3000,60",
            f"{WORCESTERSHIRE.format(year=201819)},{kind},Total,6100,63",
        ],
    )
    assert family == "ees_authority_ks2"
    assert chart(reading, "ks2_rwm_expected") == {
        (0, 2023, "all"): 60,
        (885, 2023, "all"): 57,
        (885, 2023, "girls"): 60,
        (885, 2019, "all"): 63,
    }


@pytest.mark.slow
def test_a_new_word_for_a_group_is_told_of_and_its_rows_are_not_read(tmp_path):
    header = f"{PLACE},version,establishment_type,gender,t_rwm_eligible_pupils,pt_rwm_met_expected_standard"
    place = f"{WORCESTERSHIRE.format(year=202223)},Revised,State-funded schools (LA)"
    rows = [f"{place},Total,6000,57", f"{place},Young women,3000,60", f"{place},Young women,3000,60"]
    _, reading = read_text(tmp_path, [header, *rows])
    assert chart(reading, "ks2_rwm_expected") == {(885, 2023, "all"): 57}
    [fault] = reading.faults
    assert (fault.line, fault.column) == (3, "gender")
    assert fault.what == "'Young women' is no group of pupils that is known: its rows are not read"


@pytest.mark.slow
def test_key_stage_2_of_authorities_since_2025(tmp_path):
    header = "time_period,time_identifier,geographic_level,country_code,country_name,old_la_code,new_la_code,la_name,"
    header += "version,establishment_type_group,breakdown_topic,breakdown,subject,expected_standard_pupil_percent,"
    header += "higher_standard_pupil_percent,average_scaled_score,progress_measure_score,"
    header += "progress_measure_lower_conf_interval,progress_measure_upper_conf_interval,"
    header += "absent_or_not_able_to_access_percent,working_towards_expected_standard_pupil_percent,"
    header += "absent_or_disapplied_percent,progress_measure_unadjusted,progress_measure_description"
    place = "202425,Academic year,Local authority,E92000001,England,885,E10000034,Worcestershire,Revised"
    subject = "Reading, writing and maths"

    def row(kind: str, topic: str, breakdown: str, value: int) -> str:
        return f'{place},{kind},{topic},{breakdown},"{subject}",{value},8,z,z,z,z,z,z,z,z,z'

    family, reading = read_text(
        tmp_path,
        [
            header,
            row("All state funded", "All pupils", "Total", 59),
            row("All state funded", "Disadvantaged status", "Disadvantaged", 39),
            row("Academies and free schools", "All pupils", "Total", 58),
        ],
    )
    assert family == "ees_ks2"
    assert chart(reading, "ks2_rwm_expected") == {(885, 2025, "all"): 59, (885, 2025, "disadvantaged"): 39}


LAIT_ROWS = (
    "Short Desc,Data item,Years,LA and Regions,Values,LA Number,Region",
    "KS1P_all,,2025 (prov),Worcestershire,81,885.0,West Midlands",
    "KS1P_all,,2025 (prov),Dorset (Pre LG),-,835.0,South West",
    "KS1P_all,,2025 (prov),England,80,970.0,NA",
    "KS1P_all,,2025 (prov),London (Outer),83,988.0,NA",
    "TotAbs,,2015/16,Worcestershire,4.3899999999999997,885.0,West Midlands",
)


@pytest.mark.slow
def test_the_interactive_tools_years_and_places(tmp_path):
    family, reading = read_text(tmp_path, list(LAIT_ROWS))
    assert family == "lait"
    assert chart(reading, "phonics_expected") == {(0, 2025, "all"): 80, (885, 2025, "all"): 81}
    assert chart(reading, "absence_overall") == {(885, 2016, "all"): 4.39}
    assert "provisional: KS1P_all 202425" in reading.notes


def test_a_file_as_it_is_published_lacks_no_column(tmp_path):
    """Columns that a file of its kind and year should have and that it lacks would be warned of."""
    (tmp_path / "file.csv").write_text("\n".join(LAIT_ROWS) + "\n", encoding="utf-8")
    header = read_table(PublishedFile(tmp_path / "file.csv", "file.csv")).header
    [source] = [source for source in SOURCES if source.recognises(header)]
    assert find_drift("file.csv", header, header, source.list_wanted(header, 2025)).faults == ()


@pytest.mark.slow
def test_a_later_edition_of_a_figure_replaces_a_provisional_one(tmp_path):
    later = "KS1P_all,,2025 (Final),Worcestershire,82,885.0,West Midlands"
    _, reading = read_text(tmp_path, [*LAIT_ROWS, later])
    assert chart(reading, "phonics_expected")[885, 2025, "all"] == 82


@pytest.mark.slow
@pytest.mark.parametrize("year", ["2025 (guess)", "2025/27", "latest"])
def test_a_year_that_is_none_is_named_with_its_line(tmp_path, year):
    _, reading = read_text(tmp_path, [*LAIT_ROWS, f"KS1P_all,,{year},Bromley,81,305.0,Outer London"])
    [fault] = reading.faults
    assert (fault.line, fault.column, fault.what) == (7, "Years", f"'{year}' is not an academic year")


@pytest.mark.slow
def test_a_place_without_a_number_is_named_with_its_line(tmp_path):
    _, reading = read_text(tmp_path, [*LAIT_ROWS, "KS1P_all,,2025 (prov),Bromley,81,,Outer London"])
    [fault] = reading.faults
    assert (fault.line, fault.column, fault.what) == (7, "LA Number", "'' is not the number of a place")


def save_wide(folder: Path, authorities: int) -> PublishedFile:
    """Key stage 2 in the layout of the performance tables: England at 62%, and authorities from 202 on."""
    lines = ["RECTYPE,LEA,ESTAB,URN,SCHNAME,TELIG,PTRWM_EXP", "5,,,,,600000,62%"]
    lines += [f"3,{202 + place},,,Authority {place},4000,{40 + place % 30}%" for place in range(authorities)]
    return save(folder, "2024-2025/england_ks2final.csv", lines)


def save_lait(folder: Path, authorities: int) -> PublishedFile:
    """The same of the interactive tool, a point higher throughout."""
    lines = [LAIT_ROWS[0], "KS2RWM_Expected_STD,,2025,England,63,970.0,NA"]
    lines += [
        f"KS2RWM_Expected_STD,,2025,Authority {place},{41 + place % 30},{202 + place}.0,NA"
        for place in range(authorities)
    ]
    return save(folder, "2024-2025/lait.csv", lines)


def save(folder: Path, name: str, lines: list[str]) -> PublishedFile:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return PublishedFile(path, name)


@pytest.mark.slow
def test_each_source_keeps_its_own_figure_of_an_authority(tmp_path):
    """In 2024/25 England's is 62 in the performance tables, and 63 in the files of authorities."""
    files = [save_wide(tmp_path, 150), save_lait(tmp_path, 150)]
    assert prepare_edition(files, tmp_path / "prepared", year=2025).faults == ()
    prepared = open_prepared(tmp_path / "prepared")
    rows = prepared.authorities()
    assert {column: str(kind) for column, kind in rows.dtypes.items()} == AUTHORITIES
    own = rows[(rows["la"] == 210) & (rows["measure"] == "ks2_rwm_expected")]
    assert dict(zip(own["source"], own["value"], strict=True)) == {
        "key stage 2 results": 48,
        "local authority interactive tool (LAIT)": 49,
    }
    areas = prepared.area_observations()
    england = areas[areas["level"].astype(str).str.startswith("england") & (areas["measure"] == "ks2_rwm_expected")]
    assert england["value"].tolist() == [62] and set(areas["file"].astype(str)) == {"2024-2025/england_ks2final.csv"}


@pytest.mark.slow
def test_a_file_of_a_few_authorities_gives_none_to_compare(tmp_path):
    assert prepare_edition([save_wide(tmp_path, 3)], tmp_path / "prepared", year=2025).faults == ()
    prepared = open_prepared(tmp_path / "prepared")
    assert prepared.authorities().empty and not prepared.area_observations().empty


@pytest.mark.slow
def test_later_years_than_that_under_review_are_left_aside(tmp_path):
    assert prepare_edition([save_lait(tmp_path, 150)], tmp_path / "prepared", year=2024).faults == ()
    assert open_prepared(tmp_path / "prepared").authorities().empty
