"""A policy is a file of words: other words, the same schools in the same categories; and no code knows any of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_schools import graded, school
from random_schools import schools

from pipeline.policy import (
    assign_category,
    explain_assignment,
    find_decision,
    list_category_words,
    list_policies,
    load_policy,
)
from pipeline.policy.checking import find_disorder, find_misfits
from pipeline.policy.policy import FOLDER, Policy
from tests.conftest import count_examples

PACKAGE = FOLDER.parents[1]


def rename(policy: Policy) -> tuple[Policy, dict[str, str]]:
    """The same policy with every key, title and name of its own changed; and the old key of every new one."""
    content = policy.model_dump(mode="json", exclude_none=True)
    new = {category["key"]: f"stufe_{number}" for number, category in enumerate(content["categories"])}
    for number, category in enumerate(content["categories"]):
        category |= {"key": new[category["key"]], "title": f"Stufe {number}", "meaning": "Was das Wort meint: Stufe."}
        category["entitlement"] = {"lines": ["Ein Besuch"], "amounts": {}}
    content |= {"support": None, "activities_for_all": []}
    if brokering := content.get("brokering"):
        brokering["helpers"] = [new[key] for key in brokering["helpers"]]
    for meeting in content.get("meetings", ()):
        meeting["categories"] = [new.get(key, key) for key in meeting["categories"]]
    content["insufficient_evidence"]["entitlement"]["activities"] = []
    for number, clause in enumerate(content["clauses"]):
        clause |= {"name": f"klausel_{number}", "reason": "Ein Grund, der lang genug ist."}
        clause["category"] = new.get(clause["category"], clause["category"])
    content["otherwise"]["category"] = new[content["otherwise"]["category"]]
    return Policy.model_validate(content), {renamed: key for key, renamed in new.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", list_policies())
@settings(max_examples=count_examples(25))
@given(facts=schools)
def test_other_words_leave_every_school_in_its_category(name, facts):
    policy = load_policy(name)
    renamed, old_key = rename(policy)
    before, after = assign_category(policy, facts), assign_category(renamed, facts)
    assert old_key.get(after.category, after.category) == before.category
    assert (after.tier, after.tiers) == (before.tier, before.tiers)
    assert [check.held for check in after.checks] == [check.held for check in before.checks]
    assert after.facts == before.facts


@pytest.mark.slow
@pytest.mark.parametrize("name", list_policies())
def test_other_words_pass_the_same_checks(name):
    renamed, _ = rename(load_policy(name))
    assert find_misfits(renamed) == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", list_policies())
@settings(max_examples=count_examples(25))
@given(facts=schools, data=st.data())
def test_order_of_neighbours_that_lead_to_one_category_decides_no_schools_category(name, facts, data):
    policy = load_policy(name)
    clauses = list(policy.clauses)
    twins = [at for at in range(len(clauses) - 1) if clauses[at].category == clauses[at + 1].category]
    if twins:
        at = data.draw(st.sampled_from(twins))
        clauses[at], clauses[at + 1] = clauses[at + 1], clauses[at]
    turned = policy.model_copy(update={"clauses": tuple(clauses)})
    assert not list(find_disorder(turned))
    assert assign_category(turned, facts).category == assign_category(policy, facts).category


@pytest.mark.slow
@settings(max_examples=count_examples(60))
@given(name=st.sampled_from(list_policies()), data=st.data())
def test_another_order_of_categories_is_another_order_of_support_and_is_refused(name, data):
    policy = load_policy(name)
    turned = tuple(data.draw(st.permutations(policy.categories)))
    disorder = list(find_disorder(policy.model_copy(update={"categories": turned})))
    assert bool(disorder) == (turned != policy.categories)


# Adding a policy is a file and nothing else


def test_policy_of_ones_own_is_a_file_and_nothing_else(tmp_path):
    text = (FOLDER / "example-three.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("key: example-three", "key: our-own"),
        ("An Example Partnership", "Riverside Schools"),
        ("title: Work together", "title: Side by side"),
        ("work_together", "side_by_side"),
        (
            "{at_least: 1, against: england}\n        - {at_least: 1, against: similar",
            "{at_least: 2, against: england}\n        - {at_least: 1, against: similar",
        ),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "our-own.yaml"
    path.write_text(text, encoding="utf-8")
    policy = load_policy("our-own.yaml", beside=tmp_path)
    worst = assign_category(policy, school("RWM gap, absence gap", similar="RWM gap"))
    assert (worst.category, worst.title, worst.organisation) == ("side_by_side", "Side by side", "Riverside Schools")
    assert worst.notice.endswith("Riverside Schools has not yet adopted them.")
    assert assign_category(policy, school("RWM gap", similar="RWM gap")).title == "On its way"
    assert "Side by side" in list_category_words(policy)
    assert "Riverside Schools: Autumn conversation." in " ".join(explain_assignment(worst).split())
    assert find_decision(policy, worst, _no_decision()) is None


def _no_decision():
    from pipeline.sources.frames import LocalSlice

    return LocalSlice().moderation


EXAMPLE = [
    (school("RWM in line", similar="RWM strength, absence in line"), "ready_to_share", "strong_and_no_key_gap"),
    (school("RWM strength, absence in line"), "on_its_way", "otherwise"),  # beside England alone: perhaps its intake
    (school("RWM strength", similar="RWM gap, disadvantaged strength"), "on_its_way", "otherwise"),
    (school("RWM strength", says="Requires improvement"), "on_its_way", "school_sees_need"),
    (school("RWM gap"), "on_its_way", "otherwise"),
    (school("RWM gap", heard="complaints"), "on_its_way", "otherwise"),
    (school("RWM gap", heard="finance"), "work_together", "gap_and_capacity"),
    (school("RWM gap", similar="absence gap"), "work_together", "behind_both"),
    (school("RWM strength", inspection=graded(overall="Inadequate")), "work_together", "serious_inspection_concern"),
    (school("absence gap"), "insufficient_evidence", "too_little_evidence"),
]


@pytest.mark.parametrize(("facts", "category", "clause"), EXAMPLE)
def test_example(facts, category, clause):
    assignment = assign_category(load_policy("example-three"), facts)
    assert (assignment.category, assignment.clause) == (category, clause)


@pytest.mark.slow
def test_no_code_that_judges_names_a_policy_or_a_category():
    """Only what a new edition is offered by default may name a policy: the sample, and the edition's template."""
    words = set(list_policies())
    for name in list_policies():
        policy = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
        words |= {policy["title"], *(category["title"] for category in policy["categories"])}
        words |= {category["key"] for category in policy["categories"]}
    floors = ("policy", "analysis", "report", "render", "sources", "validation")
    for path in sorted(file for floor in floors for file in (PACKAGE / floor).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        columns = {"focus"} if path.name == "support_files.py" else set()  # what a row of the log is about
        assert not said & words - columns, path.relative_to(PACKAGE)


def test_policies_are_found_by_looking():
    assert set(list_policies()) == {path.stem for path in Path(FOLDER).iterdir() if path.suffix == ".yaml"}
