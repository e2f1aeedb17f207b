"""The officers' two lists: gaps that are probable over the whole area, and categories a panel should weigh."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pandas as pd
import pytest
from example_area import build_area, build_standing
from example_edition import ENGLAND, ExamplePrepared, build_edition, build_school, study_facts

from pipeline.analysis.country.worth_a_look import FALSE_SHARE
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.results import InspectionFact
from pipeline.foundation.paths import find_project
from pipeline.foundation.vocabulary import Rating
from pipeline.policy import Certainty
from pipeline.report.area import exhibits
from pipeline.report.area import notebook as area_notebook
from pipeline.report.area.findings import PanelNote, build_area_facts, order_standings, read_standing
from pipeline.report.area.worth_a_look import NOTHING_KNOWN, Beside, Entry, WorthALook, find_worth_a_look
from pipeline.report.facts import compose_facts
from pipeline.sources.frames import SPREADS, StudySlice, shape_frame

pytestmark = pytest.mark.slow


@dataclass
class StudiedPrepared(ExamplePrepared):
    """An edition in whose files schools truly differ by about ten percentage points."""

    def study(self) -> StudySlice:
        known = {"centre": 0.0, "spread": 0.2, "spread_all": 0.2, "drift": 1.4, "schools": 40}
        return StudySlice(spreads=shape_frame(pd.DataFrame([{"indicator": one, **known} for one in ENGLAND]), SPREADS))


def find(prepared, facts):
    return find_worth_a_look(prepared, facts, load_indicators(), 2019)


def look_at(prepared, facts):
    """The area of ``facts`` with its list."""
    return build_area([read_standing(one) for one in facts], worth_a_look=find(prepared, facts))


def flow(exhibit):
    return " ".join(exhibit.text().split())


@pytest.fixture(scope="module")
def prepared():
    return StudiedPrepared(build_edition(40).slices)


@pytest.fixture(scope="module")
def school_facts(prepared):
    return study_facts(prepared)


@pytest.fixture(scope="module")
def area(prepared, school_facts):
    return look_at(prepared, school_facts)


# The list


def test_the_list_holds_what_heads_reports_name_and_what_is_only_probable(area):
    found = area.worth_a_look
    assert 0 < found.named < len(found.gaps)
    assert found.expected_false / len(found.gaps) <= FALSE_SHARE
    assert {one.comparator for one in found.gaps} == {"england"}
    assert all(0 <= one.probability <= 1 for one in found.gaps)


def test_what_stands_on_the_list_is_what_the_schools_own_reports_say(area, school_facts):
    told = {
        (facts["school"]["urn"], one["indicator"]): (one["value"], one["comparisons"][0])
        for facts in school_facts
        for one in facts["indicators"]
    }
    for urn, entries in area.worth_a_look.schools.items():
        for entry in entries:
            value, comparison = told[urn, entry.indicator]
            (beside,) = entry.beside
            assert (entry.value, beside.baseline) == (value, comparison["baseline"])
            assert beside.named == (comparison["rating"] == Rating.GAP)


def test_what_is_withheld_never_stands_on_the_list(school_facts, area):
    withheld = [one["school"]["urn"] for one in school_facts if one["indicators"][0]["value"] is None]
    assert withheld and not set(withheld) & set(area.worth_a_look.schools)
    # and nothing is named that a school's own report leaves unrated, whatever the prepared tables hold
    first = next(iter(area.worth_a_look.schools))
    hushed = json.loads(json.dumps(school_facts))
    for facts in hushed:
        if facts["school"]["urn"] == first:
            for one in facts["indicators"]:
                one["comparisons"][0]["rating"] = str(Rating.NOT_RATED)
    assert first not in find(StudiedPrepared(build_edition(40).slices), hushed).schools


def test_no_figure_on_the_better_side_stands_on_the_list(area):
    lower_is_better = {one.key for one in load_indicators() if one.lower_is_better}
    for entries in area.worth_a_look.schools.values():
        for entry in entries:
            for beside in entry.beside:
                apart = entry.value - beside.baseline
                assert apart > 0 if entry.indicator in lower_is_better else apart < 0


def test_schools_stand_by_phase_and_name_and_not_by_probability(area):
    (table,) = exhibits.tabulate_worth_a_look(area)
    names = [row[0] for row in table.rows]
    assert names == [one.name for one in area.schools if one.urn in area.worth_a_look.schools]
    assert table.caption.startswith("Primary: ") and table.caption.endswith("worth a look, by name")
    schools = [replace(one, phase="middle") if one.name == names[0] else one for one in area.schools]
    moved = replace(area, schools=order_standings(schools))
    assert [one.caption.split(":")[0] for one in exhibits.tabulate_worth_a_look(moved)] == ["Primary", "Middle"]


def test_the_order_of_schools_does_not_matter(prepared, school_facts, area):
    assert find(prepared, school_facts[::-1]) == area.worth_a_look


ENTRIES = (
    Entry("a", "Maths", True, "percent", 0, 55.0, (Beside("england", 73.0, 0.995, True),)),
    Entry(
        "b",
        "Reading score",
        False,
        "scaled score",
        1,
        101.2,
        (Beside("england", 104.4, 0.97, False), Beside("similar schools", 103.9, 0.81, False)),
    ),
    Entry("c", "Absence", False, "percent", 1, 7.1, (Beside("similar schools", 5.0, 0.6, False),)),
)


def test_each_gap_has_its_figure_its_comparator_and_a_word_for_its_probability():
    area = build_area([build_standing(1, "Alpha", "focus", 4)], worth_a_look=WorthALook({1: ENTRIES}, 9, 3))
    (table,) = exhibits.tabulate_worth_a_look(area)
    assert table.rows == (
        (
            "Alpha",
            "focus",
            "Beside England, almost certainly: Maths* 55% (73%).",
            "Beside England, very probably: Reading score 101.2 (104.4). Beside similar schools, probably: Reading "
            "score 101.2 (103.9). Perhaps: Absence 7.1% (5.0%).",
        ),
    )
    assert table.columns[3].heading == "Probable, not shown for certain in its report"
    assert (
        "Almost certainly: at least 99 times in 100; very probably: at least 95; probably: at least 80; " in table.note
    )
    assert "perhaps: fewer. * A key priority." in table.note


def test_how_many_and_how_sure_and_what_the_list_does_not_say():
    area = build_area([build_standing(1, "Alpha", "focus", 4)], worth_a_look=WorthALook({1: ENTRIES}, 9, 3))
    said = flow(area_notebook.show_worth_a_look(area))
    assert "One school of 3 whose figures could be looked at, 1 of them with a key priority among" in said
    assert "4 gaps in all" in said and "One is named in the schools' own reports, three are not." in said
    assert "16 in 100 are expected to be none, about 1, and nobody knows which: at most 5 in 100 are allowed" in said
    assert "A school that is not on the list is not thereby shown to be fine" in said
    assert "For officers, not for schools." in said


def test_an_edition_that_cannot_have_a_list_says_why(school_facts):
    unknown = look_at(build_edition(40), school_facts)  # too few schools show how far schools differ
    assert unknown.worth_a_look == NOTHING_KNOWN
    assert "at least 20 schools have figures" in flow(area_notebook.show_worth_a_look(unknown))
    alike = StudiedPrepared({one: build_school(one, 0, 30) for one in range(100000, 100004)})
    nothing = look_at(alike, study_facts(alike))
    assert flow(area_notebook.show_worth_a_look(nothing)) == (
        "Four schools could be looked at: no gap is probable enough to be named."
    )
    assert find(alike, []) == NOTHING_KNOWN


def test_the_areas_facts_hold_the_list_and_no_school_reads_it(area):
    facts = build_area_facts(area)["worth_a_look"]
    assert json.loads(compose_facts(facts)) == facts
    assert [one["urn"] for one in facts["schools"]] == [
        one.urn for one in area.schools if one.urn in area.worth_a_look.schools
    ]
    assert facts["gaps"] == len(area.worth_a_look.gaps) and facts["named"] == area.worth_a_look.named
    project = find_project()
    written = [*(project / "pipeline/report/school").glob("*.py"), *(project / "pipeline/delivery").rglob("*.py")]
    written += [project / "notebooks/school_report.ipynb", project / "pipeline/report/facts.py"]
    assert [path for path in written if "worth_a_look" in path.read_text(encoding="utf-8")] == []


# For the panel


INSPECTED = InspectionFact("graded judgements", "graded", "Overall effectiveness", "Good", "2019-03-05", False)


def sure(probability, *between):
    return Certainty(1000, (), probability, between)


@pytest.fixture
def weighed():
    return build_area(
        [
            build_standing(1, "Zeta", "focus", 4, certainty=sure(0.42, "Focus", "Secure")),
            build_standing(2, "Alpha", "secure", 2, inspections=[INSPECTED], certainty=sure(0.7, "Secure", "Focus")),
            build_standing(3, "Beta", "secure", 2, certainty=sure(0.31, "Secure", "Secure plus")),
            build_standing(4, "Gamma", "secure", 2, certainty=sure(0.97)),
            build_standing(5, "Delta", "insufficient_evidence", None, certainty=sure(0.3, "Too little", "Secure")),
        ]
    )


def test_the_panel_is_shown_doubtful_and_borderline_schools_by_name(weighed):
    assert exhibits.tabulate_doubtful(weighed).rows == (
        ("Beta", "3", "secure", "31", "Secure plus"),
        ("Zeta", "1", "focus", "42", "Secure"),
    )
    assert exhibits.tabulate_borderline(weighed).rows == (("Alpha", "2", "secure", "70", "Focus"),)
    said = flow(area_notebook.show_for_the_panel(weighed))
    assert said.startswith(
        "A panel is due for three schools: 2 with a doubtful category and 1 with too little evidence for a category, "
        "named further on. One more school has a borderline category. Doubtful"
    )
    assert build_area_facts(weighed)["certainty"] == {
        "known": 4,
        "borderline": [2],
        "doubtful": [3, 1],
    }


def test_a_school_without_a_category_is_neither_borderline_nor_counted(weighed):
    (delta,) = (one for one in weighed.schools if one.name == "Delta")
    assert (delta.certainty, delta.between) == (None, ())
    assert "Of 4 schools with a category 1 is borderline and 2 doubtful (75% together)" in flow(
        area_notebook.show_categories(weighed)
    )


def test_where_no_category_is_in_doubt_nothing_is_said_of_other_pupils():
    calm = build_area([build_standing(1, "Zeta", "focus", 4, certainty=sure(0.97))])
    said = flow(area_notebook.show_categories(calm))
    assert "Of 1 school with a category none is borderline or doubtful." in said and "pupils" not in said


def test_where_a_panel_has_decided_the_school_is_counted_and_not_listed(weighed):
    decided = replace(weighed.schools[-1], panel=PanelNote("So.", "A. Adviser", "2019-11-12", changed=False))
    area = replace(weighed, schools=(*weighed.schools[:-1], decided))
    said = flow(area_notebook.show_for_the_panel(area))
    assert said.startswith("A panel is due for two schools: 1 with a doubtful category and 1 with too little evidence")
    assert "Of 1 more school with such a category a panel has already decided." in said


def test_without_borderline_schools_the_panel_is_told_so():
    calm = build_area([build_standing(1, "Zeta", "focus", 4, certainty=sure(0.97))])
    assert "No school on which a panel has yet to decide" in flow(area_notebook.show_for_the_panel(calm))
    unknown = build_area([build_standing(1, "Zeta", "focus", 4, certainty=None)])
    assert flow(area_notebook.show_for_the_panel(unknown)).startswith("How certain the categories are was not worked")
    few = build_area([build_standing(1, "Zeta", "insufficient_evidence", None)])
    assert flow(area_notebook.show_for_the_panel(few)).startswith("A panel is due for one school: 1 with too little")
