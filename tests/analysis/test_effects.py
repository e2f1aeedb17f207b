"""What support did, in simulated areas where that is known: schools are given it because their results are low."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.analysis.statistics.effects import estimate_effect, simulate_areas, weigh_before

AREAS = 2_000
#: Schools of the area, how many of them are supported, and by how much else than low results they are chosen.
PROGRAMMES = ((15, 5, 10.0), (20, 5, 0.0), (60, 8, 5.0), (150, 20, 0.0))


def draw_areas(schools, supported, chance, effect=0.0, background=0.0, seed=7):
    """Areas of schools with 8 to 120 pupils a year, each pupil meeting a standard or not, over two earlier years and a
    later one; support goes to those whose earlier percentages, and whatever else ``chance`` is, are lowest."""
    random = np.random.default_rng(seed)
    pupils = np.exp(random.uniform(np.log(8), np.log(120), (AREAS, schools))).round().astype(int)
    context = random.normal(size=schools)
    lasting = 60 + random.normal(0, 9, (AREAS, schools)) - background * context
    share = lambda extra: np.clip(lasting + random.normal(0, 3, lasting.shape) + extra, 2, 98) / 100  # noqa: E731
    earlier = 100 * sum(random.binomial(pupils, share(0)) for _ in range(2)) / (2 * pupils)
    order = earlier + random.normal(0, chance, earlier.shape) if chance else earlier
    chosen = np.argsort(np.argsort(order, axis=1), axis=1) < supported
    later = 100 * random.binomial(pupils, share(effect * chosen)) / pupils
    variance = 2_400 / pupils
    return (earlier, variance / 2, later, variance, chosen), context[:, None]


@pytest.mark.slow
@pytest.mark.parametrize("programme", PROGRAMMES)
def test_support_without_effect_shows_none_in_95_of_100_programmes(programme):
    figures, _ = draw_areas(*programme)
    found = estimate_effect(*figures)
    shown = (found.lower > 0) | (found.upper < 0)
    assert shown.mean() == pytest.approx(0.05, abs=0.015)
    assert found.moved.mean() > 2  # and schools chosen for being low rose all the same
    assert found.by_itself.mean() == pytest.approx(found.moved.mean(), abs=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("programme", PROGRAMMES)
@pytest.mark.parametrize("effect", [6, -4])
def test_a_known_effect_lies_within_its_range_in_95_of_100_programmes(programme, effect):
    figures, _ = draw_areas(*programme, effect=effect)
    found = estimate_effect(*figures)
    assert ((found.lower <= effect) & (effect <= found.upper)).mean() == pytest.approx(0.95, abs=0.015)
    assert found.difference.mean() == pytest.approx(effect, abs=0.6)
    assert found.moved - found.by_itself == pytest.approx(found.difference)


@pytest.mark.slow
def test_a_wider_range_holds_the_truth_oftener():
    figures, _ = draw_areas(60, 8, 0.0)
    found = estimate_effect(*figures, confidence=0.99)
    assert ((found.lower <= 0) & (found.upper >= 0)).mean() > 0.98


@pytest.mark.slow
def test_what_is_known_of_pupils_is_allowed_for():
    """Poorer schools are chosen, and later results fall with poverty: unadjusted, support would seem to harm."""
    figures, context = draw_areas(150, 20, 0.0, background=0.0, seed=11)
    earlier, before, later, after, _ = figures
    chosen = np.broadcast_to(np.argsort(np.argsort(-context[:, 0])) < 20, earlier.shape)
    fallen = later - 3 * context[:, 0]
    assert estimate_effect(earlier, before, fallen, after, chosen).difference.mean() < -3
    held = estimate_effect(earlier, before, fallen, after, chosen, context)
    assert ((held.lower <= 0) & (held.upper >= 0)).mean() > 0.93


def test_small_schools_are_drawn_further_towards_the_average():
    earlier, variance = np.array([40.0, 40.0, 60, 70, 80, 75, 50, 65]), np.array([400.0, 10, 50, 50, 50, 50, 50, 50])
    drawn = weigh_before(earlier, variance).drawn
    assert drawn[1] < drawn[0] < 0


@pytest.mark.slow
def test_an_area_like_a_real_one_shows_what_low_schools_do_without_support():
    figures, _ = draw_areas(60, 8, 0.0)
    area = [each[0] for each in figures]
    with pytest.raises(ValueError, match="too few"):
        estimate_effect(*(each[:3] for each in area))
    for effect in (0.0, 5.0):
        earlier, later, chosen = simulate_areas(*area, effect=effect, areas=AREAS, seed=3)
        again = simulate_areas(*area, effect=effect, areas=AREAS, seed=3)
        assert all((one == other).all() for one, other in zip((earlier, later, chosen), again, strict=True))
        assert (chosen.sum(axis=1) == 8).all()
        found = estimate_effect(earlier, area[1], later, area[3], chosen)
        assert 0.93 < ((found.lower <= effect) & (effect <= found.upper)).mean() < 0.97
        assert found.moved.mean() - effect > 3
