"""An edition judged again: under other thresholds, a year earlier, and in simulated countries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.analysis.country.simulation import (
    WORLDS,
    World,
    count_false_findings,
    measure_coverage,
    measure_known_differences,
    simulate_known_differences,
    simulate_no_differences,
    tell_apart,
)
from pipeline.analysis.country.spread import Spread
from pipeline.analysis.country.worth_a_look import count_staying, count_year_ahead, count_years, measure_list
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.ratings.judging import judge
from pipeline.policy import EarlyResults, Policy, PolicyFacts
from pipeline.policy.doubt.calibration import SCHOOLS, calibrate
from pipeline.policy.doubt.sensitivity import move_thresholds
from pipeline.policy.many import assign_many, list_outcomes
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from pipeline.report.area.evidence import Evidence, lay_out_evidence
from pipeline.report.facts import EditionNote
from pipeline.report.reliance.findings import (
    Foresight,
    KnownWorld,
    Reliance,
    Simulations,
    compare_years,
    list_titles,
    read_school,
    relate_to_disadvantage,
)

if TYPE_CHECKING:
    from pipeline.sources.prepared import Prepared

#: A policy's facts of a school of which only figures are known.
_FIGURES_ALONE = PolicyFacts(0, ())


def study_reliance(
    prepared: Prepared,
    note: EditionNote,
    policy: Policy,
    school_facts: Sequence[Mapping[str, Any]],
    indicators: Sequence[Indicator],
    *,
    name: str,
    unreported: Sequence[tuple[str, int]] = (),
    worlds: int = WORLDS,
    calibrated: int = SCHOOLS,
) -> Reliance:
    """Judge an edition's schools again in every way the page tells of.

    ``school_facts`` are the facts of the schools' reports; ``worlds`` and ``calibrated`` say how many school-worlds
    are simulated, and of how many the stated probabilities are put to the test.
    """
    ordered = sorted(school_facts, key=lambda facts: facts["school"]["urn"])
    schools = tuple(read_school(facts, indicators) for facts in ordered)
    keys = list_outcomes(policy)
    early = policy.early_results is EarlyResults.MAY_DECIDE
    evidence = lay_out_evidence(prepared, ordered, indicators, note.year, early=early) if ordered else None
    now = _name_outcomes(policy, evidence, keys)
    recorded = any(school.last_category in dict(list_titles(policy)) for school in schools)
    asked = ordered if not recorded else []
    before = lay_out_evidence(prepared, asked, indicators, note.year - 1, early=False) if asked else None
    then = None if recorded else _name_outcomes(policy, before, keys)
    return Reliance(
        edition=note,
        policy=policy,
        name=name,
        schools=schools,
        indicators=tuple(indicators),
        unreported=tuple(unreported),
        agreeing=sum(
            school.category == (key or INSUFFICIENT_EVIDENCE) for school, key in zip(schools, now, strict=True)
        ),
        moves=move_thresholds(policy, evidence.grid, evidence.baselines, evidence.fixed) if evidence else (),
        change=compare_years(schools, policy, then, now),
        disadvantage=relate_to_disadvantage(schools, note.year),
        foresight=_look_ahead(evidence),
        simulations=_simulate(policy, evidence, worlds, calibrated) if evidence else None,
    )


def _name_outcomes(policy: Policy, evidence: Evidence | None, keys: Sequence[str]) -> list[str]:
    """The outcome of every school by its key; "" for a school without any figure in those years."""
    if evidence is None:
        return []
    outcomes = assign_many(policy, judge(evidence.grid, evidence.baselines), evidence.fixed)
    figures = ~np.isnan(evidence.grid.value).all(axis=(1, 2))
    return [keys[place] if known else "" for place, known in zip(outcomes, figures, strict=True)]


def _look_ahead(evidence: Evidence | None) -> Foresight:
    """What the years before the latest said of it, in the edition's own files."""
    if evidence is None:
        return Foresight(0, (), ())
    held, (england, similar) = evidence.grid, tell_apart(evidence.baselines)
    return Foresight(
        count_years(held),
        count_year_ahead(held, england, similar, evidence.spread),
        count_staying(held, evidence.baselines),
    )


def _simulate(policy: Policy, evidence: Evidence, worlds: int, calibrated: int) -> Simulations | None:
    """Put the judgement to simulated countries; None where no school has a figure that can be compared."""
    held, spread = (evidence.grid, evidence.baselines), evidence.spread
    alike = simulate_no_differences(*held, spread, worlds=worlds)
    if not len(alike.school):
        return None
    judged = judge(alike.grid, alike.baselines)
    places = Counter(assign_many(policy, judged, _FIGURES_ALONE).tolist())
    differing = simulate_known_differences(*held, spread, worlds=worlds)
    fixed = [evidence.fixed[row] for row in differing.school]
    return Simulations(
        without=count_false_findings(judged),
        without_categories=tuple((title, places[place]) for place, (_, title) in enumerate(list_titles(policy))),
        without_coverage=measure_coverage(alike),
        known=_measure_known(differing, spread),
        calibration=calibrate(policy, differing, fixed, spread, schools=calibrated),
    )


def _measure_known(world: World, spread: Spread) -> KnownWorld:
    judged = judge(world.grid, world.baselines)
    return KnownWorld(
        measure_known_differences(world, judged),
        measure_coverage(world),
        measure_list(world, judged, spread),
        count_staying(world.grid, world.baselines),
    )
