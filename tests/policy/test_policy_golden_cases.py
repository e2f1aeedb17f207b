"""Facts → category, one line each, under both policies' default thresholds. Read it as a table."""

from __future__ import annotations

import pytest
from policy_schools import graded, report_card, school

from pipeline.policy import assign_category, load_policy

GOOD = graded(overall="Good", quality_of_education="Good")
RI = graded(overall="Requires improvement", quality_of_education="Requires improvement")
RI_AREA = graded(overall="Not judged", leadership="Requires improvement", quality_of_education="Good")
INADEQUATE = graded(overall="Inadequate", quality_of_education="Requires improvement")
INADEQUATE_AREA = graded(overall="Not judged", behaviour="Inadequate", quality_of_education="Good")
SPECIAL = graded(overall="Inadequate", concern="Special measures")
UNSAFE = graded(overall="Not judged", quality_of_education="Good", safeguarding="No")
CARD = report_card(achievement="Expected standard", inclusion="Strong standard", safeguarding="Met")
ATTENTION = report_card(achievement="Needs attention", inclusion="Expected standard", safeguarding="Met")
URGENT = report_card(achievement="Urgent improvement", inclusion="Expected standard", safeguarding="Met")
NOT_MET = report_card(achievement="Expected standard", safeguarding="Not met")

ALL_IN_LINE = "RWM in line, disadvantaged in line, absence in line"

# key priorities | other indicators | inspection | county's category | the clause that decides
COUNTY = [
    ("RWM strength, absence strength", "8 in line", None, "secure_plus", "strong_throughout"),
    ("RWM strength, absence strength", "8 in line", GOOD, "secure_plus", "strong_throughout"),
    ("RWM strength, absence strength, disadvantaged gap", "8 strengths", CARD, "secure_plus", "strong_throughout"),
    ("RWM strength, absence in line", "8 strengths", None, "secure", "otherwise"),
    ("RWM strength, absence strength", "1 gaps", None, "secure", "otherwise"),
    (ALL_IN_LINE, "9 in line", GOOD, "secure", "otherwise"),
    (ALL_IN_LINE, "2 gaps", GOOD, "secure", "otherwise"),
    ("RWM in line, disadvantaged gap persistent, absence in line", "9 in line", GOOD, "secure", "otherwise"),
    (ALL_IN_LINE, "3 gaps", GOOD, "light_touch", "several_gaps"),
    ("RWM gap, absence in line", "", GOOD, "light_touch", "one_key_gap"),
    ("RWM gap, disadvantaged gap, absence in line", "", GOOD, "light_touch", "one_key_gap"),
    ("RWM strength, absence strength", "", RI, "light_touch", "inspection_asked_for_improvement"),
    (ALL_IN_LINE, "", RI_AREA, "light_touch", "inspection_asked_for_improvement"),
    (ALL_IN_LINE, "", ATTENTION, "light_touch", "inspection_asked_for_improvement"),
    ("RWM gap, absence gap", "", GOOD, "focus", "several_key_gaps"),
    ("RWM gap persistent, disadvantaged gap, absence in line", "4 gaps", None, "focus", "broad_and_lasting_gap"),
    ("RWM gap persistent, disadvantaged gap, absence in line", "3 gaps", None, "light_touch", "one_key_gap"),
    ("RWM gap, absence in line", "", RI, "focus", "key_gap_and_inspection"),
    ("RWM gap, absence in line", "", ATTENTION, "focus", "key_gap_and_inspection"),
    ("RWM gap persistent, disadvantaged gap persistent, absence gap", "", GOOD, "focus", "several_key_gaps"),
    (
        "RWM gap persistent, disadvantaged gap persistent, absence gap persistent",
        "",
        GOOD,
        "intensive",
        "lasting_key_gaps",
    ),
    ("RWM strength, absence strength", "", SPECIAL, "intensive", "serious_inspection_concern"),
    ("RWM strength, absence strength", "", INADEQUATE, "intensive", "serious_inspection_concern"),
    (ALL_IN_LINE, "", INADEQUATE_AREA, "intensive", "serious_inspection_concern"),
    (ALL_IN_LINE, "", UNSAFE, "intensive", "serious_inspection_concern"),
    (ALL_IN_LINE, "", URGENT, "intensive", "serious_inspection_concern"),
    (ALL_IN_LINE, "", NOT_MET, "intensive", "serious_inspection_concern"),
    ("", "", SPECIAL, "intensive", "serious_inspection_concern"),
    ("", "", None, "insufficient_evidence", "too_little_evidence"),
    ("absence gap persistent", "", RI, "insufficient_evidence", "too_little_evidence"),
    ("absence strength", "9 strengths", GOOD, "insufficient_evidence", "too_little_evidence"),
]

# key priorities | other indicators | inspection | trust's category | the clause that decides
TRUST = [
    ("A8 strength, P8 in line, absence in line", "9 in line", GOOD, "sustain", "confident_performance"),
    ("A8 strength, P8 in line, absence in line", "1 gaps", GOOD, "sustain", "confident_performance"),
    ("A8 in line, P8 strength, disadvantaged gap persistent", "9 in line", CARD, "sustain", "confident_performance"),
    ("A8 strength, P8 in line, absence in line", "2 gaps", GOOD, "improve", "otherwise"),
    ("A8 in line, P8 in line, absence in line", "9 in line", GOOD, "improve", "otherwise"),
    ("A8 in line, P8 in line, absence gap", "", GOOD, "improve", "one_key_gap"),
    ("A8 strength, P8 strength, absence gap", "", GOOD, "improve", "one_key_gap"),
    ("A8 strength, P8 strength, absence strength", "", RI, "improve", "inspection_asked_for_improvement"),
    ("A8 strength, P8 strength, absence strength", "", ATTENTION, "improve", "inspection_asked_for_improvement"),
    ("A8 gap, P8 gap, absence in line", "", GOOD, "repair", "several_key_gaps"),
    ("A8 gap persistent, disadvantaged gap persistent, absence gap", "", GOOD, "repair", "several_key_gaps"),
    ("A8 in line, P8 gap, absence in line", "", RI, "repair", "key_gap_and_inspection"),
    ("A8 in line, P8 gap, absence in line", "", RI_AREA, "repair", "key_gap_and_inspection"),
    (
        "A8 gap persistent, disadvantaged gap persistent, P8 gap persistent",
        "",
        GOOD,
        "stabilise",
        "lasting_key_gaps",
    ),
    ("A8 strength, P8 strength", "", INADEQUATE_AREA, "stabilise", "serious_inspection_concern"),
    ("A8 strength, P8 strength", "", URGENT, "stabilise", "serious_inspection_concern"),
    ("", "", NOT_MET, "stabilise", "serious_inspection_concern"),
    ("absence gap persistent", "9 gaps", RI, "insufficient_evidence", "too_little_evidence"),
    ("A8 in line", "", None, "improve", "otherwise"),
    ("", "", None, "insufficient_evidence", "too_little_evidence"),
]


@pytest.mark.parametrize(("ratings", "others", "inspection", "category", "clause"), COUNTY)
def test_county(ratings, others, inspection, category, clause):
    assignment = assign_category(load_policy("worcestershire"), school(ratings, others=others, inspection=inspection))
    assert (assignment.category, assignment.clause) == (category, clause)


@pytest.mark.parametrize(("ratings", "others", "inspection", "category", "clause"), TRUST)
def test_trust(ratings, others, inspection, category, clause):
    assignment = assign_category(load_policy("two-counties"), school(ratings, others=others, inspection=inspection))
    assert (assignment.category, assignment.clause) == (category, clause)


@pytest.mark.parametrize(("name", "table"), [("worcestershire", COUNTY), ("two-counties", TRUST)])
def test_table_reaches_every_clause_and_category(name, table):
    policy = load_policy(name)
    reached = {row[4] for row in table} | {"asked_for_support"}
    assert reached >= {clause.name for clause in policy.clauses} | {"otherwise"}
    assert {row[3] for row in table} == {category.key for category in policy.categories} | {"insufficient_evidence"}


def test_school_that_asks_for_support_is_visited():
    policy = load_policy("worcestershire")
    strong = "RWM strength, absence strength"
    assert assign_category(policy, school(strong)).category == "secure_plus"
    asked = assign_category(policy, school(strong, referred=True))
    assert (asked.category, asked.clause) == ("light_touch", "asked_for_support")
    assert asked.facts[0] == "The school asked for support itself."
