"""The policy put to many rows at once gives each the outcome that it gives a school on its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_schools import graded
from random_schools import COMPARATORS, counts, schools

from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.ratings.judging import GAP, NO_FINDING, NOT_RATED, STRENGTH, Judged
from pipeline.foundation.vocabulary import Rating
from pipeline.policy import PolicyFacts, assign_category, list_policies, load_policy
from pipeline.policy.conditions import COUNTS, When, ask_conditions, ask_count
from pipeline.policy.evidence.facts import RatedIndicator, Standing
from pipeline.policy.many import assign_many, find_deciding, list_outcomes
from pipeline.policy.policy import Policy
from tests.conftest import count_examples

INDICATORS = load_indicators()
WORDS = {STRENGTH: Rating.STRENGTH, NO_FINDING: Rating.IN_LINE, GAP: Rating.GAP}
NO_FACTS = PolicyFacts(100000, ())


def judged_at_random(seed: int, rows: int, comparators=COMPARATORS) -> Judged:
    """Rows of every temper: some with hardly a gap, some with hardly anything rated."""
    random = np.random.default_rng(seed)
    shape = (rows, len(comparators), len(INDICATORS))
    temper = random.dirichlet([0.7, 2.0, 0.7, 0.7], size=(rows, len(comparators)))
    drawn = (random.random(shape)[..., None] > temper.cumsum(axis=2)[:, :, None, :]).sum(axis=3)
    rating = np.array([STRENGTH, NO_FINDING, GAP, NOT_RATED], dtype="int8")[np.minimum(drawn, 3)]
    persistent = random.random((rows, len(INDICATORS))) < random.random((rows, 1))
    return Judged(INDICATORS, comparators, rating, persistent)


def read_row(judged: Judged, row: int, fixed: PolicyFacts) -> PolicyFacts:
    """One row as the facts that a policy is told of one school."""
    standings = tuple(
        Standing(comparator, tuple(_read_indicators(judged, row, place)))
        for place, comparator in enumerate(judged.comparators)
    )
    missing = tuple(Standing(name, ()) for name in COMPARATORS if name not in judged.comparators)
    return replace(fixed, standings=(*standings, *missing))


def _read_indicators(judged: Judged, row: int, place: int):
    for column, one in enumerate(judged.indicators):
        number = int(judged.rating[row, place, column])
        if number != NOT_RATED:
            lasting = number == GAP and bool(judged.persistent[row, column])
            yield RatedIndicator(
                one.title, one.theme, one.key_priority, WORDS[number], lasting, one.short_title, one.subjects
            )


def assign_one_by_one(policy: Policy, judged: Judged, fixed: list[PolicyFacts]) -> list[str]:
    rows = (read_row(judged, row, facts) for row, facts in enumerate(fixed))
    return [assign_category(policy, facts).category for facts in rows]


def name_outcomes(policy: Policy, places: np.ndarray) -> list[str]:
    return [list_outcomes(policy)[place] for place in places]


@pytest.mark.slow
@pytest.mark.parametrize("name", list_policies())
@settings(max_examples=count_examples(10))
@given(seed=st.integers(0, 2**32 - 1), kinds=st.lists(schools, min_size=1, max_size=3))
def test_rows_at_once_are_rows_one_by_one(name, seed, kinds):
    policy, judged = load_policy(name), judged_at_random(seed, 12)
    fixed = [kinds[row % len(kinds)] for row in range(12)]
    assert name_outcomes(policy, assign_many(policy, judged, fixed)) == assign_one_by_one(policy, judged, fixed)
    if len(kinds) == 1:
        assert (assign_many(policy, judged, kinds[0]) == assign_many(policy, judged, fixed)).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", list_policies())
@settings(max_examples=count_examples(10))
@given(seed=st.integers(0, 2**32 - 1), kind=schools)
def test_what_is_said_of_every_clause_is_what_decided(name, seed, kind):
    """The words of each condition hold or not as the decision has it: the first clause of which all hold."""
    policy, judged = load_policy(name), judged_at_random(seed, 8)
    for row in range(8):
        facts = read_row(judged, row, kind)
        assignment = assign_category(policy, facts)
        tried = policy.clauses[: len(assignment.checks)]
        held = [all(answer.held for answer in ask_conditions(clause.when, facts)) for clause in tried]
        assert [check.held for check in assignment.checks[: len(tried)]] == held
        assert sum(held) <= 1 and (assignment.clause == "otherwise") == (not any(held))


@pytest.mark.slow
@pytest.mark.parametrize("condition", COUNTS, ids=lambda one: one.name)
@settings(max_examples=count_examples(20))
@given(seed=st.integers(0, 2**32 - 1), count=counts())
def test_whatever_is_counted_rows_at_once_are_rows_one_by_one(condition, seed, count):
    judged = judged_at_random(seed, 8)
    policy = ask_alone(condition, count)
    at_once = [place == 0 for place in find_deciding(policy, judged, NO_FACTS)]
    answers = [ask_count(condition, count, read_row(judged, row, NO_FACTS)) for row in range(8)]
    assert at_once == [answer.held for answer in answers]


def ask_alone(condition, count) -> Policy:
    """A policy whose first clause asks for one count and nothing else."""
    policy = load_policy("worcestershire")
    first = policy.clauses[0].model_copy(update={"when": When(**{condition.name: count})})
    return policy.model_copy(update={"clauses": (first,)})


@pytest.mark.parametrize("name", list_policies())
def test_rows_at_random_reach_every_outcome(name):
    policy, judged = load_policy(name), judged_at_random(20, 2000)
    assert set(assign_many(policy, judged, NO_FACTS)) == set(range(len(list_outcomes(policy))))


def test_outcomes_go_from_least_to_most_support_and_insufficient_evidence_is_last():
    assert list_outcomes(load_policy("two-counties")) == (
        "sustain",
        "improve",
        "repair",
        "stabilise",
        "insufficient_evidence",
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", list_policies())
def test_without_similar_schools_nothing_is_rated_against_them(name):
    policy, judged = load_policy(name), judged_at_random(7, 60, COMPARATORS[:1])
    fixed = [NO_FACTS] * 60
    assert name_outcomes(policy, assign_many(policy, judged, fixed)) == assign_one_by_one(policy, judged, fixed)


def test_each_row_has_its_own_inspection():
    policy, judged = load_policy("worcestershire"), judged_at_random(3, 2)
    bad = replace(NO_FACTS, inspection=graded(overall="Inadequate"))
    calm = replace(judged, rating=np.full_like(judged.rating, NO_FINDING))
    assert name_outcomes(policy, assign_many(policy, calm, [bad, NO_FACTS])) == ["intensive", "secure"]


def test_facts_for_another_number_of_rows_are_refused():
    with pytest.raises(ValueError, match="1 sets of facts for 2 rows"):
        assign_many(load_policy("worcestershire"), judged_at_random(3, 2), [NO_FACTS])
