"""What would have made a category lighter, as the policy itself answers when it is asked again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from policy_schools import graded, school
from random_schools import schools

from pipeline.foundation.vocabulary import Rating
from pipeline.policy import assign_category, load_policy
from pipeline.policy.doubt.lighter import find_lighter, name_units
from pipeline.policy.outcome import Lighter
from tests.conftest import count_examples

COUNTY, TRUST, THIRD = (load_policy(name) for name in ("worcestershire", "two-counties", "example-three"))
A8, ABSENCE = "Attainment 8", "Persistent absence"


def ask(policy, facts):
    return find_lighter(policy, facts, assign_category(policy, facts))


def test_one_gap_less_is_told_before_anything_else():
    assert ask(COUNTY, school("A8 gap, absence in line")) == Lighter("Secure", gone=((A8, "england"),))


def test_of_two_gaps_each_of_which_is_enough_by_itself_both_must_go():
    assert ask(COUNTY, school("A8 gap, absence gap")).gone == ((A8, "england"), (ABSENCE, "england"))


def test_of_many_gaps_only_those_that_must_go_are_told():
    facts = school("A8 gap, P8 gap, RWM gap, absence gap", others="4 gaps", similar="A8 gap, P8 gap, absence gap")
    told = tuple((name, "england") for name in (A8, "Progress 8", "Reading, writing and maths"))
    assert ask(COUNTY, facts) == Lighter("Light touch support", gone=told)


def test_the_comparator_that_decides_is_named():
    found = ask(COUNTY, school("A8 gap, RWM gap", similar="A8 gap, RWM in line"))
    assert found == Lighter("Light touch support", gone=((A8, "similar schools"),))


def test_without_a_gap_a_strength_is_asked_for():
    found = ask(COUNTY, school("A8 in line, absence in line", similar="A8 in line, absence in line"))
    assert found == Lighter("Secure Plus", needed=((A8, "similar schools"),))


def test_what_the_inspection_found_is_the_last_thing_to_be_left_out():
    bad = graded(overall="Requires improvement")
    found = ask(COUNTY, school("A8 in line, absence in line", inspection=bad))
    assert found == Lighter("Secure", inspection=True)


def test_where_a_matter_was_raised_nothing_published_would_have_helped():
    assert ask(COUNTY, school("A8 in line, absence in line", heard="complaints")) == Lighter()


def test_less_than_the_least_is_not_asked_for():
    best = school("A8 strength, absence in line", similar="A8 strength, absence in line")
    assert assign_category(COUNTY, best).tier == 1 and ask(COUNTY, best) is None
    nobody = school("")
    assert assign_category(COUNTY, nobody).tier is None and ask(COUNTY, nobody) is None


@pytest.mark.slow
@pytest.mark.parametrize("policy", [COUNTY, TRUST, THIRD], ids=lambda policy: policy.key)
@settings(max_examples=count_examples(60))
@given(facts=schools)
def test_a_school_changed_as_it_was_told_gets_the_category_it_was_told(policy, facts):
    before = assign_category(policy, facts)
    told = find_lighter(policy, facts, before)
    if told is None or not told.title:
        return
    after = assign_category(policy, change(facts, told))
    assert after.title == told.title and after.tier < before.tier


def change(facts, told):
    """The school as it would be: written anew, one rating at a time."""
    standings = []
    for standing in facts.standings:
        rated = []
        for one in standing.rated:
            units = {(name, standing.comparator) for name in name_units(one)}
            if one.rating == Rating.GAP and units & set(told.gone):
                one = replace(one, rating=Rating.IN_LINE, persistent=False)
            if one.rating != Rating.GAP and units & set(told.needed):
                one = replace(one, rating=Rating.STRENGTH)
            rated.append(one)
        standings.append(replace(standing, rated=tuple(rated)))
    return replace(facts, standings=tuple(standings), inspection=None if told.inspection else facts.inspection)
