"""Stated probabilities keep their word: what is said to happen N times in 100 happens about N times in 100."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.analysis.country.simulation import simulate_known_differences
from pipeline.policy import PolicyFacts, load_policy
from pipeline.policy.doubt.calibration import calibrate
from tests.analysis.grids import blank_grid, england_of, spread_of

pytestmark = pytest.mark.slow

KEYS = ("ks2_rwm_expected", "ks2_maths_expected", "absence_persistent")
POLICY = load_policy("worcestershire")
FIGURES_ALONE = PolicyFacts(0, ())
ENOUGH = 100  # cases in a tenth: fewer stray by chance of the simulation


@pytest.fixture(scope="module")
def edition():
    grid = blank_grid(KEYS, np.array([12, 20, 30, 30, 45, 60, 90]))
    return grid, (england_of(grid),)


@pytest.fixture(scope="module")
def calibration(edition):
    spread = replace(spread_of(KEYS, 0.2, drift=1.4), spread=np.array([0.25, 0.25, 0.1]))
    world = simulate_known_differences(*edition, spread, worlds=700)
    return calibrate(POLICY, world, FIGURES_ALONE, spread, schools=700, resamples=120, fresh_sets=25)


def test_every_tenth_with_enough_cases_is_within_five_points(calibration):
    enough = [one for one in calibration.any_outcome if one.outcomes >= ENOUGH]
    assert len(enough) >= 6
    for one in enough:
        assert abs(one.apart) <= 0.05, one


def test_the_category_given_keeps_its_word_too(calibration):
    sure = calibration.given[-1]
    assert sure.least == 0.9 and sure.outcomes > ENOUGH
    assert abs(sure.apart) <= 0.03
    assert sum(one.outcomes for one in calibration.given) == calibration.schools == 700


def test_a_belief_that_knows_too_much_is_found_out(edition):
    """The test of the test: resampling that takes schools for all alike states what does not come true."""
    true = spread_of(KEYS, 0.5)
    world = simulate_known_differences(*edition, true, worlds=200)
    wrong = replace(true, spread=np.full(len(KEYS), 0.01), spread_all=np.full(len(KEYS), 0.01))
    found = calibrate(POLICY, world, FIGURES_ALONE, wrong, schools=200, resamples=50, fresh_sets=10)
    assert max(abs(one.apart) for one in found.any_outcome if one.outcomes > 50) > 0.1


def test_each_school_keeps_its_own_inspection(edition):
    from pipeline.analysis.results import InspectionFact
    from pipeline.policy.evidence.inspection import find_latest

    spread = spread_of(KEYS, 0.2)
    world = simulate_known_differences(*edition, spread, worlds=14)
    concern = InspectionFact("graded judgements", "graded", "Overall effectiveness", "Inadequate", "2019-01-10", False)
    inspected = PolicyFacts(0, (), find_latest((concern,)))
    found = calibrate(POLICY, world, [inspected] * len(world.school), spread, resamples=20, fresh_sets=5)
    assert [(one.least, one.stated, one.achieved) for one in found.given] == [(0.9, 1.0, 1.0)]
