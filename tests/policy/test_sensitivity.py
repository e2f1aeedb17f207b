"""Thresholds moved one at a time: each move changes the schools it should, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.policy import PolicyFacts, load_policy
from pipeline.policy.doubt.sensitivity import move_thresholds
from tests.analysis.grids import blank_grid, england_of

KEYS = ("ks2_rwm_expected", "ks2_maths_expected", "ks2_reading_score", "absence_persistent")
POLICY = load_policy("worcestershire")


def build(**by_school):
    """A school a row: England's figures, but for those given as (indicator, value)."""
    grid = blank_grid(KEYS, np.full(len(by_school), 60))
    for row, changes in enumerate(by_school.values()):
        for key, value in changes.items():
            grid.value[row, KEYS.index(key)] = value
    return grid


def move(grid, policy=POLICY):
    fixed = [PolicyFacts(urn, ()) for urn in range(len(grid.value))]
    return move_thresholds(policy, grid, (england_of(grid),), fixed)


@pytest.fixture(scope="module")
def moves():
    grid = build(
        as_england={},
        one_key_gap={"ks2_rwm_expected": 45.0},
        at_the_least_difference={"ks2_reading_score": 104.0},
    )
    grid.pupils[2] = 400.0  # enough for a difference of one point to be no chance
    return move(grid)


def find(moves, threshold, after):
    (found,) = (one for one in moves if one.threshold.startswith(threshold) and one.after == after)
    return found


def test_a_count_of_one_more_lets_the_schools_at_the_threshold_go(moves):
    found = next(one for one in moves if one.clause == "a_gap" and one.after == "at least 2")
    assert (found.before, found.changed, found.more, found.less, found.whole) == ("at least 1", 2, 0, 2, True)
    assert found.category == "Light touch support"


def test_a_count_that_would_ask_for_nothing_is_not_moved(moves):
    assert not [one for one in moves if one.after in ("at least 0", "at most -1")]
    assert not [one for one in moves if one.clause == "a_gap" and one.after == "none"]


def test_thresholds_of_the_judgement_move_by_a_tenth_and_whole_ones_by_one(moves):
    assert find(moves, "False-discovery rate", "4.5%").whole is False
    assert find(moves, "Least difference that counts: Reading, average score", "0.9").before == "1"
    assert find(moves, "Least pupils", "12").whole is True
    assert find(moves, "Least years", "2").before == "1"  # of one year no longer provisional, but not rated


@pytest.mark.slow
def test_more_years_asked_for_leave_a_school_with_one_without_a_category():
    grid = build(one_year={}, three_years={})
    grid.value[0, :, :2] = np.nan
    found = find(move(grid), "Least years", "2")
    assert (found.changed, found.more, found.less) == (1, 0, 0)


@pytest.mark.slow
def test_a_smaller_least_difference_makes_a_gap_of_one_just_under_it():
    grid = build(**{f"school_{number}": {"ks2_reading_score": 104.05} for number in range(3)})
    grid.pupils[:] = 5_000.0
    policy = POLICY.model_copy(update={"clauses": tuple(_ask_one_gap(clause) for clause in POLICY.clauses)})
    found = find(move(grid, policy), "Least difference that counts: Reading", "0.9")
    assert (found.changed, found.more) == (3, 3)
    assert find(move(grid, policy), "Least difference that counts: Reading", "1.1").changed == 0


def _ask_one_gap(clause):
    if clause.name != "several_gaps":
        return clause
    (count,) = clause.when.gaps
    gaps = (count.model_copy(update={"at_least": 1}),)
    return clause.model_copy(update={"when": clause.when.model_copy(update={"gaps": gaps})})


@pytest.mark.slow
def test_an_indicator_nobody_has_is_not_moved():
    grid = build(only={})
    grid = replace(grid, value=np.where(np.arange(4)[:, None] == 2, np.nan, grid.value))
    assert not [one for one in move(grid) if "Reading" in one.threshold]
