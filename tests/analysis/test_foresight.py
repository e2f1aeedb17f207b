"""What the years before say of the latest, and what a list of probable gaps holds where the truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.analysis.country.simulation import simulate_known_differences
from pipeline.analysis.country.worth_a_look import (
    FALSE_SHARE,
    count_staying,
    count_year_ahead,
    count_years,
    find_gap_probabilities,
    find_worse,
    hide_latest_year,
    measure_list,
    measure_staying,
)
from pipeline.analysis.ratings.judging import judge
from pipeline.analysis.results import GAP, NO_FINDING, STRENGTH
from tests.analysis.grids import NATIONAL, blank_grid, draw_country, england_of, similar_like, spread_of

KEYS = ("ks2_rwm_expected", "absence_persistent", "ks2_maths_progress")
EVERY = tuple(NATIONAL)


def build_school(before: tuple[float, float, float], latest: tuple[float, float, float], pupils: float = 200):
    """One large school that lies ``before`` from England for two years and ``latest`` in the last."""
    grid = blank_grid(KEYS, np.array([pupils]))
    moved = np.array([[before, before, latest]]).transpose(0, 2, 1)
    return replace(grid, value=grid.value + moved, lower=grid.lower + moved, upper=grid.upper + moved)


def test_a_finding_stays_where_the_latest_figure_lies_on_its_side_of_england():
    grid = build_school((-20, 0, 3), (-1, 0, 2))
    found, stays = measure_staying(grid, (england_of(grid),))
    assert found[0].tolist() == [GAP, NO_FINDING, STRENGTH]
    assert stays[0, 0] == 1 and np.isnan(stays[0, 1]) and stays[0, 2] == 1


@pytest.mark.parametrize("latest", [0, 5])
def test_a_latest_figure_that_is_englands_or_beyond_has_not_stayed(latest):
    grid = build_school((-20, 0, 0), (latest, 0, 0))
    assert measure_staying(grid, (england_of(grid),))[1][0, 0] == 0


def test_the_latest_year_has_no_part_in_what_was_found_before():
    grid = build_school((0, 0, 0), (-30, 0, 0))
    assert judge(grid, (england_of(grid),)).against("england")[0, 0] == GAP
    found, stays = measure_staying(grid, (england_of(grid),))
    assert found[0, 0] == NO_FINDING and np.isnan(stays[0, 0])


def test_years_that_count_the_same_pupils_say_nothing_of_one_another():
    grid = build_school((0, 20, 0), (0, 20, 0))
    assert grid.indicators[1].same_pupils
    assert np.isnan(measure_staying(grid, (england_of(grid),))[1][0, 1])


def test_where_the_latest_figure_is_withheld_nothing_is_counted():
    grid = build_school((-20, 0, 0), (np.nan, 0, 0))
    assert [one.of for one in count_staying(grid, (england_of(grid),))] == [0, 0, 0]
    assert count_years(build_school((0, 0, 0), (np.nan,) * 3)) == 2


def test_an_edition_of_one_year_has_nothing_to_count():
    grid = build_school((np.nan,) * 3, (-20, 0, 0))
    spread = spread_of(KEYS, 0.2)
    assert count_years(grid) == 1
    assert count_year_ahead(grid, england_of(grid), None, spread) == ()
    assert not any(one.of for one in count_staying(grid, (england_of(grid),)))


@pytest.fixture(scope="module")
def country():
    """Two thousand schools that truly differ, whose years vary more than chance."""
    spread = replace(
        spread_of(EVERY, 0.25, drift=1.6), spread_all=np.array([0.25] * 4 + [1.8, 1.8, 0.15])
    )  # on the scale of each: angles, points, and angles again
    spread = replace(spread, spread=spread.spread_all)
    rng = np.random.default_rng(7)
    truth = rng.standard_normal((2_000, len(EVERY))) * spread.spread
    pupils = rng.choice([20, 30, 45, 60, 90], 2_000)
    grid = draw_country(EVERY, pupils, truth, spread, 11).allow_for(spread.drift)
    return grid, spread


def test_of_a_country_whose_years_vary_as_known_95_in_100_latest_figures_lie_where_expected(country):
    grid, spread = country
    every, *kinds = count_year_ahead(grid, england_of(grid), None, spread)
    assert [one.name for one in kinds] == ["shares of pupils", "averages", "progress scores"]
    assert every.of == sum(one.of for one in kinds) == 2_000 * 6  # absence counts the same pupils
    assert all(one.share == pytest.approx(0.95, abs=0.015) for one in (every, *kinds))


def test_a_spread_that_knows_nothing_of_years_promises_too_much(country):
    grid, spread = country
    calm = replace(spread, drift=np.ones_like(spread.drift))
    assert count_year_ahead(grid, england_of(grid), None, calm)[0].share < 0.92


def test_most_findings_stay_and_hiding_a_year_changes_no_other(country):
    grid, _ = country
    every, gaps, strengths = count_staying(grid, (england_of(grid),))
    assert every.of == gaps.of + strengths.of > 1_000
    assert 0.9 < every.share < 1
    hidden = hide_latest_year(grid)
    assert np.isnan(hidden.value[:, :, -1]).all()
    assert np.array_equal(hidden.value[:, :, :-1], grid.value[:, :, :-1])


@pytest.mark.slow
def test_the_list_finds_more_true_gaps_than_heads_reports_and_keeps_its_share_of_false_ones(country):
    grid, spread = country
    similar = similar_like(grid.value[:300].copy(), 1_800)
    grid = grid.take(slice(0, 300))
    england = england_of(grid)
    world = simulate_known_differences(grid, (england, similar), spread, worlds=3_000)
    judged = judge(world.grid, world.baselines)
    listed = measure_list(world, judged, spread)
    heads = (judged.rating == GAP).sum()
    assert listed.false.share == pytest.approx(FALSE_SHARE, abs=0.015)
    assert listed.false.of > heads
    assert listed.found_large.share > listed.found.share


def test_what_is_expected_alone_puts_no_school_on_the_list():
    grid = build_school((-20, 0, 0.4), (-20, 0, 0.4))
    worse = find_worse(grid, (england_of(grid), similar_like(grid.value + 5.0)))
    assert worse[0].tolist() == [[True, False, False], [True, False, True]]  # of absence, less is better


@pytest.mark.parametrize("spread", [0.0, 0.1])
def test_a_school_thought_to_be_as_similar_schools_is_no_surer_than_their_figure(spread):
    """Where nothing but chance sets schools apart, a few pupils' figure must not become a certainty about England."""
    grid = blank_grid(KEYS[:1], np.array([30]))
    known = spread_of(KEYS[:1], spread)
    probable = [
        find_gap_probabilities(grid, england_of(grid), similar_like(grid.value - 4.0, pupils), known)[0][0, 0]
        for pupils in (100, 1e6)
    ]
    assert probable[0] < 0.9 and probable[0] < probable[1]
