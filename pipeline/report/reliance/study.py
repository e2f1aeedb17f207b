"""An edition judged again: under other thresholds, a year earlier, and in simulated countries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.analysis.country.simulation import (
    WORLDS,
    FalseFindings,
    World,
    count_false_findings,
    measure_coverage,
    measure_known_differences,
    simulate_known_differences,
    simulate_no_differences,
    without_drift,
)
from pipeline.analysis.country.spread import Spread, gather_spread
from pipeline.analysis.grids.grid import Baselines, Grid, lay_out, lay_out_england, lay_out_similar
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.ratings.judging import judge
from pipeline.analysis.results import InspectionFact, SchoolAnalysis
from pipeline.policy import Policy, PolicyFacts, gather_facts
from pipeline.policy.doubt.calibration import SCHOOLS, calibrate
from pipeline.policy.doubt.sensitivity import move_thresholds
from pipeline.policy.many import assign_many, list_outcomes
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from pipeline.report.facts import EditionNote
from pipeline.report.reliance.findings import (
    KnownWorld,
    Reliance,
    Simulations,
    compare_years,
    list_titles,
    read_school,
    relate_to_disadvantage,
)
from pipeline.sources.frames import SELF_EVALUATION, SOFT_INTELLIGENCE, LocalSlice, shape_frame

if TYPE_CHECKING:
    from pipeline.sources.prepared import Prepared

#: A policy's facts of a school of which only figures are known.
_FIGURES_ALONE = PolicyFacts(0, ())


@dataclass(frozen=True)
class Evidence:
    """All that the schools of an edition are judged by, a row of each part a school, in the order of URNs."""

    grid: Grid
    baselines: tuple[Baselines, ...]  # England's, then similar schools' where any are known
    fixed: tuple[PolicyFacts, ...]  # inspections and local evidence
    spread: Spread


def lay_out_evidence(
    prepared: Prepared, school_facts: Sequence[Mapping[str, Any]], indicators: Sequence[Indicator], year: int
) -> Evidence:
    """Lay out what schools are judged by for the year ``year`` of an edition, or an earlier one.

    ``school_facts`` are the facts of the schools' reports, by URN: inspections and local evidence come from there, and
    are those known now. Indicators of which no school has a figure are left out.
    """
    urns = [facts["school"]["urn"] for facts in school_facts]
    schools = prepared.schools().set_index("urn", drop=False).loc[urns]
    grid = lay_out(prepared.observations(urn=urns), urns, indicators, year)
    grid = grid.choose(np.flatnonzero(~np.isnan(grid.value).all(axis=(0, 2))))
    study = prepared.study()
    england = lay_out_england(prepared.area_observations(), schools, grid.indicators, year)
    beside = lay_out_similar(study.figures, urns, grid.indicators, year)
    spread = gather_spread(grid.indicators, study.spreads, study.correlations)
    return Evidence(
        grid.allow_for(spread.drift),
        (england, beside) if beside.fits.any() else (england,),
        tuple(_gather_fixed(facts, year) for facts in school_facts),
        spread,
    )


def _gather_fixed(facts: Mapping[str, Any], year: int) -> PolicyFacts:
    inspections = tuple(InspectionFact(**one) for one in facts["inspections"])
    known = SchoolAnalysis(facts["school"]["urn"], year, (), {}, inspections=inspections)
    heard, said = facts["officer"]["soft_intelligence"], facts["officer"]["self_evaluation"]
    local = LocalSlice(
        **({"soft_intelligence": shape_frame(pd.DataFrame(heard), SOFT_INTELLIGENCE)} if heard else {}),
        **({"self_evaluation": shape_frame(pd.DataFrame(said), SELF_EVALUATION)} if said else {}),
    )
    return gather_facts(known, local if heard or said else None)


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
    evidence = lay_out_evidence(prepared, ordered, indicators, note.year) if ordered else None
    now = _name_outcomes(policy, evidence, keys)
    recorded = any(school.last_category in dict(list_titles(policy)) for school in schools)
    before = lay_out_evidence(prepared, ordered, indicators, note.year - 1) if ordered and not recorded else None
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
        simulations=_simulate(policy, evidence, worlds, calibrated) if evidence else None,
    )


def _name_outcomes(policy: Policy, evidence: Evidence | None, keys: Sequence[str]) -> list[str]:
    """The outcome of every school by its key; "" for a school without any figure in those years."""
    if evidence is None:
        return []
    outcomes = assign_many(policy, judge(evidence.grid, evidence.baselines), evidence.fixed)
    figures = ~np.isnan(evidence.grid.value).all(axis=(1, 2))
    return [keys[place] if known else "" for place, known in zip(outcomes, figures, strict=True)]


def _simulate(policy: Policy, evidence: Evidence, worlds: int, calibrated: int) -> Simulations | None:
    """Put the judgement to simulated countries; None where no school has a figure that can be compared."""
    held, spread = (evidence.grid, evidence.baselines), evidence.spread
    plain = simulate_no_differences(*held, spread, worlds=worlds)
    if not len(plain.school):
        return None
    judged = judge(plain.grid, plain.baselines)
    places = Counter(assign_many(policy, judged, _FIGURES_ALONE).tolist())
    years = bool((spread.drift > 1).any())
    differing = simulate_known_differences(*held, spread, worlds=worlds)
    fixed = [evidence.fixed[row] for row in differing.school]
    return Simulations(
        without=count_false_findings(judged),
        without_categories=tuple((title, places[place]) for place, (_, title) in enumerate(list_titles(policy))),
        without_coverage=measure_coverage(plain),
        without_but_years=_count_false(simulate_no_differences(*held, spread, worlds=worlds, years=True))
        if years
        else None,
        known=_measure_known(simulate_known_differences(*held, without_drift(spread), worlds=worlds)),
        known_years=_measure_known(differing) if years else None,
        calibration=calibrate(policy, differing, fixed, spread, schools=calibrated),
    )


def _count_false(world: World) -> FalseFindings:
    return count_false_findings(judge(world.grid, world.baselines))


def _measure_known(world: World) -> KnownWorld:
    return KnownWorld(measure_known_differences(world, judge(world.grid, world.baselines)), measure_coverage(world))
