"""Whether stated probabilities keep their word: of categories said to be 80% certain, are 80% given again?

In a simulated country with known differences every school is judged as in the edition and its categories are given
their probabilities, as ``certainty`` gives them. Then the same schools, of which the same is true, are judged on other
sets of pupils, and it is counted how often each category is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.analysis.country.resampling import form_belief, sample_figures, sample_normal
from pipeline.analysis.country.simulation import World, seed_generator, tell_apart
from pipeline.analysis.country.spread import Spread
from pipeline.analysis.ratings.distance import measure_distances
from pipeline.analysis.ratings.judging import Judged, judge
from pipeline.policy.evidence.facts import PolicyFacts
from pipeline.policy.many import assign_many, list_outcomes
from pipeline.policy.policy import Policy

#: School-worlds of which the probabilities are put to the test, and how finely.
SCHOOLS = 400
RESAMPLES = 150  # from which the probabilities are stated
FRESH_SETS = 20  # of pupils, on which the same school is judged again

_AT_ONCE = 40  # schools whose resamples are judged together: the same tests occur often and are made once
_TENTHS = 10
_PURPOSE = 30


@dataclass(frozen=True)
class Decile:
    """The probabilities stated from ``least`` up to the next tenth, and what became of them."""

    least: float  # 0 to 0.9
    outcomes: int  # probabilities stated, one a school and outcome
    stated: float  # their average
    achieved: float  # how often those outcomes were given again
    error: float  # the standard error of the two's difference, as few schools were tried; 0 of a single one

    @property
    def apart(self) -> float:
        """Achieved less stated."""
        return self.achieved - self.stated


@dataclass(frozen=True)
class Calibration:
    """Stated against achieved, by tenths that any probability fell into."""

    schools: int
    given: tuple[Decile, ...]  # the probability of the category that was given: the one a report states
    any_outcome: tuple[Decile, ...]  # that of every outcome not ruled out


def calibrate(
    policy: Policy,
    world: World,
    fixed: PolicyFacts | Sequence[PolicyFacts],
    spread: Spread,
    *,
    schools: int = SCHOOLS,
    resamples: int = RESAMPLES,
    fresh_sets: int = FRESH_SETS,
) -> Calibration:
    """Hold the probabilities of each outcome against what happens to the same schools on other sets of pupils.

    ``fixed`` are the facts besides ratings: the same for all, or one a row of ``world``. As many as ``schools`` rows
    of it are used, evenly spread over it. Similar schools' figures stay as they are, as they do in ``certainty``.
    """
    chosen = np.unique(np.linspace(0, len(world.school) - 1, min(schools, len(world.school))).astype(int))
    facts = [fixed] * len(chosen) if isinstance(fixed, PolicyFacts) else [fixed[row] for row in chosen]
    seen = world.take(chosen)
    given = assign_many(policy, judge(seen.grid, seen.baselines), facts)
    stated, achieved = [], []
    for number, (rows, kinds) in enumerate(_take_portions(len(chosen), facts)):
        portion = seen.take(rows)
        rng = seed_generator(seen.grid.year, _PURPOSE + number)
        stated.append(_share_outcomes(policy, _resample(portion, spread, resamples, rng), kinds, resamples))
        achieved.append(_share_outcomes(policy, _judge_anew(portion, spread, fresh_sets, rng), kinds, fresh_sets))
    all_stated, all_achieved = np.concatenate(stated), np.concatenate(achieved)
    own = np.arange(len(given)), given
    possible = all_stated > 0
    return Calibration(
        len(chosen),
        _by_tenths(all_stated[own], all_achieved[own]),
        _by_tenths(all_stated[possible], all_achieved[possible]),
    )


def _take_portions(schools: int, facts: Sequence[PolicyFacts]) -> Iterator[tuple[np.ndarray, Sequence[PolicyFacts]]]:
    for start in range(0, schools, _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, schools))
        yield rows, facts[start : start + _AT_ONCE]


def _resample(portion: World, spread: Spread, resamples: int, rng: np.random.Generator) -> Judged:
    """Judge figures drawn from what the published ones let one believe of each school: ``resamples`` rows a school."""
    england, similar = tell_apart(portion.baselines)
    distances = measure_distances(portion.grid, england, similar)
    truth = np.full((len(portion.school), resamples, len(portion.grid.indicators)), np.nan)
    for row in range(len(portion.school)):
        belief = form_belief(portion.grid, distances, spread, row)
        if len(belief.places):
            truth[row][:, belief.places] = belief.mean + sample_normal(belief.covariance, resamples, rng)
    return _judge_sampled(portion, np.concatenate(truth), distances.reference, spread, resamples, rng)


def _judge_anew(portion: World, spread: Spread, sets: int, rng: np.random.Generator) -> Judged:
    """Judge other sets of pupils of the same schools, of which the same is true: ``sets`` rows a school."""
    truth = np.repeat(portion.distance, sets, axis=0)
    return _judge_sampled(portion, truth, portion.reference, spread, sets, rng)


def _judge_sampled(
    portion: World, truth: np.ndarray, reference: np.ndarray, spread: Spread, times: int, rng: np.random.Generator
) -> Judged:
    rows = np.repeat(np.arange(len(portion.school)), times)
    sampled = sample_figures(portion.grid.take(rows), reference[rows], truth, spread, rng)
    return judge(sampled, [one.take(rows) for one in portion.baselines])


def _share_outcomes(policy: Policy, judged: Judged, facts: Sequence[PolicyFacts], times: int) -> np.ndarray:
    """How often each outcome was given to each school (schools, outcomes), 0 to 1."""
    outcome = assign_many(policy, judged, [one for one in facts for _ in range(times)])
    known = np.arange(len(list_outcomes(policy)))
    return (outcome.reshape(-1, times)[:, :, None] == known).mean(axis=1)


def _by_tenths(stated: np.ndarray, achieved: np.ndarray) -> tuple[Decile, ...]:
    tenth = np.minimum((stated * _TENTHS + 1e-9).astype(int), _TENTHS - 1)
    return tuple(_sum_up(int(place), stated[tenth == place], achieved[tenth == place]) for place in np.unique(tenth))


def _sum_up(place: int, stated: np.ndarray, achieved: np.ndarray) -> Decile:
    many = len(stated)
    error = float((achieved - stated).std(ddof=1) / np.sqrt(many)) if many > 1 else 0.0
    return Decile(place / _TENTHS, many, float(stated.mean()), float(achieved.mean()), error)
