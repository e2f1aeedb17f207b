"""What a finding means, measured on two authorities' published results: it lasts, and poverty does not make it.

The promises stand in docs/method.md and docs/how-far-to-trust.md. Both authorities have three years of results; of one
primary schools and secondaries are judged, of the other secondaries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from pipeline.analysis.country.similar import LEAST, average_similar, link_similar
from pipeline.analysis.country.simulation import (
    count_false_findings,
    measure_coverage,
    measure_known_differences,
    simulate_known_differences,
    simulate_no_differences,
)
from pipeline.analysis.country.spread import Spread, gather_spread, list_usual_drifts
from pipeline.analysis.country.worth_a_look import choose_worth_a_look, find_gap_probabilities, measure_year_ahead
from pipeline.analysis.grids.grid import Baselines, Grid, find_ends, lay_out, lay_out_england, lay_out_similar
from pipeline.analysis.grids.pooling import pool_grid
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.ratings.judging import find_least_differences, judge
from pipeline.analysis.results import GAP, NOT_RATED, STRENGTH
from pipeline.policy import PolicyFacts, load_policy
from pipeline.policy.doubt.calibration import calibrate
from pipeline.policy.doubt.certainty import RESAMPLES
from pipeline.policy.many import assign_many, list_outcomes
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from pipeline.run.preparing.study import study_edition

pytestmark = [pytest.mark.published, pytest.mark.kernel]

YEAR = 2019
YEARS = ("2016-2017", "2017-2018", "2018-2019")
SHARED = ("2018-2019/england_abs.csv", "2018-2019/england_census.csv")
FILES = {
    850: [*(f"{year}/850_ks2final.csv" for year in YEARS), *SHARED],
    815: [
        *(f"{year}/815_{kind}.csv" for year in YEARS[:2] for kind in ("ks4final", "census")),
        "2018-2019/815_spine.csv",
        "2018-2019/england_ks4provisional.csv",
        *SHARED,
    ],
}
LARGE = 8.0  # percentage points
WORLDS = 3_000
SCHOOLS = 125  # of which stated probabilities are put to the test


@dataclass(frozen=True)
class Area:
    """The schools of one authority that have any figure, a row each."""

    schools: pd.DataFrame
    free_meals: np.ndarray  # per cent, any time in six years
    grid: Grid
    england: Baselines
    similar: Baselines
    plain: Baselines  # the nearest schools within 0.8 standard deviations, as they are
    spread: Spread

    @property
    def better(self) -> np.ndarray:
        """1 where more is better, -1 where less is."""
        return np.array([-1.0 if one.lower_is_better else 1.0 for one in self.grid.indicators])

    @property
    def shares(self) -> np.ndarray:
        return np.array([one.method == "percent" for one in self.grid.indicators])

    def find(self, key: str) -> int:
        return [one.key for one in self.grid.indicators].index(key)


def gather_area(prepare_published, authority: int) -> Area:
    tables = prepare_published(FILES[authority], YEAR)
    schools = tables.schools().query(f"la == {authority}").reset_index(drop=True)
    urns = schools["urn"].tolist()
    indicators = load_indicators()
    study = study_edition(tables, urns, indicators, YEAR)
    observed = tables.observations(urn=urns)
    grid = lay_out(observed, urns, indicators, YEAR)
    places = np.flatnonzero(~np.isnan(grid.value).all(axis=(0, 2)))
    grid = grid.choose(places)
    spread = gather_spread(grid.indicators, study.spreads, study.correlations)
    england = lay_out_england(tables.area_observations(), schools, grid.indicators, YEAR)
    similar = lay_out_similar(study.figures, urns, grid.indicators, YEAR)
    meals = observed.query("measure == 'fsm6_percent' and group == 'all' and year == @YEAR").drop_duplicates("urn")
    known = ~np.isnan(grid.value).all(axis=(1, 2))
    return Area(
        schools[known],
        schools["urn"].map(meals.set_index("urn")["value"]).to_numpy(dtype=float)[known],
        grid.allow_for(spread.drift).take(known),
        england.take(known),
        similar.take(known),
        average_as_they_are(tables, study.similar, urns, grid).take(known),
        spread,
    )


def average_as_they_are(prepared, similar: pd.DataFrame, urns: list[int], grid: Grid) -> Baselines:
    """What the nearest schools achieve at their own context: what a school was compared with before it was adjusted."""
    near = similar[similar["distance"] <= 0.8]
    near = near[near.groupby("urn")["rank"].transform("size") >= LEAST]
    both = sorted({*urns, *near["similar"]})
    everyone = lay_out(prepared.observations(urn=both), both, grid.indicators, YEAR)
    return lay_out_similar(average_similar(everyone, both, link_similar(both, near)), urns, grid.indicators, YEAR)


@pytest.fixture(scope="module")
def areas(prepare_published) -> dict[int, Area]:
    return {authority: gather_area(prepare_published, authority) for authority in FILES}


@pytest.fixture(params=sorted(FILES))
def area(request, areas) -> Area:
    return areas[request.param]


#: What is asked of each authority: one headline figure a phase.
HEADLINES = {
    850: (("primary", "ks2_rwm_expected"), ("junior", "ks2_rwm_expected")),
    815: (("secondary", "ks4_attainment8"),),
}
CASES = [(authority, *one) for authority, some in HEADLINES.items() for one in some]


def compare_with_similar(area: Area, phase: str, key: str, baseline: Baselines) -> tuple[np.ndarray, np.ndarray]:
    """How far each school of a phase lies from its baseline, NaN where it has none; and its free meals."""
    place = area.find(key)
    pooled = pool_grid(area.grid)
    left = pooled.value[:, place] - pooled.weigh(baseline.value)[:, place]
    may = (area.schools["phase"] == phase).to_numpy() & pooled.enough[:, place] & ~np.isnan(area.free_meals)
    may &= (area.schools["status"] != "closed").to_numpy()
    return left[may], area.free_meals[may]


@pytest.mark.parametrize(("authority", "phase", "key"), CASES)
def test_nearly_every_mainstream_school_is_compared_and_poverty_is_not_left_over(areas, authority, phase, key):
    left, meals = compare_with_similar(areas[authority], phase, key, areas[authority].similar)
    known = ~np.isnan(left)
    assert known.mean() >= 0.95, f"{known.sum()} of {len(known)}"
    assert abs(np.corrcoef(left[known], meals[known])[0, 1]) <= 0.15


@pytest.mark.parametrize(("authority", "phase", "key"), CASES)
def test_schools_lie_no_farther_from_their_baseline_than_from_the_nearest_as_they_are(areas, authority, phase, key):
    area = areas[authority]
    left, _ = compare_with_similar(area, phase, key, area.similar)
    plain, _ = compare_with_similar(area, phase, key, area.plain)
    both = ~np.isnan(left) & ~np.isnan(plain)
    assert both.sum() >= 25
    assert np.sqrt((left[both] ** 2).mean()) <= np.sqrt((plain[both] ** 2).mean())


@pytest.mark.parametrize("phase", ["primary", "junior", "secondary"])
def test_of_no_result_is_poverty_left_over(area, phase):
    """Attendance apart: in North Yorkshire's primary schools it goes with poverty more closely than in England."""
    for one in area.grid.indicators:
        left, meals = compare_with_similar(area, phase, one.key, area.similar)
        known = ~np.isnan(left)
        if one.theme != "attendance" and known.sum() >= 25:
            assert abs(np.corrcoef(left[known], meals[known])[0, 1]) <= 0.15, one.key


def test_a_country_without_lasting_differences_shows_hardly_any_finding(area):
    world = simulate_no_differences(area.grid, (area.england, area.similar), area.spread, worlds=WORLDS)
    found = count_false_findings(judge(world.grid, world.baselines))
    assert found.any_finding.share <= 0.05
    assert found.any_gap.share <= 0.03
    results = np.array([one.theme != "attendance" for one in world.grid.indicators])
    with_results = world.take(pool_grid(world.grid).enough[:, results].any(axis=1))
    by_chance_alone = count_false_findings(judge(with_results.grid.allow_for(1.0), with_results.baselines))
    assert by_chance_alone.any_finding.share > 0.15  # what ratings said before years were allowed for


def test_what_truly_differs_is_found_the_large_gaps_above_all(areas):
    area = areas[850]
    world = simulate_known_differences(area.grid, (area.england, area.similar), area.spread, worlds=WORLDS)
    judged = judge(world.grid, world.baselines)
    found = measure_known_differences(world, judged)
    assert found.wrong_way.share <= 0.01
    (covered, *_) = measure_coverage(world)
    assert 0.94 <= covered.share <= 0.96
    pooled = pool_grid(world.grid)
    away = area.better * (pooled.weigh(world.truth) - pooled.weigh(world.baseline_truth[0]))
    rated = judged.rating[:, 0] != NOT_RATED
    large = (away <= -LARGE) & area.shares & rated
    assert (judged.rating[:, 0] == GAP)[large].mean() >= 0.50  # heads' reports
    beside = find_gap_probabilities(world.grid, *world.baselines, area.spread)
    listed = choose_worth_a_look(np.stack(beside, axis=1))
    assert listed[:, 0][large & ~np.isnan(beside[0])].mean() >= 0.60  # the officer's list
    assert 1 - _are_gaps(area, world, pooled)[listed].mean() == pytest.approx(0.05, abs=0.01)


def _are_gaps(area: Area, world, pooled) -> np.ndarray:
    """Which differences (rows, comparators, indicators) are truly gaps that matter."""
    least = find_least_differences(world.grid.indicators, pooled)
    own = pooled.weigh(world.truth)
    return np.stack([area.better * (own - pooled.weigh(true)) <= -least for true in world.baseline_truth], axis=1)


def test_a_finding_of_two_years_stays_on_its_side_of_england_in_the_third(area):
    earlier = replace(area.grid, value=np.where(np.arange(3) < 2, area.grid.value, np.nan))
    rating = judge(earlier, (area.england, area.similar)).rating[:, 0]
    latest = area.better * (area.grid.value - area.england.value)[:, :, 2]
    known = ~np.isnan(latest)
    found = {name: (rating == one) & known for name, one in (("gap", GAP), ("strength", STRENGTH))}
    findings = sum(int(each.sum()) for each in found.values())
    crossed = int((found["gap"] & (latest > 0)).sum() + (found["strength"] & (latest < 0)).sum())
    assert findings >= 80
    assert crossed / findings <= 0.05, f"{crossed} of {findings}"


def test_next_years_figures_lie_where_the_years_before_led_one_to_expect(area):
    held = measure_year_ahead(area.grid, area.england, area.similar, area.spread)
    assert np.isfinite(held).sum() > 150
    assert 0.93 <= np.nanmean(held) <= 0.97


@pytest.mark.parametrize(
    ("authority", "policy"), [pytest.param(850, "worcestershire", marks=pytest.mark.long), (815, "two-counties")]
)
def test_a_stated_probability_is_kept_within_three_points(areas, authority, policy):
    """With as many draws as a report makes: fewer blur what is stated, and the tenths with it. Of so few schools single
    tenths say little; docs/how-far-to-trust.md has them of many."""
    area = areas[authority]
    world = simulate_known_differences(area.grid, (area.england, area.similar), area.spread, worlds=SCHOOLS)
    kept = calibrate(
        load_policy(policy), world, PolicyFacts(0, ()), area.spread, schools=SCHOOLS, resamples=RESAMPLES, fresh_sets=20
    )
    stated = sum(tenth.outcomes for tenth in kept.any_outcome)
    assert sum(tenth.outcomes * abs(tenth.apart) for tenth in kept.any_outcome) / stated <= 0.03
    assert abs(sum(tenth.outcomes * tenth.apart for tenth in kept.given)) / SCHOOLS <= 0.03
    for tenth in (*kept.any_outcome, *kept.given):  # each, as far as so few schools can tell
        assert abs(tenth.apart) <= 0.03 + 2 * tenth.error or tenth.outcomes < 10, tenth


# One year alone. The latest files look back at some years, so each real year is taken by itself, and nothing is known
# of how years vary but what is usual.


def take_year(area: Area, when: int) -> Grid:
    """The figures of one year alone, in an edition that shows nothing of how years vary."""
    alone = replace(area.grid, value=np.where(np.arange(3) == when, area.grid.value, np.nan))
    return alone.allow_for(list_usual_drifts(alone.indicators))


POLICIES = {850: "worcestershire", 815: "two-counties"}


@pytest.mark.slow
@pytest.mark.parametrize("authority", sorted(FILES))
def test_every_mainstream_school_with_results_of_one_year_has_a_category(areas, authority):
    area, policy = areas[authority], load_policy(POLICIES[authority])
    grid = take_year(area, 2)
    asked_two = tuple(one.model_copy(update={"minimum_years": 2}) for one in grid.indicators)
    results = np.array([one.theme != "attendance" for one in grid.indicators])
    with_results = pool_grid(grid).enough[:, results].any(axis=1)
    with_results &= ~area.schools["phase"].isin(["special", "independent"]).to_numpy()
    shares = []
    for one in (replace(grid, indicators=asked_two), grid):
        outcome = assign_many(policy, judge(one, (area.england, area.similar)), PolicyFacts(0, ()))
        nothing = outcome == list_outcomes(policy).index(INSUFFICIENT_EVIDENCE)
        shares.append(nothing[with_results].mean())
        assert nothing[~with_results].all()  # absence alone, or no fair comparison: nothing to be judged by
    assert with_results.sum() >= 45
    assert shares == [1.0, 0.0]


@pytest.mark.slow
@pytest.mark.parametrize("when", range(3))
def test_one_year_of_a_country_without_lasting_differences_shows_hardly_any_finding(area, when):
    """Years vary in it as three real years did; the judgement knows only what is usual."""
    grid = take_year(area, when)
    world = simulate_no_differences(grid, (area.england, area.similar), area.spread, worlds=WORLDS)
    found = count_false_findings(judge(world.grid, world.baselines))
    assert found.any_finding.share <= 0.05
    assert found.any_gap.share <= 0.03
    (covered, *_) = measure_coverage(world)
    assert 0.93 <= covered.share <= 0.97


@pytest.mark.slow
def test_a_real_year_is_hardly_ever_found_to_differ_from_the_same_schools_other_years(areas):
    """No school differs from itself: what is found is what one real year, as it came, does beyond its promise."""
    schools = findings = gaps = 0
    for area in areas.values():
        for when in range(3):
            rating = judge(take_year(area, when), beside_itself(area, when)).rating
            schools += int((rating != NOT_RATED).any(axis=(1, 2)).sum())
            findings += int(np.isin(rating, (GAP, STRENGTH)).any(axis=(1, 2)).sum())
            gaps += int((rating == GAP).any(axis=(1, 2)).sum())
    assert schools >= 1_000
    assert findings / schools <= 0.05, f"{findings} of {schools}"
    assert gaps / schools <= 0.03, f"{gaps} of {schools}"


def beside_itself(area: Area, when: int) -> tuple[Baselines, Baselines]:
    """Each school's other two years in the place of similar schools, moved as the country and then the area moved."""
    grid, year = area.grid, np.arange(3) == when
    before = pool_grid(replace(grid, value=np.where(year, np.nan, grid.value)))
    alone = pool_grid(replace(grid, value=np.where(year, grid.value, np.nan)))
    progress = np.array([one.method == "published_interval" for one in grid.indicators])
    moved = np.where(progress, 0.0, area.england.value[:, :, when] - before.weigh(area.england.value))
    expected = before.value + moved
    weight = np.where(np.isnan(alone.value - expected), 0.0, alone.weights.sum(axis=2))
    with np.errstate(invalid="ignore"):
        expected = expected + np.nansum((alone.value - expected) * weight, axis=0) / weight.sum(axis=0)
    least, most = find_ends(grid.indicators)
    own = np.repeat(np.clip(expected, least, most)[:, :, None], 3, axis=2)
    pupils = np.repeat(np.where(progress, np.nan, before.pupils)[:, :, None], 3, axis=2)
    error = np.repeat(np.where(progress, np.nan_to_num(before.error), 0.0)[:, :, None], 3, axis=2)
    itself = replace(area.similar, value=own, pupils=pupils, error=error, fits=~np.isnan(expected))
    nobody = replace(area.england, value=np.full(own.shape, np.nan))
    return nobody, itself
