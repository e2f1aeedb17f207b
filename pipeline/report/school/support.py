"""The school's year of support: its category and areas as its facts tell them, and the dated list of the last page.

The list is that of plan-support, by the same function from the same words. It rests on terms, policy, category and what
people changed, never on a plan: only the contact's name comes from one, where it was agreed.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.edition.support import SchoolSupport, list_activities
from pipeline.edition.support.activities import REPLACED
from pipeline.edition.support.agreed import find_contact
from pipeline.edition.support.focus import list_areas
from pipeline.edition.support.known import KeptSupport, open_kept
from pipeline.policy import Policy
from pipeline.report.exhibits import Column, Exhibit, Exhibits, Paragraph, Table
from pipeline.report.facts import SchoolReport, build_school_facts
from pipeline.report.sentences.support_wording import (
    caption_year,
    list_by_term,
    phrase_areas,
    phrase_contact,
    phrase_roles,
)


def add_year_of_support(report: SchoolReport, policy: Policy, prepared: Path) -> SchoolReport:
    """Give the report with its year of support, where the edition has terms and ``policy``, its own, says activities.

    Raises FaultyInput where a change names what the school's category does not bring, and no panel set it since.
    """
    kept = open_kept(prepared)
    if kept is None or policy.support is None or policy.key != kept.policy:
        return report
    return plan_school(report, policy, kept.choose_school(report.school.urn))


def plan_school(report: SchoolReport, policy: Policy, kept: KeptSupport) -> SchoolReport:
    """Give the report with its activities, and its contact where an agreed plan names somebody."""
    date = datetime.date.fromisoformat(report.edition.date)
    support = find_school_support(build_school_facts(report))
    planned = list_activities(policy, support, kept.year, date, kept.changes)
    agreed = {activity: person for _, activity, person in kept.agreed}
    who = {(one.key, one.number): one.person or agreed.get(one.key, "") for one in planned if one.stands}
    contact = ""
    if kept.is_agreed:  # a school's people may all be named by changes, which no agreed plan repeats
        contact = find_contact((who[one.key, one.number], one.hours) for one in planned if one.stands)
    terms = tuple(term.name for term in kept.year.terms)
    given_by = {place: person for place, person in who.items() if person}
    return replace(report, support=planned, terms=terms, contact=contact, given_by=given_by)


def find_school_support(facts: Mapping[str, Any]) -> SchoolSupport:
    """What a school's year of support follows from, by its report's facts."""
    officer = facts.get("officer") or {}
    summaries, panel = officer.get("self_evaluation") or [], officer.get("panel") or {}
    latest: Mapping[str, Any] = max(summaries, key=lambda one: one["date"], default={})
    return SchoolSupport(
        facts["school"]["urn"],
        facts["final"]["category"],
        list_areas(facts["indicators"]),
        bool(latest.get("self_referral")),
        datetime.date.fromisoformat(panel["date"]) if panel.get("changed") else None,
    )


def show_year(report: SchoolReport) -> Exhibit | None:
    """What takes place in which term and on which days, and whom to ask; None where no day is known."""
    planned = [one for one in report.support if one.status != REPLACED]
    if not planned:
        return None
    year, proposed = report.edition.year + 1, report.decision is None
    caption = caption_year(year, report.final.entitlement.amounts, proposed=proposed)
    columns = Column("Term"), Column("What takes place, and when")
    said = (phrase_roles(planned), phrase_areas(planned), phrase_contact(report.contact))
    table = Table("year-of-support", caption, columns, tuple(list_by_term(planned, report.terms)))
    return Exhibits((table, Paragraph(" ".join(words for words in said if words))))
