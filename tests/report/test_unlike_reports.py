"""The reports of schools unlike most: nothing is rated, drawn towards others, or said that was not done."""

from __future__ import annotations

import json

import pytest

from pipeline.foundation.vocabulary import Phase
from pipeline.policy import load_policy
from pipeline.report.facts import EditionNote, build_school_facts
from pipeline.report.school import notebook
from pipeline.report.school.trends import tabulate_trends
from tests.analysis.slices import england, make_slice, row
from tests.analysis.test_unlike_schools import UNLIKE, attend

NOTE = EditionNote("county", "County", 2019, "worcestershire", "2019-11-01")
SHOWN = (
    *(notebook.show_standing, notebook.show_measures, notebook.show_not_rated, notebook.show_gaps),
    *(notebook.show_trends, notebook.show_small_numbers, notebook.show_questions, notebook.show_sureness),
)


def write(report):
    return " ".join("\n".join(one.text() for show in SHOWN if (one := show(report)) is not None).split())


@pytest.mark.slow
@pytest.mark.parametrize("phase", UNLIKE)
def test_no_better_guide_and_no_gap_for_a_school_unlike_most(phase):
    report = notebook.study_school(attend(phase, "secondary", spreads=True), NOTE, load_policy("worcestershire"))
    said = write(report)
    assert "62.5%" in said and "Shown but not rated" in said
    assert notebook.show_small_numbers(report) is None
    for word in ("better guide", "moved towards", "13.7", ": a gap", "(England)"):
        assert word not in said, word
    assert all(one["shrunk"] is None for one in build_school_facts(report, ())["indicators"])
    assert "13.7" not in json.dumps(build_school_facts(report, ()))


@pytest.mark.slow
def test_a_special_schools_points_by_year_are_not_judged_for_want_of_a_range():
    own = [
        row("ks4_attainment8", year, value, 12, unit="points", step=0.1) for year, value in ((2018, 2.1), (2019, 2.5))
    ]
    beside = [england("ks4_attainment8", year, 46.5, unit="points") for year in (2018, 2019)]
    slice = make_slice(own, beside, phase=Phase.SPECIAL, census_phase="special")
    report = notebook.study_school(slice, NOTE, load_policy("worcestershire"))
    results = [one for one in report.analysis.results if one.value is not None]
    table = tabulate_trends(report, results, drawn=False)
    assert table.rows == (("Attainment 8", "2.1", "2.5", "Not judged: no range"),)
    assert table.caption == "Too few years to tell of a change: by year, without ranges"
    assert notebook.show_trends(report) is None  # nothing of it was compared, and its report is brief
    assert "No range is given" in write(report)
