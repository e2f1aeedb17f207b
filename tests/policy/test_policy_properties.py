"""Rules that hold for every school and every policy that loads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_schools import THEMES, schools, worsen

from pipeline.policy import assign_category, list_policies, load_policy
from pipeline.policy.checking import find_disorder, find_misfits
from pipeline.policy.policy import Policy
from tests.conftest import count_examples

POLICIES = list_policies()


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICIES)
@settings(max_examples=count_examples(25))
@given(facts=schools)
def test_every_school_has_exactly_one_outcome(name, facts):
    policy = load_policy(name)
    assignment = assign_category(policy, facts)
    assert [check.held for check in assignment.checks].count(True) == 1
    assert assignment.checks[-1].held
    assert assignment.checks[-1].clause == assignment.clause
    assert (assignment.tier is None) == (assignment.category == "insufficient_evidence")
    assert assignment.reason and assignment.facts
    assert all(len(check.asked) == len(check.found) for check in assignment.checks if check.clause != "otherwise")


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICIES)
@settings(max_examples=count_examples(70))
@given(facts=schools, data=st.data())
def test_worse_school_never_has_lighter_category(name, facts, data):
    policy = load_policy(name)
    better = assign_category(policy, facts)
    worse = assign_category(policy, worsen(data.draw, facts))
    if better.tier is not None and worse.tier is not None:
        assert worse.tier >= better.tier
    # too little evidence stays so unless an inspection concern speaks for itself
    if better.tier is None:
        assert worse.tier in (None, len(policy.categories))


def _change_thresholds(draw, content):
    """The same policy with its thresholds, order and categories changed at random."""
    numbers = st.integers(min_value=1, max_value=4)
    for clause in content["clauses"]:
        counts = [count for asked in clause["when"].values() if isinstance(asked, list) for count in asked]
        for asked in counts:
            for bound in ("at_least", "at_most"):
                if bound in asked:
                    asked[bound] = draw(numbers)
            asked["of"] = draw(st.sampled_from(("indicators", "subjects", "themes")))
            if draw(st.booleans()):
                asked.pop("leaving_out", None)
                if draw(st.booleans()):
                    asked["only"] = draw(st.lists(st.sampled_from(THEMES), min_size=1, max_size=3, unique=True))
    if draw(st.booleans()):
        moved = draw(st.sampled_from(content["clauses"]))
        moved["category"] = draw(st.sampled_from([category["key"] for category in content["categories"]]))
    if draw(st.booleans()):
        at = draw(st.integers(min_value=0, max_value=len(content["clauses"]) - 2))
        content["clauses"][at : at + 2] = content["clauses"][at : at + 2][::-1]
    return content


@pytest.mark.slow
@settings(max_examples=count_examples(30))
@given(name=st.sampled_from(POLICIES), facts=schools, data=st.data())
def test_policy_that_passes_its_checks_is_fair_whatever_its_thresholds(name, facts, data):
    content = load_policy(name).model_dump(mode="json", exclude_none=True)
    policy = Policy.model_validate(_change_thresholds(data.draw, content))
    assume(not list(find_disorder(policy)))
    better = assign_category(policy, facts)
    worse = assign_category(policy, worsen(data.draw, facts))
    if better.tier is not None and worse.tier is not None:
        assert worse.tier >= better.tier


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICIES)
@settings(max_examples=count_examples(30))
@given(facts=schools)
def test_renaming_categories_changes_only_the_printed_name(name, facts):
    policy = load_policy(name)
    renamed = policy.model_copy(
        update={
            "categories": tuple(
                category.model_copy(update={"title": f"Stufe {number}"})
                for number, category in enumerate(policy.categories, start=1)
            )
        }
    )
    before, after = assign_category(policy, facts), assign_category(renamed, facts)
    if before.tier is not None:
        assert after.title == f"Stufe {before.tier}"
    plain = {"title": "", "checks": ()}
    assert replace(before, **plain) == replace(after, **plain)
    assert [replace(check, title="") for check in before.checks] == [replace(check, title="") for check in after.checks]


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICIES)
def test_printing_categories_in_another_order_is_refused(name):
    policy = load_policy(name)
    turned = policy.model_copy(update={"categories": policy.categories[::-1]})
    assert any("lighter category" in misfit.what for misfit in find_misfits(turned))
    swapped = policy.model_copy(
        update={"categories": (policy.categories[1], policy.categories[0], *policy.categories[2:])}
    )
    assert any("lighter category" in misfit.what for misfit in find_misfits(swapped))
