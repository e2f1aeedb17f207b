"""One school's year of support, as it is printed: golden cases, and what must hold of every one."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_schools import REVIEW, YEAR, day, make_school

from pipeline.edition.support import Change, GapNote, find_focus_areas, list_activities
from pipeline.edition.support.activities import find_first_term
from pipeline.foundation.errors import FaultyInput
from pipeline.policy import list_policies, load_policy

COUNTY, TRUST, THREE = load_policy("worcestershire"), load_policy("two-counties"), load_policy("example-three")


def tell(found):
    """The list as lines to be read: day, activity, length, area; with what is said of it where it does not stand."""
    lines = []
    for one in found:
        when = "–" if one.day is None else f"{'by ' if one.by else ''}{one.day:%a %d %b}"
        said = "" if one.status == "planned" else f" [{one.status}: {one.why}]"
        number = f" {one.number}" if sum(other.key == one.key for other in found) > 1 else ""
        lines.append(f"{when}: {one.what}{number}, {one.how_long}{f', {one.area}' if one.area else ''}{said}")
    return lines


def test_the_countys_light_touch_school_has_a_call_at_the_end_of_term_one():
    found = list_activities(COUNTY, make_school(900026, "light_touch", 1), YEAR, REVIEW)
    assert tell(found) == [
        "by Mon 17 Nov: Desk-top analysis, 1 hour",
        "Mon 01 Dec: Initial visit, 3 hours",
        "Wed 17 Dec: Follow-up call on progress, half an hour, Reading",
        "–: Follow-up visit, 3 hours, Reading [if needed: if progress on the areas for improvement is an issue]",
    ]
    assert {one.who for one in found} == {"School Improvement Adviser"}


def test_the_countys_focus_school_of_much_need():
    found = list_activities(COUNTY, make_school(900003, "focus", 4), YEAR, REVIEW)
    assert [line.partition(": ")[2] for line in tell(found)] == [
        "Desk-top analysis, 1 hour",
        "Initial visit on criteria-based self-evaluation, 3 hours",
        "School Improvement Adviser review 1, 3 hours, Reading",
        "Project board meeting 1, 2 hours",
        "Improvement programme, tier 2 1, 1 day, Reading",
        "School Improvement Adviser review 2, 3 hours, Maths",
        "Project board meeting 2, 2 hours",
        "School Improvement Adviser review 3, 3 hours, Writing",
        "Improvement programme, tier 2 2, 1 day, Maths",
        "School Improvement Adviser review 4, 3 hours, X0",
        "Improvement programme, tier 2 3, 1 day, Writing",
        "Project board meeting 3, 2 hours",
        "School Improvement Adviser review 5, 3 hours, Reading",
    ]


def test_the_trusts_sustain_school_has_three_days():
    found = [one for one in list_activities(TRUST, make_school(900501, "sustain", 1), YEAR, REVIEW) if not one.by]
    own = {one.activity for one in TRUST.outcome("sustain").entitlement.activities}
    assert sum(one.days for one in found if one.key in own) == 3
    assert sum(one.days for one in found if one.key in own and one.roles == ("consultant",)) == 1
    assert sorted(one.what for one in found if one.key in own) == [
        "Bespoke improvement work",
        "Partnership review of the whole school",
        "Support for data analysis",
        "Support for self-evaluation",
        "Support for staffing and curriculum",
    ]


def test_a_third_policy_is_words_alone():
    found = list_activities(THREE, make_school(900003, "on_its_way", 1), YEAR, REVIEW)
    assert tell(found) == [
        "Wed 17 Dec: Visit 1, 3 hours, Reading",
        "Wed 11 Mar: Visit 2, 3 hours, Reading",
    ]


categories = st.sampled_from(
    [
        (policy, outcome)
        for policy in map(load_policy, list_policies())
        for outcome in (*(category.key for category in policy.categories), "insufficient_evidence")
    ]
)
reviews = st.dates(datetime.date(2025, 7, 1), datetime.date(2026, 7, 31))


@pytest.mark.slow
@given(categories, st.integers(100000, 999999), st.integers(0, 6), reviews, st.booleans())
def test_every_day_is_a_school_day_after_the_review_and_nothing_is_left_out(chosen, urn, areas, review, referred):
    policy, category = chosen
    found = list_activities(policy, make_school(urn, category, areas, self_referral=referred), YEAR, review)
    open_days = set(YEAR.days)
    assert all(one.day in open_days and one.day > review for one in found if one.day is not None)
    assert all(one.day is not None or one.status in ("if needed", "no day left") for one in found)
    assert list(found) == sorted(
        found, key=lambda one: (one.day is None, one.day or datetime.date.max, one.key, one.number)
    )
    need = policy.support.find_need(areas)
    for provision in policy.list_provisions(category):
        often = provision.often[need] if isinstance(provision.often, dict) else provision.often
        planned = [one for one in found if one.key == provision.activity]
        if provision.starts == "category" and isinstance(often, int):
            assert len(planned) == often
        elif often != 0:
            assert planned
    assert found == list_activities(policy, make_school(urn, category, areas, self_referral=referred), YEAR, review)


@pytest.mark.slow
@given(categories, st.integers(100000, 999999), st.integers(0, 6))
def test_what_has_to_come_first_does(chosen, urn, areas):
    policy, category = chosen
    found = list_activities(policy, make_school(urn, category, areas), YEAR, REVIEW)
    for provision in policy.list_provisions(category):
        first = [one.day for one in found if one.key == provision.after and one.day]
        assert all(one.day > min(first) for one in found if one.key == provision.activity and one.day and first)


def test_visits_of_an_area_are_spread_over_their_window():
    days = [
        next(one.day for one in list_activities(COUNTY, make_school(urn, "light_touch"), YEAR, REVIEW) if not one.by)
        for urn in range(900001, 900061)
    ]
    assert len(set(days)) == 20  # every school day of the four weeks


@pytest.mark.parametrize(
    ("review", "weeks", "term"),
    [("2025-11-03", 4, 1), ("2025-11-21", 4, 1), ("2025-11-22", 4, 2), ("2025-12-05", 2, 1), ("2026-07-20", 4, 3)],
)
def test_term_one_is_the_first_with_weeks_enough(review, weeks, term):
    assert find_first_term(YEAR, day(review), weeks) == term


def change(kind, activity="initial_visit", new_day=None, number=1, person="", decided="2025-11-10", line=7, roles=()):
    return Change(900026, activity, number, kind, new_day, person, "As agreed.", day(decided), line, roles)


def plan_with(*changes, category="light_touch"):
    found = list_activities(COUNTY, make_school(900026, category, 1), YEAR, REVIEW, changes)
    return {(one.key, one.number): one for one in found}


def test_a_moved_visit_stands_on_its_new_day_with_its_reason():
    moved = plan_with(change("moved", new_day=day("2026-01-14")))["initial_visit", 1]
    assert (moved.day, moved.status, moved.reason) == (day("2026-01-14"), "moved", "As agreed.")
    assert (moved.sequence, moved.changed, moved.term) == (1, day("2025-11-10"), 2)


def test_a_moved_visit_of_another_person_keeps_both_reasons():
    swap = change("person", "", person="Ann", roles=("adviser",), line=9)
    swap = swap.__class__(**{**vars(swap), "reason": "She knows the head."})
    visit = plan_with(swap, change("moved", new_day=day("2026-01-14")))["initial_visit", 1]
    assert (visit.person, visit.status, visit.sequence) == ("Ann", "moved", 2)
    assert visit.reason == "As agreed. She knows the head."


def test_the_later_of_two_changes_counts():
    first, second = change("moved", new_day=day("2026-01-14")), change("cancelled", decided="2025-11-12", line=3)
    visit = plan_with(second, first)["initial_visit", 1]
    assert (visit.status, visit.sequence, visit.stands) == ("cancelled", 2, False)


def test_a_call_gives_way_to_a_visit_where_progress_is_an_issue():
    found = plan_with(change("started", "follow_up_visit"))
    assert found["follow_up_call", 1].status == "replaced"
    visit = found["follow_up_visit", 1]
    assert visit.stands and visit.day is not None and visit.why == "progress on the areas for improvement is an issue"


def test_a_visit_after_the_call_on_it_is_said():
    found = plan_with(change("moved", new_day=day("2026-03-02")))
    assert found["follow_up_call", 1].note == "before 'Initial visit', which should come first"


def test_one_more_is_added():
    found = plan_with(change("added", new_day=day("2026-06-03")))
    assert (found["initial_visit", 2].day, found["initial_visit", 2].status) == (day("2026-06-03"), "added")


def test_a_person_takes_on_what_their_role_may_do():
    found = plan_with(change("person", "", person="A. Baker", roles=("sle",)), category="focus")
    taken = {key for (key, _), one in found.items() if one.person}
    assert taken == {"programme_tier_1"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            change("cancelled", "project_board"),
            "its category, Light touch support, does not bring 'Project board meeting'",
        ),
        (change("moved", number=2, new_day=day("2026-01-14")), "does not bring Initial visit 2: it brings 1"),
        (change("moved", "follow_up_visit", day("2026-01-14")), "cannot be moved"),
        (change("started"), "cannot be started"),
        (change("person", "", person="A", roles=("lle",)), "nothing at the school is for A's role"),
    ],
)
def test_a_change_of_what_is_not_there_is_refused_with_its_line(asked, said):
    with pytest.raises(FaultyInput, match=said) as refused:
        plan_with(asked)
    assert refused.value.faults[0].line == 7 and refused.value.faults[0].urn == 900026


def test_areas_are_subjects_first_of_key_priorities_then_by_breadth():
    words = {"reading": "Reading", "maths": "Maths"}
    themes = {"attainment": "Attainment", "progress": "Progress", "attendance": "Attendance"}
    gaps = [
        GapNote("attendance", (), True),
        GapNote("attainment", (), True, 2),
        GapNote("attainment", ("maths",), False),
        GapNote("attainment", ("reading",), False, 2),
        GapNote("progress", (), False),
    ]
    found = find_focus_areas(gaps, words, themes)
    assert [area.title for area in found] == ["Reading", "Maths", "Attendance", "Progress"]
    assert find_focus_areas(reversed(gaps), words, themes) == found


def test_the_trusts_repair_school_has_six_days_and_what_all_categories_bring():
    found = list_activities(TRUST, make_school(900507, "repair", 2), YEAR, REVIEW)
    assert [line.partition(": ")[2] for line in tell(found)] == [
        "Departmental links for standardisation and moderation 1, 1.5 hours, Reading",
        "Headteacher appraisal, 2 hours",
        "CEO, LLE or headteacher support 1, 2 hours",
        "Support for staffing and curriculum 1, 3 hours, Reading",
        "Partnership review of the whole school, 1 day",
        "Themed CPD 1, 1.5 hours",
        "Impact of each programme noted 1, 1 hour",
        "Departmental links for standardisation and moderation 2, 1.5 hours, Maths",
        "CEO, LLE or headteacher support 2, 2 hours",
        "Support for self-evaluation 1, 3 hours",
        "Peer review in a triad, 1 day",
        "Support for data analysis 1, 3 hours, Reading",
        "CEO, LLE or headteacher support 3, 2 hours",
        "Quality assurance, 1 day, Reading",
        "Themed CPD 2, 1.5 hours",
        "Impact of each programme noted 2, 1 hour",
        "Departmental links for standardisation and moderation 3, 1.5 hours, Reading",
        "CEO, LLE or headteacher support 4, 2 hours",
        "Support for staffing and curriculum 2, 3 hours, Maths",
        "Support for self-evaluation 2, 3 hours",
        "CEO, LLE or headteacher support 5, 2 hours",
        "Partnership review of a subject, 1 day, Reading",
        "Support for data analysis 2, 3 hours, Maths",
        "Themed CPD 3, 1.5 hours",
        "Consultant's report to the school and to the trust, 1 hour",
        "Impact of each programme noted 3, 1 hour",
    ]
