"""The year of support on a school's report: the plan's own days, in words; people's data stays out of it."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from support_schools import REVIEW, YEAR, day, make_person, make_school

from pipeline.edition.editions import load_edition
from pipeline.edition.support import Change, list_activities
from pipeline.edition.support.known import KeptSupport, LocalSupport, keep_support, open_kept, write_kept
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.paths import Workspace
from pipeline.policy import load_policy
from pipeline.policy.outcome import PanelDecision
from pipeline.report.facts import NextStep, build_school_facts
from pipeline.report.school.standing import show_standing
from pipeline.report.school.support import plan_school, show_year
from pipeline.report.sentences.support_wording import caption_year, list_by_term, phrase_areas, phrase_roles
from pipeline.run.due.digests import read_digests
from pipeline.run.preparing.preparation import prepare
from pipeline.run.stamps.made import name_changes
from tests.report.example_school import build_assignment, build_report, build_whole_report

COUNTY, TRUST = load_policy("worcestershire"), load_policy("two-counties")
TERMS = tuple(term.name for term in YEAR.terms)


def change(kind, activity, new_day=None, number=1):
    return Change(900026, activity, number, kind, new_day, "", "Their head is away.", day("2025-11-10"), 7)


def test_what_takes_place_stands_by_term_and_what_does_not_beneath():
    changes = [
        change("moved", "initial_visit", day("2026-01-14")),
        change("cancelled", "follow_up_call"),
    ]
    planned = list_activities(COUNTY, make_school(900026, "light_touch", 1), YEAR, REVIEW, changes)
    assert list_by_term(planned, TERMS) == [
        ("Autumn", "Desk-top analysis (by 17 Nov)"),
        ("Spring", "Initial visit (14 Jan)"),
        ("Cancelled", "Follow-up call on progress (17 Dec)"),
        ("If needed", "Follow-up visit (if progress on the areas for improvement is an issue)"),
    ]
    assert phrase_roles(planned) == "Who may come: School Improvement Adviser."
    assert phrase_areas(planned) == "It is about reading."


def test_what_comes_in_several_terms_is_named_once():
    planned = list_activities(COUNTY, make_school(900003, "focus", 4), YEAR, REVIEW)
    assert [name for name, _ in list_by_term(planned, TERMS)] == ["Autumn", "All year"]
    assert dict(list_by_term(planned, TERMS))["All year"].count("School Improvement Adviser review (") == 1
    assert phrase_areas(planned) == "It is about reading, maths, writing and one more, in turn."


@pytest.mark.parametrize(
    ("by", "first"),
    [
        ("2025-12-19", "- 17 December 2025: Follow-up call on progress. - The school, by 19 December 2025: Tell us."),
        ("2025-12-12", "What happens next - The school, by 12 December 2025: Tell us."),
        ("", "- 17 December 2025: Follow-up call on progress. - The school: Tell us."),
    ],
)
def test_a_meeting_before_all_that_happens_next_leads_it(by, first):
    """A head read of the reply due by the 19th, and only on the last page of the talk on the 16th."""
    planned = list_activities(
        COUNTY, make_school(900026, "light_touch", 1), YEAR, REVIEW, [change("cancelled", "initial_visit")]
    )
    report = build_report(support=tuple(planned))
    steps = (NextStep("Tell us", "The school", by),)
    told = show_standing(replace(report, edition=replace(report.edition, next_steps=steps))).text()
    assert first in " ".join(told.split())


def test_amounts_that_are_numbers_stand_above_the_days():
    amounts = TRUST.outcome("repair").entitlement.amounts.items()
    told = caption_year(2026, [(what, str(amount)) for what, amount in amounts])
    assert told == "The year of support, 2025/26. Days a year: 6. Of which external consultant: 3."
    assert caption_year(2026, [], proposed=True) == "The year of support, 2025/26, as proposed"


def test_what_is_kept_for_reports_is_read_back_without_reasons_or_who_may_not_come(tmp_path):
    people = (make_person("A"), make_person("B", conflicts=frozenset({900026})))
    changes = (change("moved", "initial_visit", day("2026-01-14")),)
    agreed = {(900003, "criteria_visit"): "A", (900026, "initial_visit"): "B", (900026, "desk_top"): "Gone"}
    kept = keep_support(COUNTY.key, COUNTY.support, LocalSupport(YEAR, people, changes, agreed))
    assert kept.agreed == ((900003, "criteria_visit", "A"),)  # the others may not, or are not there any more
    write_kept(tmp_path / "support", kept)
    assert open_kept(tmp_path) == kept and "away" not in (tmp_path / "support" / "support.json").read_text("utf-8")
    assert kept.choose_school(900003).changes == () and kept.choose_school(900026).changes == kept.changes


def test_the_report_names_the_contact_alone_and_officers_facts_everybody():
    assignment = build_assignment(category="focus", title="Focus support", tier=4)
    report = build_whole_report(assignment=assignment)
    agreed = {"criteria_visit": "Ann Ash", "adviser_review": "Ann Ash", "programme_tier_1": "Bea Birch"}
    given = tuple((report.school.urn, key, name) for key, name in agreed.items())
    kept = KeptSupport(COUNTY.key, YEAR, (), given, is_agreed=True)
    planned = plan_school(report, COUNTY, kept)
    facts = build_school_facts(planned)
    assert {one["person"] for one in facts["officer"]["given_by"]} == {"Ann Ash", "Bea Birch"}
    del facts["officer"]
    shown = str(show_year(planned))
    for told in (shown, str(facts)):
        assert {name for name in agreed.values() if name in told} == {planned.contact}


def test_somebody_whom_a_change_names_is_the_contact_of_an_agreed_plan():
    """No row of the agreed plan is about what a change gives to somebody."""
    report = build_whole_report(assignment=build_assignment(category="focus", title="Focus support", tier=4))
    named = Change(report.school.urn, "", 1, "person", None, "Ann Ash", "", day("2025-12-08"), 7, ("adviser",))
    for is_agreed in (True, False):
        planned = plan_school(report, COUNTY, KeptSupport(COUNTY.key, YEAR, (named,), is_agreed=is_agreed))
        assert planned.contact == ("Ann Ash" if is_agreed else "")
        assert ("Ann Ash" in str(show_year(planned))) is is_agreed


def test_a_change_that_a_panels_category_does_not_bring_does_not_stop_the_report():
    report = build_whole_report(assignment=build_assignment(category="focus", title="Focus support", tier=4))
    urn = report.school.urn
    row = Change(urn, "initial_visit", 1, "cancelled", None, "", "", day("2025-12-08"), 13)
    with pytest.raises(FaultyInput, match=r"line 13.*its category, Focus support, does not bring 'Initial visit'"):
        plan_school(report, COUNTY, KeptSupport(COUNTY.key, YEAR, (row,)))
    panel = PanelDecision("focus", "Focus support", 4, "Much was heard.", "A. Chair", "2026-01-16", changed=True)
    decided = replace(report, decision=panel)
    assert plan_school(decided, COUNTY, KeptSupport(COUNTY.key, YEAR, (row,))).support
    with pytest.raises(FaultyInput, match="line 13"):  # who wrote it knew the category
        plan_school(decided, COUNTY, KeptSupport(COUNTY.key, YEAR, (replace(row, decided=day("2026-01-17")),)))


@pytest.mark.slow
def test_a_change_makes_its_own_school_due_and_other_terms_make_all(prepared_sample, tmp_path):
    shutil.copytree(prepared_sample, tmp_path, dirs_exist_ok=True)
    edition = load_edition(Workspace(tmp_path), "sample")
    terms, changes = (edition.paths.local / f"{stem}.csv" for stem in ("terms", "support_plan"))

    def read():
        return read_digests(prepare(edition)).schools

    def list_changed(before, after):
        found = {urn: name_changes(before[urn], after[urn]) for urn in before}
        return {urn: parts for urn, parts in found.items() if parts}

    first = read()
    rows = changes.read_text(encoding="utf-8")
    changes.write_text(
        rows.replace("week before.", "week after.")
        + "# a note\n900028,Initial visit,1,moved,2026-01-21,,x,2025-12-09\n",
        encoding="utf-8",
    )
    second = read()
    assert list_changed(first, second) == {900028: ("changes to the year of support",)}
    terms.write_text(terms.read_text(encoding="utf-8") + "closed,Snow,2026-01-22,2026-01-22\n", encoding="utf-8")
    third = read()
    assert set(list_changed(second, third).values()) == {("terms of the year of support",)}
    assert len(list_changed(second, third)) == len(first)
    terms.unlink()
    assert open_kept(edition.paths.prepared) is not None and read() and open_kept(edition.paths.prepared) is None


@pytest.mark.slow
def test_every_fault_of_every_file_stops_the_run(prepared_sample, tmp_path):
    shutil.copytree(prepared_sample, tmp_path, dirs_exist_ok=True)
    edition = load_edition(Workspace(tmp_path), "sample")
    rows = {
        "people": ("", "Zoe,wizard,,,5,,,no\n"),
        "support_agreed": ("urn,activity,person\n", "900003,criteria_visit,\n"),
        "partners": ("kind,schools\n", "paired,900003; 123456\n"),
        "programmes": ("programme,urn,date,staff_capability,classroom_practice,pupils_engagement\n", "X,1,,,,\n"),
        "support_log": ("urn,date,activity,days,person\n", "900003,2031-01-01,Initial visit,1,J. Roe\n"),
    }
    for stem, (columns, row) in rows.items():
        path = edition.paths.local / f"{stem}.csv"
        text = path.read_text(encoding="utf-8") if path.is_file() else columns
        path.write_text(text + row, encoding="utf-8")
    with pytest.raises(FaultyInput) as refused:
        prepare(edition)
    assert {fault.file for fault in refused.value.faults} == {f"local/{stem}.csv" for stem in rows}
