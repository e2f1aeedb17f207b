"""The method stands once: what is printed of a school and how certain its category is come from the same lines.

A threshold or an operator changed in its one place moves the printed rating and the resamples' alike. A second copy of
either would stay as it was, and fail here.
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import pipeline
from pipeline.analysis.country.resampling import resample
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.ratings.judging import judge
from pipeline.analysis.results import AS_NUMBER, GAP, NO_FINDING, NOT_RATED, STRENGTH
from pipeline.analysis.school import analyse_school
from pipeline.analysis.school_grid import _LAST, lay_out_school
from pipeline.foundation.vocabulary import Direction
from pipeline.policy import assign_category, gather_facts, load_policy
from pipeline.policy.conditions import Condition, Count
from pipeline.policy.doubt.certainty import find_certainty

from .slices import england, indicator, make_slice, row

RWM = indicator("ks2_rwm_expected")
SCORE = indicator("ks2_reading_score")
PROGRESS = indicator("ks2_maths_progress")
YEARS = (2017, 2018, 2019)
ROWS = {
    RWM.key: [row(RWM.measure, year, 20, 150) for year in YEARS],
    SCORE.key: [row(SCORE.measure, year, 98, 150, unit="scaled score") for year in YEARS],
    PROGRESS.key: [
        row(PROGRESS.measure, year, -4.0, 150, lower=-5.0, upper=-3.0, step=0.1, unit="progress") for year in YEARS
    ],
}
ENGLAND = [
    *(england(RWM.measure, year, 65) for year in YEARS),
    *(england(SCORE.measure, year, 105) for year in YEARS),
]


def rate_both_ways(each) -> tuple[int, set[int]]:
    """The printed rating beside England, and every rating that resamples of the school are given."""
    _LAST.clear()
    slice = make_slice(ROWS[each.key], ENGLAND)
    printed = next(one for one in analyse_school(slice, [each], 2019).results).against("england").rating
    known = lay_out_school(slice, [each], 2019).known
    rng = np.random.default_rng(1)
    drawn = resample(known.grid, known.england, known.similar, known.spread, resamples=50, rng=rng)
    return AS_NUMBER[printed], set(judge(drawn, [known.england, known.similar]).against("england").ravel().tolist())


@pytest.mark.parametrize("each", [RWM, SCORE, PROGRESS], ids=lambda one: one.key)
def test_a_gap_is_a_gap_in_print_and_in_every_resample(each):
    assert rate_both_ways(each) == (GAP, {GAP})


@pytest.mark.parametrize(
    ("each", "changed", "rating"),
    [
        (RWM, {"minimum_pupils": 451}, NOT_RATED),
        (SCORE, {"minimum_pupils": 451}, NOT_RATED),
        (PROGRESS, {"minimum_pupils": 451}, NOT_RATED),
        (RWM, {"minimum_years": 4}, NOT_RATED),
        (SCORE, {"minimum_years": 4}, NOT_RATED),
        (PROGRESS, {"minimum_years": 4}, NOT_RATED),
        (RWM, {"minimum_difference": 99.0}, NO_FINDING),
        (SCORE, {"minimum_difference": 99.0}, NO_FINDING),
        (PROGRESS, {"minimum_difference": 99.0}, NO_FINDING),
        (RWM, {"direction": Direction.LOWER_IS_BETTER}, STRENGTH),
        (SCORE, {"direction": Direction.LOWER_IS_BETTER}, STRENGTH),
        (PROGRESS, {"direction": Direction.LOWER_IS_BETTER}, STRENGTH),
    ],
)
def test_what_an_indicator_says_moves_both(each, changed, rating):
    assert rate_both_ways(each.model_copy(update=changed)) == (rating, {rating})


NEVER = np.vectorize(lambda p: p if np.isnan(p) else 1.0, otypes=[float])


@pytest.mark.parametrize(
    ("each", "name", "changed", "rating"),
    [
        *((one, "ratings.judging.FALSE_DISCOVERY_RATE", -1.0, NO_FINDING) for one in (RWM, SCORE, PROGRESS)),
        *((one, "ratings.judging.control_by_row", NEVER, NO_FINDING) for one in (RWM, SCORE, PROGRESS)),
        (RWM, "ratings.judging.SLACK", -1e6, NO_FINDING),  # a whole pupil becomes a million
        (SCORE, "ratings.judging.SLACK", -1e6, NO_FINDING),
        (RWM, "grids.pooling._LEAST_PUPILS", 10_000, NOT_RATED),
        (SCORE, "grids.pooling._LEAST_PUPILS", 10_000, NOT_RATED),
        (RWM, "ratings.judging.find_p_of_share", lambda *case: np.ones(len(case[0])), NO_FINDING),
        (SCORE, "ratings.judging.find_p_of_distance", lambda distance, error: np.ones(len(distance)), NO_FINDING),
        (PROGRESS, "ratings.judging.find_p_of_distance", lambda distance, error: np.ones(len(distance)), NO_FINDING),
        (RWM, "grids.pooling.count_pupils", lambda value, pupils, step: (pupils, pupils, pupils), STRENGTH),
        (
            RWM,
            "ratings.judging.leave_out_unlike",
            lambda grid, pooled, fits: replace(pooled, refusal=pooled.refusal + 1),
            NOT_RATED,
        ),
    ],
)
def test_a_threshold_or_a_step_changed_in_its_one_place_moves_both(monkeypatch, each, name, changed, rating):
    monkeypatch.setattr(f"pipeline.analysis.{name}", changed)
    assert rate_both_ways(each) == (rating, {rating})


def categorise_both_ways(policy) -> tuple[str, set[str]]:
    _LAST.clear()
    slice = make_slice([one for rows in ROWS.values() for one in rows], ENGLAND)
    indicators = load_indicators()
    facts = gather_facts(analyse_school(slice, indicators, 2019))
    category = assign_category(policy, facts).category
    certainty = find_certainty(policy, slice, facts, indicators, 2019, category, resamples=50)
    return category, {key for key, _, share in certainty.probabilities if share}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("whose", "name", "changed"),
    [
        (Condition, "looks_at", lambda condition, indicator, count: False),
        (Condition, "counts", lambda condition, rating, persistent: rating == 99),
        (Count, "holds", lambda count, number: number < 0),
    ],
)
def test_a_clause_changed_in_its_one_place_moves_the_category_and_its_certainty(monkeypatch, whose, name, changed):
    policy = load_policy("worcestershire")
    category, among = categorise_both_ways(policy)
    assert among == {category}
    monkeypatch.setattr(whose, name, changed)
    moved, among = categorise_both_ways(policy)
    assert moved != category
    assert among == {moved}


PACKAGE = Path(pipeline.__file__).parent


def parse(path: str) -> ast.Module:
    return ast.parse((PACKAGE / path).read_text(encoding="utf-8"))


def list_numbers() -> Counter[tuple[str, float]]:
    """Every named number of the analysis and of the policy, and in how many modules it is written down."""
    paths = [path for room in ("analysis", "policy") for path in (PACKAGE / room).rglob("*.py")]
    given = [node for path in paths for node in parse(path).body if isinstance(node, ast.Assign)]
    return Counter(
        (target.id.lstrip("_"), node.value.value)
        for node in given
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, int | float)
        for target in node.targets
        if isinstance(target, ast.Name)
    )


@pytest.mark.slow
def test_every_named_number_of_the_method_is_written_down_once():
    numbers = list_numbers()
    assert ("FALSE_DISCOVERY_RATE", 0.05) in numbers and ("SLACK", 1e-9) in numbers
    assert [name for name, times in numbers.items() if times > 1] == []


@pytest.mark.parametrize("reader", ["analysis/ratings/rating.py", "analysis/school.py", "policy/evidence/facts.py"])
def test_what_reads_results_for_the_page_works_nothing_out(reader):
    """No product, no quotient, no power; and ratings are compared with no number."""
    worked_out = (ast.Mult, ast.Div, ast.Pow, ast.FloorDiv, ast.Mod)
    assert [ast.unparse(node) for node in ast.walk(parse(reader)) if isinstance(node, worked_out)] == []
    if reader == "analysis/ratings/rating.py":
        ordered = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Sub)
        assert [node for node in ast.walk(parse(reader)) if isinstance(node, ordered)] == []
