"""A policy says as data what each category brings, and no printed word is without an activity that keeps it."""

from __future__ import annotations

import pytest
import yaml

from pipeline.foundation.paths import find_project
from pipeline.policy import list_policies, load_policy
from pipeline.policy.checking import find_misfits
from pipeline.policy.policy import FOLDER, Policy
from pipeline.policy.reference import list_kept_words, refresh_page

PAGE = find_project() / "docs" / "support.md"


def read_content(name: str) -> dict:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", list_policies())
def test_every_word_of_an_entitlement_is_kept_by_an_activity(name):
    policy = load_policy(name)
    rows = list_kept_words(policy)
    told = {(row[0], row[1]) for row in rows}
    for outcome in (*policy.categories, policy.insufficient_evidence):
        assert {(outcome.title, line) for line in outcome.entitlement.lines} <= told
        amounts = outcome.entitlement.amounts.items()
        assert {(outcome.title, f"{what}: {amount}") for what, amount in amounts} <= told
    assert {("every category", line) for line in policy.entitlement_for_all} <= told
    assert all(row[2] for row in rows)


def test_the_table_in_the_documentation_is_current():
    text = PAGE.read_text(encoding="utf-8")
    assert refresh_page(text) == text, "run: make docs"
    assert all(f"<!-- begin kept {name} -->" in text for name in list_policies())


def test_the_trusts_days_are_what_its_activities_come_to():
    policy = load_policy("two-counties")
    hours = policy.support.hours_a_day
    for category, days, consultant in (("sustain", 3, 1), ("improve", 6, 1), ("repair", 6, 3), ("stabilise", 10, 6)):
        provisions = policy.outcome(category).entitlement.activities
        for amount, wanted in (("Days a year", days), ("Of which external consultant", consultant)):
            counted = [one for one in provisions if one.towards.get(amount) == "days"]
            least = [min(one.often.values()) if isinstance(one.often, dict) else one.often for one in counted]
            each = [policy.support.activities[one.activity].hours / hours for one in counted]
            assert sum(map(float.__mul__, map(float, least), each)) == wanted
            if amount != "Days a year":
                roles = {role for one in counted for role in policy.support.activities[one.activity].roles}
                assert roles == {"consultant"}


FAULTS = [
    (lambda p: p["categories"][0]["entitlement"].update(lines=["A brass band"]), "no activity keeps 'A brass band'"),
    (lambda p: p["entitlement_for_all"].append("Tea for all"), "no activity keeps 'Tea for all'"),
    (lambda p: p["categories"][1]["entitlement"]["amounts"].update({"Days a year": 7}), "come to 6"),
    (lambda p: p["categories"][1]["entitlement"]["amounts"].update({"Days a year": 5}), "come to 6"),
    (lambda p: p["categories"][3]["entitlement"]["amounts"].update({"Days a year": "at least 11"}), "come to 10"),
    (lambda p: p["categories"][0]["entitlement"]["amounts"].update({"Cakes": 2}), "no activity counts towards 'Cakes'"),
    (lambda p: p["categories"][0]["entitlement"]["activities"][0].update(activity="partnership_revue"), "Did you mean"),
    (
        lambda p: p["categories"][0]["entitlement"]["activities"][0].update(after="nothing"),
        "unknown activity 'nothing'",
    ),
    (lambda p: p["categories"][0]["entitlement"]["activities"][0].update(often={"some": 1}), "how often is said for"),
    (lambda p: p["support"]["activities"]["data_support"].update(roles=["wizard"]), "unknown role 'wizard'"),
    (lambda p: p["support"]["activities"]["data_support"].update(strand="magic"), "unknown strand 'magic'"),
    (lambda p: p["support"]["activities"]["data_support"].update(hours=7), "a day has 6"),
    (lambda p: p["support"]["roles"].update(spare={"title": "Spare"}), "nothing that a category brings uses 'spare'"),
    (lambda p: p["support"]["need"].reverse(), "do not rise from 0"),
    (lambda p: p.pop("support"), "no `support:` says what they are"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("spoil", "said"), FAULTS, ids=[said for _, said in FAULTS])
def test_a_fault_is_named(spoil, said):
    content = read_content("two-counties")
    spoil(content)
    misfits = find_misfits(Policy.model_validate(content))
    assert any(said in f"{misfit.what} {misfit.remedy}" for misfit in misfits), misfits


def test_a_policy_without_support_is_a_policy():
    content = read_content("example-three")
    del content["support"]
    for outcome in (*content["categories"], content["insufficient_evidence"]):
        del outcome["entitlement"]["activities"]
    assert find_misfits(Policy.model_validate(content)) == ()


@pytest.mark.parametrize("moment", ["end of term four", "soon", "2 weeks beside end of term one", "half of year"])
def test_a_moment_that_nobody_could_place_is_refused(tmp_path, moment):
    content = read_content("example-three")
    content["key"] = "own"
    content["categories"][1]["entitlement"]["activities"][0]["latest"] = moment
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(Exception, match="a moment like 'end of term one'"):
        load_policy(path)
