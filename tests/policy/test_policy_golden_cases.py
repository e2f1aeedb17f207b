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
    (ALL_IN_LINE, "8 gaps of maths", GOOD, "secure", "otherwise"),
    (f"{ALL_IN_LINE}, destinations gap", "4 gaps of maths", GOOD, "secure", "otherwise"),
    (f"{ALL_IN_LINE}, destinations gap", "2 gaps, 4 gaps of maths", GOOD, "light_touch", "several_gaps"),
    ("RWM gap, absence in line", "", GOOD, "light_touch", "one_key_gap"),
    ("RWM gap, disadvantaged gap, absence in line", "", GOOD, "light_touch", "one_key_gap"),
    ("RWM strength, absence strength", "", RI, "light_touch", "inspection_asked_for_improvement"),
    (ALL_IN_LINE, "", RI_AREA, "light_touch", "inspection_asked_for_improvement"),
    (ALL_IN_LINE, "", ATTENTION, "light_touch", "inspection_asked_for_improvement"),
    ("RWM gap, absence gap", "", GOOD, "focus", "several_key_gaps"),
    ("RWM gap, A8 gap, absence in line", "", GOOD, "light_touch", "one_key_gap"),  # all-through: one theme
    ("RWM strength, A8 strength, absence in line", "", GOOD, "secure", "otherwise"),
    ("RWM gap persistent, disadvantaged gap, absence in line", "3 gaps", None, "focus", "broad_and_lasting_gap"),
    ("RWM gap persistent, disadvantaged gap, absence in line", "2 gaps", None, "light_touch", "one_key_gap"),
    ("RWM gap persistent, disadvantaged gap, absence in line", "9 gaps of maths", None, "light_touch", "one_key_gap"),
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
    ("A8 strength, P8 in line, absence in line", "3 gaps of maths", GOOD, "sustain", "confident_performance"),
    ("A8 strength, P8 in line, destinations gap", "", GOOD, "sustain", "confident_performance"),
    ("A8 strength, P8 in line, destinations gap", "1 gaps", GOOD, "improve", "otherwise"),
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
    reached = {row[4] for row in table} | {row[2] for row in LOCAL if row[0] == name}
    assert reached >= {clause.name for clause in policy.clauses} | {"otherwise"}
    assert {row[3] for row in table} == {category.key for category in policy.categories} | {"insufficient_evidence"}


IN_LINE = "RWM in line, absence in line"
CALM = "A8 in line, P8 in line, absence in line"
STRONG = "RWM strength, absence strength"

# policy | what is known beside the key priorities | the clause that decides | the category
LOCAL = [
    # the same key priority, with and without a strain on capacity
    ("worcestershire", school("RWM gap, absence in line", heard="staffing"), "key_gap_and_capacity", "focus"),
    ("worcestershire", school("RWM gap, absence in line", heard="finance"), "key_gap_and_capacity", "focus"),
    ("worcestershire", school("RWM gap, absence in line", heard="complaints"), "one_key_gap", "light_touch"),
    ("worcestershire", school(STRONG, heard="leadership change, finance"), "strong_throughout", "secure_plus"),
    ("worcestershire", school(IN_LINE, heard="staffing"), "otherwise", "secure"),
    # similar schools
    (
        "worcestershire",
        school(IN_LINE, similar="RWM gap, absence in line"),
        "key_gap_beside_similar_schools",
        "light_touch",
    ),
    (
        "worcestershire",
        school(STRONG, similar="disadvantaged gap"),
        "key_gap_beside_similar_schools",
        "light_touch",
    ),
    ("worcestershire", school(IN_LINE, similar="RWM in line, absence gap"), "otherwise", "secure"),
    ("worcestershire", school(STRONG, similar="RWM in line, absence gap"), "otherwise", "secure"),
    ("worcestershire", school(STRONG, similar="RWM in line"), "strong_throughout", "secure_plus"),
    ("worcestershire", school("RWM gap, absence gap", similar="RWM strength"), "several_key_gaps", "focus"),
    ("worcestershire", school("", similar="RWM gap"), "too_little_evidence", "insufficient_evidence"),
    # what is heard or said of a school earns a visit, never more
    ("worcestershire", school(STRONG, heard="safeguarding"), "matter_to_raise", "light_touch"),
    ("worcestershire", school(IN_LINE, heard="complaints, finance"), "matter_to_raise", "light_touch"),
    ("worcestershire", school(IN_LINE, says="Requires improvement"), "school_sees_need", "light_touch"),
    ("worcestershire", school(STRONG, says="inadequate"), "school_sees_need", "light_touch"),
    ("worcestershire", school(IN_LINE, says="Urgent  improvement"), "school_sees_need", "light_touch"),
    ("worcestershire", school(IN_LINE, says="Good"), "otherwise", "secure"),
    ("worcestershire", school(IN_LINE, says="Expected standard"), "otherwise", "secure"),
    ("worcestershire", school(STRONG, referred=True), "asked_for_support", "light_touch"),
    # the trust
    ("two-counties", school("A8 gap, P8 in line", heard="leadership change"), "key_gap_and_capacity", "repair"),
    ("two-counties", school("A8 gap, P8 in line", heard="complaints"), "one_key_gap", "improve"),
    (
        "two-counties",
        school("A8 gap persistent, P8 gap persistent", heard="leadership change"),
        "lasting_gaps_and_capacity",
        "stabilise",
    ),
    ("two-counties", school("A8 gap persistent, P8 gap", heard="staffing"), "several_key_gaps", "repair"),
    ("two-counties", school("A8 gap persistent, P8 gap persistent"), "several_key_gaps", "repair"),
    ("two-counties", school("A8 strength, P8 in line", similar="P8 gap"), "otherwise", "improve"),
    ("two-counties", school("A8 strength, P8 in line", similar="A8 in line"), "confident_performance", "sustain"),
    ("two-counties", school("A8 strength, P8 in line", heard="staffing"), "confident_performance", "sustain"),
    ("two-counties", school("A8 strength", heard="safeguarding"), "matter_to_raise", "improve"),
    ("two-counties", school("A8 strength", says="Needs attention"), "school_sees_need", "improve"),
    ("two-counties", school(CALM, referred=True), "asked_for_support", "improve"),
]


@pytest.mark.parametrize(("name", "facts", "clause", "category"), LOCAL)
def test_similar_schools_and_local_evidence(name, facts, clause, category):
    assignment = assign_category(load_policy(name), facts)
    assert (assignment.clause, assignment.category) == (clause, category)


def test_school_that_asks_for_support_is_told_so():
    asked = assign_category(load_policy("worcestershire"), school(STRONG, referred=True))
    assert asked.facts[0] == "The school asked for support itself."


@pytest.mark.slow
def test_the_word_rsi_in_ofsteds_file_puts_a_strong_school_into_the_countys_fifth_category(tmp_path):
    """From the cell to the category: it was printed raw, and the school stood in the second of five."""
    from pipeline.analysis.context import list_inspections
    from pipeline.policy.evidence.inspection import find_latest
    from pipeline.sources.families.ofsted import SOURCES, join_inspections
    from pipeline.sources.reading import PublishedFile
    from pipeline.sources.tabular.tables import read_table

    cells = {
        "URN": "900001",
        "Inspection start date": "06/01/2026",
        "Publication date": "10/02/2026",
        "Category of concern": "RSI",
        "Safeguarding standards": "Met",
        "Safeguarding standards - date of grade": "06/01/2026",
        "Curriculum and teaching": "Expected standard",
        "Latest OEIF overall effectiveness": "NULL",
    }
    path = tmp_path / "ofsted.csv"
    path.write_text(",".join(cells) + "\n" + ",".join(cells.values()) + "\n", encoding="utf-8")
    table = read_table(PublishedFile(path, "ofsted.csv"))
    [source] = [source for source in SOURCES if source.recognises(table.header)]
    latest = find_latest(list_inspections(join_inspections([source.read(table, None).inspections])))
    policy = load_policy("worcestershire")
    assignment = assign_category(policy, school(STRONG, inspection=latest))
    assert assignment.clause == "serious_inspection_concern"
    assert [category.key for category in policy.categories].index(assignment.category) == 4
