"""What a school's report says of early results: marked wherever they stand, and no part of a category unless a policy
lets them be."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.delivery.composing.letter import phrase_sentences
from pipeline.policy import EarlyResults, load_policy
from pipeline.policy.policy import RoleOfRecipient
from pipeline.report.facts import EditionNote, build_school_facts
from pipeline.report.school import notebook
from pipeline.sources.frames import OBSERVATIONS, shape_frame
from pipeline.sources.local.early import stack_early
from pipeline.sources.local.early_measures import EARLY
from tests.conftest import count_examples

pytestmark = pytest.mark.slow
URN, YEAR = 900001, 2025
NOTE = EditionNote("sample", "Marlshire", YEAR, "worcestershire", "2025-09-20", organisation="Marlshire Council")
POLICY = load_policy("worcestershire", organisation="Marlshire Council")
DECIDES = POLICY.model_copy(update={"early_results": EarlyResults.MAY_DECIDE})


@pytest.fixture(scope="module")
def slice(prepared_sample):
    """A school of the sample as it is known in September: no key stage 2 result of the year is published."""
    from pipeline.sources.prepared import open_prepared

    whole = open_prepared(prepared_sample / "data/editions/sample/prepared").load_school(URN)

    def leave(frame):
        return frame[~((frame["year"] == YEAR) & frame["measure"].astype(str).str.startswith("ks2_"))]

    figures = leave(whole.study.figures).reset_index(drop=True)
    return replace(
        whole,
        observations=leave(whole.observations).reset_index(drop=True),
        baselines=leave(whole.baselines).reset_index(drop=True),
        study=replace(whole.study, figures=figures),
    )


def add(slice, *rows):
    """The slice with early figures (measure, group, value, pupils)."""
    early = pd.DataFrame(
        [
            {
                "level": "school",
                "urn": URN,
                "published_urn": URN,
                "measure": measure,
                "group": group,
                "year": YEAR,
                "value": value,
                "cohort": pupils,
                "step": 0.0,
                "unit": str(EARLY.measures[measure].unit),
                "availability": "available",
                "word": "",
                "file": "local/early_results.csv",
                "line": 0,
                "column": "number",
            }
            for measure, group, value, pupils in rows
        ],
        columns=list(OBSERVATIONS),
    )
    return replace(slice, local=replace(slice.local, early=shape_frame(early, OBSERVATIONS)))


LOW = (
    *(("ks2_rwm_expected", "all", 15.0, 60), ("ks2_rwm_expected", "disadvantaged", 5.0, 20)),
    *(("ks2_rwm_expected", "other", 20.0, 40), ("ks2_reading_expected", "all", 20.0, 60)),
    *(("ks2_maths_expected", "all", 20.0, 60), ("ks2_writing_expected", "all", 20.0, 60)),
    ("ks2_reading_score", "all", 92.0, 60),
)


def study(slice, policy=POLICY):
    return notebook.study_school(slice, NOTE, policy)


def find(report, key):
    return next(result for result in report.analysis.results if result.indicator == key)


def test_an_early_figure_is_rated_as_a_further_year_beside_last_years_england(slice):
    before, report = study(slice), study(add(slice, *LOW))
    was, is_now = (find(one, "ks2_rwm_expected") for one in (before, report))
    assert (was.years, is_now.years) == ((2023, 2024), (2023, 2024, 2025))
    latest = is_now.by_year[-1]
    assert (latest.value, latest.early, latest.england_year, latest.similar_year) == (15, True, 2024, 2024)
    assert latest.england == was.by_year[-1].england
    pupils = [figure.cohort for figure in was.by_year]
    counted = [round(figure.value * figure.cohort / 100) for figure in was.by_year]
    assert is_now.value == pytest.approx(100 * (sum(counted) + 9) / (sum(pupils) + 60))  # 15% of 60 pupils are nine
    assert is_now.against("similar schools").baseline is not None
    assert is_now.early and not was.early
    assert find(report, "absence_overall") == replace(
        find(before, "absence_overall"), comparisons=find(report, "absence_overall").comparisons
    )


def test_englands_own_figure_is_taken_once_it_is_there(slice, prepared_sample):
    from pipeline.sources.prepared import open_prepared

    whole = open_prepared(prepared_sample / "data/editions/sample/prepared").load_school(URN)
    report = study(add(replace(slice, baselines=whole.baselines), *LOW))
    latest = find(report, "ks2_rwm_expected").by_year[-1]
    assert (latest.early, latest.england_year, latest.england) == (True, None, 62)
    said = " ".join(notebook.show_trends(report).text().split())
    assert "similar schools' figure of 2024/25 is not known yet, so that of 2023/24 stands in" in said
    assert "England's figure of" not in said and "England's figure and" not in said


def test_each_note_says_whose_england_is_of_another_year(slice, prepared_sample):
    from pipeline.sources.prepared import open_prepared

    lent = study(add(slice, *LOW))
    note = "Early: collected before publication, not validated. England's figure of 2023/24 stands in"
    assert f"{note} beside them." in " ".join(notebook.show_standing(lent).text().split())
    whole = open_prepared(prepared_sample / "data/editions/sample/prepared").load_school(URN).baselines
    own = whole[whole["group"].astype(str) == "all"]  # England's figure of the disadvantaged is not there yet
    before = slice.baselines[slice.baselines["group"].astype(str) != "all"]
    some = study(add(replace(slice, baselines=stack_early([own, before])), *LOW))
    first = " ".join(notebook.show_standing(some).text().split())
    assert f"{note} (Disadvantaged: reading, writing, maths)." in first
    told = " ".join(notebook.show_measures(some).text().split())
    assert "Early (Disadvantaged: reading, writing, maths): the figure of 2024/25 is not validated; England's" in told
    assert "Early (the others): the figure of 2024/25 is not validated; similar schools'" in told


def test_by_default_no_category_rests_on_them(slice):
    plain, report = study(slice), study(add(slice, *LOW))
    assert report.assignment == plain.assignment and report.certainty == plain.certainty
    assert report.lighter == plain.lighter and report.move == plain.move
    said = " ".join(notebook.show_standing(report).text().split())
    told = "Figures of 2024/25 that are marked early are not validated and have no part in the category."
    assert f"Early results: {told}" in said and "Results to 2024/25, early, not validated." in said
    assert build_school_facts(report)["early_results"] == {"years": ["2024/25"], "judged": False}


def test_where_a_policy_lets_them_they_decide_and_the_category_is_provisional(slice):
    plain, report = study(slice, DECIDES), study(add(slice, *LOW), DECIDES)
    assert plain.assignment.provisional is False
    found = report.assignment
    assert found.category != plain.assignment.category
    assert (found.provisional, found.early, found.without_early) == (True, True, plain.assignment.title)
    said = " ".join(notebook.show_standing(report).text().split())
    told = "The category is provisional: figures of 2024/25 that are marked early are not validated. Without them it"
    assert f"{told} would be {plain.assignment.title}." in said
    assert "figures of one year alone" not in said
    assert "Reading, writing and maths, early" in " ".join(found.facts)  # what decided is marked
    from pipeline.policy import explain_assignment

    assert "Provisional: it rests on early results, which nobody has validated." in explain_assignment(found)


def test_early_results_that_change_nothing_are_said_to_be_counted(slice):
    same = ("ks2_rwm_expected", "all", 60.0, 60)
    found = study(add(slice, same), DECIDES).assignment
    assert (found.early, found.without_early) == (True, "")
    assert found.provisional == study(slice, DECIDES).assignment.provisional


def show(report):
    """Everything that the notebook's cells show a school, one text a cell; and every chart's caption and words."""
    cells = [
        notebook.show_standing,
        notebook.show_measures,
        notebook.show_gaps,
        notebook.show_trends,
        notebook.show_small_numbers,
        notebook.show_not_rated,
        notebook.show_writing,
        notebook.show_questions,
        notebook.show_sureness,
    ]
    return {cell.__name__: shown for cell in cells if (shown := cell(report)) is not None}


def list_exhibits(exhibit):
    yield exhibit
    for part in getattr(exhibit, "content", ()):
        yield from list_exhibits(part)


def tabulate(exhibit):
    """The rows of the tables in an exhibit, a measure's name first; neither groups nor scales."""
    tables = [one for one in list_exhibits(exhibit) if type(one).__name__ == "Table"]
    return [row for one in tables for row in one.rows if isinstance(row[0], str) and row[0] != "Scale"]


def list_points(exhibit):
    """What to be proud of and what to work on."""
    bullets = [one for one in list_exhibits(exhibit) if type(one).__name__ == "Bullets"]
    return [item for one in bullets for item in one.items if isinstance(item, tuple) and "year" in " ".join(item)]


@pytest.mark.parametrize("policy", [POLICY, DECIDES], ids=["shown only", "may decide"])
def test_every_place_with_an_early_figure_says_so(slice, policy):
    report = study(add(slice, *LOW), policy)
    early = [result for result in report.analysis.results if result.early]
    assert len(early) == 6
    shown = show(report)
    rows = 0
    for cell, exhibit in shown.items():
        for one in list_exhibits(exhibit):
            kind = type(one).__name__
            if kind == "Table":
                told = [
                    [cell if isinstance(cell, str) else getattr(cell, "words", "") for cell in row] for row in one.rows
                ]
                rows += sum("early" in " ".join(row) for row in told)
                if any("early" in " ".join(row) for row in told):
                    assert "not validated" in one.note, (cell, one.id)
            elif kind == "Chart":
                assert "not validated" in one.caption and "not validated" in one.alt, (cell, one.id)
    named = [row[0] for row in tabulate(shown["show_measures"])]
    assert len([name for name in named if "early" in name]) == len(early)
    assert rows >= 2 * len(early)  # every measure, the key figures, the gap to close, the years, small numbers
    head = [" ".join(point) for point in list_points(shown["show_standing"])]
    assert head and all(point.endswith("with early results.") for point in head if "absence" not in point.casefold()), (
        head
    )
    last = " ".join(shown["show_sureness"].text().split())
    assert "Early results. Figures of 2024/25 that are marked early were collected by Marlshire Council before" in last
    assert "All but those marked early are published;" in last


def test_without_early_results_no_page_speaks_of_them(slice):
    report = study(slice)
    assert not re.search(r"\bearly\b(?! years)", " ".join(one.text() for one in show(report).values()), re.IGNORECASE)
    assert build_school_facts(report)["early_results"] is None


def test_a_message_says_so(slice):
    role = RoleOfRecipient(title="headteacher", category_in_message=True)
    shown = phrase_sentences(build_school_facts(study(add(slice, *LOW))), POLICY, role)
    assert shown[-1] == (
        "Figures of 2024/25 that are marked early are not validated; they have no part in the category."
    )
    assert any("reading, writing and maths, early" in one for one in shown)
    decided = phrase_sentences(build_school_facts(study(add(slice, *LOW), DECIDES)), DECIDES, role)
    assert "(provisional: it rests on early results, not validated)" in decided[0]
    assert decided[-1].endswith("they are counted for the category.")
    assert not any("early" in one for one in phrase_sentences(build_school_facts(study(slice)), POLICY, role))


_VALUES = st.lists(
    st.tuples(
        st.sampled_from([key for key, one in EARLY.measures.items() if one.is_share and key.startswith("ks2")]),
        st.sampled_from(["all", "disadvantaged", "other"]),
        st.floats(0, 100),
        st.integers(6, 200),
    ),
    min_size=1,
    unique_by=lambda row: row[:2],
)


@settings(
    max_examples=count_examples(5), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rows=_VALUES)
def test_shown_only_no_early_number_whatever_changes_a_category(slice, rows):
    plain = study(slice)
    found = study(add(slice, *rows))
    assert found.assignment == plain.assignment
    assert (found.certainty, found.lighter, found.move) == (plain.certainty, plain.lighter, plain.move)
    assert found.final == plain.final
