"""An inspection trigger is honoured in its own framework, whatever a school's results are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_schools import graded, report_card, school
from random_schools import inspections, schools

from pipeline.policy import assign_category, list_policies, load_policy
from pipeline.policy.evidence.inspection import TRIGGERS, meet_trigger
from pipeline.policy.policy import Policy
from tests.conftest import count_examples

# trigger | inspections that meet it | inspections that do not, a bad one of the other framework among them
MEETINGS = [
    (
        "special measures",
        [graded(concern="Special measures"), report_card(concern="Special measures")],
        [graded(concern="Serious weaknesses"), report_card(concern="Requires significant improvement")],
    ),
    (
        "serious weaknesses",
        [
            graded(concern=word)
            for word in ("Serious weaknesses", "Requires significant improvement", "Special measures")
        ],
        [graded(concern="Notice to improve"), report_card(concern="Special measures")],
    ),
    (
        "notice to improve",
        [graded(concern="Notice to improve"), graded(concern="Serious weaknesses")],
        [graded(overall="Inadequate", concern=""), report_card(concern="Special measures")],
    ),
    (
        "requires significant improvement",
        [report_card(concern="Requires significant improvement"), report_card(concern="Special measures")],
        [report_card(achievement="Urgent improvement", concern=""), graded(concern="Special measures")],
    ),
    (
        "inadequate overall",
        [graded(overall="Inadequate"), graded(overall="inadequate ", leadership="Good")],
        [graded(overall="Requires improvement", leadership="Inadequate"), report_card(overall="Inadequate")],
    ),
    (
        "inadequate in any area",
        [graded(overall="Not judged", leadership="Inadequate")],
        [graded(overall="Inadequate", leadership="Good"), report_card(achievement="Urgent improvement")],
    ),
    (
        "requires improvement overall",
        [graded(overall="Requires improvement"), graded(overall="Inadequate")],
        [graded(overall="Good", leadership="Requires improvement"), report_card(achievement="Needs attention")],
    ),
    (
        "requires improvement in any area",
        [graded(leadership="Requires improvement"), graded(overall="Good", behaviour="Inadequate")],
        [graded(overall="Requires improvement"), report_card(achievement="Needs attention")],
    ),
    (
        "safeguarding not effective",
        [graded(overall="Good", safeguarding="No")],
        [graded(overall="Inadequate", safeguarding="Yes"), report_card(safeguarding="Not met")],
    ),
    (
        "safeguarding not met",
        [report_card(achievement="Exceptional", safeguarding="Not met")],
        [report_card(achievement="Urgent improvement", safeguarding="Met"), graded(safeguarding="No")],
    ),
    (
        "urgent improvement in any area",
        [report_card(achievement="Exceptional", inclusion="Urgent improvement")],
        [report_card(inclusion="Needs attention", safeguarding="Not met"), graded(overall="Inadequate")],
    ),
    (
        "needs attention in 2 or more areas",
        [
            report_card(achievement="Needs attention", inclusion="Needs attention"),
            report_card(achievement="Urgent improvement", inclusion="Needs attention"),
        ],
        [report_card(achievement="Urgent improvement", inclusion="Expected standard"), graded(leadership="Inadequate")],
    ),
]


def test_every_trigger_is_in_the_table():
    assert {trigger.words.replace("N", "2") for trigger in TRIGGERS} == {words for words, _, _ in MEETINGS}


def write_trigger_policy(words: str) -> Policy:
    """Two categories: the heavier for what the trigger names, the lighter for all others that can be judged."""
    content = load_policy("example-three").model_dump(mode="json", exclude_none=True)
    content["categories"] = [content["categories"][0], content["categories"][2]]
    content["clauses"] = [{**content["clauses"][0], "when": {"inspection": {"any_of": [words]}}}]
    content["otherwise"]["category"] = "ready_to_share"
    return Policy.model_validate(content)


@pytest.mark.slow
@pytest.mark.parametrize(("words", "met", "not_met"), MEETINGS)
@settings(max_examples=count_examples(5))
@given(facts=schools)
def test_trigger_decides_alone_whatever_the_results(words, met, not_met, facts):
    policy = write_trigger_policy(words)
    for inspection in met:
        assert assign_category(policy, replace(facts, inspection=inspection)).category == "work_together"
    for inspection in [*not_met, None]:
        assert assign_category(policy, replace(facts, inspection=inspection)).category == "ready_to_share"


@pytest.mark.slow
@pytest.mark.parametrize("name", list_policies())
@settings(max_examples=count_examples(25))
@given(facts=schools, inspection=inspections())
def test_first_clause_of_a_policy_gives_most_support_whatever_the_results(name, facts, inspection):
    policy = load_policy(name)
    named = policy.clauses[0].when.inspection.any_of
    assignment = assign_category(policy, replace(facts, inspection=inspection))
    if any(meet_trigger(words, inspection) for words in named):
        assert (assignment.tier, assignment.clause) == (len(policy.categories), policy.clauses[0].name)
    else:
        assert assignment.clause != policy.clauses[0].name


@pytest.mark.parametrize("name", list_policies())
@pytest.mark.parametrize(("words", "met", "not_met"), MEETINGS)
def test_strongest_school_is_not_in_the_best_category_where_a_trigger_the_policy_names_is_met(
    name, words, met, not_met
):
    policy = load_policy(name)
    best = school(
        "RWM strength, A8 strength, absence strength", others="8 strengths", similar="RWM strength, A8 strength"
    )
    assert assign_category(policy, best).tier == 1
    asked = [clause.when.inspection.any_of for clause in policy.clauses if clause.when.inspection]
    if any(words in any_of or words.replace("2", "1") in any_of for any_of in asked):
        for inspection in met:
            assert assign_category(policy, replace(best, inspection=inspection)).tier > 1


@pytest.mark.parametrize("framework", ["graded judgements", "report card"])
@pytest.mark.parametrize("name", list_policies())
def test_every_policy_gives_most_support_for_the_worst_inspection_of_either_framework(name, framework):
    policy = load_policy(name)
    worst = graded(overall="Inadequate", leadership="Inadequate", concern="Special measures", safeguarding="No")
    if framework == "report card":
        worst = report_card(achievement="Urgent improvement", concern="Special measures", safeguarding="Not met")
    assert assign_category(policy, school("RWM strength", inspection=worst)).tier == len(policy.categories)


@pytest.mark.slow
@settings(max_examples=count_examples(80))
@given(inspection=inspections(), trigger=st.sampled_from(TRIGGERS))
def test_trigger_of_one_framework_is_never_met_by_the_other(inspection, trigger):
    if inspection.framework not in trigger.frameworks:
        assert meet_trigger(trigger.words.replace("N", "1"), inspection) == ()
