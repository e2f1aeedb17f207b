"""Who does what: rules that always hold, wishes in their order, and what is said where there is nobody."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support_schools import REVIEW, YEAR, make_person, make_supported

from pipeline.edition.support import list_activities
from pipeline.foundation.errors import FaultyInput
from pipeline.policy import load_policy
from pipeline.run.desk.support.assigning import staffing
from pipeline.run.desk.support.assigning.bounding import find_bounds
from pipeline.run.desk.support.assigning.improving import improve
from pipeline.run.desk.support.assigning.solving import Program
from pipeline.run.desk.support.assigning.staffing import assign_people
from pipeline.run.desk.support.assigning.table import Table
from pipeline.run.desk.support.demand import list_demands, settle_by_hand
from pipeline.run.desk.support.explaining import explain_unmet
from tests.conftest import count_examples

COUNTY, TRUST = load_policy("worcestershire"), load_policy("two-counties")


def demand_of(schools, policy=COUNTY):
    plan = [one for school in schools for one in list_activities(policy, school.support, YEAR, REVIEW)]
    return list_demands(plan, 3)


def assign(schools, people, policy=COUNTY, **more):
    left = {person.name: person.days for person in people}
    by_urn = {school.urn: school for school in schools}
    return assign_people(demand_of(schools, policy), people, left, by_urn, policy.support, **more)


def list_visitors(found, urn):
    return {person for (school, _), person in found.assigned.items() if school == urn}


people_drawn = st.lists(
    st.builds(
        lambda roles, days, subjects, phases, conflicts, home, serving: make_person(
            "",
            *roles,
            days=days,
            subjects=subjects,
            phases=phases,
            conflicts=frozenset(conflicts),
            school=home,
            serving=serving,
        ),
        st.sampled_from([("adviser",), ("adviser", "sle"), ("sle",), ("lle",)]),
        st.tuples(*[st.sampled_from([0, 0.25, 0.5, 1, 3])] * 3),
        st.sampled_from([(), ("reading",), ("maths", "writing")]),
        st.sampled_from([(), ("primary",), ("secondary",)]),
        st.lists(st.sampled_from([900001, 900002, 900003]), max_size=1),
        st.sampled_from([None, 900001, 900002]),
        st.booleans(),
    ),
    max_size=4,
)
schools_drawn = st.lists(st.sampled_from([category.key for category in COUNTY.categories]), min_size=1, max_size=4)


def name_all(people):
    return [person.__class__(**{**vars(person), "name": f"P{number}"}) for number, person in enumerate(people)]


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(schools_drawn, people_drawn, st.randoms())
def test_no_plan_breaks_a_rule_and_the_order_of_rows_changes_nothing(categories, people, shuffle):
    schools = [make_supported(900001 + number, category) for number, category in enumerate(categories)]
    people = name_all(people)
    found = assign(schools, people)
    keep_rules(found, schools, people)
    shuffled_schools, shuffled_people = shuffle.sample(schools, len(schools)), shuffle.sample(people, len(people))
    assert assign(shuffled_schools, shuffled_people) == found


def keep_rules(found, schools, people):
    """Every demand is given or left, nobody does what they may not, and nobody's days are exceeded."""
    demands = {demand.place: demand for demand in demand_of(schools)}
    assert set(found.assigned) | {demand.place for demand in found.unmet} == set(demands)
    by_name = {person.name: person for person in people}
    given = {person.name: np.zeros(3) for person in people}
    for place, name in found.assigned.items():
        demand = demands[place]
        assert by_name[name].find_bar(demand.urn, demand.roles, COUNTY.support) == ""
        given[name] += demand.days
    assert all((given[name] <= np.array(by_name[name].days) + 1e-6).all() for name in given)


@pytest.mark.slow
@settings(max_examples=count_examples(25))
@given(schools_drawn, people_drawn)
def test_one_more_person_never_lowers_what_is_met(categories, people):
    schools = [make_supported(900001 + number, category) for number, category in enumerate(categories)]
    people = name_all(people)
    before = [len(assign(schools, people[:count]).unmet) for count in range(len(people) + 1)]
    assert before == sorted(before, reverse=True)


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(schools_drawn, people_drawn.filter(bool), st.integers(0, 2))
def test_many_are_settled_by_the_same_rules_and_no_bound_is_above_what_can_be_reached(categories, people, areas):
    schools = [make_supported(900001 + number, category, areas) for number, category in enumerate(categories)]
    people = name_all(people)
    exact = assign(schools, people)
    with mock.patch.object(staffing, "_FEW", 0):
        quick = assign(schools, people)
        assert assign(schools[::-1], people[::-1]) == quick
    keep_rules(quick, schools, people)
    assert quick.wishes[0].bound <= exact.wishes[0].cost <= quick.wishes[0].cost
    left = {person.name: person.days for person in people}
    by_urn = {school.urn: school for school in schools}
    demands = sorted(demand_of(schools), key=lambda one: one.place)
    if demands:
        for agreed in ({}, exact.assigned):
            table = Table(demands, people, left, by_urn, COUNTY.support, agreed, {})
            for found in (exact, quick):
                reached = table.count(found.assigned)
                bounds = find_bounds(table, reached)
                assert all(bounds[name] <= reached[name] + 1e-6 for name in reached), (bounds, reached)


def test_exchanges_bring_a_school_together_again_and_to_who_knows_its_phase():
    schools = [make_supported(900001, "focus", 1), make_supported(900002, "focus", 1)]
    people = [make_person("Knows", phases=("primary",)), make_person("Other", phases=("secondary",))]
    demands = sorted(demand_of(schools), key=lambda one: one.place)
    demands = [one for one in demands if "adviser" in one.roles]
    left = {person.name: person.days for person in people}
    by_urn = {school.urn: school for school in schools}
    table = Table(demands, people, left, by_urn, COUNTY.support, {}, {})
    apart = {one.place: people[number % 2].name for number, one in enumerate(demands)}
    better = improve(table, apart)
    before, after = table.count(apart), table.count(better)
    assert set(better) == set(apart) and after["continuity"] == 4 < before["continuity"]
    assert after["phase"] == 0 < before["phase"] and improve(table, better) == better


def test_wishes_count_in_their_order():
    schools = [make_supported(900001, areas=1), make_supported(900002, areas=1)]
    leads = make_person("Leads reading", "adviser", "sle", subjects=("reading",), phases=("secondary",), place="Elm")
    nearby = make_person("Works nearby", "adviser", "sle", place="Ash", phases=("primary",))
    assert set(assign(schools, [leads, nearby]).assigned.values()) == {"Leads reading"}
    knows = make_person("Knows the phase", "adviser", "sle", phases=("primary",), place="Elm")
    stranger = make_person("Nearby only", "adviser", "sle", phases=("secondary",), place="Ash")
    assert set(assign(schools, [knows, stranger]).assigned.values()) == {"Knows the phase"}
    last = {(900001, "criteria_visit"): "Nearby only"}
    found = assign(schools, [knows, stranger], last_year=last)
    assert list_visitors(found, 900001) == {"Nearby only"} and list_visitors(found, 900002) == {"Knows the phase"}


@pytest.mark.slow
def test_one_person_comes_for_all_that_is_for_the_same_roles():
    schools = [make_supported(900001 + number) for number in range(4)]
    people = [make_person(f"A{number}", days=(3, 3, 3)) for number in range(3)] + [make_person("S", "sle")]
    found = assign(schools, people)
    assert not found.unmet
    assert all(len(list_visitors(found, school.urn) - {"S"}) == 1 for school in schools)


def test_days_are_shared_evenly_where_nothing_else_speaks():
    schools = [make_supported(900001 + number, "light_touch", 0) for number in range(6)]
    found = assign(schools, [make_person("A"), make_person("B"), make_person("C")])
    assert sorted(len({urn for (urn, _), who in found.assigned.items() if who == name}) for name in "ABC") == [2, 2, 2]


@pytest.mark.slow
def test_a_plan_that_is_agreed_moves_no_more_than_it_must():
    schools = [make_supported(900001 + number, "light_touch", 0) for number in range(6)]
    people = [make_person("A", days=(4, 1, 1)), make_person("B", days=(4, 1, 1))]
    agreed = assign(schools, people).assigned
    newcomer = make_person("C", subjects=("reading",), place="Ash", phases=("primary",))
    assert assign(schools, [*people, newcomer], agreed=agreed).assigned == agreed
    gone = {place for place, name in agreed.items() if name == "A"}
    after = assign(schools, [people[1], newcomer], agreed=agreed)
    assert set(after.moved) == gone and not after.unmet


@pytest.mark.slow
@settings(max_examples=count_examples(15))
@given(people_drawn.filter(lambda people: 1 <= len(people) <= 3), st.integers(0, 2), st.sampled_from([0, 0.25, 0.5]))
def test_where_one_person_changes_as_few_move_as_can(people, which, days):
    """Against every way to share six demands out: none meets more, and of those that meet as many, none moves fewer."""
    schools = [make_supported(900001, "light_touch", 0), make_supported(900002, "light_touch", 0)]
    people, demands = name_all(people), demand_of(schools)
    agreed = assign(schools, people).assigned
    changed = people[which % len(people)]
    people = [replace(one, days=(days, days, days)) if one is changed else one for one in people]
    found = assign(schools, people, agreed=agreed)
    least = min(_count(ways, demands, agreed) for ways in _list_ways(demands, people))
    assert (len(found.unmet), len(found.moved)) == least


def _list_ways(demands, people):
    """Every way to give each demand to somebody who may do it, or to nobody, within everybody's days."""
    may = [[None, *(one for one in people if not one.find_bar(*_ask(demand)))] for demand in demands]
    for ways in itertools.product(*may):
        left = {one.name: np.array(one.days, dtype=float) for one in people}
        for demand, one in zip(demands, ways, strict=True):
            if one is not None:
                left[one.name] -= demand.days
        if all((days >= -1e-9).all() for days in left.values()):
            yield ways


def _ask(demand):
    return demand.urn, demand.roles, COUNTY.support


def _count(ways, demands, agreed):
    """How many demands a way leaves, and how many it gives to another than before."""
    names = [one and one.name for one in ways]
    moved = [name and agreed.get(demand.place, name) != name for demand, name in zip(demands, names, strict=True)]
    return names.count(None), sum(map(bool, moved))


def test_what_cannot_be_met_is_the_least_and_is_explained():
    schools = [make_supported(900001, "light_touch", 0), make_supported(900002, "light_touch", 0)]
    people = [make_person("A", days=(0.8, 0, 0), conflicts=frozenset({900002}))]
    found = assign(schools, people)
    assert [demand.place for demand in found.unmet if demand.urn == 900001] == []
    assert {demand.urn for demand in found.unmet} == {900002}
    by_urn = {school.urn: school for school in schools}
    said = explain_unmet(found.unmet[0], people, {"A": (0, 0, 0)}, by_urn, COUNTY.support, YEAR)
    assert said == "nobody in people.csv may do it (School Improvement Adviser; A: a conflict of interest is noted)"
    tight = [make_person("A", days=(0.7, 0, 0))]
    short = assign(schools, tight)
    assert len(short.unmet) == 2  # of six; in days there is room for four, and no choice of five fits
    said = explain_unmet(short.unmet[0], tight, {"A": (0.03, 0, 0)}, by_urn, COUNTY.support, YEAR)
    assert said.startswith("the 1 person who may (School Improvement Adviser) have not the days left in Autumn")


def test_somebody_serving_is_asked_for_where_the_policy_says_so():
    schools = [make_supported(900001)]
    retired, serving = make_person("Retired", "sle", serving=False), make_person("Serving", "sle")
    found = assign(schools, [make_person("A"), retired, serving])
    assert found.assigned[900001, "programme_tier_1"] == "Serving"
    assert [demand.key for demand in assign(schools, [make_person("A"), retired]).unmet] == ["programme_tier_1"]


def test_what_a_person_was_given_by_hand_takes_their_days_and_keeps_the_rules():
    school = make_supported(900001, "light_touch", 0)
    plan = [
        one.__class__(**{**vars(one), "person": "A", "person_line": 12}) if not one.by else one
        for one in list_activities(COUNTY, school.support, YEAR, REVIEW)
    ]
    left = settle_by_hand(plan, [make_person("A", days=(2, 2, 2))], {900001: school}, YEAR)
    assert left["A"] == (pytest.approx(2 - 0.5 - 0.5 / 6), 2, 2)
    with pytest.raises(FaultyInput, match=r"gives 0\.25 days in Autumn") as refused:
        settle_by_hand(plan, [make_person("A", days=(0.25, 9, 9))], {900001: school}, YEAR)
    assert [fault.line for fault in refused.value.faults] == [12]


@pytest.mark.slow
def test_the_trusts_nine_schools_have_their_days():
    schools = [
        make_supported(900501 + number, key, 2) for number, key in enumerate(["sustain", "improve", "repair"] * 3)
    ]
    roles = list(TRUST.support.roles)
    people = [make_person(f"P{number:02}", roles[number % len(roles)], days=(20, 20, 20)) for number in range(20)]
    found = assign(schools, people, TRUST)
    assert not found.unmet and all(wish.gap < 0.06 for wish in found.wishes)


@pytest.mark.slow
def test_many_schools_are_settled_by_shares_and_what_is_proven_is_said(monkeypatch):
    draw = random.Random(7)
    schools = [make_supported(900001 + number, draw.choice(["focus", "light_touch"])) for number in range(12)]
    people = [make_person(f"A{number}", days=(2.2, 2, 2)) for number in range(3)] + [make_person("S", "sle")]
    exact = assign(schools, people)
    monkeypatch.setattr(staffing, "_FEW", 0)
    quick = assign(schools, people)
    assert set(quick.assigned) | {demand.place for demand in quick.unmet} == {one.place for one in demand_of(schools)}
    assert quick.wishes[0].bound <= exact.wishes[0].cost <= quick.wishes[0].cost


@pytest.mark.slow
def test_of_thousands_of_schools_exchanges_find_who_does_what_and_no_rule_is_broken(monkeypatch):
    monkeypatch.setattr(staffing, "_MANY", 50)
    schools = [make_supported(900001 + number, "light_touch", town=f"Town {number % 5}") for number in range(20)]
    people = [make_person(f"A{number}", days=(3, 1, 1), place=f"Town {number}") for number in range(5)]
    found = assign(schools, people)
    assert not found.unmet and found.wishes[0].gap == 0
    assert assign(list(reversed(schools)), people[::-1]) == found
    left = {person.name: np.array(person.days, dtype=float) for person in people}
    for demand in demand_of(schools):
        left[found.assigned[demand.place]] -= demand.days
    assert min(days.min() for days in left.values()) >= -1e-9
    newcomer = make_person("B", days=(3, 1, 1))
    kept = assign(schools, [*people, newcomer], agreed=found.assigned)
    assert kept.assigned == found.assigned and kept.moved == ()
    without = assign(schools, [*people[1:], newcomer], agreed=found.assigned)
    assert set(without.moved) <= {place for place, name in found.assigned.items() if name == "A0"}
    assert not without.unmet


def test_a_solution_in_parts_of_a_thousand_billionth_is_whole():
    """The solver gives 0.9999999999999998 where it means 1; cut to whole numbers it would be 0."""
    program = Program(3, whole=2)
    program.add([(0, 1.0), (1, 1.0)], 1.0, 1.0)
    program.add([(0, 0.1), (1, 0.3)], -np.inf, 0.3 - 1e-12)
    program.settle("a", np.array([1.0, 2.0, 0.0]))
    assert set(program.chosen[:2].tolist()) <= {0.0, 1.0}
