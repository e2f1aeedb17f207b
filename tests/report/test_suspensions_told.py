"""Suspensions in a school's report: the share is rated, the rates are context, and one or two pupils are told nowhere.

The department's newer files print counts of one and two in clear. Two editions that differ in such counts alone, and in
every rate made of them, must be the same to the letter: what does not change with a figure does not tell it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.analysis.indicators import load_indicators
from pipeline.policy import load_policy
from pipeline.report.facts import EditionNote, build_school_facts, compose_facts
from pipeline.report.school import notebook
from pipeline.report.school.notebook import SchoolReport, study_school
from pipeline.report.school.trends import tabulate_trends
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import Prepared, open_prepared
from pipeline.sources.reading import PublishedFile

NOTE = EditionNote("marlshire", "Marlshire", 2025, "worcestershire", "2025-12-01")
SHOWN = [name for name in dir(notebook) if name.startswith("show_")]
HEADER = (
    "time_identifier,time_period,geographic_level,country_code,country_name,old_la_code,la_name,school_laestab,"
    "school_urn,school_name,education_phase,headcount,perm_excl,perm_excl_rate,suspension,susp_rate,one_plus_susp,"
    "one_plus_susp_rate"
)
LIST = """\
URN,LANAME,LA,ESTAB,SCHNAME,TOWN,SCHSTATUS,OPENDATE,CLOSEDATE,MINORGROUP,SCHOOLTYPE,ISPRIMARY,ISSECONDARY,AGELOW,\
AGEHIGH,GENDER,RELCHAR
900013,Marlshire,998,4013,Larkstead Academy,Lark,Open,,,Academy,Academy - Converter mainstream,0,1,11,16,Mixed,
900001,Marlshire,998,2001,Elm Primary,Elm,Open,,,Maintained school,Community school,1,0,4,11,Mixed,
900005,Marlshire,998,4005,Brook Middle,Brook,Open,,,Maintained school,Community school,0,1,9,13,Mixed,
"""
YEARS = (2023, 2024, 2025)
#: Headcount; permanent exclusions, suspensions and pupils suspended in each year.
Counts = Mapping[int, tuple[int, str, tuple[tuple[int, int, int], ...]]]


def print_counts(headcount: int, counts: tuple[int, int, int]) -> str:
    return ",".join([str(headcount), *(f"{count},{100 * count / headcount:.9f}" for count in counts)])


def write(counts: Counts) -> str:
    lines = [HEADER]
    for urn, (headcount, phase, years) in counts.items():
        for year, of_year in zip(YEARS, years, strict=True):
            about = f"E92000001,England,998,Marlshire,998{2000 + urn % 100},{urn},School {urn},{phase}"
            lines.append(f"Academic year,{year - 1}{year % 100},School,{about},{print_counts(headcount, of_year)}")
    for year in YEARS:
        for phase, pupils, of_phase in (
            ("State-funded primary", 4_500_000, (1_000, 90_000, 36_000)),
            ("State-funded secondary", 3_600_000, (8_000, 700_000, 250_000)),
        ):
            about = f"National,E92000001,England,,,,,,{phase},{print_counts(pupils, of_phase)}"
            lines.append(f"Academic year,{year - 1}{year % 100},{about}")
    return "\n".join(lines) + "\n"


def count(small: int) -> Counts:
    """Three schools; every number from 1 to 2 is ``small``, or what else it can be."""
    other = 3 - small
    return {
        900013: (1000, "State-funded secondary", ((small, 220, 180), (0, 250, 190), (other, 240, 185))),
        900001: (210, "State-funded primary", ((0, small, small), (0, 9, small), (small, 4, 3))),
        900005: (420, "State-funded secondary", ((0, 8, other), (small, 20, 6), (0, 30, 9))),
    }


def prepare(folder: Path, counts: Counts) -> Prepared:
    files = []
    for name, text in (("2024-2025/schools.csv", LIST), ("2024-2025/exc_school.csv", write(counts))):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        files.append(PublishedFile(path, name))
    found = prepare_edition(files, folder / "prepared", year=2025)
    assert found.faults == ()
    return open_prepared(folder / "prepared")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Prepared]:
    return {small: prepare(tmp_path_factory.mktemp(f"small-{small}"), count(small)) for small in (1, 2)}


def study(tables: Prepared, urn: int) -> SchoolReport:
    return study_school(tables.load_school(urn), NOTE, load_policy("worcestershire"))


def find_suspended(report: SchoolReport):
    return next((one for one in report.analysis.results if one.indicator == "suspended_pupils"), None)


def tell(report: SchoolReport) -> tuple[str, str]:
    """The facts as they are kept, and all that a page holds: words, tables, and charts with their drawing."""
    shown = [getattr(notebook, name)(report) for name in SHOWN]
    if result := find_suspended(report):
        shown.append(tabulate_trends(report, [result]))
    return compose_facts(build_school_facts(report)), "\n".join(str(each.html()) for each in shown if each)


@pytest.mark.slow
@pytest.mark.parametrize("urn", [900001, 900005, 900013])
def test_facts_pages_and_charts_are_the_same_whether_it_was_one_or_two(tables, urn):
    one, two = (study(each, urn) for each in tables.values())
    assert tell(one) == tell(two)
    assert one.analysis == two.analysis
    drawings = {900001: 0, 900005: 1, 900013: 1}  # the drawings are compared too, and those of the table of measures
    assert tell(one)[1].count("data-trend") == drawings[urn]
    assert ('<svg class="plotted"' in tell(one)[1]) == (urn == 900013)
    ours, theirs = (each.load_school(urn).observations for each in tables.values())
    assert ours.equals(theirs)  # nor what a cell that an analyst adds could print
    counts = ours[ours["unit"] == "pupils"]
    assert not counts["value"].between(0.5, 2.5).any()


@pytest.mark.slow
def test_the_share_of_a_secondary_school_is_a_gap_and_its_rates_are_context(tables):
    report = study(tables[1], 900013)
    result = find_suspended(report)
    assert (result.value, result.cohort) == (pytest.approx(18.5), 1000)
    england = result.against("england")
    assert (england.rating, england.baseline) == ("gap", pytest.approx(6.94, abs=0.01))
    assert not result.key_priority
    context = {one.measure: (one.value, one.england, one.availability) for one in report.analysis.context}
    assert context["suspensions_per_100"] == (pytest.approx(24.0), pytest.approx(19.44, abs=0.01), "available")
    assert context["permanent_exclusions_per_100"][::2] == (None, "suppressed")
    page = notebook.show_context(report).text()
    assert "Suspensions in the year, for every 100 pupils" in page and "suppressed" in page


@pytest.mark.slow
def test_the_share_of_a_primary_school_is_context_and_rated_nowhere(tables):
    report = study(tables[1], 900001)
    assert find_suspended(report) is None
    context = {one.measure: (one.value, one.england) for one in report.analysis.context}
    assert context["suspended_percent_elsewhere"] == (pytest.approx(100 * 3 / 210), pytest.approx(0.8))
    assert "Suspended at least once in the year" in notebook.show_context(report).text()


@pytest.mark.slow
def test_a_middle_school_is_shown_and_not_rated_beside_schools_of_other_ages(tables):
    result = find_suspended(study(tables[1], 900005))
    comparison = result.against("england")
    assert comparison.rating == "not rated"
    assert comparison.reason == (
        "Shown but not rated: the schools of England's figure have pupils of other ages than this school."
    )


@pytest.mark.slow
def test_a_school_of_an_edition_without_such_files_is_told_nothing_of_them(tmp_path):
    path = tmp_path / "schools.csv"
    path.write_text(LIST, encoding="utf-8")
    prepare_edition([PublishedFile(path, "schools.csv")], tmp_path / "prepared", year=2025)
    report = study(open_prepared(tmp_path / "prepared"), 900013)
    facts = compose_facts(build_school_facts(report))
    page = "\n".join(each.text() for name in SHOWN if (each := getattr(notebook, name)(report)))
    assert "uspen" not in page and "behaviour" not in page.lower()
    assert not [one for one in json.loads(facts)["indicators"] if one["indicator"] == "suspended_pupils"]
    assert not [one for one in json.loads(facts)["context"] if "per_100" in one["measure"]]


@pytest.mark.slow
def test_no_school_of_the_sample_has_another_category_for_the_indicator(prepared_sample):
    """The sample has no such files: all that is found of its schools is the same without the indicator."""
    tables = open_prepared(prepared_sample / "data/editions/sample/prepared")
    without = [one for one in load_indicators() if one.key != "suspended_pupils"]
    for urn in (900001, 900003, 900013, 900015):
        slice, policy = tables.load_school(urn), load_policy("worcestershire")
        both = study_school(slice, NOTE, policy), study_school(slice, NOTE, policy, indicators=without)
        assert len({compose_facts(build_school_facts(report)) for report in both}) == 1
