"""Sixth forms in reports made of real files: what is printed, worked out again from the cells by hand."""

from __future__ import annotations

import csv
import json
from math import sqrt

import pytest

from pipeline.edition.editions import load_edition
from pipeline.foundation.paths import find_workspace
from pipeline.run.due.digests import list_schools
from pipeline.run.preparing.preparation import list_warnings, prepare

pytestmark = [pytest.mark.kernel, pytest.mark.published, pytest.mark.usefixtures("no_data_docs")]

RESULTS = "2016-2017/england_ks5final.csv"
LEAVERS = ("2024-2025/england_ks5-studest.csv", "2024-2025/england_ks5-studest-he.csv")
DROITWICH, PRINCE_HENRY, COLLEGE = 136927, 136469, 130719
#: Student's t with so much freedom as one year alone has, over a normal's 1.96; 1.96 itself.
ONE_YEAR, Z = 2.0860 / 1.9600, 1.9600
#: How many times the variance of chance years have, where one file tells nothing of it (year_variation.yaml).
SHARES, AVERAGES, PROGRESS = 1.4, 1.7, 2.7
#: Between students, in points (assumed).
SPREAD = 12.0


@pytest.fixture
def make_edition(desk, published):
    """Make an edition of Worcestershire by the verb an analyst types."""

    def make(year, *files):
        given = [part for file in files for part in ("--from", str(published.parent / "dfe-more" / file))]
        code, said = desk.say("new", "sixth-forms", "--year", year, "--title", "t", "--authority", "885", *given)
        assert code == 0, said

    return make


def read_cells(path):
    """The cells of two schools and of England's state-funded schools, by URN (England's is empty)."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["RECTYPE"] in ("1", "7")]
    return {row["URN"]: row for row in rows}


def read_number(cell):
    return float(cell.rstrip("%"))


def find_wilson(share, students):
    """A 95% interval of a share, both in per cent, by Wilson's formula."""
    share = share / 100
    middle = (share + Z**2 / (2 * students)) / (1 + Z**2 / students)
    half = Z / (1 + Z**2 / students) * sqrt(share * (1 - share) / students + Z**2 / (4 * students**2))
    return 100 * (middle - half), 100 * (middle + half)


def work_out(own, england):
    """What a report says of each indicator, by hand: figure, students, England's figure, and the 95% range."""
    found = {}
    for key, value, count in (
        ("ks5_alevel_points", "TALLPPE_ALEV_1618", "TALLPUP_ALEV_1618"),
        ("ks5_academic_points", "TALLPPE_ACAD_1618", "TALLPUP_ACAD_1618"),
        ("ks5_best_three_points", "TB3PTSE", "TINCLUDE_B3"),
    ):
        figure, students = read_number(own[value]), int(own[count])
        half = Z * ONE_YEAR * sqrt(AVERAGES) * SPREAD / sqrt(students)
        found[key] = (figure, students, read_number(england[value]), figure - half, figure + half)
    added = read_number(own["VA_INS_ALEV"])
    wider = ONE_YEAR * sqrt(PROGRESS)
    ends = [added + (read_number(own[f"{end}_INS_ALEV"]) - added) * wider for end in ("LCI", "UCI")]
    found["ks5_alevel_value_added"] = (added, int(own["TALLPUP_ALEV_1618"]), 0.0, *ends)
    stayed, began = read_number(own["PT_Retained_ALEV_Ret"]), int(own["T_InScope_ALEV_Ret"])
    ends = find_wilson(100 * round(stayed * began / 100) / began, began / (SHARES * ONE_YEAR**2))
    found["ks5_alevel_retained"] = (stayed, began, read_number(england["PT_Retained_ALEV_Ret"]), *ends)
    return found


def test_two_schools_reports_print_what_the_cells_give_by_hand(make_edition, desk, published):
    make_edition("2016/17", RESULTS)
    code, said = desk.say("reports", "sixth-forms", "--urn", str(DROITWICH), "--urn", str(PRINCE_HENRY))
    assert code == 0, said
    assert f"URN {COLLEGE}), a college or centre for students over 16, outside the review" in said
    cells = read_cells(published.parent / "dfe-more" / RESULTS)
    assert cells[str(DROITWICH)]["TALLPPE_ALEV_1618"] == "27.11"
    assert cells[str(PRINCE_HENRY)]["TALLPPE_ALEV_1618"] == "32.35"
    for urn in (DROITWICH, PRINCE_HENRY):
        folder = desk.root / "reports/sixth-forms/schools" / str(urn)
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        told = {one["indicator"]: one for one in facts["indicators"] if one["indicator"].startswith("ks5_")}
        by_hand = work_out(cells[str(urn)], cells[""])
        assert set(told) == set(by_hand)
        page = (folder / "report.html").read_text(encoding="utf-8")
        assert 'scope="rowgroup">16 to 18</th>' in page and (folder / "report.pdf").is_file()
        for key, (value, students, england, lower, upper) in by_hand.items():
            one, digits = told[key], told[key]["decimals"]
            assert one["value"] == pytest.approx(value, abs=0.06) and one["pupils"] == students
            assert one["comparisons"][0]["baseline"] == england
            assert (one["lower"], one["upper"]) == pytest.approx((lower, upper), abs=0.02), key
            assert f"{abs(value):.{digits}f}" in page and f"{abs(lower):.{digits}f}" in page, (key, value, lower)
            assert not one["key_priority"]
            clear = not lower <= england <= upper
            rating = one["comparisons"][0]["rating"]
            assert rating not in ("strength", "gap") or clear, key
        shown = {one["measure"]: (one["value"], one["england"]) for one in facts["context"]}
        if urn == DROITWICH:  # shown beside England's, and never rated
            assert shown == {"ks5_english_progress": (0.44, -0.02), "ks5_maths_progress": (0.09, -0.01)}
            assert "+0.44" in page and "\N{MINUS SIGN}0.02" in page
        assert "No results have been published" not in page
        assert facts["assignment"]["title"] == "Insufficient evidence"  # none is a key priority


def test_leavers_are_told_of_the_years_they_left_in(make_edition):
    from pipeline.analysis.indicators import load_indicators
    from pipeline.analysis.school import analyse_school

    make_edition("2024/25", *LEAVERS)
    prepared = prepare(load_edition(find_workspace(), "sixth-forms"))
    assert prepared.faults == () and list_warnings(prepared.tables) == ()
    due = {school.urn: school.not_due for school in list_schools(prepared.edition, prepared.tables)}
    assert due[DROITWICH] == "" and due[144888].startswith("a college or centre for students over 16")
    analysis = analyse_school(prepared.tables.load_school(DROITWICH), load_indicators(), 2025)
    told = {one.indicator: one for one in analysis.results if one.indicator.startswith("ks5_")}
    lasting, onward = told["ks5_destinations"], told["ks5_progression"]
    assert (lasting.years, lasting.cohort) == ((2023,), 95) and lasting.value == pytest.approx(89, abs=0.6)
    assert (onward.years, onward.cohort) == ((2022,), 74) and onward.value == pytest.approx(73, abs=0.7)
    assert [one.comparisons[0].baseline for one in (lasting, onward)] == [79, 65]
