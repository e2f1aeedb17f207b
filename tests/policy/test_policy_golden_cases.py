"""Facts → category, one line each, under both policies' default thresholds. Read it as a table."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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
LASTING = "RWM gap persistent, disadvantaged gap persistent"

# key priorities | other indicators | inspection | county's category | the clause that decides
COUNTY = [
    # strong on two sides; one gap of any kind, and it leads nobody
    ("RWM strength, absence strength", "8 in line", None, "secure_plus", "strong_throughout"),
    ("RWM strength, absence strength", "8 in line", GOOD, "secure_plus", "strong_throughout"),
    ("RWM strength, disadvantaged strength", "8 strengths", CARD, "secure_plus", "strong_throughout"),
    ("A8 in line, P8 strength, disadvantaged strength", "", CARD, "secure_plus", "strong_throughout"),
    ("RWM strength, absence in line", "8 strengths", None, "secure", "otherwise"),
    ("RWM strength, A8 strength, absence in line", "", GOOD, "secure", "otherwise"),  # all-through: one theme
    ("A8 in line, P8 strength, absence in line", "8 strengths", GOOD, "secure", "otherwise"),
    ("RWM strength, absence strength", "1 gaps", None, "light_touch", "a_gap"),
    ("RWM strength, absence strength, disadvantaged gap", "8 strengths", CARD, "light_touch", "a_gap"),
    (ALL_IN_LINE, "9 in line", GOOD, "secure", "otherwise"),
    (ALL_IN_LINE, "9 strengths", GOOD, "secure", "otherwise"),
    # one finding is worth a visit; many beside England alone are worth no more
    (ALL_IN_LINE, "1 gaps", GOOD, "light_touch", "a_gap"),
    (ALL_IN_LINE, "9 gaps", GOOD, "light_touch", "a_gap"),
    (ALL_IN_LINE, "8 gaps of maths", GOOD, "light_touch", "a_gap"),
    (f"{ALL_IN_LINE}, destinations gap", "", GOOD, "light_touch", "a_gap"),
    ("RWM in line, disadvantaged gap persistent, absence in line", "9 in line", GOOD, "light_touch", "a_gap"),
    ("RWM in line, disadvantaged in line, absence gap", "", GOOD, "light_touch", "a_gap"),
    ("RWM gap, absence in line", "", GOOD, "light_touch", "a_gap"),
    ("RWM gap, disadvantaged gap, absence in line", "", GOOD, "light_touch", "a_gap"),
    ("RWM gap, absence gap", "", GOOD, "light_touch", "a_gap"),
    ("RWM gap, A8 gap, absence in line", "", GOOD, "light_touch", "a_gap"),
    ("RWM gap persistent, disadvantaged gap, absence in line", "9 gaps", None, "light_touch", "a_gap"),
    # attainment for three years on three sides, and nothing known beside similar schools: still its intake
    (f"{LASTING}, absence gap", "", GOOD, "light_touch", "a_gap"),
    (f"{LASTING}, absence gap persistent", "9 gaps", GOOD, "light_touch", "a_gap"),
    ("RWM strength, absence strength", "", RI, "light_touch", "inspection_asked_for_improvement"),
    (ALL_IN_LINE, "", RI_AREA, "light_touch", "inspection_asked_for_improvement"),
    (ALL_IN_LINE, "", ATTENTION, "light_touch", "inspection_asked_for_improvement"),
    (ALL_IN_LINE, "1 gaps", RI, "light_touch", "a_gap"),
    # progress is a gap, and another side with it
    ("A8 in line, P8 gap, absence in line", "9 gaps", GOOD, "light_touch", "a_gap"),
    ("A8 gap, P8 in line, absence gap", "", GOOD, "light_touch", "a_gap"),
    ("A8 gap, P8 gap, absence in line", "", GOOD, "focus", "several_key_gaps_with_progress"),
    ("A8 in line, P8 gap, absence gap", "", GOOD, "focus", "several_key_gaps_with_progress"),
    ("A8 in line, P8 gap, disadvantaged gap", "", GOOD, "focus", "several_key_gaps_with_progress"),
    ("A8 strength, P8 gap, destinations gap", "", GOOD, "light_touch", "a_gap"),  # destinations are no key priority
    # inspection and a key priority point the same way
    ("RWM gap, absence in line", "", RI, "focus", "key_gap_and_inspection"),
    ("RWM gap, absence in line", "", ATTENTION, "focus", "key_gap_and_inspection"),
    ("RWM in line, absence gap", "", RI_AREA, "focus", "key_gap_and_inspection"),
    # serious concerns, whatever the results
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
    ("disadvantaged in line", "", None, "secure", "otherwise"),  # one key priority is enough to begin a discussion
]

# key priorities | other indicators | inspection | trust's category | the clause that decides
TRUST = [
    # progress is the strength; gaps in one subject and one theme are let pass
    ("A8 in line, P8 strength, absence in line", "9 in line", GOOD, "sustain", "confident_progress"),
    ("A8 strength, P8 strength, disadvantaged in line", "9 in line", CARD, "sustain", "confident_progress"),
    ("A8 in line, P8 strength, absence in line", "1 gaps", GOOD, "sustain", "confident_progress"),
    ("A8 in line, P8 strength, absence in line", "3 gaps of maths", GOOD, "sustain", "confident_progress"),
    ("A8 in line, P8 strength, destinations gap", "", GOOD, "sustain", "confident_progress"),
    ("A8 in line, P8 strength, destinations gap", "1 gaps", GOOD, "improve", "otherwise"),
    ("A8 in line, P8 strength, absence in line", "2 gaps", GOOD, "improve", "otherwise"),
    # attainment beside England is mostly who the pupils are
    ("A8 strength, P8 in line, absence strength", "9 strengths", GOOD, "improve", "otherwise"),
    ("A8 strength, absence strength", "9 strengths", GOOD, "improve", "otherwise"),
    ("A8 in line, P8 in line, absence in line", "9 in line", GOOD, "improve", "otherwise"),
    ("A8 in line", "", None, "improve", "otherwise"),
    # one key priority, or several that progress is not among
    ("A8 in line, P8 in line, absence gap", "", GOOD, "improve", "key_gap"),
    ("A8 strength, P8 strength, absence gap", "", GOOD, "improve", "key_gap"),
    ("A8 in line, P8 strength, disadvantaged gap persistent", "9 in line", CARD, "improve", "key_gap"),
    ("A8 gap, P8 strength, absence gap", "9 gaps", GOOD, "improve", "key_gap"),
    ("A8 in line, P8 gap, absence in line", "9 gaps", GOOD, "improve", "key_gap"),
    ("A8 gap persistent, disadvantaged gap persistent, absence gap", "", GOOD, "improve", "key_gap"),
    ("A8 strength, P8 strength, absence strength", "", RI, "improve", "inspection_asked_for_improvement"),
    ("A8 strength, P8 strength, absence strength", "", ATTENTION, "improve", "inspection_asked_for_improvement"),
    # progress among two sides
    ("A8 gap, P8 gap, absence in line", "", GOOD, "repair", "several_key_gaps_with_progress"),
    ("A8 in line, P8 gap, disadvantaged gap", "", GOOD, "repair", "several_key_gaps_with_progress"),
    ("A8 gap persistent, P8 gap persistent, absence gap", "", GOOD, "repair", "several_key_gaps_with_progress"),
    ("A8 in line, P8 gap, absence in line", "", RI, "repair", "key_gap_and_inspection"),
    ("A8 in line, P8 gap, absence in line", "", RI_AREA, "repair", "key_gap_and_inspection"),
    ("A8 gap, P8 in line", "", ATTENTION, "repair", "key_gap_and_inspection"),
    # three sides for three years
    ("A8 gap persistent, disadvantaged gap persistent, P8 gap persistent", "", GOOD, "stabilise", "lasting_key_gaps"),
    ("A8 strength, P8 strength", "", INADEQUATE_AREA, "stabilise", "serious_inspection_concern"),
    ("A8 strength, P8 strength", "", URGENT, "stabilise", "serious_inspection_concern"),
    ("", "", NOT_MET, "stabilise", "serious_inspection_concern"),
    ("absence gap persistent", "9 gaps", RI, "insufficient_evidence", "too_little_evidence"),
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
    ("worcestershire", school("RWM in line, absence gap", heard="finance"), "key_gap_and_capacity", "focus"),
    ("worcestershire", school("RWM gap, absence in line", heard="complaints"), "a_gap", "light_touch"),
    ("worcestershire", school(IN_LINE, others="1 gaps", heard="staffing"), "a_gap", "light_touch"),
    ("worcestershire", school(STRONG, heard="leadership change, finance"), "strong_throughout", "secure_plus"),
    ("worcestershire", school(IN_LINE, heard="staffing"), "otherwise", "secure"),
    # behind England, and where similar schools are
    ("worcestershire", school("RWM gap, absence gap", similar="RWM strength"), "a_gap", "light_touch"),
    ("worcestershire", school("RWM gap, absence gap", similar="RWM in line"), "a_gap", "light_touch"),
    ("worcestershire", school("RWM gap, absence gap", similar_others="9 gaps"), "a_gap", "light_touch"),
    # behind both: results beside England, any key priority beside similar schools
    ("worcestershire", school("RWM gap", similar="RWM gap"), "key_gap_beside_both", "focus"),
    ("worcestershire", school("RWM gap", similar="absence gap"), "key_gap_beside_both", "focus"),
    ("worcestershire", school("RWM in line, disadvantaged gap", similar="RWM gap"), "key_gap_beside_both", "focus"),
    ("worcestershire", school("A8 in line, P8 gap", similar="P8 gap"), "key_gap_beside_both", "focus"),
    ("worcestershire", school("RWM in line, absence gap", similar="RWM gap"), "a_gap", "light_touch"),
    ("worcestershire", school(IN_LINE, others="9 gaps", similar="RWM gap"), "a_gap", "light_touch"),
    # behind both for three years: on three sides, not on two, nor where a side is new
    (
        "worcestershire",
        school(f"{LASTING}, absence gap persistent", similar="RWM gap"),
        "lasting_key_gaps",
        "intensive",
    ),
    (
        "worcestershire",
        school(f"{LASTING}, absence gap persistent", similar="absence gap"),
        "lasting_key_gaps",
        "intensive",
    ),
    (
        "worcestershire",
        school("A8 gap persistent, P8 gap persistent, absence gap persistent", similar="P8 gap"),
        "lasting_key_gaps",
        "intensive",
    ),
    (
        "worcestershire",
        school("A8 gap persistent, P8 gap persistent, absence gap persistent", similar="P8 in line"),
        "several_key_gaps_with_progress",
        "focus",
    ),
    ("worcestershire", school(f"{LASTING}, absence gap", similar="RWM gap"), "key_gap_beside_both", "focus"),
    (
        "worcestershire",
        school("RWM gap persistent, A8 gap persistent, absence gap persistent", similar="RWM gap"),
        "key_gap_beside_both",
        "focus",
    ),
    # behind similar schools only
    (
        "worcestershire",
        school(IN_LINE, similar="RWM gap, absence in line"),
        "key_gap_beside_similar_schools",
        "light_touch",
    ),
    ("worcestershire", school(STRONG, similar="disadvantaged gap"), "key_gap_beside_similar_schools", "light_touch"),
    ("worcestershire", school(IN_LINE, similar="RWM in line, absence gap"), "otherwise", "secure"),
    ("worcestershire", school(IN_LINE, similar="RWM in line", similar_others="9 gaps"), "otherwise", "secure"),
    ("worcestershire", school("", similar="RWM gap"), "too_little_evidence", "insufficient_evidence"),
    # strong beside similar schools, whatever England's strengths; nothing may be a gap beside either
    ("worcestershire", school(IN_LINE, similar="RWM strength"), "strong_beside_similar_schools", "secure_plus"),
    (
        "worcestershire",
        school(STRONG, similar="disadvantaged strength"),
        "strong_beside_similar_schools",
        "secure_plus",
    ),
    ("worcestershire", school(IN_LINE, similar="RWM in line, absence strength"), "otherwise", "secure"),
    ("worcestershire", school(IN_LINE, similar="RWM strength, absence gap"), "otherwise", "secure"),
    ("worcestershire", school(IN_LINE, similar="RWM strength", similar_others="1 gaps"), "otherwise", "secure"),
    ("worcestershire", school(IN_LINE, others="1 gaps", similar="RWM strength"), "a_gap", "light_touch"),
    # strong on two sides beside England: no key priority is behind similar schools, attendance included
    ("worcestershire", school(STRONG, similar="RWM in line"), "strong_throughout", "secure_plus"),
    ("worcestershire", school(STRONG, similar_others="1 gaps"), "strong_throughout", "secure_plus"),
    ("worcestershire", school(STRONG, similar="RWM in line, absence gap"), "otherwise", "secure"),
    # what is heard or said of a school earns a visit, never more
    ("worcestershire", school(STRONG, heard="safeguarding"), "matter_to_raise", "light_touch"),
    ("worcestershire", school(IN_LINE, heard="complaints, finance"), "matter_to_raise", "light_touch"),
    ("worcestershire", school(IN_LINE, says="Requires improvement"), "school_sees_need", "light_touch"),
    ("worcestershire", school(STRONG, says="inadequate"), "school_sees_need", "light_touch"),
    ("worcestershire", school(IN_LINE, says="Urgent  improvement"), "school_sees_need", "light_touch"),
    ("worcestershire", school(IN_LINE, says="Good"), "otherwise", "secure"),
    ("worcestershire", school(IN_LINE, says="Expected standard"), "otherwise", "secure"),
    ("worcestershire", school(STRONG, referred=True), "asked_for_support", "light_touch"),
    # the trust: behind on three sides for three years, and behind similar schools; not for the intake alone
    (
        "two-counties",
        school("A8 gap persistent, disadvantaged gap persistent, absence gap persistent", similar="A8 gap"),
        "lasting_key_gaps_beside_both",
        "stabilise",
    ),
    (
        "two-counties",
        school("A8 gap persistent, disadvantaged gap persistent, absence gap persistent", similar="A8 in line"),
        "key_gap",
        "improve",
    ),
    # the trust: capacity, with and without lasting gaps
    ("two-counties", school("A8 gap, P8 in line", heard="leadership change"), "key_gap_and_capacity", "repair"),
    ("two-counties", school("A8 gap, P8 in line", heard="complaints"), "key_gap", "improve"),
    (
        "two-counties",
        school("A8 gap persistent, P8 gap persistent", heard="leadership change"),
        "lasting_gaps_and_capacity",
        "stabilise",
    ),
    (
        "two-counties",
        school("A8 gap persistent, absence gap persistent", heard="finance"),
        "lasting_gaps_and_capacity",
        "stabilise",
    ),
    ("two-counties", school("A8 gap persistent, absence gap", heard="finance"), "key_gap_and_capacity", "repair"),
    (
        "two-counties",
        school("A8 gap persistent, P8 gap", heard="staffing"),
        "several_key_gaps_with_progress",
        "repair",
    ),
    ("two-counties", school("A8 gap persistent, P8 gap persistent"), "several_key_gaps_with_progress", "repair"),
    # the trust: beside similar schools
    ("two-counties", school("A8 gap, P8 in line", similar="A8 in line"), "key_gap", "improve"),
    ("two-counties", school("A8 gap", similar="A8 gap"), "key_gap_beside_both", "repair"),
    ("two-counties", school("A8 gap, P8 in line", similar="absence gap"), "key_gap_beside_both", "repair"),
    ("two-counties", school("A8 in line, absence gap", similar="A8 gap"), "key_gap", "improve"),
    ("two-counties", school("A8 strength, P8 strength", similar="P8 gap"), "otherwise", "improve"),
    ("two-counties", school("A8 strength, P8 strength", similar="absence gap"), "otherwise", "improve"),
    ("two-counties", school("A8 in line, P8 strength", similar="A8 in line"), "confident_progress", "sustain"),
    ("two-counties", school(CALM, similar="A8 strength"), "confident_beside_similar_schools", "sustain"),
    (
        "two-counties",
        school("A8 in line, destinations gap", similar="A8 strength"),
        "confident_beside_similar_schools",
        "sustain",
    ),
    (
        "two-counties",
        school(CALM, others="3 gaps of maths", similar="disadvantaged strength"),
        "confident_beside_similar_schools",
        "sustain",
    ),
    ("two-counties", school(CALM, others="2 gaps", similar="A8 strength"), "otherwise", "improve"),
    (
        "two-counties",
        school("A8 in line, destinations gap", others="1 gaps", similar="A8 strength"),
        "otherwise",
        "improve",
    ),
    ("two-counties", school(CALM, similar="A8 in line, absence strength"), "otherwise", "improve"),
    ("two-counties", school(CALM, similar="A8 strength, absence gap"), "otherwise", "improve"),
    # the trust: what is heard or said
    ("two-counties", school("A8 in line, P8 strength", heard="staffing"), "confident_progress", "sustain"),
    ("two-counties", school("A8 in line, P8 strength", heard="safeguarding"), "matter_to_raise", "improve"),
    ("two-counties", school("A8 in line, P8 strength", says="Needs attention"), "school_sees_need", "improve"),
    ("two-counties", school("A8 in line, P8 strength", referred=True), "asked_for_support", "improve"),
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


MORE_SUPPORT = {"focus", "intensive", "repair", "stabilise"}
RATINGS = st.sampled_from(["strength", "in line", "gap", "gap persistent"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["worcestershire", "two-counties"])
@settings(max_examples=60, deadline=None)
@given(
    england=st.fixed_dictionaries(dict.fromkeys(("RWM", "A8", "disadvantaged", "absence"), RATINGS)),
    similar=st.fixed_dictionaries({key: st.sampled_from(["strength", "in line"]) for key in ("RWM", "A8", "absence")}),
    progress=st.sampled_from(["strength", "in line"]),
    others=st.integers(0, 12),
)
def test_no_school_is_sent_to_more_support_by_its_intake_alone(name, england, similar, progress, others):
    """Behind England in anything for years, but not in progress and not beside schools with pupils like its own."""
    told = ", ".join(f"{key} {rating}" for key, rating in {**england, "P8": progress}.items())
    beside = ", ".join(f"{key} {rating}" for key, rating in similar.items())
    facts = school(told, others=f"{others} gaps", similar=beside, inspection=GOOD)
    assert assign_category(load_policy(name), facts).category not in MORE_SUPPORT
