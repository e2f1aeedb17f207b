"""Simulated countries: false findings are rare, intervals hold the truth, and what is known is found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.analysis.country.simulation import (
    ONE_YEAR,
    count_false_findings,
    measure_coverage,
    measure_known_differences,
    simulate_known_differences,
    simulate_no_differences,
)
from pipeline.analysis.ratings.judging import judge
from tests.analysis.grids import NATIONAL, blank_grid, england_of, similar_like, spread_of

pytestmark = pytest.mark.slow

KEYS = tuple(NATIONAL)
RESULTS = len(KEYS) - 1  # all but absence count the same tests
MANY = 20_000  # a share of 3% is known to 0.25 points either way, a coverage of 95% to less
SOME = 3_000  # the same to 0.6 points: enough where the share is well under its target


def correlate(within: float) -> np.ndarray:
    """Indicators that rise and fall together, absence on its own."""
    matrix = np.eye(len(KEYS))
    matrix[:RESULTS, :RESULTS] += within * (1 - np.eye(RESULTS))
    return matrix


SPREAD = replace(
    spread_of(KEYS, 0.2, between=correlate(0.7), within=correlate(0.6)),
    spread=np.array([0.2, 0.2, 0.2, 0.2, 1.8, 1.8, 0.15]),
)


@pytest.fixture(scope="module")
def edition():
    """Schools small and large, some cells missing, beside England and similar schools that chance touches too."""
    pupils = np.array([6, 9, 12, 14, 18, 24, 29, 30, 45, 58, 60, 90, 120])
    grid = blank_grid(KEYS, pupils)
    grid.value[0, :, 0] = grid.value[4, 1] = grid.value[9, 2, 1:] = np.nan
    similar = similar_like(grid.value.copy(), 1_800)
    similar.error[:] = 0.15
    return grid, (england_of(grid), similar)


@pytest.fixture(scope="module")
def alike(edition):
    world = simulate_no_differences(*edition, SPREAD, worlds=SOME)
    return world, judge(world.grid, world.baselines)


@pytest.fixture(scope="module")
def differing(edition):
    world = simulate_known_differences(*edition, SPREAD, worlds=SOME)
    return world, judge(world.grid, world.baselines)


def test_without_real_differences_at_most_one_school_in_twenty_shows_any_finding(edition):
    grid, (england, _) = edition
    world = simulate_no_differences(grid, (england,), SPREAD, worlds=MANY)
    found = count_false_findings(judge(world.grid, world.baselines))
    assert found.any_finding.of >= MANY
    assert 0.01 < found.any_finding.share <= 0.05
    assert found.any_gap.share < found.any_finding.share
    assert measure_coverage(world)[0].share == pytest.approx(0.95, abs=0.01)


def test_two_comparators_are_one_family_of_tests(alike):
    found = count_false_findings(alike[1])
    assert 0.01 < found.any_finding.share <= 0.05


def test_ninety_five_per_cent_of_the_intervals_hold_the_truth_whatever_it_is(alike, differing):
    for world, _ in (alike, differing):
        everything, *groups = measure_coverage(world)
        assert everything.share == pytest.approx(0.95, abs=0.01)
        assert {one.name for one in groups} == {
            *("shares of pupils", "averages", "progress scores"),
            *(f"{size} pupils a year" for size in ("under 15", "15 to 29", "30 to 59", "60 or more")),
            ONE_YEAR,
        }
        for one in groups:
            assert one.share == pytest.approx(0.95, abs=0.02), one


def test_of_known_differences_more_are_found_in_larger_schools_and_hardly_any_the_wrong_way(differing):
    found = measure_known_differences(*differing)
    shares = [one.share for one in found.found_by_size]
    assert shares == sorted(shares) and shares[-1] > 2 * shares[0]
    assert found.wrong_way.share < 0.01
    assert found.too_small.share < 0.1
    assert found.found.of == sum(one.of for one in found.found_by_size)
    assert 0 < found.found_large.of < found.found.of and found.found_large.share > found.found.share


def test_the_promise_holds_where_years_vary_and_is_broken_where_that_is_not_allowed_for(edition, alike):
    grid, held = edition
    restless = replace(SPREAD, drift=np.full(len(KEYS), 2.0))
    shares = []
    for known in (grid, grid.allow_for(restless.drift)):
        world = simulate_no_differences(known, held, restless, worlds=2_000)
        shares.append(count_false_findings(judge(world.grid, world.baselines)).any_finding.share)
    assert shares[0] > 2 * count_false_findings(alike[1]).any_finding.share
    assert shares[1] <= 0.05


def test_a_simulated_country_looks_as_the_edition_was_published(edition, differing):
    grid, _ = edition
    world, _ = differing
    assert np.array_equal(np.isnan(world.grid.value), np.isnan(grid.value[world.school]))
    assert np.array_equal(world.grid.pupils, grid.pupils[world.school])
    published = world.grid.value / world.grid.step
    assert np.nanmax(np.abs(published - np.round(published))) < 1e-6
    absence = world.grid.value[:, KEYS.index("absence_persistent")]
    counted = ~np.isnan(absence[:, 0])
    assert np.array_equal(absence[counted, 0], absence[counted, 1])  # the same pupils are counted again


def test_the_edition_alone_fixes_what_is_drawn(edition):
    grid, baselines = edition
    one, other = (simulate_known_differences(grid, baselines, SPREAD, worlds=50) for _ in range(2))
    assert np.array_equal(one.grid.value, other.grid.value, equal_nan=True)
    later = simulate_known_differences(replace(grid, year=2020), baselines, SPREAD, worlds=50)
    assert not np.array_equal(one.grid.value, later.grid.value, equal_nan=True)


def test_a_small_edition_is_repeated_and_a_school_without_figures_left_out(edition):
    grid, (england, _) = edition
    few = grid.take(np.arange(7))
    few.value[1] = np.nan
    world = simulate_no_differences(few, (england,), SPREAD)
    assert len(world.school) >= 2_000
    assert set(world.school) == {0, 2, 3, 4, 5, 6}


def test_an_edition_without_any_figure_gives_an_empty_country(edition):
    grid, baselines = edition
    nothing = replace(grid, value=np.full(grid.value.shape, np.nan))
    world = simulate_no_differences(nothing, baselines, SPREAD)
    assert len(world.school) == 0
    assert count_false_findings(judge(world.grid, world.baselines)).any_finding.share is None
