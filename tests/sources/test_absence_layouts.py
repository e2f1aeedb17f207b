"""Absence of Explore Education Statistics as its headings stood to 2023/24 and since 2024/25, schools' and areas'."""

from __future__ import annotations

import pytest
from wide_files import read_file, save

from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise
from pipeline.sources.tabular.headings import find_drift
from pipeline.sources.tabular.tables import read_table

_GEOGRAPHY = "geographic_level country_code country_name region_code region_name old_la_code new_la_code la_name"
_FIGURES = """enrolments sess_possible sess_overall sess_authorised sess_unauthorised sess_overall_percent
sess_authorised_percent sess_unauthorised_percent enrolments_pa_10_exact enrolments_pa_10_exact_percent
sess_possible_pa_10_exact sess_overall_pa_10_exact sess_authorised_pa_10_exact sess_unauthorised_pa_10_exact
sess_overall_percent_pa_10_exact sess_authorised_percent_pa_10_exact sess_unauthorised_percent_pa_10_exact
enrolments_pa_50_exact enrolments_pa_50_exact_percent"""
_AUTHORISED = ["illness", "appointments", "religious", "study", "traveller", "holiday", "ext_holiday", "excluded"]
_NEW_CODES = ["interview", "reg_performance", "temp_reduced_timetable"]
_UNAUTHORISED = ["holiday", "late", "other", "noyet", "totalreasons"]


def list_reasons(new: list[str]) -> list[str]:
    authorised = [f"sess_auth_{reason}" for reason in (*_AUTHORISED, *new, "other", "totalreasons")]
    return [*authorised, *(f"sess_unauth_{reason}" for reason in _UNAUTHORISED), "sess_overall_totalreasons"]


def list_columns(about: str, *, new: bool) -> list[str]:
    reasons = list_reasons(_NEW_CODES if new else [])
    special = ["sess_x_covid", "sess_y_exceptional", *(["sess_q_la_arrangements"] if new else [])]
    rates = [f"{name}_rate" for name in (*reasons, "sess_x_covid")]
    return [*about.split(), *_FIGURES.split(), *reasons, *special, *rates]


_SCHOOL = (
    f"time_period time_identifier {_GEOGRAPHY} education_phase school_name {{trust}} estab school_laestab school_urn "
    "academy_type academy_open_date all_through"
)
LAYOUTS = {
    "1a_absence_3term_school, 2024/25": list_columns(_SCHOOL.format(trust="trust_name"), new=True),
    "1_absence_3term_nat_reg_la, 2024/25": list_columns(
        f"time_period time_identifier year_breakdown {_GEOGRAPHY} education_phase num_schools", new=True
    ),
    "1a_absence_3term_school, 2023/24": list_columns(f"{_SCHOOL.format(trust='trust')} num_schools", new=False),
    "1_absence_3term_nat_reg_la, 2023/24": list_columns(
        f"time_period time_identifier {_GEOGRAPHY} education_phase num_schools", new=False
    ),
}
WIDTHS = (80, 74, 74, 66)
SCHOOL = {
    "geographic_level": "School", "old_la_code": "885", "la_name": "Worcestershire", "school_laestab": "8852034",
    "school_urn": "900001", "school_name": "Elm School", "education_phase": "State-funded primary",
}  # fmt: skip
ENGLAND = {"geographic_level": "National", "education_phase": "State-funded primary"}
AUTHORITY = {"geographic_level": "Local authority", "old_la_code": "885", "education_phase": "Total"}
FIGURES = {"enrolments": "210", "sess_overall_percent": "5.23810", "enrolments_pa_10_exact_percent": "13.33333"}


def write(layout: str, rows: list[dict[str, str]]) -> str:
    columns = LAYOUTS[layout]
    year = "202425" if "2024/25" in layout else "202324"
    common = {"time_period": year, "time_identifier": "Academic year", **FIGURES}
    cells = [{**dict.fromkeys(columns, "1"), "all_through": "0", **common, **row} for row in rows]
    return "\n".join([",".join(columns), *(",".join(row[name] for name in columns) for row in cells)]) + "\n"


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_read_and_nothing_is_said_to_be_missing(tmp_path, layout):
    rows = [SCHOOL] if "school" in layout else [ENGLAND, AUTHORITY]
    rows = [{"year_breakdown": "Full year", **row} for row in rows]
    table, reading = read_file(save(tmp_path, "a.csv", write(layout, rows)))
    frame = reading.observations
    found = {(row.level, row.measure): (row.value, row.cohort) for row in frame.astype(object).itertuples()}
    levels = ["school"] if "school" in layout else ["england, state-funded primary", "authority"]
    assert found == {
        (level, measure): (value, 210)
        for level in levels
        for measure, value in (("absence_overall", 5.2381), ("absence_persistent", 13.33333))
    }
    wanted = recognise(table).list_wanted(table.header, reading.year)
    assert find_drift("a.csv", table.header, reading.columns_used, wanted) == find_drift("a.csv", (), (), ())
    assert set(reading.columns_used) | set(reading.columns_unused) == set(table.header)
    assert reading.faults == ()


@pytest.mark.slow
def test_rows_of_terms_beside_the_year_are_counted_and_not_read(tmp_path):
    words = ("Full year", "Autumn term", "Spring term", "Something new")
    rows = [{**AUTHORITY, "year_breakdown": word} for word in words]
    _, reading = read_file(save(tmp_path, "a.csv", write("1_absence_3term_nat_reg_la, 2024/25", rows)))
    assert reading.rows_by_kind == {"local authority": 1, "part of a year, not read": 3}


@pytest.mark.published
def test_the_layouts_are_those_of_the_departments_own_service(published):
    held = []
    for name in ("HEADERS_sap-public.tsv", "HEADERS_sap-sector.tsv"):
        text = (published.parent / "dfe-more" / "2024-2025" / name).read_text(encoding="utf-8")
        lines = [line.split("\t") for line in text.splitlines() if "absence_3term" in line]
        held += [line[-1].split(",") for line in lines]
    assert tuple(map(len, held)) == WIDTHS
    assert held == list(LAYOUTS.values())


@pytest.mark.published
def test_suspensions_and_workforce_are_known_by_their_real_headings(published, tmp_path):
    text = (published.parent / "dfe-more" / "2024-2025" / "HEADERS_sap-public.tsv").read_text(encoding="utf-8")
    found = {}
    for line in text.splitlines():
        name, _, header = line.partition("\t")
        if any(word in name for word in ("_exc_", "workforce_ptrs", "absence_3term")):
            header = header.split("\t")[-1]
            path = save(tmp_path, f"{name}.csv", header + "\n" + "1," * header.count(",") + "1\n").path
            table = read_table(PublishedFile(path, path.name))
            source = recognise(table)
            found[name.removeprefix("manual_")] = source.family
            drift = find_drift(path.name, table.header, table.header, source.list_wanted(table.header, 2025))
            assert (drift.faults, drift.notes) == ((), ())
    assert found == {
        "1a_absence_3term_school": "ees_absence",
        "1_absence_3term_nat_reg_la": "ees_absence",
        "exc_nat_region_la": "ees_suspensions",
        "exc_school": "ees_suspensions",
        "workforce_ptrs_2010_2024_sch": "ees_workforce",
    }
