"""A whole school's report, as a terminal shows it, and its facts."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from example_school import (
    build_comparison,
    build_report,
    build_result,
    build_trust_assignment,
    build_whole_report,
    build_year,
    decide,
    rename,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.results import InspectionFact
from pipeline.foundation.vocabulary import Availability, Rating
from pipeline.report.facts import FACTS_MIME, build_school_facts, compose_facts, keep_number
from pipeline.report.school import notebook, tables
from tests.conftest import count_examples

GOLDEN = Path(__file__).parent / "golden"
SHOWN = (
    notebook.show_standing,
    notebook.show_clauses,
    notebook.show_small_numbers,
    notebook.show_measures,
    notebook.show_writing,
    notebook.show_not_rated,
    notebook.show_gaps,
    notebook.show_trends,
    notebook.show_context,
    notebook.show_similar,
    notebook.show_support,
    notebook.show_questions,
    notebook.show_inspections,
    notebook.show_sureness,
)


def _write(report) -> str:
    shown = (show(report) for show in SHOWN)
    return "\n\n\n".join(exhibit.text() for exhibit in shown if exhibit is not None) + "\n"


@pytest.mark.slow
def test_the_whole_report_of_a_primary_school():
    report = build_report(checks=14, warnings=("The roll should change by less than a fifth. It may be a merger.",))
    assert _write(report) == (GOLDEN / "primary_school.txt").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_whole_report_of_a_school_beside_similar_schools():
    report = decide(build_whole_report(), changed=False)
    assert _write(report) == (GOLDEN / "school_beside_similar_schools.txt").read_text(encoding="utf-8")


def test_a_school_without_any_figure_still_gets_a_whole_report():
    bare = build_report(())
    bare = replace(bare, analysis=replace(bare.analysis, context=(), inspections=(), tested={"england": 0}))
    assert _write(bare) == (GOLDEN / "school_without_figures.txt").read_text(encoding="utf-8")


def test_a_trust_prints_its_days_a_year():
    shown = notebook.show_support(build_report(assignment=build_trust_assignment()))
    assert "What it brings: Days a year: 6. Of which external consultant: 1." in " ".join(shown.text().split())
    assert '<section class="note"><ul><li>Partnership review</li>' in str(shown.html()).replace("\n", "")


def test_what_a_trusts_categories_bring_is_told_in_welsh(tmp_path):
    from pipeline.policy import load_policy
    from pipeline.render.language.book import find_book, read_books
    from pipeline.render.language.telling import Teller
    from pipeline.report.sentences.support_wording import phrase_amounts

    teller = Teller(read_books([find_book("cy", tmp_path)]), ())
    for category in load_policy("two-counties").categories:
        amounts = [(what, str(amount)) for what, amount in category.entitlement.amounts.items()]
        assert (told := teller.tell(phrase_amounts(amounts))) and "Diwrnodau'r flwyddyn: " in told
        assert ("Pwy arall: " in told) == ("Who else" in category.entitlement.amounts)


def test_an_inspection_that_another_followed_stands_in_smaller_letters():
    told = (("graded", "Good", "2024-05-16"), ("previous graded", "Inadequate", "2017-05-03"))
    grades = tuple(
        InspectionFact("graded judgements", kind, "Quality of education", grade, date, False)
        for kind, grade, date in told
    )
    report = build_report()
    page = str(notebook.show_inspections(replace(report, analysis=replace(report.analysis, inspections=grades))).html())
    latest, previous = page.index("16 May 2024"), page.index("3 May 2017")
    assert latest < page.index('class="note"') < previous


@pytest.mark.parametrize("availability", [each for each in Availability if each is not Availability.AVAILABLE])
def test_a_figure_that_was_not_published_never_appears_as_a_number(availability):
    # a reader's slip: the number is still there although it may not be shown
    leak = build_year(2019, 87.654, 61.0, availability=str(availability))
    result = build_result(
        value=None,
        rating=Rating.NOT_RATED,
        key_priority=True,
        by_year=(build_year(2018, 50.0, 60.0), leak),
    )
    report = build_report((result,))
    exhibits = [exhibit for show in SHOWN if (exhibit := show(report)) is not None]
    shown = "".join(str(exhibit.html()) + exhibit.text() for exhibit in exhibits)
    facts = compose_facts(build_school_facts(report))
    for number in ("87.654", "88%", "87.7", "99.654", "75.654"):
        assert number not in shown
        assert number not in facts
    assert str(availability) in facts


AWKWARD = st.text(min_size=1, max_size=30) | st.sampled_from(
    ["<b>x</b>", '"><img src=x>', "A\nB", '#import "x"', "$x$ & co", "{{x}}", "\u202eabc"]
)


@pytest.mark.slow
@settings(max_examples=count_examples(25))
@given(AWKWARD)
def test_no_school_name_becomes_markup(name):
    report = rename(build_report(), name)
    for show in SHOWN:
        if show(report) is not None:
            plain, awkward = str(show(build_report()).html()), str(show(report).html())
            assert awkward.count("<") == plain.count("<")
            assert awkward.count("\n") == plain.count("\n")


def test_facts_are_canonical_json_with_the_document_block():
    report = build_report()
    text = compose_facts(build_school_facts(report, notebook.list_exhibits(report)))
    facts = json.loads(text)
    assert facts["document"] == {
        "kind": "school",
        "title": "The Example Primary School: Worcestershire, autumn 2019",
        "subject": "Where the school stands, 2018/19",
        "organisation": "Worcestershire County Council",
        "language": "en-GB",
        "date": "2019-11-01",
        "urn": 100001,
        "school": "The Example Primary School",
        "edition": "Worcestershire, autumn 2019",
        "colour": "",
        "brief": False,
    }
    assert facts["exhibits"] == ["key-figures", "measures", "trends"]
    assert text == json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=2) + "\n"
    assert facts["indicators"][0]["value"] == 52.3
    assert facts["indicators"][5]["by_year"][0]["value"] is None
    assert facts["indicators"][5]["by_year"][0]["availability"] == "suppressed"


@pytest.mark.parametrize(
    ("value", "availability", "kept"),
    [
        (0.1 + 0.2, "available", 0.3),
        (30.0, "available", 30),
        (None, "available", None),
        (float("nan"), "available", None),
        (5.0, "suppressed", None),
    ],
)
def test_numbers_in_facts_are_stable(value, availability, kept):
    assert keep_number(value, availability) == kept
    assert type(keep_number(value, availability)) is type(kept)


def test_facts_are_published_once_for_the_run_to_find(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    notebook.publish_facts(build_report())
    ((bundle),) = shown
    assert bundle[FACTS_MIME]["document"]["urn"] == 100001


def test_reasons_for_no_rating_stand_once_with_all_their_indicators():
    reason = build_comparison(Rating.NOT_RATED, None, None, reason="Shown but not rated: 1 year of figures.")
    results = tuple(build_result(name, name.title(), comparisons=(reason,)) for name in ("one", "two"))
    ((why, which),) = tables.tabulate_not_rated(build_report(results)).rows
    assert (why, which) == ("Shown but not rated: 1 year of figures.", "One (52%); Two (52%)")


def test_sections_that_have_nothing_to_show_show_nothing():
    bare = build_report(())
    empty = (notebook.show_measures, notebook.show_writing, notebook.show_gaps, notebook.show_trends)
    assert [show(bare) for show in (*empty, notebook.show_small_numbers, notebook.show_similar)] == [None] * 6
    assert notebook.list_exhibits(bare) == ()
    once = build_result(key_priority=True, by_year=(build_year(2019, 52.0), build_year(2018, None)))
    assert notebook.show_trends(build_report((once,))) is None  # one year is no trend
    rated = build_report((build_result(),))
    assert notebook.show_not_rated(rated) is None
    assert notebook.list_exhibits(rated) == ("measures",)


@pytest.mark.parametrize(("measures", "brief"), [(0, True), (4, True), (5, False)])
def test_a_report_of_few_measures_is_said_to_be_brief(measures, brief):
    report = build_report(tuple(build_result(f"r{number}", f"Measure {number}") for number in range(measures)))
    assert build_school_facts(report)["document"]["brief"] is brief


def test_the_exhibits_of_a_whole_report_are_those_that_its_cells_show():
    for report in (build_report(), build_whole_report(), build_report(())):
        shown = "".join(str(exhibit.html()) for show in SHOWN if (exhibit := show(report)) is not None)
        found = set(re.findall(r'<(?:table|figure)[^>]* id="([a-z-]+)"', shown))
        assert set(notebook.list_exhibits(report)) <= found
        drawn = set(re.findall(r'<figure[^>]* id="([a-z-]+)"', shown))
        drawn |= {
            id for id in found if '<svg class="plotted' in shown.split(f'<table id="{id}"')[-1].split("</table>")[0]
        }
        assert set(notebook.list_exhibits(report)) == drawn


def test_a_school_that_no_file_names_is_called_by_its_urn():
    named = build_report().school
    assert notebook._name_school(replace(named, name=" \u200b")).name == "School with URN 100001"
    assert notebook._name_school(named) == named


def test_a_missing_edition_says_which_there_are(monkeypatch, tmp_path):
    (tmp_path / "data" / "editions" / "known").mkdir(parents=True)
    (tmp_path / "data" / "editions" / "known" / "edition.yaml").write_text("title: x\n")
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))
    with pytest.raises(notebook.PipelineError, match="there is no edition 'unknown'"):
        notebook.open_school(100001, "unknown")


def test_a_mistake_a_user_can_mend_is_shown_in_a_notebook_without_a_traceback():
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell()
    with capture_output() as said:
        shell.run_cell(
            "from pipeline.foundation.errors import PipelineError\n"
            "raise PipelineError('no such year', where='x', remedy='Do y.')"
        )
    assert said.stdout.strip() == "x: no such year\n    Do y."
