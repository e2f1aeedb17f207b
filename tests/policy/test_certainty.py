"""How sure a category is: counted over draws, the same every time, and sure where it should be."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.school import analyse_school
from pipeline.policy import assign_category, gather_facts, load_policy
from pipeline.policy.doubt.certainty import BORDERLINE, count_outcomes, find_certainty
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from tests.analysis.slices import england, make_slice, row

POLICY = load_policy("worcestershire")


def _slice(value: float, pupils: int, *, inspections: list[dict] = ()):
    own = [row("ks2_rwm_expected", year, value, pupils) for year in (2023, 2024, 2025)]
    own += [row("absence_persistent", year, 16.0, 210, step=0.1) for year in (2023, 2024, 2025)]
    country = [england("ks2_rwm_expected", year, 60) for year in (2023, 2024, 2025)]
    country += [
        england("absence_persistent", year, 16, level="england, state-funded primary") for year in (2023, 2024, 2025)
    ]
    return make_slice(own, country, inspections=list(inspections))


def _certainty(slice, **more):
    facts = gather_facts(analyse_school(slice, load_indicators(), 2025))
    category = assign_category(POLICY, facts).category
    return category, find_certainty(POLICY, slice, facts, load_indicators(), 2025, category, **more)


@pytest.mark.slow
def test_a_school_far_from_any_threshold_is_sure():
    category, certainty = _certainty(_slice(60, 90))
    assert category == "secure" and certainty.probability > 0.8 and certainty.sureness == "clear"
    category, certainty = _certainty(_slice(25, 60))
    assert category == "light_touch" and certainty.probability > 0.9 and not certainty.between


@pytest.mark.slow
def test_a_school_at_a_threshold_is_borderline_and_both_sides_are_named():
    certainty = _certainty(_slice(47, 30))[1]
    assert certainty.probability < BORDERLINE
    assert set(certainty.between) == {"Secure", "Light touch support"}


@pytest.mark.slow
def test_every_outcome_has_a_probability_and_they_are_all_there_is():
    certainty = _certainty(_slice(50, 25))[1]
    keys = [key for key, _, _ in certainty.probabilities]
    assert keys == [*(category.key for category in POLICY.categories), INSUFFICIENT_EVIDENCE]
    assert sum(share for _, _, share in certainty.probabilities) == pytest.approx(1)
    assert certainty.resamples == 1000


@pytest.mark.slow
def test_the_answer_does_not_hang_on_what_was_done_before():
    slice = _slice(50, 25)
    first = _certainty(slice)[1]
    np.random.default_rng(1).random(10)
    _certainty(_slice(40, 12))
    assert _certainty(slice)[1] == first


@pytest.mark.slow
def test_an_inspection_that_decides_is_not_drawn_anew():
    measures = {
        "urn": 100001,
        "inspected_urn": 100001,
        "framework": "graded judgements",
        "kind": "graded",
        "area": "Category of concern",
        "outcome": "Special measures",
        "date": "2025-02-01",
        "about_predecessor": False,
    }
    category, certainty = _certainty(_slice(60, 60, inspections=[measures]))
    assert category == "intensive" and certainty.probability == 1


@pytest.mark.slow
def test_without_figures_nothing_is_drawn():
    certainty = _certainty(make_slice([]))[1]
    assert certainty.probability is None and certainty.sureness is None and "nothing to draw anew" in certainty.reason


def test_borderline_begins_below_four_in_five():
    """By hand: 8 of 10 draws are enough, 7 are not; the likeliest other outcome is named."""
    secure, light, focus = 1, 2, 3
    sure = count_outcomes(POLICY, np.array([secure] * 8 + [light] * 2), "secure")
    assert sure.probability == 0.8 and sure.between == ()
    unsure = count_outcomes(POLICY, np.array([secure] * 7 + [light] + [focus] * 2), "secure")
    assert unsure.between == ("Secure", "Focus support")
    half = count_outcomes(POLICY, np.array([secure] * 5 + [focus] * 5), "secure")
    less = count_outcomes(POLICY, np.array([secure] * 4 + [light] * 3 + [focus] * 3), "secure")
    assert [one.sureness for one in (sure, unsure, half, less)] == ["clear", "borderline", "borderline", "doubtful"]
